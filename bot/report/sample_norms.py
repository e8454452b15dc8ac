"""Invent the proposals and decisions of the channel of ``sample``, and its answers when it looks again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from bot.core.choosing import SEES_HARM, WOULD_TRY
from bot.core.model import NormId, Outcome, Round, RoundKind, Statement, StatementId, TagId
from bot.core.norms import Norm, NormState, NormStep, advance, settle
from bot.core.release import VOTES, Published, Release
from bot.core.replies import Reply

NAMED = "Robin should not lead the planning."
"""A proposal that names somebody, so an admin takes it down."""

REASON = "It names a colleague."

PROPOSALS = (
    (
        "When we decide in a call, we post it here the same day, and until when it can still change.",
        "When we plan, the first ten minutes are for writing, each for ourselves.",
        "When somebody joins, two of us who do not lead them eat with them in their first week.",
        "When we say thanks, we also name one piece of quiet work.",
    ),
    (
        "When an agenda is made, its last point belongs to whoever joined within the last year.",
        "When a meeting lies outside somebody's hours, we move it or write it down.",
        "When somebody asks a thing twice, we change the page and not the person.",
        NAMED,
    ),
)
"""The proposals of two collections, which alternate. The first proposal of each is tried."""

SUPPORT = (13, 9, 7, 5)
"""How many of 15 people would try each proposal of a collection."""

DECIDERS = 15
HARM = 1
"""How many of 15 people see harm in each proposal."""

OUTCOMES = (Outcome.KEEP, Outcome.CHANGE)
"""The outcomes of the two norms that were tried, in turn."""

CYCLE_ROUNDS = 14
"""The rounds in a cycle of the invented channel: twelve rounds, a decision, and one to look again."""

_PLACES = {text: place for texts in PROPOSALS for place, text in enumerate(texts)}


def norm_replies(round_: Round) -> Iterator[Reply]:
    """Invent the replies of a round in which the channel changes how it works."""
    match round_.prompt.kind:
        case RoundKind.COLLECT:
            for text in PROPOSALS[_turn(round_)]:
                yield Reply(answers={}, text=text, quotable=True)
        case RoundKind.CHOOSE:
            for person in range(DECIDERS):
                choices = {one.id: _choice_of(one, person) for one in round_.prompt.statements}
                yield Reply(answers={statement: answer for statement, answer in choices.items() if answer})
        case _:
            (statement,) = round_.prompt.statements
            for person in range(DECIDERS):
                answers, tag = _choice(round_, statement, person)
                yield Reply(answers=answers, tags=(tag,) if tag else ())


def written(round_: Round, found: Release, ledger: dict[NormId, Norm], on: date) -> Release:
    """Store in the ledger how a result changes the norms. Return the result without words taken down.

    ``on``: the day on which the round closes. The proposal that names somebody is taken down two days later.
    """
    count = len(found.proposals) if isinstance(found, Published) else 0
    ids = [NormId(f"sample{round_.number:03}{place:03}") for place in range(count)]
    for norm in settle(round_, found, tuple(ledger.values()), on, ids):
        if norm.text == NAMED and norm.state is NormState.PROPOSED:
            step = NormStep(state=NormState.TAKEN_DOWN, on=on + timedelta(days=2), reason=REASON)
            norm = replace(advance(norm, step), text="")  # noqa: PLW2901 - the norm without its words is stored
        ledger[norm.id] = norm
    if not isinstance(found, Published) or NAMED not in found.proposals:
        return found
    return replace(found, proposals=tuple("" if text == NAMED else text for text in found.proposals))


def _turn(round_: Round) -> int:
    """Return the index of the collection to which this round belongs. Each cycle has one collection."""
    return (round_.number - 1) // CYCLE_ROUNDS % len(PROPOSALS)


def _choice_of(statement: Statement, person: int) -> int | None:
    """Return what a person says about a proposal; None if nothing."""
    if person < SUPPORT[_PLACES[statement.text]]:
        return WOULD_TRY
    return SEES_HARM if person >= DECIDERS - HARM else None


def _choice(round_: Round, statement: Statement, person: int) -> tuple[dict[StatementId, int], TagId | None]:
    tags = round_.prompt.tags
    wins = person % 3 > 0
    outcome = OUTCOMES[_turn(round_)] if wins else Outcome.LET_GO
    return {statement.id: VOTES[outcome]}, tags[0].id if tags and person % 2 else None
