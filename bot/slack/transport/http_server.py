"""HTTP mode: take signed requests from Slack, and answer health checks.

Bolt's Starlette adapter behind uvicorn, with deadlines and limits against slow and large requests.
"""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncBoltRequest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from uvicorn import Config, Server

from bot.errors import BotError
from bot.slack.client.rare_log import RareLog
from bot.slack.client.server_time import SlackTimes
from bot.slack.transport.http_protocol import new_protocol
from bot.slack.transport.signatures import Signatures

log = logging.getLogger(__name__)

MOST_BYTES = 1_000_000
"""A longer body is not read: Slack sends a view of 250 kB at most, and its state."""

MOST_RECEIVED = 2 * MOST_BYTES
"""The same for what other workers send: a request of Slack, sealed, or a part of a shard."""

SMALL = 1 << 16
"""A request may always have so many bytes; almost all have fewer."""

MOST_LARGE = 1 << 26
"""What lies beyond that in all bodies that are being read: anybody may begin one, on 800 connections."""

WAITING = 2048
"""Connections that may wait to be accepted: everybody presses *Reply* when a question comes."""

STOP_S = 3
"""How long requests under way may take to end once the bot stops."""

NEEDED: Mapping[str, Callable[[Any], bool]] = {
    "event_callback": lambda body: isinstance(_dict(body.get("event")).get("type"), str),
    "block_actions": lambda body: _are_objects(body.get("actions")),
    "view_submission": lambda body: isinstance(body.get("view"), dict),
    "view_closed": lambda body: isinstance(body.get("view"), dict),
}
"""What a body of each type must hold, since Bolt reads it without checking."""


Dispatch = Callable[[AsyncBoltRequest], Awaitable[BoltResponse | None]]
"""Handles a signed request; None where it is for a workspace that does not have the bot."""

Page = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]

Receive = Callable[[Mapping[str, str], bytes], Awaitable[bytes | None]]
"""Takes the headers and the body of a request that is not of Slack; None where nobody may send that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the server answers: signed requests, and by path pages, and what other workers send.

    ``readiness`` follows the word *ready*.
    """

    dispatch: Dispatch
    pages: Mapping[str, Page] = field(default_factory=dict)
    receivers: Mapping[str, Receive] = field(default_factory=dict)
    readiness: Callable[[], str] = lambda: ""


class HttpServer:
    """The server that takes Slack's requests, in this process. Call ``connect`` and ``close`` once each.

    ``POST /slack/events`` takes signed requests; ``GET /healthz`` says that the program is alive, ``GET
    /readyz`` that it takes requests, and the pages are for people.
    """

    def __init__(
        self,
        site: Site,
        signing_secret: str,
        address: tuple[str, int],
        times: SlackTimes,
        *,
        started: datetime | None,
    ) -> None:
        """Answer as ``site`` does. The other arguments are those of ``Signatures``."""
        self._answers = site
        self._times = times
        self._rare = RareLog(log)
        self._large = 0
        self._signatures = Signatures(signing_secret, times, started=started)
        self._address = address
        self._ready = False
        self._server: Server | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """Return the port that the server listens on, once connected."""
        return self._address[1]

    async def connect(self) -> None:
        """Start to listen. Raises ``BotError`` when the address cannot be used."""
        listening = listen(*self._address)
        self._address = (self._address[0], listening.getsockname()[1])
        config = Config(
            self._site(),
            http=new_protocol(),
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            lifespan="off",
            timeout_graceful_shutdown=STOP_S,
            backlog=WAITING,
            ws="none",
        )
        self._server = Server(config)
        self._serving = asyncio.ensure_future(self._server.serve(sockets=[listening]))
        self._ready = True
        log.info("listening")

    async def close(self) -> None:
        """Take no more requests, and finish those under way."""
        self._ready = False
        if self._server and self._serving:
            self._server.should_exit = True
            await asyncio.wait({self._serving})

    def rest(self) -> None:
        """Say that this server is about to end. A proxy then sends no more; what comes is still answered."""
        self._ready = False

    def is_well(self) -> bool:
        """Return whether requests are taken."""
        return self._serving is not None and not self._serving.done()

    def _site(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/slack/events", self._take, methods=["POST"]),
                Route("/healthz", self._health, methods=["GET"]),
                Route("/readyz", self._readiness, methods=["GET"]),
                *(
                    Route(path, partial(self._show, page), methods=["GET"])
                    for path, page in self._answers.pages.items()
                ),
                *(
                    Route(path, partial(self._receive, receive), methods=["POST"])
                    for path, receive in self._answers.receivers.items()
                ),
            ]
        )

    async def _health(self, _: Request) -> Response:
        return PlainTextResponse("ok")

    async def _readiness(self, _: Request) -> Response:
        if not self._ready:
            return PlainTextResponse("not ready", 503)
        return PlainTextResponse(", ".join(filter(None, ("ready", self._answers.readiness()))))

    async def _receive(self, receive: Receive, request: Request) -> Response:
        try:
            body = await self._read(request, MOST_RECEIVED)
        except ClientDisconnect:
            return Response(status_code=400)
        except _FullError:
            return self._busy()
        if body is None:
            return PlainTextResponse("too large", 413)
        try:
            answer = await receive(request.headers, body)
        except Exception as error:  # noqa: BLE001 - a text of a foreign exception may hold a reply
            log.error("request failed", extra={"code": type(error).__name__})  # noqa: TRY400
            return PlainTextResponse("failed", 500)
        return PlainTextResponse("not found", 404) if answer is None else Response(answer)

    async def _show(self, page: Page, request: Request) -> Response:
        asked = to_async_bolt_request(request, b"")
        if request.method == "HEAD":  # of programs that look at links: it must neither begin nor end anything
            asked = AsyncBoltRequest(body="")
        try:
            return to_starlette_response(await page(asked))
        except Exception as error:  # noqa: BLE001 - a text of a foreign exception may hold a token
            log.error("request failed", extra={"code": type(error).__name__})  # noqa: TRY400
            return PlainTextResponse("failed", 500)

    async def _take(self, request: Request) -> Response:
        try:
            body = await self._read(request)
        except ClientDisconnect:
            return Response(status_code=400)
        except _FullError:
            return self._busy()
        if body is None:
            return PlainTextResponse("too large", 413)
        return await self.answer(dict(request.headers.items()), body)  # one value for each name

    async def _read(self, request: Request, most: int = MOST_BYTES) -> bytes | None:
        """Return the body; None where it is longer than anything that is sent. Raises ``_FullError``."""
        read, large = bytearray(), 0
        try:
            async for part in request.stream():
                read += part
                if len(read) > most:
                    return None
                self._large -= large
                large = max(0, len(read) - SMALL)
                self._large += large
                if large and self._large > MOST_LARGE:
                    raise _FullError
            return bytes(read)
        finally:
            self._large -= large

    def _busy(self) -> Response:
        self._rare.log(logging.WARNING, "too many long requests", self._times.now())
        return PlainTextResponse("busy", 503, headers={"connection": "close"})

    async def answer(self, headers: Mapping[str, str], body: bytes, *marks: str) -> Response:
        """Answer a request of Slack, also one that another worker has passed on.

        ``marks``: names that its context gets, with the value True.
        """
        if not self._signatures.check(body, headers):
            self._rare.log(logging.WARNING, "request not signed", self._times.now())
            return PlainTextResponse("not signed", 401)
        bolt_request = _parsed(headers, body)
        if bolt_request is None:
            return PlainTextResponse("bad request", 400)
        bolt_request.context.update(dict.fromkeys(marks, True))
        try:
            answer = await self._answers.dispatch(bolt_request)
        except Exception as error:  # noqa: BLE001 - a text of a foreign exception may hold a reply
            log.error("request failed", extra={"code": type(error).__name__})  # noqa: TRY400
            return PlainTextResponse("failed", 500)
        if answer is None:
            return PlainTextResponse("not installed", 404)
        return to_starlette_response(answer)


class _FullError(Exception):
    """Too many long bodies are being read."""


def _parsed(headers: Mapping[str, str], body: bytes) -> AsyncBoltRequest | None:
    """Return the request as Bolt parses it; None where Slack cannot have sent it."""
    parsed = None
    with suppress(Exception):  # Bolt fails on bodies that Slack never sends
        parsed = AsyncBoltRequest(body=body.decode(), headers=dict(headers))
    return parsed if parsed and is_of_slack(parsed.body) else None


def is_of_slack(body: object) -> bool:
    """Return whether Slack could have sent this body, parsed from JSON or from a form."""
    if not isinstance(body, dict):
        return False
    kind = body.get("type")
    if isinstance(kind, str):
        return NEEDED[kind](body) if kind in NEEDED else True
    return isinstance(body.get("command"), str) or "ssl_check" in body


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _are_objects(actions: Any) -> bool:
    return isinstance(actions, list) and bool(actions) and all(isinstance(one, dict) for one in actions)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes any free port. Raises ``BotError``."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((host, port), family=family, backlog=WAITING)
    except OSError as error:
        reason, _, _ = (error.strerror or str(error)).partition(" (while")  # the address follows there
        raise BotError(
            f"{host}:{port} cannot be listened on ({reason}).",
            remedy="Choose another slack.http.host or port in config.yaml, or end what uses it.",
        ) from None
    # asyncio sets this only on sockets that name their protocol. Without it, every answer on a connection
    # that is used again waits 40 ms for the other side to acknowledge the headers.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
