"""What was asked lately, and where nothing may be asked: read by whoever opens a round."""

import json
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from itertools import chain
from typing import Any, TypeVar

from bot.core.model import ChannelId, RoundId
from bot.ports import CountingRound
from bot.store.codec import moment_of, time_text
from bot.store.mapping import counting_of

T = TypeVar("T")
Row = Mapping[str, Any]


NOBODY_KNOWS = datetime.max.replace(tzinfo=UTC)


def until_of(text: str) -> datetime:
    """Until when every statement rests (UTC); for ever, where that cannot be read: none is asked too soon."""
    try:
        return moment_of(text)
    except ValueError:
        return NOBODY_KNOWS


class Asking:
    """The part of a transaction that says what counts as asked lately. Who was asked is in another file."""

    def list_counting(self, opened_from: datetime, closed_from: datetime) -> tuple[CountingRound, ...]:
        """The rounds that asked something and are open, or opened or were published at these times or later.

        Of those that were cancelled, only such whose statements rest as if they had been asked.
        """
        values = {"opened_from": time_text(opened_from), "closed_from": time_text(closed_from)}
        alike = self._all("list_counting", values, counting_of)
        return tuple(sorted(chain.from_iterable(alike)))

    def list_unknown(self, rounds: Collection[RoundId]) -> frozenset[RoundId]:
        """Those of these rounds that are not stored."""
        values = {"rounds": json.dumps(sorted(rounds))}
        return frozenset(self._all("list_unknown", values, lambda row: RoundId(row["id"])))

    def put_nothing_left(self, channel: ChannelId, day: date) -> None:
        """Keep that nothing may be asked in a channel on this day of its zone; earlier days are forgotten."""
        self._change("put_nothing_left", {"channel": channel, "day": day.isoformat()})

    def nothing_left(self, channel: ChannelId) -> date | None:
        """The last day on which nothing might be asked in a channel."""
        found = self._all("nothing_left", {"channel": channel}, lambda row: date.fromisoformat(row["day"]))
        return found[0] if found else None

    def rest_until(self, moment: datetime) -> None:
        """Let every statement rest until this moment (UTC), as after a restore."""
        self._change("rest_until", {"until": time_text(moment)})

    def rests_until(self) -> datetime | None:
        """Until when every statement rests (UTC), where it does or did."""
        found = self._all("rests_until", {}, lambda row: until_of(row["until"]))
        return found[0] if found else None

    def _all(self, name: str, values: Row, read: Callable[[Row], T]) -> tuple[T, ...]:
        raise NotImplementedError

    def _change(self, name: str, values: Row) -> int:
        raise NotImplementedError
