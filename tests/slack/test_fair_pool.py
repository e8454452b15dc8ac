"""Keys take turns in a fair pool, one piece of work each."""

import asyncio
import gc
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Barrier, Event, Thread
from typing import Any
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.transport.fair_pool import FairPool
from tests.patience import PATIENCE_S

KEYS = "abc"
Step = tuple[str, Any]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), st.sampled_from(KEYS)),
        st.tuples(st.just("cancel"), st.integers(0, 30)),
        st.tuples(st.just("thread starts"), st.none()),
        st.tuples(st.just("piece ends"), st.none()),
    ),
    max_size=60,
)


class ThreadsByHand(Executor):
    """Starts a thread when the test says so, inside the piece that runs, so that nothing is by chance."""

    def __init__(self) -> None:
        self.ready: list[Callable[[], None]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        self.ready.append(fn)
        return Future()

    def start(self) -> None:
        if self.ready:
            self.ready.pop(0)()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002
        while self.ready:
            self.start()


@dataclass
class Play:
    """Steps that are taken inside and outside the pieces, and what happened."""

    threads: int
    steps: Iterator[Step]
    by_hand: ThreadsByHand = field(default_factory=ThreadsByHand)
    pieces: list[tuple[str, "Future[int]"]] = field(default_factory=list)
    happened: list[tuple[str, int]] = field(default_factory=list)
    running: int = 0
    most: int = 0

    def __post_init__(self) -> None:
        self.pool = FairPool(self.threads, "test", executor=self.by_hand)
        self.shares = {key: self.pool.share(key) for key in KEYS}

    def go_on(self) -> None:
        """Take steps until a piece ends."""
        for step, what in self.steps:
            match step:
                case "submit":
                    self.happened.append(("submitted", len(self.pieces)))
                    self.pieces.append((what, self.shares[what].submit(self.piece, len(self.pieces))))
                case "cancel" if what < len(self.pieces) and self.pieces[what][1].cancel():
                    self.happened.append(("cancelled", what))
                case "thread starts":
                    self.by_hand.start()
                case "piece ends":
                    return

    def piece(self, number: int) -> int:
        self.happened.append(("began", number))
        self.running += 1
        self.most = max(self.most, self.running)
        self.go_on()
        self.running -= 1
        return number

    def whole(self) -> "Play":
        while (step := next(self.steps, None)) is not None:
            self.steps = iter([step, *self.steps])
            self.go_on()
        self.pool.close()
        return self

    def began(self, key: str | None = None) -> list[int]:
        return [n for what, n in self.happened if what == "began" and key in (None, self.pieces[n][0])]


def played(threads: int, steps: list[Step]) -> Play:
    return Play(threads, iter(steps)).whole()


threads_and_steps = given(st.integers(1, 3), STEPS)


@threads_and_steps
def test_every_piece_runs_once_unless_it_was_cancelled(threads: int, steps: list[Step]) -> None:
    play = played(threads, steps)

    kept = [number for number, (_, future) in enumerate(play.pieces) if not future.cancelled()]
    assert kept == sorted(play.began())
    assert kept == [play.pieces[number][1].result(timeout=0) for number in kept]


@threads_and_steps
def test_no_more_pieces_run_at_once_than_there_are_threads(threads: int, steps: list[Step]) -> None:
    assert threads >= played(threads, steps).most


@threads_and_steps
def test_the_pieces_of_one_key_begin_in_the_order_in_which_they_came(threads: int, steps: list[Step]) -> None:
    play = played(threads, steps)

    for key in KEYS:
        assert sorted(play.began(key)) == play.began(key)


@threads_and_steps
def test_no_key_has_two_turns_while_another_waits(threads: int, steps: list[Step]) -> None:
    play = played(threads, steps)

    waiting: dict[int, set[int]] = {}
    now: set[int] = set()
    for what, number in play.happened:
        if what == "submitted":
            now.add(number)
        else:
            now.discard(number)
            waiting[number] = set(now)
    for key in KEYS:
        for first, second in pairwise(play.began(key)):
            kept_waiting = {play.pieces[one][0] for one in waiting[first] & waiting[second]} - {key}
            between = play.began()[play.began().index(first) : play.began().index(second)]
            assert kept_waiting <= {play.pieces[one][0] for one in between}


def test_a_piece_too_many_waits_for_a_thread() -> None:
    both: list[Step] = [("submit", "a"), ("submit", "b")]

    assert played(2, [*both, *both, *[("thread starts", None)] * 4]).most == 2


def test_a_burst_of_one_key_lets_the_first_piece_of_another_pass() -> None:
    burst: list[Step] = [("submit", "a")] * 9
    play = played(1, [*burst, ("thread starts", None), ("submit", "b")])

    assert [0, 1, 9, 2] == play.began()[:4]


def test_what_was_cancelled_takes_no_turn() -> None:
    play = played(1, [("submit", "a"), ("submit", "a"), ("submit", "b"), ("cancel", 0), ("cancel", 2)])

    assert [1] == play.began()


def test_an_exception_reaches_whoever_waits_and_the_next_piece_runs() -> None:
    pool = FairPool(1, "test")
    share = pool.share("a")
    failing, other = share.submit(int, "no number"), share.submit(int, "7")

    with pytest.raises(ValueError, match="no number"):
        failing.result()
    assert other.result() == 7
    pool.close()


def test_as_many_threads_run_at_once_as_were_asked_for() -> None:
    pool = FairPool(3, "test")
    meeting = Barrier(3)

    done = wait([pool.share(key).submit(meeting.wait, 10) for key in KEYS], timeout=10).done

    assert {0, 1, 2} == {future.result() for future in done}
    pool.close()


def test_a_thread_starts_when_it_is_needed_and_works_again_after_a_rest() -> None:
    pool = FairPool(1, "test")

    assert [1, 2] == [pool.share("a").submit(int, text).result() for text in ("1", "2")]
    pool.close()


def test_nothing_is_taken_after_the_pool_has_closed() -> None:
    pool = FairPool(1, "test")
    share = pool.share("a")
    pool.close()

    with pytest.raises(RuntimeError):
        share.submit(int)


def test_a_share_that_is_shut_down_waits_for_its_own_and_leaves_the_others() -> None:
    pool = FairPool(2, "test")
    began, goes_on, ended = Event(), Event(), Event()
    share, other = pool.share("a"), pool.share("b")
    running = share.submit(lambda: (began.set(), goes_on.wait(10)))
    began.wait(10)

    def shut_down() -> None:
        share.shutdown()
        ended.set()

    thread = Thread(target=shut_down)
    thread.start()
    with suppress(RuntimeError):
        while True:  # until the thread has begun to shut the share down
            share.submit(int).result(10)
    assert not ended.is_set()
    goes_on.set()
    assert ended.wait(10)

    thread.join()
    assert running.done()
    assert other.submit(int).result() == 0
    assert pool.share("a").submit(int).result() == 0
    pool.close()


def test_a_share_can_drop_what_waits() -> None:
    by_hand = ThreadsByHand()
    pool = FairPool(1, "test", executor=by_hand)
    share = pool.share("a")
    waiting = [share.submit(int) for _ in range(3)]

    share.shutdown(wait=False, cancel_futures=True)
    pool.close()

    assert all(future.cancelled() for future in waiting)


def test_a_share_that_nobody_holds_is_forgotten_and_one_that_has_work_is_not() -> None:
    by_hand = ThreadsByHand()
    pool = FairPool(1, "test", executor=by_hand)
    future = pool.share("a").submit(int)
    share = ref(pool.share("a"))
    gc.collect()
    assert share() is pool.share("a")

    by_hand.start()
    gc.collect()

    assert future.result() == 0
    assert share() is None


def test_a_loop_runs_its_work_in_a_share() -> None:
    pool = FairPool(1, "test")

    async def answer() -> int:
        return await asyncio.get_running_loop().run_in_executor(pool.share("a"), int, "5")

    assert asyncio.run(answer()) == 5
    pool.close()


def test_a_key_whose_pieces_hang_leaves_threads_to_the_others() -> None:
    pool, go_on = FairPool(4, "test"), Event()
    hanging = [pool.share("a").submit(go_on.wait, PATIENCE_S) for _ in range(9)]
    try:
        assert pool.share("b").submit(lambda: "done").result(PATIENCE_S) == "done"
        assert not any(one.done() for one in hanging)
    finally:
        go_on.set()
        pool.close()
    assert all(one.result() for one in hanging)
