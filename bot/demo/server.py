"""Run the local Slack workspace as a server on the loopback interface, in its own thread."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import uvicorn
from websockets.exceptions import InvalidState

from bot.demo.clock import AdjustableClock
from bot.demo.control import Control
from bot.demo.credentials import Credentials
from bot.demo.install_flow import Browser, Choice, Page, install
from bot.demo.installations import Installations
from bot.demo.interactions import Interactions, NotPossibleError
from bot.demo.oauth import OAuth
from bot.demo.routes import make_app
from bot.demo.site import (
    APP_TOKEN,
    BOT_TOKEN,
    App,
    Deadlines,
    Fault,
    Hooks,
    Site,
    after_moving_the_clock,
)
from bot.demo.socket_mode import Hub
from bot.demo.team import Share, Team
from bot.demo.uninstall import EVENTS, INACTIVE, uninstall
from bot.demo.web_api import WebApi
from bot.demo.workspace import PATIENCE_S, Json, Workspace

T = TypeVar("T")
START_TIMEOUT_S = 10.0
GRACE_S = 1
_IDS_APART = 1 << 20
"""How far apart the ids that are made here begin in two workspaces."""


class DemoServer:
    """A strict local Slack. ``with DemoServer(...) as server:`` starts and stops it.

    What names no ``team_id`` is about the first workspace. Several workspaces are served over HTTP
    (``request_url``); Socket Mode serves the first one only.

    Args:
        workspaces: one workspace, in which the app is installed with ``bot_token``; or a sequence of
            workspaces, in which ``install`` or ``grant`` installs it. Each has its own team id; all other ids
            may be the same in two workspaces.
        manifest: the app's manifest; it grants scopes, events, commands and tabs.
        clock: the time of the workspace.
        port: 0 for any free port.
        credentials: of the app; by default the same ones each time.
        deadlines: how long acks and triggers may take.
        monotonic: seconds of a monotonic clock, for triggers and rate limits.
    """

    def __init__(  # noqa: PLR0913 - what a test may set
        self,
        workspaces: Workspace | Sequence[Workspace],
        *,
        manifest: Mapping[str, Any],
        clock: AdjustableClock,
        port: int = 0,
        credentials: Credentials | None = None,
        deadlines: Deadlines | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        found = (workspaces,) if isinstance(workspaces, Workspace) else tuple(workspaces)
        self.workspace = found[0]
        self.app_token = APP_TOKEN
        self.app = App.from_manifest(manifest, credentials)
        self.signing_secret = self.app.credentials.signing_secret
        self.client_id = self.app.credentials.client_id
        self.client_secret = self.app.credentials.client_secret
        self.redirect_urls = list(self.app.redirect_urls)
        """The redirect URLs that the app has registered; more may be added."""
        self._hubs: dict[str, Hub] = {}
        self.controls: dict[str, Control] = {}
        """What the page of each workspace does, by team id."""
        for number, each in enumerate(found):
            each.bot.name = self.app.name
            each.start_ids_at(number * _IDS_APART)
        sites = [
            Site(
                workspace=each,
                app=self.app,
                clock=clock,
                monotonic=monotonic,
                deadlines=deadlines or Deadlines(),
                installed=False,
            )
            for each in found
        ]
        self.installations = Installations(sites)
        for number, site in enumerate(sites):
            self._add(site, Share(number=number, of=len(sites)))
        self.oauth = OAuth(self.installations, self.redirect_urls)
        if isinstance(workspaces, Workspace):
            self.installations.grant(workspaces.team_id)
        self._port = port
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended: asyncio.Event | None = None
        self._ready = threading.Event()

    def _add(self, site: Site, share: Share) -> None:
        team = site.workspace.team_id
        hub = self._hubs[team] = Hub(site)
        if hub is not self._hub:
            hub.share_threads(self._hub)
        site.emit = hub.emit
        people = Interactions(site, hub)
        self.controls[team] = Control(site, people, Team(site, people, share=share))

    @property
    def _hub(self) -> Hub:
        return self._hubs[self.workspace.team_id]

    @property
    def site(self) -> Site:
        """The first workspace, with what the server keeps for it."""
        return self.installations.first

    @property
    def sites(self) -> Mapping[str, Site]:
        """Every workspace by team id, with what the server keeps for it."""
        return self.installations.sites

    @property
    def control(self) -> Control:
        """What the page of the first workspace does."""
        return self.controls[self.workspace.team_id]

    @property
    def hooks(self) -> Hooks:
        """The calls into the bot that serves the first workspace; those of others are in ``sites``."""
        return self.site.hooks

    @property
    def bot_token(self) -> str:
        """The token of the first workspace. Until the app is installed there, the one that it will have."""
        installation = self.installations.at(self.workspace.team_id)
        return installation.token if installation else BOT_TOKEN

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
        for site in self.sites.values():
            site.request_url = url

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
        for site in self.sites.values():
            site.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
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
                self._hubs,
                WebApi(self.installations, self.oauth, self._hub.open_ticket),
                tuple(self.controls.values()),
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
        for hub in self._hubs.values():
            await hub.stop()
        await _drop_half_closed(server)
        await server.shutdown(sockets=[listener])

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the server's loop, and return its result. Call it from another thread."""
        if self._loop is None:
            doing.close()
            raise RuntimeError("The local workspace is not running. Call start() first.")
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result()

    def act(self, user: str, *, team_id: str = "", **what: Any) -> Json:
        """Act as this member of a workspace, and return what POST /control/act would answer.

        Raises ``BadRequestError`` for a malformed act.
        """
        return self.run(_sentences(self.controls[team_id or self.workspace.team_id], {"as": user, **what}))

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
        team_id: str = "",
    ) -> None:
        """Make the next call of this method slow, refused with an error, or rate limited (429).

        With a ``status``, the answer has that status and a page of HTML. A slow call is not executed if the
        caller closes the connection.
        """
        self._at(team_id).faults.append(
            Fault(method=method, error=error, retry_after=retry_after, delay_s=delay_s, status=status)
        )

    def advance(self, step: timedelta) -> None:
        """Move the clock, then run ``hooks.on_time`` in the calling thread."""
        self.site.clock.advance(step)
        sites = tuple(self.sites.values())
        if (on_time := after_moving_the_clock(sites)) is not None:
            on_time()
        for site in sites:
            site.workspace.changed()

    def deliver(self, kind: str, payload: Json) -> Json | None:
        """Send this payload to the app, even one that Slack would never send, and return the app's ack.

        ``kind``: ``slash_commands``, ``interactive`` or ``events_api``.
        """
        return self.run(self._hub.request(kind, payload, accepts_payload=kind != "events_api"))

    def send_event(self, event: Json, *, team_id: str = "") -> None:
        """Send an event of a workspace to the app, and return when the app has acknowledged it or not."""
        self.run(self._hubs[team_id or self.workspace.team_id].send(event))

    def grant(self, team_id: str, *, organization: bool = False, scopes: Iterable[str] | None = None) -> str:
        """Install the app without its knowledge, and return the token. See ``Installations.grant``."""
        return self.installations.grant(team_id, organization=organization, scopes=scopes).token

    def install(
        self,
        team_id: str,
        *,
        organization: bool = False,
        scopes: Iterable[str] | None = None,
        allow: bool = True,
        keeps_cookies: bool = True,
        start: str = "/slack/install",
    ) -> Page:
        """Install the app as a person in a browser does, and return the last page that they see.

        Needs ``request_url``. ``team_id``: the workspace, or with ``organization`` one of its workspaces or
        itself. ``scopes``: ask for these instead of what the app asks for. ``allow``: False presses *Cancel*.
        ``keeps_cookies``: False is a browser that the app does not know again.

        The page's ``path`` is the callback with code and state. Raises ``WrongPageError`` if the app's page
        has no link to Slack.
        """
        app = urlsplit(self.request_url)
        site = self.sites.get(team_id)
        place = site.workspace.enterprise_id if organization and site else team_id
        return install(
            Browser(base=f"{app.scheme}://{app.netloc}", keeps_cookies=keeps_cookies),
            Browser(base=self.url),
            start,
            Choice(place=place, allow=allow, scopes=scopes),
        )

    def uninstall(
        self,
        team_id: str,
        *,
        events: Sequence[str] = EVENTS,
        error: str = INACTIVE,
    ) -> None:
        """Uninstall the app, then send these events in this order, each after the ack of the one before.

        ``team_id``: the workspace, or the organization that has installed it. ``error``: what Slack answers
        to the token from now on. Raises ``ValueError`` if the app is not installed there.
        """
        self.run(uninstall(self.installations, self._hubs, team_id, events=events, error=error))

    def _at(self, team_id: str) -> Site:
        return self.sites[team_id] if team_id else self.site


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
