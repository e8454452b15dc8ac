"""The demo asks on days on which people work, on whatever day and in whatever folder it is started."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.cli.demo import ASKS_AT, BEFORE_IT_ASKS, ZONE, demo_of, demo_schedule, opening_moment, run_demo
from bot.config import holiday_calendar, load_config
from bot.core.model import ChannelId, RoundState
from bot.core.schedule import upcoming_times
from bot.errors import BotError
from tests.cli.program import ROOT

SETTINGS = load_config(ROOT / "config.yaml", {}).settings
NONE = timedelta(0)


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and (day.month, day.day) not in {(12, 25), (12, 26), (1, 1)}


@pytest.mark.parametrize("year", [2026, 2027, 2028])
def test_it_begins_on_a_working_day_and_never_in_the_past(year: int) -> None:
    for number in range(366):
        started = datetime(year, 1, 1, 12, tzinfo=UTC) + timedelta(days=number)
        asks = (opening_moment(started) + BEFORE_IT_ASKS).astimezone(ZoneInfo(ZONE))

        assert is_working_day(asks.date()), started
        assert asks.time() == ASKS_AT
        assert timedelta(0) <= asks.date() - started.date() <= timedelta(days=5)


@pytest.mark.parametrize("weekday", range(5))
def test_it_goes_on_asking_on_working_days_only(weekday: int) -> None:
    begun = opening_moment(datetime(2026, 11, 23 + weekday, 12, tzinfo=UTC))
    schedule = demo_schedule(ChannelId("C1"), SETTINGS, begun.date())

    times = upcoming_times(schedule, None, begun, holiday_calendar, late=NONE, catch_up=NONE)

    days = [at.astimezone(ZoneInfo(ZONE)).date() for at in islice(times, 300)]
    assert {weekday} == {day.weekday() for day in days}
    assert all(is_working_day(day) for day in days)


def test_it_asks_at_once_beside_a_configuration_for_http_and_jitter(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    lines = ("slack: {mode: http}", "defaults: {jitter: 1h}", f"prompts: [{ROOT / 'prompts'}]")
    path.write_text("\n".join(lines), encoding="utf-8")

    with demo_of(load_config(path, {})) as demo, demo.bot.services.store.read("test") as tx:
        assert 1 == len(tx.list_rounds([RoundState.OPEN]))


@pytest.mark.parametrize(("chosen", "language"), [("", "en"), ("en", "en"), ("de", "de")])
def test_its_channel_reads_the_language_that_is_chosen_or_that_of_most_people(
    chosen: str, language: str
) -> None:
    config = load_config(ROOT / "config.yaml", {})

    with demo_of(config, language=chosen) as demo, demo.bot.services.store.read("test") as tx:
        assert [language] == [schedule.language for schedule in tx.list_schedules()]


def test_a_language_that_the_bot_does_not_speak_starts_nothing() -> None:
    with pytest.raises(BotError, match="does not speak"):
        run_demo(ROOT / "config.yaml", 0, open_browser=False, log_level="error", language="tlh")
