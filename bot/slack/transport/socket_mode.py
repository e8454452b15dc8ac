"""Socket Mode over the SDK's own client, and what keeps it connected.

The SDK's client dials at once whenever Slack sends it away, forgets what still comes over the connection
before, and does not notice that its reader has ended. So each connection is a client of its own, and this
file decides when there is another one: with pauses that grow, while the old one still listens.
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
from bot.slack.startup import ask_for_socket
from bot.slack.transport.replays import note_arrival
from bot.slack.transport.resolver import Resolver
from bot.slack.transport.workers import Pause

log = logging.getLogger(__name__)

WAITS_S = (0, 1, 2, 5, 10, 30)
"""How long to wait before each attempt to connect again, give or take a half; the last one counts on."""

STEADY_S = 60.0
"""A connection that lasted for so long was a good one: the next is dialled at once."""

LINGER_S = 15.0
"""So long a connection is listened to that Slack has announced to end; it says so some ten seconds ahead."""

MOST_LINGER = 3
"""So many old connections are listened to; Slack allows ten in all."""

CONNECT_S = 10.0
"""So long it may take to connect."""

ACK_LIMIT_S = 3.0
"""Slack takes no acknowledgement that comes later."""

FORGOTTEN_S = 90.0
"""So long Slack may count a connection that has ended: without a goodbye it keeps it for about a minute."""

CLOSE_S = 1.0
"""How long to wait for Slack's goodbye."""

SILENCE_S = 10.0
"""How often a ping goes out. Over a connection that is silent for longer, with a half, nothing comes more."""

HELLO_S = 3.0
"""How long to wait for Slack's hello, where nothing else is wanted."""

LOOK_S = 0.2
"""How often it is looked whether the connection still stands."""


class Connection(SocketModeClient):
    """One connection: what Slack has opened it for, and nothing after it."""

    def __init__(
        self, url: str, client: StoppableAsyncClient, on_leave: Callable[["Connection"], None]
    ) -> None:
        """Connect to ``url``; ``on_leave`` is called when Slack asks for another connection."""
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
        """Set when it cannot be connected to."""
        self.ended = False
        """Whether it is known here to have ended; Slack may not know it yet."""

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: FBT001, FBT002, ARG002 - the SDK's
        """Do as Slack asks: let somebody else connect anew, and listen on here."""
        self._on_leave(self)

    async def open(self) -> None:
        """Connect. Raises ``SlackUnavailableError``; the SDK would try the same address for ever."""
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
        """Return why this connection is of no use any more; empty while it is."""
        session = self.current_session
        if session is None or session.closed:
            silent = session and isinstance(session.exception(), aiohttp.ServerTimeoutError)
            return "silent" if silent else "cut"
        readers = (self.message_receiver, self.message_processor)
        if any(reader is None or reader.done() for reader in readers):
            return "reader_ended"
        return "" if await self.is_connected() else "silent"

    async def end(self) -> None:
        """Close it, without waiting for long."""
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
    """The way in over connections that the bot opens, of which one at least is always kept."""

    def __init__(
        self,
        app: AsyncApp,
        client: StoppableAsyncClient,
        app_token: str,
        *,
        pause: Pause = asyncio.sleep,
    ) -> None:
        """Hand what comes in to ``app``; ask for addresses through ``client``; wait with ``pause``."""
        self._app = app
        self._client = client
        self._app_token = app_token
        self._pause = pause
        self._current: Connection | None = None
        self._old: list[Connection] = []
        self._ended_at_s: list[float] = []
        self._leaving = asyncio.Event()
        self._replaced = asyncio.Condition()
        self._handling: set[asyncio.Task[Any]] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._told: set[str] = set()
        self._keeper: asyncio.Task[Any] | None = None
        self._attempt = 0
        self._shared = 0
        self._closing = False

    async def connect(self) -> None:
        """Open the connection.

        Raises ``SlackError`` when Slack refuses the app token, ``SlackUnavailableError`` when it is away.
        """
        await self._dial()
        self._keeper = self._spawn(self._keep_connected())

    async def close(self) -> None:
        """Take nothing new, and return when what is being handled has been answered."""
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
        """Return whether somebody keeps the connection."""
        return self._keeper is not None and not self._keeper.done()

    async def _keep_connected(self) -> None:
        """Replace the connection whenever it ends, or Slack wants it to. Never returns."""
        loop = asyncio.get_running_loop()
        while True:
            since = loop.time()
            ending = await self._until_it_ends()
            if ending:
                self._tell("connection lost", ending)
            if loop.time() - since >= STEADY_S:
                self._attempt = 0
            self._let_linger(ended=bool(ending))
            await self._dial_again()

    async def _until_it_ends(self) -> str:
        """Return why the connection has ended; empty where Slack has only asked for another one."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._leaving.wait()
            if self._leaving.is_set():
                return ""
            if self._current and (ending := await self._current.ending()):
                return ending

    async def _dial_again(self) -> None:
        while True:
            await self._pause(WAITS_S[min(self._attempt, len(WAITS_S) - 1)] * _about_one())
            self._attempt += 1
            try:
                await self._dial()
            except RateLimitedError as error:
                self._tell("not connected", error.reason)
                await self._pause(error.retry_after_s)
            except SlackError as error:
                self._tell("not connected", error.reason)
            except Exception as error:  # noqa: BLE001 - whoever keeps the connection must not end
                self._tell("not connected", type(error).__name__)
            else:
                return

    async def _dial(self) -> None:
        url = await ask_for_socket(self._client, self._app_token)
        connection = Connection(url, self._client, self._asked_to_leave)
        connection.message_listeners.append(self._hear)
        connection.socket_mode_request_listeners.append(self._take)
        try:
            await connection.open()
        except BaseException:  # also where the bot stops meanwhile
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

    def _let_linger(self, *, ended: bool) -> None:
        """Listen on to the old connection for a while, or close it where it has ended."""
        old, self._current = self._current, None
        if old is None:
            return
        self._old.append(old)
        if ended:
            self._note_end(old)
        surplus = self._old[:-MOST_LINGER]
        self._spawn(self._end_later(old, 0 if ended else LINGER_S))
        for one in surplus:
            self._spawn(self._end_later(one, 0))

    async def _end_later(self, connection: Connection, wait_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                while not await connection.ending():  # noqa: ASYNC110 - nobody tells when it has ended
                    await asyncio.sleep(LOOK_S)
        self._note_end(connection)
        await connection.end()
        if connection in self._old:
            self._old.remove(connection)

    def _note_end(self, connection: Connection) -> None:
        """Keep when it has ended, since Slack may still count it for a while."""
        if not connection.ended:
            connection.ended = True
            self._ended_at_s.append(asyncio.get_running_loop().time())

    async def _hear(
        self, _connection: AsyncBaseSocketModeClient, message: dict[str, Any], _raw: object
    ) -> None:
        """Take Slack's hello, which says how many connections there are with this token; tell of nonsense."""
        if not message:
            log.warning("message without sense")
        if message.get("type") != "hello":
            return
        if self._told:
            self._told.clear()
            log.warning("connected again")
        told = message.get("num_connections")
        others = self._others(told if isinstance(told, int) else 1)
        if others > 0 and others != self._shared:
            log.warning("another program uses this app token", extra={"count": others})
        self._shared = others

    def _others(self, counted: int) -> int:
        """Return how many of the connections that Slack counts are surely not of this bot.

        Those of its own that have ended lately may be counted or not. Within these bounds, what was known
        holds.
        """
        now_s = asyncio.get_running_loop().time()
        self._ended_at_s = [at_s for at_s in self._ended_at_s if now_s - at_s < FORGOTTEN_S]
        most = counted - 1 - sum(not one.ended for one in self._old)
        return min(max(self._shared, most - len(self._ended_at_s), 0), max(most, 0))

    async def _take(self, connection: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Hand an envelope to Bolt, and acknowledge it; what a listener has to tell Slack goes out after."""
        if self._closing:
            return
        note_arrival()
        task = asyncio.current_task()
        assert task is not None
        self._handling.add(task)
        try:
            answer = await run_async_bolt_app(self._app, request)
            await send_async_response(_Way(self, connection), request, answer, 0.0)
        except Exception as error:  # noqa: BLE001 - a text of a foreign exception may hold a reply
            log.error("envelope failed", extra={"code": type(error).__name__})  # noqa: TRY400
        finally:
            self._handling.discard(task)

    async def send(self, message: str, way: AsyncBaseSocketModeClient) -> None:
        """Send over this connection; where it has ended meanwhile, over the one that takes its place."""
        try:
            await way.send_message(message)
        except (ConnectionError, aiohttp.ClientError, AttributeError):
            with suppress(TimeoutError):
                async with asyncio.timeout(ACK_LIMIT_S), self._replaced:
                    await self._replaced.wait_for(lambda: self._current not in {None, way})
            if self._current is not None:
                await self._current.send_message(message)

    def _tell(self, trouble: str, code: str) -> None:
        """Tell the log what keeps Slack away: each thing once until it is over, however long it lasts."""
        if code not in self._told:
            self._told.add(code)
            log.warning(trouble, extra={"code": code})

    def _spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[Any]":
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


class _Way(AsyncBaseSocketModeClient):
    """Where an answer goes, as Bolt's adapter wants to have it."""

    def __init__(self, line: SocketMode, connection: AsyncBaseSocketModeClient) -> None:
        self.logger = connection.logger
        self._line = line
        self._connection = connection

    async def send_message(self, message: str) -> None:
        """Send over the connection through which it was asked, or the next one."""
        await self._line.send(message, self._connection)


def _about_one() -> float:
    """Return a factor between a half and one and a half, so that many bots do not dial at one moment."""
    return 0.5 + secrets.SystemRandom().random()


async def count_connections(url: str) -> int:
    """Return how many connections there are with this app token, this one included, by Slack's hello.

    ``url``: an address of ``apps.connections.open``. The connection is closed at once. Raises
    ``SlackUnavailableError``.
    """
    try:
        async with (
            asyncio.timeout(HELLO_S),
            aiohttp.ClientSession() as session,
            session.ws_connect(url, proxy=proxy_for(url)) as connection,
        ):
            said = await connection.receive_json()
            return int(said["num_connections"])
    except (aiohttp.ClientError, OSError, ValueError, TypeError, KeyError):
        raise SlackUnavailableError("no_connection", "Slack could not be reached.") from None
