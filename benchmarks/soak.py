"""Run ``make soak``: 20,000 replies in 200 rounds in one process, then count memory, threads and files.

The workspace runs in this process. The bot runs in another one, whose clock this one moves.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

import psutil
from rich.console import Console

from benchmarks.site import CHANNEL, CONFIG, Site
from bot.app import build
from bot.cli.process import disable_core_dumps, share_heaps
from bot.config import load_config
from bot.core.numbers import number_in_words
from bot.demo.clock import AdjustableClock
from bot.demo.people import Member
from bot.demo.server import DemoServer
from bot.demo.workspace import BOT_USER_ID, Channel, make_workspace
from bot.logs import set_up_logs
from bot.slack.client.rate_limits import RateLimiter
from bot.slack.transport.pools import USE_CASES, WAITING, WRITERS
from bot.store.ballots import COMMITTING
from tests.fakes.seconds import Seconds

ROOT = Path(__file__).resolve().parents[1]
START = datetime(2026, 1, 6, 9, 59, tzinfo=UTC)
"""A minute before the schedule fires: a Tuesday."""

ROUNDS = 200
PEOPLE = 100
AT_ONCE = 25
WARM_UP = 40
"""So many rounds are not compared: caches fill, and the trend grows to what it stays at."""

POOLS = ("use-case", "writer", "commit", "waiting")
MOST_POOLED = USE_CASES + WRITERS + COMMITTING + WAITING
KEPT_CONNECTIONS = 8
"""Connections to Slack are kept for a moment after they were used, and count as files."""

KINDS = ["calm", "early", "short", "open", "quiet", "warm", "brief", "plain", "joint", "small"]
WHAT = ["retro", "standup", "review", "planning", "lunch", "demo", "walk", "round", "call", "break"]

AT_END = 10
"""The memory of so many rounds is compared by its median, after the warm-up and at the end."""

MOST_MB = 120.0
GROWTH_MB = 2.0
"""The most that the memory may be at the end, and by how much it may have grown since the warm-up.

Python takes its memory by the megabyte, and keeps one of which a single object is left. So two of them may
come late, though nothing grows.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """The size of the bot: memory in MB, own threads, threads in pools (which grow to a fixed size), open files."""

    memory: float
    threads: int
    pooled: int
    files: int


def main() -> int:
    """Run the rounds and print the counts. Return 1 if anything grew."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="at least 60, to see what grows")
    parser.add_argument("--people", type=int, default=PEOPLE, help="at most 100, who all reply each time")
    parser.add_argument("--bot", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.bot:
        return _run_bot(chosen.bot)
    console = Console()
    sizes: list[Size] = []
    wrong = 0
    with _a_site(chosen.people) as (site, move), console.status("") as status:
        for number in range(1, chosen.rounds + 1):
            status.update(f"Round {number} of {chosen.rounds} …")
            wrong += not _a_round(site, move)
            sizes.append(move(0))
    console.print(f"{len(sizes)} rounds of {chosen.people} replies: {len(sizes) * chosen.people:,}")
    return _verdict(sizes, wrong, console)


def _verdict(sizes: list[Size], wrong: int, console: Console) -> int:
    warm = sizes[min(WARM_UP, len(sizes) // 2) :]
    first, last = warm[0], warm[-1]
    before_mb, after_mb = _median(warm[:AT_END]), _median(sizes[-AT_END:])
    console.print(f"rounds with a wrong count: {wrong}")
    console.print(
        f"memory: {before_mb:.1f} MB after the warm-up, {after_mb:.1f} MB at the end (budget {MOST_MB:.0f})"
    )
    console.print(f"memory, growth since the warm-up: {after_mb - before_mb:+.1f} MB (budget {GROWTH_MB})")
    console.print(f"threads: {first.threads} and {last.threads}; files: {first.files} and {last.files}")
    console.print(f"threads in pools, which grow to {MOST_POOLED}: {first.pooled} and {last.pooled}")
    console.print(
        f"memory by tenth, MB: {' '.join(f'{one.memory:.0f}' for one in sizes[:: max(1, len(sizes) // 10)])}"
    )
    grown = after_mb > MOST_MB or after_mb - before_mb > GROWTH_MB
    leaks = (
        last.threads > first.threads
        or last.files > first.files + KEPT_CONNECTIONS
        or last.pooled > MOST_POOLED
    )
    if wrong or grown or leaks:
        console.print("[bold red]It does not hold.[/]")
        return 1
    console.print("[green]Flat.[/]")
    return 0


def _median(sizes: list[Size]) -> float:
    return statistics.median(size.memory for size in sizes)


def _a_round(site: Site, move: Any) -> bool:
    """Run one week: question, replies, summary. Return True if the summary counts everybody."""
    workspace = site.server.workspace
    move(60)
    announcement = site.announcement()
    while "reply.open" not in json.dumps(announcement.blocks):  # the rest after a cycle
        with workspace.lock:
            workspace.messages.clear()
        move(timedelta(days=7).total_seconds())
        announcement = site.announcement()
    people = site.people
    for begin in range(0, len(people), AT_ONCE):
        some = people[begin : begin + AT_ONCE]
        site.open_forms(some, announcement)
        site.server.run(_submit(site, some))
        for user in some:
            workspace.stacks.pop(user, None)
    move(timedelta(days=3).total_seconds())
    said = [f"{message.text} {message.blocks}" for message in _said(site)]
    many = len(people)
    words = (
        f"{many} of {many} replied",
        f"{many} of {many} people replied",
        f"{number_in_words(many).capitalize()} proposals",
    )
    counted = any(word in text for word in words for text in said)
    if not counted:
        sys.stderr.write(f"wrong: {[text[:200] for text in said]}\n")
    with workspace.lock:
        workspace.messages.clear()
        workspace.calls.clear()
    move(timedelta(days=4).total_seconds() - 60)
    with workspace.lock:
        workspace.messages.clear()
    return counted


async def _submit(site: Site, users: list[str]) -> None:
    """Submit a reply with different words for each person, since equal proposals are merged.

    The words have no numbers: people of this workspace have numbers as names, and names are removed.
    """
    await asyncio.gather(*(site.submit(user, _words_of(int(user[1:]))) for user in users))


def _words_of(person: int) -> str:
    kind, what = divmod(person, len(WHAT))
    return f"Once a week we hold a {KINDS[kind]} {WHAT[what]} together."


def _said(site: Site) -> list[Any]:
    return list(site.server.workspace.messages.get(CHANNEL, ()))


@contextmanager
def _a_site(people: int) -> Iterator[tuple[Site, Any]]:
    """Yield the workspace, and a function that moves the bot's clock by seconds and returns its size."""
    members = [Member(id=f"U{n:08}", name=f"Person {n}", handle=f"person{n}") for n in range(people)]
    channel = Channel(id=CHANNEL, name="soak", members=[*(m.id for m in members), BOT_USER_ID])
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    clock = AdjustableClock(START, real=lambda: 0.0)
    server = DemoServer(make_workspace(members, [channel]), manifest=manifest, clock=clock)
    with TemporaryDirectory() as folder, server:
        config = Path(folder) / "config.yaml"
        text = CONFIG.format(prompts=ROOT / "prompts", channel=CHANNEL, weekday="tue", at="10:00")
        config.write_text(text, encoding="utf-8")
        environ = {
            **os.environ,
            "SLACK_BOT_TOKEN": server.bot_token,
            "SLACK_APP_TOKEN": server.app_token,
            "SLACK_API_URL": server.api_url,
        }
        command = [sys.executable, "-m", "benchmarks.soak", "--bot", str(config)]
        process = subprocess.Popen(  # noqa: S603 - our own program
            command, env=environ, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdin  # safe because it is a pipe
        assert process.stdout  # safe because it is a pipe
        writing, reading = process.stdin, process.stdout

        def move(seconds: float) -> Size:
            clock.advance(timedelta(seconds=seconds))
            writing.write(f"{seconds}\n".encode())
            writing.flush()
            return Size(**json.loads(reading.readline()))

        if not server.wait_connected(1, 20):
            raise RuntimeError("the bot did not connect")
        yield Site(server=server, process=process, connected_s=0), move
        writing.close()
        process.wait(10)


def _run_bot(path: Path) -> int:
    """Run the bot. Move its clock by each number that is read, and answer with its size."""
    share_heaps()
    disable_core_dumps()
    set_up_logs("error")
    clock, seconds = AdjustableClock(START, real=lambda: 0.0), Seconds()
    pace = RateLimiter(seconds.read, seconds.event())
    bot = build(load_config(path, os.environ), clock.now, pace, elapsed=lambda: clock.now().timestamp())
    rung, run_due = Event(), bot.run_due

    def ring() -> None:
        run_due()
        rung.set()

    bot.run_due = ring  # type: ignore[method-assign]
    bot.start()
    rung.wait(10)
    process = psutil.Process()
    for line in sys.stdin:
        clock.advance(timedelta(seconds=float(line)))
        run_due()
        pooled = sum(thread.name.startswith(POOLS) for thread in threading.enumerate())
        size = {
            "memory": process.memory_info().rss / 1e6,
            "threads": process.num_threads() - pooled,
            "pooled": pooled,
            "files": process.num_fds(),
        }
        sys.stdout.write(json.dumps(size) + "\n")
        sys.stdout.flush()
    bot.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
