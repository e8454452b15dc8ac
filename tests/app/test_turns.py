"""Cells are opened one after the other, unless one of them hangs."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import pytest

from bot.app.turns import Turns
from tests.patience import PATIENCE_S


def test_threads_take_turns() -> None:
    turns, inside, overlaps = Turns(PATIENCE_S), Lock(), list[int]()

    def open_one(number: int) -> None:
        with turns.one():
            if not inside.acquire(blocking=False):
                overlaps.append(number)
                return
            sum(range(20_000))
            inside.release()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(open_one, range(50)))

    assert [] == overlaps


def test_one_that_hangs_keeps_nobody_waiting_for_ever() -> None:
    turns, hangs, ends, opened = Turns(0.01), Event(), Event(), list[int]()

    def hang() -> None:
        with turns.one():
            hangs.set()
            ends.wait(PATIENCE_S)

    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(hang)
        assert hangs.wait(PATIENCE_S)
        for number in range(3):
            with turns.one():
                opened.append(number)
        assert not hanging.done()
        ends.set()

    assert [0, 1, 2] == opened


def test_a_failure_ends_a_turn() -> None:
    turns = Turns(PATIENCE_S)

    def fail() -> None:
        with turns.one():
            assert turns._lock.locked()
            raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            fail()
        assert not turns._lock.locked()
