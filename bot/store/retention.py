"""Delete what is kept no longer, and keep the questions that were asked."""

from collections.abc import Collection
from datetime import date, datetime

from bot.core.model import ChannelId, NormId, RoundId, RoundPrompt
from bot.store.mapping import prompt_of
from bot.store.serialization import dumps, time_text
from bot.store.statements import Statements

_OF_ROUNDS = (
    "delete_requests_of",
    "delete_removals_of",
    "delete_outdated_of",
    "delete_releases_of",
    "delete_posts_of",
    "delete_rounds",
)
"""In this order, because later tables are referred to by earlier ones."""

_OF_CHANNEL = (
    "delete_firings_of_channel",  # first: it looks up whose they are
    "delete_changes_of_channel",
    "delete_schedules_of_channel",
    "delete_asked_of_channel",
    "delete_norms_of_channel",
    "delete_nothing_left_of_channel",
    "delete_posts_of_channel",
    "delete_channel",
)


class RetentionQueries(Statements):
    """The part of a transaction that deletes. What it deletes is on the disk until the file is scrubbed."""

    def list_asked(self, channel: ChannelId) -> tuple[RoundPrompt, ...]:
        return self._all("list_asked", {"channel": channel}, lambda row: prompt_of(row["prompt"]))

    def fetch_last_number(self, channel: ChannelId) -> int:
        return self._all("fetch_last_number", {"channel": channel}, lambda row: int(row["number"] or 0))[0]

    def list_ended_before(self, moment: datetime) -> tuple[RoundId, ...]:
        values = {"moment": time_text(moment)}
        return self._all("list_ended_before", values, lambda row: RoundId(row["id"]))

    def forget_rounds(self, rounds: Collection[RoundId]) -> None:
        values = {"rounds": dumps(tuple(rounds))}
        for name in ("remember_asked", *_OF_ROUNDS):
            self._change(name, values)
        self.request_scrub()

    def list_old_norms(self, day: date) -> tuple[NormId, ...]:
        return self._all("list_old_norms", {"day": day.isoformat()}, lambda row: NormId(row["id"]))

    def forget_norms(self, norms: Collection[NormId]) -> None:
        self._change("delete_norms", {"norms": dumps(tuple(norms))})
        self.request_scrub()

    def count_old_acts(self, moment: datetime) -> int:
        return self._all("count_acts_before", {"moment": time_text(moment)}, lambda row: int(row["many"]))[0]

    def forget_acts(self, moment: datetime) -> int:
        values = {"moment": time_text(moment)}
        many = self._change("delete_firings_before", values) + self._change("delete_changes_before", values)
        if many:
            self.request_scrub()
        return many

    def forget_channel(self, channel: ChannelId) -> None:
        rounds = self._all("list_channel_round_ids", {"channel": channel}, lambda row: RoundId(row["id"]))
        for name in _OF_CHANNEL:
            self._change(name, {"channel": channel})
        for name in _OF_ROUNDS:
            self._change(name, {"rounds": dumps(rounds)})
        self.request_scrub()

    def request_scrub(self) -> None:
        self._change("request_scrub", {})

    def needs_scrub(self) -> bool:
        return bool(self._all("needs_scrub", {}, lambda row: row["id"]))

    def mark_scrubbed(self) -> None:
        self._change("mark_scrubbed", {})
