"""The running program, as its users meet it: start-up, memory, acknowledgements, a burst of clicks.

The workspace runs in this process, the bot in one of its own, over loopback.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from benchmarks.figures import Figure
from bot.config import load_config
from bot.demo.clock import AdjustableClock
from bot.demo.people import Member
from bot.demo.server import DemoServer
from bot.demo.workspace import BOT_USER_ID, Channel, Message, make_workspace
from bot.store.database import Database

ROOT = Path(__file__).resolve().parents[1]
CHANNEL = "C0BENCH00"
PEOPLE = 520
CLICKS = 150
BURST = 500
SLOW_SLACK_S = 0.15
LIMIT_S = 3.0

CONFIG = """
prompts: [{prompts}]
support: {{contact: "People team", crisis: "112"}}
defaults: {{timezone: UTC, open_for: 3d, holidays: none}}
schedules:
  - {{channel: {channel}, every: week, on: [{weekday}], at: "{at}", pack: belonging}}
"""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(slots=True, kw_only=True)
class Site:
    """A workspace with one channel of ``PEOPLE`` people, and the program that is measured in it."""

    server: DemoServer
    process: "subprocess.Popen[bytes]"
    connected_s: float

    @property
    def people(self) -> list[str]:
        """The people of the channel, by id."""
        return [user for user in self.server.workspace.channels[CHANNEL].members if user != BOT_USER_ID]

    def announcement(self) -> Message:
        """The message with the button."""
        server = self.server
        server.workspace.wait_for(lambda w: bool(w.messages.get(CHANNEL)), 15)
        return server.workspace.messages[CHANNEL][-1]


def figures() -> list[Figure]:
    """Start-up, memory, idle CPU, acknowledgements and the burst, each beside a bare Bolt app where it has one."""
    starts = [_start_once() for _ in range(5)]
    with _site(_belonging) as site:
        announcement = site.announcement()
        time.sleep(1)
        process = psutil.Process(site.process.pid)
        memory = process.memory_info().rss / 1e6
        idle = process.cpu_percent(interval=5)
        clicks = _clicks(site, announcement)
        commands = _commands(site)
        submits = _submits(site, announcement)
        after = process.memory_info().rss / 1e6
    with _site(_belonging) as site:
        burst = _burst(site, site.announcement())
    with _site(_bare) as site:
        bare_message = _bare_message(site)
        bare_clicks = _clicks(site, bare_message)
        bare_commands = _commands(site)
    with _site(_bare) as site:
        bare_burst = _burst(site, _bare_message(site))
    return [
        Figure(name="belonging run: start to connected", value=statistics.median(starts), unit="s", budget=1.5,
               note="median of 5 starts"),
        Figure(name="resident memory, connected and idle", value=memory, unit="MB", budget=110),
        Figure(name="resident memory after all of this", value=after, unit="MB", budget=120),
        Figure(name="CPU while idle", value=idle, unit="%", budget=1.0, note="over 5 seconds"),
        *_latency("a click on Reply, acknowledged", clicks, bare_clicks),
        *_latency("/belonging help, answered", commands, bare_commands),
        *_latency("a reply, on disk and acknowledged", submits, None),
        *_burst_figures(burst, bare_burst),
    ]  # fmt: skip


def _latency(name: str, times: Sequence[float], bare: Sequence[float] | None) -> list[Figure]:
    budget = 5.0 if bare else None
    return [
        Figure(name=f"{name}, p50", value=_quantile(times, 50), unit="ms", budget=budget,
               baseline=_quantile(bare, 50) if bare else None),
        Figure(name=f"{name}, p99", value=_quantile(times, 99), unit="ms",
               baseline=_quantile(bare, 99) if bare else None),
    ]  # fmt: skip


def _burst_figures(burst: Sequence[float | None], bare: Sequence[float | None]) -> list[Figure]:
    opened = [moment for moment in burst if moment is not None and moment <= LIMIT_S]
    bare_opened = [moment for moment in bare if moment is not None and moment <= LIMIT_S]
    note = (
        f"{BURST} clicks at one moment, Slack takes 150 ms; a bare Bolt app loses {BURST - len(bare_opened)}"
    )
    return [
        Figure(name="forms lost in a burst", value=BURST - len(opened), unit="", budget=0,
               baseline=BURST - len(bare_opened), note=note),
        Figure(name="a form in the burst, p50", value=_quantile(opened, 50), unit="s"),
        Figure(name="a form in the burst, p99", value=_quantile(opened, 99), unit="s", budget=1.5),
    ]  # fmt: skip


def _quantile(times: Sequence[float], percent: int) -> float:
    if len(times) < 2:
        return float("nan")
    return statistics.quantiles(times, n=100, method="inclusive")[percent - 1]


def _start_once() -> float:
    with _site(_belonging, people=14) as site:
        return site.connected_s


@contextmanager
def _site(command: Callable[[Path], list[str]], people: int = PEOPLE) -> Iterator[Site]:
    members = [Member(id=f"U{n:08}", name=f"Person {n}", handle=f"person{n}") for n in range(people)]
    channel = Channel(id=CHANNEL, name="bench", members=[*(m.id for m in members), BOT_USER_ID])
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    clock = AdjustableClock(datetime.now(UTC), real=time.monotonic, ticking=True)
    server = DemoServer(make_workspace(members, [channel]), manifest=manifest, clock=clock)
    with TemporaryDirectory() as folder, server:
        environ = {
            **os.environ,
            "SLACK_BOT_TOKEN": server.bot_token,
            "SLACK_APP_TOKEN": server.app_token,
            "SLACK_API_URL": server.api_url,
        }
        config = _prepare(Path(folder), environ)
        began = time.perf_counter()
        process = subprocess.Popen(command(config), env=environ, cwd=ROOT)  # noqa: S603 - our own program
        try:
            if not server.wait_connected(1, 20):
                raise RuntimeError("the program did not connect")
            yield Site(server=server, process=process, connected_s=time.perf_counter() - began)
        finally:
            process.terminate()
            process.wait(10)


def _belonging(config: Path) -> list[str]:
    return [sys.executable, "-m", "bot", "run", "--config", str(config), "--log", "error"]


def _bare(_config: Path) -> list[str]:
    return [sys.executable, "-m", "benchmarks.bare_bolt"]


def _prepare(folder: Path, environ: Mapping[str, str]) -> Path:
    """A config.yaml whose schedule fired a minute ago, and a store that has known it for an hour."""
    now = datetime.now(UTC)
    due = now - timedelta(minutes=1)
    config = folder / "config.yaml"
    config.write_text(
        CONFIG.format(
            prompts=ROOT / "prompts", channel=CHANNEL, weekday=WEEKDAYS[due.weekday()], at=f"{due:%H:%M}"
        ),
        encoding="utf-8",
    )
    loaded = load_config(config, environ)
    database = Database(loaded.data_dir / "belonging.db")
    with database.transaction("bench") as tx:
        for schedule in loaded.schedules:
            tx.put_schedule(_known_since(schedule, now - timedelta(hours=1)))
    database.close()
    return config


def _known_since(schedule: Any, moment: datetime) -> Any:
    from dataclasses import replace  # noqa: PLC0415

    return replace(schedule, created_at=moment)


def _bare_message(site: Site) -> Message:
    button = {"type": "button", "action_id": "reply.open", "text": {"type": "plain_text", "text": "Reply"}}
    message = Message(
        ts="1.000001",
        channel=CHANNEL,
        user=BOT_USER_ID,
        text="Reply",
        blocks=[{"type": "actions", "block_id": "announcement", "elements": [button]}],
        by_bot=True,
    )
    return site.server.workspace.post(message)


def _click(site: Site, user: str, message: Message) -> Any:
    container = {"type": "message", "channel": CHANNEL, "ts": message.ts}
    return site.server.control.act(
        {"as": user, "type": "block_action", "container": container, "block_id": "announcement",
         "action_id": "reply.open"}
    )  # fmt: skip


def _clicks(site: Site, message: Message) -> list[float]:
    def click(user: str) -> None:
        site.server.run(_click(site, user, message))

    return [_timed_ms(click, site.people[number]) for number in range(CLICKS)][10:]


def _commands(site: Site) -> list[float]:
    def ask(user: str) -> None:
        site.server.act(user, type="command", channel=CHANNEL, text="/belonging help")

    return [_timed_ms(ask, site.people[number]) for number in range(CLICKS)][10:]


def _submits(site: Site, message: Message) -> list[float]:
    workspace, times = site.server.workspace, []
    for user in site.people[200:350]:
        site.server.run(_click(site, user, message))
        workspace.wait_for(lambda w, user=user: bool(w.stack(user)), 5)  # type: ignore[misc]
        view = workspace.stack(user)[-1]
        state = {"reply.text": {"text": {"type": "plain_text_input", "value": "a reply of ordinary length"}}}

        def submit(user: str, view_id: str = view.id, state: Any = state) -> None:
            site.server.act(user, type="view_submit", view_id=view_id, state=state)

        times.append(_timed_ms(submit, user))
    return times[10:]


def _burst(site: Site, message: Message) -> list[float | None]:
    """Seconds until each person's form opened, None for those whose form never did."""
    server = site.server
    for _ in range(BURST):
        server.fail_next("views.open", delay_s=SLOW_SLACK_S)
    people = site.people[:BURST]
    opened: dict[str, float] = {}
    began = time.perf_counter()

    def look(_revision: int) -> None:
        now = time.perf_counter() - began
        for user in people:
            if user not in opened and server.workspace.stack(user):
                opened[user] = now

    async def all_at_once() -> None:
        await asyncio.gather(*(_click(site, user, message) for user in people), return_exceptions=True)

    server.workspace.listeners.append(look)
    server.run(all_at_once())
    server.workspace.wait_for(lambda _: len(opened) == BURST, LIMIT_S + 2)
    server.workspace.listeners.remove(look)
    return [opened.get(user) for user in people]


def _timed_ms(work: Callable[[str], None], user: str) -> float:
    began = time.perf_counter()
    work(user)
    return (time.perf_counter() - began) * 1000
