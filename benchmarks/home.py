"""Measure the Home tab of a member in twenty channels."""

import json
import statistics
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure
from benchmarks.site import ROOT, Site, a_site, belonging
from bot.config import load_config, load_pack
from bot.core.model import ChannelId, MessageTs, RoundId, ScheduleId
from bot.core.schedule import Source
from bot.demo.workspace import BOT_USER_ID, Channel
from bot.report.sample import sample_results
from bot.store.database import Database

CHANNELS = [ChannelId(f"C0HOME{number:03}") for number in range(20)]
RELEASES = 30
PEOPLE = 40
RUNS = 7
POSTED = MessageTs("1.000001")
LONG_AGO = timedelta(days=700)
"""The invented rounds lie back so far that none keeps the round of the benchmark from opening."""


def figures() -> list[Figure]:
    """Measure from ``app_home_opened`` to ``views.publish``, and two ways to read the results."""
    with a_site(_with_history, PEOPLE) as site:
        for channel in CHANNELS:
            members = [*site.people, BOT_USER_ID]
            site.server.workspace.channels[channel] = Channel(
                id=channel, name=channel.lower(), members=members
            )
        site.announcement()
        first, *others = [_opened_ms(site, user) for user in site.people]
        shown = {
            user: json.dumps(site.server.workspace.homes[user].body).count("feel we shape how we work")
            for user in site.people
        }
    if min(shown.values()) < len(CHANNELS):
        raise RuntimeError("not every circle was shown")
    return [
        Figure(name="Home tab with 20 channels, published, p50", value=statistics.median(others), unit="ms",
               budget=300, note=f"{RELEASES} results in each channel; the slowest {max(others):.0f} ms"),
        Figure(name="the same, the first after a start", value=first, unit="ms",
               note="asks Slack who and where one is, and draws 20 circles"),
        Figure(name="reading all results of 20 channels", value=_reading_ms(), unit="ms",
               note="what every tab would cost if circles were not remembered"),
    ]  # fmt: skip


def _with_history(config: Path) -> list[str]:
    """Return the bot with a store in which twenty channels have a schedule and thirty results each."""
    loaded = load_config(config, {"SLACK_BOT_TOKEN": "xoxb-0", "SLACK_APP_TOKEN": "xapp-0"})
    with closing(Database(loaded.data_dir / "belonging.db")) as database:
        _fill(database)
        with database.transaction("bench") as tx:
            template = replace(tx.list_schedules()[0], source=Source.SLACK, created_at=datetime.now(UTC))
            for channel in CHANNELS:
                tx.put_schedule(replace(template, id=ScheduleId(channel), channel=channel))
    return belonging(config)


def _fill(database: Database) -> None:
    results = sample_results(load_pack(ROOT / "prompts" / "belonging"), RELEASES)
    with database.transaction("bench") as tx:
        for channel in CHANNELS:
            for round_, result in reversed(results):
                own = replace(
                    round_,
                    id=RoundId(f"{channel[-3:]}{round_.number:09}"),
                    channel=channel,
                    opened_at=round_.opened_at - LONG_AGO,
                    closes_at=round_.closes_at - LONG_AGO,
                    summary=POSTED,
                )
                tx.insert_round(own)
                tx.insert_release(replace(result, round_id=own.id), own.closes_at)


def _opened_ms(site: Site, user: str) -> float:
    """Return the milliseconds from opening the tab to the view."""
    arrived: list[float] = []
    workspace = site.server.workspace

    def look(_revision: int) -> None:
        if not arrived and user in workspace.homes:
            arrived.append(time.perf_counter())

    workspace.listeners.append(look)
    began = time.perf_counter()
    site.server.run(site.server.control.act({"as": user, "type": "open_home"}))
    came = workspace.wait_for(lambda _: bool(arrived), 10)
    workspace.listeners.remove(look)
    if not came:
        raise RuntimeError("the Home tab was not published")
    return 1000 * (arrived[0] - began)


def _reading_ms() -> float:
    with TemporaryDirectory() as folder, closing(Database(Path(folder) / "belonging.db")) as database:
        _fill(database)
        times = []
        for _ in range(RUNS):
            began = time.perf_counter()
            for channel in CHANNELS:
                with database.transaction("bench") as tx:
                    tx.list_releases(channel)
            times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)
