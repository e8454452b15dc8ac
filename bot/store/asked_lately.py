"""What was asked lately, and where nothing may be asked: read by whoever opens a round."""

import json
from collections.abc import Collection
from datetime import UTC, date, datetime
from itertools import chain

from bot.core.model import ChannelId, RoundId
from bot.ports import CountingRound
from bot.store.mapping import counting_of
from bot.store.serialization import moment_of, time_text
from bot.store.statements import Statements

NOBODY_KNOWS = datetime.max.replace(tzinfo=UTC)


def until_of(text: str) -> datetime:
    """Return until when every statement rests (UTC).

    Where that cannot be read, it is for ever, so that no statement is asked too soon.
    """
    try:
        return moment_of(text)
    except ValueError:
        return NOBODY_KNOWS


class Asking(Statements):
    """The part of a transaction that says what counts as asked lately. Who was asked is in another file."""

    def list_counting(self, opened_from: datetime, closed_from: datetime) -> tuple[CountingRound, ...]:
        """Return the rounds that asked something and are open, or opened or were published since then.

        Of those that were cancelled, only such whose statements rest as if they had been asked.
        """
        values = {"opened_from": time_text(opened_from), "closed_from": time_text(closed_from)}
        alike = self._all("list_counting", values, counting_of)
        return tuple(sorted(chain.from_iterable(alike)))

    def list_unknown(self, rounds: Collection[RoundId]) -> frozenset[RoundId]:
        """Return those of these rounds that are not stored."""
        values = {"rounds": json.dumps(sorted(rounds))}
        return frozenset(self._all("list_unknown", values, lambda row: RoundId(row["id"])))

    def put_nothing_left(self, channel: ChannelId, day: date) -> None:
        """Keep that nothing may be asked in a channel on this day of its zone; earlier days are forgotten."""
        self._change("put_nothing_left", {"channel": channel, "day": day.isoformat()})

    def nothing_left(self, channel: ChannelId) -> date | None:
        """Return the last day on which nothing might be asked in a channel."""
        return self._first("nothing_left", {"channel": channel}, lambda row: date.fromisoformat(row["day"]))

    def rest_until(self, moment: datetime) -> None:
        """Let every statement rest until this moment (UTC), as after a restore."""
        self._change("rest_until", {"until": time_text(moment)})

    def rests_until(self) -> datetime | None:
        """Return until when every statement rests (UTC), where it does or did."""
        return self._first("rests_until", {}, lambda row: until_of(row["until"]))
