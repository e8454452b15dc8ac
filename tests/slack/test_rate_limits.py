"""Slack's limits are kept in every window, nobody waits longer than needed, and a stop ends every wait."""

from datetime import UTC, datetime
from threading import Event, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrate_limiter import Rate

from bot.demo.api_spec import CALLS_PER_MINUTE, METHODS, POSTS_PER_MINUTE
from bot.errors import RateLimitedError, SlackUnavailableError, StoppingError
from bot.slack.client.rate_limits import (
    IN_ONE_CHANNEL,
    LIMITS,
    RateLimiter,
    background_run,
    limited,
    per_minute,
)
from bot.slack.directory.cache import SHORT_LIST, STANDING_FOR
from bot.slack.directory.questions import PAGE
from tests.fakes.seconds import Seconds
from tests.patience import PATIENCE_S

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
ROUNDING_S = 1e-6


def a_limiter(**limits: Rate) -> tuple[RateLimiter, Seconds]:
    seconds = Seconds()
    return RateLimiter(seconds.read, seconds.event(), limits=limits, in_one_channel={}), seconds


def most_within(times: list[float], window_s: float) -> int:
    """The most of these times, in order, that lie within one window."""
    return max((sum(at <= one < at + window_s - ROUNDING_S for one in times) for at in times), default=0)


rates = st.integers(1, 30).flatmap(lambda calls: st.tuples(st.just(calls), st.integers(1, calls)))
"""So many calls a minute, and so many at once."""


@given(rate=rates, pauses_s=st.lists(st.sampled_from([0.0, 0.001, 0.3, 1.0, 7.0, 90.0]), max_size=80))
def test_no_minute_ever_holds_more_calls_than_the_rate_allows(
    rate: tuple[int, int], pauses_s: list[float]
) -> None:
    limiter, seconds = a_limiter(m=per_minute(*rate))
    times = []

    for pause_s in pauses_s:
        seconds.now += pause_s
        limiter.acquire("m")
        times.append(seconds.now)

    assert most_within(times, 60) <= rate[0]
    assert most_within(times, ROUNDING_S * 2) <= rate[1]


@given(calls=st.lists(st.tuples(st.sampled_from(sorted(LIMITS)), st.sampled_from("ABC")), max_size=150))
def test_the_limits_hold_for_each_method_and_each_channel_whatever_the_order(
    calls: list[tuple[str, str]],
) -> None:
    seconds = Seconds()
    limiter = RateLimiter(seconds.read, seconds.event())
    made = []

    for method, channel in calls:
        limiter.acquire(method, channel)
        made.append((method, channel, seconds.now))

    for method, rate in LIMITS.items():
        most = rate.limit + (rate.burst or rate.limit) - 1
        assert most_within([at for name, _, at in made if name == method], 60) <= most
    for method, rate in IN_ONE_CHANNEL.items():
        for channel in "ABC":
            times = [at for name, where, at in made if (name, where) == (method, channel)]
            assert most_within(times, rate.interval / 1000) <= rate.limit


@given(rate=rates, count=st.integers(1, 80))
def test_nobody_waits_longer_than_the_rate_asks_for(rate: tuple[int, int], count: int) -> None:
    calls, burst = rate
    limiter, seconds = a_limiter(m=per_minute(calls, burst))

    for _ in range(count):
        limiter.acquire("m")

    needed_s = max(0, count - burst) * 60 / (calls - burst + 1)
    assert seconds.now == pytest.approx(needed_s, abs=0.002 * count)


def test_methods_and_channels_do_not_wait_for_one_another() -> None:
    seconds = Seconds()
    limiter = RateLimiter(seconds.read, seconds.event())

    for channel in ("C1", "C2", "C3"):
        limiter.acquire("chat.postMessage", channel)
        limiter.acquire("conversations.members", channel)
    limiter.acquire("views.open")

    assert 0.0 == seconds.now


def test_a_second_message_in_a_channel_waits_about_a_second() -> None:
    seconds = Seconds()
    limiter = RateLimiter(seconds.read, seconds.event())

    limiter.acquire("chat.postMessage", "C1")
    limiter.acquire("chat.postMessage", "C1")

    assert 1.0 < seconds.now < 1.5


@pytest.mark.parametrize("method", sorted(LIMITS))
def test_every_limit_leaves_room_within_what_slack_documents(method: str) -> None:
    tier = METHODS[method].tier
    least = POSTS_PER_MINUTE if method == "chat.postMessage" else CALLS_PER_MINUTE[tier]

    rate = LIMITS[method]
    assert rate.interval == 60_000
    assert rate.limit + (rate.burst or rate.limit) - 1 <= least * 2 / 3


def test_a_stopping_bot_begins_no_call_even_where_none_would_wait() -> None:
    limiter, _ = a_limiter()
    limiter.stop()

    with pytest.raises(StoppingError) as caught:
        limiter.acquire("anything")

    # Whoever leaves things for later while Slack is away does so now.
    assert isinstance(caught.value, SlackUnavailableError)


def test_no_pause_is_longer_than_a_minute_for_what_is_due_meanwhile() -> None:
    limiter = RateLimiter(lambda: 0.0, Seconds().event())
    limiter.wait(60.25)

    with pytest.raises(SlackUnavailableError) as error:
        limiter.wait(3600)

    assert "ratelimited" == error.value.reason


def test_everybody_can_be_listed_anew_every_half_minute_where_the_list_is_short() -> None:
    """Else channels that open one after the other would wait for nothing but lists (``audience_to_ask``)."""
    pages, rate = SHORT_LIST // PAGE, LIMITS["users.list"]
    interval_s, burst = rate.interval / 1000 / rate.limit, rate.burst or rate.limit

    assert pages * interval_s <= STANDING_FOR.total_seconds()
    assert (pages - burst) * interval_s <= STANDING_FOR.total_seconds() / 2


def test_a_stop_ends_a_wait_of_a_minute_at_once() -> None:
    waiting, ended = Event(), Event()

    class Watched(Event):
        def wait(self, timeout: float | None = None) -> bool:
            waiting.set()
            return super().wait(timeout)

    limiter = RateLimiter(lambda: 0.0, Watched())

    def pause() -> None:
        with pytest.raises(StoppingError):
            limiter.wait(60)
        ended.set()

    thread = Thread(target=pause, daemon=True)
    thread.start()
    assert waiting.wait(PATIENCE_S)
    limiter.stop()

    assert ended.wait(PATIENCE_S)
    thread.join()


def test_a_call_that_was_stopped_is_not_counted() -> None:
    seconds = Seconds()
    limits = {"m": Rate(1, 10_000, burst=1)}
    event = seconds.event()
    limiter = RateLimiter(seconds.read, event, limits=limits)
    limiter.acquire("m")
    seconds.on_wait = lambda _: event.set()
    with pytest.raises(StoppingError):
        limiter.acquire("m")
    event.clear()
    seconds.on_wait = lambda _: None

    limiter.acquire("m")

    assert seconds.now == pytest.approx(10)


def test_only_what_runs_within_the_block_and_on_its_thread_is_limited() -> None:
    limiter, _ = a_limiter()
    seen = []

    with limited(limiter, AT):
        work = background_run()
        thread = Thread(target=lambda: seen.append(background_run()))
        thread.start()
        thread.join()

    assert work is not None
    assert (limiter, AT) == (work.limiter, work.since)
    assert [None] == seen
    assert background_run() is None


def test_a_pause_that_slack_asks_for_puts_off_one_channel_and_no_other() -> None:
    limiter, seconds = a_limiter()
    limiter.refuse("chat.postMessage", "C1", 30)

    with pytest.raises(RateLimitedError):
        limiter.acquire("chat.postMessage", "C1")
    limiter.acquire("chat.postMessage", "C2")
    limiter.acquire("chat.update", "C1")

    assert (0.0, 30.0) == (seconds.now, limiter.soonest_s())
    seconds.now += 30
    limiter.acquire("chat.postMessage", "C1")
    assert limiter.soonest_s() is None
