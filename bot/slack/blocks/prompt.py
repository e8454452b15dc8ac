"""The announcement: the message that carries a prompt."""

from bot.core.model import Round
from bot.slack.blocks.kit import (
    Block,
    actions,
    button,
    context,
    escape,
    header,
    moment,
    moment_in_words,
    section,
)


def announcement_text(round_: Round) -> str:
    """The announcement in one line, for notifications and screen readers."""
    closes = moment_in_words(round_.closes_at, round_.zone)
    question = escape(round_.prompt.question)
    return f"A question for this channel: {question} Reply without your name until {closes}."


def retired_text(round_: Round) -> str:
    """The announcement in one line, after its round has ended."""
    return escape(round_.prompt.question)


def announcement(round_: Round) -> list[Block]:
    """The question, until when, and the two ways on."""
    return [
        *_question(round_),
        actions(
            "announcement",
            button("Reply without your name", "reply.open", round_.id, style="primary"),
            button("How this stays anonymous", "privacy.open", round_.id),
        ),
        context(
            f"Two minutes are enough. Open until {moment(round_.closes_at, round_.zone)}; then everyone here "
            "sees the same summary. Nobody sees anything before."
        ),
    ]


def reminder_text(round_: Round) -> str:
    """The reminder in one line: the same words however many have replied."""
    closes = moment_in_words(round_.closes_at, round_.zone)
    return f"Still open until {closes}: {escape(round_.prompt.question)} Reply without your name."


def reminder(round_: Round) -> list[Block]:
    """The reminder, to everybody alike; it knows nothing of who has replied."""
    return [
        section(
            f"*Still open until {moment(round_.closes_at, round_.zone)}:* {escape(round_.prompt.question)}"
        ),
        actions("reminder", button("Reply without your name", "reply.open", round_.id, style="primary")),
        context(
            "This goes to the whole channel, once. If you have replied or would rather not, all is well."
        ),
    ]


def retired_announcement(round_: Round, note: str) -> list[Block]:
    """The question after its round has ended: no more buttons, and what became of it."""
    return [*_question(round_), context(note)]


def _question(round_: Round) -> list[Block]:
    return [
        header(f"🌱 {round_.prompt.label}"),
        section(f"*{escape(round_.prompt.question)}*"),
    ]


CLOSED_NOTE = "This round is closed. Thank you to everyone who replied; the summary is in this channel."
CANCELLED_NOTE = "This round was cancelled. Every reply was destroyed, and nothing will be published."
KEY_LOST_NOTE = "This round could not be finished: its key was lost. Nothing will be published."
"""Said on the announcement itself."""

CANCELLED_TEXT = (
    "The round was cancelled by an admin. Every reply and the key to it were destroyed unread, and nothing of "
    "it will be published."
)
KEY_LOST_TEXT = (
    "We are sorry: the key of this round is gone, so its replies can never be read, by anyone. They were "
    "destroyed and nothing will be published. The next question comes as planned."
)
"""Said in the channel."""
