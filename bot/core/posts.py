"""What becomes of a message that Slack did not simply take: when it is sent again, and how often.

Slack has no key by which it would know a repeated message, and without a history scope the bot cannot look
whether one has arrived. So a message whose answer got lost is sent once more, and never a third time.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.model import ChannelId, MessageTs, RoundId, ScheduleId

SOMEWHERE = MessageTs("")
"""A message of which nobody knows whether it was posted, or where it stands."""

SENDS = 2
"""So often a message is sent of which nobody knows whether it has arrived."""

UNDER_WAY = timedelta(minutes=1)
"""How long nobody else sends a message that is being sent."""

LONGEST_WAIT = timedelta(minutes=10)
"""How long a refused message waits at most, unless Slack asks for more."""

LONGEST_PAUSE = timedelta(hours=1)
"""The longest pause that Slack may ask for; what is longer makes no sense."""


class PostKind(StrEnum):
    """What a message says. ``ASKING``: a question whose channel Slack does not describe, so it cannot open.

    ``CORRECTION``: a posted summary is changed, which is harmless to repeat. ``NEWS`` (of a channel) and
    ``TROUBLE`` (with a message) are for an admin alone.
    """

    ASKING = "asking"
    QUESTION = "question"
    REMINDER = "reminder"
    SUMMARY = "summary"
    CYCLE = "cycle"
    GO_ON = "go_on"
    CANCELLED = "cancelled"
    KEY_LOST = "key_lost"
    INTRODUCTION = "introduction"
    CHANGE = "change"
    CORRECTION = "correction"
    NEWS = "news"
    TROUBLE = "trouble"


class Fate(StrEnum):
    """What an admin is told of a message: nobody knows whether it arrived, it is given up, or it waits."""

    UNKNOWN = "unknown"
    GIVEN_UP = "given_up"
    WAITS = "waits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A message that Slack did not simply take, and why: Slack's reason, empty where it gave none."""

    kind: PostKind
    fate: Fate
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A message that is not known to be said; ``kind`` and ``of`` (a round, schedule ...) tell it apart.

    ``since``: when it was first to be said. ``sends``: how often it was sent without any word of what became
    of it; counted before it is sent, so that a crash counts too. ``not_before``: when it may be sent again.
    ``reason``: why Slack last refused it. ``reported``: an admin knows. ``body``: what is needed to say it.
    """

    kind: PostKind
    of: str
    channel: ChannelId
    since: datetime
    sends: int = 0
    not_before: datetime | None = None
    reason: str = ""
    reported: bool = False
    body: str = ""

    @property
    def in_doubt(self) -> bool:
        """Whether it is not sent any more, since it may have arrived."""
        return self.sends >= SENDS


def sent(post: Post, now: datetime) -> Post:
    """This message while it is being sent."""
    return replace(post, sends=post.sends + 1, not_before=now + UNDER_WAY)


def refused(post: Post, now: datetime, reason: str, pause: timedelta = timedelta(0)) -> Post:
    """This message, as it was before it was sent, after Slack has refused it and asked for this pause.

    It waits for as long again as it has waited: a passing trouble costs a minute, a lasting one few calls.
    """
    wait = min(max(now - post.since, timedelta(0)), LONGEST_WAIT)
    return replace(post, not_before=now + max(wait, min(pause, LONGEST_PAUSE)), reason=reason)


def waits(post: Post, now: datetime) -> bool:
    """Whether it is too early to send a message; a time that a wrong clock has left does not count."""
    return post.not_before is not None and now < post.not_before <= now + LONGEST_PAUSE


def of_round(kind: PostKind, round_id: RoundId, channel: ChannelId, now: datetime) -> Post:
    """A message about a round."""
    return Post(kind=kind, of=round_id, channel=channel, since=now)


def of_schedule(kind: PostKind, schedule: ScheduleId, channel: ChannelId, now: datetime) -> Post:
    """A message about a schedule."""
    return Post(kind=kind, of=schedule, channel=channel, since=now)


def trouble_with(post: Post, fate: Fate, now: datetime) -> Post:
    """The message that tells an admin what became of this one."""
    body = f"{fate.value}:{post.reason}"
    of = f"{post.kind.value}:{post.of}"
    return Post(kind=PostKind.TROUBLE, of=of, channel=post.channel, since=now, body=body)


def trouble_in(post: Post) -> Trouble:
    """The trouble that such a message tells of. Raises ``ValueError``."""
    fate, _, reason = post.body.partition(":")
    return Trouble(kind=PostKind(post.of.partition(":")[0]), fate=Fate(fate), reason=reason)
