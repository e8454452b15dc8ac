"""Route HTTP and WebSocket requests to the local workspace, from this machine only."""

import asyncio
import contextlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.demo import responses
from bot.demo.authorize_page import AuthorizePage
from bot.demo.control import BadRequestError, Control, raw_page
from bot.demo.install_flow import AUTHORIZE
from bot.demo.interactions import NotPossibleError
from bot.demo.overview import Overview
from bot.demo.site import Site, SlackRefusal, after_moving_the_clock
from bot.demo.socket_mode import Hub
from bot.demo.web_api import WebApi
from bot.demo.workspace import Json

PAGE = Path(str(files("bot.demo").joinpath("page")))
_LOOPBACK = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::([0-9]{1,5}))?")
"""The Host headers that name this machine, with the port."""

_CSP = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
PAGE_HEADERS = {
    "Content-Security-Policy": _CSP,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
PANE_HEADERS = PAGE_HEADERS | {
    "Content-Security-Policy": _CSP.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
}
"""Of the page of a workspace that stands beside others."""

_MEDIA = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".json": "application/json",
}


class OwnOriginOnly:
    """Refuse requests that do not name this machine and our port, or that come from another page.

    A page that rebinds its name to 127.0.0.1 (DNS rebinding) sends its own name as Host. A page that opens a
    WebSocket here, or is served from another port, sends its own Origin. For requests without Origin, such as
    for a picture, the browser says in Sec-Fetch-Site that they come from another site.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it with 403."""
        if scope["type"] in {"http", "websocket"} and not _is_own(scope):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 4403})
                return
            await PlainTextResponse("Only this machine may ask.", status_code=403)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _is_own(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    host, origin = headers.get("host", "").lower(), headers.get("origin")
    # A browser always sends the port. Slack's Socket Mode client never does, and sends no Origin.
    ports = {str(scope["server"][1]), *([None] if origin is None else [])}
    named = _LOOPBACK.fullmatch(host)
    if named is None or named[1] not in ports or origin not in {None, f"http://{host}"}:
        return False
    path = scope["path"]
    # A link of the app leads to the page on which a person allows it.
    is_page = path == "/" or path.startswith("/page/") or (path == AUTHORIZE and scope["method"] == "GET")
    return is_page or headers.get("sec-fetch-site") in {None, "none", "same-origin"}


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON.")


async def _http_error(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    sentences = {404: "There is nothing at this address.", 405: "This address takes another HTTP method."}
    return _refused(sentences.get(status, "That cannot be done."), status)


async def _fault(_request: Request, error: Exception) -> Response:
    return _refused(f"The local workspace has a fault: {type(error).__name__}. Please report it.", 500)


Answer = Callable[[Any], Awaitable[Json]]


def _refused(sentence: str, status: int = 400) -> Response:
    return JSONResponse(
        {"ok": False, "error": sentence}, status_code=status, headers={"Cache-Control": "no-store"}
    )


def _told(body: Json) -> Response:
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


def _post(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return _refused("Send the body as application/json.", 415)
        try:
            body = json.loads(await request.body(), parse_constant=_no_number)
        except (ValueError, RecursionError):
            return _refused("The body is no JSON.")
        try:
            return _told(await answer(body))
        except BadRequestError as error:
            return _refused(str(error))
        except NotPossibleError as error:
            return _told({"ok": False, "error": str(error)})

    return endpoint


@dataclass(slots=True)
class Pages:
    """The GET routes of the page, its events, and response URLs."""

    site: Site
    control: Control

    async def state(self, request: Request) -> Response:
        """Answer GET /control/state."""
        try:
            shown = self.control.state(request.query_params.get("as"))
        except BadRequestError as error:
            return _refused(str(error))
        upcoming = None
        if self.site.hooks.upcoming is not None:
            upcoming = await asyncio.to_thread(self.site.hooks.upcoming)
        return _told(shown | {"next": upcoming})

    async def stored(self, _request: Request) -> Response:
        """Answer GET /control/stored."""
        if self.site.hooks.stored is None:
            return _told({"tables": [], "files": []})
        return _told(await asyncio.to_thread(self.site.hooks.stored))

    async def raw(self, request: Request) -> Response:
        """Answer GET /control/raw."""
        path, offset = request.query_params.get("path", ""), request.query_params.get("offset", "0")
        if not re.fullmatch("[0-9]{1,15}", offset):
            return _refused("The offset must be a whole number of bytes from the start of the file.")
        if self.site.hooks.read_file is None:
            return _refused("The bot stores nothing here.")
        try:
            content = await asyncio.to_thread(self.site.hooks.read_file, path)
        except PermissionError:
            return _refused("Keys are never shown, not even here.", status=403)
        except (KeyError, OSError, ValueError):
            return _refused("There is no such file among those that the bot stores.")
        return _told(raw_page(path, int(offset), content))

    async def events(self, socket: WebSocket) -> None:
        """Send the revision over /control/events, at once and on every change."""
        await socket.accept()
        loop, woken = asyncio.get_running_loop(), asyncio.Event()

        def wake(_revision: int) -> None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(woken.set)

        async def tell() -> None:
            while True:
                woken.clear()
                await socket.send_text(json.dumps({"revision": self.site.workspace.revision}))
                await woken.wait()

        self.site.workspace.listeners.append(wake)
        telling = asyncio.create_task(tell())
        try:
            with contextlib.suppress(WebSocketDisconnect):
                while True:
                    await socket.receive_text()
        finally:
            self.site.workspace.listeners.remove(wake)
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)


def _file(name: str, headers: Mapping[str, str] = PAGE_HEADERS) -> Response:
    """Answer with a static file of the page."""
    file = _page_files().get(name)
    if file is None:
        return PlainTextResponse("There is no such page.", status_code=404, headers=headers)
    return FileResponse(file, headers=headers, media_type=_MEDIA[file.suffix])


async def _page(request: Request) -> Response:
    return _file(request.path_params.get("name", "index.html"))


async def _page_of_several(_request: Request) -> Response:
    return _file("workspaces.html")


async def _page_in_a_pane(_request: Request) -> Response:
    return _file("index.html", PANE_HEADERS)


def _page_files() -> dict[str, Path]:
    """Return the files of the page by path. Only these are served."""
    return {
        file.relative_to(PAGE).as_posix(): file
        for file in PAGE.rglob("*")
        if file.is_file() and file.suffix in _MEDIA
    }


def _responder(sites: Mapping[str, Site]) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        """Answer a POST to a response_url as Slack does: ``ok``, or 404 with the reason."""
        site = sites.get(request.path_params["team"])
        if site is None:
            return PlainTextResponse("expired_url", status_code=404)
        try:
            body = json.loads(await request.body())
            with site.workspace.lock:
                responses.post(site, request.path_params["key"], body)
        except ValueError:
            return PlainTextResponse("invalid_payload", status_code=400)
        except SlackRefusal as refusal:
            gone = refusal.code in {"expired_url", "used_url"}
            return PlainTextResponse(refusal.code, status_code=404 if gone else 400)
        return PlainTextResponse("ok")

    return respond


def _of_workspace(control: Control, sites: Sequence[Site], under: str = "") -> list[BaseRoute]:
    """Return the routes at which the page of one workspace asks, under this path."""
    pages = Pages(control.site, control)

    async def clock(body: Any) -> Json:
        moved = await control.move_clock(body, after_moving_the_clock(sites))
        for site in sites:
            site.workspace.changed()
        return moved

    return [
        WebSocketRoute(f"{under}/control/events", pages.events),
        Route(f"{under}/control/state", pages.state),
        Route(f"{under}/control/stored", pages.stored),
        Route(f"{under}/control/raw", pages.raw),
        Route(f"{under}/control/act", _post(control.act), methods=["POST"]),
        Route(f"{under}/control/clock", _post(clock), methods=["POST"]),
        Route(f"{under}/control/team-answer", _post(control.team_answer), methods=["POST"]),
    ]


def _in_a_pane(control: Control, sites: Sequence[Site]) -> list[BaseRoute]:
    under = f"/w/{control.site.workspace.team_id}"
    return [Route(f"{under}/", _page_in_a_pane), *_of_workspace(control, sites, under)]


def _side_by_side(overview: Overview, controls: Sequence[Control], sites: Sequence[Site]) -> list[BaseRoute]:
    """Return the page of several workspaces, and under it the page of each."""

    async def workspaces(_request: Request) -> Response:
        return _told(overview.list())

    return [
        Route("/", _page_of_several),
        Route("/control/workspaces", workspaces),
        Route("/control/uninstall", _post(overview.uninstall), methods=["POST"]),
        *(route for control in controls for route in _in_a_pane(control, sites)),
    ]


def make_app(hubs: Mapping[str, Hub], api: WebApi, controls: Sequence[Control]) -> ASGIApp:
    """Return the application with all routes, behind the check of the origin.

    ``hubs``: by team id. ``controls``: of each workspace. What the page of the first one asks is also found
    at the root.
    """
    sites = [control.site for control in controls]
    hub = hubs[sites[0].workspace.team_id]
    several = _side_by_side(Overview(api.installations, hubs), controls, sites) if len(sites) > 1 else []
    authorize = AuthorizePage(api.oauth)
    app = Starlette(
        routes=[
            Route("/api/{method}", api.endpoint, methods=["GET", "POST"]),
            Route("/response/{team}/{key}", _responder(api.installations.sites), methods=["POST"]),
            Route(AUTHORIZE, authorize.show, methods=["GET"]),
            Route(AUTHORIZE, authorize.decide, methods=["POST"]),
            WebSocketRoute("/socket", hub.endpoint),
            *several,
            *_of_workspace(controls[0], sites),
            Route("/", _page),
            Route("/page/{name:path}", _page),
        ],
        middleware=[Middleware(OwnOriginOnly)],
        exception_handlers={HTTPException: _http_error, Exception: _fault},
    )
    app.router.redirect_slashes = False
    return app
