"""The norm ledger: what a channel has proposed, tries, keeps, changes and lets go. Never a name.

Proposals come from suggestions that people made public, without their names. Which one is tried, and what
becomes of it, the channel decides in later rounds. Nothing here can be entered in any other way.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from bot.core.model import GONE, ChannelId, Item, ItemId, NormId, Outcome, Round, RoundKind, RoundPrompt
from bot.core.release import Count, ItemRelease, Published, Release

TRIED_FOR = timedelta(weeks=4)
"""How long something is tried before the channel looks at it again."""

MOST_WEIGHED = 6
"""So many proposals are weighed in one round; of more, these are drawn by chance."""

HANDLES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class NormState(StrEnum):
    """Where a proposal or norm stands.

    ``TIED`` and ``CANDIDATE`` come from rounds of before: a channel decides about them as about proposals.
    """

    PROPOSED = "proposed"
    TIED = "tied"
    CANDIDATE = "candidate"
    TRYING = "trying"
    KEPT = "kept"
    CHANGED = "changed"
    LET_GO = "let_go"
    SET_ASIDE = "set_aside"
    TAKEN_DOWN = "taken_down"


_LOOKED = frozenset({NormState.KEPT, NormState.CHANGED, NormState.LET_GO, NormState.TAKEN_DOWN})

_OPEN = frozenset({NormState.PROPOSED, NormState.TIED})
UNDECIDED = _OPEN | {NormState.CANDIDATE}
"""The states of what a channel still has to decide about."""

_UNANSWERED = frozenset({NormState.CANDIDATE, NormState.TRYING})
_WEIGHED = frozenset({NormState.CANDIDATE, NormState.TRYING, NormState.SET_ASIDE, NormState.TAKEN_DOWN})

STEPS: Mapping[NormState | None, frozenset[NormState]] = MappingProxyType(
    {
        None: frozenset({NormState.PROPOSED}),
        NormState.PROPOSED: _WEIGHED | {NormState.TIED},
        NormState.TIED: _WEIGHED,
        NormState.CANDIDATE: frozenset({NormState.TRYING, NormState.SET_ASIDE, NormState.TAKEN_DOWN}),
        NormState.TRYING: _LOOKED,
        NormState.KEPT: _LOOKED,
        NormState.CHANGED: frozenset({NormState.TAKEN_DOWN}),
        NormState.LET_GO: frozenset({NormState.TAKEN_DOWN}),
        NormState.SET_ASIDE: frozenset({NormState.TAKEN_DOWN}),
        NormState.TAKEN_DOWN: frozenset(),
    }
)
"""The legal next states. What is kept can be looked at again, as often as the channel likes."""

_IN_ORDER = (NormState.CANDIDATE, NormState.TIED, NormState.PROPOSED)

WAYS = MappingProxyType(
    {
        Outcome.KEEP: NormState.KEPT,
        Outcome.CHANGE: NormState.CHANGED,
        Outcome.LET_GO: NormState.LET_GO,
    }
)
"""What becomes of a norm by what the channel decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NormStep:
    """What became of a norm on a day, in which round of its channel (None: outside a round), and why.

    ``reason`` is public, and only given where an admin took it down.
    """

    state: NormState
    on: date
    round: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """A proposal from its publication on, with its whole history, oldest step first.

    ``handle``: a short name within its collection, such as ``B``. ``look_again_on``: the day from which on
    the channel is asked what shall become of it; None where nothing is to be asked.
    """

    id: NormId
    channel: ChannelId
    handle: str
    text: str
    steps: tuple[NormStep, ...]
    look_again_on: date | None = None

    def __post_init__(self) -> None:
        """Refuse a history that no ledger can have."""
        before: NormState | None = None
        for step in self.steps:
            if step.state not in STEPS[before]:
                raise ValueError(f"a norm that is {before or 'new'} cannot become {step.state}")
            before = step.state
        if before is None:
            raise ValueError("a norm has at least one step")

    @property
    def state(self) -> NormState:
        """Where it stands."""
        return self.steps[-1].state

    @property
    def quoted(self) -> str:
        """Its words as a sentence quotes them, which has its own full stop."""
        return self.text.rstrip(".") or self.text

    @property
    def last(self) -> NormStep:
        """Its newest step."""
        return self.steps[-1]


def asked_about(prompt: RoundPrompt) -> frozenset[NormId]:
    """Return the ids of the norms that a round asks about: its own one, and those among its items."""
    return frozenset({NormId(item.id) for item in prompt.items} | ({prompt.norm} if prompt.norm else set()))


def advance(norm: Norm, step: NormStep, look_again_on: date | None = None) -> Norm:
    """This norm one legal step further; raises ``ValueError`` on any other step."""
    return replace(norm, steps=(*norm.steps, step), look_again_on=look_again_on)


def handle_of(place: int) -> str:
    """The short name of the proposal at this place (from 0) of a collection: A to Z, then A2, B2 and on."""
    turn, letter = divmod(place, len(HANDLES))
    return HANDLES[letter] + (str(turn + 1) if turn else "")


def weighed(proposals: Sequence[Norm], seed: int) -> tuple[Norm, ...]:
    """The proposals that a round asks about, by handle; of many, six are drawn.

    What a round of before has preferred comes first and alone, then what was tied in one. They are drawn by
    the SHA-256 (FIPS 180-4) of the seed and each id, so that every one has the same chance.
    """
    groups = ([one for one in proposals if one.state is state] for state in _IN_ORDER)
    waiting = next(filter(None, groups), [])
    drawn = sorted(waiting, key=lambda one: hashlib.sha256(f"weighed:{seed}:{one.id}".encode()).digest())
    return tuple(sorted(drawn[:MOST_WEIGHED], key=_by_handle))


def preferred(ledger: Sequence[Norm]) -> Norm | None:
    """What a round of before has preferred, and nobody was asked about since; None where there is none."""
    return next((norm for norm in ledger if norm.state is NormState.CANDIDATE), None)


def most_supported(items: Sequence[ItemRelease]) -> tuple[ItemId, ...]:
    """The proposals with the highest shown lower bound of support, in a round of before.

    One is the candidate, several are tied.
    None where nothing could be shown. Where counts are of different numbers of answers, the number of people
    counts and not the share: who did not answer has not said that they can live with it.
    """
    shown = {one.item: one.total.low for one in items if one.total}
    best = max(shown.values(), default=0)
    return tuple(item for item, low in shown.items() if low == best and best)


def consents(item: ItemRelease) -> bool:
    """Whether nobody, as far as may be shown, sees harm: the count stands in its merged top end.

    So it was decided in a round of before.
    Where the channel is shown by tenure, this must hold among the newer and among those longer here, each
    for themselves: neither decides over the heads of the other. It must also hold among those who did not
    say, where these are shown: who keeps that to themselves does not lose their say.
    """
    if item.groups:
        return all(_is_top(one.count) for one in item.groups)
    return item.count is not None and _is_top(item.count)


def tried_now(ledger: Sequence[Norm]) -> Norm | None:
    """The experiment that runs, or waits to be looked at; None where none does."""
    return next((norm for norm in ledger if norm.state is NormState.TRYING), None)


def is_undecided(ledger: Sequence[Norm]) -> bool:
    """Whether something is tried, or has still to be decided about: new suggestions wait until then."""
    return any(norm.state in UNDECIDED | _UNANSWERED for norm in ledger)


def due_again(ledger: Sequence[Norm], today: date) -> Norm | None:
    """The norm that is to be looked at again, the longest due first; None where none is."""
    due = [norm for norm in ledger if norm.look_again_on and norm.look_again_on <= today]
    return min(due, key=lambda norm: (norm.look_again_on or today, norm.id), default=None)


def as_of(ledger: Sequence[Norm], number: int) -> tuple[Norm, ...]:
    """The ledger as it stood once the round of this number had closed; what was taken down since is down.

    So a summary says the same whenever it is shown.
    """
    then = (
        (norm, tuple(step for step in norm.steps if step.round is None or step.round <= number))
        for norm in ledger
    )
    return tuple(replace(norm, steps=steps) for norm, steps in then if steps and steps[0].round is not None)


def without_words(round_: Round, norm: Norm) -> Round:
    """The round, its question no longer holding the words of a norm that was taken down."""
    prompt = round_.prompt
    about = prompt.norm == norm.id

    def bare(item: Item) -> Item:
        return replace(item, text=GONE) if about or item.id == ItemId(norm.id) else item

    question = prompt.question.replace(norm.quoted, GONE) if about and norm.text else prompt.question
    return replace(round_, prompt=replace(prompt, question=question, items=tuple(map(bare, prompt.items))))


def latest_change(ledger: Sequence[Norm]) -> Norm | None:
    """The norm of which something became last: kept, changed or let go; None where nothing has yet."""
    ended = [norm for norm in ledger if norm.state in {NormState.KEPT, NormState.CHANGED, NormState.LET_GO}]
    return max(ended, key=lambda norm: (norm.last.on, norm.last.round or 0, norm.id), default=None)


def is_moot(round_: Round) -> bool:
    """Whether a round asks about a norm that was taken down since, so that there is nothing to decide."""
    return round_.prompt.norm is not None and any(item.text == GONE for item in round_.prompt.items)


def _by_handle(norm: Norm) -> tuple[int, str]:
    return len(norm.handle), norm.handle


def _is_top(count: Count) -> bool:
    return count.high == count.of and count.low < count.of


def settle(
    round_: Round, result: Release, ledger: Sequence[Norm], on: date, ids: Sequence[NormId]
) -> tuple[Norm, ...]:
    """The norms that this result makes or changes; nothing where it says nothing.

    ``ids`` are fresh, one for each proposal of the result. ``on``: the day in the channel's zone.
    """
    match round_.prompt.kind:
        case RoundKind.COLLECT if isinstance(result, Published):
            return (*_set_aside(ledger, round_, on), *_collected(round_, result, on, ids))
        case RoundKind.CHOOSE if isinstance(result, Published):
            return _chosen(round_, result, ledger, on)
        case RoundKind.DECIDE if isinstance(result, Published):
            return _decided(round_, result, ledger, on)
        case RoundKind.CONSENT:
            return _consented(round_, result, ledger, on)
        case RoundKind.LOOK_AGAIN if isinstance(result, Published) and result.outcome:
            return _looked_again(round_, result, ledger, on)
        case _:
            return ()


def _collected(round_: Round, result: Published, on: date, ids: Sequence[NormId]) -> Iterator[Norm]:
    step = NormStep(state=NormState.PROPOSED, on=on, round=round_.number)
    for place, (text, norm_id) in enumerate(zip(result.proposals, ids, strict=True)):
        yield Norm(id=norm_id, channel=round_.channel, handle=handle_of(place), text=text, steps=(step,))


def _set_aside(
    ledger: Sequence[Norm], round_: Round, on: date, but: Collection[NormId] = ()
) -> Iterator[Norm]:
    step = NormStep(state=NormState.SET_ASIDE, on=on, round=round_.number)
    for norm in ledger:
        if norm.state in _OPEN and norm.id not in but:
            yield advance(norm, step)


def _chosen(round_: Round, result: Published, ledger: Sequence[Norm], on: date) -> tuple[Norm, ...]:
    """Try from now on what was chosen; set the others aside, and all of them where none was chosen.

    Nothing is begun while something is tried. What was not asked waits, where it was not left out by the
    draw: too many of these people had been asked about the same words.
    """
    if tried_now(ledger):
        return ()
    asked = {NormId(item.id) for item in round_.prompt.items}
    best = {NormId(item.item) for item in result.items}
    waits = len(asked) < MOST_WEIGHED
    moved: list[Norm] = []
    for norm in ledger:
        if norm.state not in UNDECIDED or (norm.id not in asked and waits):
            continue
        state = NormState.TRYING if norm.id in best else NormState.SET_ASIDE
        step = NormStep(state=state, on=on, round=round_.number)
        moved.append(advance(norm, step, on + TRIED_FOR if norm.id in best else None))
    return tuple(moved)


def _decided(round_: Round, result: Published, ledger: Sequence[Norm], on: date) -> tuple[Norm, ...]:
    """Find the candidate by the rule of before, or those that are tied; what fell behind rests.

    Of those that are tied a second time the first by its handle is the candidate. What has no support then
    rests, too. Nothing is chosen while something is unanswered. What was not asked waits, where it was not
    left out by the draw: too many of these people had been asked about the same words.
    """
    if any(norm.state in _UNANSWERED for norm in ledger):
        return ()
    asked = {NormId(item.id) for item in round_.prompt.items}
    again = any(norm.state is NormState.TIED for norm in ledger if norm.id in asked)
    best = {NormId(item) for item in most_supported(result.items)}
    chosen = sorted((norm for norm in ledger if norm.id in best and norm.state in _OPEN), key=_by_handle)
    if again:
        chosen = chosen[:1]
    elif not chosen:
        return ()
    state = NormState.CANDIDATE if len(chosen) == 1 else NormState.TIED
    step = NormStep(state=state, on=on, round=round_.number)
    waits = {norm.id for norm in ledger if norm.id not in asked and len(asked) < MOST_WEIGHED}
    rest = _set_aside(ledger, round_, on, but={norm.id for norm in chosen} | waits)
    return (*(advance(norm, step) for norm in chosen), *rest)


def _consented(round_: Round, result: Release, ledger: Sequence[Norm], on: date) -> tuple[Norm, ...]:
    """Try it from now on where nobody sees harm; else it rests, also where too few replied to say so.

    The rule of a round of before.
    """
    norm = _about(round_, ledger, NormState.CANDIDATE)
    if norm is None:
        return ()
    passed = isinstance(result, Published) and all(map(consents, result.items)) and bool(result.items)
    state = NormState.TRYING if passed else NormState.SET_ASIDE
    step = NormStep(state=state, on=on, round=round_.number)
    return (advance(norm, step, on + TRIED_FOR if passed else None),)


def _looked_again(round_: Round, result: Published, ledger: Sequence[Norm], on: date) -> tuple[Norm, ...]:
    norm = _about(round_, ledger, NormState.TRYING) or _about(round_, ledger, NormState.KEPT)
    if norm is None or result.outcome is None:
        return ()
    step = NormStep(state=WAYS[result.outcome], on=on, round=round_.number)
    return (advance(norm, step, on + TRIED_FOR if result.tied else None),)


def _about(round_: Round, ledger: Sequence[Norm], state: NormState) -> Norm | None:
    return next((norm for norm in ledger if norm.id == round_.prompt.norm and norm.state is state), None)
