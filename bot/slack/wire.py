"""A Slack client that keeps its connections while a burst lasts.

The SDK connects anew for every call, and over TLS reads all trusted certificates anew for every connection:
20 ms of processor time each, so that 500 forms would cost ten seconds before the first byte is sent.
"""

import io
import logging
import select
import ssl
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPSConnection
from threading import Lock
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, urlsplit
from urllib.request import Request
from weakref import finalize

from slack_sdk import WebClient

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
            _ask(wire, to, req)
            response = wire.getresponse()
            body = response.read()
        except BaseException:
            wire.close()
            raise
        if response.will_close:
            wire.close()
        else:
            self._wires.give_back(to, wire)
        if not 200 <= response.status < 300:  # noqa: PLR2004 - the statuses of HTTP that mean success
            raise HTTPError(url, response.status, response.reason, response.headers, io.BytesIO(body))
        charset = response.headers.get_content_charset() or "utf-8"
        return {"status": response.status, "headers": response.headers, "body": body.decode(charset)}

    def _connect(self, to: SplitResult) -> HTTPConnection:
        if to.scheme == "https":
            return HTTPSConnection(to.netloc, timeout=self.timeout, context=self.ssl)
        return HTTPConnection(to.netloc, timeout=self.timeout)


class Wires:
    """Connections that wait to be used again, the one used last first."""

    def __init__(self, connect: Callable[[SplitResult], HTTPConnection]) -> None:
        """Make a new one with ``connect`` where none waits."""
        self._connect = connect
        self._lock = Lock()
        self._idle: list[tuple[float, str, HTTPConnection]] = []

    def take(self, to: SplitResult) -> HTTPConnection:
        """A connection to this host that nobody else uses."""
        for wire in self._waiting(to.netloc):
            if not _has_ended(wire):
                return wire
            wire.close()
        return self._connect(to)

    def give_back(self, to: SplitResult, wire: HTTPConnection) -> None:
        """Let a connection whose answer was read to the end wait for its next use."""
        with self._lock:
            self._idle.append((time.monotonic(), to.netloc, wire))

    def close(self) -> None:
        """Close every connection that waits."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _since, _host, wire in idle:
            wire.close()

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


def _ask(wire: HTTPConnection, to: SplitResult, req: Request) -> None:
    path = f"{to.path}?{to.query}" if to.query else to.path
    try:
        wire.request(req.get_method(), path, req.data, dict(req.header_items()))
    except OSError as error:
        raise URLError(error) from error  # as urllib does: the SDK's retry handlers know that one


def _has_ended(wire: HTTPConnection) -> bool:
    """Whether the other side has hung up, or said something that nobody asked for."""
    if wire.sock is None:
        return True
    poll = select.poll()
    poll.register(wire.sock, select.POLLIN)
    return bool(poll.poll(0))
