"""Share a few threads among many keys: keys take turns, so that a burst of one delays the others little."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from threading import Condition, Lock
from typing import Any, ParamSpec, TypeVar
from weakref import WeakValueDictionary

P = ParamSpec("P")
T = TypeVar("T")

Piece = tuple["Future[Any]", Callable[[], Any]]


class Share(Executor):
    """What one key has of a ``FairPool``: an executor of its own. Its pieces begin in the order they came."""

    def __init__(self, pool: "FairPool") -> None:
        self._pool = pool
        self.waiting: deque[Piece] | None = None  # None where nothing waits: an empty deque takes 700 bytes
        self.left = 0
        self.running = 0
        self.has_turn = False
        self.ended: Condition | None = None

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Run this when it is the key's turn, and return the future of its result.

        The future can be cancelled until the work begins. Raises ``RuntimeError`` after the end of the share
        or of the pool.
        """
        future: Future[T] = Future()
        self._pool.add(self, (future, partial(fn, *args, **kwargs)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - as Executor has it
        """Refuse new work of this key, and wait for what it has in the pool. Other keys are not affected."""
        self._pool.end(self, wait=wait, cancel=cancel_futures)


class FairPool:
    """Threads that run one piece of work of each key in turn.

    At most ``threads`` pieces run at once. Of four threads, one key gets three at most: one whose disk hangs
    leaves some to the others. A thread starts when it is needed. A piece that runs is never interrupted,
    so a new key waits for those that run, and then for one piece of each other key at most. ``executor`` runs
    the pieces instead of threads of the pool's own, and is closed with the pool.
    """

    def __init__(self, threads: int, name: str, *, executor: Executor | None = None) -> None:
        self._threads = threads
        self._kept_free = threads // 4
        self._executor = executor or ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._lock = Lock()
        self._turns: deque[Share] = deque()
        self._shares: WeakValueDictionary[str, Share] = WeakValueDictionary()
        self._runners = 0
        self._closed = False

    def share(self, key: str) -> Share:
        """Return the share of a key: the same one for everybody, until it is shut down."""
        with self._lock:
            share = self._shares.get(key)
            if share is None or share.ended:
                share = self._shares[key] = Share(self)
            return share

    def close(self) -> None:
        """Wait for everything that was submitted. Whatever comes later is refused."""
        with self._lock:
            self._closed = True
        self._executor.shutdown(wait=True)

    def add(self, share: Share, piece: Piece) -> None:
        """Put a piece into the queue of a share."""
        with self._lock:
            if self._closed or share.ended:
                raise RuntimeError("cannot schedule new futures after shutdown")
            if self._runners < self._threads:
                self._executor.submit(self._run_all)  # it waits for this lock
                self._runners += 1
            if share.waiting is None:
                share.waiting = deque()
            share.waiting.append(piece)
            share.left += 1
            self._give_turn(share)

    def end(self, share: Share, *, wait: bool, cancel: bool) -> None:
        """Shut a share down."""
        with self._lock:
            ended = share.ended = share.ended or Condition(self._lock)
            waiting = tuple(share.waiting or ()) if cancel else ()
        for future, _ in waiting:
            future.cancel()
        with self._lock:
            while wait and share.left:
                ended.wait()

    def _run_all(self) -> None:
        """Run piece after piece until nothing waits. Those that were cancelled are passed over."""
        done: Share | None = None
        while taken := self._take(done):
            done, (future, work) = taken
            if future.set_running_or_notify_cancel():
                _run(future, work)
            del future, work, taken  # or an idle thread would keep the result alive

    def _take(self, done: Share | None) -> tuple[Share, Piece] | None:
        """Return the piece whose turn it is. ``done``: the share whose piece has ended before."""
        with self._lock:
            if done:
                done.left -= 1
                done.running -= 1
                self._give_turn(done)
                if done.ended and not done.left:
                    done.ended.notify_all()
            if not self._turns:
                self._runners -= 1
                return None
            share = self._turns.popleft()
            share.has_turn = False
            share.running += 1
            waiting = share.waiting or deque()
            piece = waiting.popleft()
            share.waiting = waiting or None
            self._give_turn(share)
            return share, piece

    def _give_turn(self, share: Share) -> None:
        """Put a share at the end of those whose turn comes, unless it is there or may have no turn."""
        may_run = not self._kept_free or share.running < self._threads - self._kept_free
        if share.waiting and not share.has_turn and may_run:
            share.has_turn = True
            self._turns.append(share)


def _run(future: "Future[Any]", work: Callable[[], Any]) -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - whoever waits for the future gets it
        future.set_exception(error)
        del future  # or its traceback would keep this frame, and the frame the future
    else:
        future.set_result(result)
