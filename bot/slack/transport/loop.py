"""The loop in which the bot listens to Slack: a thread of its own, watched from outside."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, InvalidStateError, wait
from contextlib import suppress
from threading import Event, Thread
from typing import Any, TypeVar

from bot.errors import StoppingError

T = TypeVar("T")


class Loop:
    """Runs what is asynchronous, for threads that are not. ``start`` and ``close`` are called once each."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, name="slack", daemon=True)
        self._closing = Event()
        self._ended: Future[None] = Future()
        self._cleaning = False
        self._given_up = False
        self.on_end: Callable[[], None] = lambda: None
        """Called when the loop ends by itself: then nobody listens to Slack any more."""
        self.at_end: list[Callable[[], Coroutine[Any, Any, object]]] = []
        """What lets go, in the end, of what may still be open."""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what this returns, run in the loop.

        Raises ``StoppingError`` where the loop has ended, also where it ends before this was begun.
        """
        running = self.submit(work)
        either: list[Future[Any]] = [running, self._ended]
        wait(either, return_when=FIRST_COMPLETED)
        if not running.done():  # it came after the last round of the loop
            if not self._given_up:
                work.close()
            raise StoppingError
        try:
            return running.result()
        except CancelledError:
            raise StoppingError from None

    def finish(self, work: Coroutine[Any, Any, object]) -> None:
        """Return when this is done; at once where the loop has ended."""
        with suppress(StoppingError):
            self.run(work)

    def submit(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Run this in the loop, and return at once. Raises ``StoppingError`` where the loop has ended."""
        if self._cleaning or self._given_up or not self._thread.is_alive():
            work.close()
            raise StoppingError
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:  # it was closed in this moment
            work.close()
            raise StoppingError from None

    def is_alive(self, within_s: float) -> bool:
        """Return whether the loop answers in so many seconds."""
        answered = Event()
        self.soon(answered.set)
        return self._thread.is_alive() and answered.wait(within_s)

    def soon(self, step: Callable[[], object]) -> None:
        """Call this in the loop, and return at once; not where it has ended."""
        if self._thread.is_alive():
            with suppress(RuntimeError):  # it was closed in this moment
                self._loop.call_soon_threadsafe(step)

    def give_up(self) -> None:
        """Wait for it no more, since it answers nothing. Its thread ends with the program."""
        self._given_up = True
        self._note_end()

    def close(self) -> None:
        """End the loop, and whatever still runs in it."""
        self._closing.set()
        self.soon(self._stop)
        if not self._given_up:
            self._thread.join()

    def _note_end(self) -> None:
        with suppress(InvalidStateError):  # it was given up before
            self._ended.set_result(None)

    def _stop(self) -> None:
        if not self._cleaning:  # else that would be broken off
            self._loop.stop()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._cleaning = True
            try:
                if not self._closing.is_set():
                    self.on_end()
                self._clean_up()
            finally:
                self._note_end()

    def _clean_up(self) -> None:
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        for let_go in reversed(self.at_end):
            with suppress(Exception):
                self._loop.run_until_complete(let_go())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
