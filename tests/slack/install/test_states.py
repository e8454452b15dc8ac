"""OAuth states: used once, for ten minutes, in one browser."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

import bot.slack.install.states as module
from bot.errors import StoreError
from bot.slack.install.states import OneTimeStates, StateCookie
from bot.store.installations import InstallationsFile
from tests.slack.install.place import Clock, installations_file

AT_ONCE = 8


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> InstallationsFile:
    return installations_file(tmp_path)


@pytest.fixture
def states(file: InstallationsFile, clock: Clock) -> OneTimeStates:
    return OneTimeStates(file, clock)


def stored(file: InstallationsFile) -> int:
    with closing(sqlite3.connect(file.path)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM oauth_states").fetchone()
    return int(count)


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


def test_what_has_expired_is_deleted(states: OneTimeStates, clock: Clock, file: InstallationsFile) -> None:
    old = [states.issue_now() for _ in range(3)]
    clock.move(minutes=11)
    states.issue_now()

    assert 1 == stored(file)
    assert [] == [state for state in old if state.encode() in file.path.read_bytes()]


def test_a_program_that_begins_without_end_does_not_fill_the_disk(
    states: OneTimeStates, clock: Clock, file: InstallationsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_STATES", 3)
    for _ in range(3):
        states.issue_now()

    with pytest.raises(StoreError, match="Too many"):
        states.issue_now()
    assert 3 == stored(file)
    clock.move(minutes=11)
    assert states.consume_now(states.issue_now())


def test_no_two_states_are_alike(states: OneTimeStates) -> None:
    several = {states.issue_now() for _ in range(20)}

    assert 20 == len(several)
    assert {43} == {len(state) for state in several}


def test_the_cookie_goes_to_the_callback_only_and_to_no_script() -> None:
    cookie = StateCookie("/slack/oauth_redirect")
    new, gone = cookie.build_set_cookie_for_new_state("abc"), cookie.build_set_cookie_for_deletion()

    assert (
        new
        == "belonging-install=abc; Max-Age=600; Path=/slack/oauth_redirect; Secure; HttpOnly; SameSite=Lax"
    )
    assert gone.split("; ")[2:] == new.split("; ")[2:]
    assert "Max-Age=0" in gone
