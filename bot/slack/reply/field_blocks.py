"""The fields of the forms: statements, the text box, tags, the tick that allows a quote, and its preview."""

from collections.abc import Sequence

from bot.core.language import ENGLISH, N_, Language
from bot.core.model import TEXT_LIMIT, Round, Statement
from bot.core.replies import MAX_TAGS, Tenure
from bot.slack.kit.builders import Block, button, input_block, option, plain, section

Choices = Sequence[tuple[str, str]]
"""The answers to a statement in the order shown: the value of each, and its words."""

NOT_SAID = "none"
"""The value of a choice that says nothing."""

# Translators: the answer that somebody leaves as it is, to say nothing. At most 75 characters, like each answer.
NOTHING_SAID = N_("Not said")

SCALE: Choices = (
    (NOT_SAID, NOTHING_SAID),
    # Translators: these five answer how far somebody agrees with a statement.
    ("1", N_("Strongly disagree")),
    ("2", N_("Disagree")),
    # Translators: between disagreeing and agreeing.
    ("3", N_("In between")),
    ("4", N_("Agree")),
    ("5", N_("Strongly agree")),
)
"""How far somebody agrees: the choice that a statement starts at, then the five points in their order."""

TENURES = (
    (Tenure.UNSAID, NOTHING_SAID),
    (Tenure.NEWER, N_("I joined within the last year")),
    (Tenure.LONGER, N_("I joined earlier")),
)
"""How long somebody has been in the team: the choice that the question starts at, then the groups."""

TEXT_BLOCK = "reply.text"
QUOTE_BLOCK = "reply.quote"
PREVIEW_BLOCK = "reply.preview"
TAGS_BLOCK = "reply.tags"
TENURE_BLOCK = "reply.tenure"
STATEMENT_PREFIX = "item:"

TAKEN_OUT = N_(
    "The names of people in this channel, links and addresses are taken out. Your wording may still be recognised."
)
"""Said where a text may be published."""

LANGUAGE_TELLS = N_(
    "People here have set Slack to different languages, so the language in which you write may point to you."
)
"""Said where a text may be published, in a channel in which that is so."""

UNREAD = N_("Nobody reads this, unless you allow a quote below. Writing it down helps with what follows.")


def language_tells(round_: Round, language: Language) -> list[str]:
    """Return that the language may point to the writer, where people of the channel have different ones."""
    return [language.gettext(LANGUAGE_TELLS)] if round_.several_languages else []


def said(choices: Choices, language: Language = ENGLISH) -> Choices:
    """Return these choices, whose words are messages, in a language."""
    return tuple((value, language.gettext(words)) for value, words in choices)


def statement_field(statement: Statement, choices: Choices, label: str = "") -> Block:
    """Return a statement with its answers, which starts at *Not said*; ``label`` stands in place of its words."""
    options = [option(words, value) for value, words in choices]
    first = next((one for one in options if one["value"] == NOT_SAID), options[0])
    select = {"type": "static_select", "action_id": "answer", "options": options, "initial_option": first}
    return input_block(f"{STATEMENT_PREFIX}{statement.id}", label or statement.text, select)


def text_field(label: str, *, hint: str | None = None, optional: bool = True, language: Language) -> Block:
    """Return the box for an answer in one's own words. ``hint``: None says that nobody reads it."""
    element = {
        "type": "plain_text_input",
        "action_id": "text",
        "multiline": True,
        "max_length": TEXT_LIMIT,
        "placeholder": plain(language.gettext("A sentence or two is plenty. No names, please.")),
    }
    said = language.gettext(UNREAD) if hint is None else hint
    return input_block(TEXT_BLOCK, label, element, hint=said, optional=optional)


def tags_field(round_: Round, label: str, language: Language) -> Block:
    """Return the tags of a question, of which two may be chosen."""
    choices = {
        "type": "multi_static_select",
        "action_id": "tags",
        # Translators: of the words that say what a reply is mostly about.
        "placeholder": plain(language.gettext("Choose up to two")),
        "max_selected_items": MAX_TAGS,
        "options": [option(tag.text, tag.id) for tag in round_.prompt.tags],
    }
    hint = language.gettext(
        "Counted with the others’ choices, and shown only when several people chose the same."
    )
    return input_block(TAGS_BLOCK, label, choices, hint=hint, optional=True)


def tenure_field(round_: Round, language: Language) -> Block:
    """Return the question how long somebody has been in the team."""
    options = [option(language.gettext(words), group.value) for group, words in TENURES]
    select = {
        "type": "static_select",
        "action_id": "tenure",
        "options": options,
        "initial_option": options[0],
    }
    least = round_.policy.threshold
    hint = language.ngettext(
        "The channel sees two numbers, for newer and for longer here: shown only if at least {number} person of each "
        "group answers a statement. Otherwise all are counted together. How long you have been here is never shown "
        "beside a quote.",
        "The channel sees two numbers, for newer and for longer here: shown only if at least {number} people of each "
        "group answer a statement. Otherwise all are counted together. How long you have been here is never shown "
        "beside a quote.",
        least,
        number=language.number_in_words(least),
    )
    return input_block(
        TENURE_BLOCK, language.gettext("How long have you been in this team?"), select, hint=hint
    )


def quote_blocks(round_: Round, language: Language = ENGLISH) -> list[Block]:
    """Return the tick that a text may be quoted, and the place of its preview."""
    tick = {
        "type": "checkboxes",
        "action_id": "allow",
        "options": [
            option(
                language.gettext("My text may be quoted, without a name"), "yes", _only_if(round_, language)
            )
        ],
    }
    hint = " ".join(language_tells(round_, language))
    return [
        input_block(QUOTE_BLOCK, language.gettext("May we quote it?"), tick, hint=hint, optional=True),
        section(language.gettext(TAKEN_OUT), block_id=PREVIEW_BLOCK, accessory=preview_button(language)),
    ]


def _only_if(round_: Round, language: Language) -> str:
    # Translators: both are numbers of people, at least 10 and 3. At most 75 characters with numbers of two digits.
    return language.gettext(
        "Only if {replies} or more reply and {allowed} or more allow it.",
        replies=language.number(round_.policy.quote_replies),
        allowed=language.number(round_.policy.quotes_allowed),
    )


def no_preview_yet(language: Language) -> Block:
    """Return the place of a preview before it is asked for."""
    return section(
        language.gettext("How it would read:"), block_id=PREVIEW_BLOCK, accessory=preview_button(language)
    )


def preview_button(language: Language) -> Block:
    """Return the button that shows how a text would be quoted."""
    # Translators: a button, at most 30 characters.
    return button(language.gettext("Preview the quote"), "quote.preview")
