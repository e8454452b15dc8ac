"""Plan a round as before audiences were frozen, as a baseline only.

It compares the live memberships of channels that were asked one of the same statements. The rule was unsafe
(docs/threat-model.md); ``tests/privacy/test_subtraction_enumerated.py`` has it as a mutant.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.model import ChannelId, MemberId, RoundPrompt
from bot.core.prompts import choose
from bot.core.schedule import Schedule
from bot.core.summary import highlight_of
from bot.ports import Services
from bot.service.norms import agenda_of
from bot.store.mapping import prompt_of

WINDOW = timedelta(days=28)
FIVE = 5

ASKED_SINCE = (
    "SELECT prompt, json_group_array(DISTINCT channel) FROM round WHERE opened_at >= ? GROUP BY prompt "
    "ORDER BY prompt"
)


@dataclass(frozen=True, slots=True)
class Other:
    """The people of another channel that was asked the same, and whether it shows numbers by group."""

    members: frozenset[MemberId]
    by_group: bool


@dataclass(frozen=True, slots=True)
class OldPlanner:
    """Plans over the same data and directory as the present planner."""

    services: Services
    rounds: sqlite3.Connection

    def plan(self, schedule: Schedule) -> RoundPrompt | None:
        """Return what would be asked, or None if another channel's count could be subtracted."""
        with self.services.store.transaction("known_channel") as tx:
            tx.fetch_channel(schedule.channel)
        audience = self.services.directory.audience(schedule.channel)
        with self.services.store.transaction("plan") as tx:
            tx.list_channel_rounds(schedule.channel)
            asked = tx.list_asked(schedule.channel)
            highlight = highlight_of(tx.list_releases(schedule.channel))
            agenda = agenda_of(self.services, tx, schedule.channel, schedule.zone)
        recent = self._asked_since(self.services.clock() - WINDOW)
        prompt = choose(self.services.settings.packs[schedule.pack], asked, highlight, agenda)
        assert prompt  # it does not know who was asked
        others = tuple(self._asked_alike(schedule, prompt, recent))
        if any(_could_be_subtracted(audience, other, schedule.policy.threshold) for other in others):
            return None
        return prompt

    def _asked_since(self, since: datetime) -> list[tuple[RoundPrompt, frozenset[ChannelId]]]:
        rows = self.rounds.execute(ASKED_SINCE, [since.isoformat()]).fetchall()
        return [(prompt_of(prompt), frozenset(json.loads(channels))) for prompt, channels in rows]

    def _asked_alike(
        self,
        schedule: Schedule,
        prompt: RoundPrompt,
        recent: Sequence[tuple[RoundPrompt, frozenset[ChannelId]]],
    ) -> Iterator[Other]:
        statements = {statement.text for statement in prompt.statements}
        alike = [one for one in recent if statements & {statement.text for statement in one[0].statements}]
        channels = frozenset[ChannelId]().union(*(one[1] for one in alike)) - {schedule.channel}
        by_group = frozenset[ChannelId]().union(*(one[1] for one in alike if one[0].asks_tenure))
        for channel in sorted(channels):
            if members := self.services.directory.audience(channel):
                yield Other(members, channel in by_group)


def _could_be_subtracted(audience: AbstractSet[MemberId], other: Other, threshold: int) -> bool:
    shares_a_group = other.by_group and len(audience & other.members) >= FIVE
    return shares_a_group or _near_equal(audience, other.members, threshold)


def _near_equal(here: AbstractSet[MemberId], there: AbstractSet[MemberId], threshold: int) -> bool:
    if here == there:
        return False
    nested = here < there or there < here
    return nested or 1 <= len(here - there) < threshold or 1 <= len(there - here) < threshold
