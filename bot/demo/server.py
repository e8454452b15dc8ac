"""Run the local Slack workspace as a server on the loopback interface, in its own thread."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any, Self, TypeVar

import uvicorn
from websockets.exceptions import InvalidState

from bot.demo.clock import AdjustableClock
from bot.demo.control import Control
from bot.demo.interactions import Interactions, NotPossibleError
from bot.demo.request_url import SIGNING_SECRET
from bot.demo.routes import Hooks, make_app
from bot.demo.site import APP_TOKEN, BOT_TOKEN, App, Deadlines, Fault, Site
from bot.demo.socket_mode import Hub
from bot.demo.team import Team
from bot.demo.web_api import WebApi
from bot.demo.workspace import PATIENCE_S, Json, Workspace

T = TypeVar("T")
START_TIMEOUT_S = 10.0
GRACE_S = 1


class DemoServer:
    """A strict local Slack workspace. ``with DemoServer(...) as server:`` starts and stops it.

    Args:
        workspace: its members, channels and messages.
        manifest: the app's manifest; it grants scopes, events, commands and tabs.
        clock: the time of the workspace.
        port: 0 for any free port.
        deadlines: how long acks and triggers may take.
        monotonic: seconds of a monotonic clock, for triggers and rate limits.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        manifest: Mapping[str, Any],
        clock: AdjustableClock,
        port: int = 0,
        deadlines: Deadlines | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.workspace = workspace
        self.bot_token = BOT_TOKEN
        self.app_token = APP_TOKEN
        self.signing_secret = SIGNING_SECRET
        app = App.from_manifest(manifest)
        workspace.bot.name = app.name
        self.site = Site(
            workspace=workspace, app=app, clock=clock, monotonic=monotonic, deadlines=deadlines or Deadlines()
        )
        self._hub = Hub(self.site)
        self.site.emit = self._hub.emit
        people = Interactions(self.site, self._hub)
        self.control = Control(self.site, people, Team(self.site, people))
        self.hooks = Hooks()
        self._port = port
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended: asyncio.Event | None = None
        self._ready = threading.Event()

    @property
    def url(self) -> str:
        """The address of the page, such as ``http://127.0.0.1:4321``; empty until started."""
        return self.site.url

    @property
    def api_url(self) -> str:
        """The base URL for a Slack client."""
        return f"{self.site.url}/api/"

    @property
    def request_url(self) -> str:
        """Where the app listens in HTTP mode; empty while it uses Socket Mode."""
        return self.site.request_url

    @request_url.setter
    def request_url(self, url: str) -> None:
        self.site.request_url = url

    def start(self) -> None:
        """Start listening, and serve in the background. Raises ``OSError`` if the port is taken."""
        # asyncio sets TCP_NODELAY only on sockets that name their protocol.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", self._port))
            listener.listen(128)
        except OSError:
            listener.close()
            raise
        self.site.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._ready.clear()
        self._thread = threading.Thread(target=self._run, args=(listener,), name="local-slack", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_TIMEOUT_S):
            raise OSError("The local workspace did not start listening in time.")

    def stop(self) -> None:
        """Close all connections and end the thread, if the server runs."""
        if self._thread is None or self._loop is None or self._ended is None:
            return
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
        self._thread = self._loop = self._ended = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def _run(self, listener: socket.socket) -> None:
        asyncio.run(self._serve(listener))

    async def _serve(self, listener: socket.socket) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        config = uvicorn.Config(
            make_app(
                self.site, self._hub, WebApi(self.site, self._hub.open_ticket), self.control, self.hooks
            ),
            ws="websockets-sansio",
            ws_ping_interval=None,
            http="h11",
            loop="asyncio",
            log_config=None,
            log_level="critical",
            access_log=False,
            lifespan="off",
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=GRACE_S,
        )
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listener])
        self._ready.set()
        await self._ended.wait()
        await self._hub.stop()
        await _drop_half_closed(server)
        await server.shutdown(sockets=[listener])

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the server's loop, and return its result. Call it from another thread."""
        if self._loop is None:
            doing.close()
            raise RuntimeError("The local workspace is not running. Call start() first.")
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result()

    def act(self, user: str, **what: Any) -> Json:
        """Act as this member, and return what POST /control/act would answer.

        Raises ``BadRequestError`` for a malformed act.
        """
        return self.run(_sentences(self.control, {"as": user, **what}))

    def wait_connected(self, count: int = 1, timeout_s: float = PATIENCE_S) -> bool:
        """Wait until the app has this many Socket Mode connections. Return False after the timeout."""
        return self.workspace.wait_for(lambda _: self.site.connections >= count, timeout_s)

    def drop_connections(self, reason: str | None = "refresh_requested") -> int:
        """Close all Socket Mode connections, and return their number; without a reason, without notice."""
        return self.run(self._hub.drop_connections(reason))

    def redeliver_next(self) -> None:
        """Deliver the next envelope twice."""
        self._hub.redeliver_next()

    def fail_next(
        self,
        method: str,
        *,
        error: str | None = None,
        retry_after: int | None = None,
        delay_s: float = 0.0,
        status: int | None = None,
    ) -> None:
        """Make the next call of this method slow, refused with an error, or rate limited (429).

        With a ``status``, the answer has that status and a page of HTML. A slow call is not executed if the
        caller closes the connection.
        """
        self.site.faults.append(
            Fault(method=method, error=error, retry_after=retry_after, delay_s=delay_s, status=status)
        )

    def advance(self, step: timedelta) -> None:
        """Move the clock, then run ``hooks.on_time`` in the calling thread."""
        self.site.clock.advance(step)
        if self.hooks.on_time is not None:
            self.hooks.on_time()
        self.workspace.changed()

    def deliver(self, kind: str, payload: Json) -> Json | None:
        """Send this payload to the app, even one that Slack would never send, and return the app's ack.

        ``kind``: ``slash_commands``, ``interactive`` or ``events_api``.
        """
        return self.run(self._hub.request(kind, payload, accepts_payload=kind != "events_api"))


async def _drop_half_closed(server: uvicorn.Server) -> None:
    """Drop connections that a browser is closing, since uvicorn's shutdown raises an error for them."""
    for connection in list(server.server_state.connections):
        try:
            connection.shutdown()
        except InvalidState:
            connection.transport.abort()
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def _sentences(control: Control, body: Json) -> Json:
    try:
        return await control.act(body)
    except NotPossibleError as error:
        return {"ok": False, "error": str(error)}
