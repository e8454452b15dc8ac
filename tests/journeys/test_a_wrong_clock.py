"""The clock of the machine is wrong for a moment: nothing is closed, used up, asked twice or left out."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.cli.schedule_tables import schedule_entries
from bot.core.model import ChannelId, Round, RoundState
from bot.core.schedule import Source
from bot.service.upcoming import next_times
from tests.world import CHANNEL, World, a_world, summaries, text_of

FIVE = ["U02TOMA", "U03INGR", "U04KWAM", "U05YUKI", "U06RUTH"]
AHEAD = timedelta(days=400)


@pytest.fixture(params=["socket", "http"])
def asked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """The demo team with the first question, open for three days."""
    with a_world(tmp_path, http=request.param == "http") as world:
        world.move(minutes=1)
        yield world


def rounds(world: World) -> tuple[Round, ...]:
    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        return tx.list_channel_rounds(ChannelId(CHANNEL))


def next_time(world: World) -> datetime:
    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        (schedule,) = tx.list_schedules(Source.CONFIG)
    return next_times(world.bot.services, schedule, 1)[0]


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.getMessage().startswith("clock")]


def test_started_with_the_clock_400_days_ahead_for_six_seconds_nothing_is_lost(
    asked: World, caplog: pytest.LogCaptureFixture
) -> None:
    """An open round of three days was closed, 58 fire times were used up to 2028, and no question came."""
    asked.reply(FIVE[0], answers=["4"])
    asked.close_modals(FIVE[0])
    said = len(asked.messages())
    following = next_time(asked)
    asked.stop_bot()
    asked.off = AHEAD

    with caplog.at_level(logging.INFO, "bot"):
        asked.start_bot()
        asked.move(seconds=3)
        assert RoundState.OPEN is rounds(asked)[0].state
        asked.reply(FIVE[1], answers=["4"])  # members go on meanwhile
        asked.close_modals(FIVE[1])
        asked.move(seconds=3)
        asked.off = timedelta(0)
        asked.move(seconds=1)

    assert ["clock off", "clock right again"] == told(caplog)
    assert (RoundState.OPEN, said) == (rounds(asked)[0].state, len(asked.messages()))
    assert following == next_time(asked) == shown_next(asked)
    for user in FIVE[2:]:
        asked.reply(user, answers=["4"])
    asked.move(days=3)
    (summary,) = summaries(asked)
    assert "5 of 14 replied" in text_of(summary.blocks)
    asked.move(days=4)
    assert 2 == len(rounds(asked))


def shown_next(world: World) -> datetime | None:
    """What ``belonging schedules next`` says."""
    (entry,) = schedule_entries(world.config(), world.clock.now())
    return entry.next_at


@pytest.mark.parametrize("off", [timedelta(hours=-1), timedelta(days=-1), timedelta(hours=1), AHEAD])
def test_set_while_it_runs_nothing_is_asked_twice_or_left_out(asked: World, off: timedelta) -> None:
    said = len(asked.messages())
    asked.off = off
    asked.move(minutes=1)
    asked.move(minutes=1)
    assert (1, said) == (len(rounds(asked)), len(asked.messages()))

    asked.off = timedelta(0)
    asked.move(minutes=1)
    assert (1, said) == (len(rounds(asked)), len(asked.messages()))
    asked.move(days=7)

    assert 2 == len(rounds(asked))


def test_off_over_the_closing_time_members_are_refused_by_slacks_time_and_the_summary_comes_late(
    asked: World,
) -> None:
    for user in FIVE:
        asked.reply(user, answers=["4"])
        asked.close_modals(user)
    form = asked.open_form("U07DIEG")
    asked.off = timedelta(hours=-1)
    asked.move(days=3)
    asked.submit("U07DIEG", form, answers=["4"])
    assert "takes no more replies" in text_of(asked.workspace.stack("U07DIEG")[-1].body["blocks"])
    assert (RoundState.OPEN, []) == (rounds(asked)[0].state, summaries(asked))

    asked.off = timedelta(0)
    asked.move(minutes=1)

    assert 1 == len(summaries(asked))


def test_while_slack_does_not_tell_its_time_the_close_waits_for_fifteen_minutes(
    asked: World, caplog: pytest.LogCaptureFixture
) -> None:
    for user in FIVE:
        asked.reply(user, answers=["4"])
    asked.stop_bot()
    asked.clock.advance(timedelta(days=3))
    asked.server.site.tells_time = False
    asked.start_bot()
    asked.move(minutes=14)
    assert RoundState.OPEN is rounds(asked)[0].state
    assert ["clock not checked yet"] == told(caplog)

    asked.move(minutes=1)

    assert RoundState.CLOSED is rounds(asked)[0].state
    assert 1 == len(summaries(asked))


def test_after_fifteen_minutes_a_clock_far_from_what_is_stored_is_still_not_believed(asked: World) -> None:
    asked.stop_bot()
    asked.server.site.tells_time = False
    asked.off = AHEAD
    asked.start_bot()

    asked.move(minutes=20)

    assert RoundState.OPEN is rounds(asked)[0].state
    asked.off = timedelta(0)


def test_what_slack_says_of_the_time_is_heard_again_where_the_clock_seems_off(asked: World) -> None:
    """A machine that was held for an hour has a right clock, and seconds that stood still."""
    assert asked.bot
    stood_still = asked.elapsed_s()
    asked.elapsed_s = lambda: stood_still  # type: ignore[method-assign]
    asked.stop_bot()
    asked.start_bot()
    for user in FIVE:
        asked.reply(user, answers=["4"])

    asked.move(days=3)

    assert 1 == len(summaries(asked))
