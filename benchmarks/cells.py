"""Measure many workspaces in one process, beside whole bots: memory, threads, opening, replies, a heartbeat.

Slack is a stub in another thread that accepts everything. Cells are copies of one, with an open round each.
"""

import json
import logging
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from email.utils import format_datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from slack_sdk.oauth.installation_store import Installation

from benchmarks.figures import Figure
from benchmarks.schedules import some_schedules
from bot.app import Bot, build
from bot.app.arrivals import note_installation
from bot.app.host import Host
from bot.app.hosted_cell import HostedCell
from bot.app.hosting import build_host
from bot.cli.process import set_up_for_many
from bot.config import Config, cell_dir, load_config
from bot.core.audit import LastProof
from bot.core.cells import CellKey
from bot.core.model import ChannelId, MemberId, MessageTs, PackId, ReleasePolicy, Round, RoundId, WorkspaceId
from bot.core.prompts import preview
from bot.core.replies import reply_id
from bot.keys import KeyFiles
from bot.ports import Submission
from bot.proof_process import Request
from bot.slack.client.proxies import route_to
from bot.slack.client.rate_limits import RateLimiter
from bot.slack.install.installation import installation_of
from bot.store.audiences import NAME as AUDIENCES
from bot.store.audiences import AudienceFile
from bot.store.ballots import BallotFiles
from bot.store.database import Database
from bot.store.lock import InstanceLock

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CELLS = 1000
SCHEDULES_EACH = 10
BOTS = 20
REPLIES = 500
AT_ONCE = 16
MINUTES = 60
ROUND = RoundId("bench0000000")
PLAINTEXT = b"a reply of ordinary length".ljust(256)

CONFIG = """
slack: {{mode: http, http: {{host: 127.0.0.1, port: 3000}}}}
{workspaces}
prompts: [{prompts}]
support: {{contact: "People team", crisis: "112"}}
"""


def figures() -> list[Figure]:
    """Measure 1,000 cells in one process, and 20 bots in another."""
    with TemporaryDirectory() as folder:
        cells = _measured("cells", Path(folder) / "cells")
        bots = _measured("bots", Path(folder) / "bots")
    of = f"of {CELLS:,} workspaces in one process"
    return [
        Figure(name=f"memory of each {of}, all open", value=cells["kb_each"], unit="kB",
               baseline=bots["kb_each"], budget=0.4 * bots["kb_each"], note="beside a whole bot"),
        Figure(name="the same, their files closed again", value=cells["kb_resting"], unit="kB"),
        Figure(name=f"threads of each {of}", value=cells["threads_each"], unit="", budget=0,
               baseline=bots["threads_each"]),
        Figure(name=f"opening {CELLS:,} existing workspaces", value=cells["open_s"], unit="s",
               baseline=bots["open_s_each"] * CELLS, budget=bots["open_s_each"] * CELLS / 15,
               note="beside building as many bots, each with its configuration and TLS, as measured with 20"),
        Figure(name=f"a reply, {AT_ONCE} at once, into the rounds {of} (the inverse of replies a second)",
               value=cells["reply_ms"], unit="ms", baseline=cells["reply_in_one_ms"],
               budget=cells["reply_in_one_ms"] / 0.9, note="beside the round of one of them; 0.9 of its rate"),
        Figure(name=f"a heartbeat {of}, {CELLS * SCHEDULES_EACH:,} schedules, nothing due, mean",
               value=cells["beat_ms"], unit="ms", budget=100),
        Figure(name="the same, the slowest of an hour", value=cells["slowest_beat_ms"], unit="ms"),
    ]  # fmt: skip


def _measured(what: str, folder: Path) -> dict[str, float]:
    """Measure in a process of its own."""
    folder.mkdir()
    found = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "benchmarks.cells", what, str(folder)],
        stdout=subprocess.PIPE,
        check=True,
        cwd=ROOT,
        text=True,
    )
    answer: dict[str, float] = json.loads(found.stdout)
    return answer


class _Slack(BaseHTTPRequestHandler):
    """Slack that accepts every call."""

    def do_POST(self) -> None:
        """Answer any method as ``auth.test``."""
        self.rfile.read(int(self.headers.get("content-length") or 0))
        body = json.dumps({"ok": True, "team_id": "T0BENCH", "user_id": "U0BOT", "bot_id": "B0BOT"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the time of the benchmark, which the bot believes."""
        return format_datetime(NOW + timedelta(seconds=timestamp or 0), usegmt=True)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the standard library
        """Log nothing."""


class _NoProof:
    """A prover that is never asked: a proof is no part of what is measured here."""

    def run(self, request: Request) -> Any:
        """Refuse."""
        raise RuntimeError(request.data_dir)

    def stop(self) -> None:
        """Do nothing."""

    def interrupt(self, data_dir: Path) -> None:
        """Do nothing."""


@contextmanager
def _slack() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Slack)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/api/"
    finally:
        server.shutdown()
        server.server_close()


def hosting_config(folder: Path, api_url: str) -> Config:
    """Return the configuration of a host of many workspaces in this folder."""
    return _config(folder, api_url, many=True)


def _config(folder: Path, api_url: str, *, many: bool) -> Config:
    workspaces = 'workspaces: {public_url: "http://127.0.0.1:3000"}' if many else ""
    path = folder / "config.yaml"
    path.write_text(CONFIG.format(workspaces=workspaces, prompts=ROOT / "prompts"), encoding="utf-8")
    config = load_config(
        path,
        {
            "SLACK_API_URL": api_url,
            "SLACK_BOT_TOKEN": "" if many else "xoxb-bench-bench-bench",
            "SLACK_SIGNING_SECRET": "0123456789abcdef" * 2,
            "SLACK_CLIENT_ID": "1.2",
            "SLACK_CLIENT_SECRET": "fedcba9876543210" * 2,
            "BELONGING_TOKEN_KEYS": "0123456789abcdef" * 4,
        },
    )
    return replace(config, slack=replace(config.slack, http_port=0))  # any free port


def fill(
    config: Config,
    now: datetime = NOW,
    schedules: int = SCHEDULES_EACH,
    rounds: Sequence[RoundId] = (ROUND,),
) -> None:
    """Make the files of one workspace: schedules, the proof of today, and ballot files with their keys."""
    for folder in (config.data_dir, config.ballots_dir, config.keys_dir):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(config.data_dir / "belonging.db")
    vault = KeyFiles(config.keys_dir, WorkspaceId("T0BENCH"))
    boxes = BallotFiles(config.ballots_dir)
    pack = config.settings.packs[PackId("belonging")]
    opened = [
        Round(
            id=one,
            channel=ChannelId("C0BENCH00"),
            schedule=None,
            number=number,
            prompt=preview(pack, ()),
            policy=ReleasePolicy(),
            audience_size=CELLS,
            opened_at=now,
            closes_at=now + timedelta(days=3),
            zone="UTC",
            closing_key=vault.create(one),
            announcement=MessageTs(f"1.{number + 1}"),
        )
        for number, one in enumerate(rounds, start=1)
    ]
    for one in rounds:
        boxes.create(one, now)
    with database.transaction("bench") as tx:
        for schedule in some_schedules(schedules):
            tx.put_schedule(replace(schedule, at=time_of_day(23), zone="UTC", created_at=now))
        for round_ in opened:
            tx.insert_round(round_)
        tx.put_proof(LastProof(at=now, tried=1, failed=()))
    boxes.close()
    AudienceFile(config.data_dir / AUDIENCES).close()
    database.close()
    with InstanceLock(config.data_dir):
        pass  # whoever has served it has left the file of its lock


class _Clock:
    """A clock that is moved."""

    def __init__(self) -> None:
        """Start at ``NOW``."""
        self.at = NOW

    def __call__(self) -> datetime:
        """Return the time."""
        return self.at

    def elapsed_s(self) -> float:
        """Return the seconds of a clock that nobody can set."""
        return self.at.timestamp()


def _rss_kb() -> float:
    return psutil.Process().memory_info().rss / 1024


def _host(folder: Path, api_url: str, clock: _Clock) -> Host:
    """Return a host of ``CELLS`` workspaces, whose directories were there before."""
    config = _config(folder, api_url, many=True)
    template = folder / "template"
    fill(replace(config, data_dir=template, ballots_dir=template / "ballots", keys_dir=template / "keys"))
    unlimited = partial(RateLimiter, time.monotonic, limits={}, in_one_channel={})
    host = build_host(config, clock, new_limiter=unlimited, prover=_NoProof(), elapsed=clock.elapsed_s)
    for number in range(CELLS):
        team = f"T{number:06}"
        installation = Installation(
            user_id="", team_id=team, team_name=f"Team {number}", bot_token=f"xoxb-{number}",
            bot_id="B0BOT", bot_user_id="U0BOT", bot_scopes=["chat:write"],
        )  # fmt: skip
        shutil.copytree(template, cell_dir(config, CellKey(team)))
        note_installation(config, installation_of(installation), NOW.date())
        host.installations.save_now(installation)
    return host


def _measure_cells(folder: Path, api_url: str) -> dict[str, float]:
    set_up_for_many()
    clock = _Clock()
    host = _host(folder, api_url, clock)
    host.reload_installations()
    cells = tuple(host.cells.all())
    for cell in cells:
        cell.asking.tokens_at = clock()  # asking Slack about each token at the start is no part of opening
    warm = cells[0]
    with warm.used():
        pass
    before_kb, threads = _rss_kb(), threading.active_count()
    began = time.perf_counter()
    for cell in cells[1:]:
        with cell.used():
            pass
    open_s = time.perf_counter() - began
    kb_each = (_rss_kb() - before_kb) / (len(cells) - 1)
    threads_each = (threading.active_count() - threads) / (len(cells) - 1)
    in_one_s, reply_s = _replies_s(cells[:1]), _replies_s(cells[1:])
    for cell in cells:
        cell.rest(idle_s=0)
    kb_resting = (_rss_kb() - before_kb) / (len(cells) - 1)
    for cell in cells:
        for _ in range(3):  # all channels are seen, so that the next look has nothing to ask
            cell.asking.channels_at = clock()
            cell.look()
        cell.rest(idle_s=0)
    beats = []
    for _ in range(MINUTES):
        clock.at += timedelta(minutes=1)
        began = time.perf_counter()
        host.run_due()
        beats.append((time.perf_counter() - began) * 1000)
        host.cells.close_idle()
    host.release()
    return {
        "kb_each": kb_each,
        "kb_resting": kb_resting,
        "threads_each": threads_each,
        "open_s": open_s,
        "reply_ms": reply_s * 1000,
        "reply_in_one_ms": in_one_s * 1000,
        "beat_ms": sum(beats) / len(beats),
        "slowest_beat_ms": max(beats),
    }


def _replies_s(cells: Sequence[HostedCell]) -> float:
    """Return the seconds for each of ``REPLIES`` replies into these cells in turn, ``AT_ONCE`` at once.

    The files were read before, so the disk's cache is warm.
    """
    numbers = count()

    def reply(_: int) -> None:
        number = next(numbers)
        with cells[number % len(cells)].used() as built:
            services = built.cell.services
            with services.store.read("bench") as tx:
                round_ = tx.fetch_round(ROUND)
            if round_ is None:
                raise LookupError(ROUND)
            identity = reply_id(services.vault.new_receipt())
            sealed = services.vault.seal(round_.closing_key, ROUND, identity, PLAINTEXT)
            token = services.vault.token(ROUND, MemberId(f"U{number:06}"))
            done = services.boxes.submit(ROUND, token, sealed).result()
            if done is not Submission.ACCEPTED:
                raise ValueError(done)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        began = time.perf_counter()
        list(pool.map(reply, range(REPLIES)))
        return (time.perf_counter() - began) / REPLIES


def _measure_bots(folder: Path, api_url: str) -> dict[str, float]:
    clock, bots = _Clock(), list[Bot]()
    places = [folder / str(number) for number in range(BOTS + 1)]
    for place in places:
        place.mkdir()
        fill(_config(place, api_url, many=False))

    def start(place: Path) -> None:
        route_to("https://slack.com/api/")  # a bot has a TLS context of its own; the stub has no TLS
        config = _config(place, api_url, many=False)
        bot = build(config, clock, prover=_NoProof(), elapsed=clock.elapsed_s)
        bot.start()
        bots.append(bot)

    start(places[0])
    before_kb, threads, began = _rss_kb(), threading.active_count(), time.perf_counter()
    for place in places[1:]:
        start(place)
    open_s = time.perf_counter() - began
    found = {
        "kb_each": (_rss_kb() - before_kb) / BOTS,
        "threads_each": (threading.active_count() - threads) / BOTS,
        "open_s_each": open_s / BOTS,
    }
    for bot in bots:
        bot.stop()
    return found


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    measure = {"cells": _measure_cells, "bots": _measure_bots}[sys.argv[1]]
    with _slack() as url:
        sys.stdout.write(json.dumps(measure(Path(sys.argv[2]), url)))
