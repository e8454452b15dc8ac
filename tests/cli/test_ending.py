"""Being asked to end: no signal is missed, however early it comes."""

import os
import signal
from collections.abc import Iterator

import pytest

from bot.cli.console import asked_to_end


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    """Leave the signals as they were found."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    signal.set_wakeup_fd(-1)
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_comes_before_the_waiting_begins_is_not_missed(number: signal.Signals) -> None:
    wait = asked_to_end()

    os.kill(os.getpid(), number)

    wait()


def test_asking_twice_is_asking_once() -> None:
    wait = asked_to_end()
    for _ in range(2):
        os.kill(os.getpid(), signal.SIGTERM)

    wait()
