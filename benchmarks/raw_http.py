"""Serve and ask over HTTP/1.1 with so little work that a benchmark measures the other side.

Connections stay. Requests and answers have a ``Content-Length``, as those of the bot and of its clients do.
"""

import asyncio
import re
from collections.abc import Callable
from email.utils import formatdate
from typing import NamedTuple

_LENGTH = re.compile(rb"\r\nContent-Length: *(\d+)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"

IDLE_S = 3.0
"""A connection that was used longer ago is made anew: uvicorn closes it after five seconds."""


class Message(NamedTuple):
    """A request or an answer: its first line and headers, and its body."""

    head: bytes
    body: bytes


Respond = Callable[[Message], bytes]
"""Returns the whole answer to a request."""


class Reader:
    """Puts messages together from the pieces that arrive."""

    def __init__(self) -> None:
        """Wait for the first piece."""
        self._data = bytearray()

    def feed(self, piece: bytes) -> Message | None:
        """Take a piece, and return the message that is complete with it, if one is."""
        self._data += piece
        end = self._data.find(_HEAD_END)
        if end < 0:
            return None
        found = _LENGTH.search(self._data, 0, end)
        whole = end + len(_HEAD_END) + (int(found[1]) if found else 0)
        if len(self._data) < whole:
            return None
        message = Message(bytes(self._data[:end]), bytes(self._data[end + len(_HEAD_END) : whole]))
        del self._data[:whole]
        return message


class Server(asyncio.Protocol):
    """Answers the requests of one connection, one after the other."""

    def __init__(self, respond: Respond) -> None:
        """Answer as ``respond`` does."""
        self._respond, self._reader = respond, Reader()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note where answers go."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer once a request is complete."""
        if message := self._reader.feed(data):
            self._transport.write(self._respond(message))


class Client(asyncio.Protocol):
    """One connection, over which one request is asked at a time."""

    def __init__(self) -> None:
        """Be not connected yet."""
        self._reader = Reader()
        self._waiting: asyncio.Future[Message] | None = None
        self.transport: asyncio.Transport
        self.is_open = False
        self._used_s = 0.0

    @property
    def is_usable(self) -> bool:
        """Whether it is open, and the other side has no reason yet to close it."""
        return self.is_open and asyncio.get_running_loop().time() < self._used_s + IDLE_S

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note where requests go."""
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.is_open = transport, True
        self._used_s = asyncio.get_running_loop().time()

    def data_received(self, data: bytes) -> None:
        """Hand over an answer once it is complete."""
        if (message := self._reader.feed(data)) and self._waiting and not self._waiting.done():
            self._waiting.set_result(message)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what waits for an answer."""
        self.is_open = False
        if self._waiting and not self._waiting.done():
            self._waiting.set_exception(ConnectionError(str(exc)))

    async def ask(self, request: bytes, within_s: float) -> Message:
        """Return the answer to a request. Raises ``OSError``, also ``TimeoutError``; then it is closed."""
        loop = asyncio.get_running_loop()
        self._waiting, self._used_s = loop.create_future(), loop.time()
        try:
            self.transport.write(request)
            async with asyncio.timeout(within_s):
                return await self._waiting
        except BaseException:
            self.is_open = False
            self.transport.abort()
            raise


class Clients:
    """The connections of one who asks, one to each port."""

    def __init__(self) -> None:
        """Connect when a port is asked for the first time."""
        self._clients: dict[int, Client] = {}

    async def ask(self, port: int, request: bytes, within_s: float) -> Message:
        """Ask there, over the connection that is there. Raises ``OSError``."""
        client = self._clients.get(port)
        if client is None or not client.is_usable:
            if client:
                client.transport.abort()
            loop = asyncio.get_running_loop()
            _, client = await loop.create_connection(Client, "127.0.0.1", port)
            self._clients[port] = client
        return await client.ask(request, within_s)

    def close(self) -> None:
        """Close all."""
        for client in self._clients.values():
            client.transport.abort()


def answer(body: bytes) -> bytes:
    """Return an answer with this JSON, and with the time, which the bot believes."""
    head = (
        f"HTTP/1.1 200 OK\r\nDate: {formatdate(usegmt=True)}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
