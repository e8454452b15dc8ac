"""A Slack client that keeps its connections while a burst lasts.

The SDK connects anew for every call, and over TLS reads all trusted certificates anew for every connection:
20 ms of processor time each, so that 500 forms would cost ten seconds before the first byte is sent.
"""

import io
import logging
import select
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPSConnection
from threading import Lock
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, urlsplit
from urllib.request import Request
from weakref import finalize

from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient, WebhookResponse

from bot.errors import StoppingError

CONNECT_S = 3.0
"""How long one address of Slack's may take to answer at all; nothing can break that off."""

IDLE_S = 3.0
"""How long an unused connection is kept: long enough for a burst, shorter than any server's patience."""


class LastingClient(WebClient):
    """A client whose calls, from any thread, use connections again; through a proxy each connects anew."""

    def __init__(self, token: str, api_url: str, *, timeout_s: int, logger: logging.Logger) -> None:
        """Read the trusted certificates once, if ``api_url`` is one of https."""
        tls = ssl.create_default_context() if urlsplit(api_url).scheme == "https" else None
        super().__init__(token=token, base_url=api_url, timeout=timeout_s, ssl=tls, logger=logger)
        self._wires = Wires(self._connect)
        finalize(self, self._wires.close)

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        """What the SDK's own does, over a connection that may have been used before."""
        if self.proxy is not None:
            return super()._perform_urllib_http_request_internal(url, req)
        to = urlsplit(url)
        wire = self._wires.take(to)
        try:
            self._ask(wire, to, req)
            response = wire.getresponse()
            body = response.read()
        except BaseException:
            self._wires.end(wire)
            self._wires.refuse_when_over(sent=True)
            raise
        if response.will_close:
            self._wires.end(wire)
        else:
            self._wires.give_back(to, wire)
        if not 200 <= response.status < 300:  # noqa: PLR2004 - the statuses of HTTP that mean success
            raise HTTPError(url, response.status, response.reason, response.headers, io.BytesIO(body))
        charset = response.headers.get_content_charset() or "utf-8"
        return {"status": response.status, "headers": response.headers, "body": body.decode(charset)}

    def hang_up(self) -> None:
        """Break off every call under way, and let none begin: all of them raise ``StoppingError``."""
        self._wires.hang_up()

    def _ask(self, wire: HTTPConnection, to: SplitResult, req: Request) -> None:
        path = f"{to.path}?{to.query}" if to.query else to.path
        try:
            if wire.sock is None:
                self._begin(wire)
            wire.request(req.get_method(), path, req.data, dict(req.header_items()))
        except OSError as error:
            raise URLError(error) from error  # as urllib does: the SDK's retry handlers know that one

    def _begin(self, wire: HTTPConnection) -> None:
        wire.connect()
        wire.sock.settimeout(self.timeout)
        self._wires.refuse_when_over()

    def _connect(self, to: SplitResult) -> HTTPConnection:
        limit_s = min(CONNECT_S, self.timeout)
        wire = (
            HTTPSConnection(to.netloc, timeout=limit_s, context=self.ssl)
            if to.scheme == "https"
            else HTTPConnection(to.netloc, timeout=limit_s)
        )
        wire._create_connection = self._reach  # type: ignore[attr-defined]  # noqa: SLF001 - the one place to look between two addresses
        return wire

    def _reach(self, address: tuple[str, int], timeout: float, _source: object = None) -> socket.socket:
        """A socket connected to one of the addresses of this host; after a stop no more is tried."""
        failure = OSError("the host has no address")
        for family, kind, protocol, _, where in socket.getaddrinfo(*address, 0, socket.SOCK_STREAM):
            self._wires.refuse_when_over()
            reached = socket.socket(family, kind, protocol)
            reached.settimeout(timeout)
            try:
                reached.connect(where)
            except OSError as error:
                reached.close()
                failure = error
            else:
                return reached
        raise failure


class LastingWebhook(WebhookClient):
    """Answers at a response URL over the connections of a client; broken off when that one hangs up."""

    def __init__(self, url: str, client: LastingClient) -> None:
        """Answer at this URL."""
        super().__init__(url, timeout=client.timeout, logger=client._logger)  # noqa: SLF001 - no other way
        self._client = client

    def _perform_http_request_internal(self, url: str, req: Request) -> WebhookResponse:
        answer = self._client._perform_urllib_http_request_internal(url, req)  # noqa: SLF001 - of this file
        return WebhookResponse(
            url=url, status_code=answer["status"], body=answer["body"], headers=answer["headers"]
        )


class Wires:
    """Connections that are in use or wait to be used again, the one used last first."""

    def __init__(self, connect: Callable[[SplitResult], HTTPConnection]) -> None:
        """Make a new one with ``connect`` where none waits."""
        self._connect = connect
        self._lock = Lock()
        self._idle: list[tuple[float, str, HTTPConnection]] = []
        self._used: set[HTTPConnection] = set()
        self._over = False

    def take(self, to: SplitResult) -> HTTPConnection:
        """A connection to this host that nobody else uses. Raises ``StoppingError`` after ``hang_up``."""
        wire = self._one_that_waits(to) or self._connect(to)
        with self._lock:
            self._used.add(wire)
        if self._over:
            self.end(wire)
        self.refuse_when_over()
        return wire

    def give_back(self, to: SplitResult, wire: HTTPConnection) -> None:
        """Let a connection whose answer was read to the end wait for its next use."""
        with self._lock:
            self._used.discard(wire)
            self._idle.append((time.monotonic(), to.netloc, wire))

    def end(self, wire: HTTPConnection) -> None:
        """Close a connection that cannot be used again."""
        with self._lock:
            self._used.discard(wire)
        wire.close()

    def hang_up(self) -> None:
        """End every connection, in use or not; whoever reads from one gets an error at once."""
        with self._lock:
            self._over = True
            used = list(self._used)
        for wire in used:
            if (reached := wire.sock) is not None:
                with suppress(OSError):  # it has ended by itself
                    socket.socket.shutdown(reached, socket.SHUT_RDWR)
        self.close()

    def refuse_when_over(self, *, sent: bool = False) -> None:
        """Raise ``StoppingError`` after ``hang_up``; ``sent``: while a call was under way."""
        if self._over:
            raise StoppingError(sent=sent)

    def close(self) -> None:
        """Close every connection that waits."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _since, _host, wire in idle:
            wire.close()

    def _one_that_waits(self, to: SplitResult) -> HTTPConnection | None:
        for wire in self._waiting(to.netloc):
            if not _has_ended(wire):
                return wire
            wire.close()
        return None

    def _waiting(self, host: str) -> "list[HTTPConnection]":
        """The connection to take, if one waits; those that waited too long are closed."""
        with self._lock:
            fresh_from = time.monotonic() - IDLE_S
            stale = [entry for entry in self._idle if entry[0] < fresh_from]
            del self._idle[: len(stale)]
            at = next((n for n in reversed(range(len(self._idle))) if self._idle[n][1] == host), None)
            found = [] if at is None else [self._idle.pop(at)[2]]
        for _since, _host, wire in stale:
            wire.close()
        return found


def _has_ended(wire: HTTPConnection) -> bool:
    """Whether the other side has hung up, or said something that nobody asked for."""
    if wire.sock is None:
        return True
    poll = select.poll()
    poll.register(wire.sock, select.POLLIN)
    return bool(poll.poll(0))
