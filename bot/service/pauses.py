"""When a schedule does not ask: a rest after a cycle, and a pause when few reply in two rounds running.

Both are decided from what is stored: rounds, results, and the outcome of each fire time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from itertools import islice, takewhile

from bot.core.model import MemberId, Round, RoundKind, ScheduleId
from bot.core.posts import PostKind, post_about
from bot.core.prompts import begins_cycle
from bot.core.release import Published, Result
from bot.core.schedule import Schedule, fire_times
from bot.core.summary import highlight_of
from bot.ports import FiringOutcome, Services
from bot.service.norms import agenda_of
from bot.service.people import is_in
from bot.service.posting import post_once
from bot.service.upcoming import next_times

QUIET_ROUNDS = 2
"""After this many rounds running in which fewer than half replied, the channel is asked about going on."""


class Going(StrEnum):
    """What became of a press on *Go on*."""

    ON = "on"
    ALREADY = "already"
    NOT_A_MEMBER = "not_a_member"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneOn:
    """What became of a press on *Go on*, and when the next question comes (UTC), where that is known."""

    going: Going
    schedule: Schedule | None = None
    next_at: datetime | None = None


def pause_outcome(services: Services, schedule: Schedule, fire_at: datetime) -> FiringOutcome | None:
    """Return ``QUIET`` or ``RESTING`` where a pause begins at this fire time; None where a prompt is due."""
    with services.store.read("pause_outcome") as tx:
        rounds = tx.list_channel_rounds(schedule.channel)
        asked = tx.list_asked(schedule.channel)
        results = tx.list_releases(schedule.channel)
        resumed = tx.fetch_last_firing_with(schedule.id, FiringOutcome.RESUMED)
        agenda = agenda_of(services, tx, schedule.channel, schedule.zone)
    own = [one for one in results if one[0].schedule == schedule.id]
    if has_gone_quiet(_since(own, resumed)):
        return FiringOutcome.QUIET
    pack = services.settings.packs.get(schedule.pack)
    many = {"audience_size": rounds[-1].audience_size} if rounds else {}
    over = pack is not None and begins_cycle(pack, asked, highlight_of(results), agenda, **many)
    return FiringOutcome.RESTING if over and _needs_rest(services, schedule, rounds, fire_at) else None


def has_gone_quiet(results: Sequence[Result]) -> bool:
    """Return whether fewer than half replied in the two newest rounds; a withheld one counts as under half.

    Collecting rounds do not count: nobody has to make a proposal, and how many made none is not known.
    ``results``: newest first. Source: 1.7 of the design document on measurement [S70].
    """
    counting = (one for one in results if one[0].prompt.kind is not RoundKind.COLLECT)
    newest = list(islice(counting, QUIET_ROUNDS))
    return len(newest) == QUIET_ROUNDS and not any(
        isinstance(result, Published) and 2 * result.replies >= result.audience for _, result in newest
    )


def announce_pause(services: Services, schedule: Schedule) -> bool:
    """Tell the channel of a pause that it was not told of; return whether the schedule waits for an answer.

    After a crash it is told again, until it is recorded as told. Raises ``SlackError``; the next call tries
    again.
    """
    with services.store.read("announce_pause") as tx:
        quiet = tx.fetch_last_firing_with(schedule.id, FiringOutcome.QUIET)
        waiting = tx.fetch_last_firing_with(schedule.id, FiringOutcome.WAITING)
        resting = tx.fetch_last_firing_with(schedule.id, FiringOutcome.RESTING)
        results = tx.list_releases(schedule.channel) if resting else ()
    if quiet:
        send = partial(services.messenger.ask_to_go_on, schedule)
        _post(services, schedule, PostKind.GO_ON, send, quiet, FiringOutcome.WAITING)
    if resting:
        send = partial(services.messenger.post_cycle, schedule, results)
        _post(services, schedule, PostKind.CYCLE, send, resting, FiringOutcome.RESTED)
    return bool(quiet or waiting)


def go_on(services: Services, schedule_id: ScheduleId, member: MemberId) -> GoneOn:
    """Let a waiting schedule go on with its next fire time.

    Anyone in the channel may do it: the channel was asked, and nobody has to answer the next question. Who
    pressed the button is not stored.
    """
    with services.store.read("waiting") as tx:
        schedule = tx.fetch_schedule(schedule_id)
        waiting = tx.fetch_last_firing_with(schedule_id, FiringOutcome.WAITING)
    if schedule is None:
        return GoneOn(going=Going.ALREADY)
    if not is_in(services, schedule.channel, member):
        return GoneOn(going=Going.NOT_A_MEMBER)
    if waiting:
        with services.store.transaction("go_on") as tx:
            tx.update_firing(schedule.id, waiting, FiringOutcome.RESUMED)
            tx.set_next_check(schedule, None)
    next_at = next(iter(next_times(services, schedule, 1)), None)
    return GoneOn(going=Going.ON if waiting else Going.ALREADY, schedule=schedule, next_at=next_at)


def _post(
    services: Services,
    schedule: Schedule,
    kind: PostKind,
    send: Callable[[], object],
    fire_at: datetime,
    outcome: FiringOutcome,
) -> None:
    what = post_about(kind, schedule, services.clock())
    post_once(services, what, send, lambda tx, _: tx.update_firing(schedule.id, fire_at, outcome))


def _since(results: Sequence[Result], resumed: datetime | None) -> Sequence[Result]:
    """Return the results of rounds that opened after the channel said to go on."""
    if resumed is None:
        return results
    return list(takewhile(lambda one: one[0].opened_at > resumed, results))


def _needs_rest(services: Services, schedule: Schedule, rounds: Sequence[Round], fire_at: datetime) -> bool:
    """Return whether no fire time has passed without a question since the last round; pauses count, too.

    Rounds that the norm ledger asked for during a rest, such as a consent, do not begin another rest. Where
    no round is stored any more, the last one is at least a month old, which was rest enough.
    """
    rounds = [one for one in rounds if one.prompt.is_asked]
    if not rounds:
        return False
    last = next((place for place, one in reversed(list(enumerate(rounds))) if _is_in_cycle(one)), 0)
    always = replace(schedule, paused=False, paused_until=None)
    since = takewhile(
        lambda moment: moment < fire_at, fire_times(always, rounds[last].opened_at, services.holidays)
    )
    rounds_since = len(rounds) - 1 - last
    return len(list(islice(since, rounds_since + 1))) <= rounds_since


def _is_in_cycle(round_: Round) -> bool:
    """Return whether a round belongs to the cycle, and was not asked for by the norm ledger."""
    return round_.prompt.in_turn and round_.prompt.kind is not RoundKind.LOOK_AGAIN
