"""The announcement: the message that carries a prompt. Its reminder, and what both say after the close."""

from bot.core.language import ENGLISH, N_, Language
from bot.core.model import Round, RoundKind
from bot.core.release import LEAST_PROPOSALS
from bot.core.taken_down import readable
from bot.slack.kit.builders import (
    Block,
    actions,
    button,
    context,
    escape,
    header,
    moment,
    section,
)
from bot.slack.kit.round_words import most_wanted, proposes

KINDS = {
    RoundKind.CHOOSE: N_("*To decide:* the form shows our proposals."),
    RoundKind.DECIDE: N_(
        "*To decide:* the form shows our proposals. Which of them could you live with for four weeks?"
    ),
    RoundKind.CONSENT: N_(
        "*The last step before we try it:* it rests if anybody, as far as may be shown, sees harm in it."
    ),
    RoundKind.LOOK_AGAIN: N_(
        "*Looking again at what we agreed:* what is chosen most often is done, and nothing else is shown of the votes."
    ),
}
"""The kind of question, where it is not one to reflect on; of proposals, ``_kind`` says it with a number."""


def announcement_text(round_: Round, language: Language = ENGLISH) -> str:
    """Return the announcement in one line, for notifications and screen readers."""
    kind = _kind(round_, language).replace("*", "")
    # Translators: {question} is one or several whole sentences, each with its own mark at the end.
    return language.gettext(
        "A question for this channel: {question} Reply without your name until {closes}.",
        question=" ".join(filter(None, [_asked(round_, language), kind])),
        closes=language.moment(round_.closes_at, round_.zone),
    )


def announcement(round_: Round, *, shared: bool = False, language: Language = ENGLISH) -> list[Block]:
    """Return the question, until when, and two buttons. ``shared``: people of other companies read it, too."""
    kind = _kind(round_, language)
    return [
        *_question(round_, language),
        *([section(kind)] if kind else []),
        actions(
            "announcement",
            _reply_button(round_, language),
            # Translators: a button, at most 30 characters. It shows how replies are kept confidential.
            button(language.gettext("How this stays confidential"), "privacy.open", round_.id),
        ),
        context(_open_until(round_, language), *_only_our_own(language, shared=shared)),
    ]


def reminder_text(round_: Round, language: Language = ENGLISH) -> str:
    """Return the reminder in one line: the same words however many have replied."""
    # Translators: {closes} is a day and a time; {question} a whole sentence with its own mark at the end.
    return language.gettext(
        "Still open until {closes}: {question} Reply without your name.",
        closes=language.moment(round_.closes_at, round_.zone),
        question=_asked(round_, language),
    )


def reminder(round_: Round, *, shared: bool = False, language: Language = ENGLISH) -> list[Block]:
    """Return the reminder, to everybody alike; it knows nothing of who has replied, or how many."""
    # Translators: {closes} is a day and a time, such as “Friday, 27 November at 14:00”, here and elsewhere.
    still_open = language.gettext(
        "*Still open until {closes}:* {question}",
        closes=moment(round_.closes_at, round_.zone, language),
        question=_asked(round_, language),
    )
    return [
        section(still_open),
        actions("reminder", _reply_button(round_, language)),
        context(
            language.gettext(
                "This goes to the whole channel, once. If you have replied, or would rather not, all is well."
            ),
            *_only_our_own(language, shared=shared),
        ),
    ]


def retired_text(round_: Round, note: str, language: Language = ENGLISH) -> str:
    """Return an announcement or a reminder in one line, after its question has closed.

    It says what was asked, and what became of it. ``note``: one of the notes below, in English.
    """
    return f"{_asked(round_, language)} {language.gettext(note)}"


def retired_announcement(round_: Round, note: str, language: Language = ENGLISH) -> list[Block]:
    """Return the question after it has closed: no more buttons, and what became of it. ``note``: as above."""
    return [*_question(round_, language), context(language.gettext(note))]


def retired_reminder(round_: Round, note: str, language: Language = ENGLISH) -> list[Block]:
    """Return the reminder after its question has closed: no date and no button, and what became of it."""
    return [section(_asked(round_, language)), context(language.gettext(note))]


def _kind(round_: Round, language: Language) -> str:
    """Return which kind of question it is; empty for one to reflect on."""
    kind = round_.prompt.kind
    if proposes(round_):
        # Translators: {number} proposals, each with other words.
        return language.ngettext(
            "*For proposals:* what you write is made public, without your name, if there is at least {number} "
            "proposal.",
            "*For proposals:* what you write is made public, without your name, if there are at least {number} "
            "different ones.",
            LEAST_PROPOSALS,
            number=language.number_in_words(LEAST_PROPOSALS),
        )
    if kind not in KINDS:
        return ""
    said = language.gettext(KINDS[kind])
    return f"{said} {most_wanted(language)}" if kind is RoundKind.CHOOSE else said


def _open_until(round_: Round, language: Language) -> str:
    closes = moment(round_.closes_at, round_.zone, language)
    if proposes(round_):
        return language.gettext(
            "A minute is enough. Open until {closes}; then everyone here sees the same proposals. Nobody sees "
            "anything before.",
            closes=closes,
        )
    return language.gettext(
        "A minute is enough. Open until {closes}; then everyone here sees the same summary. Nobody sees anything "
        "before.",
        closes=closes,
    )


def _question(round_: Round, language: Language) -> list[Block]:
    return [
        header(f"🌱 {round_.prompt.label}"),
        section(f"*{_asked(round_, language)}*"),
    ]


def _asked(round_: Round, language: Language) -> str:
    """Return what was asked; words of a proposal may have been taken down."""
    return escape(readable(round_.prompt.question, language))


def _reply_button(round_: Round, language: Language) -> Block:
    # Translators: a button, at most 30 characters.
    return button(language.gettext("Reply without your name"), "reply.open", round_.id, style="primary")


def _only_our_own(language: Language, *, shared: bool) -> list[str]:
    return [language.gettext(ONLY_OUR_OWN)] if shared else []


ONLY_OUR_OWN = N_(
    "This channel is shared with another company. Only the people of our own company are asked and counted, without "
    "guests; everyone here can read the summary."
)
"""Said under a question in a channel that is shared (Slack Connect)."""

CLOSED_NOTE = N_(
    "This question is closed. Thank you to everyone who replied; the summary is in this channel."
)
CANCELLED_NOTE = N_("This question was cancelled. Every reply was destroyed, and nothing will be published.")
KEY_LOST_NOTE = N_(
    "This question could not be finished: its key or its replies were lost or damaged. Nothing will be published."
)
"""Said on the announcement itself, and on its reminder."""

CANCELLED_TEXT = N_(
    "An admin has cancelled this question. Every reply and the key to it were destroyed unread, and nothing of "
    "it will be published."
)
KEY_LOST_TEXT = N_(
    "We are sorry: the key or the replies of this question were lost or damaged, so there is no result. What was left "
    "of them is destroyed: nobody can ever read it, and nothing will be published. The next question comes as planned."
)
"""Said in the channel."""
