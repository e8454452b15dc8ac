"""Which prompt next: the cycle of twelve, no repeats until a topic's prompts are spent.

Nine rounds of a cycle are reflections. In the three others a channel changes how it works: it collects
proposals, decides, and looks again (``core.cocreate``); what the norm ledger asks for comes out of turn.

Everything follows from the pack and from what a channel was asked before; nothing is drawn by chance, so
that anyone can check why a prompt came. The order serves three wishes at once: prompts with a lens are at
most one in three of a cycle, reversed statements never come two rounds running, and whatever the history
(a pack that changed, a round that was cancelled), nothing repeats while something is left unasked.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.core.audiences import Shared, may_ask, nobody, statement_of, statements_of, tags_of
from bot.core.cocreate import Agenda, carry, collect, decide, look_again, out_of_turn
from bot.core.model import (
    DimensionKey,
    Item,
    Lens,
    Prompt,
    PromptId,
    PromptPack,
    RoundId,
    RoundKind,
    RoundPrompt,
)
from bot.core.summary import Finding

NOTHING = Agenda()
"""No norm, and no day: only the cycle counts."""

LENS_EVERY = 3
"""One round in so many may have a prompt with a lens."""

REST_FROM = 6
"""A cycle of so many rounds or more is followed by a rest; a pack of few topics has no such cycle."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Next:
    """The place that comes next in a pack's cycle, and what was asked in this cycle so far."""

    slots: tuple[Slot, ...]
    place: int
    running: tuple[RoundPrompt, ...]

    @property
    def slot(self) -> Slot:
        return self.slots[self.place]


def choose(
    pack: PromptPack,
    asked: Sequence[RoundPrompt],
    finding: Finding | None = None,
    agenda: Agenda = NOTHING,
    shared: Shared = nobody,
) -> RoundPrompt | None:
    """The prompt that a channel is asked next: question, own statement, anchor, partner anchor, tags.

    ``asked``: what the channel was asked so far, oldest first; prompts that the pack does not hold are passed
    over. ``finding``: what its last summary named. ``agenda``: its norm ledger and the day; what this asks
    for comes first. ``shared``: how many of the people were asked a statement lately; what rests is left out,
    and None where nothing is left. Raises ``ValueError`` for a pack without prompts.
    """
    found = _choose(pack, asked, finding, agenda, shared)
    return None if found is None else _without_resting(found, shared)


def _without_resting(prompt: RoundPrompt, shared: Shared) -> RoundPrompt | None:
    if prompt.kind is RoundKind.COLLECT:
        return prompt
    if prompt.kind is not RoundKind.REFLECT:
        resting = not all(may_ask(shared(one)) for one in statements_of(prompt, RoundId("")))
        return None if resting else prompt
    items = tuple(one for one in prompt.items if may_ask(shared(statement_of(one))))
    tags = prompt.tags if may_ask(shared(tags_of(prompt.dimension))) else ()
    return replace(prompt, items=items, tags=tags) if items or not prompt.items else None


def _choose(
    pack: PromptPack,
    asked: Sequence[RoundPrompt],
    finding: Finding | None,
    agenda: Agenda,
    shared: Shared,
) -> RoundPrompt | None:
    upcoming = _upcoming(pack, asked, finding, agenda)
    reflects_next = upcoming.slot.kind is SlotKind.REFLECT
    before = asked[-1] if asked else None
    if found := out_of_turn(pack, agenda, reflects_next=reflects_next, before=before):
        return found
    if found := _co_create(pack, upcoming, asked, finding, agenda):
        return found
    known = {prompt.id: prompt for prompt in pack.prompts}
    past = [prompt for prompt in asked if prompt.prompt_id in known]
    reflecting = [slot for slot in upcoming.slots if slot.kind is SlotKind.REFLECT]
    lenses = sum(_has_lens(known.get(prompt.prompt_id)) for prompt in upcoming.running)
    lens_is_spent = lenses >= max(1, len(reflecting) // LENS_EVERY)
    fitting = [
        prompt
        for prompt in _unspent(pack, upcoming.slot, reflecting.index(upcoming.slot), past)
        if may_ask(shared(statement_of(_due_item(prompt, past))))
    ]
    best = min(  # of those that fit equally well, the first
        fitting,
        key=lambda prompt: (_reversed_again(prompt, asked, past), lens_is_spent and _has_lens(prompt)),
        default=None,
    )
    if best is None:
        return None
    return _round_prompt(pack, upcoming.slot, best, asked, alone=len(reflecting) == 1)


def begins_cycle(
    pack: PromptPack,
    asked: Sequence[RoundPrompt],
    finding: Finding | None = None,
    agenda: Agenda = NOTHING,
) -> bool:
    """Whether a cycle has just ended, so that a rest is due before the next prompt; the first one needs none.

    Raises ``ValueError`` for a pack without prompts.
    """
    upcoming = _upcoming(pack, asked, finding, agenda)
    ids = _ids(pack)
    was_asked = any(prompt.prompt_id in ids for prompt in asked)
    return was_asked and upcoming.place == 0 and len(upcoming.slots) >= REST_FROM


def cycle_of(pack: PromptPack) -> tuple[Slot, ...]:
    """The rounds of a cycle in which this pack asks something, in order.

    Topics of the cycle for which the pack has no prompts are left out; topics of its own come last. Rounds of
    co-creation stand where the pack has prompts for one of their steps, and never first or side by side.
    """
    speaks = any(prompt.use for prompt in pack.co_create)
    there = {dimension.key for dimension in pack.dimensions}
    prompted = {prompt.dimension for prompt in pack.prompts}
    placed = {slot.dimension for slot in CYCLE}
    own = tuple(
        Slot(kind=SlotKind.REFLECT, dimension=dimension.key)
        for dimension in pack.dimensions
        if dimension.key in prompted - placed
    )
    slots: list[Slot] = []
    for slot in (*CYCLE[:-1], *own, CYCLE[-1]):
        if slot.dimension in prompted:
            slots.append(replace(slot, partner=slot.partner if slot.partner in there else None))
        elif speaks and slot.dimension is None and slots and slots[-1].dimension:
            slots.append(slot)
    return tuple(_apart(slots))


def reflections(pack: PromptPack) -> tuple[Slot, ...]:
    """The rounds of ``cycle_of`` that reflect on a topic."""
    return tuple(slot for slot in cycle_of(pack) if slot.kind is SlotKind.REFLECT)


def _ids(pack: PromptPack) -> frozenset[PromptId]:
    return frozenset((*(prompt.id for prompt in pack.prompts), *(prompt.id for prompt in pack.co_create)))


def _upcoming(
    pack: PromptPack, asked: Sequence[RoundPrompt], finding: Finding | None, agenda: Agenda
) -> _Next:
    slots = cycle_of(pack)
    if not slots:
        raise ValueError("a pack must have at least one prompt")
    upcoming = _after(pack, slots, asked)
    while upcoming.slot.kind is not SlotKind.REFLECT and not _co_create(
        pack, upcoming, asked, finding, agenda
    ):
        place = (upcoming.place + 1) % len(slots)
        upcoming = replace(upcoming, place=place, running=upcoming.running if place else ())
    return upcoming


def _after(pack: PromptPack, slots: tuple[Slot, ...], asked: Sequence[RoundPrompt]) -> _Next:
    """The place after the last prompt's; the first one when there was none, or its topic is no more."""
    ids, co_create = _ids(pack), {prompt.id for prompt in pack.co_create}
    order = [slot.dimension for slot in slots]
    at, running = -1, list[RoundPrompt]()
    for prompt in asked:
        if prompt.prompt_id not in ids or not prompt.in_turn:
            continue
        sought = None if prompt.prompt_id in co_create else prompt.dimension
        ahead = [place for place in range(at + 1, len(slots)) if order[place] == sought]
        if not ahead:  # a new cycle
            running = []
            ahead = [place for place, dimension in enumerate(order) if dimension == sought]
        at = ahead[0] if ahead else -1
        running.append(prompt)
    place = (at + 1) % len(slots)
    return _Next(slots=slots, place=place, running=tuple(running) if place else ())


def _co_create(
    pack: PromptPack,
    upcoming: _Next,
    asked: Sequence[RoundPrompt],
    finding: Finding | None,
    agenda: Agenda,
) -> RoundPrompt | None:
    """What a round of co-creation asks in this place of the cycle; None where it has nothing to ask."""
    match upcoming.slot.kind:
        case SlotKind.COLLECT:
            return collect(pack, asked, finding)
        case SlotKind.DECIDE:
            return decide(pack, agenda, in_turn=True)
        case SlotKind.LOOK_AGAIN:
            return look_again(pack, agenda, in_turn=True) or carry(pack, finding)
        case _:
            return None


def _has_lens(prompt: Prompt | None) -> bool:
    return prompt is not None and prompt.lens is not Lens.ALL


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


def _unspent(pack: PromptPack, slot: Slot, place: int, past: Sequence[RoundPrompt]) -> tuple[Prompt, ...]:
    """The topic's prompts that are left before it begins anew, in the order in which they are seated."""
    own = tuple(prompt for prompt in pack.prompts if prompt.dimension == slot.dimension)
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
    return 2 * _may_reverse(prompt) + _has_lens(prompt)


def _misfit(prompt: Prompt, turn: int) -> int:
    lens_seat = turn % LENS_EVERY == LENS_EVERY - 1
    return 2 * (_may_reverse(prompt) and turn % 2 == 0) + (_has_lens(prompt) != lens_seat)


def _may_reverse(prompt: Prompt) -> bool:
    return any(item.reversed for item in prompt.items)


def _reversed_again(prompt: Prompt, asked: Sequence[RoundPrompt], past: Sequence[RoundPrompt]) -> bool:
    """Whether this would be the second round running with a reversed statement."""
    before = bool(asked) and any(item.reversed for item in asked[-1].items)
    return before and _due_item(prompt, past).reversed


def _due_item(prompt: Prompt, past: Sequence[RoundPrompt]) -> Item:
    """The prompt's own statement; where it has two, they take turns."""
    times = Counter(item.id for asked in past if asked.prompt_id == prompt.id for item in asked.items)
    return min(prompt.items, key=lambda item: times[item.id])


def _round_prompt(
    pack: PromptPack, slot: Slot, prompt: Prompt, asked: Sequence[RoundPrompt], *, alone: bool
) -> RoundPrompt:
    """The prompt with its anchors, but for one that the round before asked: never two rounds running.

    A pack of one topic (``alone``) has nothing else to repeat.
    """
    dimension = pack.dimension(prompt.dimension)
    anchors = [dimension.anchor, *([pack.dimension(slot.partner).anchor] if slot.partner else [])]
    just_asked = {item.id for item in asked[-1].items} if asked and not alone else set[str]()
    return RoundPrompt(
        prompt_id=prompt.id,
        dimension=dimension.key,
        label=dimension.label,
        side=dimension.side,
        question=prompt.question,
        items=(_due_item(prompt, asked), *(one for one in anchors if one.id not in just_asked)),
        tags=dimension.tags,
    )
