"""Choose the next prompt of a topic, and which of its statements is asked.

The criteria, in this order; each decides only among what the earlier ones leave:

 1. a prompt that the channel was not asked since the topic began again;
 2. the statement whose turn it is; if all prompts were asked, the statement asked least often;
 3. no reversed statement in two rounds in a row;
 4. no prompt with a lens if the cycle has had its share;
 5. the statement that fewest of these people were asked in about four weeks;
 6. the seat of the prompt in its topic.

The first two come first, so that nothing repeats while something else was not asked yet. The others are about
easy reading. Seats come last: they distribute lenses and reversed statements in advance, so that the other
criteria seldom decide.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.core.audiences import Shared, askable_of, may_ask
from bot.core.model import DimensionKey, Lens, Prompt, PromptPack, RoundPrompt, Statement, StatementId

LENS_EVERY = 3
"""One round in this many may have a prompt with a lens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A prompt with the statement of its own that is asked; None if all of its statements rest."""

    prompt: Prompt
    statement: Statement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How far the seats of a topic are shifted: its place in the cycle, and its number among the topics.

    Modulo three, the places of the six topics that come once in a cycle, and of the three that fill other
    places, are spread evenly over 0, 1 and 2. So every cycle has four rounds with a lens.
    """

    lens: int
    reversed: int


def turn_of(
    pack: PromptPack,
    topic: DimensionKey,
    asked: Sequence[RoundPrompt],
    shared: Shared,
    *,
    shift: Shift,
    lens_is_spent: bool,
) -> Turn:
    """Return the next prompt of a topic, with a statement that may be asked.

    If all statements of the topic rest, return the prompt whose turn it would be if nothing rested.
    ``asked``: what the channel was asked, oldest first.
    """
    own = [prompt for prompt in pack.prompts if prompt.dimension == topic]
    known = {prompt.id for prompt in pack.prompts}
    past = [prompt for prompt in asked if prompt.prompt_id in known]
    left, seats = _seats(own, shift, past)
    times = Counter(statement.id for one in past for statement in one.statements)
    reversed_before = bool(asked) and any(statement.reversed for statement in asked[-1].statements)
    numbers = {prompt.id: seat for seat, prompt in enumerate(seats)}

    def wishes(turn: tuple[Prompt, Statement, int]) -> tuple[int, ...]:
        prompt, statement, people = turn
        spent = prompt.id not in left
        return (
            spent,
            times[statement.id] if spent else _is_before_its_turn(prompt, statement, times),
            reversed_before and statement.reversed,
            lens_is_spent and has_lens(prompt),
            people,
            numbers[prompt.id],
            prompt.statements.index(statement),
        )

    every = [(prompt, one, shared(askable_of(one))) for prompt in seats for one in prompt.statements]
    best = min((one for one in every if may_ask(one[2])), key=wishes, default=None)
    if best is None:
        return Turn(prompt=min(((prompt, statement, 0) for prompt, statement, _ in every), key=wishes)[0])
    return Turn(prompt=best[0], statement=best[1])


def has_lens(prompt: Prompt | None) -> bool:
    """Return whether a prompt is worded from a point of view."""
    return prompt is not None and prompt.lens is not Lens.ALL


def _is_before_its_turn(prompt: Prompt, statement: Statement, times: Counter[StatementId]) -> bool:
    return statement != min(prompt.statements, key=lambda one: times[one.id])


def _seats(
    own: Sequence[Prompt], shift: Shift, past: Sequence[RoundPrompt]
) -> tuple[Collection[str], tuple[Prompt, ...]]:
    """Return the ids of a topic's prompts that are left in this pass, and all prompts in their order."""
    everything = frozenset(prompt.id for prompt in own)
    left, passes = everything, 0
    for prompt in past:
        left -= {prompt.prompt_id}
        if not left:
            left, passes = everything, passes + 1
    return left, _seated(own, shift, passes * len(own))


def _seated(prompts: Sequence[Prompt], shift: Shift, first_turn: int) -> tuple[Prompt, ...]:
    """Return a topic's prompts in the order in which its next turns ask them.

    Seats for a lens are every third turn, seats for a reversed statement every second, shifted from topic to
    topic. So in the cycle of twelve, one round in three has a lens, and no two neighbours have a reversed
    statement. Prompts that need special seats go first; each takes the fitting seat nearest to its place in
    the pack.
    """
    seats: dict[int, Prompt] = {}
    by_need = sorted(enumerate(prompts), key=lambda numbered: -_needs(numbered[1]))
    for index, prompt in by_need:
        seat = min(
            (seat for seat in range(len(prompts)) if seat not in seats),
            key=lambda seat: (_misfit(prompt, seat + first_turn, shift), abs(seat - index), seat),
        )
        seats[seat] = prompt
    return tuple(seats[seat] for seat in sorted(seats))


def _needs(prompt: Prompt) -> int:
    return 2 * _may_reverse(prompt) + has_lens(prompt)


def _misfit(prompt: Prompt, turn: int, shift: Shift) -> int:
    lens_seat = (turn + shift.lens) % LENS_EVERY == LENS_EVERY - 1
    plain_seat = (turn + shift.reversed) % 2 == 0
    return 2 * (_may_reverse(prompt) and plain_seat) + (has_lens(prompt) != lens_seat)


def _may_reverse(prompt: Prompt) -> bool:
    return any(statement.reversed for statement in prompt.statements)
