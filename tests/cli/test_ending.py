"""Being asked to end: no signal is missed, however early it comes."""

import os
import signal

import pytest

from bot.cli.process import until_asked_to_end


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_comes_before_the_waiting_begins_is_not_missed(number: signal.Signals) -> None:
    with until_asked_to_end() as wait:
        os.kill(os.getpid(), number)

        wait()


def test_asking_twice_is_asking_once() -> None:
    with until_asked_to_end() as wait:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGTERM)

        wait()


def test_afterwards_signals_do_what_they_did_before() -> None:
    before = signal.getsignal(signal.SIGTERM)

    with until_asked_to_end():
        assert before is not signal.getsignal(signal.SIGTERM)

    assert before is signal.getsignal(signal.SIGTERM)


def test_a_hangup_calls_and_does_not_end_the_waiting() -> None:
    called: list[int] = []

    def reload() -> None:
        called.append(len(called))
        os.kill(os.getpid(), signal.SIGHUP if len(called) == 1 else signal.SIGTERM)

    with until_asked_to_end(on_hangup=reload) as wait:
        os.kill(os.getpid(), signal.SIGHUP)
        wait()

    assert [0, 1] == called


def test_without_anything_to_reload_a_hangup_does_what_it_did_before() -> None:
    before = signal.getsignal(signal.SIGHUP)

    with until_asked_to_end():
        assert before is signal.getsignal(signal.SIGHUP)
