"""Whoever waits is told of the next look; nobody makes one come sooner."""

import asyncio

import pytest

from bot.app.cluster.looks import Looks
from tests.fakes.loops import run_alone

LONG_S = 60.0


def test_a_look_that_is_under_way_may_have_missed_it_and_the_next_one_counts() -> None:
    async def scenario() -> None:
        looks = Looks()
        with looks.one():
            waiting = asyncio.ensure_future(looks.wait(LONG_S))
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not waiting.done()
        with looks.one():
            pass
        await waiting

    run_alone(scenario())


def test_a_look_that_fails_ends_the_wait_too() -> None:
    async def scenario() -> None:
        looks = Looks()
        waiting = asyncio.ensure_future(looks.wait(LONG_S))
        await asyncio.sleep(0)
        with pytest.raises(asyncio.InvalidStateError), looks.one():
            waiting.result()  # there is none yet
        await waiting

    run_alone(scenario())


def test_without_a_look_nobody_waits_for_ever() -> None:
    run_alone(Looks().wait(0))
