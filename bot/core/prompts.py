"""Choose the next prompt of a channel, by its cycle, its norms, and what its people were asked.

The choice depends only on the pack, on what the channel was asked before, and on how many people of its
audience were asked a statement in about four weeks (``Shared``). Nothing is random, so anyone can check why a
prompt came. ``core.cycle_plan`` orders the places, ``core.rotation`` the prompts of a topic; steps about
norms come out of turn (``core.co_creation``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.core.audiences import Shared, askable_of, may_ask, nobody, tags_of
from bot.core.co_creation import Agenda, carry, collect, decide, look_again, out_of_turn
from bot.core.cycle_plan import (
    Reflection,
    Slot,
    SlotKind,
    Upcoming,
    cycle_of,
    ids_of,
    keeps_places,
    reflection_at,
    upcoming_in,
)
from bot.core.form_translations import reflection_in_all
from bot.core.language import ENGLISH_ONLY, Languages
from bot.core.model import Prompt, PromptPack, RoundKind, RoundPrompt, Statement
from bot.core.rotation import LENS_EVERY, Shift, Turn, has_lens, turn_of
from bot.core.summary import Highlight

NOTHING = Agenda()
"""No norm and no day: only the cycle counts."""

QUOTED_FROM = 10
"""The least audience for a question alone: for fewer people nothing could be shown."""

REST_FROM = 6
"""A rest follows a cycle of this many rounds or more. A pack of few topics has no such cycle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """What the next prompt depends on."""

    pack: PromptPack
    slots: tuple[Slot, ...]
    upcoming: Upcoming
    asked: Sequence[RoundPrompt]
    highlight: Highlight | None
    agenda: Agenda
    shared: Shared
    audience_size: int
    languages: Languages = ENGLISH_ONLY


def choose(  # noqa: PLR0913, PLR0917 - what a choice depends on
    pack: PromptPack,
    asked: Sequence[RoundPrompt],
    highlight: Highlight | None = None,
    agenda: Agenda = NOTHING,
    shared: Shared = nobody,
    audience_size: int = QUOTED_FROM,
    languages: Languages = ENGLISH_ONLY,
) -> RoundPrompt | None:
    """Return what a channel is asked next: question, own statement, anchor, partner anchor, tags.

    ``asked``: what the channel was asked, oldest first; prompts that the pack does not contain are skipped.
    ``highlight``: what its last summary named. ``agenda``: its norms and the day; what they require comes
    first. ``shared``: how many people of this audience were asked a statement in about four weeks, in any
    channel; statements asked of too many are left out, and if none is left the next place is asked.
    ``languages``: in which of them the question is told besides the pack's own, where its form is complete.

    Returns None if everything rests. A pack whose places are not fixed then asks a question alone, without
    statements and tags, if the audience is large enough for quotes. Raises ``ValueError`` for a pack without
    prompts.
    """
    asked = tuple(prompt for prompt in asked if prompt.is_asked)
    asking = _asking(pack, asked, highlight, agenda, shared, audience_size)
    reflects_next = _step(asking, asking.upcoming.at) is None
    asking = replace(asking, languages=languages)
    if found := out_of_turn(
        pack, agenda, reflects_next=reflects_next, asked=asked, shared=shared, languages=languages
    ):
        return found
    for at in _places(asking):
        if found := _step(asking, at) or _reflection(asking, at):
            return replace(found, place=at + 1)
    return None if keeps_places(pack) else _question_alone(asking)


def preview(
    pack: PromptPack,
    asked: Sequence[RoundPrompt],
    highlight: Highlight | None = None,
    agenda: Agenda = NOTHING,
    languages: Languages = ENGLISH_ONLY,
) -> RoundPrompt:
    """Return what a channel would be asked next if nothing rested.

    Raises ``ValueError`` for a pack without prompts.
    """
    found = choose(pack, asked, highlight, agenda, languages=languages)
    assert found  # safe because nothing rests
    return found


def begins_cycle(
    pack: PromptPack,
    asked: Sequence[RoundPrompt],
    highlight: Highlight | None = None,
    agenda: Agenda = NOTHING,
    audience_size: int = QUOTED_FROM,
) -> bool:
    """Return whether a cycle has just ended, so that a rest is due before the next prompt.

    No rest is due before the first prompt. Raises ``ValueError`` for a pack without prompts.
    """
    asking = _asking(pack, asked, highlight, agenda, nobody, audience_size)
    ids = ids_of(pack)
    was_asked = any(prompt.prompt_id in ids for prompt in asked)
    return was_asked and asking.upcoming.at == 0 and len(asking.slots) >= REST_FROM


def _asking(
    pack: PromptPack,
    asked: Sequence[RoundPrompt],
    highlight: Highlight | None,
    agenda: Agenda,
    shared: Shared,
    audience_size: int,
) -> _Asking:
    slots = cycle_of(pack)
    if not pack.prompts:
        raise ValueError("a pack must have at least one prompt")
    upcoming = upcoming_in(pack, slots, asked)
    asking = _Asking(
        pack=pack,
        slots=slots,
        upcoming=upcoming,
        asked=asked,
        highlight=highlight,
        agenda=agenda,
        shared=shared,
        audience_size=audience_size,
    )
    for at in _places(asking):  # in a pack of one's own, a place that has nothing to ask is skipped
        if _step(asking, at) or reflection_at(pack, slots, at, asked):
            running = upcoming.running if at >= upcoming.at else ()
            return replace(asking, upcoming=replace(upcoming, at=at, running=running))
    return asking


def _places(asking: _Asking) -> Iterator[int]:
    """Return every place once, beginning with the upcoming one."""
    size = len(asking.slots)
    return ((asking.upcoming.at + step) % size for step in range(size))


def _step(asking: _Asking, at: int) -> RoundPrompt | None:
    """Return what a place of co-creation asks; None if it has nothing to ask or is another kind of place.

    Only a place of this cycle counts, and never the place asked last: if everything else rests, the channel
    would be asked for proposals again and again. Nothing is decided or looked at in two rounds in a row.
    """
    if at < asking.upcoming.at or at == asking.upcoming.last:
        return None
    pack, agenda, shared, languages = asking.pack, asking.agenda, asking.shared, asking.languages
    before = asking.asked[-1].kind if asking.asked else None
    match asking.slots[at].kind:
        case SlotKind.COLLECT:
            return collect(pack, asking.asked, asking.highlight, languages)
        case SlotKind.DECIDE if before is not RoundKind.CHOOSE:
            return decide(pack, agenda, in_turn=True, shared=shared, languages=languages)
        case SlotKind.LOOK_AGAIN if before is not RoundKind.LOOK_AGAIN:
            again = look_again(pack, agenda, in_turn=True, shared=shared, languages=languages)
            speaks = asking.audience_size >= QUOTED_FROM
            return again or (carry(pack, asking.highlight, languages) if speaks else None)
        case _:
            return None


def _reflection(asking: _Asking, at: int) -> RoundPrompt | None:
    """Return the reflection at a place without what rests; None if no statement of its topic is left."""
    standing = reflection_at(asking.pack, asking.slots, at, asking.asked)
    if standing is None:
        return None
    turn = _turn(asking, at, standing)
    topic = asking.pack.dimension(standing.dimension)
    anchors = [anchor for anchor in _anchors(asking, standing) if may_ask(asking.shared(askable_of(anchor)))]
    if turn.statement is None and topic.anchor not in anchors:
        return None
    asked = replace(
        _without_statements(asking.pack, turn.prompt),
        statements=(*((turn.statement,) if turn.statement else ()), *anchors),
        tags=topic.tags if may_ask(asking.shared(tags_of(topic.key, topic.tags))) else (),
    )
    return reflection_in_all(asking.pack, asked, asking.languages)


def _question_alone(asking: _Asking) -> RoundPrompt | None:
    """Return the question whose turn it is, without anything counted; None if nobody could be quoted."""
    for at in _places(asking):
        standing = reflection_at(asking.pack, asking.slots, at, asking.asked)
        if standing and asking.audience_size >= QUOTED_FROM:
            alone = _without_statements(asking.pack, _turn(asking, at, standing).prompt)
            return replace(reflection_in_all(asking.pack, alone, asking.languages), place=at + 1)
    return None


def _turn(asking: _Asking, at: int, standing: Reflection) -> Turn:
    places = {slot.dimension: place for place, slot in enumerate(asking.slots) if slot.dimension}
    topic = standing.dimension
    shift = Shift(lens=places[topic], reversed=list(places).index(topic))
    lens_is_spent = _lens_is_spent(asking, at)
    return turn_of(asking.pack, topic, asking.asked, asking.shared, shift=shift, lens_is_spent=lens_is_spent)


def _without_statements(pack: PromptPack, prompt: Prompt) -> RoundPrompt:
    topic = pack.dimension(prompt.dimension)
    return RoundPrompt(
        prompt_id=prompt.id,
        dimension=topic.key,
        label=topic.label,
        side=topic.side,
        question=prompt.question,
        statements=(),
    )


def _anchors(asking: _Asking, standing: Reflection) -> Iterator[Statement]:
    """Return the anchors of a reflection without one that the last round asked.

    A pack of one topic repeats its anchor, because it has nothing else to repeat.
    """
    alone = len({prompt.dimension for prompt in asking.pack.prompts}) == 1
    before = {one.id for one in asking.asked[-1].statements} if asking.asked and not alone else set[str]()
    every = (asking.pack.dimension(key).anchor for key in standing.anchors)
    return (anchor for anchor in every if anchor.id not in before)


def _lens_is_spent(asking: _Asking, at: int) -> bool:
    """Return whether the cycle has had its share of prompts with a lens.

    Each of the twelve places can hold a prompt.
    """
    known = {prompt.id: prompt for prompt in asking.pack.prompts}
    running = asking.upcoming.running if at >= asking.upcoming.at else ()
    lenses = sum(has_lens(known.get(prompt.prompt_id)) for prompt in running)
    places = sum(slot.topic is not None for slot in asking.slots)
    return lenses >= max(1, places // LENS_EVERY)
