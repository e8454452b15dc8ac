"""Limit how long a client may take to send a request, and how many clients are connected at once.

Uvicorn has a deadline between two requests, but none within a request: a client that sends one byte and
stops would keep its connection for ever.
"""

import asyncio
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.slack.transport.arrivals import Arrivals, hint_of

DEADLINE_S = 10.0
"""How long a request may take to come in, head and body."""

MOST_CONNECTIONS = 800
"""More than a burst of 500, and fewer than the usual limit of 1,024 open files."""

MOST_UNREAD = 1 << 16
"""A connection with so many bytes that wait for their turn is read no further until then."""

BEING_SENT = frozenset({h11.IDLE, h11.SEND_BODY})
"""The states of a client that has not sent its whole request."""


class HttpProtocol(H11Protocol):
    """One connection, with a deadline for each request. A new client replaces an idle or slow one.

    ``arrivals``: the order in which the connections of a server are read.
    """

    arrivals: ClassVar[Arrivals]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take uvicorn's arguments."""
        super().__init__(*args, **kwargs)
        self.deadline: asyncio.TimerHandle | None = None
        self._unread: list[bytes] = []
        self._held = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the deadline of the first request."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > MOST_CONNECTIONS:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """Read data when it is the turn of its workspace."""
        self._unread.append(data)
        if not self._held and sum(map(len, self._unread)) > MOST_UNREAD:
            self._held = True
            self.flow.pause_reading()
        if len(self._unread) == 1:
            self.arrivals.add(hint_of(data), self._read)

    def _read(self) -> None:
        """Read what has come. Only a complete request ends the deadline; one byte does not extend it."""
        data, self._unread = b"".join(self._unread), []
        if self.transport.is_closing():
            return
        if self._held:
            self._held = False
            self.flow.resume_reading()
        super().data_received(data)
        if not self.is_waited_for():
            self._wait_no_more()
        elif self.deadline is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the deadline."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self.deadline = self.loop.call_later(DEADLINE_S, self.transport.abort)

    def _wait_no_more(self) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None

    def _make_room(self) -> None:
        """End one that nothing is being done for: one that only stays, or else the slowest."""
        others = [one for one in self.connections if isinstance(one, HttpProtocol) and one.is_waited_for()]
        min(others, key=HttpProtocol.until_s, default=self).transport.abort()

    def is_waited_for(self) -> bool:
        """Return whether a request, or the rest of one, is still to come."""
        return self.conn.their_state in BEING_SENT

    def until_s(self) -> float:
        """Return until when it is waited for; 0 where no request has begun after the last one."""
        return self.deadline.when() if self.deadline else 0.0


def new_protocol() -> type[HttpProtocol]:
    """Return the protocol of one server, whose connections take turns."""

    class OfOneServer(HttpProtocol):
        """A connection of this server."""

        arrivals = Arrivals()

    return OfOneServer
