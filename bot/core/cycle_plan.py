"""Plan the order of a channel's rounds: which place of the cycle comes next, and what is asked there.

A pack with the topics of the cycle has twelve places. A question is asked at every place, even if there is
nothing to suggest or a topic is switched off. So a statement returns after four firings or more. In a weekly
rhythm it has then rested as long as it must (``core.audiences``). A pack with its own topics has its own
cycle, which asks these topics in turn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.core.model import DimensionKey, PromptId, PromptPack, RoundPrompt, Side

APART = 4
"""The smallest number of firings after which a statement is asked again."""

LEAST_TOPICS = 7
"""The fewest topics of the cycle with which a pack can fill twelve places, ``APART`` firings apart."""


class SlotKind(StrEnum):
    """The purpose of a place in the cycle."""

    REFLECT = "reflect"
    COLLECT = "collect"
    DECIDE = "decide"
    LOOK_AGAIN = "look_again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place in the cycle: its topic, and a partner topic on the other side, whose anchor is asked too.

    A place of co-creation has no own topic. ``filler``: the topic that is asked there if there is nothing to
    suggest, to decide, or to look at again.
    """

    kind: SlotKind
    dimension: DimensionKey | None = None
    partner: DimensionKey | None = None
    filler: DimensionKey | None = None

    @property
    def topic(self) -> DimensionKey | None:
        """The topic that is asked here, if there is one."""
        return self.dimension or self.filler


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflection:
    """A reflection at a place: its topic, and the topics whose anchors are asked."""

    dimension: DimensionKey
    anchors: tuple[DimensionKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """The next place, as an index into the slots, and what was asked in this cycle so far.

    ``last``: the index of the place before; None if nothing was asked yet.
    """

    at: int
    last: int | None
    running: tuple[RoundPrompt, ...]


def _reflect(dimension: str, partner: str | None = None) -> Slot:
    return Slot(
        kind=SlotKind.REFLECT,
        dimension=DimensionKey(dimension),
        partner=DimensionKey(partner) if partner else None,
    )


def _co_create(kind: SlotKind, filler: str) -> Slot:
    return Slot(kind=kind, filler=DimensionKey(filler))


CYCLE = (
    _reflect("welcome", "cocreate"),
    _reflect("safety"),
    _reflect("door", "norms"),
    _co_create(SlotKind.COLLECT, "newcomers"),
    _reflect("cocreate", "welcome"),
    _reflect("wellbeing"),
    _reflect("circle", "door"),
    _co_create(SlotKind.DECIDE, "safety"),
    _reflect("stake", "welcome"),
    _reflect("newcomers"),
    _reflect("norms", "door"),
    _co_create(SlotKind.LOOK_AGAIN, "wellbeing"),
)
"""The twelve places of a cycle. In this order every statement returns after ``APART`` firings or more.

At these places, only these fillers of the nine topics keep that distance.
"""

ABOUT_ME = frozenset(map(DimensionKey, ("welcome", "cocreate", "stake")))
"""The topics of paired rounds whose anchors say *I* or *me*. The anchors of the others are about the team.

A round pairs two topics of the same kind, so that a difference in the answers is about the two sides only.
"""

TOPICS = tuple(slot.dimension for slot in CYCLE if slot.dimension)
"""The nine topics of the cycle, in its order."""


def keeps_places(pack: PromptPack) -> bool:
    """Return whether a pack fills the twelve places. If not, its topics are asked in turn."""
    return len(_prompted(pack) & set(TOPICS)) >= LEAST_TOPICS


def cycle_of(pack: PromptPack) -> tuple[Slot, ...]:
    """Return the places of this pack's cycle, in order. Its own topics come after the nine topics.

    If a pack does not fill the twelve places, topics without prompts are left out. Places of co-creation are
    kept if the pack has a prompt for any step of it, but never as the first place or next to each other.
    """
    prompted = _prompted(pack)
    own = tuple(
        Slot(kind=SlotKind.REFLECT, dimension=dimension.key)
        for dimension in pack.dimensions
        if dimension.key in prompted - set(TOPICS)
    )
    every = (*CYCLE[:-1], *own, CYCLE[-1])
    return every if keeps_places(pack) else _apart(tuple(_spoken(pack, every)))


def reflections(pack: PromptPack) -> tuple[Slot, ...]:
    """Return the places of ``cycle_of`` with a topic that this pack has, with partners that it has."""
    prompted = _prompted(pack)
    return tuple(_known(pack, slot) for slot in cycle_of(pack) if slot.dimension in prompted)


def upcoming_in(pack: PromptPack, slots: Sequence[Slot], asked: Sequence[RoundPrompt]) -> Upcoming:
    """Return the place after that of the last prompt; the first place if there was no prompt.

    It is also the first place if no place has the topic of the last prompt any more. A prompt that was stored
    without its place counts as asked at the next place with its topic.
    """
    ids, co_create, keeps = ids_of(pack), {prompt.id for prompt in pack.co_create}, keeps_places(pack)
    last: int | None = None
    running = list[RoundPrompt]()
    for prompt in asked:
        if prompt.prompt_id not in ids or not prompt.in_turn:
            continue
        topic = None if prompt.prompt_id in co_create else prompt.dimension
        found = _place_of(slots, prompt, topic, keeps=keeps)
        if found is None:
            alike = [place for place, slot in enumerate(slots) if slot.dimension == topic]
            found = next((place for place in alike if last is None or place > last), next(iter(alike), None))
        if found is None or (last is not None and found <= last):  # a new cycle
            running = []
        last = found
        running.append(prompt)
    at = 0 if last is None else (last + 1) % len(slots)
    return Upcoming(at=at, last=last, running=tuple(running) if at else ())


def reflection_at(
    pack: PromptPack, slots: Sequence[Slot], at: int, asked: Sequence[RoundPrompt]
) -> Reflection | None:
    """Return the reflection at a place; None if there is none.

    If the topic of one of the twelve places is switched off, another topic replaces it: the one that was
    asked longest ago, among those that are not asked within ``APART`` firings before or after. Its anchor is
    left out if it would return too early.
    """
    slot = slots[at]
    if slot.topic in _prompted(pack):
        known = _known(pack, slot)
        assert slot.topic  # safe because no pack has a prompt without a topic
        return Reflection(dimension=slot.topic, anchors=tuple(filter(None, (slot.topic, known.partner))))
    return _stand_in(pack, slots, at, asked) if keeps_places(pack) else None


def ids_of(pack: PromptPack) -> frozenset[PromptId]:
    """Return the ids of all prompts of a pack, including those of co-creation."""
    return frozenset((*(prompt.id for prompt in pack.prompts), *(prompt.id for prompt in pack.co_create)))


def _prompted(pack: PromptPack) -> frozenset[DimensionKey]:
    return frozenset(prompt.dimension for prompt in pack.prompts)


def _known(pack: PromptPack, slot: Slot) -> Slot:
    """Return the slot, without its partner if the pack does not have that topic."""
    there = {dimension.key for dimension in pack.dimensions}
    return slot if slot.partner in there else replace(slot, partner=None)


def _spoken(pack: PromptPack, every: Sequence[Slot]) -> Iterator[Slot]:
    """Yield the slots in which a pack with its own cycle asks something."""
    prompted, speaks = _prompted(pack), any(prompt.use for prompt in pack.co_create)
    before: Slot | None = None
    for slot in every:
        if slot.dimension in prompted:
            before = _known(pack, slot)
        elif speaks and slot.dimension is None and before and before.dimension:
            before = replace(slot, filler=None)
        else:
            continue
        yield before


def _apart(slots: Sequence[Slot]) -> tuple[Slot, ...]:
    """Return the slots, without partners that would repeat a statement in under ``APART`` reflections.

    In a pack with few topics, topics come close to each other that are far apart in the cycle of twelve.
    """
    kept = [replace(slot, partner=None) for slot in slots]
    places = [place for place, slot in enumerate(slots) if slot.dimension]
    for number, place in enumerate(places):
        near = {places[(number + step) % len(places)] for step in range(1 - APART, APART)} - {place}
        comes = {key for other in near for key in (kept[other].dimension, kept[other].partner)}
        if len(places) >= APART and slots[place].partner not in comes:
            kept[place] = slots[place]
    return tuple(kept)


def _place_of(
    slots: Sequence[Slot], prompt: RoundPrompt, topic: DimensionKey | None, *, keeps: bool
) -> int | None:
    """Return the index of the place that was stored with a round, if the pack's cycle still has it."""
    if prompt.place is None or not 1 <= prompt.place <= len(slots):
        return None
    at = prompt.place - 1
    return at if keeps or slots[at].dimension == topic else None


def _stand_in(
    pack: PromptPack, slots: Sequence[Slot], at: int, asked: Sequence[RoundPrompt]
) -> Reflection | None:
    near = range(1, APART)
    ahead = [slots[(at + distance) % len(slots)] for distance in near]
    behind = [prompt for prompt in asked[-len(near) :] if prompt.reflects]
    mains = {slot.topic for slot in ahead} | {prompt.dimension for prompt in behind}
    free = [key for key in dict.fromkeys(slot.topic for slot in slots) if key not in mains]
    last = {prompt.dimension: place for place, prompt in enumerate(asked) if prompt.reflects}
    there = [key for key in free if key and key in _prompted(pack)]
    longest_ago = min(there, key=lambda key: last.get(key, -1), default=None)
    if longest_ago is None:
        return None
    asked_near = {statement.id for prompt in behind for statement in prompt.statements}
    comes = {key for slot in ahead for key in (slot.topic, slot.partner)}
    returns = longest_ago in comes or pack.dimension(longest_ago).anchor.id in asked_near
    anchors = (None if returns else longest_ago, _partner_of(pack, slots[at], longest_ago))
    return Reflection(dimension=longest_ago, anchors=tuple(filter(None, anchors)))


def _partner_of(pack: PromptPack, slot: Slot, topic: DimensionKey) -> DimensionKey | None:
    """Return the partner of the place, if it makes a pair with the topic that replaces the place's own topic.

    Two topics make a pair if they are on different sides, and both are about me or both about the team.
    """
    partner = _known(pack, slot).partner
    sides = {pack.dimension(key).side for key in (topic, partner) if key}
    alike = len({key in ABOUT_ME for key in (topic, partner)}) == 1
    return partner if alike and sides == {Side.INCLUSION, Side.BELONGING} else None
