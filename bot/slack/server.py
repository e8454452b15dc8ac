"""HTTP mode: signed requests from Slack, and what an operator's checks ask for."""

import logging
import socket
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from threading import Event, Thread
from typing import Protocol

from anyio import CapacityLimiter, to_thread
from slack_bolt import App, BoltRequest
from slack_sdk.signature import Clock, SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from uvicorn import Config, Server

from bot.errors import BotError
from bot.slack.calls import Outbox
from bot.slack.http_protocol import HttpProtocol
from bot.slack.request_shape import is_of_slack

log = logging.getLogger(__name__)

WORKERS = 48
"""Requests handled at once: submissions that wait together share one commit and one VACUUM."""

MOST_BYTES = 1_000_000
"""A longer body is not read: Slack sends a view of 250 kB at most, and its state."""

WAITING = 2048
"""So many connections may wait to be accepted: everybody presses *Reply* when the question comes."""

STOP_S = 3
"""How long requests under way may take to end once the bot stops."""


class SlackTimes(Protocol):
    """The clock by which requests are judged, and what hears when they were signed."""

    def now(self) -> datetime:
        """The time (UTC), as Slack has it."""

    def hear_request(self, slack_at: datetime) -> None:
        """Take the time at which Slack has signed a request (UTC)."""


class _Seconds(Clock):
    """The same clock for the SDK, in seconds."""

    def __init__(self, times: SlackTimes) -> None:
        self._times = times

    def now(self) -> float:
        """Seconds since 1970."""
        return self._times.now().timestamp()


class HttpServer:
    """Where Slack sends its requests: one worker, one process. ``connect`` and ``close`` come once each.

    ``POST /slack/events`` takes what Slack has signed; ``GET /healthz`` says that the program is alive, ``GET
    /readyz`` that it takes requests.
    """

    def __init__(
        self, bolt: App, outbox: Outbox, signing_secret: str, address: tuple[str, int], times: SlackTimes
    ) -> None:
        """Hand what is signed to ``bolt``, and let the ``outbox`` speak after each answer.

        The signature is checked here, over the raw body, before anything of it is read: Bolt would read it
        first, and log the body of a request that is not signed. How old it is, is told by ``times``.
        """
        self._bolt = bolt
        self._times = times
        self._verifier = SignatureVerifier(signing_secret, _Seconds(times))
        self._outbox = outbox
        self._address = address
        self._limit: CapacityLimiter | None = None
        self._ready = Event()
        self._server: Server | None = None
        self._thread: Thread | None = None

    @property
    def port(self) -> int:
        """The port that is listened on, once connected."""
        return self._address[1]

    def connect(self) -> None:
        """Listen. Raises ``BotError`` when the address cannot be used."""
        listening = listen(*self._address)
        self._address = (self._address[0], listening.getsockname()[1])
        config = Config(
            self._site(),
            http=HttpProtocol,
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
        self._thread = Thread(target=partial(self._server.run, sockets=[listening]), name="http", daemon=True)
        self._thread.start()
        self._ready.set()
        log.info("listening")

    def close(self) -> None:
        """Take no more requests, and finish those under way."""
        self._ready.clear()
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join()

    def _site(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/slack/events", self._take, methods=["POST"]),
                Route("/healthz", self._health, methods=["GET"]),
                Route("/readyz", self._readiness, methods=["GET"]),
            ]
        )

    async def _health(self, _: Request) -> Response:
        return PlainTextResponse("ok")

    async def _readiness(self, _: Request) -> Response:
        ready = self._ready.is_set()
        return PlainTextResponse("ready" if ready else "not ready", 200 if ready else 503)

    async def _take(self, request: Request) -> Response:
        if self._limit is None:
            self._limit = CapacityLimiter(WORKERS)
        try:
            body = await _read(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return PlainTextResponse("too large", 413)
        if not self._is_signed(body, request):
            log.warning("request not signed")
            return PlainTextResponse("not signed", 401)
        bolt_request = _request_of(body, dict(request.headers.items()))
        if bolt_request is None:
            return PlainTextResponse("no request of Slack's", 400)
        return await to_thread.run_sync(partial(self._dispatch, bolt_request), limiter=self._limit)

    def _is_signed(self, body: str, request: Request) -> bool:
        """Whether Slack has signed this within the last five minutes; then it was heard when."""
        try:
            if not self._verifier.is_valid_request(body, dict(request.headers.items())):
                return False
        except ValueError:  # the time is no number
            return False
        signed_s = int(request.headers["x-slack-request-timestamp"])
        self._times.hear_request(datetime.fromtimestamp(signed_s, UTC))
        return True

    def _dispatch(self, request: BoltRequest) -> Response:
        try:
            with self._outbox.after_ack():
                answer = self._bolt.dispatch(request)
        except Exception as error:  # noqa: BLE001 - a text of a foreign exception may hold a reply
            log.error("request failed", extra={"code": type(error).__name__})  # noqa: TRY400
            return PlainTextResponse("failed", 500)
        return Response(answer.body, answer.status, answer.first_headers_without_set_cookie())


def _request_of(body: str, headers: dict[str, str | Sequence[str]]) -> BoltRequest | None:
    """The request as Bolt has it; None for what Slack would never send."""
    request = None
    with suppress(ValueError, TypeError, AttributeError, LookupError, RecursionError):
        request = BoltRequest(body=body, headers=headers)
    return request if request and is_of_slack(request.body) else None


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; 0 for any free port. Raises ``BotError`` when it cannot be had."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=WAITING)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (while")[
            0
        ]  # the address stands before it already
        raise BotError(
            f"{host}:{port} cannot be listened on ({reason}).",
            remedy="Choose another slack.http.host or port in config.yaml, or end what uses it.",
        ) from None


async def _read(request: Request) -> str | None:
    """The body as text; None where it is longer than anything that Slack sends, or no text."""
    read = bytearray()
    async for part in request.stream():
        read += part
        if len(read) > MOST_BYTES:
            return None
    try:
        return read.decode()
    except UnicodeDecodeError:
        return ""
