"""Run the asyncio loop in a thread."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, InvalidStateError, wait
from contextlib import suppress
from threading import Event, Thread
from typing import Any, TypeVar

from bot.errors import StoppingError

T = TypeVar("T")


class Loop:
    """An asyncio loop in its own thread. Call ``start`` and ``close`` once each."""

    def __init__(self) -> None:
        """Create the loop; ``start`` runs it."""
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, name="slack", daemon=True)
        self._closing = Event()
        self._ended: Future[None] = Future()
        self._cleaning = False
        self._given_up = False
        self.on_end: Callable[[], None] = lambda: None
        """Called when the loop ends by itself; then the bot takes no more requests."""
        self.at_end: list[Callable[[], Coroutine[Any, Any, object]]] = []
        """Cleanup functions, called at the end in reverse order."""

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the loop, and return its result.

        Raises ``StoppingError`` where the loop has ended, or ends before the coroutine begins.
        """
        running = self.submit(work)
        either: list[Future[Any]] = [running, self._ended]
        wait(either, return_when=FIRST_COMPLETED)
        if not running.done():  # submitted after the loop's last iteration
            if not self._given_up:
                work.close()
            raise StoppingError
        try:
            return running.result()
        except CancelledError:
            raise StoppingError from None

    def finish(self, work: Coroutine[Any, Any, object]) -> None:
        """Run a coroutine in the loop and wait; do nothing where the loop has ended."""
        with suppress(StoppingError):
            self.run(work)

    def submit(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Start a coroutine in the loop, and return at once. Raises ``StoppingError`` where it has ended."""
        if self._cleaning or self._given_up or not self._thread.is_alive():
            work.close()
            raise StoppingError
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:  # closed meanwhile
            work.close()
            raise StoppingError from None

    def is_alive(self, within_s: float) -> bool:
        """Return whether the loop answers within this number of seconds."""
        answered = Event()
        self.call_soon(answered.set)
        return self._thread.is_alive() and answered.wait(within_s)

    def call_soon(self, step: Callable[[], object]) -> None:
        """Call a function in the loop, and return at once; do nothing where the loop has ended."""
        if self._thread.is_alive():
            with suppress(RuntimeError):  # closed meanwhile
                self._loop.call_soon_threadsafe(step)

    def give_up(self) -> None:
        """Wait for it no more, since it answers nothing. Its thread ends with the program."""
        self._given_up = True
        self._note_end()

    def close(self) -> None:
        """End the loop, and cancel what still runs in it."""
        self._closing.set()
        self.call_soon(self._stop)
        if not self._given_up:
            self._thread.join()

    def _note_end(self) -> None:
        with suppress(InvalidStateError):  # the loop was given up before
            self._ended.set_result(None)

    def _stop(self) -> None:
        if not self._cleaning:  # stopping would interrupt the cleanup
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
        for clean_up in reversed(self.at_end):
            with suppress(Exception):
                self._loop.run_until_complete(clean_up())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
