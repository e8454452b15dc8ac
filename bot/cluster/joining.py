"""Look before a worker joins: whether its keys are those of the others, and whether its clock is right."""

from collections.abc import Sequence
from datetime import timedelta

from bot.cluster.addresses import Addresses, ForeignAddressError
from bot.cluster.forward import CLOCKS_DIFFER
from bot.cluster.introduction import KEYS_REMEDY
from bot.cluster.shards import WorkerId
from bot.cluster.view import View
from bot.errors import ClusterError
from bot.ports import Clock

STEP_MS = 100
"""The difference of a clock is stored in such steps, so that it tells nothing finer."""

MOST_MS = 86_400_000
"""No greater difference is stored: a day is wrong enough."""


class Joining:
    """Says whether a worker may join, and how far its clock is ahead of PostgreSQL's."""

    def __init__(
        self, me: WorkerId, addresses: Addresses, clock: Clock, *, opens_tokens: bool = True
    ) -> None:
        """Be this worker, with these keys and the clock of this machine.

        ``opens_tokens``: whether its other keys open a stored token, or none is stored.
        """
        self._opens_tokens = opens_tokens
        self._me, self._addresses, self._clock = me, addresses, clock
        self.skew_ms: int | None = None
        """By how many milliseconds the clock was ahead at the last view."""

    def note(self, view: View) -> None:
        """Compare the clock with the one in a view that has come just now."""
        self.skew_ms = rounded_ms(self._clock() - view.now)

    def check(self, view: View) -> None:
        """Raise ``ClusterError`` where this worker would take shards and not answer for them."""
        if foreign := foreign_workers(self._addresses, view, but=self._me):
            raise ClusterError(
                f"The BELONGING_CLUSTER_KEYS here are not those of worker {foreign[0]}.",
                remedy=KEYS_REMEDY,
            )
        others = sorted(view.alive - {self._me})
        if others and not self._opens_tokens:  # alone it starts: a lost key delays no destruction
            raise ClusterError(
                f"The BELONGING_TOKEN_KEYS here open no stored token, and worker {others[0]} runs now.",
                remedy="Set the same keys for all workers.",
            )
        ahead = self._clock() - view.now
        if abs(ahead) > CLOCKS_DIFFER:
            direction = "ahead of" if ahead > timedelta(0) else "behind"
            raise ClusterError(
                f"The clock of this machine is {abs(ahead).total_seconds():.0f} seconds {direction} "
                "PostgreSQL's.",
                remedy="Let both set themselves by network time: timedatectl set-ntp true",
            )


def foreign_workers(addresses: Addresses, view: View, *, but: WorkerId = "") -> Sequence[WorkerId]:
    """Return the living workers, without one, whose addresses were signed with no key of these."""
    return [name for name in sorted(view.alive - {but}) if not _is_ours(addresses, name, view)]


def rounded_ms(ahead: timedelta) -> int:
    """Return a difference of clocks as it is stored."""
    steps = round(ahead / timedelta(milliseconds=STEP_MS)) * STEP_MS
    return max(-MOST_MS, min(MOST_MS, steps))


def _is_ours(addresses: Addresses, name: WorkerId, view: View) -> bool:
    try:
        addresses.checked(name, view.workers[name].address)
    except ForeignAddressError:
        return False
    return True
