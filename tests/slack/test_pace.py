"""The pace: Slack's limits are kept in every window, nobody waits longer than needed, and a stop ends it."""

from datetime import UTC, datetime
from threading import Event, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.api_spec import CALLS_PER_MINUTE, METHODS, POSTS_PER_MINUTE
from bot.errors import SlackUnavailableError, StoppingError
from bot.slack.directory import PEOPLE_PAGE, SHORT_LIST, STANDING_FOR
from bot.slack.pace import IN_ONE_CHANNEL, LIMITS, Pace, Rate, paced, wake_up
from tests.fakes.seconds import Seconds

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
ROUNDING_S = 1e-6


def a_pace(**limits: Rate) -> tuple[Pace, Seconds]:
    seconds = Seconds()
    return Pace(seconds.read, seconds.event(), limits=limits, in_one_channel={}), seconds


def most_within(times: list[float], window_s: float) -> int:
    """The most of these times, in order, that lie within one window."""
    return max((sum(at <= one < at + window_s - ROUNDING_S for one in times) for at in times), default=0)


rates = st.integers(1, 30).flatmap(
    lambda calls: st.builds(
        Rate, calls=st.just(calls), per_s=st.sampled_from([0.5, 1.0, 60.0]), burst=st.integers(1, calls)
    )
)


@given(rate=rates, pauses_s=st.lists(st.sampled_from([0.0, 0.001, 0.3, 1.0, 7.0, 90.0]), max_size=80))
def test_no_window_ever_holds_more_calls_than_the_rate_allows(rate: Rate, pauses_s: list[float]) -> None:
    pace, seconds = a_pace(m=rate)
    times = []

    for pause_s in pauses_s:
        seconds.now += pause_s
        pace.before("m")
        times.append(seconds.now)

    assert most_within(times, rate.per_s) <= rate.calls
    assert most_within(times, ROUNDING_S * 2) <= rate.burst


@given(calls=st.lists(st.tuples(st.sampled_from(sorted(LIMITS)), st.sampled_from("ABC")), max_size=150))
def test_the_limits_hold_for_each_method_and_each_channel_whatever_the_order(
    calls: list[tuple[str, str]],
) -> None:
    seconds = Seconds()
    pace = Pace(seconds.read, seconds.event())
    made = []

    for method, channel in calls:
        pace.before(method, channel)
        made.append((method, channel, seconds.now))

    for method, rate in LIMITS.items():
        assert most_within([at for name, _, at in made if name == method], rate.per_s) <= rate.calls
    for method, rate in IN_ONE_CHANNEL.items():
        for channel in "ABC":
            times = [at for name, where, at in made if (name, where) == (method, channel)]
            assert most_within(times, rate.per_s) <= rate.calls


@given(rate=rates, count=st.integers(1, 80))
def test_nobody_waits_longer_than_the_rate_asks_for(rate: Rate, count: int) -> None:
    pace, seconds = a_pace(m=rate)

    for _ in range(count):
        pace.before("m")

    needed_s = max(0, count - rate.burst) * rate.interval_s
    assert seconds.now == pytest.approx(needed_s, abs=0.002 * count)


def test_methods_and_channels_do_not_wait_for_one_another() -> None:
    seconds = Seconds()
    pace = Pace(seconds.read, seconds.event())

    for channel in ("C1", "C2", "C3"):
        pace.before("chat.postMessage", channel)
        pace.before("conversations.members", channel)
    pace.before("views.open")

    assert 0.0 == seconds.now


def test_a_second_message_in_a_channel_waits_about_a_second() -> None:
    seconds = Seconds()
    pace = Pace(seconds.read, seconds.event())

    pace.before("chat.postMessage", "C1")
    pace.before("chat.postMessage", "C1")

    assert 1.0 < seconds.now < 1.5


@pytest.mark.parametrize("method", sorted(LIMITS))
def test_every_limit_leaves_room_within_what_slack_documents(method: str) -> None:
    tier = METHODS[method].tier
    least = POSTS_PER_MINUTE if method == "chat.postMessage" else CALLS_PER_MINUTE[tier]

    assert LIMITS[method].per_s == 60
    assert LIMITS[method].calls <= least * 2 / 3


def test_a_stopping_bot_begins_no_call_even_where_none_would_wait() -> None:
    pace, _ = a_pace()
    pace.stop()

    with pytest.raises(StoppingError) as caught:
        pace.before("anything")

    # Whoever leaves things for later while Slack is away does so now.
    assert isinstance(caught.value, SlackUnavailableError)


def test_no_pause_is_longer_than_a_minute_for_what_is_due_meanwhile() -> None:
    pace = Pace(lambda: 0.0, Seconds().event())
    pace.pause(60.25)

    with pytest.raises(SlackUnavailableError) as error:
        pace.pause(3600)

    assert "ratelimited" == error.value.reason


def test_a_stop_ends_a_wait_of_a_minute_at_once() -> None:
    waiting, ended = Event(), Event()

    class Watched(Event):
        def wait(self, timeout: float | None = None) -> bool:
            waiting.set()
            return super().wait(timeout)

    pace = Pace(lambda: 0.0, Watched())

    def pause() -> None:
        with pytest.raises(StoppingError):
            pace.pause(60)
        ended.set()

    thread = Thread(target=pause, daemon=True)
    thread.start()
    assert waiting.wait(5)
    pace.stop()

    assert ended.wait(5)
    thread.join()


def test_a_call_that_was_stopped_is_not_counted() -> None:
    seconds = Seconds()
    limits = {"m": Rate(calls=1, per_s=10)}
    event = seconds.event()
    pace = Pace(seconds.read, event, limits=limits)
    pace.before("m")
    seconds.on_wait = lambda _: event.set()
    with pytest.raises(StoppingError):
        pace.before("m")
    event.clear()
    seconds.on_wait = lambda _: None

    pace.before("m")

    assert seconds.now == pytest.approx(10)


def test_only_what_runs_within_the_block_and_on_its_thread_is_paced() -> None:
    pace, _ = a_pace()
    seen = []

    with paced(pace, AT):
        work = wake_up()
        thread = Thread(target=lambda: seen.append(wake_up()))
        thread.start()
        thread.join()

    assert work is not None
    assert (pace, AT) == (work.pace, work.since)
    assert [None] == seen
    assert wake_up() is None


def test_everybody_can_be_listed_anew_every_half_minute_where_the_list_is_short() -> None:
    """Else channels that open one after the other would wait for nothing but lists (``audience_to_ask``)."""
    pages = SHORT_LIST // PEOPLE_PAGE
    rate = LIMITS["users.list"]

    assert pages * rate.interval_s <= STANDING_FOR.total_seconds()
    assert (pages - rate.burst) * rate.interval_s <= STANDING_FOR.total_seconds() / 2
