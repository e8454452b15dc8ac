"""Answer Web API calls: check token, scopes, arguments and rate limits, then run the method."""

import asyncio
import base64
import binascii
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from bot.demo import methods_chat, methods_directory, methods_views
from bot.demo.api_spec import CALLS_PER_MINUTE, CONVERSATION_SCOPES, METHODS, POSTS_PER_MINUTE, MethodSpec
from bot.demo.args import json_arg, text_arg
from bot.demo.block_kit import check_blocks, check_view
from bot.demo.installations import Installation, Installations
from bot.demo.oauth import OAuth
from bot.demo.org_calls import find_site
from bot.demo.site import APP_TOKEN, Fault, Site, SlackRefusal
from bot.demo.workspace import ApiCall, Json

Method = Callable[[Site, Json], Json]
_WINDOW_S = 60.0
_SECRETS = frozenset({"client_secret", "code"})
"""Arguments that the list of calls does not keep."""


def _api_test(_site: Site, args: Json) -> Json:
    if "error" in args:
        raise SlackRefusal(str(args["error"]), args=args)
    return {"args": args}


def _blocks_validate(_site: Site, args: Json) -> Json:
    if len(args) != 1:
        raise SlackRefusal("invalid_arguments", "must provide exactly one of `blocks`, `view`, or `message`")
    (kind,) = args
    parsed = json_arg(args, kind, "invalid_arguments")
    if kind == "view":
        surface = parsed.get("type", "modal") if isinstance(parsed, dict) else "modal"
        issues = check_view(parsed, surface if surface in {"modal", "home"} else "modal", "")
    elif kind == "message":
        blocks = parsed.get("blocks", []) if isinstance(parsed, dict) else None
        issues = check_blocks(blocks, "message", "/blocks")
    else:
        issues = check_blocks(parsed, "message", "")
    if issues:
        raise SlackRefusal(f"invalid_{kind}", errors=[issue.as_json() for issue in issues])
    return {}


HANDLERS: Mapping[str, Method] = {
    "api.test": _api_test,
    "blocks.validate": _blocks_validate,
    **methods_chat.HANDLERS,
    **methods_views.HANDLERS,
    **methods_directory.HANDLERS,
}


def _flat(pairs: Any) -> Json:
    return {name: value for name, value in pairs if isinstance(value, str)}


@dataclass(slots=True)
class _Call:
    """A call under way. ``site``: the workspace that it is about, as far as that is known."""

    method: str
    site: Site
    args: Json = field(default_factory=dict)
    scopes: frozenset[str] = frozenset()
    client: tuple[str, str] | None = None
    """The client id and secret that HTTP Basic authentication gave."""


@dataclass(slots=True)
class WebApi:
    """The endpoint ``/api/<method>``. ``open_socket`` returns a new Socket Mode URL."""

    installations: Installations
    oauth: OAuth
    open_socket: Callable[[], str]
    _recent: dict[str, list[float]] = field(default_factory=dict)

    async def endpoint(self, request: Request) -> Response:
        """Answer one Web API call."""
        call = _Call(method=request.path_params["method"], site=self.installations.first)
        try:
            spec = _spec(call.method)
            call.args = await _arguments(request, spec)
            call.client = _client(request)
            token = _token(request, call.args)
            installation = self._locate(call, token)
            fault = self._next_fault(call)
            if fault is not None and fault.delay_s and await _hung_up(request, fault.delay_s):
                return Response(status_code=400)
            if fault is not None and fault.status:
                return self._page(call, fault.status)
            wait_s = self._rate_limited(call, spec, token) if fault is None else fault.retry_after
            if wait_s:
                return self._too_many(call, wait_s)
            self._check_token(spec, token)
            body = self._run(call, spec, installation, fault)
        except SlackRefusal as refusal:
            return self._answer(call, {"ok": False, "error": refusal.code, **refusal.extra})
        return self._answer(call, {"ok": True, **body})

    def _locate(self, call: _Call, token: str | None) -> Installation | None:
        """Note what is known of the caller by its token, and return the installation."""
        call.scopes = call.site.app.scopes
        try:
            installation = self.installations.by_token(token or "")
        except SlackRefusal:
            return None
        call.site = self.installations.sites_of(installation)[0]
        call.scopes = installation.scopes
        return installation

    def _check_token(self, spec: MethodSpec, token: str | None) -> None:
        if spec.kind == "none":
            return
        if not token:
            raise SlackRefusal("not_authed")
        if token != APP_TOKEN:
            self.installations.by_token(token)
        if spec.kind != ("app" if token == APP_TOKEN else "bot"):
            raise SlackRefusal("not_allowed_token_type")

    def _run(
        self, call: _Call, spec: MethodSpec, installation: Installation | None, fault: Fault | None
    ) -> Json:
        if fault is not None and fault.error:
            raise SlackRefusal(fault.error)
        self._check_scopes(call, spec)
        if installation is not None and installation.is_enterprise_install:
            return self._run_for_organization(call, spec, installation)
        _check_team(spec, call.args, call.site.workspace.team_id)
        _check_arguments(spec, call.args)
        if call.method == "apps.connections.open":
            return {"url": self.open_socket()}
        if call.method == "oauth.v2.access":
            return self._issue_token(call)
        return self._handle(call, call.site)

    def _run_for_organization(self, call: _Call, spec: MethodSpec, installation: Installation) -> Json:
        sites = self.installations.sites_of(installation)
        call.site = find_site(sites, call.method, call.args)
        _check_arguments(spec, call.args)
        if call.method == "auth.test":
            return methods_directory.auth_test_of_organization(call.site)
        if call.method == "auth.teams.list":
            return methods_directory.auth_teams_list(sites, call.args)
        body = self._handle(call, call.site)
        if call.method == "views.publish":
            for site in sites:  # the Home tab of a person is the same in each of their workspaces
                if site is not call.site and call.args["user_id"] in site.workspace.members:
                    self._handle(call, site)
        return body

    def _handle(self, call: _Call, site: Site) -> Json:
        with site.workspace.lock:
            return HANDLERS[call.method](site.with_scopes(call.scopes), call.args)

    def _issue_token(self, call: _Call) -> Json:
        args, call.args = call.args, {k: v for k, v in call.args.items() if k not in _SECRETS}
        client_id, secret = call.client or (text_arg(args, "client_id"), text_arg(args, "client_secret"))
        return self.oauth.access(client_id, secret, args)

    def _check_scopes(self, call: _Call, spec: MethodSpec) -> None:
        if spec.scopes and not call.scopes & set(spec.scopes):
            needed = spec.scopes if spec.scopes == CONVERSATION_SCOPES else spec.scopes[:1]
            raise call.site.with_scopes(call.scopes).missing_scope(",".join(needed))

    def _answer(self, call: _Call, body: Json) -> Response:
        made = ApiCall(method=call.method, args=call.args, ok=body["ok"], error=body.get("error"))
        with call.site.workspace.lock:
            call.site.workspace.calls.append(made)
            call.site.workspace.lock.notify_all()
        headers = {"x-oauth-scopes": ",".join(sorted(call.scopes)), "x-slack-req-id": "local"}
        if call.site.tells_time:
            headers["Date"] = format_datetime(call.site.clock.now(), usegmt=True)
        return JSONResponse(body, headers=headers)

    def _page(self, call: _Call, status: int) -> Response:
        self._answer(call, {"ok": False, "error": f"http_{status}"})
        return HTMLResponse("<html><title>Server Error</title></html>", status)

    def _too_many(self, call: _Call, wait_s: int) -> Response:
        response = self._answer(call, {"ok": False, "error": "ratelimited"})
        response.status_code = 429
        response.headers["Retry-After"] = str(wait_s)
        return response

    def _next_fault(self, call: _Call) -> Fault | None:
        for fault in call.site.faults:
            if fault.method == call.method:
                call.site.faults.remove(fault)
                call.site.workspace.changed()
                return fault
        return None

    def _rate_limited(self, call: _Call, spec: MethodSpec, token: str | None) -> int | None:
        """Return how many seconds to wait, if this token has called too often."""
        if not call.site.rate_limits:
            return None
        key = f"{token} {call.method}"
        windows = {key: (CALLS_PER_MINUTE[spec.tier], _WINDOW_S)}
        if call.method == "chat.postMessage":
            windows = {key: (POSTS_PER_MINUTE, _WINDOW_S), f"{key} {call.args.get('channel')}": (1, 1.0)}
        now = call.site.monotonic()
        recent = {
            key: [at for at in self._recent.get(key, []) if now - at < window_s]
            for key, (_, window_s) in windows.items()
        }
        for key, (most, window_s) in windows.items():
            if len(recent[key]) >= most:
                return max(1, math.ceil(window_s - (now - recent[key][0])))
        self._recent |= {key: [*times, now] for key, times in recent.items()}
        return None


async def _hung_up(request: Request, within_s: float) -> bool:
    """Wait this long, or until the caller closes the connection. Return True if they close it."""
    await request.body()
    try:
        async with asyncio.timeout(within_s):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


def _spec(method: str) -> MethodSpec:
    if method not in METHODS:
        raise SlackRefusal("unknown_method", req_method=method)
    return METHODS[method]


async def _arguments(request: Request, spec: MethodSpec) -> Json:
    args = _flat(request.query_params.multi_items())
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind == "application/x-www-form-urlencoded":
        form = (await request.body()).decode("utf-8", "replace")
        return args | _flat(parse_qsl(form, keep_blank_values=True))
    if kind != "application/json":
        return args
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        raise SlackRefusal("invalid_json") from None
    if not isinstance(body, dict):
        raise SlackRefusal("json_not_object")
    # Slack reads a JSON body for some methods only, and never reads a token from it.
    return (
        args | {k: v for k, v in body.items() if v is not None and k != "token"} if spec.takes_json else args
    )


def _token(request: Request, args: Json) -> str | None:
    in_args = args.pop("token", None)
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" and value.strip() else in_args


def _client(request: Request) -> tuple[str, str] | None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return name, secret


def _check_team(spec: MethodSpec, args: Json, own: str) -> None:
    """Drop the caller's own team, which the SDK adds to every call and Slack accepts.

    Slack ignores every ``team_id`` with the token of a workspace. Here another one is refused: a caller that
    sends it means another workspace than the one that would answer.
    """
    if "team_id" not in args:
        return
    if args["team_id"] == own:
        del args["team_id"]
    elif "team_id" in spec.arguments:
        raise SlackRefusal("team_access_not_granted")


def _check_arguments(spec: MethodSpec, args: Json) -> None:
    unknown = sorted(args.keys() - spec.arguments)
    if unknown:
        raise SlackRefusal("invalid_arguments", *(f"unknown argument: {name}" for name in unknown))
    missing = sorted(name for name in spec.required if args.get(name) in (None, ""))
    if missing:
        raise SlackRefusal("invalid_arguments", *(f"missing required field: {name}" for name in missing))
