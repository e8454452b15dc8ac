"""Measure a click in one workspace, alone and beside a burst of clicks in another one of the same process.

Slack is a stub in this process, which takes 150 ms for each call; the host runs in another process.
"""

import asyncio
import hashlib
import hmac
import json
import logging
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from slack_sdk.oauth.installation_store import Installation

from benchmarks.cells import ROUND, fill, hosting_config
from benchmarks.figures import Figure
from bot.app.arrivals import note_installation
from bot.app.hosting import build_host
from bot.app.time import system_clock
from bot.cli.process import set_up_for_many, settle_memory, share_heaps, until_asked_to_end
from bot.config import cell_config
from bot.slack.install.installation import installation_of

ROOT = Path(__file__).resolve().parents[1]
LOUD, QUIET = "T0LOUD", "T0QUIET"
CHANNEL = "C0BENCH00"
SLACK_S = 0.150
BURST = 500
CLICKS = 50
EVERY_S = 0.02
LAPS = 4
SECRET = "0123456789abcdef" * 2


class Stub:
    """Slack, and everybody who clicks."""

    def __init__(self) -> None:
        """Wait for no view yet."""
        self._shown: dict[str, asyncio.Future[float]] = {}

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a call to the Web API."""
        sent = await request.text()
        args = json.loads(sent) if sent.startswith("{") else dict(await request.post())
        method = request.match_info["method"]
        await asyncio.sleep(SLACK_S)
        if method == "views.open" and (waiting := self._shown.get(str(args["trigger_id"]))):
            waiting.set_result(time.perf_counter())
        return web.json_response({"ok": True, **_facts(method, args)})

    async def click(self, http: aiohttp.ClientSession, url: str, team: str, number: int) -> float:
        """Press *Reply* in a workspace, and return the seconds until the form is open."""
        trigger = f"{team}.{number}.{time.perf_counter()}"
        waiting = self._shown[trigger] = asyncio.get_running_loop().create_future()
        user = {"id": f"U{number:05}", "team_id": team}
        payload = {
            "type": "block_actions", "team": {"id": team}, "user": user, "trigger_id": trigger,
            "channel": {"id": CHANNEL}, "message": {"ts": "1.2"}, "response_url": "",
            "container": {"type": "message", "message_ts": "1.2", "channel_id": CHANNEL},
            "actions": [{"type": "button", "action_id": "reply.open", "block_id": "b", "value": ROUND}],
        }  # fmt: skip
        body, now_s = urlencode({"payload": json.dumps(payload)}), str(int(time.time()))
        signed = hmac.new(SECRET.encode(), f"v0:{now_s}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": now_s,
            "X-Slack-Signature": f"v0={signed}",
        }
        began = time.perf_counter()
        async with http.post(url, data=body, headers=headers) as answer:
            if answer.status != 200:
                raise ValueError(answer.status)
        shown: float = await waiting
        return shown - began


def _facts(method: str, args: dict[str, object]) -> dict[str, object]:
    match method:
        case "conversations.members":
            return {"members": [f"U{number:05}" for number in range(BURST)]}
        case "users.info":
            return {"user": {"id": args["user"], "team_id": "", "profile": {}}}
        case "users.list":
            return {"members": []}
        case "conversations.info":
            return {"channel": {"id": CHANNEL, "name": "bench", "is_member": True}}
    return {"team_id": LOUD, "user_id": "U0BOT", "bot_id": "B0BOT"}


def figures() -> list[Figure]:
    """Measure ``CLICKS`` clicks at a time, one every 20 ms."""
    with TemporaryDirectory() as folder:
        alone, beside, burst = asyncio.run(_measure(Path(folder)))
    many = f"{BURST} clicks at once in another workspace"
    return [
        Figure(name="a click in one of two workspaces, until its form is open: p99", value=1000 * _p99(alone),
               unit="ms", note="Slack takes 150 ms for each call; people and channel are known"),
        Figure(name=f"the same beside {many}: p99", value=1000 * _p99(beside), unit="ms",
               baseline=1000 * _p99(alone), budget=2000 * _p99(alone), note="at most doubled"),
        Figure(name="those of the other workspace: p99", value=1000 * _p99(burst), unit="ms"),
    ]  # fmt: skip


def _p99(times: list[float]) -> float:
    return sorted(times)[min(len(times) - 1, int(0.99 * len(times)))]


async def _measure(folder: Path) -> tuple[list[float], list[float], list[float]]:
    stub, app = Stub(), web.Application()
    app.router.add_post("/api/{method}", stub.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    api = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    host = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.fairness", str(folder), api, cwd=ROOT, stdout=subprocess.PIPE
    )
    assert host.stdout is not None
    port = int(await host.stdout.readline())
    connector = aiohttp.TCPConnector(limit=0)
    try:
        async with aiohttp.ClientSession(connector=connector) as http:
            click = partial(stub.click, http, f"http://127.0.0.1:{port}/slack/events")
            await asyncio.gather(click(LOUD, 0), click(QUIET, 0))
            alone, beside, burst = list[float](), list[float](), list[float]()
            for _ in range(LAPS):
                alone += await _paced(partial(click, QUIET))
                loud = asyncio.gather(*(click(LOUD, number) for number in range(BURST)))
                beside += await _paced(partial(click, QUIET))
                burst += await loud
    finally:
        host.terminate()
        await host.wait()
        await runner.cleanup()
    return alone, beside, burst


async def _paced(click: Callable[[int], Awaitable[float]]) -> list[float]:
    clicks = []
    for number in range(CLICKS):
        clicks.append(asyncio.ensure_future(click(number)))
        await asyncio.sleep(EVERY_S)
    return list(await asyncio.gather(*clicks))


def _serve(folder: Path, api_url: str) -> None:
    """Run the host until SIGTERM; print its port."""
    share_heaps()
    set_up_for_many()
    config = hosting_config(folder, api_url)
    host = build_host(config, system_clock)
    for team in (LOUD, QUIET):
        installation = Installation(
            user_id="", team_id=team, team_name=team, bot_token=f"xoxb-{team}", bot_id="B0BOT",
            bot_user_id="U0BOT", bot_scopes=["chat:write"],
        )  # fmt: skip
        found = installation_of(installation)
        note_installation(config, found, datetime.now(UTC).date())
        fill(cell_config(config, found.cell), datetime.now(UTC))
        host.installations.save_now(installation)
    with until_asked_to_end() as wait:
        host.start()
        settle_memory()
        sys.stdout.write(f"{host.line.port}\n")
        sys.stdout.flush()
        wait()
        host.stop()


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    _serve(Path(sys.argv[1]), sys.argv[2])
