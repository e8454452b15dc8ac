"""Which prompt next: the cycle of twelve, no repeats until a topic's prompts are spent.

Everything follows from the pack and from what a channel was asked before; nothing is drawn by chance, so
that anyone can check why a prompt came. The order serves three wishes at once: prompts with a lens are at
most one in three of a cycle, reversed statements never come two rounds running, and whatever the history
(a pack that changed, a round that was cancelled), nothing repeats while something is left unasked.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.core.model import Dimension, DimensionKey, Item, Lens, Prompt, PromptPack, RoundPrompt

LENS_EVERY = 3
"""One round in so many may have a prompt with a lens."""


class SlotKind(StrEnum):
    """What a round of the cycle is for."""

    REFLECT = "reflect"
    COLLECT = "collect"
    DECIDE = "decide"
    LOOK_AGAIN = "look_again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place in the cycle. A reflection has its topic and, but for the ground, a partner."""

    kind: SlotKind
    dimension: DimensionKey | None = None
    partner: DimensionKey | None = None


def _reflect(dimension: str, partner: str | None = None) -> Slot:
    return Slot(
        kind=SlotKind.REFLECT,
        dimension=DimensionKey(dimension),
        partner=DimensionKey(partner) if partner else None,
    )


CYCLE = (
    _reflect("welcome", "cocreate"),
    _reflect("safety"),
    _reflect("door", "stake"),
    Slot(kind=SlotKind.COLLECT),
    _reflect("cocreate", "welcome"),
    _reflect("circle", "door"),
    _reflect("wellbeing"),
    Slot(kind=SlotKind.DECIDE),
    _reflect("norms", "welcome"),
    _reflect("newcomers", "door"),
    _reflect("stake", "welcome"),
    Slot(kind=SlotKind.LOOK_AGAIN),
)
"""The twelve rounds of a cycle, so ordered that no anchor comes in two rounds running."""


def choose(pack: PromptPack, asked: Sequence[RoundPrompt]) -> RoundPrompt:
    """The prompt that a channel is asked next: question, own statement, anchor, partner anchor, tags.

    ``asked``: what the channel was asked so far, oldest first; prompts that the pack does not hold are passed
    over. Raises ``ValueError`` for a pack without prompts.
    """
    slots = reflections(pack)
    if not slots:
        raise ValueError("a pack must have at least one prompt")
    known = {prompt.id: prompt for prompt in pack.prompts}
    past = [prompt for prompt in asked if prompt.prompt_id in known]
    place = _next_place(slots, past)
    running = past[len(past) - min(place, len(past)) :]
    lenses = sum(known[prompt.prompt_id].lens is not Lens.ALL for prompt in running)
    lens_is_spent = lenses >= max(1, len(slots) // LENS_EVERY)
    best = min(  # of those that fit equally well, the first
        _unspent(pack, slots, place, past),
        key=lambda prompt: (
            _reversed_again(prompt, past),
            lens_is_spent and prompt.lens is not Lens.ALL,
        ),
    )
    return _round_prompt(pack, slots[place], best, past)


def reflections(pack: PromptPack) -> tuple[Slot, ...]:
    """The rounds of a cycle in which this pack asks something, in order.

    Topics of the cycle for which the pack has no prompts are left out; topics of its own come last.
    """
    prompted = {prompt.dimension for prompt in pack.prompts}
    there = {dimension.key for dimension in pack.dimensions}
    usual = tuple(
        Slot(
            kind=slot.kind,
            dimension=slot.dimension,
            partner=slot.partner if slot.partner in there else None,
        )
        for slot in CYCLE
        if slot.dimension in prompted
    )
    placed = {slot.dimension for slot in usual}
    own = tuple(
        Slot(kind=SlotKind.REFLECT, dimension=dimension.key)
        for dimension in pack.dimensions
        if dimension.key in prompted - placed
    )
    return tuple(_apart(usual + own))


def _apart(slots: Sequence[Slot]) -> Iterator[Slot]:
    """The slots without partners whose statement the round before or after asks: never two rounds running.

    Two results of one statement, so close together, differ by the few who came or went. In the full cycle
    the rounds of co-creation stand between; where these are not asked, the neighbours meet.
    """
    before = slots[-1] if slots else None
    for slot, following in zip(slots, [*slots[1:], *slots[:1]], strict=True):
        near = {following.dimension, *((before.dimension, before.partner) if before else ())}
        before = replace(slot, partner=None) if slot.partner in near else slot
        yield before


def _next_place(slots: Sequence[Slot], past: Sequence[RoundPrompt]) -> int:
    """The place in the cycle after the last prompt's; the first one when there was none."""
    if not past:
        return 0
    order = [slot.dimension for slot in slots]
    return (order.index(past[-1].dimension) + 1) % len(slots) if past[-1].dimension in order else 0


def _unspent(
    pack: PromptPack, slots: Sequence[Slot], place: int, past: Sequence[RoundPrompt]
) -> tuple[Prompt, ...]:
    """The topic's prompts that are left before it begins anew, in the order in which they are seated."""
    own = tuple(prompt for prompt in pack.prompts if prompt.dimension == slots[place].dimension)
    everything = frozenset(prompt.id for prompt in own)
    left, passes = everything, 0
    for prompt in past:
        left -= {prompt.prompt_id}
        if not left:
            left, passes = everything, passes + 1
    return tuple(prompt for prompt in _seated(own, place, passes * len(own)) if prompt.id in left)


def _seated(prompts: Sequence[Prompt], place: int, first_cycle: int) -> tuple[Prompt, ...]:
    """A topic's prompts in the order in which its next cycles ask them.

    Seats for a lens fall on every third cycle, for a reversed statement on every second, shifted by the
    topic's place in the cycle: with nine topics, one round in three has a lens and no two neighbours a
    reversed statement. Prompts that are hard to seat go first; each takes the fitting seat nearest to the
    one that its author gave it.
    """
    seats: dict[int, Prompt] = {}
    by_need = sorted(enumerate(prompts), key=lambda numbered: -_needs(numbered[1]))
    for index, prompt in by_need:
        seat = min(
            (seat for seat in range(len(prompts)) if seat not in seats),
            key=lambda seat: (_misfit(prompt, seat + first_cycle + place), abs(seat - index), seat),
        )
        seats[seat] = prompt
    return tuple(seats[seat] for seat in sorted(seats))


def _needs(prompt: Prompt) -> int:
    return 2 * _may_reverse(prompt) + (prompt.lens is not Lens.ALL)


def _misfit(prompt: Prompt, turn: int) -> int:
    has_lens = prompt.lens is not Lens.ALL
    lens_seat = turn % LENS_EVERY == LENS_EVERY - 1
    return 2 * (_may_reverse(prompt) and turn % 2 == 0) + (has_lens != lens_seat)


def _may_reverse(prompt: Prompt) -> bool:
    return any(item.reversed for item in prompt.items)


def _reversed_again(prompt: Prompt, past: Sequence[RoundPrompt]) -> bool:
    """Whether this would be the second round running with a reversed statement."""
    before = bool(past) and any(item.reversed for item in past[-1].items)
    return before and _due_item(prompt, past).reversed


def _due_item(prompt: Prompt, past: Sequence[RoundPrompt]) -> Item:
    """The prompt's own statement; where it has two, they take turns."""
    times = Counter(item.id for asked in past if asked.prompt_id == prompt.id for item in asked.items)
    return min(prompt.items, key=lambda item: times[item.id])


def _round_prompt(pack: PromptPack, slot: Slot, prompt: Prompt, past: Sequence[RoundPrompt]) -> RoundPrompt:
    dimension = pack.dimension(prompt.dimension)
    anchors: tuple[Dimension, ...] = (dimension,)
    if slot.partner:
        anchors += (pack.dimension(slot.partner),)
    return RoundPrompt(
        prompt_id=prompt.id,
        dimension=dimension.key,
        label=dimension.label,
        side=dimension.side,
        question=prompt.question,
        items=(_due_item(prompt, past), *(anchor.anchor for anchor in anchors)),
        tags=dimension.tags,
    )
