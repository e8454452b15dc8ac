"""Slack's OAuth endpoint for tests, on loopback: it answers as it is told, and keeps what it was asked."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, web

from bot.slack.client.proxies import Route
from bot.slack.client.stoppable import StoppableAsyncClient

TOKEN = "xoxb-111-222-theSecretOfTheBot"
USER_TOKEN = "xoxp-333-aPersonsToken"
HOOK = "https://hooks.slack.test/services/T1/B1/aHookOfSomebody"
SCOPES = "chat:write,commands,channels:read,groups:read,users:read"
GRANTED: dict[str, Any] = {
    "ok": True,
    "app_id": "A0001",
    "access_token": TOKEN,
    "token_type": "bot",
    "scope": SCOPES,
    "bot_user_id": "U0BOT",
    "team": {"id": "T0001", "name": "North"},
    "enterprise": None,
    "is_enterprise_install": False,
    "authed_user": {"id": "U0001", "access_token": USER_TOKEN, "scope": "users:read", "token_type": "user"},
    "incoming_webhook": {"url": HOOK, "channel": "#hooks", "channel_id": "C1", "configuration_url": HOOK},
}
OF_ORGANISATION = GRANTED | {
    "team": None,
    "enterprise": {"id": "E0001", "name": "Everybody"},
    "is_enterprise_install": True,
}
WHO: dict[str, Any] = {"ok": True, "team_id": "T0001", "user_id": "U0BOT", "bot_id": "B0001"}


@dataclass(slots=True)
class FakeSlack:
    """What it answers, and what it was asked: method, arguments, and who asked.

    ``granted``: a text is sent as it is. ``used``: codes that it no longer accepts. ``held``: no
    code is exchanged until it is set.
    """

    granted: dict[str, Any] | str = field(default_factory=lambda: dict(GRANTED))
    who: dict[str, Any] = field(default_factory=lambda: dict(WHO))
    status: int = 200
    asked: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    url: str = ""
    held: asyncio.Event | None = None
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a call of the Web API."""
        method = request.match_info["method"]
        arguments = {
            key: str(value) for key, value in (*request.query.items(), *(await request.post()).items())
        }
        self.asked.append((method, arguments, self._asker(request)))
        self.heard.set()
        if method == "auth.test":
            return web.json_response(self.who)
        if self.held:
            await self.held.wait()
        if isinstance(self.granted, str):
            return web.Response(text=self.granted, status=self.status)
        code = arguments.get("code", "")
        if code in self.used:
            return web.json_response({"ok": False, "error": "invalid_code"})
        self.used.add(code)
        return web.json_response(self.granted, status=self.status)

    def _asker(self, request: web.Request) -> str:
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        return base64.b64decode(value).decode() if kind == "Basic" else value


@asynccontextmanager
async def serving(slack: FakeSlack) -> AsyncIterator[StoppableAsyncClient]:
    """Serve it, and yield the bot's client for it, without a token."""
    app = web.Application()
    app.router.add_post("/api/{method}", slack.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        slack.url = f"http://{host}:{port}/"
        async with ClientSession() as http:
            yield StoppableAsyncClient(
                "", Route(api_url=f"{slack.url}api/"), http, timeout_s=5, retry_handlers=[]
            )
    finally:
        await runner.cleanup()
