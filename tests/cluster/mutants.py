"""Faults built into a worker, to prove that the tests would find them."""

import fcntl
from collections.abc import Callable, Mapping

import bot.store.lock
from tests.faults.mutants import MUTANTS as OF_A_BOT


class _NoLocks:
    """What the program uses of ``fcntl``, without any lock."""

    def __getattr__(self, name: str) -> object:
        return getattr(fcntl, name)

    def flock(self, descriptor: int, operation: int) -> None:
        """Lock nothing."""


def _storage_not_locked() -> None:
    vars(bot.store.lock)["fcntl"] = _NoLocks()


MUTANTS: Mapping[str, Callable[[], None]] = {**OF_A_BOT, "storage not locked": _storage_not_locked}
