"""Schedule drafts, and the history of changes to schedules."""

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from enum import StrEnum

from bot.core.model import ChannelId, MemberId, PackId, ReleasePolicy, ScheduleId
from bot.core.schedule import QuietDays, Recurrence, Schedule, Source


class ChangeKind(StrEnum):
    """What was done to a schedule."""

    CREATED = "created"
    CHANGED = "changed"
    PAUSED = "paused"
    RESUMED = "resumed"
    DELETED = "deleted"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleChange:
    """One change of a schedule, when it was made (UTC), and by which admin.

    ``schedule``: as it is after the change; for ``DELETED``, as it was before. ``by`` is None if config.yaml
    was changed.
    """

    kind: ChangeKind
    schedule: Schedule
    at: datetime
    by: MemberId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDraft:
    """A schedule as an admin wants it, before it is saved.

    ``language``: empty for the one that most people of the channel use.
    """

    channel: ChannelId
    recurrence: Recurrence
    at: time
    zone: str
    pack: PackId
    open_for: timedelta
    threshold: int
    reminder: bool = True
    quiet: QuietDays = field(default_factory=QuietDays)
    tenure: bool = False
    language: str = ""

    def schedule(self, schedule_id: ScheduleId, policy: ReleasePolicy, now: datetime) -> Schedule:
        """Return the schedule of this draft, with its source set to Slack. It fires after ``now``.

        ``policy`` gives all but the threshold. Raises ``ValueError`` for an invalid schedule.
        """
        return Schedule(
            id=schedule_id,
            channel=self.channel,
            recurrence=self.recurrence,
            at=self.at,
            zone=self.zone,
            pack=self.pack,
            open_for=self.open_for,
            policy=replace(policy, threshold=self.threshold),
            created_at=now,
            reminder=self.reminder,
            quiet=self.quiet,
            tenure=self.tenure,
            language=self.language,
            source=Source.SLACK,
        )


def draft_of(schedule: Schedule) -> ScheduleDraft:
    """Return the draft that would make this schedule."""
    return ScheduleDraft(
        channel=schedule.channel,
        recurrence=schedule.recurrence,
        at=schedule.at,
        zone=schedule.zone,
        pack=schedule.pack,
        open_for=schedule.open_for,
        threshold=schedule.policy.threshold,
        reminder=schedule.reminder,
        quiet=schedule.quiet,
        tenure=schedule.tenure,
        language=schedule.language,
    )


def kinds_of_change(before: Schedule, after: Schedule) -> tuple[ChangeKind, ...]:
    """Return what is told of a schedule that was changed, in order; saved as it was, it counts as changed."""
    other_language = before.language != after.language
    other = replace(before, language=after.language, created_at=after.created_at) != after
    return (
        *([ChangeKind.CHANGED] if other or not other_language else []),
        *([ChangeKind.LANGUAGE] if other_language else []),
    )
