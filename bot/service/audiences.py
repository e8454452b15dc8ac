"""Who was asked what in the last four weeks: count it before a round opens, store it when it does.

The counts of two rounds about the same statement can be subtracted from one another, which may reveal one
person's answer. Current channel members do not tell who was asked before, because people join and leave. So
everybody who is asked is stored as a keyed mark, and the marks are counted.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from functools import cache, partial

from bot.core.audiences import (
    KEPT_FOR,
    Askable,
    FrozenAudience,
    Shared,
    StatementKey,
    askables_of,
    asks_the_same,
    audience_key,
    closed_from,
    every_key,
    is_current,
    may_read_alike,
    new_period,
    opened_from,
)
from bot.core.model import (
    GONE,
    ChannelId,
    MemberId,
    Period,
    Round,
    RoundId,
    RoundKind,
    RoundPrompt,
    RoundState,
)
from bot.core.rounds import ENDS
from bot.core.same_words import Alike, alike
from bot.errors import AudienceLostError, BotError, KeyLostError, SlackUnavailableError
from bot.ports import CountingRound, Services, Tx
from bot.service.clock_trust import knows_time

log = logging.getLogger(__name__)

COMPARED = 60
"""How many of the rounds of a channel are compared word by word: more than there are in four weeks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """The proposals and norms about which marked people were asked lately.

    ``worded``: those whose words are stored. ``wordless``: the statement keys of those whose words were
    deleted. ``gone``: the rounds that have marks but are not stored any more.
    """

    worded: tuple[Askable, ...]
    wordless: frozenset[StatementKey]
    gone: frozenset[RoundId]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLately:
    """What was asked lately, in all channels together.

    ``rounds``: the rounds whose marks are stored. ``of_everybody``: the statements of rounds without marks;
    they count as asked of everybody. ``periods``: the keys under which people are looked up. ``resting``:
    everything counts as asked of everybody, because a backup was restored or what a round without marks asked
    cannot be read. ``worded``: the proposals and norms of rounds without marks. ``candidates``: those of
    ``rounds``, read when they are first needed. ``alike``: what reads the same in some language.
    """

    rounds: frozenset[RoundId]
    of_everybody: frozenset[StatementKey]
    worded: tuple[Askable, ...]
    candidates: Callable[[], Candidates]
    alike: Alike
    periods: tuple[Period, ...]
    resting: bool

    def keys_of(self, statement: Askable) -> frozenset[StatementKey]:
        """Return the keys of a statement, and of what reads the same in some language."""
        return frozenset(statement.keys).union(*(self.alike.get(key, ()) for key in statement.keys))


def asked_lately(
    services: Services, tx: Tx, zone: str, opening: RoundId, asked: Sequence[RoundPrompt] = ()
) -> AskedLately:
    """Return what was asked lately, by the days of this time zone.

    The marks of the round that is ``opening`` are left out: a crash may have left them from an attempt that
    never asked. ``asked``: what its channel was asked, also from packs that are not there any more.
    """
    now = services.clock()
    counting = {one[0]: one for one in tx.list_counting(opened_from(now, zone), closed_from(now, zone))}
    counting.pop(opening, None)
    frozen = dict(services.audiences.list_frozen())
    frozen.pop(opening, None)
    periods = tuple(
        sorted(one for one in services.audience_keys.list_periods() if services.audience_keys.fits(one))
    )
    marked = {one for one, what in counting.items() if _is_marked(what, frozen.get(one), periods)}
    unmarked = [tx.fetch_round(one) for one in sorted(counting.keys() - marked)]
    unknown = tx.list_unknown(sorted(frozen.keys() - counting.keys()))
    until = tx.fetch_rest_until()
    prompts = [(one.prompt, one.id) for one in unmarked if one]
    return AskedLately(
        rounds=frozenset(marked),
        of_everybody=frozenset().union(
            *(every_key(*one) for one in prompts),
            *(services.audiences.list_statements(one) for one in unknown),
        ),
        worded=tuple(statement for one in prompts for statement in askables_of(*one) if statement.words),
        alike=alike(services.settings.packs.values(), [*asked[-COMPARED:], *(one for one, _ in prompts)]),
        candidates=cache(partial(_candidates, services, tx, frozenset(marked), unknown)),
        periods=periods,
        resting=(until is not None and now < until)
        or not all(one and _has_words(one.prompt) for one in unmarked),
    )


def _candidates(
    services: Services, tx: Tx, marked: frozenset[RoundId], gone: frozenset[RoundId]
) -> Candidates:
    worded: list[Askable] = []
    wordless = [services.audiences.list_statements(one) for one in sorted(gone)]
    for round_ in filter(None, map(tx.fetch_round, sorted(marked))):
        found = [one for one in askables_of(round_.prompt, round_.id) if one.words]
        worded += found
        if found and not _has_words(round_.prompt):
            wordless.append(services.audiences.list_statements(round_.id))
    return Candidates(worded=tuple(worded), wordless=frozenset().union(*wordless), gone=gone)


def has_unmarked(services: Services, tx: Tx, channels: Collection[ChannelId]) -> bool:
    """Return whether a round of these channels lately asked people who are not marked.

    Only the round's own row tells then what was asked, and it counts as asked of everybody. No key is needed
    to tell, so this also works where nobody knows for which organisation the keys were made.
    """
    frozen = services.audiences.list_frozen()
    return any(
        not _is_whole(frozen.get(one.id), one.audience_size) and not one.void and _is_recent(services, one)
        for channel in channels
        for one in tx.list_channel_rounds(channel)
    )


def _is_recent(services: Services, round_: Round) -> bool:
    """Return whether what a round asked still counts. One day is added, as the zone is not known."""
    day = services.clock() - timedelta(days=1)
    recent = round_.opened_at >= opened_from(day, "UTC") or round_.closes_at >= closed_from(day, "UTC")
    asked = round_.period is not None or round_.state not in {RoundState.GATHERING, RoundState.CANCELLED}
    return recent and asked and round_.prompt.kind is not RoundKind.COLLECT


def shared_with(services: Services, lately: AskedLately, audience: Collection[MemberId]) -> Shared:
    """Return a function that counts the people of this audience who were asked a statement lately."""
    known: dict[Askable, int] = {}

    def shared(statement: Askable) -> int:
        if statement not in known:
            known[statement] = _count(services, lately, audience, statement)
        return known[statement]

    return shared


def most_shared(shared: Shared, prompt: RoundPrompt, round_id: RoundId) -> int:
    """Return the largest number of people who were asked one statement of this round lately."""
    return max(map(shared, askables_of(prompt, round_id)), default=0)


def freeze(services: Services, round_: Round, audience: Collection[MemberId]) -> Round:
    """Mark everybody in the audience of a round that opens; return the round with the period of the key.

    Call it in a transaction of the store, so that no key is destroyed meanwhile. Raises ``StoreError``.
    """
    period = _current_period(services)
    keys = every_key(round_.prompt, round_.id) | {audience_key(round_.id)}
    marks = {key: tuple(services.audience_keys.marks(period, key, audience).values()) for key in keys}
    frozen = FrozenAudience(period=period, people=len(audience), until=round_.closes_at + KEPT_FOR)
    services.audiences.freeze(round_.id, frozen, marks)
    return replace(round_, period=period)


def was_asked(services: Services, round_: Round, member: MemberId) -> bool:
    """Return whether a member is in the audience of a round; True for all where no audience was stored.

    Raises ``AudienceLostError`` where nobody can tell, and ``ConfigError`` where the key was made with
    another secret.
    """
    if round_.period is None:
        return True
    key = audience_key(round_.id)
    try:
        marks = services.audience_keys.marks(round_.period, key, [member])
    except KeyLostError:
        raise AudienceLostError from None
    found = services.audiences.find(key, [marks[member]])
    if any(round_id == round_.id for _, round_id in found):
        return True
    if not can_admit(services, round_):
        raise AudienceLostError
    return False


def can_admit(services: Services, round_: Round) -> bool:
    """Return whether the marks still tell who is in the audience of a round."""
    if round_.period is None:
        return True
    frozen = services.audiences.list_frozen().get(round_.id)
    return _is_whole(frozen, round_.audience_size) and services.audience_keys.is_there(round_.period)


def names_of(services: Services, round_: Round) -> frozenset[str] | None:
    """Return all names of the people in a round's audience; None unless all of them are found.

    People who have left the channel since are included. Raises ``SlackUnavailableError``.
    """
    if round_.period is None:
        return frozenset()
    try:
        people = services.directory.people(round_.channel)
        key = audience_key(round_.id)
        marks = services.audience_keys.marks(round_.period, key, people)
        there = services.audiences.list_marks(round_.id, key)
    except SlackUnavailableError:
        raise
    except BotError as error:
        log.warning("no names, no quotes", extra={"round_id": round_.id, "code": error.code})
        return None
    found = [member for member, mark in marks.items() if mark in there]
    if len(found) < max(round_.audience_size, len(there)):
        log.warning("no names, no quotes", extra={"round_id": round_.id, "code": "people_not_found"})
        return None
    return frozenset(name for member in found for name in people[member])


def is_asked_again(services: Services, tx: Tx, round_: Round) -> bool:
    """Return whether what a cancelled round asked may be asked again: the first time within four weeks.

    A round that its channel never saw does not count, since nobody was asked. One that it saw is not asked
    again while the time is not known, because then nobody knows which four weeks count.
    """
    since = services.clock() - KEPT_FOR
    if round_.announcement is None:
        return True
    return knows_time(services) and not any(
        one.state is RoundState.CANCELLED and one.opened_at > since and asks_the_same(one, round_)
        for one in tx.list_channel_rounds(round_.channel)
        if one.id != round_.id and one.announcement is not None
    )


def forget_audience(services: Services, round_id: RoundId) -> None:
    """Delete at once who was in the audience of a round."""
    with services.store.transaction("forget_audience"):  # so that no audience is stored meanwhile
        if round_id in services.audiences.list_frozen():
            _forget(services, [round_id])


def forget_old_audiences(services: Services) -> None:
    """Delete expired audiences, and the keys that no audience needs any more."""
    now = services.clock()
    frozen = services.audiences.list_frozen()
    needed = {what.period for what in frozen.values()}
    if services.audience_keys.list_periods() <= needed and all(what.until > now for what in frozen.values()):
        return  # without a transaction, so that nothing has to wait for another writer
    with services.store.transaction("old_audiences") as tx:  # so that no audience is stored meanwhile
        frozen = services.audiences.list_frozen()
        over = [one for one, what in frozen.items() if what.until <= now and not _is_live(tx, one)]
        _forget(services, over)


def forget_void_audiences(services: Services) -> None:
    """Delete the audiences of rounds that count as never asked."""
    with services.store.transaction("void_audiences") as tx:
        rounds = [tx.fetch_round(one) for one in services.audiences.list_frozen()]
        _forget(services, [one.id for one in rounds if one and one.void])


def forget_every_audience(services: Services) -> None:
    """Delete who was asked, and destroy the keys, where nobody will do it when four weeks are over.

    The rounds that stay stored count as asked of everybody from now on. Where one is not stored any more,
    nobody can tell what it asked, so all statements rest for four weeks. After a crash the same call does the
    rest.
    """
    with services.store.transaction("rest") as tx:
        if tx.list_unknown(sorted(services.audiences.list_frozen())):
            tx.put_rest_until(services.clock() + KEPT_FOR)
    with services.store.transaction("every_audience"):  # so that no audience is stored meanwhile
        _forget(services, services.audiences.list_frozen())


def _forget(services: Services, rounds: Collection[RoundId]) -> None:
    if rounds:
        services.audiences.remove(rounds)
    needed = {what.period for what in services.audiences.list_frozen().values()}
    for period in sorted(services.audience_keys.list_periods() - needed):
        services.audience_keys.destroy(period)


def _is_live(tx: Tx, round_id: RoundId) -> bool:
    round_ = tx.fetch_round(round_id)
    return round_ is not None and round_.state not in ENDS


def _has_words(prompt: RoundPrompt) -> bool:
    """Return whether the words of everything that was asked are still stored."""
    return all(statement.text != GONE for statement in prompt.statements)


def _is_marked(one: CountingRound, frozen: FrozenAudience | None, periods: Collection[Period]) -> bool:
    """Return whether everybody whom this round asked can be found by their marks."""
    if frozen is None or not _is_whole(frozen, one.people):
        return False
    return one.period == frozen.period and frozen.period in periods


def _is_whole(frozen: FrozenAudience | None, people: int) -> bool:
    """Return whether the marks of this many people are all stored."""
    return frozen is not None and frozen.whole and frozen.people >= people


def _count(
    services: Services, lately: AskedLately, audience: Collection[MemberId], statement: Askable
) -> int:
    keys, rounds = set(lately.keys_of(statement)), lately.rounds
    if lately.resting or not lately.of_everybody.isdisjoint(keys):
        return len(audience)
    if any(may_read_alike(statement, one) for one in lately.worded):
        return len(audience)
    if statement.words:
        candidates = lately.candidates()
        keys.update(*(one.keys for one in candidates.worded if may_read_alike(statement, one)))
        keys.update(key for key in candidates.wordless if key.partition(":")[0] in statement.steps)
        rounds |= candidates.gone
    found = set[MemberId]()
    for key in filter(services.audiences.has_marks, sorted(keys)):
        for period in lately.periods:
            whose = {
                mark: member for member, mark in services.audience_keys.marks(period, key, audience).items()
            }
            there = services.audiences.find(key, tuple(whose))
            found |= {whose[mark] for mark, round_id in there if round_id in rounds}
    return len(found)


def _current_period(services: Services) -> Period:
    """Return the period under whose key a round that opens now is marked; create the key if needed."""
    today = services.clock().astimezone(UTC).date()
    there = services.audience_keys.list_periods()
    fitting = [one for one in there if is_current(one, today) and services.audience_keys.fits(one)]
    period = max(fitting, default=None) or new_period(today, there)
    services.audience_keys.create(period)
    return period
