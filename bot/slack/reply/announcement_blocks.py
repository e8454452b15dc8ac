"""The announcement: the message that carries a prompt."""

from bot.core.model import Round, RoundKind
from bot.core.numbers import number_in_words
from bot.core.release import LEAST_PROPOSALS
from bot.slack.kit.builders import (
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
from bot.slack.kit.round_words import MOST_WANTED

KINDS = {
    RoundKind.COLLECT: (
        "*For proposals:* what you write is made public, without your name, if there are at least "
        f"{number_in_words(LEAST_PROPOSALS)} different ones."
    ),
    RoundKind.CHOOSE: f"*To decide:* the form shows our proposals. {MOST_WANTED}",
    RoundKind.DECIDE: "*To decide:* the form shows our proposals. Which of them could you live with for four weeks?",
    RoundKind.CONSENT: "*The last step before we try it:* it rests if anybody, as far as may be shown, sees harm in it.",
    RoundKind.LOOK_AGAIN: (
        "*Looking again at what we agreed:* what is chosen most often is done, and nothing else is shown of the votes."
    ),
}
"""The kind of question, where it is not one to reflect on."""


def announcement_text(round_: Round) -> str:
    """Return the announcement in one line, for notifications and screen readers."""
    closes = moment_in_words(round_.closes_at, round_.zone)
    question = escape(round_.prompt.question)
    kind = KINDS.get(round_.prompt.kind, "").replace("*", "")
    said = " ".join(filter(None, [question, kind]))
    return f"A question for this channel: {said} Reply without your name until {closes}."


def retired_text(round_: Round, note: str) -> str:
    """Return the announcement in one line, after its question has closed: what was asked, what became of it."""
    return f"{escape(round_.prompt.question)} {note}"


def announcement(round_: Round, *, shared: bool = False) -> list[Block]:
    """Return the question, until when, and two buttons. ``shared``: people of other companies read it, too."""
    return [
        *_question(round_),
        *([section(KINDS[round_.prompt.kind])] if round_.prompt.kind in KINDS else []),
        actions(
            "announcement",
            button("Reply without your name", "reply.open", round_.id, style="primary"),
            button("How this stays confidential", "privacy.open", round_.id),
        ),
        context(
            f"A minute is enough. Open until {moment(round_.closes_at, round_.zone)}; then everyone here "
            f"sees the same {_seen(round_)}. Nobody sees anything before.",
            *([ONLY_OUR_OWN] if shared else []),
        ),
    ]


def reminder_text(round_: Round) -> str:
    """Return the reminder in one line: the same words however many have replied."""
    closes = moment_in_words(round_.closes_at, round_.zone)
    return f"Still open until {closes}: {escape(round_.prompt.question)} Reply without your name."


def reminder(round_: Round, *, shared: bool = False) -> list[Block]:
    """Return the reminder, to everybody alike; it knows nothing of who has replied, or how many."""
    return [
        section(
            f"*Still open until {moment(round_.closes_at, round_.zone)}:* {escape(round_.prompt.question)}"
        ),
        actions("reminder", button("Reply without your name", "reply.open", round_.id, style="primary")),
        context(
            "This goes to the whole channel, once. If you have replied, or would rather not, all is well.",
            *([ONLY_OUR_OWN] if shared else []),
        ),
    ]


def retired_announcement(round_: Round, note: str) -> list[Block]:
    """Return the question after it has closed: no more buttons, and what became of it."""
    return [*_question(round_), context(note)]


def _seen(round_: Round) -> str:
    return "proposals" if round_.prompt.kind is RoundKind.COLLECT else "summary"


def _question(round_: Round) -> list[Block]:
    return [
        header(f"🌱 {round_.prompt.label}"),
        section(f"*{escape(round_.prompt.question)}*"),
    ]


ONLY_OUR_OWN = (
    "This channel is shared with another company. Only the people of our own company are asked and counted, without "
    "guests; everyone here can read the summary."
)
"""Said under a question in a channel that is shared (Slack Connect)."""

CLOSED_NOTE = "This question is closed. Thank you to everyone who replied; the summary is in this channel."
CANCELLED_NOTE = "This question was cancelled. Every reply was destroyed, and nothing will be published."
KEY_LOST_NOTE = "This question could not be finished: its key or its replies were lost or damaged. Nothing will be published."
"""Said on the announcement itself."""

CANCELLED_TEXT = (
    "An admin has cancelled this question. Every reply and the key to it were destroyed unread, and nothing of "
    "it will be published."
)
KEY_LOST_TEXT = (
    "We are sorry: the key or the replies of this question were lost or damaged, so there is no result. What was left "
    "of them is destroyed: nobody can ever read it, and nothing will be published. The next question comes as planned."
)
"""Said in the channel."""
