"""When a schedule does not ask: a rest after a cycle, and a pause when fewer than half reply twice running.

Both are read from what is stored: rounds, results, and what became of each fire time. What the channel is
told about it is told again after a crash, until it is recorded as told.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from itertools import islice, takewhile

from bot.core.model import MemberId, Round, RoundKind, ScheduleId
from bot.core.posts import PostKind, of_schedule
from bot.core.prompts import begins_cycle
from bot.core.release import Published
from bot.core.results import Result
from bot.core.schedule import Schedule, fire_times
from bot.core.summary import finding_of
from bot.ports import FiringOutcome, Services
from bot.service.norms import agenda_of
from bot.service.people import is_in
from bot.service.posting import say
from bot.service.upcoming import next_times

QUIET_ROUNDS = 2
"""After so many rounds running in which fewer than half replied, the channel is asked whether to go on."""


class Going(StrEnum):
    """What became of *Go on*."""

    ON = "on"
    ALREADY = "already"
    NOT_A_MEMBER = "not_a_member"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneOn:
    """What became of *Go on*, and when the next prompt comes (UTC), where that is known."""

    going: Going
    schedule: Schedule | None = None
    next_at: datetime | None = None


def instead_of_asking(services: Services, schedule: Schedule, fire_at: datetime) -> FiringOutcome | None:
    """What this fire time is used for, if not for a prompt: ``QUIET``, ``RESTING``, or None."""
    with services.store.read("rhythm") as tx:
        rounds = tx.list_channel_rounds(schedule.channel)
        asked = tx.list_asked(schedule.channel)
        results = tx.list_releases(schedule.channel)
        resumed = tx.last_firing_with(schedule.id, FiringOutcome.RESUMED)
        agenda = agenda_of(services, tx, schedule.channel, schedule.zone)
    own = [one for one in results if one[0].schedule == schedule.id]
    if has_gone_quiet(_since(own, resumed)):
        return FiringOutcome.QUIET
    pack = services.settings.packs.get(schedule.pack)
    many = {"audience_size": rounds[-1].audience_size} if rounds else {}
    over = pack is not None and begins_cycle(pack, asked, finding_of(results), agenda, **many)
    return FiringOutcome.RESTING if over and _needs_rest(services, schedule, rounds, fire_at) else None


def has_gone_quiet(results: Sequence[Result]) -> bool:
    """Whether fewer than half replied in the two newest rounds; a withheld one counts as under half.

    How many made no proposal is not known, and nobody has to: rounds of collecting do not count. ``results``:
    newest first. Source: 1.7 of the design document on measurement [S70].
    """
    counting = (one for one in results if one[0].prompt.kind is not RoundKind.COLLECT)
    newest = list(islice(counting, QUIET_ROUNDS))
    return len(newest) == QUIET_ROUNDS and not any(
        isinstance(result, Published) and 2 * result.replies >= result.audience for _, result in newest
    )


def keeps_still(services: Services, schedule: Schedule) -> bool:
    """Whether a schedule waits for its channel's word; tells the channel first what it was not told yet.

    Raises ``SlackError`` when that cannot be said; the next call says it.
    """
    with services.store.read("keeps_still") as tx:
        quiet = tx.last_firing_with(schedule.id, FiringOutcome.QUIET)
        waiting = tx.last_firing_with(schedule.id, FiringOutcome.WAITING)
        resting = tx.last_firing_with(schedule.id, FiringOutcome.RESTING)
        results = tx.list_releases(schedule.channel) if resting else ()
    if quiet:
        send = partial(services.messenger.ask_to_go_on, schedule)
        _say(services, schedule, PostKind.GO_ON, send, quiet, FiringOutcome.WAITING)
    if resting:
        send = partial(services.messenger.post_cycle, schedule, results)
        _say(services, schedule, PostKind.CYCLE, send, resting, FiringOutcome.RESTED)
    return bool(quiet or waiting)


def go_on(services: Services, schedule_id: ScheduleId, member: MemberId) -> GoneOn:
    """Let a waiting schedule go on with its next fire time.

    Anyone of the channel may say so: it was the channel that was asked, and what follows is a question that
    nobody has to answer. Who said it is not kept.
    """
    with services.store.read("waiting") as tx:
        schedule = tx.fetch_schedule(schedule_id)
        waiting = tx.last_firing_with(schedule_id, FiringOutcome.WAITING)
    if schedule is None:
        return GoneOn(going=Going.ALREADY)
    if not is_in(services, schedule.channel, member):
        return GoneOn(going=Going.NOT_A_MEMBER)
    if waiting:
        with services.store.transaction("go_on") as tx:
            tx.update_firing(schedule.id, waiting, FiringOutcome.RESUMED)
            tx.look_again(schedule, None)
    next_at = next(iter(next_times(services, schedule, 1)), None)
    return GoneOn(going=Going.ON if waiting else Going.ALREADY, schedule=schedule, next_at=next_at)


def _say(
    services: Services,
    schedule: Schedule,
    kind: PostKind,
    send: Callable[[], object],
    fire_at: datetime,
    outcome: FiringOutcome,
) -> None:
    what = of_schedule(kind, schedule.id, schedule.channel, services.clock())
    say(services, what, send, lambda tx, _: tx.update_firing(schedule.id, fire_at, outcome))


def _since(results: Sequence[Result], resumed: datetime | None) -> Sequence[Result]:
    """The results of rounds that opened after the channel said to go on."""
    if resumed is None:
        return results
    return list(takewhile(lambda one: one[0].opened_at > resumed, results))


def _needs_rest(services: Services, schedule: Schedule, rounds: Sequence[Round], fire_at: datetime) -> bool:
    """Whether no fire time has passed since the last round without a prompt, be it in a pause.

    What the norm ledger asked for since, as a decision that a rest had put off, does not begin another rest.
    Where no round is kept any more, the last one was a month ago or longer: that was rest enough.
    """
    rounds = [one for one in rounds if one.prompt.is_asked]
    if not rounds:
        return False
    last = next((place for place, one in reversed(list(enumerate(rounds))) if _goes_on(one)), 0)
    always = replace(schedule, paused=False, paused_until=None)
    since = takewhile(
        lambda moment: moment < fire_at, fire_times(always, rounds[last].opened_at, services.holidays)
    )
    rounds_since = len(rounds) - 1 - last
    return len(list(islice(since, rounds_since + 1))) <= rounds_since


def _goes_on(round_: Round) -> bool:
    """Whether a round takes the cycle further by itself, and not because the norm ledger asked for it."""
    return round_.prompt.in_turn and round_.prompt.kind is not RoundKind.LOOK_AGAIN
