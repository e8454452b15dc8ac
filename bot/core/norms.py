"""Keep the norm ledger: what a channel has proposed, tries, keeps, changes and lets go. It holds no names.

Proposals come from suggestions that people made public without their names. In later rounds the channel
decides which proposal it tries, and then whether to keep it. There is no other way to add a norm.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from bot.core.counts import Count
from bot.core.language import N_, without_full_stop
from bot.core.model import (
    GONE,
    ChannelId,
    NormId,
    Outcome,
    Round,
    RoundKind,
    RoundPrompt,
    StatementId,
)
from bot.core.release import Published, Release, StatementRelease

TRIED_FOR = timedelta(weeks=4)
"""How long a norm is tried before the channel looks at it again."""

MOST_WEIGHED = 6
"""The most proposals that one round asks about. If there are more, this many are drawn by chance."""

HANDLES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class NormState(StrEnum):
    """The state of a proposal or norm.

    ``TIED`` and ``CANDIDATE`` come from rounds that an earlier version opened. A channel decides about them
    as about proposals.
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


STEP_WORDS = {
    # Translators: These and the next: what became of a proposal; in a list, behind a day.
    NormState.PROPOSED: N_("proposed"),
    NormState.TIED: N_("as many as others"),
    NormState.CANDIDATE: N_("most support"),
    NormState.TRYING: N_("tried from here on"),
    NormState.KEPT: N_("kept"),
    NormState.CHANGED: N_("changed: as it was, it ended"),
    NormState.LET_GO: N_("let go"),
    NormState.SET_ASIDE: N_("put to rest"),
    NormState.TAKEN_DOWN: N_("taken down by an admin"),
}
"""The words for each step in a history, in Slack and in the report."""

_LOOKED = frozenset({NormState.KEPT, NormState.CHANGED, NormState.LET_GO, NormState.TAKEN_DOWN})

_OPEN = frozenset({NormState.PROPOSED, NormState.TIED})
UNDECIDED = _OPEN | {NormState.CANDIDATE}
"""The states about which a channel still has to decide."""

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
"""The legal next states. A channel can look at a kept norm again as often as it likes."""

_IN_ORDER = (NormState.CANDIDATE, NormState.TIED, NormState.PROPOSED)

WAYS = MappingProxyType(
    {
        Outcome.KEEP: NormState.KEPT,
        Outcome.CHANGE: NormState.CHANGED,
        Outcome.LET_GO: NormState.LET_GO,
    }
)
"""The next state of a norm, by what the channel decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NormStep:
    """A change of a norm's state: the new state, the day, the round of its channel, and the reason.

    ``round`` is None if the change happened outside a round. ``reason`` is public, and only given if an admin
    took the norm down.
    """

    state: NormState
    on: date
    round: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """A published proposal with its whole history, oldest step first.

    ``handle``: a short name within its collection, such as ``B``. ``look_again_on``: from this day on the
    channel can be asked whether to keep it; None if it is not to be asked.
    """

    id: NormId
    channel: ChannelId
    handle: str
    text: str
    steps: tuple[NormStep, ...]
    look_again_on: date | None = None

    def __post_init__(self) -> None:
        """Raise ``ValueError`` if the history has no step, or a step that ``STEPS`` does not allow."""
        before: NormState | None = None
        for step in self.steps:
            if step.state not in STEPS[before]:
                raise ValueError(f"a norm that is {before or 'new'} cannot become {step.state}")
            before = step.state
        if before is None:
            raise ValueError("a norm has at least one step")

    @property
    def state(self) -> NormState:
        """The current state."""
        return self.steps[-1].state

    @property
    def quoted(self) -> str:
        """Its words without the full stop, because the sentence around the quote has its own."""
        return without_full_stop(self.text) or self.text

    @property
    def last(self) -> NormStep:
        """Its newest step."""
        return self.steps[-1]


def asked_about(prompt: RoundPrompt) -> frozenset[NormId]:
    """Return the ids of the norms that a round asks about: its own, and those among its statements."""
    return frozenset(
        {NormId(one.id) for one in prompt.statements} | ({prompt.norm} if prompt.norm else set())
    )


def advance(norm: Norm, step: NormStep, look_again_on: date | None = None) -> Norm:
    """Return this norm with one more step. Raises ``ValueError`` if the step is not legal."""
    return replace(norm, steps=(*norm.steps, step), look_again_on=look_again_on)


def handle_of(place: int) -> str:
    """Return the short name of the proposal at this index (from 0) of a collection: A to Z, then A2, B2..."""
    turn, letter = divmod(place, len(HANDLES))
    return HANDLES[letter] + (str(turn + 1) if turn else "")


def weighed(proposals: Sequence[Norm], seed: int) -> tuple[Norm, ...]:
    """Return the proposals that a round asks about, by handle. If there are more than six, six are drawn.

    A proposal that a round of an earlier version preferred is asked about first and alone. Proposals that
    were tied in such a round come next. Proposals are drawn by the SHA-256 (FIPS 180-4) of the seed and each
    id, so that each has the same chance.
    """
    groups = ([one for one in proposals if one.state is state] for state in _IN_ORDER)
    waiting = next(filter(None, groups), [])
    drawn = sorted(waiting, key=lambda one: hashlib.sha256(f"weighed:{seed}:{one.id}".encode()).digest())
    return tuple(sorted(drawn[:MOST_WEIGHED], key=_by_handle))


def preferred(ledger: Sequence[Norm]) -> Norm | None:
    """Return the proposal that a round of an earlier version preferred, if the channel has yet to decide."""
    return next((norm for norm in ledger if norm.state is NormState.CANDIDATE), None)


def most_supported(statements: Sequence[StatementRelease]) -> tuple[StatementId, ...]:
    """Return the proposals with the highest shown lower bound of support, in a round of an earlier version.

    If there is one, it is the candidate. If there are several, they are tied. The result is empty if no
    number could be shown. The number of people counts, not their share of the answers: a person who did not
    answer has not said that they can live with the proposal.
    """
    shown = {one.statement: one.total.low for one in statements if one.total}
    best = max(shown.values(), default=0)
    return tuple(statement for statement, low in shown.items() if low == best and best)


def consents(one: StatementRelease) -> bool:
    """Return whether nobody sees harm, as far as may be shown: the count is in its merged top end.

    Rounds of an earlier version decided by this rule. If results are shown by tenure, it must hold for each
    shown group: for newer people, for people who have been here longer, and for those who did not say. So no
    group decides for another, and people who do not say how long they have been here count as well.
    """
    return bool(one.counts) and all(map(_is_top, one.counts))


def tried_now(ledger: Sequence[Norm]) -> Norm | None:
    """Return the norm that is being tried, or has been tried and is not decided yet; None without one."""
    return next((norm for norm in ledger if norm.state is NormState.TRYING), None)


def is_undecided(ledger: Sequence[Norm]) -> bool:
    """Return whether a norm is tried or still has to be decided about. New suggestions wait meanwhile."""
    return any(norm.state in UNDECIDED | _UNANSWERED for norm in ledger)


def due_again(ledger: Sequence[Norm], today: date) -> Norm | None:
    """Return the norm that has been due the longest for the channel to look at again; None if none is due."""
    due = [norm for norm in ledger if norm.look_again_on and norm.look_again_on <= today]
    return min(due, key=lambda norm: (norm.look_again_on or today, norm.id), default=None)


def as_of(ledger: Sequence[Norm], number: int) -> tuple[Norm, ...]:
    """Return the ledger as it was when the round of this number had closed, so that a summary never changes.

    Only norms that were taken down since then are shown as taken down.
    """
    then = (
        (norm, tuple(step for step in norm.steps if step.round is None or step.round <= number))
        for norm in ledger
    )
    return tuple(replace(norm, steps=steps) for norm, steps in then if steps and steps[0].round is not None)


def latest_change(ledger: Sequence[Norm]) -> Norm | None:
    """Return the norm that was kept, changed or let go last; None if there is none yet."""
    ended = [norm for norm in ledger if norm.state in {NormState.KEPT, NormState.CHANGED, NormState.LET_GO}]
    return max(ended, key=lambda norm: (norm.last.on, norm.last.round or 0, norm.id), default=None)


def is_moot(round_: Round) -> bool:
    """Return whether a round asks about a norm that was taken down, so that there is nothing to decide."""
    return round_.prompt.norm is not None and any(one.text == GONE for one in round_.prompt.statements)


def _by_handle(norm: Norm) -> tuple[int, str]:
    return len(norm.handle), norm.handle


def _is_top(count: Count) -> bool:
    return count.high == count.of and count.low < count.of


def settle(
    round_: Round, result: Release, ledger: Sequence[Norm], on: date, ids: Sequence[NormId]
) -> tuple[Norm, ...]:
    """Return the norms that this result adds or changes; none if it changes nothing.

    ``ids`` are new ids, one for each proposal of the result. ``on``: the day in the channel's zone.
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
    """Start to try the chosen proposal, and set the others aside. If none was chosen, set all aside.

    Nothing changes while another norm is being tried. A proposal that the round did not ask about stays as it
    is if too many of these people had been asked about the same words. It is set aside if the draw left it
    out.
    """
    if tried_now(ledger):
        return ()
    asked = {NormId(statement.id) for statement in round_.prompt.statements}
    best = {NormId(one.statement) for one in result.statements}
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
    """Find the candidate or the tied proposals by the rule of an earlier version; set the others aside.

    If proposals are tied a second time, the first by handle is the candidate. If none has support then, all
    are set aside. Nothing changes while another norm is a candidate or is being tried. A proposal that the
    round did not ask about stays as it is if too many of these people had been asked about the same words. It
    is set aside if the draw left it out.
    """
    if any(norm.state in _UNANSWERED for norm in ledger):
        return ()
    asked = {NormId(statement.id) for statement in round_.prompt.statements}
    again = any(norm.state is NormState.TIED for norm in ledger if norm.id in asked)
    best = {NormId(statement) for statement in most_supported(result.statements)}
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
    """Start to try the candidate if nobody sees harm; otherwise, or if too few replied, set it aside.

    This is the rule of an earlier version.
    """
    norm = _about(round_, ledger, NormState.CANDIDATE)
    if norm is None:
        return ()
    passed = (
        isinstance(result, Published) and all(map(consents, result.statements)) and bool(result.statements)
    )
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
