"""Build the forms with which a channel makes its own rules: suggest, decide, look again.

Two more forms are for rounds that an earlier version opened, in which a channel decided in two steps.
"""

from collections.abc import Callable, Sequence

from bot.core.choosing import SEES_HARM, WOULD_TRY
from bot.core.counts import WIDER_ENDS_FROM
from bot.core.language import ENGLISH, N_, Language
from bot.core.model import NormId, Round, RoundKind, StatementId, SupportCard
from bot.core.norms import Norm, NormState
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
from bot.slack.kit.round_words import handles_of, is_gathering, most_wanted, proposes, wanted_by_some
from bot.slack.reply import field_blocks as fields
from bot.slack.reply.blocks import form, preview_block, reply_form

PROPOSAL_LIMIT = 300
"""The longest proposal, in characters. Nobody would remember a longer rule."""

BOX_QUESTION = N_("What could we try together for four weeks?")
"""The question of a suggestion box, which takes suggestions at any time."""

CHOOSE_CHOICES: fields.Choices = (
    (str(WOULD_TRY), N_("I would try it")),
    (str(SEES_HARM), N_("I see harm in it")),
    (fields.NOT_SAID, fields.NOTHING_SAID),
)
CONSENT_CHOICES: fields.Choices = (
    ("5", N_("I can live with it")),
    # Translators: I could live with it if something of it was changed.
    ("4", N_("I could with a change")),
    ("1", N_("I see harm in it")),
    (fields.NOT_SAID, N_("Rather not say")),
)
"""The choices in the order in which they are shown, each with its value in a reply."""

TOO_SHORT_TO_PROPOSE = N_(
    "_Too little is left once names and links are taken out. Please say in three words or more what we could do._"
)


def look_again_choices(language: Language) -> fields.Choices:
    """Return what may become of something that was tried, as choices like those above."""
    return (
        ("5", language.pgettext("what becomes of something that a team has agreed to try", "Keep it")),
        ("3", language.pgettext("what becomes of something that a team has agreed to try", "Change it")),
        ("1", language.pgettext("what becomes of something that a team has agreed to try", "Let it go")),
        (fields.NOT_SAID, language.gettext("Rather not say")),
    )


def form_of(
    round_: Round,
    support: SupportCard,
    metadata: str,
    ledger: Sequence[Norm] = (),
    *,
    change: bool = False,
    language: Language = ENGLISH,
) -> View:
    """Return the form of a round of any kind. ``ledger`` holds the norms of its channel."""
    kind = round_.prompt.kind
    if kind is RoundKind.REFLECT:
        return reply_form(round_, support, metadata, change=change, language=language)
    if _taken_down(round_, ledger):
        return notice(
            # Translators: the title of a notice, at most 24 characters.
            language.gettext("Taken down"),
            language.gettext("An admin has taken this proposal down, so there is nothing to decide."),
            language,
        )
    asked = _FIELDS[kind](round_, ledger, language)
    return form(round_, support, metadata, asked, change=change, language=language)


def question_of(round_: Round, language: Language) -> str:
    """Return the question of a round. Every suggestion box has the same question."""
    return language.gettext(BOX_QUESTION) if is_gathering(round_) else round_.prompt.question


def preview_of(round_: Round, redacted: str | None, language: Language) -> Block:
    """Return a preview of the text in a form, as everybody would read it."""
    too_short = ""
    if proposes(round_):
        too_short = language.gettext(TOO_SHORT_TO_PROPOSE)
    return preview_block(redacted, too_short, language)


def _propose(round_: Round, _: Sequence[Norm], language: Language) -> list[Block]:
    question = f"*{escape(question_of(round_, language))}*"
    public = " ".join([_made_public(round_, language), *fields.language_tells(round_, language)])
    box = {
        "type": "plain_text_input",
        "action_id": "text",
        "multiline": True,
        "max_length": PROPOSAL_LIMIT,
        # Translators: how a proposal of a team for itself may begin: When we meet, we begin with news.
        "placeholder": plain(language.gettext("When …, we …")),
    }
    hint = language.ngettext(
        "Up to {number} character. Something that we can try for four weeks, and stop again.",
        "Up to {number} characters. Something that we can try for four weeks, and stop again.",
        PROPOSAL_LIMIT,
    )
    return [
        section(f"{question}\n{public}"),
        input_block(fields.TEXT_BLOCK, language.gettext("Your proposal"), box, hint=hint),
        section(
            language.gettext(fields.TAKEN_OUT),
            block_id=fields.PREVIEW_BLOCK,
            # Translators: a button, at most 30 characters. It shows how a proposal would read.
            accessory=button(language.gettext("Preview it"), "quote.preview"),
        ),
    ]


def _made_public(round_: Round, language: Language) -> str:
    """Say that a proposal is published, when, and from how many on."""
    least = language.number_in_words(LEAST_PROPOSALS)
    if is_gathering(round_):
        return language.ngettext(
            "*You make this text public.* It is published without your name, among the others in no order, when a "
            "question of this channel closes. Under {number} proposal none is.",
            "*You make this text public.* It is published without your name, among the others in no order, when a "
            "question of this channel closes. Under {number} different proposals none is.",
            LEAST_PROPOSALS,
            number=least,
        )
    return language.ngettext(
        "*You make this text public.* It is published without your name, among the others in no order, {closes}. "
        "Under {number} proposal none is.",
        "*You make this text public.* It is published without your name, among the others in no order, {closes}. "
        "Under {number} different proposals none is.",
        LEAST_PROPOSALS,
        number=least,
        closes=moment(round_.closes_at, round_.zone, language),
    )


def _choose(round_: Round, ledger: Sequence[Norm], language: Language) -> list[Block]:
    # Translators: "Not said" is the answer that is translated as such.
    would_you_try = language.gettext(
        "*Would you try it for four weeks, or do you see harm in it?* Everything may be left at _Not said_."
    )
    return [
        section(would_you_try),
        *_proposals(round_, ledger, CHOOSE_CHOICES, language),
        context(f"{most_wanted(language)} {wanted_by_some(language)}\n{_seen(language)}"),
    ]


def _seen(language: Language) -> str:
    """Tell people in the form of a decision what the channel will see of it."""
    return language.ngettext(
        "The channel sees what is tried and one number: how many of all who replied would try it. How many see harm "
        "is never shown. Under {number} reply, two who both saw harm in what is tried know that nobody else did.",
        "The channel sees what is tried and one number: how many of all who replied would try it. How many see harm "
        "is never shown. Under {number} replies, two who both saw harm in what is tried know that nobody else did.",
        WIDER_ENDS_FROM,
    )


def _proposals(
    round_: Round, ledger: Sequence[Norm], choices: fields.Choices, language: Language
) -> list[Block]:
    """Return a field for each proposal by its handle, without those that were taken down."""
    statements = round_.prompt.statements
    handles = handles_of([statement.id for statement in statements], ledger)
    gone = {StatementId(norm.id) for norm in ledger if norm.state is NormState.TAKEN_DOWN}
    said = fields.said(choices, language)
    return [
        fields.statement_field(statement, said, f"{handles[statement.id]}.  {statement.text}")
        for statement in statements
        if statement.id not in gone
    ]


def _decide(round_: Round, ledger: Sequence[Norm], language: Language) -> list[Block]:
    return [
        section(
            language.gettext("*I can live with this for four weeks.* How far do you agree? Each is optional.")
        ),
        *_proposals(round_, ledger, fields.SCALE, language),
        fields.text_field(round_.prompt.question, language=language),
        *fields.quote_blocks(round_, language),
        *_tenure(round_, language),
    ]


def _consent(round_: Round, _: Sequence[Norm], language: Language) -> list[Block]:
    choices = fields.said(CONSENT_CHOICES, language)
    return [
        *_about(language.gettext("*The proposal, for four weeks*"), round_),
        *(
            fields.statement_field(statement, choices, language.gettext("Can you live with it?"))
            for statement in round_.prompt.statements
        ),
        *_tags(round_, language.gettext("If not quite: what speaks against it?"), language),
        fields.text_field(language.gettext("What would you change?"), language=language),
        *fields.quote_blocks(round_, language),
        *_tenure(round_, language),
        context(language.gettext("The channel sees one number: how many see no harm in it.")),
    ]


def _look_again(round_: Round, _: Sequence[Norm], language: Language) -> list[Block]:
    choices = look_again_choices(language)
    return [
        *_about(language.gettext("*What we agreed*"), round_),
        *(
            fields.statement_field(statement, choices, language.gettext("What should become of it?"))
            for statement in round_.prompt.statements
        ),
        *_tags(round_, language.gettext("When did it work less well?"), language),
        *([_noticed(language)] if round_.policy.quotes else []),
        context(language.gettext("The channel sees what is chosen most often, and not how many chose what.")),
    ]


def _noticed(language: Language) -> Block:
    hint = language.gettext(
        "Nobody reads this; it is destroyed when the question closes. Writing it down helps with the choice."
    )
    return fields.text_field(language.gettext("What did you notice?"), hint=hint, language=language)


def _about(heading: str, round_: Round) -> list[Block]:
    """Return the words that the channel decides about. The channel's message holds the pack's question."""
    return [section(f"{heading}\n{quoted(statement.text)}") for statement in round_.prompt.statements]


def _taken_down(round_: Round, ledger: Sequence[Norm]) -> bool:
    """Return whether everything that this round asks about has been taken down."""
    gone = {norm.id for norm in ledger if norm.state is NormState.TAKEN_DOWN}
    prompt = round_.prompt
    asked = {prompt.norm} if prompt.norm else {NormId(statement.id) for statement in prompt.statements}
    return bool(asked) and asked <= gone


def _tags(round_: Round, label: str, language: Language) -> list[Block]:
    return [fields.tags_field(round_, label, language)] if round_.prompt.tags else []


def _tenure(round_: Round, language: Language) -> list[Block]:
    return [fields.tenure_field(round_, language)] if round_.prompt.asks_tenure else []


_FIELDS: dict[RoundKind, Callable[[Round, Sequence[Norm], Language], list[Block]]] = {
    RoundKind.COLLECT: _propose,
    RoundKind.CHOOSE: _choose,
    RoundKind.DECIDE: _decide,
    RoundKind.CONSENT: _consent,
    RoundKind.LOOK_AGAIN: _look_again,
}
