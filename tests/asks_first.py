"""A verb may run again when it wants to know something, so it asks before it stores or sends anything."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pytest

from bot.keys import KeyFiles
from bot.slack.client.stoppable import StoppableClient
from bot.slack.directory.lookup import NotKnownError
from bot.slack.kit.receipts import PendingReceipts
from bot.slack.kit.shares import Shares
from bot.slack.transport.workers import BACKGROUND_TASKS
from bot.store.audiences import AudienceFile
from bot.store.ballots import BallotFiles
from bot.store.database import Database

DEEDS: tuple[tuple[type, str], ...] = (
    (Database, "transaction"),
    (BallotFiles, "create"),
    (BallotFiles, "submit"),
    (BallotFiles, "withdraw"),
    (BallotFiles, "destroy"),
    (AudienceFile, "freeze"),
    (KeyFiles, "create"),
    (KeyFiles, "destroy"),
    (PendingReceipts, "keep"),
    (PendingReceipts, "drop"),
    (Shares, "claim"),
    (StoppableClient, "api_call"),
)
"""What cannot be done twice without harm."""

_DONE: ContextVar[tuple[object, str] | None] = ContextVar("done", default=None)
"""In which run of a verb something was done last, and what. A run is known by its list of tasks."""


@contextmanager
def asks_first() -> Iterator[None]:
    """Within, no run of a verb may end with a question after it has done something; or an assertion fails."""
    faults: list[str] = []
    ask = NotKnownError.__init__

    def asked(error: NotKnownError, *wanted: Any, **how: Any) -> None:
        ask(error, *wanted, **how)
        done, run = _DONE.get(), BACKGROUND_TASKS.get(None)
        if done and run is not None and done[0] is run:
            faults.append(f"{done[1]} before {wanted[0].kind.value} was asked for")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(NotKnownError, "__init__", asked)
        for owner, name in DEEDS:
            patch.setattr(owner, name, _noted(getattr(owner, name), name))
        yield
    assert not faults, faults


def _noted(deed: Callable[..., Any], name: str) -> Callable[..., Any]:
    def do(*arguments: Any, **named: Any) -> Any:
        run = BACKGROUND_TASKS.get(None)
        if run is not None:
            _DONE.set((run, name))
        return deed(*arguments, **named)

    return do
