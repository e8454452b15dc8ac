"""The local Slack workspace as a server on the loopback interface, in a thread of its own."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any, Self, TypeVar

import uvicorn
from websockets.exceptions import InvalidState

from bot.demo import changes
from bot.demo.clock import AdjustableClock
from bot.demo.control import Control
from bot.demo.interactions import Interactions, NotPossibleError
from bot.demo.people import Member
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
        workspace: who and what is there.
        manifest: the app's manifest; it grants scopes, events, commands and tabs.
        clock: the time of the workspace.
        on_time: called in a thread of its own after the clock was moved; returns when what was due is done.
        stored: what the bot has stored, for the page.
        read_file: the bytes of one of the stored files; raises ``KeyError`` or ``OSError`` for another.
        host: a loopback address.
        port: 0 for any that is free.
        deadlines: how long acks and triggers may take; tests shorten them.
        monotonic: seconds of a monotonic clock, for triggers and rate limits.
    """

    def __init__(  # noqa: PLR0913 - the whole world of the bot is handed in here
        self,
        workspace: Workspace,
        *,
        manifest: Mapping[str, Any],
        clock: AdjustableClock,
        on_time: Callable[[], None] | None = None,
        stored: Callable[[], Json] | None = None,
        read_file: Callable[[str], bytes] | None = None,
        host: str = "127.0.0.1",
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
        self.site.events = self._hub
        people = Interactions(self.site, self._hub)
        self.control = Control(self.site, people, Team(self.site, people))
        self.hooks = Hooks(on_time=on_time, stored=stored, read_file=read_file)
        self._address = (host, port)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended: asyncio.Event | None = None
        self._ready = threading.Event()

    @property
    def url(self) -> str:
        """Where the page is, such as ``http://127.0.0.1:4321``; known once started."""
        return self.site.url

    @property
    def api_url(self) -> str:
        """What a Slack client takes as its base URL."""
        return f"{self.site.url}/api/"

    @property
    def request_url(self) -> str:
        """Where the app listens in HTTP mode; empty while it uses Socket Mode."""
        return self.site.request_url

    @request_url.setter
    def request_url(self, url: str) -> None:
        self.site.request_url = url

    @property
    def on_time(self) -> Callable[[], None] | None:
        """What is called after the clock was moved."""
        return self.hooks.on_time

    @on_time.setter
    def on_time(self, call: Callable[[], None] | None) -> None:
        self.hooks.on_time = call

    @property
    def stored(self) -> Callable[[], Json] | None:
        """What tells the page what the bot has stored."""
        return self.hooks.stored

    @stored.setter
    def stored(self, call: Callable[[], Json] | None) -> None:
        self.hooks.stored = call

    @property
    def read_file(self) -> Callable[[str], bytes] | None:
        """What reads the bytes of a stored file."""
        return self.hooks.read_file

    @read_file.setter
    def read_file(self, call: Callable[[str], bytes] | None) -> None:
        self.hooks.read_file = call

    @property
    def rate_limits(self) -> bool:
        """Whether the rate tiers hold; off unless turned on."""
        return self.site.rate_limits

    @rate_limits.setter
    def rate_limits(self, on: bool) -> None:
        self.site.rate_limits = on

    def start(self) -> None:
        """Serve in the background; returns when listening. Raises ``OSError`` when the port is taken."""
        host, port = self._address
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # The protocol is named, since asyncio sends small packets at once only on sockets that name it.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            listener.listen(128)
        except OSError:
            listener.close()
            raise
        self.site.url = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
        self._ready.clear()
        self._thread = threading.Thread(target=self._run, args=(listener,), name="local-slack", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_TIMEOUT_S):
            raise OSError("The local workspace did not start listening in time.")

    def stop(self) -> None:
        """Close all connections and end the thread; a server that is not running is left alone."""
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
        """The result of a coroutine, run on the server's own loop; call it from another thread."""
        if self._loop is None:
            doing.close()
            raise RuntimeError("The local workspace is not running. Call start() first.")
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result()

    def act(self, user: str, **what: Any) -> Json:
        """What POST /control/act answers to this member doing this, without the way over HTTP.

        Raises ``BadRequestError`` for an act that makes no sense.
        """
        return self.run(_sentences(self.control, {"as": user, **what}))

    def wait_connected(self, count: int = 1, timeout_s: float = PATIENCE_S) -> bool:
        """Whether the app had this many Socket Mode connections within the timeout."""
        return self.workspace.wait_for(lambda _: self.site.connections >= count, timeout_s)

    def drop_connections(self, reason: str | None = "refresh_requested") -> int:
        """How many Socket Mode connections were ended; without a reason they end without notice."""
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

        With a ``status`` it is answered with that and a page of HTML. Whoever hangs up on a slow call has not
        made it.
        """
        self.site.faults.append(
            Fault(method=method, error=error, retry_after=retry_after, delay_s=delay_s, status=status)
        )

    def advance(self, step: timedelta) -> None:
        """Move the clock, then run ``on_time`` in the calling thread."""
        self.site.clock.advance(step)
        if self.hooks.on_time is not None:
            self.hooks.on_time()
        self.workspace.changed()

    def join(self, channel_id: str, user: str, inviter: str | None = None) -> None:
        """Let someone, or the bot, join a channel; the app hears of it."""
        self.run(_called(lambda: changes.join(self.site, channel_id, user, inviter)))

    def leave(self, channel_id: str, user: str) -> None:
        """Take someone, or the bot, out of a channel; the app hears of it."""
        self.run(_called(lambda: changes.leave(self.site, channel_id, user)))

    def archive(self, channel_id: str, user: str) -> None:
        """Archive a channel; the app hears of it."""
        self.run(_called(lambda: changes.archive(self.site, channel_id, user)))

    def unarchive(self, channel_id: str, user: str) -> None:
        """Bring an archived channel back; the app hears of it."""
        self.run(_called(lambda: changes.unarchive(self.site, channel_id, user)))

    def delete(self, channel_id: str) -> None:
        """Delete a channel; the app hears of it."""
        self.run(_called(lambda: changes.delete(self.site, channel_id)))

    def rename(self, channel_id: str, name: str) -> None:
        """Give a channel another name; the app hears of it."""
        self.run(_called(lambda: changes.rename(self.site, channel_id, name)))

    def share(self, channel_id: str, people: list[Member]) -> None:
        """Share a channel with the companies of these people, and let them in."""
        self.run(_called(lambda: changes.share(self.site, channel_id, people)))

    def change_member(self, user: str, **marks: Any) -> None:
        """Change what is known of somebody, such as ``is_restricted=True``; the app hears of it."""
        self.run(_called(lambda: changes.change_member(self.site, user, marks)))

    def deactivate(self, user: str) -> None:
        """Deactivate an account; it stays in ``users.list`` as deleted, and the app hears of it."""
        self.change_member(user, deleted=True)

    def deliver(self, kind: str, payload: Json) -> Json | None:
        """Hand this payload to the app as Slack would: ``slash_commands``, ``interactive``, ``events_api``.

        So what no client of Slack would send can be tried. Returns what the app acknowledges it with.
        """
        return self.run(self._hub.request(kind, payload, accepts_payload=kind != "events_api"))


async def _drop_half_closed(server: uvicorn.Server) -> None:
    """Drop the connections that a browser is closing right now: uvicorn's own shutdown stumbles over them."""
    for connection in list(server.server_state.connections):
        try:
            connection.shutdown()
        except InvalidState:
            connection.transport.abort()
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def _called(call: Callable[[], None]) -> None:
    call()


async def _sentences(control: Control, body: Json) -> Json:
    try:
        return await control.act(body)
    except NotPossibleError as error:
        return {"ok": False, "error": str(error)}
