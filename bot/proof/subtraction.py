"""Subtract results of one statement from one another: who was asked it more than once?"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from itertools import combinations
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.core.audiences import CLOSED_DAYS, MOST_SHARED, WINDOW_DAYS, StatementKey, every_key, may_ask
from bot.core.audit import Evidence, StoredResult
from bot.core.model import GONE, Round, RoundId, RoundKind, RoundPrompt, RoundState
from bot.core.release import Published
from bot.proof.attack_results import AttackDescription, AttackResult, Verdict, called, count

_NOBODY_ASKED = frozenset({RoundState.GATHERING, RoundState.CANCELLED})
_SUBTRACTION = AttackDescription(
    attack="subtraction",
    tried="Subtract results of one statement from one another: count, for each round, how many of the people "
    "who were asked had been asked the same within about four weeks, in all channels together.",
    remedy="A pair that was published cannot be taken back: delete one of the two summaries in Slack, and "
    "tell its channel. What could not be compared is named until it is four weeks old. A round that asked "
    "too many again is a fault: report it.",
)


def subtract_results(evidence: Evidence) -> AttackResult:
    """Look for counts of the same statement that come from partly the same people."""
    rounds = [one for one in evidence.disk.rounds if _asks(one)]
    kept = [one for one in rounds if one.period is not None]
    broken = [*_asked_of_too_many(evidence, kept), *_old_pairs(evidence)]
    unknown = [*_without_marks(evidence, kept), *_from_before(evidence)]
    most = max((one.shared or 0 for one in kept), default=0)
    return _SUBTRACTION.result(
        [*broken, *unknown],
        clean=f"{count(len(kept), 'round')}: of the people asked, at most {most} had been asked the same",
        verdict=Verdict.FAIL if broken else Verdict.WARNING,
    )


def _asks(round_: Round) -> bool:
    """Return whether a round asked something that is counted. Proposals are not."""
    collects = round_.prompt.kind is RoundKind.COLLECT
    return not collects and not round_.void and round_.state not in _NOBODY_ASKED


def _asked_of_too_many(evidence: Evidence, kept: list[Round]) -> Iterator[str]:
    """Yield rounds that asked too many again, by audiences.db and by the number stored with the round."""
    counted = _recomputed(evidence, kept)
    for one in kept:
        again = counted.get(one.id, 0)
        if one.shared is None or not may_ask(one.shared):
            yield f"{called(one)} has no number of people who were asked the same before, or too high a one"
        elif not may_ask(again):
            yield f"{called(one)} asked {again} people what they were asked before; {MOST_SHARED} may be"
        elif again > one.shared:
            yield f"{called(one)} asked more people again than was stored with it"


def _recomputed(evidence: Evidence, kept: list[Round]) -> Mapping[RoundId, int]:
    """Return for each round how many people were asked one of its statements before, under the same key."""
    if evidence.disk.audiences is None:
        return {}
    known = {one.id: one for one in kept}
    people: Counter[tuple[RoundId, StatementKey]] = Counter()
    for (statement, asked_in), number in evidence.disk.audiences.repeated.items():
        rounds = [known[one] for one in asked_in if one in known]
        for later in rounds:
            if any(_is_before(earlier, later) and _counts(earlier, later) for earlier in rounds):
                people[later.id, statement] += number
    most: dict[RoundId, int] = {}
    for (round_id, _), number in people.items():
        most[round_id] = max(number, most.get(round_id, 0))
    return most


def _is_before(one: Round, other: Round) -> bool:
    return (one.opened_at, one.id) < (other.opened_at, other.id)


def _counts(earlier: Round, later: Round) -> bool:
    """Return whether what ``earlier`` asked counted as asked when ``later`` opened."""
    return _is_near(earlier, later.opened_at, later.zone)


def _is_recent(evidence: Evidence, round_: Round) -> bool:
    """Return whether what a round asked still counts as asked."""
    return _is_near(round_, evidence.at, round_.zone)


def _is_near(round_: Round, at: datetime, zone: str) -> bool:
    """Return whether what a round asked counts as asked at a time, by the days of a zone."""
    opened, closed = _days(round_.opened_at, at, zone), _days(round_.closes_at, at, zone)
    return opened < WINDOW_DAYS or closed < CLOSED_DAYS


def _days(first: datetime, last: datetime, zone: str) -> int:
    """Return the number of calendar days between two times, in a zone; in UTC for an invalid zone."""
    try:
        there: tzinfo = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        there = UTC
    return (last.astimezone(there).date() - first.astimezone(there).date()).days


def _without_marks(evidence: Evidence, kept: list[Round]) -> Iterator[str]:
    """Yield rounds whose people should be marked and are not, so that they cannot be compared."""
    audiences = evidence.disk.audiences
    recent = [one for one in kept if _is_recent(evidence, one)]
    if recent and audiences is None:
        yield "audiences.db is not there or cannot be read, so who was asked what cannot be compared"
        return
    for one in recent if audiences else ():
        fact = audiences.frozen.get(one.id) if audiences else None
        if fact is None or not fact.whole or fact.people != one.audience_size or fact.period != one.period:
            yield f"who was asked in {called(one)} is not whole, so it cannot be compared"


def _from_before(evidence: Evidence) -> Iterator[str]:
    """Yield rounds from before audiences were stored. Present members do not show who was there then."""
    for one in evidence.disk.results:
        old = one.round.period is None and _is_recent(evidence, one.round)
        if old and _numbers(one):
            yield f"{called(one.round)} is from before it was kept who was asked"


def _old_pairs(evidence: Evidence) -> Iterator[str]:
    """Yield pairs with a round from before audiences were stored, of one channel or with shared people."""
    results = sorted(evidence.disk.results, key=lambda one: (one.round.opened_at, one.round.id))
    for one, other in combinations(results, 2):
        both_kept = one.round.period is not None and other.round.period is not None
        far = not (_counts(one.round, other.round) and _is_recent(evidence, other.round))
        if both_kept or far or not _shown(one) & _shown(other):
            continue
        names = f"{called(one.round)} and {called(other.round)} show the same statement within four weeks"
        if one.round.channel == other.round.channel:
            yield f"{names}, of one channel"
        elif not may_ask(_in_both(evidence, one.round, other.round)):
            yield f"{names}, of partly the same people"


def _in_both(evidence: Evidence, one: Round, other: Round) -> int:
    """Return how many people are in both channels now; 0 if unknown, which ``_from_before`` reports."""
    audiences = evidence.people.audiences if evidence.people else {}
    return len(audiences.get(one.channel, frozenset()) & audiences.get(other.channel, frozenset()))


def _shown(one: StoredResult) -> frozenset[StatementKey]:
    """Return the keys of the statements that this result shows, if their texts are stored."""
    seen = _numbers(one)
    if seen is None:
        return frozenset()
    statements = tuple(statement for statement in seen.statements if statement.text != GONE)
    if not statements and not seen.tags:
        return frozenset()
    return every_key(replace(seen, statements=statements), one.round.id)


def _numbers(one: StoredResult) -> RoundPrompt | None:
    """Return the part of a prompt of which the result shows something; None if it shows nothing."""
    if not isinstance(one.release, Published):
        return None
    prompt = one.round.prompt
    numbers = {shown.statement for shown in one.release.statements if shown.total}
    statements = tuple(
        statement
        for statement in prompt.statements
        if statement.id in numbers or one.release.outcome is not None
    )
    tags = prompt.tags if one.release.tags else ()
    return replace(prompt, statements=statements, tags=tags) if statements or tags else None
