"""Socket Mode over the SDK's client, with reconnects of our own.

The SDK's client reconnects at once, without pauses, drops what still comes over its old connection, and does
not notice that its reader has ended. So each connection is a client of its own, and this module replaces it:
with growing pauses, while the old one is still read.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.errors import RateLimitedError, SlackError, SlackUnavailableError
from bot.slack.client.proxies import proxy_for
from bot.slack.client.stoppable import LOGGER, StoppableAsyncClient
from bot.slack.startup import open_socket_url
from bot.slack.transport.replays import note_arrival
from bot.slack.transport.resolver import Resolver
from bot.slack.transport.workers import Wait

log = logging.getLogger(__name__)

WAITS_S = (0, 1, 2, 5, 10, 30)
"""Seconds to wait before each attempt to reconnect, give or take a half; the last one repeats."""

STEADY_S = 60.0
"""After a connection that lasted this long, the next one opens at once."""

READ_ON_S = 15.0
"""How long an old connection is still read; Slack announces its end some ten seconds ahead."""

MOST_OLD = 3
"""Old connections that are still read; Slack allows ten connections in all."""

CONNECT_S = 10.0
"""How long connecting may take."""

ACK_LIMIT_S = 3.0
"""Slack takes no acknowledgement that comes later."""

FORGOTTEN_S = 90.0
"""How long Slack may count a connection that has ended: about a minute where no close frame arrived."""

CLOSE_S = 1.0
"""How long to wait for Slack's close frame."""

SILENCE_S = 10.0
"""Interval of pings. A connection silent for one and a half times as long counts as dead."""

HELLO_S = 3.0
"""How long to wait for Slack's hello message when counting connections."""

LOOK_S = 0.2
"""How often the connection is checked."""


class Connection(SocketModeClient):
    """One connection, which does not reconnect by itself."""

    def __init__(
        self, url: str, client: StoppableAsyncClient, on_leave: Callable[["Connection"], None]
    ) -> None:
        """Prepare to connect to ``url``; ``on_leave`` is called when Slack asks for another connection."""
        super().__init__(
            app_token="",
            logger=logging.getLogger(LOGGER),
            web_client=client,
            auto_reconnect_enabled=False,
            ping_interval=SILENCE_S,
        )
        self.wss_uri = url
        self.proxy = proxy_for(url)
        self._on_leave = on_leave
        self.failed = asyncio.Event()
        """Set when connecting fails."""
        self.ended = False
        """Whether the connection has ended here; Slack may still count it."""

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: FBT001, FBT002, ARG002 - the SDK's
        """Have the owner open another connection, as Slack asks, and keep reading this one."""
        self._on_leave(self)

    async def open(self) -> None:
        """Connect, or raise ``SlackUnavailableError``; the SDK would retry the same address for ever."""
        await self.aiohttp_client_session.close()
        trace = aiohttp.TraceConfig()
        trace.on_request_exception.append(self._note_failure)
        trace.on_request_end.append(self._note_refusal)
        self.aiohttp_client_session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=Resolver()), trace_configs=[trace]
        )
        connecting = asyncio.ensure_future(self.connect())  # type: ignore[no-untyped-call]
        failing = asyncio.ensure_future(self.failed.wait())
        try:
            await asyncio.wait({connecting, failing}, timeout=CONNECT_S, return_when=asyncio.FIRST_COMPLETED)
            if not connecting.done():
                raise SlackUnavailableError("no_connection", "Slack could not be reached.")
            await connecting
        finally:
            failing.cancel()
            connecting.cancel()

    async def ending(self) -> str:
        """Return why this connection is no longer usable; empty while it is."""
        session = self.current_session
        if session is None or session.closed:
            silent = session and isinstance(session.exception(), aiohttp.ServerTimeoutError)
            return "silent" if silent else "cut"
        readers = (self.message_receiver, self.message_processor)
        if any(reader is None or reader.done() for reader in readers):
            return "reader_ended"
        return "" if await self.is_connected() else "silent"

    async def end(self) -> None:
        """Close the connection, waiting ``CLOSE_S`` at most."""
        with suppress(Exception):
            await asyncio.wait_for(self.close(), CLOSE_S)  # type: ignore[no-untyped-call]
        for task in (self.message_processor, self.current_session_monitor, self.message_receiver):
            if task is not None:
                task.cancel()
        await self.aiohttp_client_session.close()

    async def _note_failure(self, *_: object) -> None:
        self.failed.set()

    async def _note_refusal(self, _session: object, _context: object, ended: Any) -> None:
        if ended.response.status != SWITCHED:
            self.failed.set()


SWITCHED = 101
"""The HTTP status of a WebSocket that opens."""


class SocketMode:
    """The transport over WebSockets that the bot opens; it always keeps one connected."""

    def __init__(
        self,
        app: AsyncApp,
        client: StoppableAsyncClient,
        app_token: str,
        *,
        wait: Wait = asyncio.sleep,
    ) -> None:
        """Pass requests to ``app``; request addresses through ``client``; wait with ``wait``."""
        self._app = app
        self._client = client
        self._app_token = app_token
        self._wait = wait
        self._current: Connection | None = None
        self._old: list[Connection] = []
        self._ended_at_s: list[float] = []
        self._leaving = asyncio.Event()
        self._replaced = asyncio.Condition()
        self._handling: set[asyncio.Task[Any]] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._logged: set[str] = set()
        self._keeper: asyncio.Task[Any] | None = None
        self._attempt = 0
        self._others_counted = 0
        self._closing = False

    async def connect(self) -> None:
        """Open the connection.

        Raises ``SlackError`` when Slack refuses the app token, ``SlackUnavailableError`` when it cannot be
        reached.
        """
        await self._open_connection()
        self._keeper = self._create_task(self._keep_connected())

    async def close(self) -> None:
        """Take no more requests, and wait until those under way are answered."""
        self._closing = True
        begun = list(self._tasks)
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)
        while self._handling:
            await asyncio.wait(self._handling)
        ending = [one for one in (self._current, *self._old) if one]
        self._current, self._old = None, []
        await asyncio.gather(*(one.end() for one in ending), return_exceptions=True)

    def is_well(self) -> bool:
        """Return whether the task that keeps the connection runs."""
        return self._keeper is not None and not self._keeper.done()

    async def _keep_connected(self) -> None:
        """Replace the connection whenever it ends or Slack asks for another one. Never returns."""
        loop = asyncio.get_running_loop()
        while True:
            since = loop.time()
            ending = await self._until_it_ends()
            if ending:
                self._log_once("connection lost", ending)
            if loop.time() - since >= STEADY_S:
                self._attempt = 0
            self._retire_current(ended=bool(ending))
            await self._reconnect()

    async def _until_it_ends(self) -> str:
        """Wait until the connection ends, and return why; empty where Slack asked for another one."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._leaving.wait()
            if self._leaving.is_set():
                return ""
            if self._current and (ending := await self._current.ending()):
                return ending

    async def _reconnect(self) -> None:
        while True:
            await self._wait(WAITS_S[min(self._attempt, len(WAITS_S) - 1)] * _jitter())
            self._attempt += 1
            try:
                await self._open_connection()
            except RateLimitedError as error:
                self._log_once("not connected", error.reason)
                await self._wait(error.retry_after_s)
            except SlackError as error:
                self._log_once("not connected", error.reason)
            except Exception as error:  # noqa: BLE001 - this task must not end
                self._log_once("not connected", type(error).__name__)
            else:
                return

    async def _open_connection(self) -> None:
        url = await open_socket_url(self._client, self._app_token)
        connection = Connection(url, self._client, self._asked_to_leave)
        connection.message_listeners.append(self._on_message)
        connection.socket_mode_request_listeners.append(self._on_request)
        try:
            await connection.open()
        except BaseException:  # also when the bot stops meanwhile
            self._note_end(connection)
            await connection.end()
            raise
        self._leaving.clear()
        async with self._replaced:
            self._current = connection
            self._replaced.notify_all()

    def _asked_to_leave(self, connection: Connection) -> None:
        if connection is self._current:
            self._leaving.set()

    def _retire_current(self, *, ended: bool) -> None:
        """Read the old connection for a while, or close it where it has ended."""
        old, self._current = self._current, None
        if old is None:
            return
        self._old.append(old)
        if ended:
            self._note_end(old)
        surplus = self._old[:-MOST_OLD]
        self._create_task(self._end_later(old, 0 if ended else READ_ON_S))
        for one in surplus:
            self._create_task(self._end_later(one, 0))

    async def _end_later(self, connection: Connection, wait_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                while not await connection.ending():  # noqa: ASYNC110 - nothing signals the end
                    await asyncio.sleep(LOOK_S)
        self._note_end(connection)
        await connection.end()
        if connection in self._old:
            self._old.remove(connection)

    def _note_end(self, connection: Connection) -> None:
        """Note when a connection ended, since Slack may still count it for a while."""
        if not connection.ended:
            connection.ended = True
            self._ended_at_s.append(asyncio.get_running_loop().time())

    async def _on_message(
        self, _connection: AsyncBaseSocketModeClient, message: dict[str, Any], _raw: object
    ) -> None:
        """Read Slack's hello message, which says how many connections use this token."""
        if not message:
            log.warning("malformed message")
        if message.get("type") != "hello":
            return
        if self._logged:
            self._logged.clear()
            log.warning("connected again")
        told = message.get("num_connections")
        others = self._others(told if isinstance(told, int) else 1)
        if others > 0 and others != self._others_counted:
            log.warning("another program uses this app token", extra={"count": others})
        self._others_counted = others

    def _others(self, counted: int) -> int:
        """Return how many of the connections that Slack counts are certainly of other programs.

        Slack may or may not count our connections that ended lately. Within these bounds the number known
        before stays.
        """
        now_s = asyncio.get_running_loop().time()
        self._ended_at_s = [at_s for at_s in self._ended_at_s if now_s - at_s < FORGOTTEN_S]
        most = counted - 1 - sum(not one.ended for one in self._old)
        return min(max(self._others_counted, most - len(self._ended_at_s), 0), max(most, 0))

    async def _on_request(self, connection: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Pass a request to Bolt, and send its acknowledgement."""
        if self._closing:
            return
        note_arrival()
        task = asyncio.current_task()
        assert task is not None
        self._handling.add(task)
        try:
            answer = await run_async_bolt_app(self._app, request)
            try:
                await send_async_response(connection, request, answer, 0.0)
            except (ConnectionError, aiohttp.ClientError, AttributeError):  # it has ended
                if replacement := await self._replacement_of(connection):
                    await send_async_response(replacement, request, answer, 0.0)
        except Exception as error:  # noqa: BLE001 - a text of a foreign exception may hold a reply
            log.error("envelope failed", extra={"code": type(error).__name__})  # noqa: TRY400
        finally:
            self._handling.discard(task)

    async def _replacement_of(self, connection: AsyncBaseSocketModeClient) -> Connection | None:
        """Wait until another connection is open, and return the current one."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ACK_LIMIT_S), self._replaced:
                await self._replaced.wait_for(lambda: self._current not in {None, connection})
        return self._current

    def _log_once(self, trouble: str, code: str) -> None:
        """Log why the bot is not connected: each code once until it is connected again."""
        if code not in self._logged:
            self._logged.add(code)
            log.warning(trouble, extra={"code": code})

    def _create_task(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[Any]":
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _jitter() -> float:
    """Return a random factor between 0.5 and 1.5, so that many bots do not reconnect at one moment."""
    return 0.5 + secrets.SystemRandom().random()


async def count_connections(url: str) -> int:
    """Return how many connections use this app token, this one included, from Slack's hello message.

    ``url``: from ``apps.connections.open``. The connection is closed at once. Raises
    ``SlackUnavailableError``.
    """
    try:
        async with (
            asyncio.timeout(HELLO_S),
            aiohttp.ClientSession() as session,
            session.ws_connect(url, proxy=proxy_for(url)) as connection,
        ):
            hello = await connection.receive_json()
            return int(hello["num_connections"])
    except (aiohttp.ClientError, OSError, ValueError, TypeError, KeyError):
        raise SlackUnavailableError("no_connection", "Slack could not be reached.") from None
