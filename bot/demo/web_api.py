"""Answer Web API calls: check token, scopes, arguments and rate limits, then run the method."""

import asyncio
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
from bot.demo.args import json_arg
from bot.demo.block_kit import check_blocks, check_view
from bot.demo.site import APP_TOKEN, BOT_TOKEN, Fault, Site, SlackRefusal
from bot.demo.workspace import ApiCall, Json

Method = Callable[[Site, Json], Json]
_WINDOW_S = 60.0


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
class WebApi:
    """The endpoint ``/api/<method>``. ``open_socket`` returns a new Socket Mode URL."""

    site: Site
    open_socket: Callable[[], str]
    _recent: dict[str, list[float]] = field(default_factory=dict)

    async def endpoint(self, request: Request) -> Response:
        """Answer one Web API call."""
        method = request.path_params["method"]
        fault = self._next_fault(method)
        if fault is not None and fault.delay_s and await _hung_up(request, fault.delay_s):
            return Response(status_code=400)
        args: Json = {}
        try:
            spec = _spec(method)
            args = await _arguments(request, spec)
            token = _token(request, args)
            if fault is not None and fault.status:
                return self._page(method, args, fault.status)
            wait_s = self._rate_limited(method, spec, args) if fault is None else fault.retry_after
            if wait_s:
                return self._too_many(method, args, wait_s)
            _check_token(spec, token)
            body = self._run(method, spec, args, fault)
        except SlackRefusal as refusal:
            return self._answer(method, args, {"ok": False, "error": refusal.code, **refusal.extra})
        return self._answer(method, args, {"ok": True, **body})

    def _run(self, method: str, spec: MethodSpec, args: Json, fault: Fault | None) -> Json:
        if fault is not None and fault.error:
            raise SlackRefusal(fault.error)
        self._check_scopes(spec)
        _check_arguments(spec, args, self.site.workspace.team_id)
        if method == "apps.connections.open":
            return {"url": self.open_socket()}
        with self.site.workspace.lock:
            return HANDLERS[method](self.site, args)

    def _check_scopes(self, spec: MethodSpec) -> None:
        if spec.scopes and not self.site.app.scopes & set(spec.scopes):
            needed = spec.scopes if spec.scopes == CONVERSATION_SCOPES else spec.scopes[:1]
            raise self.site.missing_scope(",".join(needed))

    def _answer(self, method: str, args: Json, body: Json) -> Response:
        call = ApiCall(method=method, args=args, ok=body["ok"], error=body.get("error"))
        with self.site.workspace.lock:
            self.site.workspace.calls.append(call)
            self.site.workspace.lock.notify_all()
        headers = {"x-oauth-scopes": ",".join(sorted(self.site.app.scopes)), "x-slack-req-id": "local"}
        if self.site.tells_time:
            headers["Date"] = format_datetime(self.site.clock.now(), usegmt=True)
        return JSONResponse(body, headers=headers)

    def _page(self, method: str, args: Json, status: int) -> Response:
        self._answer(method, args, {"ok": False, "error": f"http_{status}"})
        return HTMLResponse("<html><title>Server Error</title></html>", status)

    def _too_many(self, method: str, args: Json, wait_s: int) -> Response:
        response = self._answer(method, args, {"ok": False, "error": "ratelimited"})
        response.status_code = 429
        response.headers["Retry-After"] = str(wait_s)
        return response

    def _next_fault(self, method: str) -> Fault | None:
        for fault in self.site.faults:
            if fault.method == method:
                self.site.faults.remove(fault)
                self.site.workspace.changed()
                return fault
        return None

    def _rate_limited(self, method: str, spec: MethodSpec, args: Json) -> int | None:
        if not self.site.rate_limits:
            return None
        windows = {method: (CALLS_PER_MINUTE[spec.tier], _WINDOW_S)}
        if method == "chat.postMessage":
            windows = {method: (POSTS_PER_MINUTE, _WINDOW_S), f"{method} {args.get('channel')}": (1, 1.0)}
        now = self.site.monotonic()
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


def _check_token(spec: MethodSpec, token: str | None) -> None:
    if spec.kind == "none":
        return
    if not token:
        raise SlackRefusal("not_authed")
    kinds = {BOT_TOKEN: "bot", APP_TOKEN: "app"}
    if token not in kinds:
        raise SlackRefusal("invalid_auth")
    if kinds[token] != spec.kind:
        raise SlackRefusal("not_allowed_token_type")


def _check_arguments(spec: MethodSpec, args: Json, team_id: str) -> None:
    # The SDK's client adds its own team to every call, and Slack accepts that.
    if "team_id" not in spec.arguments and args.get("team_id") == team_id:
        del args["team_id"]
    unknown = sorted(args.keys() - spec.arguments)
    if unknown:
        raise SlackRefusal("invalid_arguments", *(f"unknown argument: {name}" for name in unknown))
    missing = sorted(name for name in spec.required if args.get(name) in (None, ""))
    if missing:
        raise SlackRefusal("invalid_arguments", *(f"missing required field: {name}" for name in missing))
