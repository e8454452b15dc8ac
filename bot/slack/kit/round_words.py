"""Build short phrases about a question that several features use."""

from collections.abc import Sequence

from bot.core.counts import WIDER_ENDS_FROM, merged_end
from bot.core.model import NormId, Round, RoundKind, RoundState, StatementId
from bot.core.norms import Norm, handle_of
from bot.core.numbers import number_in_words
from bot.slack.kit.builders import Block, button, confirm, danger_button, moment


def noun(round_: Round) -> str:
    """Return what a member sends in this round: a reply or a proposal."""
    return "proposal" if round_.prompt.kind is RoundKind.COLLECT else "reply"


def hand_in(round_: Round) -> str:
    """Return what a member can do after withdrawing."""
    return "reply again" if noun(round_) == "reply" else "hand in another one"


def until(round_: Round) -> str:
    """Return until when a member can send something. A suggestion box has no date yet."""
    if round_.state is RoundState.GATHERING:
        return "until it is shown"
    return f"until {moment(round_.closes_at, round_.zone)}"


def own_reply_buttons(round_: Round) -> tuple[Block, Block]:
    """Return the buttons that change and withdraw a reply or a proposal."""
    what = noun(round_)
    before = "proposals are shown" if round_.state is RoundState.GATHERING else "the question closes"
    sure = confirm(
        f"Withdraw your {what}?",
        f"It is removed for good. Until {before} you can write another one.",
        "Withdraw it",
        "Keep it",
    )
    return (
        button(f"Change my {what}", "reply.change", round_.id),
        danger_button(f"Withdraw my {what}", "reply.withdraw", round_.id, sure),
    )


UNLESS_HARM = (
    f"unless more than {number_in_words(merged_end(WIDER_ENDS_FROM - 1))} of us see harm in it "
    f"({number_in_words(merged_end(WIDER_ENDS_FROM))}, from {WIDER_ENDS_FROM} replies on)"
)
"""When a proposal is not tried. It belongs in every sentence that says when a proposal is tried."""

MOST_WANTED = f"We try the one with the most “I would try it”, {UNLESS_HARM}."
"""Which proposal is tried. The most can be fewer than half, so it must not say "what most of us would try"."""

WANTED_BY_SOME = "More than two (three) must want to try it, too."
"""How many have to want what is tried."""


def handles_of(statements: Sequence[StatementId], ledger: Sequence[Norm]) -> dict[StatementId, str]:
    """Return the short name of each proposal: its handle in the ledger, otherwise one by its index."""
    known = {norm.id: norm.handle for norm in ledger}
    return {
        statement: known.get(NormId(statement), handle_of(place))
        for place, statement in enumerate(statements)
    }
