"""Run a call in a daemon thread, so that nobody has to wait for its end."""

from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def start_call(call: Callable[[], T], name: str, forget: Callable[[], None] = lambda: None) -> Future[T]:
    """Start a call with the current context variables; ``forget`` runs before its waiters see its end."""
    done: Future[T] = Future()
    done.set_running_or_notify_cancel()  # whoever waits may go, and the thread does not notice
    context = copy_context()

    def run() -> None:
        try:
            answer = context.run(call)
        except BaseException as error:  # noqa: BLE001 - raised by ``done.result()``
            forget()
            done.set_exception(error)
        else:
            forget()
            done.set_result(answer)

    Thread(target=run, name=name, daemon=True).start()
    return done
