"""OAuth states: used once, for ten minutes, in one browser."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from bot.slack.install.states import OneTimeStates, StateCookie
from tests.slack.install.kinds import Kind
from tests.slack.install.place import CLIENT_SECRET, Clock

AT_ONCE = 8


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def states(kind: Kind, clock: Clock) -> OneTimeStates:
    return OneTimeStates(kind.file, clock, CLIENT_SECRET)


def test_a_state_is_used_once(states: OneTimeStates) -> None:
    state = states.issue_now()

    assert [True, False] == [states.consume_now(state), states.consume_now(state)]


def test_of_several_at_the_same_moment_one_gets_it(states: OneTimeStates) -> None:
    for _ in range(5):
        state, together = states.issue_now(), Barrier(AT_ONCE)

        def consume(state: str = state, together: Barrier = together) -> bool:
            together.wait()
            return states.consume_now(state)

        with ThreadPoolExecutor(AT_ONCE) as threads:
            taken = [one.result() for one in [threads.submit(consume) for _ in range(AT_ONCE)]]

        assert 1 == sum(taken)


@pytest.mark.parametrize("minutes", [0, 9.99, 10, 10.01, 99])
def test_a_state_is_good_for_ten_minutes(states: OneTimeStates, clock: Clock, minutes: float) -> None:
    state = states.issue_now()
    clock.move(minutes=minutes)

    assert (minutes < 10) == states.consume_now(state)


def test_a_state_from_a_clock_that_was_ahead_is_not_good_for_longer(
    states: OneTimeStates, clock: Clock
) -> None:
    state = states.issue_now()
    clock.move(days=-1)

    assert not states.consume_now(state)


def test_another_state_is_none(states: OneTimeStates) -> None:
    states.issue_now()

    assert not any(map(states.consume_now, ["", "other", "' OR 1=1 --", "\x00", "ä" * 1000]))


def test_issuing_stores_nothing_so_that_nobody_can_fill_the_disk(states: OneTimeStates, kind: Kind) -> None:
    before = kind.everything()
    several = [states.issue_now() for _ in range(20_000)]

    assert 20_000 == len(set(several))
    assert before == kind.everything()
    assert states.consume_now(several[0])


def test_what_was_used_is_kept_until_it_expires(states: OneTimeStates, clock: Clock, kind: Kind) -> None:
    old = [states.issue_now() for _ in range(3)]
    assert all(map(states.consume_now, old))
    assert 3 == kind.states()
    clock.move(minutes=11)
    states.consume_now(states.issue_now())

    assert 1 == kind.states()
    assert [] == [state for state in old if state.encode() in kind.everything()]


def test_a_state_is_used_once_also_across_a_restart(states: OneTimeStates, clock: Clock, kind: Kind) -> None:
    used, open_ = states.issue_now(), states.issue_now()
    states.consume_now(used)
    restarted = OneTimeStates(kind.file, clock, CLIENT_SECRET)

    assert [False, True] == [restarted.consume_now(used), restarted.consume_now(open_)]


def test_a_state_stays_used_where_the_clock_was_set_back_and_forth(
    states: OneTimeStates, clock: Clock
) -> None:
    state = states.issue_now()
    states.consume_now(state)
    clock.move(hours=-1)
    states.consume_now(states.issue_now())
    clock.move(hours=1)

    assert not states.consume_now(state)


def test_a_state_that_another_app_signed_is_none(states: OneTimeStates, clock: Clock, kind: Kind) -> None:
    assert not states.consume_now(OneTimeStates(kind.file, clock, "another secret").issue_now())
    assert 0 == kind.states()


def test_a_state_that_was_changed_anywhere_is_none(states: OneTimeStates, kind: Kind) -> None:
    state = states.issue_now()
    changed = [
        f"{state[:place]}{letter}{state[place + 1 :]}"
        for place in range(len(state))
        for letter in "0aA._"
        if letter != state[place]
    ]
    changed += [f"{state} ", f" {state}", f"{state}=", state[:-1], f"{state}.", state.upper()]

    assert [] == [one for one in changed if states.consume_now(one)]
    assert 0 == kind.states()
    assert states.consume_now(state)


def test_the_cookie_cannot_be_set_by_another_host_and_no_script_reads_it() -> None:
    cookie = StateCookie("https://belonging.example.org/slack/oauth_redirect")
    new, gone = cookie.build_set_cookie_for_new_state("abc"), cookie.build_set_cookie_for_deletion()

    assert new == "__Host-belonging-install=abc; Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Lax"
    assert gone.split("; ")[2:] == new.split("; ")[2:]
    assert "Max-Age=0" in gone
    assert cookie.is_valid_browser("abc", {"cookie": ["a=b; __Host-belonging-install=abc"]})
    assert not cookie.is_valid_browser("abc", {"cookie": ["belonging-install=abc"]})


def test_without_https_the_cookie_has_a_name_that_browsers_take_there() -> None:
    cookie = StateCookie("http://127.0.0.1:3000/slack/oauth_redirect")
    new = cookie.build_set_cookie_for_new_state("abc")

    assert (
        new
        == "belonging-install=abc; Max-Age=600; Path=/slack/oauth_redirect; Secure; HttpOnly; SameSite=Lax"
    )
