"""What an admin reads of a message that Slack did not simply take."""

from collections.abc import Mapping

from bot.core.model import ChannelId
from bot.core.posts import PostKind, PostOutcome, Trouble

WHAT: Mapping[PostKind, str] = {
    PostKind.ASKING: "the question",
    PostKind.QUESTION: "the question",
    PostKind.REMINDER: "the reminder",
    PostKind.SUMMARY: "the summary",
    PostKind.CYCLE: "the look back at all topics",
    PostKind.GO_ON: "the question whether to go on",
    PostKind.CANCELLED: "the note that a question was cancelled",
    PostKind.KEY_LOST: "the note that a question ended without a result",
    PostKind.INTRODUCTION: "my introduction",
    PostKind.CHANGE: "the note about a changed schedule",
    PostKind.CORRECTION: "the summary without what was taken down",
}
QUESTIONS = frozenset({PostKind.ASKING, PostKind.QUESTION})


def trouble_note(trouble: Trouble, channel: ChannelId) -> str:
    """What became of a message to a channel, and what an admin can do about it."""
    what, link = WHAT.get(trouble.kind, "a message"), f"<#{channel}>"
    why = f" (`{trouble.reason}`)" if trouble.reason else ""
    refuses = f": Slack refuses it{why}." if trouble.reason else " in time."
    said = {
        PostOutcome.UNKNOWN: f"I sent {what} to {link}, and Slack did not say whether it arrived{why}. It may be there "
        "once, twice or not at all. I do not send it again.",
        PostOutcome.GIVEN_UP: f"I could not post {what} in {link}{refuses} I do not try again.",
        PostOutcome.WAITS: f"I could not post {what} in {link}{refuses} I go on trying.",
    }[trouble.fate]
    return f"{said}{_remedy(trouble)}"


def _remedy(trouble: Trouble) -> str:
    if trouble.fate is PostOutcome.UNKNOWN:
        return {
            PostKind.QUESTION: " If it is not there, type `/belonging cancel` in that channel, and then "
            "`/belonging ask`.",
            PostKind.SUMMARY: " `/belonging summary` shows it to whoever asks in that channel.",
        }.get(trouble.kind, "")
    if trouble.kind is PostKind.CORRECTION:
        return " Until then the old one stands there; an admin of the workspace can delete that message."
    if trouble.fate is PostOutcome.GIVEN_UP and trouble.kind in QUESTIONS:
        return " The next one comes as scheduled; `/belonging ask` in that channel asks at once."
    return ""
