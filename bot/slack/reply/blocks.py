"""The form in which a member replies: the question, the statements, and *Say more?*."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.core.language import ENGLISH, N_, Language
from bot.core.model import Round, SupportCard
from bot.slack.kit.builders import (
    Block,
    View,
    button,
    context,
    escape,
    input_block,
    modal,
    moment,
    option,
    section,
)
from bot.slack.kit.privacy import care_before
from bot.slack.kit.round_words import is_gathering, proposes
from bot.slack.reply.field_blocks import (
    PREVIEW_BLOCK,
    SCALE,
    language_tells,
    no_preview_yet,
    said,
    statement_field,
    tags_field,
    tenure_field,
    text_field,
)

MORE_BLOCK = "reply.more"
MORE_ACTION = "reply.more"


class More(StrEnum):
    """What was chosen under *Say more?*: no text, a text that may be quoted, or one that may not."""

    NO = "no"
    QUOTED = "quoted"
    UNQUOTED = "unquoted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """Hold what decides how an open form is drawn: the choice, whether something is typed, and its preview."""

    more: More
    typed: bool = False
    preview: Block | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Hold the words around a form, by which it is known in which language a form is shown."""

    title: str
    submit: str
    close: str


def reply_form(
    round_: Round,
    support: SupportCard,
    metadata: str,
    *,
    change: bool = False,
    filled: Filled | None = None,
    language: Language = ENGLISH,
) -> View:
    """Return the form of a question to reflect on: the statements first, then *Say more?*.

    Where nobody is quoted, it asks for no text: only for what it is mostly about.
    ``filled``: what is filled in so far; None in a form that nobody has touched.
    """
    prompt = round_.prompt
    filled, scale = filled or Filled(more=first_choice(round_)), said(SCALE, language)
    blocks = [
        section(_question(round_, language)),
        *(statement_field(statement, scale) for statement in prompt.statements),
        *(
            (more_field(round_, language), *say_more(round_, filled, language))
            if round_.policy.quotes
            else _tags(round_, language)  # no text is asked for that nobody would read
        ),
    ]
    if prompt.asks_tenure:
        blocks.append(tenure_field(round_, language))
    return form(round_, support, metadata, blocks, change=change, language=language)


def first_choice(round_: Round) -> More:
    """Return what *Say more?* starts at; a question without statements asks for a text alone."""
    return More.NO if round_.prompt.statements else More.UNQUOTED


def more_field(round_: Round, language: Language) -> Block:
    """Return the choice whether to write something; choosing draws the form anew."""
    asks_more = first_choice(round_) is More.NO
    choices = more_choices(language) if asks_more else quote_choices(language)
    options = [option(text, value) for value, text in choices]
    element = {
        "type": "radio_buttons",
        "action_id": MORE_ACTION,
        "options": options,
        "initial_option": options[0],
    }
    label = language.gettext("Say more?") if asks_more else language.gettext("May your words be quoted?")
    hint = " ".join(language_tells(round_, language))
    return input_block(MORE_BLOCK, label, element, hint=hint) | {"dispatch_action": True}


def more_choices(language: Language) -> Sequence[tuple[More, str]]:
    """Return the choices under *Say more?* in the order shown; the form starts at the first one."""
    return (
        (More.NO, language.pgettext("say more", "No")),
        (More.QUOTED, language.gettext("Yes, and it may be quoted without my name")),
        (More.UNQUOTED, language.gettext("Yes, but do not quote it")),
    )


def quote_choices(language: Language) -> Sequence[tuple[More, str]]:
    """Return the choices where only a text is asked for, in the same way."""
    return (
        (More.UNQUOTED, language.pgettext("may your words be quoted", "No")),
        (More.QUOTED, language.gettext("Yes, without my name")),
    )


def say_more(round_: Round, filled: Filled, language: Language) -> list[Block]:
    """Return what follows a *Yes*: who will see the text and when, its box, its preview and its tags.

    After a *No* the box is there only where it holds something, so that no words are lost.
    """
    may_stay_empty = filled.more is not More.QUOTED and bool(round_.prompt.statements)
    own_words = language.gettext("In your own words")
    box = text_field(own_words, hint="", optional=may_stay_empty, language=language)
    if filled.more is More.NO:
        return [section(language.gettext(NOT_SENT)), box] if filled.typed else []
    blocks = [section(who_sees(round_, filled.more, language)), box]
    if filled.more is More.QUOTED:
        blocks.append(filled.preview or no_preview_yet(language))
    return [*blocks, *_tags(round_, language)]


def _tags(round_: Round, language: Language) -> list[Block]:
    label = language.gettext("What is it mostly about?")
    return [tags_field(round_, label, language)] if round_.prompt.tags else []


def who_sees(round_: Round, more: More, language: Language = ENGLISH) -> str:
    """Say who will see a text, and when."""
    closes = moment(round_.closes_at, round_.zone, language)
    if more is More.UNQUOTED:
        return language.gettext(
            "*Nobody reads what you write.* It is destroyed when the question closes, {closes}.",
            closes=closes,
        )
    # Translators: {replies} and {allowed} are numbers of people, at least 10 and 3.
    seen = language.gettext(
        "*Everyone in this channel may read what you write*, without your name, in the summary, {closes}: if "
        "{replies} or more reply and {allowed} or more allow a quote.",
        closes=closes,
        replies=language.number(round_.policy.quote_replies),
        allowed=language.number(round_.policy.quotes_allowed),
    )
    recognised = MAY_BE_RECOGNISED_BY_LANGUAGE if round_.several_languages else MAY_BE_RECOGNISED
    return f"{seen} {language.gettext(recognised)}"


MAY_BE_RECOGNISED = N_(
    "The names of people in this channel, links and addresses are taken out; your wording may still be recognised."
)
MAY_BE_RECOGNISED_BY_LANGUAGE = N_(
    "The names of people in this channel, links and addresses are taken out; your wording may still be recognised, "
    "and in this channel the language in which you write may point to you."
)
"""What may tell who has written a quote; the second: where people of the channel have different languages."""

# Translators: *No* and *Yes* are the words with which the choices under *Say more?* begin.
NOT_SENT = N_(
    "*What you have written is not sent*, as *No* is chosen. It stays in this form: choose *Yes* to send it."
)
"""Said above a text box under *No*."""


TOO_SHORT = N_("_Too short to be quoted once names and links are taken out. It still counts as your reply._")


def preview_block(redacted: str | None, too_short: str = "", language: Language = ENGLISH) -> Block:
    """Show how a text would read once everybody sees it; ``too_short``: what is said if nothing is left."""
    if redacted is None:
        text = too_short or language.gettext(TOO_SHORT)
    else:
        quoted = "\n".join(f"> {line}" for line in escape(redacted).splitlines())
        text = language.gettext("*This is how it would read:*") + f"\n{quoted}"
    # Translators: a button, at most 30 characters.
    again = button(language.gettext("Preview again"), "quote.preview")
    return section(text, block_id=PREVIEW_BLOCK, accessory=again)


def frame(round_: Round, *, change: bool = False, language: Language = ENGLISH) -> Frame:
    """Return the words around a form."""
    # Translators: the button that sends a form, at most 24 characters.
    submit = language.pgettext("button", "Send")
    # Translators: the button that closes a form which is not sent, at most 24 characters.
    close = language.gettext("Not now")
    return Frame(title=_title(round_, language, change=change), submit=submit, close=close)


def _title(round_: Round, language: Language, *, change: bool) -> str:
    if not change:
        # Translators: the title of a form, at most 24 characters.
        return language.gettext("Without your name")
    if proposes(round_):
        # Translators: a button, and the title of a form: at most 24 characters.
        return language.gettext("Change my proposal")
    # Translators: a button, and the title of a form: at most 24 characters.
    return language.gettext("Change my reply")


def form(
    round_: Round,
    support: SupportCard,
    metadata: str,
    fields: Sequence[Block],
    *,
    change: bool,
    language: Language = ENGLISH,
) -> View:
    """Return a form of these fields, with the card above them, and below until when a reply can be changed."""
    words = frame(round_, change=change, language=language)
    return modal(
        words.title,
        [
            care_before(support, language),
            *([context(_earlier(round_, language))] if change else []),
            *fields,
            context(_how_to_change(round_, language)),
        ],
        submit=words.submit,
        close=words.close,
        callback_id="reply.submit",
        private_metadata=metadata,
    )


def _earlier(round_: Round, language: Language) -> str:
    if proposes(round_):
        return language.gettext(
            "Your earlier proposal is still there. It is encrypted, so nobody can show it to you, not even the bot. "
            "What you send now takes its place."
        )
    return language.gettext(
        "Your earlier reply is still there. It is encrypted, so nobody can show it to you, not even the bot. What "
        "you send now takes its place."
    )


def _question(round_: Round, language: Language) -> str:
    question = f"*{escape(round_.prompt.question)}*"
    if not round_.prompt.statements:
        return question
    # Translators: "Not said" is the answer that is translated as such.
    how_far = language.gettext("How far do you agree with these? Anything may stay at _Not said_.")
    return f"{question}\n{how_far}"


def _how_to_change(round_: Round, language: Language) -> str:
    """Say until when it can be changed. A suggestion box has no date yet."""
    if is_gathering(round_):
        # Translators: it is a proposal, which is shown together with others on a day that is not known yet.
        return language.gettext(
            "You can change or withdraw it until it is shown, with the receipt that you get after *Send*. Keep that "
            "at once: if the bot restarts first, it is lost."
        )
    # Translators: it is a reply or a proposal. At the end, it is the receipt that is lost.
    return language.gettext(
        "You can change or withdraw it until {closes}, with the receipt that you get after *Send*. Keep that at once: "
        "if the bot restarts first, it is lost.",
        closes=moment(round_.closes_at, round_.zone, language),
    )
