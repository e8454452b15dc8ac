"""Open a round: choose its question, store who is asked, and announce it."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import TypeVar

from bot.core.audiences import Shared, firing_id, may_ask
from bot.core.language import ENGLISH_CODE
from bot.core.model import (
    ChannelId,
    MemberId,
    PromptPack,
    Round,
    RoundId,
    RoundKind,
    RoundPrompt,
    RoundState,
    ScheduleId,
)
from bot.core.posts import PostKind, post_about, waits
from bot.core.prompts import choose
from bot.core.release import can_ask_tenure, is_too_small, warns_admin
from bot.core.rounds import closes_at, reminder_at
from bot.core.schedule import Schedule
from bot.core.summary import highlight_of
from bot.core.translation import has_language, shown_in
from bot.errors import BotError, SlackError, SlackUnavailableError, StoppingError
from bot.ports import AdminNote, FiringOutcome, Services, Tx
from bot.service.announcements import announce
from bot.service.audiences import asked_lately, freeze, most_shared, shared_with
from bot.service.channel_language import settle_language
from bot.service.channel_schedules import fetch_schedule, may_schedule, open_round_of, schedule_to_ask
from bot.service.channels import news_of, reason_of, refresh_channel
from bot.service.clock_trust import may_decide
from bot.service.close_rounds import discard_secrets
from bot.service.norms import agenda_of
from bot.service.people import has_several_languages, languages_read, why_unseen
from bot.service.posting import (
    TooEarlyError,
    fetch_post,
    retry_after,
)

T = TypeVar("T")

log = logging.getLogger(__name__)

RESTS = "rests"
"""The reason where everything that could be asked was asked of these people lately."""

_TICK = timedelta(microseconds=1)

TRIES = 2
"""How often a channel may be asked on one day, where the first round was cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A round that may open: its id, its question, and the people to ask.

    ``several_languages``: whether these people have set Slack to different languages. ``read``: the languages
    to which somebody has set it and into which the pack is translated, if not wholly. They are not stored.
    """

    round_id: RoundId
    prompt: RoundPrompt
    audience: frozenset[MemberId] = field(repr=False)
    several_languages: bool = False
    read: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAsked:
    """Why no round opens now.

    ``reason``: ``not_allowed``, ``clock``, ``gone``, ``slack_unavailable``, a code of ``plan_round``, or
    Slack's own. ``schedule``: the one whose rules apply. ``open_round``: the round that prevents it, if one
    is open.
    """

    reason: str
    schedule: Schedule | None = None
    open_round: Round | None = None


class RefusedError(BotError):
    """This round may not open."""

    code = "refused"


def open_now(services: Services, schedule: Schedule) -> Round:
    """Open and announce a round now, without waiting for the fire time of this schedule. Return the round.

    It counts as a firing of the schedule. While Slack cannot be reached the round is open and not announced:
    the next ``run_due`` announces it. Raises ``RefusedError`` when no round may open here, and
    ``SlackUnavailableError`` when Slack cannot be asked who is in the channel.
    """
    now = services.clock()
    schedule = settle_language(services, schedule)
    round_ = _open(services, schedule, now, plan_round(services, schedule, now))
    if round_ is None:  # another thread claimed it at the same moment
        raise _refused("round_still_open")
    try:
        return announce(services, round_)
    except SlackUnavailableError:
        return round_
    except SlackError as error:
        raise _refused(error.reason) from error


def people_to_ask(services: Services, channel: ChannelId, member: MemberId) -> int | NotAsked:
    """Return how many people ``ask_now`` would ask in this channel, or why it would ask nobody.

    The question is not returned: whoever could see it first and not ask it would choose among questions.
    """
    return _with_schedule_to_ask(
        services,
        channel,
        member,
        None,
        lambda schedule: len(plan_round(services, schedule, services.clock()).audience),
    )


def ask_now(
    services: Services, channel: ChannelId, member: MemberId, schedule_id: ScheduleId | None = None
) -> Round | NotAsked:
    """Open a round in a channel now, by the rules of this schedule or of the channel's first one.

    Return the round, or why none opens. A round that Slack has not accepted yet has no ``announcement``.
    """
    return _with_schedule_to_ask(
        services, channel, member, schedule_id, lambda schedule: open_now(services, schedule)
    )


def _with_schedule_to_ask(
    services: Services,
    channel: ChannelId,
    member: MemberId,
    schedule_id: ScheduleId | None,
    step: Callable[[Schedule], T],
) -> T | NotAsked:
    """Run this step with the schedule by which a member asks now; return its result, or why it is not run."""
    if not may_schedule(services, member, channel):
        return NotAsked(reason=why_unseen(services, channel) or "not_allowed")
    if not may_decide(services):
        return NotAsked(reason="clock")
    schedule = fetch_schedule(services, schedule_id) if schedule_id else schedule_to_ask(services, channel)
    if schedule is None or schedule.channel != channel:
        return NotAsked(reason="gone")
    try:
        services.directory.forget(channel)
        refresh_channel(services, channel)
        return step(schedule)
    except (RefusedError, SlackError) as error:
        reason = error.code if isinstance(error, SlackUnavailableError) else reason_of(error)
        log.warning("round refused", extra={"channel_id": channel, "code": reason_of(error)})
        return NotAsked(reason=reason, schedule=schedule, open_round=open_round_of(services, channel))


def fire(services: Services, schedule: Schedule, fire_at: datetime) -> Round | None:
    """Open and announce the round of this fire time. Return None when it was claimed before or was refused.

    Raises ``SlackUnavailableError``, with nothing claimed, when Slack cannot be asked who is in the channel
    (``TooEarlyError`` while a pause that Slack asked for lasts), and ``SlackError`` as ``announce`` does.
    """
    asking = fetch_post(services, post_about(PostKind.ASKING, schedule, services.clock()))
    if waits(asking, services.clock()):
        raise TooEarlyError
    schedule = settle_language(services, schedule)
    try:
        round_ = _open(services, schedule, fire_at, plan_round(services, schedule, fire_at))
    except RefusedError as refused:
        with services.store.transaction("refuse") as tx:
            tx.claim_firing(schedule.id, fire_at, FiringOutcome.REFUSED)
            tx.delete_post(asking.kind, asking.of)
        log.warning("round refused", extra={"channel_id": schedule.channel, "code": refused.code})
        return None
    except StoppingError:
        raise
    except SlackUnavailableError as error:
        not_before = services.clock() + retry_after(error)
        with services.store.transaction("not_asked") as tx:
            tx.put_post(replace(asking, reason=error.reason, not_before=not_before))
        raise
    return announce(services, round_) if round_ else None


def plan_round(services: Services, schedule: Schedule, fire_at: datetime) -> Plan:
    """Return the question and the people of a round. Raises ``RefusedError`` when it may not open."""
    if services.settings.support is None:
        raise _refused("no_support_contact")
    pack = services.settings.packs.get(schedule.pack)
    if pack is None:
        raise _refused("unknown_pack")
    if unreachable := _out_of_reach(services, schedule.channel):
        raise _refused(unreachable)
    audience = _audience(services, schedule.channel)
    if is_too_small(len(audience), schedule.policy.threshold):
        raise _refused("audience_too_small")
    with services.store.read("plan") as tx:
        if tx.has_open_round(schedule.channel):
            raise _refused("round_still_open")
        round_id = _fresh_id(tx, schedule, fire_at)
        prompt = _choose(services, tx, schedule, pack, round_id, audience)
    if prompt is None:
        with services.store.transaction("nothing_left") as tx:
            tx.put_nothing_left(schedule.channel, _deciding_day(services))
        raise _refused(RESTS)
    asks_tenure = schedule.tenure and can_ask_tenure(prompt, len(audience))
    return Plan(
        round_id=round_id,
        prompt=replace(prompt, asks_tenure=asks_tenure),
        audience=audience,
        several_languages=has_several_languages(services, schedule.channel),
        read=frozenset(filter(pack.translations.get, languages_read(services, schedule.channel))),
    )


def _fresh_id(tx: Tx, schedule: Schedule, fire_at: datetime) -> RoundId:
    """Return the id of the round of this firing; the next free one if a clock that was ahead has used it."""
    ids = (firing_id(schedule.id, fire_at + number * _TICK) for number in count())
    return next(one for one in ids if tx.list_unknown([one]))


def _choose(
    services: Services,
    tx: Tx,
    schedule: Schedule,
    pack: PromptPack,
    round_id: RoundId,
    audience: frozenset[MemberId],
) -> RoundPrompt | None:
    """Return the question to ask now; None where everything rests.

    It is decided once a day. Whoever could ask again with other people in the channel would learn from what
    rests who is in other channels. So after a cancelled round the same is asked again, or nothing.
    """
    today = _deciding_day(services)
    if tx.fetch_nothing_left(schedule.channel) == today:
        return None
    asked = tx.list_asked(schedule.channel)
    highlight = highlight_of(tx.list_releases(schedule.channel))
    agenda = agenda_of(services, tx, schedule.channel, schedule.zone)
    shared = shared_with(services, asked_lately(services, tx, schedule.zone, round_id, asked), audience)
    enough = schedule.policy.quotes and len(audience) >= schedule.policy.quote_replies
    could_quote = len(audience) if enough else 0
    prompt = choose(pack, asked, highlight, agenda, shared, could_quote, services.languages)
    cancelled = _cancelled_on(today, tx.list_channel_rounds(schedule.channel))
    if len(cancelled) >= TRIES or not all(prompt and _are_alike(prompt, one.prompt) for one in cancelled):
        return None
    return prompt


def _cancelled_on(day: date, rounds: Sequence[Round]) -> list[Round]:
    cancelled = (one for one in rounds if one.state is RoundState.CANCELLED)
    return [one for one in cancelled if one.opened_at.astimezone(UTC).date() == day]


def _are_alike(one: RoundPrompt, other: RoundPrompt) -> bool:
    return (one.prompt_id, one.statements, one.tags) == (other.prompt_id, other.statements, other.tags)


def _deciding_day(services: Services) -> date:
    """Return the day (UTC) that counts for deciding what a channel is asked.

    It is not the day in the schedule's zone: changing the zone would allow a second decision.
    """
    return services.today("UTC")


def _open(services: Services, schedule: Schedule, fire_at: datetime, plan: Plan) -> Round | None:
    try:
        round_ = _claim(services, schedule, fire_at, plan)
    except BotError:
        discard_secrets(services, plan.round_id)  # else every attempt would fill a full disk further
        raise
    if round_ is None:
        return None
    log.info("round opened", extra={"round_id": round_.id, "channel_id": schedule.channel})
    if warns_admin(len(plan.audience)):
        log.warning("small audience", extra={"channel_id": schedule.channel, "count": len(plan.audience)})
    return round_


def _claim(services: Services, schedule: Schedule, fire_at: datetime, plan: Plan) -> Round | None:
    """Store the round as open, with the audience marked. Return None where the fire time is taken.

    A collecting round takes over the channel's suggestion box, if there is one. The audience is counted
    again and stored in one transaction, so that no two rounds open at once for the same people. Raises
    ``RefusedError`` where another round has asked them meanwhile.
    """
    now = services.clock()
    with services.store.transaction("claim") as tx:
        overlaps = tx.has_open_round(schedule.channel)  # a round may have opened since the plan was made
        outcome = FiringOutcome.REFUSED if overlaps else FiringOutcome.OPENED
        if not tx.claim_firing(schedule.id, fire_at, outcome) or overlaps:
            return None
        tx.delete_post(PostKind.ASKING, schedule.id)
        box = tx.fetch_suggestion_box(schedule.channel) if plan.prompt.kind is RoundKind.COLLECT else None
        round_ = Round(
            id=box.id if box else plan.round_id,
            channel=schedule.channel,
            schedule=schedule.id,
            number=tx.fetch_last_number(schedule.channel) + 1,
            prompt=plan.prompt,
            policy=schedule.policy,
            audience_size=0,
            opened_at=now,
            closes_at=closes_at(now, schedule.open_for, schedule.policy),
            zone=schedule.zone,
            closing_key=b"",
            language=shown_in(plan.prompt, schedule.language or ENGLISH_CODE),
            several_languages=plan.several_languages,
        )
        if _is_first_to_fall_back(tx, schedule, round_, plan.read):
            tx.put_post(news_of(services, AdminNote.NOT_TRANSLATED, schedule.channel))
        if plan.prompt.kind is not RoundKind.COLLECT:  # anybody may suggest, and no answers are counted
            round_ = _frozen(services, tx, round_, plan.audience)
        services.boxes.create(round_.id, now)
        round_ = replace(round_, closing_key=box.closing_key if box else services.vault.create(round_.id))
        if schedule.reminder:
            round_ = replace(round_, remind_at=reminder_at(round_))
        if box:  # the proposals already in it count together with the new ones
            tx.update_round(round_)
        else:
            tx.insert_round(round_)
    return round_


def _is_first_to_fall_back(tx: Tx, schedule: Schedule, round_: Round, read: frozenset[str]) -> bool:
    """Return whether a round lacks the language of its channel or one of ``read``, first in this schedule.

    An admin is told once, until the schedule is changed; not when somebody joins who reads what is lacking
    anyway, which would tell whose language it is.
    """
    codes = read | {schedule.language} if schedule.language else read

    def is_whole(prompt: RoundPrompt) -> bool:
        return all(has_language(prompt, code) for code in codes)

    return not is_whole(round_.prompt) and all(
        is_whole(one.prompt)
        for one in tx.list_channel_rounds(schedule.channel)
        if one.schedule == schedule.id and one.opened_at > schedule.created_at
        if one.state is not RoundState.GATHERING
    )


def _frozen(services: Services, tx: Tx, round_: Round, audience: frozenset[MemberId]) -> Round:
    """Mark the audience of a round; return the round with its size and with how many were asked the same."""
    shared: Shared = shared_with(services, asked_lately(services, tx, round_.zone, round_.id), audience)
    most = most_shared(shared, round_.prompt, round_.id)
    if not may_ask(most):
        raise _refused(RESTS)
    return freeze(services, replace(round_, audience_size=len(audience), shared=most), audience)


def _out_of_reach(services: Services, channel: ChannelId) -> str:
    """Return why the bot cannot post in a channel, as last seen; empty where it can, or does not know."""
    with services.store.read("known_channel") as tx:
        known = tx.fetch_channel(channel)
    if known is None or known.info.can_post:
        return ""
    return "is_archived" if known.info.archived else "not_in_channel"


def _audience(services: Services, channel: ChannelId) -> frozenset[MemberId]:
    try:
        return services.directory.audience_to_ask(channel)
    except SlackUnavailableError:
        raise
    except BotError as error:
        raise _refused(reason_of(error)) from error


def _refused(code: str) -> RefusedError:
    error = RefusedError()
    error.code = code
    return error
