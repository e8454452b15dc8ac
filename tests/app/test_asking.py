"""When the cells of a process ask Slack by themselves: each in its turn, and all within minutes."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from bot.app.asking import ASK_EVERY, CHANNELS_EVERY, MOST_CHANNELS, Asking
from bot.core.cells import CellKey
from bot.core.model import ChannelId

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def asking(number: int = 1, now: datetime = NOW) -> Asking:
    return Asking(CellKey(f"T{number:06}"), now)


def test_a_thousand_cells_that_begin_together_take_their_turns_spread_over_minutes() -> None:
    turns = Counter(asking(number).channels_at for number in range(1000))

    assert max(turns) <= NOW + CHANNELS_EVERY
    assert max(turns.values()) <= 15


def test_a_turn_begins_at_its_time_and_the_next_one_an_interval_later() -> None:
    one = asking()
    first = one.channels_at

    assert not one.takes_turn(first - SECOND)
    assert one.takes_turn(first)
    assert one.channels_at == first + CHANNELS_EVERY
    assert not one.takes_turn(first + SECOND)


def test_a_turn_that_was_set_by_a_clock_far_ahead_does_not_wait_for_it() -> None:
    one = asking(now=NOW + timedelta(days=400))

    assert one.takes_turn(NOW)
    assert one.channels_at <= NOW + CHANNELS_EVERY


def test_tokens_are_asked_about_at_first_and_every_six_hours() -> None:
    one = asking()
    assert one.needs_tokens(NOW)

    one.tokens_at = NOW

    assert not one.needs_tokens(NOW + ASK_EVERY - SECOND)
    assert one.needs_tokens(NOW + ASK_EVERY)


def test_what_is_passed_on_is_taken_up() -> None:
    one, other = asking(), asking()
    one.tokens_at, one.channels[ChannelId("C1")] = NOW, NOW - SECOND

    other.take_up(one.give())

    assert (NOW, {ChannelId("C1"): NOW - SECOND}) == (other.tokens_at, other.channels)


def test_the_times_of_very_many_channels_are_not_passed_on() -> None:
    one = asking()
    one.channels.update((ChannelId(f"C{number}"), NOW) for number in range(MOST_CHANNELS + 1))

    assert one.give()["channels"] == {}
