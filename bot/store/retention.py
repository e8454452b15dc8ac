"""How long things are kept: what is forgotten, and the little that is remembered of it."""

from collections.abc import Collection
from datetime import datetime

from bot.core.model import ChannelId, RoundId, RoundPrompt
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
"""In the order in which one refers to the other."""

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


class Keeping(Statements):
    """The part of a transaction that forgets. What it deletes is on the disk until the file is scrubbed."""

    def list_asked(self, channel: ChannelId) -> tuple[RoundPrompt, ...]:
        """Return what a channel was asked, oldest first, also by rounds that are not kept any more.

        Not by rounds that are void: they are as good as never asked.
        """
        return self._all("list_asked", {"channel": channel}, lambda row: prompt_of(row["prompt"]))

    def last_number(self, channel: ChannelId) -> int:
        """Return the number of a channel's latest round, kept or not; 0 before the first."""
        return self._all("last_number", {"channel": channel}, lambda row: int(row["number"] or 0))[0]

    def list_ended_before(self, moment: datetime) -> tuple[RoundId, ...]:
        """Return the rounds that have ended and were to close before this moment; oldest first."""
        values = {"moment": time_text(moment)}
        return self._all("list_ended_before", values, lambda row: RoundId(row["id"]))

    def forget_rounds(self, rounds: Collection[RoundId]) -> None:
        """Delete these rounds with their results and all about them; what was asked stays remembered."""
        values = {"rounds": dumps(tuple(rounds))}
        for name in ("remember_asked", *_OF_ROUNDS):
            self._change(name, values)
        self.owe_scrub()

    def forget_acts(self, moment: datetime) -> int:
        """Delete the firings and the told changes from before this moment, and say how many.

        Of a schedule that is there, its last change stays, and the latest firing of each outcome: without
        them a fire time could repeat, or a schedule forget that it waits.
        """
        values = {"moment": time_text(moment)}
        many = self._change("delete_firings_before", values) + self._change("delete_changes_before", values)
        if many:
            self.owe_scrub()
        return many

    def forget_channel(self, channel: ChannelId) -> None:
        """Delete everything of a channel: schedules, rounds, results, norms, what was asked, who did what."""
        rounds = self._all("list_channel_round_ids", {"channel": channel}, lambda row: RoundId(row["id"]))
        for name in _OF_CHANNEL:
            self._change(name, {"channel": channel})
        for name in _OF_ROUNDS:
            self._change(name, {"rounds": dumps(rounds)})
        self.owe_scrub()

    def owe_scrub(self) -> None:
        """Say that something was deleted that may still stand in the file."""
        self._change("owe_scrub", {})

    def owes_scrub(self) -> bool:
        """Return whether something was deleted that may still stand in the file."""
        return bool(self._all("owes_scrub", {}, lambda row: row["id"]))

    def settle_scrub(self) -> None:
        """Say that the file was scrubbed since."""
        self._change("settle_scrub", {})
