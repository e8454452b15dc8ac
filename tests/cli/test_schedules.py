"""The commands around schedules: what is asked where and when, read from config.yaml and the data."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import ChannelId, PackId, ReleasePolicy, ScheduleId
from bot.core.schedule import QuietDays, Schedule, Source, Weekly
from bot.store.database import Database
from tests.cli.conftest import Belonging
from tests.cli.program import CONFIG
from tests.cli.test_prompts import refused, said
from tests.machine_clock import set_machine_clock
from tests.service.services import weekly

DECLARED = CONFIG.replace(
    "schedules: []",
    """schedules:
  - {channel: C0123456789, every: 2 weeks, on: [tue], at: "10:00"}
  - {channel: C0000000002, every: month, on: last fri, at: "16:00", timezone: America/New_York}
""",
)


@pytest.fixture
def declared(folder: Path) -> Path:
    (folder / "config.yaml").write_text(DECLARED, encoding="utf-8")
    return folder


def in_slack(folder: Path, **changes: Any) -> Schedule:
    """A schedule that an admin has set in Slack: every Monday at nine in Tokyo."""
    (folder / "data").mkdir(mode=0o700, exist_ok=True)
    schedule = weekly(
        **{
            "id": ScheduleId("inslack00001"),
            "channel": ChannelId("C0000000003"),
            "recurrence": Weekly(every=1, weekdays=(0,)),
            "zone": "Asia/Tokyo",
            "source": Source.SLACK,
            **changes,
        }
    )
    database = Database(folder / "data" / "belonging.db")
    with database.transaction("test") as tx:
        tx.put_schedule(schedule)
    database.close()
    return schedule


def data(belonging: Belonging, *arguments: str) -> Any:
    result = belonging("schedules", *arguments, "--json")
    return json.loads(result.stdout)


def test_without_a_schedule_it_says_how_to_set_one(belonging: Belonging) -> None:
    assert "/belonging schedule" in said(belonging("schedules", "list"))
    assert "No prompt is coming." in said(belonging("schedules", "next"))
    assert "0 schedules looked at. Nothing is wrong." in said(belonging("schedules", "check"))


def test_the_list_holds_what_config_yaml_declares_and_what_was_set_in_slack(
    belonging: Belonging, declared: Path
) -> None:
    schedule = in_slack(declared)

    listed = {one["channel"]: one for one in data(belonging, "list")}

    assert listed.keys() == {"C0123456789", "C0000000002", schedule.channel}
    assert ("slack", "config") == (listed[schedule.channel]["source"], listed["C0123456789"]["source"])
    printed = said(belonging("schedules", "list"))
    assert all(
        word in printed for word in ("3 schedules", "C0123456789", "config.yaml", "Slack", schedule.id)
    )


def test_the_list_shows_the_language_of_each_channel(belonging: Belonging, declared: Path) -> None:
    schedule = in_slack(declared, language="de")
    (known, *_) = (one for one in data(belonging, "list") if one["channel"] == "C0123456789")
    assert known["language"] is None, "config.yaml does not say it, and Slack was not asked yet"

    in_slack(
        declared, id=ScheduleId(known["id"]), channel=known["channel"], source=Source.CONFIG, language="fr"
    )

    languages = {one["channel"]: one["language"] for one in data(belonging, "list")}
    assert languages == {"C0123456789": "fr", "C0000000002": None, schedule.channel: "de"}
    printed = said(belonging("schedules", "list"))
    assert all(text in printed for text in ("Language: fr", "Language: de", "Language: not"))


def test_times_have_the_offset_of_their_zone_and_come_in_order(belonging: Belonging, declared: Path) -> None:
    in_slack(declared)

    coming = data(belonging, "next", "--count", "12")
    moments = [datetime.fromisoformat(one["at"]) for one in coming]

    assert 12 == len(moments)
    assert sorted(moments) == moments
    offsets = {one["channel"]: datetime.fromisoformat(one["at"]).utcoffset() for one in coming}
    assert timedelta(hours=9) == offsets["C0000000003"]
    assert all(moment > datetime(2026, 1, 1, tzinfo=UTC) for moment in moments)
    assert {"10:00"} == {f"{moment:%H:%M}" for moment in moments if moment.utcoffset() == timedelta(hours=9)}


def test_one_channel_can_be_asked_for_and_one_without_a_schedule_is_said_so(
    belonging: Belonging, declared: Path
) -> None:
    assert {"C0123456789"} == {one["channel"] for one in data(belonging, "next", "--channel", "C0123456789")}
    assert "There is no schedule for C9" in refused(belonging("schedules", "next", "--channel", "C9"))


def test_a_pause_set_in_slack_holds_for_a_declared_schedule_too(belonging: Belonging, declared: Path) -> None:
    (first, *_) = data(belonging, "list")
    in_slack(
        declared, id=ScheduleId(first["id"]), channel=first["channel"], source=Source.CONFIG, paused=True
    )

    listed = {one["id"]: one for one in data(belonging, "list")}

    assert listed[first["id"]]["paused"]
    assert listed[first["id"]]["next"] is None
    assert "Remark" in said(belonging("schedules", "check"))


def test_rounds_that_would_overlap_are_a_remark(belonging: Belonging, folder: Path) -> None:
    in_slack(folder, open_for=timedelta(days=8))

    (finding,) = data(belonging, "check")

    assert "remark" == finding["level"]
    assert "still open" in finding["what"]


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"pack": PackId("gone")}, "there is no prompt pack"),
        ({"policy": ReleasePolicy(), "quiet": None}, "every date falls on a quiet day"),
    ],
)
def test_a_schedule_that_can_never_ask_is_an_error(
    belonging: Belonging, folder: Path, changes: dict[str, Any], wrong: str
) -> None:
    if "quiet" in changes:
        changes["quiet"] = QuietDays(ranges=((date(2026, 1, 1), date(2050, 1, 1)),))
    in_slack(folder, **changes)

    result = belonging("schedules", "check")

    assert 1 == result.exit_code
    assert wrong in " ".join(result.stdout.split())


STORED = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""The newest time that is stored by ``in_slack``, a Monday."""


@pytest.mark.parametrize("command", ["next", "list"])
@pytest.mark.parametrize(
    ("now", "says"),
    [
        (STORED + timedelta(hours=1), "was not compared with Slack's"),
        (STORED + timedelta(days=400), "400 days later than anything that is stored"),
        (STORED - timedelta(days=400), "behind by 400 days or more"),
    ],
    ids=["perhaps right", "ahead", "behind"],
)
def test_it_says_what_is_known_of_the_clock(
    belonging: Belonging,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    now: datetime,
    says: str,
    command: str,
) -> None:
    in_slack(folder)
    set_machine_clock(monkeypatch, now)

    result = belonging("schedules", command)

    assert says in " ".join(result.stderr.split())
    assert says not in " ".join(result.stdout.split())


def test_with_a_clock_that_is_behind_what_is_stored_no_time_is_shown_that_is_over(
    belonging: Belonging, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The running bot goes by Slack's time then, and asks at none of these."""
    in_slack(folder)
    set_machine_clock(monkeypatch, STORED - timedelta(days=400))

    first = datetime.fromisoformat(data(belonging, "next")[0]["at"])

    assert datetime(2026, 11, 30, 1, tzinfo=UTC) == first.astimezone(UTC)
