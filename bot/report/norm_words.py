"""The sentences of the report about norms: the same words as in Slack, for a page that is kept."""

from collections.abc import Sequence

from bot.core.model import Outcome, Round, RoundKind
from bot.core.norms import Norm, NormState, NormStep
from bot.core.release import LEAST_PROPOSALS, Count, Published
from bot.core.summary import count_in_words
from bot.report.words import day_of, withheld_text

LEDGER_MEANS = (
    "Proposals were published without names, three or more together. Of each, everybody could say that they "
    "would try it, or that they see harm in it. What most would try was tried for four weeks, unless more "
    "than a few saw harm in it. Then the channel looked again: keep it, change it, or let it go. There is no "
    "other way into this list, for nobody, and no name stands in it."
)
STEP_WORDS = {
    NormState.PROPOSED: "proposed",
    NormState.TIED: "as many as others",
    NormState.CANDIDATE: "most support",
    NormState.TRYING: "tried from here on",
    NormState.KEPT: "kept",
    NormState.CHANGED: "changed: as it was, it ended",
    NormState.LET_GO: "let go",
    NormState.SET_ASIDE: "put to rest",
    NormState.TAKEN_DOWN: "taken down by an admin",
}
"""What a step in a history says; the same as in Slack."""

SUPPORTS = {
    RoundKind.CHOOSE: "would try it",
    RoundKind.DECIDE: "can live with it",
    RoundKind.CONSENT: "see no harm in it",
}
"""What those say who count, where a round asks for something else than agreement."""

OUTCOMES = {
    Outcome.KEEP: "The channel keeps it.",
    Outcome.CHANGE: "The channel changes it. As it was, it ended here; new proposals say how it shall be.",
    Outcome.LET_GO: "The channel lets it go.",
}

TELLING = {
    NormState.CANDIDATE: "{} went on, and was asked about next.",
    NormState.TIED: "{} had as many, and were asked about once more.",
    NormState.TRYING: "Nobody saw harm in it, as far as may be shown. So the channel tried it.",
    NormState.SET_ASIDE: "It rests: for a trial, nobody may see harm in it, as far as may be shown.",
}
"""What a round did to its proposals, with their short names; the first that applies is told."""


def support(count: Count, kind: RoundKind) -> str:
    """``5 of 14 agree``, or what a round of this kind asks for in its place."""
    return f"{count_in_words(count)} {SUPPORTS.get(kind, 'agree')}"


def nothing_shown_text(round_: Round) -> str:
    """Why a round of any kind shows nothing, and what that means for a proposal."""
    match round_.prompt.kind:
        case RoundKind.COLLECT:
            return (
                f"Fewer than {LEAST_PROPOSALS} proposals were made, so none is shown, and what was written "
                "was destroyed. That is the rule that keeps small numbers safe."
            )
        case RoundKind.CHOOSE | RoundKind.DECIDE:
            return f"{withheld_text(round_)} The proposals stay."
        case RoundKind.CONSENT:
            return f"{withheld_text(round_)} So the proposal rests; it was not tried."
        case RoundKind.LOOK_AGAIN:
            return (
                "Too few chose to show anything, and what was written was destroyed. It stays as it is, and "
                "is asked about again."
            )
        case _:
            return withheld_text(round_)


def step_in_words(step: NormStep) -> str:
    """``most support, in round 8``; with the reason where an admin took it down."""
    where = f", in round {step.round}" if step.round else ""
    why = f": {step.reason}" if step.reason else ""
    return f"{STEP_WORDS[step.state]}{where}{why}"


def stands_in_words(norm: Norm) -> str:
    """Since when a norm is tried, and from when on the channel is asked again; empty where neither is so."""
    since = f"Since {day_of(norm.last.on)}." if norm.state is NormState.TRYING else ""
    again = norm.look_again_on
    asked = f"From {day_of(again)} on the channel is asked whether to keep it." if again else ""
    return " ".join(filter(None, [since, asked]))


def taken_down_text(norm: Norm | None) -> str:
    """What stands in place of the words of a proposal that was taken down."""
    if norm is None or norm.state is not NormState.TAKEN_DOWN:
        return "Taken down by an admin."
    return f"Taken down by an admin on {day_of(norm.last.on)}: {norm.last.reason}"


def decided_text(round_: Round, result: Published, ledger: Sequence[Norm]) -> str:
    """What became of the proposals by this round, from the ledger; empty where it says nothing."""
    if result.outcome:
        tie = " It was a tie, so the channel looks again after four weeks." if result.tied else ""
        return f"{OUTCOMES[result.outcome]}{tie}"
    if round_.prompt.kind is RoundKind.CHOOSE:
        return _chosen_text(result)
    made = [
        (step.state, norm.handle) for norm in ledger for step in norm.steps if step.round == round_.number
    ]
    return next((told for state in TELLING if (told := _told(state, made, round_.prompt.kind))), "")


def _chosen_text(result: Published) -> str:
    if not result.items:
        return "None was chosen."
    tie = "Another one had as many; of these the earlier letter was tried. " if result.tied else ""
    return f"{tie}So few saw harm in it that it cannot be shown. So the channel tried it."


def _told(state: NormState, made: Sequence[tuple[NormState, str]], kind: RoundKind) -> str:
    """What is told of the norms that a round brought to this state; empty where that is nothing."""
    handles = [handle for found, handle in made if found is state]
    if not handles or (state is NormState.SET_ASIDE and kind is not RoundKind.CONSENT):
        return ""
    return TELLING[state].format(" and ".join(handles))
