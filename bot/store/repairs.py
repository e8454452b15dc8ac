"""What holds whatever a row says: times that a wrong clock has left, and rounds that cannot be read."""

from datetime import datetime

from bot.core.model import ChannelId, Round, RoundId
from bot.store.mapping import firing_of, round_of
from bot.store.serialization import moment_of, time_text
from bot.store.statements import Statements


class Mending(Statements):
    """The part of a transaction that is about what went wrong before."""

    def mend_times(self, after: datetime, now: datetime) -> int:
        """Forget firings later than ``after``, let schedules made later be made ``now``; count both."""
        values = {"after": time_text(after), "now": time_text(now)}
        self._change("look_at_silenced", values)
        return sum(self._change(name, values) for name in ("delete_firings_after", "mend_schedules"))

    def has_future_times(self, after: datetime) -> bool:
        """Return whether a firing, a schedule or the opening of an open round is later than this."""
        return bool(self._all("has_future_times", {"after": time_text(after)}, lambda row: row["there"]))

    def list_rounds_from(self, after: datetime) -> tuple[Round, ...]:
        """Return the open rounds that are said to have opened later than this, oldest first."""
        return self._all("list_rounds_from", {"after": time_text(after)}, round_of)

    def list_live_ids(self) -> frozenset[RoundId]:
        """Return the ids of all rounds that may have keys and replies, also of those that cannot be read."""
        return frozenset(self._all("list_live_ids", {}, lambda row: RoundId(row["id"])))

    def list_asked_channels(self) -> tuple[ChannelId, ...]:
        """Return the channels that ever had a round, also one that cannot be read, by id."""
        return self._all("list_asked_channels", {}, lambda row: ChannelId(row["channel"]))

    def has_open_round(self, channel: ChannelId) -> bool:
        """Return whether a round of this channel is open or closing, also one that cannot be read."""
        return bool(self._all("has_open_round", {"channel": channel}, lambda row: row["id"]))

    def newest_time(self) -> datetime | None:
        """Return the latest time (UTC) at which something was stored that is kept; None where nothing is.

        The log names the fire times that cannot be read: no other query looks at each.
        """
        self._all("unreadable_firings", {}, firing_of)
        (newest,) = self._all("newest_time", {}, lambda row: row["at"])
        return None if newest is None else moment_of(newest)
