"""Measure 500 channels that are due at once: the bot's own time, and the time that Slack's limits take.

Waiting for Slack's limits takes no real time, in the bot and in the local workspace. The daily proof, which
asks who is in these channels, too, has just begun.
"""

import json
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

from benchmarks.figures import Figure
from benchmarks.planning import PERIOD, mark
from bot.app import Bot, build
from bot.config import Config, load_config
from bot.core.model import MessageTs, Round, RoundId, RoundPrompt, RoundState
from bot.core.prompts import preview
from bot.core.schedule import Schedule
from bot.demo.clock import AdjustableClock
from bot.demo.people import Member
from bot.demo.server import DemoServer
from bot.demo.workspace import BOT_USER_ID, Channel, Workspace, make_workspace
from bot.slack.client.rate_limits import RateLimiter

ROOT = Path(__file__).resolve().parents[1]
CHANNELS = [f"C{number:08}" for number in range(500)]
TEAM_SIZE = 12
"""Every channel has people of its own: where they share people, they cannot all be asked the same."""

WEEKS = 4
DUE = datetime(2026, 11, 24, 9, tzinfo=UTC)
EARLIER = timedelta(minutes=1)

CONFIG = """
prompts: [{prompts}]
support: {{contact: "People team", crisis: "112"}}
defaults: {{timezone: UTC, open_for: 3d, holidays: none}}
schedules:
"""
SCHEDULE = '  - {{channel: {channel}, every: week, on: [tue], at: "09:00", pack: belonging}}\n'


class Waiting(Event):
    """An event whose waits take no time; their seconds are added up."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def wait(self, timeout: float | None = None) -> bool:
        """Return at once: whether the bot is stopping."""
        self.seconds += timeout or 0.0
        return self.is_set()


def figures() -> list[Figure]:
    """Measure the wake-up in which all channels are due, after a month of weekly questions."""
    waiting = Waiting()
    with _bot(waiting) as (bot, server):
        server.site.monotonic = lambda: waiting.seconds
        server.site.rate_limits = True
        server.site.clock.ticking = True  # what was asked grows older while the bot waits
        before, slept = len(server.workspace.calls), waiting.seconds
        server.site.clock.advance(EARLIER)
        began, used = time.perf_counter(), time.thread_time()
        bot.run_due()
        own = time.perf_counter() - began, time.thread_time() - used
        calls = server.workspace.calls[before:]
        posted = sum(len(server.workspace.messages.get(one, ())) == 1 for one in CHANNELS)
    count, many = Counter(call.method for call in calls), len(CHANNELS)
    return [
        Figure(name="500 channels due at one moment: not posted exactly once", value=many - posted, unit="", budget=0),
        Figure(name="the same: calls that Slack refused as too many", unit="", budget=0,
               value=sum(call.error == "ratelimited" for call in calls)),
        Figure(name="the same: questions about who is in a channel", value=count["conversations.members"], unit="",
               budget=many + 1, note="the daily proof, which asks beside it, may be in the middle of one"),
        Figure(name="the same: pages of the list of people", value=count["users.list"], unit=""),
        Figure(name="the same: people asked about alone", value=count["users.info"], unit=""),
        Figure(name="the same: until the last is posted, at Slack's pace", value=waiting.seconds - slept, unit="s",
               budget=720, note="12 minutes; the time that is waited for Slack"),
        Figure(name="the same: our own time for a channel", value=1000 * own[0] / many, unit="ms", budget=300,
               note="with the local workspace and the disk; Slack takes a message every 300 ms"),
        Figure(name="the same: our own processor time for a channel", value=1000 * own[1] / many, unit="ms"),
    ]  # fmt: skip


@contextmanager
def _bot(waiting: Waiting) -> Iterator[tuple[Bot, DemoServer]]:
    clock = AdjustableClock(DUE - EARLIER, real=lambda: waiting.seconds)
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    server = DemoServer(_workspace(), manifest=manifest, clock=clock)
    with TemporaryDirectory() as folder, server:
        config, early = _config(Path(folder), server), Waiting()

        def elapsed() -> float:
            return clock.now().timestamp()

        before = build(config, clock.now, RateLimiter(lambda: early.seconds, early), elapsed=elapsed)
        try:
            before.start()
            rounds = _remember_a_month(before)
        finally:
            before.stop()
        mark(before.services, rounds, config.data_dir / "audiences.db")
        bot = build(config, clock.now, RateLimiter(lambda: waiting.seconds, waiting), elapsed=elapsed)
        try:
            bot.start()
            bot.run_due()
            yield bot, server
        finally:
            bot.stop()


def _workspace() -> Workspace:
    people = [
        Member(id=f"U{n:08}", name=f"Person {n}", handle=f"person{n}")
        for n in range(len(CHANNELS) * TEAM_SIZE)
    ]
    ids = [member.id for member in people]
    teams = [ids[start : start + TEAM_SIZE] for start in range(0, len(ids), TEAM_SIZE)]
    channels = [
        Channel(id=one, name=f"team-{n}", members=[*teams[n], BOT_USER_ID]) for n, one in enumerate(CHANNELS)
    ]
    return make_workspace(people, channels)


def _config(folder: Path, server: DemoServer) -> Config:
    text = CONFIG.format(prompts=ROOT / "prompts") + "".join(SCHEDULE.format(channel=one) for one in CHANNELS)
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    tokens = {"SLACK_BOT_TOKEN": server.bot_token, "SLACK_APP_TOKEN": server.app_token}
    return load_config(folder / "config.yaml", {**os.environ, **tokens, "SLACK_API_URL": server.api_url})


def _remember_a_month(bot: Bot) -> list[Round]:
    """Store closed, withheld rounds of the past weeks, with which new questions are compared."""
    rounds: list[Round] = []
    with bot.services.store.transaction("bench") as tx:
        schedules = tx.list_schedules()
        for schedule in schedules:
            asked: list[RoundPrompt] = []
            for week in range(WEEKS, 0, -1):
                prompt = preview(bot.services.settings.packs[schedule.pack], asked, None)
                rounds.append(_closed(bot, schedule, prompt, asked, DUE - timedelta(weeks=week, seconds=-1)))
                tx.insert_round(rounds[-1])
                asked.append(prompt)
            tx.put_schedule(replace(schedule, created_at=DUE - timedelta(hours=1)))
    return rounds


def _closed(
    bot: Bot, schedule: Schedule, prompt: RoundPrompt, asked: Sequence[RoundPrompt], at: datetime
) -> Round:
    return Round(
        id=RoundId(bot.services.vault.new_id()),
        channel=schedule.channel,
        schedule=schedule.id,
        number=len(asked) + 1,
        prompt=prompt,
        policy=schedule.policy,
        audience_size=TEAM_SIZE,
        opened_at=at,
        closes_at=at + schedule.open_for,
        zone=schedule.zone,
        closing_key=b"gone",
        state=RoundState.CLOSED,
        announcement=MessageTs("1.000001"),
        summary=MessageTs("1.000002"),
        period=PERIOD,
        shared=0,
    )
