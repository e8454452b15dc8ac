"""Build sentences and buttons about a question that several features use."""

from collections.abc import Sequence

from bot.core.counts import WIDER_ENDS_FROM, merged_end
from bot.core.language import ENGLISH, Language
from bot.core.model import NormId, Round, RoundKind, RoundState, StatementId
from bot.core.norms import Norm, handle_of
from bot.slack.kit.builders import Block, button, confirm, danger_button


def proposes(round_: Round) -> bool:
    """Return whether members send proposals in this round; otherwise they send replies."""
    return round_.prompt.kind is RoundKind.COLLECT


def is_gathering(round_: Round) -> bool:
    """Return whether this is a suggestion box without a date yet: it is open until it is shown."""
    return round_.state is RoundState.GATHERING


def own_reply_buttons(round_: Round, language: Language) -> tuple[Block, Block]:
    """Return the buttons that change and withdraw a reply or a proposal."""
    if proposes(round_):
        change, withdraw = language.gettext("Change my proposal"), language.gettext("Withdraw my proposal")
        title = language.gettext("Withdraw your proposal?")
    else:
        change, withdraw = language.gettext("Change my reply"), language.gettext("Withdraw my reply")
        title = language.gettext("Withdraw your reply?")
    sure = confirm(
        title, _for_good(round_, language), language.gettext("Withdraw it"), language.gettext("Keep it")
    )
    return (
        button(change, "reply.change", round_.id),
        danger_button(withdraw, "reply.withdraw", round_.id, sure),
    )


def _for_good(round_: Round, language: Language) -> str:
    if is_gathering(round_):
        # Translators: a proposal is removed.
        return language.gettext(
            "It is removed for good. Until proposals are shown you can write another one."
        )
    # Translators: a reply or a proposal is removed.
    return language.gettext("It is removed for good. Until the question closes you can write another one.")


def most_wanted(language: Language = ENGLISH) -> str:
    """Return which proposal is tried, and when none is: both belong in every sentence about it.

    The most can be fewer than half, so it must not say "what most of us would try".
    """
    # Translators: {harm} and {more_harm} are numbers of people, such as “two” and “three”; {replies} a number.
    return language.gettext(
        "We try the one with the most “I would try it”, unless more than {harm} of us see harm in it ({more_harm}, "
        "from {replies} replies on).",
        harm=language.number_in_words(merged_end(WIDER_ENDS_FROM - 1)),
        more_harm=language.number_in_words(merged_end(WIDER_ENDS_FROM)),
        replies=language.number(WIDER_ENDS_FROM),
    )


def wanted_by_some(language: Language) -> str:
    """Return how many have to want what is tried."""
    return language.gettext("More than two (three) must want to try it, too.")


def handles_of(statements: Sequence[StatementId], ledger: Sequence[Norm]) -> dict[StatementId, str]:
    """Return the short name of each proposal: its handle in the ledger, otherwise one by its index."""
    known = {norm.id: norm.handle for norm in ledger}
    return {
        statement: known.get(NormId(statement), handle_of(place))
        for place, statement in enumerate(statements)
    }
