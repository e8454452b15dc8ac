"""What the bot says of schedules, by name: the list, the commands of admins, channels that come and go."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

from bot.core.changes import ChangeKind, ScheduleChange
from bot.core.model import ChannelId, MemberId, PackId, PromptPack, ReleasePolicy, ScheduleId
from bot.core.posts import PostKind, PostOutcome, Trouble
from bot.core.schedule import MonthlyDay, QuietDays, Schedule, Source, Weekly
from bot.core.settings import Settings
from bot.ports import AdminNote, ChannelInfo
from bot.service.channel_schedules import ChannelSchedules
from bot.service.home import Home
from bot.service.open_rounds import NotAsked
from bot.service.schedules import (
    ScheduleProblem,
)
from bot.service.summaries import Standing
from bot.service.upcoming import PlannedSchedule
from bot.slack.home.blocks import all_schedules, home_view
from bot.slack.kit import refusals
from bot.slack.kit.builders import Answer, Block, View
from bot.slack.kit.privacy import promise_of_channel
from bot.slack.schedule import answer_blocks as words
from bot.slack.schedule import blocks as messages
from bot.slack.schedule.list_blocks import schedule_list
from tests.slack.samples import OPENED, a_round
from tests.slack.spoken import LANGUAGE

ROUND = a_round()
WEEK = timedelta(weeks=1)
ADMIN = MemberId("U01MAYA")
PACK = PromptPack(id=PackId("belonging"), title="Belonging & <co>", dimensions=(), prompts=())
SETTINGS = Settings(support=None, policy=ReleasePolicy(), packs={PACK.id: PACK})
NAMED = replace(SETTINGS, admins=frozenset({ADMIN, MemberId("U05YUKI")}), creators=True)

TROUBLES = (
    (PostKind.ASKING, PostOutcome.GIVEN_UP, "fetch_members_failed"),
    (PostKind.QUESTION, PostOutcome.GIVEN_UP, "message_limit_exceeded"),
    (PostKind.QUESTION, PostOutcome.GIVEN_UP, ""),
    (PostKind.QUESTION, PostOutcome.UNKNOWN, "fatal_error"),
    (PostKind.REMINDER, PostOutcome.GIVEN_UP, "rate_limited"),
    (PostKind.SUMMARY, PostOutcome.WAITS, "missing_scope"),
    (PostKind.SUMMARY, PostOutcome.UNKNOWN, "no_connection"),
    (PostKind.CYCLE, PostOutcome.UNKNOWN, ""),
    (PostKind.GO_ON, PostOutcome.WAITS, "rate_limited"),
    (PostKind.CANCELLED, PostOutcome.WAITS, "rate_limited"),
    (PostKind.KEY_LOST, PostOutcome.UNKNOWN, "malformed_response"),
    (PostKind.INTRODUCTION, PostOutcome.GIVEN_UP, "restricted_action"),
    (PostKind.CHANGE, PostOutcome.GIVEN_UP, "restricted_action"),
    (PostKind.CORRECTION, PostOutcome.WAITS, "cant_update_message"),
)

WEEKLY = Schedule(
    id=ScheduleId("s00000000001"),
    channel=ROUND.channel,
    recurrence=Weekly(every=2, weekdays=(1, 3)),
    at=time(10),
    zone="Europe/Berlin",
    pack=PACK.id,
    open_for=timedelta(days=3),
    policy=ReleasePolicy(),
    created_at=OPENED,
    source=Source.SLACK,
)
MONTHLY = replace(
    WEEKLY,
    id=ScheduleId("s00000000002"),
    recurrence=MonthlyDay(day=31),
    source=Source.CONFIG,
    reminder=False,
    tenure=True,
    pack=PackId("gone"),
    quiet=QuietDays(holidays="DE-BE", ranges=((date(2026, 12, 24), date(2027, 1, 3)),)),
)
TIMES = tuple(OPENED + number * WEEK for number in (1, 2, 3))
NEXT = TIMES[0]
RESTING = {"paused": True, "paused_until": date(2027, 1, 5)}


def change(kind: ChangeKind, by: MemberId | None = ADMIN, **changes: Any) -> ScheduleChange:
    """A change to the schedule of every two weeks."""
    return ScheduleChange(kind=kind, schedule=replace(WEEKLY, **changes), at=OPENED, by=by)


CHANGES = tuple(change(kind) for kind in ChangeKind)


def plan(schedule: Schedule, *, waiting: bool = False) -> PlannedSchedule:
    """A schedule with its next three times, unless it rests for good."""
    times = () if schedule.paused and schedule.paused_until is None else TIMES
    return PlannedSchedule(schedule=schedule, next_times=times, waiting=waiting)


def listed(*planned: PlannedSchedule, note: str = "", settings: Settings = SETTINGS, **more: Any) -> View:
    """The list of these schedules, as an admin sees it."""
    found = ChannelSchedules(
        **({"channel": ROUND.channel, "planned": planned, "changes": (), "may_change": True} | more)
    )
    return schedule_list(found, settings, note, language=LANGUAGE)


def of_change(one: ScheduleChange) -> Answer:
    """A change as its channel reads it."""
    rests = one.schedule.paused and not one.schedule.paused_until
    comes = one.kind is not ChangeKind.DELETED and not rests
    return messages.change_line(one, NEXT if comes else None, language=LANGUAGE), []


def of_refusal(reason: str, **more: Any) -> Answer:
    """Why nothing is asked now."""
    refused = NotAsked(reason=reason, **({"schedule": WEEKLY} | more))
    return words.refusal(words.not_asked_text(refused, SETTINGS, language=LANGUAGE))


MANY = tuple(plan(replace(WEEKLY, id=ScheduleId(f"s{number:011}"))) for number in range(40))

SPOKEN: dict[str, tuple[str, list[Block]]] = {
    "introduction": (LANGUAGE.gettext(messages.INTRODUCTION_TEXT), messages.introduction(language=LANGUAGE)),
    **{f"a schedule was {one.kind.value}": of_change(one) for one in CHANGES},
    "a schedule was paused for good": of_change(change(ChangeKind.PAUSED, paused=True)),
    "a schedule was paused until a day": of_change(change(ChangeKind.PAUSED, **RESTING)),
    "a schedule was changed in config.yaml": of_change(change(ChangeKind.CHANGED, by=None)),
    **{
        f"an admin hears: {note.value}": (
            messages.admin_note(
                note,
                ChannelInfo(
                    id=ChannelId("C02PRODUCT"), name="harbour", private=False, archived=False, joined=True
                ),
                "product-team",
                language=LANGUAGE,
            ),
            [],
        )
        for note in AdminNote
    },
    "invited by an admin": words.invited(ROUND.channel, SETTINGS, may_set=True, language=LANGUAGE),
    "invited by a member": words.invited(ROUND.channel, NAMED, may_set=False, language=LANGUAGE),
    "may not": words.refusal(words.not_allowed(SETTINGS, language=LANGUAGE)),
    **{
        f"an admin hears of trouble: {kind.value}, {fate.value}, {reason}": (
            messages.trouble_note(
                Trouble(kind=kind, fate=fate, reason=reason), ROUND.channel, language=LANGUAGE
            ),
            [],
        )
        for kind, fate, reason in TROUBLES
    },
    "may not, and admins are named": words.refusal(words.not_allowed(NAMED, language=LANGUAGE)),
    **{
        f"schedule, {problem.value}": words.refusal(words.problem_text(problem, SETTINGS, language=LANGUAGE))
        for problem in (ScheduleProblem.GONE, ScheduleProblem.DECLARED, ScheduleProblem.PAST_DAY)
    },
    "asked now": words.refusal(words.asked_text(replace(ROUND, announcement="1.2"), language=LANGUAGE)),
    "asked now, and Slack is slow": words.refusal(
        words.asked_text(replace(ROUND, announcement=None), language=LANGUAGE)
    ),
    **{f"not asked, {reason}": of_refusal(reason) for reason in refusals.REFUSALS},
    **{
        f"not asked, {reason}": of_refusal(reason)
        for reason in ("not_allowed", "audience_too_small", "unknown_pack", "fatal_something")
    },
    "not asked, restricted_action_read_only_channel": of_refusal("restricted_action_read_only_channel"),
    "not asked, a round is open": of_refusal("round_still_open", open_round=ROUND),
    "not asked, a round is closing": of_refusal("round_still_open"),
    "paused": words.paused_answer([replace(WEEKLY, paused=True)], None, None, language=LANGUAGE),
    "paused until a day": words.paused_answer([replace(WEEKLY, **RESTING)], NEXT, None, language=LANGUAGE),
    "paused while a round is open": words.paused_answer(
        [replace(WEEKLY, paused=True)], None, ROUND, language=LANGUAGE
    ),
    "paused until no day": words.unreadable_day("<!everyone> next week", language=LANGUAGE),
    "paused where there is no schedule": words.refusal(LANGUAGE.gettext(words.SCHEDULE_MISSING)),
    "resumed": words.resumed_answer(NEXT, "Europe/Berlin", was_still=True, language=LANGUAGE),
    "resumed what was not paused": words.resumed_answer(
        NEXT, "Europe/Berlin", was_still=False, language=LANGUAGE
    ),
    "resumed what never comes": words.resumed_answer(
        None, "Europe/Berlin", was_still=True, language=LANGUAGE
    ),
    "cancel?": words.cancel_question(ROUND, language=LANGUAGE),
    "cancel what?": words.cancel_question(None, language=LANGUAGE),
    "cancelled": words.cancelled_answer(ROUND, language=LANGUAGE),
    "cancelled before": words.cancelled_answer(None, language=LANGUAGE),
}

SHOWN: dict[str, View] = {
    "schedules, none yet, an admin": listed(),
    "schedules, none yet, a member": listed(may_change=False),
    "schedules, an admin": listed(plan(WEEKLY), plan(MONTHLY), changes=CHANGES),
    "schedules, a member": listed(plan(WEEKLY), changes=CHANGES, may_change=False, settings=NAMED),
    "schedules, paused and waiting": listed(
        plan(replace(WEEKLY, paused=True)),
        plan(replace(WEEKLY, id=ScheduleId("s3"), **RESTING)),
        plan(replace(WEEKLY, id=ScheduleId("s4")), waiting=True),
        note=words.asked_text(replace(ROUND, announcement="1.2"), language=LANGUAGE),
        open_round=ROUND,
    ),
    "schedules, none comes": listed(PlannedSchedule(schedule=WEEKLY, next_times=())),
    "schedules, shared with a company": listed(plan(WEEKLY), shared=True),
    "schedules, out of reach": listed(plan(WEEKLY), can_post=False),
    "home, a schedule of a channel out of reach": home_view(
        Home(schedules=(replace(plan(WEEKLY), can_post=False),)), "{}", language=LANGUAGE
    ),
    "schedules of the Home tab, none": all_schedules((), 0, 0, language=LANGUAGE),
    "promise of a channel": promise_of_channel(
        Standing(latest=None, open_round=None, policy=ReleasePolicy()), language=LANGUAGE
    ),
}

FULL: dict[str, View] = {
    "schedules, forty": listed(*MANY, changes=CHANGES, note="x", open_round=ROUND),
    "schedules of the Home tab, page two of three": all_schedules(MANY[:20], 1, 41, language=LANGUAGE),
}
