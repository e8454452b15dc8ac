"""Drop what is in memory of ended rounds."""

from collections.abc import Collection
from typing import Protocol

from bot.core.model import RoundId, RoundState
from bot.ports import Services


class RoundMemory(Protocol):
    """Something in memory that belongs to rounds that take replies."""

    def rounds(self) -> frozenset[RoundId]:
        """Return the rounds of which something is in memory."""

    def forget(self, ended: Collection[RoundId]) -> None:
        """Drop what belongs to these rounds."""


def forget_ended(services: Services, kept: Collection[RoundMemory]) -> None:
    """Drop what is in memory of ended rounds: a receipt says whose reply was which."""
    if rounds := frozenset[RoundId]().union(*(one.rounds() for one in kept)):
        with services.store.read("live") as tx:
            live = {round_.id for round_ in tx.list_rounds([RoundState.GATHERING, RoundState.OPEN])}
        for one in kept:
            one.forget(rounds - live)
