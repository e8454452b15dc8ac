"""Build the forms with which a channel makes its own rules: suggest, decide, look again.

Two more forms are for rounds that an earlier version opened, in which a channel decided in two steps.
"""

from collections.abc import Callable, Sequence

from bot.core.choosing import SEES_HARM, WOULD_TRY
from bot.core.counts import WIDER_ENDS_FROM
from bot.core.model import NormId, Round, RoundKind, RoundState, StatementId, SupportCard
from bot.core.norms import Norm, NormState
from bot.core.numbers import number_in_words
from bot.core.release import LEAST_PROPOSALS
from bot.slack.kit.builders import (
    Block,
    View,
    button,
    context,
    escape,
    input_block,
    moment,
    notice,
    plain,
    quoted,
    section,
)
from bot.slack.kit.round_words import MOST_WANTED, WANTED_BY_SOME, handles_of
from bot.slack.reply import blocks as reply

PROPOSAL_LIMIT = 300
"""The longest proposal, in characters. Nobody would remember a longer rule."""

BOX_QUESTION = "What could we try together for four weeks?"
"""The question of a suggestion box, which takes suggestions at any time."""

NOT_SAID = ("none", "Not said")
CHOOSE_CHOICES = (
    (str(WOULD_TRY), "I would try it"),
    (str(SEES_HARM), "I see harm in it"),
    NOT_SAID,
)
CONSENT_CHOICES = (
    ("5", "I can live with it"),
    ("4", "I could with a change"),
    ("1", "I see harm in it"),
    ("none", "Rather not say"),
)
LOOK_AGAIN_CHOICES = (
    ("5", "Keep it"),
    ("3", "Change it"),
    ("1", "Let it go"),
    ("none", "Rather not say"),
)
"""The choices in the order in which they are shown, each with its value in a reply."""

TOO_SHORT_TO_PROPOSE = "_Too little is left once names and links are taken out. Please say in three words or more what we could do._"


def form_of(
    round_: Round, support: SupportCard, metadata: str, ledger: Sequence[Norm] = (), *, change: bool = False
) -> View:
    """Return the form of a round of any kind. ``ledger`` holds the norms of its channel."""
    kind = round_.prompt.kind
    if kind is RoundKind.REFLECT:
        return reply.reply_form(round_, support, metadata, change=change)
    if _taken_down(round_, ledger):
        return notice("Taken down", "An admin has taken this proposal down, so there is nothing to decide.")
    return reply.form(round_, support, metadata, _FIELDS[kind](round_, ledger), change=change)


def question_of(round_: Round) -> str:
    """Return the question of a round. Every suggestion box has the same question."""
    return BOX_QUESTION if round_.state is RoundState.GATHERING else round_.prompt.question


def preview_of(round_: Round, redacted: str | None) -> Block:
    """Return a preview of the text in a form, as everybody would read it."""
    if round_.prompt.kind is RoundKind.COLLECT:
        return reply.preview_block(redacted, TOO_SHORT_TO_PROPOSE)
    return reply.preview_block(redacted)


def _propose(round_: Round, _: Sequence[Norm]) -> list[Block]:
    least = number_in_words(LEAST_PROPOSALS)
    return [
        section(
            f"*{escape(question_of(round_))}*\n*You make this text public.* It is published without your name, "
            f"among the others in no order, {_shown_when(round_)}. Under {least} different proposals none is."
        ),
        input_block(
            reply.TEXT_BLOCK,
            "Your proposal",
            {
                "type": "plain_text_input",
                "action_id": "text",
                "multiline": True,
                "max_length": PROPOSAL_LIMIT,
                "placeholder": plain("When …, we …"),
            },
            hint=f"Up to {PROPOSAL_LIMIT} characters. Something that we can try for four weeks, and stop again.",
        ),
        section(
            "The names of people in this channel, links and addresses are taken out. Your wording may still be recognised.",
            block_id=reply.PREVIEW_BLOCK,
            accessory=button("Preview it", "quote.preview"),
        ),
    ]


def _shown_when(round_: Round) -> str:
    if round_.state is RoundState.GATHERING:
        return "when a question of this channel closes"
    return moment(round_.closes_at, round_.zone)


def _choose(round_: Round, ledger: Sequence[Norm]) -> list[Block]:
    return [
        section(
            "*Would you try it for four weeks, or do you see harm in it?* Everything may be left at "
            f"_{NOT_SAID[1]}_."
        ),
        *_proposals(round_, ledger, CHOOSE_CHOICES),
        context(f"{MOST_WANTED} {WANTED_BY_SOME}\n{SEEN}"),
    ]


SEEN = (
    "The channel sees what is tried and one number: how many of all who replied would try it. How many see harm "
    f"is never shown. Under {WIDER_ENDS_FROM} replies, two who both saw harm in what is tried know that nobody "
    "else did."
)
"""Tells people in the form of a decision what the channel will see of it."""


def _proposals(
    round_: Round, ledger: Sequence[Norm], choices: Sequence[tuple[str, str]] = reply.SCALE
) -> list[Block]:
    """Return a field for each proposal by its handle, without those that were taken down."""
    statements = round_.prompt.statements
    handles = handles_of([statement.id for statement in statements], ledger)
    gone = {StatementId(norm.id) for norm in ledger if norm.state is NormState.TAKEN_DOWN}
    return [
        reply.statement_field(statement, f"{handles[statement.id]}.  {statement.text}", choices)
        for statement in statements
        if statement.id not in gone
    ]


def _decide(round_: Round, ledger: Sequence[Norm]) -> list[Block]:
    return [
        section("*I can live with this for four weeks.* How far do you agree? Each is optional."),
        *_proposals(round_, ledger),
        reply.text_field(round_.prompt.question),
        *reply.quote_blocks(round_),
        *_tenure(round_),
    ]


def _consent(round_: Round, _: Sequence[Norm]) -> list[Block]:
    return [
        *_about("The proposal, for four weeks", round_),
        *(
            reply.statement_field(statement, "Can you live with it?", CONSENT_CHOICES)
            for statement in round_.prompt.statements
        ),
        *_tags(round_, "If not quite: what speaks against it?"),
        reply.text_field("What would you change?"),
        *reply.quote_blocks(round_),
        *_tenure(round_),
        context("The channel sees one number: how many see no harm in it."),
    ]


def _look_again(round_: Round, _: Sequence[Norm]) -> list[Block]:
    return [
        *_about("What we agreed", round_),
        *(
            reply.statement_field(statement, "What should become of it?", LOOK_AGAIN_CHOICES)
            for statement in round_.prompt.statements
        ),
        *_tags(round_, "When did it work less well?"),
        *([_noticed()] if round_.policy.quotes else []),
        context("The channel sees what is chosen most often, and not how many chose what."),
    ]


def _noticed() -> Block:
    return reply.text_field(
        "What did you notice?",
        hint="Nobody reads this; it is destroyed when the question closes. Writing it down helps with the choice.",
    )


def _about(heading: str, round_: Round) -> list[Block]:
    """Return the words that the channel decides about. The channel's message holds the pack's question."""
    return [section(f"*{heading}*\n{quoted(statement.text)}") for statement in round_.prompt.statements]


def _taken_down(round_: Round, ledger: Sequence[Norm]) -> bool:
    """Return whether everything that this round asks about has been taken down."""
    gone = {norm.id for norm in ledger if norm.state is NormState.TAKEN_DOWN}
    prompt = round_.prompt
    asked = {prompt.norm} if prompt.norm else {NormId(statement.id) for statement in prompt.statements}
    return bool(asked) and asked <= gone


def _tags(round_: Round, label: str) -> list[Block]:
    return [reply.tags_field(round_, label)] if round_.prompt.tags else []


def _tenure(round_: Round) -> list[Block]:
    return [reply.tenure_field(round_)] if round_.prompt.asks_tenure else []


_FIELDS: dict[RoundKind, Callable[[Round, Sequence[Norm]], list[Block]]] = {
    RoundKind.COLLECT: _propose,
    RoundKind.CHOOSE: _choose,
    RoundKind.DECIDE: _decide,
    RoundKind.CONSENT: _consent,
    RoundKind.LOOK_AGAIN: _look_again,
}
