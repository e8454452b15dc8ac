"""Short words about a round that several features say."""

from collections.abc import Sequence

from bot.core.model import ItemId, NormId, Round, RoundKind, RoundState
from bot.core.norms import Norm, handle_of
from bot.core.release import WIDER_ENDS_FROM, merged_end
from bot.slack.kit.builders import (
    Block,
    confirm,
    moment,
    number_in_words,
)


def noun(round_: Round) -> str:
    """What one hands in: a reply, or a proposal."""
    return "proposal" if round_.prompt.kind is RoundKind.COLLECT else "reply"


def until(round_: Round) -> str:
    """Until when something can be handed in; a box that takes suggestions has no date yet."""
    if round_.state is RoundState.GATHERING:
        return "until it is shown"
    return f"until {moment(round_.closes_at, round_.zone)}"


def withdraw_question(round_: Round) -> Block:
    """Asked before a reply or a proposal is withdrawn."""
    return confirm(
        f"Withdraw your {noun(round_)}?",
        "It is removed for good. Until the round closes you can write another one.",
        "Withdraw it",
        "Keep it",
    )


UNLESS_HARM = (
    f"unless more than {number_in_words(merged_end(WIDER_ENDS_FROM - 1))} of us see harm in it "
    f"({number_in_words(merged_end(WIDER_ENDS_FROM))}, from {WIDER_ENDS_FROM} replies on)"
)
"""When something is not tried; said wherever it is said that something is."""


def handles_of(items: Sequence[ItemId], ledger: Sequence[Norm]) -> dict[ItemId, str]:
    """The short name of each proposal that a round weighs: as in the ledger, else by its place."""
    known = {norm.id: norm.handle for norm in ledger}
    return {item: known.get(NormId(item), handle_of(place)) for place, item in enumerate(items)}
