"""The part of the fake store with what was asked lately."""

from collections.abc import Collection
from datetime import date, datetime

from bot.core.model import ChannelId, RoundId, RoundKind, RoundState
from bot.ports import CountingRound

LIVE = (RoundState.OPEN, RoundState.CLOSING)
SILENT = (RoundState.GATHERING, RoundState.CANCELLED)


class FakeAsking:
    """Queries about what was asked; ``_tables`` belongs to the transaction."""

    def list_counting(self, opened_from: datetime, closed_from: datetime) -> tuple[CountingRound, ...]:
        rounds = sorted(self._tables.rounds.items())  # type: ignore[attr-defined]
        return tuple(
            CountingRound(id=one.id, period=one.period, people=one.audience_size)
            for _, one in rounds
            if (
                one.opened_at >= opened_from
                or one.closes_at >= closed_from
                or one.state in LIVE
                or self._released_from(one.id, closed_from)
            )
            and not one.void
            and (one.period or (one.state not in SILENT and one.prompt.kind is not RoundKind.COLLECT))
        )

    def _released_from(self, round_id: RoundId, moment: datetime) -> bool:
        released = self._tables.releases.get(round_id)  # type: ignore[attr-defined]
        return released is not None and released[1] >= moment

    def list_unknown(self, rounds: Collection[RoundId]) -> frozenset[RoundId]:
        return frozenset(rounds) - self._tables.rounds.keys()  # type: ignore[attr-defined]

    def put_nothing_left(self, channel: ChannelId, day: date) -> None:
        self._tables.nothing_left[channel] = day  # type: ignore[attr-defined]

    def fetch_nothing_left(self, channel: ChannelId) -> date | None:
        found: date | None = self._tables.nothing_left.get(channel)  # type: ignore[attr-defined]
        return found

    def put_rest_until(self, moment: datetime) -> None:
        tables = self._tables  # type: ignore[attr-defined]
        tables.rests[1] = max(moment, tables.rests.get(1, moment))

    def fetch_rest_until(self) -> datetime | None:
        found: datetime | None = self._tables.rests.get(1)  # type: ignore[attr-defined]
        return found
