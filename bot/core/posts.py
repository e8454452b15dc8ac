"""Decide when and how often to send a message again that Slack refused or did not confirm.

Slack has no key to recognise a repeated message, and without a history scope the bot cannot check whether one
has arrived. So a message whose answer was lost is sent once more, and never a third time.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.model import ChannelId, MessageTs, Round
from bot.core.schedule import Schedule

UNKNOWN_MESSAGE = MessageTs("")
"""A message for which it is unknown whether and where it was posted."""

SENDS = 2
"""How often a message is sent if it is unknown whether it has arrived."""

UNDER_WAY = timedelta(minutes=1)
"""How long a message that is being sent is reserved for its sender."""

LONGEST_WAIT = timedelta(minutes=10)
"""The longest wait of a refused message, unless Slack asks for more."""

LONGEST_RETRY_AFTER = timedelta(hours=1)
"""The longest *Retry-After* of Slack that is kept to; a longer one is cut."""


class PostKind(StrEnum):
    """What a message says.

    ``ASKING``: a question that cannot open because Slack does not describe its channel. ``CORRECTION``: a
    change of a posted summary, which is harmless to repeat. ``NEWS`` (about a channel) and ``TROUBLE`` (with
    a message) are for an admin only.
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


class PostOutcome(StrEnum):
    """What an admin is told about a message: it may have arrived, it is given up, or it waits."""

    UNKNOWN = "unknown"
    GIVEN_UP = "given_up"
    WAITS = "waits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A message that Slack refused or did not confirm, with Slack's reason; empty if it gave none."""

    kind: PostKind
    fate: PostOutcome
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A message that is not known to be posted, identified by ``kind`` and ``of`` (a round, a schedule, ...).

    ``since``: when it was first to be posted. ``sends``: how often it was sent without an answer; counted
    before sending, so that a crash counts too. ``not_before``: when it may be sent again. ``reason``: why
    Slack last refused it. ``reported``: an admin knows. ``body``: the data to post it.
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
        """Whether it is no longer sent, because it may have arrived."""
        return self.sends >= SENDS


def sent(post: Post, now: datetime) -> Post:
    """Return this message as it is while it is being sent."""
    return replace(post, sends=post.sends + 1, not_before=now + UNDER_WAY)


def refused(post: Post, now: datetime, reason: str, retry_after: timedelta = timedelta(0)) -> Post:
    """Return this message after Slack has refused it and asked to wait so long. ``post``: as before sending.

    The wait doubles each time: a short problem costs a minute, and a long one few calls.
    """
    wait = min(max(now - post.since, timedelta(0)), LONGEST_WAIT)
    return replace(post, not_before=now + max(wait, min(retry_after, LONGEST_RETRY_AFTER)), reason=reason)


def waits(post: Post, now: datetime) -> bool:
    """Return whether it is too early to send a message. A time left by a wrong clock does not count."""
    return post.not_before is not None and now < post.not_before <= now + LONGEST_RETRY_AFTER


def post_about(kind: PostKind, what: Round | Schedule, now: datetime) -> Post:
    """Return a message about a round or a schedule, to its channel."""
    return Post(kind=kind, of=what.id, channel=what.channel, since=now)


def trouble_post(post: Post, fate: PostOutcome, now: datetime) -> Post:
    """Return the message that tells an admin what became of this one."""
    body = f"{fate.value}:{post.reason}"
    of = f"{post.kind.value}:{post.of}"
    return Post(kind=PostKind.TROUBLE, of=of, channel=post.channel, since=now, body=body)


def parse_trouble(post: Post) -> Trouble:
    """Return the trouble that such a message reports. Raises ``ValueError``."""
    fate, _, reason = post.body.partition(":")
    return Trouble(kind=PostKind(post.of.partition(":")[0]), fate=PostOutcome(fate), reason=reason)
