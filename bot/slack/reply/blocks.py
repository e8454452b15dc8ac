"""The form in which a member replies: the question, the statements, and *Say more?*."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.core.model import TEXT_LIMIT, Round, Statement, SupportCard
from bot.core.numbers import number_in_words
from bot.core.replies import MAX_TAGS, Tenure
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
    plain,
    section,
)
from bot.slack.kit.privacy import care_before
from bot.slack.kit.round_words import noun, until

NOT_SAID = "none"
"""The value of a choice that says nothing."""

SCALE = (
    (NOT_SAID, "Not said"),
    ("1", "Strongly disagree"),
    ("2", "Disagree"),
    ("3", "In between"),
    ("4", "Agree"),
    ("5", "Strongly agree"),
)
"""How far somebody agrees: the choice that a statement starts at, then the five points in their order."""

TEXT_BLOCK = "reply.text"
QUOTE_BLOCK = "reply.quote"
PREVIEW_BLOCK = "reply.preview"
TAGS_BLOCK = "reply.tags"
TENURE_BLOCK = "reply.tenure"
MORE_BLOCK = "reply.more"
MORE_ACTION = "reply.more"
STATEMENT_PREFIX = "item:"


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


MORE_CHOICES = (
    (More.NO, "No"),
    (More.QUOTED, "Yes, and it may be quoted without my name"),
    (More.UNQUOTED, "Yes, but do not quote it"),
)
QUOTE_CHOICES = (
    (More.UNQUOTED, "No"),
    (More.QUOTED, "Yes, without my name"),
)
"""The choices in the order shown; each list starts at its first one. The second: where only a text is asked."""

TENURES = (
    (Tenure.UNSAID, "Not said"),
    (Tenure.NEWER, "I joined within the last year"),
    (Tenure.LONGER, "I joined earlier"),
)
"""How long somebody has been in the team: the choice that the question starts at, then the groups."""


def reply_form(
    round_: Round,
    support: SupportCard,
    metadata: str,
    *,
    change: bool = False,
    filled: Filled | None = None,
) -> View:
    """Return the form of a question to reflect on: the statements first, then *Say more?*.

    Where nobody is quoted, it asks for no text: only for what it is mostly about.
    ``filled``: what is filled in so far; None in a form that nobody has touched.
    """
    prompt = round_.prompt
    filled = filled or Filled(more=first_choice(round_))
    blocks = [
        section(_question(round_)),
        *(statement_field(statement) for statement in prompt.statements),
        *(
            (more_field(round_), *say_more(round_, filled))
            if round_.policy.quotes
            else _tags(round_)  # no text is asked for that nobody would read
        ),
    ]
    if prompt.asks_tenure:
        blocks.append(tenure_field(round_))
    return form(round_, support, metadata, blocks, change=change)


def first_choice(round_: Round) -> More:
    """Return what *Say more?* starts at; a question without statements asks for a text alone."""
    return More.NO if round_.prompt.statements else More.UNQUOTED


def more_field(round_: Round) -> Block:
    """Return the choice whether to write something; choosing draws the form anew."""
    asks_more = first_choice(round_) is More.NO
    options = [option(text, value) for value, text in (MORE_CHOICES if asks_more else QUOTE_CHOICES)]
    choices = {
        "type": "radio_buttons",
        "action_id": MORE_ACTION,
        "options": options,
        "initial_option": options[0],
    }
    label = "Say more?" if asks_more else "May your words be quoted?"
    return input_block(MORE_BLOCK, label, choices) | {"dispatch_action": True}


def say_more(round_: Round, filled: Filled) -> list[Block]:
    """Return what follows a *Yes*: who will see the text and when, its box, its preview and its tags.

    After a *No* the box is there only where it holds something, so that no words are lost.
    """
    may_stay_empty = filled.more is not More.QUOTED and bool(round_.prompt.statements)
    box = text_field("In your own words", hint="", optional=may_stay_empty)
    if filled.more is More.NO:
        return [section(NOT_SENT), box] if filled.typed else []
    blocks = [section(who_sees(round_, filled.more)), box]
    if filled.more is More.QUOTED:
        blocks.append(filled.preview or _no_preview_yet())
    return [*blocks, *_tags(round_)]


def _tags(round_: Round) -> list[Block]:
    return [tags_field(round_, "What is it mostly about?")] if round_.prompt.tags else []


def who_sees(round_: Round, more: More) -> str:
    """Say who will see a text, and when."""
    closes = moment(round_.closes_at, round_.zone)
    if more is More.UNQUOTED:
        return f"*Nobody reads what you write.* It is destroyed when the question closes, {closes}."
    policy = round_.policy
    return (
        f"*Everyone in this channel may read what you write*, without your name, in the summary, {closes}: if "
        f"{policy.quote_replies} or more reply and {policy.quotes_allowed} or more allow a quote. The names of people in "
        "this channel, links and addresses are taken out; your wording may still be recognised."
    )


NOT_SENT = (
    "*What you have written is not sent*, as *No* is chosen. It stays in this form: choose *Yes* to send it."
)
"""Said above a text box under *No*."""


def form(
    round_: Round, support: SupportCard, metadata: str, fields: Sequence[Block], *, change: bool
) -> View:
    """Return a form of these fields, with the card above them, and below until when a reply can be changed."""
    what = noun(round_)
    earlier = (
        f"Your earlier {what} is still there. It is encrypted, so nobody can show it to you, "
        "not even the bot. What you send now takes its place."
    )
    return modal(
        f"Change my {what}" if change else "Without your name",
        [
            care_before(support),
            *([context(earlier)] if change else []),
            *fields,
            _how_to_change(round_),
        ],
        submit="Send",
        close="Not now",
        callback_id="reply.submit",
        private_metadata=metadata,
    )


TOO_SHORT = "_Too short to be quoted once names and links are taken out. It still counts as your reply._"


def preview_block(redacted: str | None, too_short: str = TOO_SHORT) -> Block:
    """Show how a text would read once everybody sees it."""
    if redacted is None:
        text = too_short
    else:
        quoted = "\n".join(f"> {line}" for line in escape(redacted).splitlines())
        text = f"*This is how it would read:*\n{quoted}"
    return section(text, block_id=PREVIEW_BLOCK, accessory=button("Preview again", "quote.preview"))


def _question(round_: Round) -> str:
    question = f"*{escape(round_.prompt.question)}*"
    if not round_.prompt.statements:
        return question
    return f"{question}\nHow far do you agree with these? Anything may stay at _Not said_."


def _no_preview_yet() -> Block:
    return section(
        "How it would read:", block_id=PREVIEW_BLOCK, accessory=button("Preview the quote", "quote.preview")
    )


def text_field(
    label: str,
    *,
    hint: str = "Nobody reads this, unless you allow a quote below. Writing it down helps with what follows.",
    optional: bool = True,
) -> Block:
    """Return the box for an answer in one's own words."""
    return input_block(
        TEXT_BLOCK,
        label,
        {
            "type": "plain_text_input",
            "action_id": "text",
            "multiline": True,
            "max_length": TEXT_LIMIT,
            "placeholder": plain("A sentence or two is plenty. No names, please."),
        },
        hint=hint,
        optional=optional,
    )


def quote_blocks(round_: Round) -> list[Block]:
    """Return the tick that a text may be quoted, and the place of its preview."""
    policy = round_.policy
    tick = {
        "type": "checkboxes",
        "action_id": "allow",
        "options": [
            option(
                "My text may be quoted, without a name",
                "yes",
                f"Only if {policy.quote_replies} or more reply and {policy.quotes_allowed} or more allow it.",
            )
        ],
    }
    return [
        input_block(QUOTE_BLOCK, "May we quote it?", tick, optional=True),
        section(
            "The names of people in this channel, links and addresses are taken out. Your wording may still be recognised.",
            block_id=PREVIEW_BLOCK,
            accessory=button("Preview the quote", "quote.preview"),
        ),
    ]


def statement_field(
    statement: Statement, label: str = "", choices: Sequence[tuple[str, str]] = SCALE
) -> Block:
    """Return a statement with its answers, which starts at *Not said*; ``label`` stands in place of its words."""
    options = [option(text, value) for value, text in choices]
    first = next((one for one in options if one["value"] == NOT_SAID), options[0])
    select = {"type": "static_select", "action_id": "answer", "options": options, "initial_option": first}
    return input_block(f"{STATEMENT_PREFIX}{statement.id}", label or statement.text, select)


def tags_field(round_: Round, label: str) -> Block:
    """Return the tags of a question, of which two may be chosen."""
    choices = {
        "type": "multi_static_select",
        "action_id": "tags",
        "placeholder": plain("Choose up to two"),
        "max_selected_items": MAX_TAGS,
        "options": [option(tag.text, tag.id) for tag in round_.prompt.tags],
    }
    hint = "Counted with the others’ choices, and shown only when several people chose the same."
    return input_block(TAGS_BLOCK, label, choices, hint=hint, optional=True)


def tenure_field(round_: Round) -> Block:
    """Return the question how long somebody has been in the team."""
    options = [option(label, group.value) for group, label in TENURES]
    select = {
        "type": "static_select",
        "action_id": "tenure",
        "options": options,
        "initial_option": options[0],
    }
    least = number_in_words(round_.policy.threshold)
    return input_block(
        TENURE_BLOCK,
        "How long have you been in this team?",
        select,
        hint="The channel sees two numbers, for newer and for longer here: shown only if at least "
        f"{least} people of each group answer a statement. Otherwise all are counted together. How long you "
        "have been here is never shown beside a quote.",
    )


def _how_to_change(round_: Round) -> Block:
    return context(
        f"You can change or withdraw it {until(round_)}, with the receipt that you get after *Send*. Keep that at "
        "once: if the bot restarts first, it is lost."
    )
