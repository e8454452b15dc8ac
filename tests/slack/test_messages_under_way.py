"""At most so many messages of a worker are under way at once: sent, and not recorded yet."""

from contextlib import ExitStack

import pytest

from bot.errors import StoppingError
from bot.slack.client.under_way import MostUnderWay, wait_for_turn


def stop(_seconds: float) -> None:
    raise StoppingError


def test_the_third_waits_until_one_of_two_is_recorded() -> None:
    messages = MostUnderWay(2)
    first = ExitStack()
    first.enter_context(messages.message())
    wait_for_turn(stop)

    with messages.message():
        wait_for_turn(stop)
        with messages.message(), pytest.raises(StoppingError):
            wait_for_turn(stop)
        first.close()
        with messages.message():
            wait_for_turn(stop)
