"""Lists of names come in time, or are given up: no close waits for ever for what Slack answers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event
from typing import Any, cast

import pytest

from bot.core.model import ChannelId, MemberId
from bot.errors import SlackError, SlackUnavailableError, StoppingError, UncertainError
from bot.ports import Directory
from bot.slack.client.deadlines import (
    MOST_LEFT,
    MOST_LEFT_IN_ALL,
    NAMES,
    OPENINGS,
    TimeLimitedDirectory,
    limit_times,
    within,
)
from bot.slack.client.errors import is_unreachable
from bot.slack.client.rate_limits import RateLimiter, background_run, limited
from tests.fakes.directory import FakeDirectory, people
from tests.patience import PATIENCE_S

HERE, THERE = ChannelId("C1"), ChannelId("C2")
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


class Slow(FakeDirectory):
    """Gives its lists when it is let go."""

    def __init__(self) -> None:
        super().__init__(members={HERE: people(3), THERE: people(2)})
        self.go, self.asked = Event(), list[str]()
        self.pages: Callable[[], None] = lambda: None

    def _list(self, method: str, channel: ChannelId) -> Any:
        self.asked.append(method)
        self.pages()
        assert self.go.wait(PATIENCE_S)
        return getattr(super(), method)(channel)

    def names(self, channel: ChannelId) -> frozenset[str]:
        return cast(frozenset[str], self._list("names", channel))

    def undescribed(self, channel: ChannelId) -> frozenset[MemberId]:
        return cast(frozenset[MemberId], self._list("undescribed", channel))

    def audience_to_ask(self, channel: ChannelId) -> frozenset[MemberId]:
        return cast(frozenset[MemberId], self._list("audience_to_ask", channel))


@pytest.fixture
def slow() -> Iterator[Slow]:
    slow = Slow()
    yield slow
    slow.go.set()


def in_time(slow: Slow, limit_s: float = 0.02) -> Directory:
    return cast(Directory, TimeLimitedDirectory(slow, limit_s))


def test_a_list_that_comes_is_given_with_all_else_as_the_directory_says(slow: Slow) -> None:
    slow.go.set()
    directory = in_time(slow, 10)

    assert slow.names(HERE) == directory.names(HERE)
    assert slow.audience(HERE) == directory.audience(HERE)


@pytest.mark.parametrize("method", ["names", "undescribed"])
def test_a_list_that_does_not_come_is_given_up(slow: Slow, method: str) -> None:
    with pytest.raises(SlackUnavailableError) as error:
        getattr(in_time(slow), method)(HERE)

    assert "too_slow" == error.value.reason


def test_an_opening_does_not_wait_for_ever_either_and_has_a_time_of_its_own(slow: Slow) -> None:
    """What is over in another channel is destroyed between two of these."""
    directory = cast(Directory, TimeLimitedDirectory(in_time(slow, 10), 0.02, lists=OPENINGS))

    with pytest.raises(SlackUnavailableError) as error:
        directory.audience_to_ask(HERE)

    assert "too_slow" == error.value.reason
    slow.go.set()
    assert FakeDirectory.names(slow, HERE) == directory.names(HERE)


def test_what_an_opening_asks_for_is_bounded_in_the_bot(slow: Slow) -> None:
    wired = limit_times(slow)

    assert all(isinstance(getattr(wired, name), partial) for name in NAMES | OPENINGS)


def test_a_list_that_was_given_up_is_not_asked_for_beside_itself_and_is_there_later(slow: Slow) -> None:
    directory = in_time(slow)
    for _ in range(5):
        with pytest.raises(SlackUnavailableError):
            directory.names(HERE)
    assert ["names"] == slow.asked
    slow.go.set()

    assert FakeDirectory.names(slow, HERE) == in_time(slow, 10).names(HERE)


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_is_kept_of_a_list_that_was_given(slow: Slow, *, fails: bool) -> None:
    """The names of a large channel take as much memory as they are long, and a failure keeps its frames."""

    def stop() -> None:
        raise StoppingError

    slow.go.set()
    slow.pages = stop if fails else slow.pages
    directory = TimeLimitedDirectory(slow, 10)
    for number in range(200):
        with suppress(StoppingError, SlackError):
            cast(Directory, directory).names(ChannelId(f"C{number}"))
    for thread in threading.enumerate():
        if thread.name == "names":
            thread.join(10)

    assert {} == directory._under_way


def test_what_the_directory_raises_is_raised(slow: Slow) -> None:
    def stop() -> None:
        raise StoppingError

    slow.pages = stop

    with pytest.raises(StoppingError):
        in_time(slow, 10).names(HERE)


def test_all_lists_of_one_wake_up_share_its_time(slow: Slow) -> None:
    """Else 500 rounds that are due together would wait 500 times."""
    directory = in_time(slow, 0.2)
    limiter = RateLimiter(lambda: 0.0)
    with limited(limiter, since=NOW):
        with pytest.raises(SlackUnavailableError):
            directory.names(HERE)
        with pytest.raises(SlackUnavailableError):
            directory.names(THERE)
    assert ["names"] == slow.asked
    slow.go.set()
    with limited(limiter, since=NOW + timedelta(minutes=1)):
        assert FakeDirectory.names(slow, THERE) == in_time(slow, 10).names(THERE)


def test_the_list_is_asked_for_at_the_pace_of_the_wake_up(slow: Slow) -> None:
    slow.go.set()
    seen: list[object] = []
    slow.pages = lambda: seen.append(background_run())

    with limited(RateLimiter(lambda: 0.0), since=NOW):
        in_time(slow, 10).names(HERE)

    assert [None] != seen


def test_where_the_time_of_a_wake_up_is_over_no_further_list_is_begun(slow: Slow) -> None:
    """Else each of 500 channels would leave a thread behind."""
    directory = in_time(slow)
    with limited(RateLimiter(lambda: 0.0), since=NOW):
        for channel in (HERE, THERE, ChannelId("C3")):
            with pytest.raises(SlackUnavailableError) as error:
                directory.names(channel)
            assert "too_slow" == error.value.reason

    assert ["names"] == slow.asked


def test_no_more_lists_are_under_way_than_so_many_however_often_they_are_given_up(slow: Slow) -> None:
    directory = in_time(slow, 0.001)
    for number in range(MOST_LEFT + 3):
        with pytest.raises(SlackUnavailableError):
            directory.names(ChannelId(f"C{number}"))

    assert MOST_LEFT == sum(not one.done() for one in directory._under_way.values())  # type: ignore[attr-defined]


def test_while_so_many_calls_hang_that_were_given_up_no_further_one_is_begun() -> None:
    """Slack may hang for hours: each call that is given up leaves a thread behind until it ends."""
    go, begun = Event(), list[int]()

    def hang(number: int) -> None:
        begun.append(number)
        go.wait()

    with ThreadsThatEnd(go):
        for number in range(MOST_LEFT):
            with pytest.raises(TimeoutError):
                within(0.0, partial(hang, number))
        with pytest.raises(SlackUnavailableError) as error:
            within(0.0, partial(hang, MOST_LEFT))

        assert not isinstance(error.value, UncertainError), "it was never sent"
        assert "too_slow" == error.value.reason
        assert is_unreachable(error.value)
    assert MOST_LEFT not in begun
    assert "answer" == within(10, lambda: "answer")


def test_calls_that_hang_for_one_workspace_keep_no_other_from_calling() -> None:
    go = Event()
    here, there = RateLimiter(lambda: 0.0), RateLimiter(lambda: 0.0)
    with ThreadsThatEnd(go), limited(here, NOW):
        for _ in range(MOST_LEFT):
            with pytest.raises(TimeoutError):
                within(0.0, go.wait)
        with pytest.raises(SlackUnavailableError):
            within(10, lambda: "answer")

        with limited(there, NOW):
            assert "answer" == within(10, lambda: "answer")


def test_all_workspaces_together_leave_so_many_calls_behind_and_no_more() -> None:
    go = Event()
    with ThreadsThatEnd(go):
        for _ in range(MOST_LEFT_IN_ALL // MOST_LEFT):
            with limited(RateLimiter(lambda: 0.0), NOW):
                for _ in range(MOST_LEFT):
                    with pytest.raises(TimeoutError):
                        within(0.0, go.wait)
        with limited(RateLimiter(lambda: 0.0), NOW), pytest.raises(SlackUnavailableError):
            within(10, lambda: "answer")


class ThreadsThatEnd:
    """Lets all calls of this file end, and waits until their threads have."""

    def __init__(self, go: Event) -> None:
        self._go = go

    def __enter__(self) -> None:
        self._before = set(threading.enumerate())

    def __exit__(self, *_: object) -> None:
        self._go.set()
        for thread in set(threading.enumerate()) - self._before:
            thread.join(PATIENCE_S)
