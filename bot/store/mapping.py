"""Convert core values to rows of the application database, and back."""

import json
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import cast

from bot.core.changes import ChangeKind, ScheduleChange
from bot.core.model import (
    ChannelId,
    MemberId,
    MessageTs,
    PackId,
    Period,
    QuoteId,
    ReleasePolicy,
    Round,
    RoundId,
    RoundPrompt,
    RoundState,
    ScheduleId,
)
from bot.core.norms import Norm
from bot.core.posts import Post, PostKind
from bot.core.quotes import QuoteRemoval, QuoteRequest
from bot.core.release import Release
from bot.core.schedule import QuietDays, Recurrence, Schedule, Source, zone_named
from bot.ports import ChannelInfo, CountingRound, DueSchedule, FiringOutcome, KnownChannel
from bot.store.serialization import dumps, loads, moment_of, seconds, time_text
from bot.store.statements import Row


def schedule_row(schedule: Schedule) -> Row:
    """Return the row of a schedule."""
    return {
        "id": schedule.id,
        "channel": schedule.channel,
        "recurrence": dumps(schedule.recurrence),
        "at": schedule.at.isoformat(),
        "zone": schedule.zone,
        "pack": schedule.pack,
        "open_for_s": seconds(schedule.open_for),
        "policy": dumps(schedule.policy),
        "created_at": time_text(schedule.created_at),
        "reminder": schedule.reminder,
        "quiet": dumps(schedule.quiet),
        "tenure": schedule.tenure,
        "source": schedule.source.value,
        "paused": schedule.paused,
        "paused_until": schedule.paused_until.isoformat() if schedule.paused_until else None,
    }


def schedule_of(row: Row) -> Schedule:
    """Return the schedule of a row; raises ``ValueError``."""
    return Schedule(
        id=ScheduleId(row["id"]),
        channel=ChannelId(row["channel"]),
        recurrence=loads(Recurrence, row["recurrence"]),
        at=time.fromisoformat(row["at"]),
        zone=row["zone"],
        pack=PackId(row["pack"]),
        open_for=timedelta(seconds=row["open_for_s"]),
        policy=loads(ReleasePolicy, row["policy"]),
        created_at=moment_of(row["created_at"]),
        reminder=bool(row["reminder"]),
        quiet=loads(QuietDays, row["quiet"]),
        tenure=bool(row["tenure"]),
        source=Source(row["source"]),
        paused=bool(row["paused"]),
        paused_until=date.fromisoformat(row["paused_until"]) if row["paused_until"] else None,
    )


def due_schedule_of(row: Row) -> DueSchedule:
    """Return the schedule of a row with its firings; raises ``ValueError``."""
    last = row["last_firing"]
    return DueSchedule(
        schedule=schedule_of(row),
        last_firing=moment_of(last) if last else None,
        unsettled=bool(row["unsettled"]),
    )


def round_row(round_: Round) -> Row:
    """Return the row of a round."""
    return {
        "id": round_.id,
        "channel": round_.channel,
        "schedule": round_.schedule,
        "number": round_.number,
        "prompt": dumps(round_.prompt),
        "policy": dumps(round_.policy),
        "audience_size": round_.audience_size,
        "opened_at": time_text(round_.opened_at),
        "closes_at": time_text(round_.closes_at),
        "zone": round_.zone,
        "closing_key": round_.closing_key,
        "state": round_.state.value,
        "announcement": round_.announcement,
        "summary": round_.summary,
        "remind_at": time_text(round_.remind_at) if round_.remind_at else None,
        "period": round_.period,
        "shared": round_.shared,
        "void": round_.void,
        "tries": round_.tries,
        "tried_at": time_text(round_.tried_at) if round_.tried_at else None,
    }


def round_of(row: Row) -> Round:
    """Return the round of a row; raises ``ValueError``."""
    return Round(
        id=RoundId(row["id"]),
        channel=ChannelId(row["channel"]),
        schedule=None if row["schedule"] is None else ScheduleId(row["schedule"]),
        number=row["number"],
        prompt=prompt_of(row["prompt"]),
        policy=_policy_of(row["policy"]),
        audience_size=row["audience_size"],
        opened_at=moment_of(row["opened_at"]),
        closes_at=moment_of(row["closes_at"]),
        zone=zone_named(row["zone"]).key,
        closing_key=row["closing_key"],
        state=RoundState(row["state"]),
        announcement=None if row["announcement"] is None else MessageTs(row["announcement"]),
        summary=None if row["summary"] is None else MessageTs(row["summary"]),
        remind_at=moment_of(row["remind_at"]) if row["remind_at"] else None,
        period=None if row["period"] is None else Period(row["period"]),
        shared=row["shared"],
        void=bool(row["void"]),
        tries=row["tries"],
        tried_at=moment_of(row["tried_at"]) if row["tried_at"] else None,
    )


def counting_of(row: Row) -> list[CountingRound]:
    """Return the rounds of a row of ``list_counting``: they share one period and one audience size."""
    period, people = row["period"], row["audience_size"]
    return [CountingRound(one, period, people) for one in json.loads(row["rounds"])]


@lru_cache(maxsize=128)  # 3 kB each, and nearly every round has a text of its own
def prompt_of(text: str) -> RoundPrompt:
    """Return the prompt of this text; channels with the same text share one. Raises ``ValueError``."""
    return cast(RoundPrompt, loads(RoundPrompt, text))


@lru_cache(maxsize=128)
def _policy_of(text: str) -> ReleasePolicy:
    return cast(ReleasePolicy, loads(ReleasePolicy, text))


def change_row(change: ScheduleChange, *, told: bool) -> Row:
    """Return the row of a change to a schedule."""
    return {
        "schedule_id": change.schedule.id,
        "channel": change.schedule.channel,
        "kind": change.kind.value,
        "at": time_text(change.at),
        "by": change.by,
        "body": dumps(change.schedule),
        "told": told,
    }


def change_of(row: Row) -> ScheduleChange:
    """Return the change of a row; raises ``ValueError``."""
    return ScheduleChange(
        kind=ChangeKind(row["kind"]),
        schedule=loads(Schedule, row["body"]),
        at=moment_of(row["at"]),
        by=None if row["by"] is None else MemberId(row["by"]),
    )


def channel_row(known: KnownChannel) -> Row:
    """Return the row of a channel, without its creator."""
    info = known.info
    return {
        "id": info.id,
        "name": info.name,
        "private": info.private,
        "archived": info.archived,
        "joined": info.joined,
        "introduced": known.introduced,
    }


def channel_of(row: Row) -> KnownChannel:
    """Return the channel of a row."""
    return KnownChannel(
        info=ChannelInfo(
            id=ChannelId(row["id"]),
            name=row["name"],
            private=bool(row["private"]),
            archived=bool(row["archived"]),
            joined=bool(row["joined"]),
        ),
        introduced=bool(row["introduced"]),
    )


def firing_row(schedule_id: ScheduleId, fire_at: datetime, outcome: FiringOutcome) -> Row:
    """Return the row of a fire time."""
    return {"schedule_id": schedule_id, "fire_at": time_text(fire_at), "outcome": outcome.value}


def firing_of(row: Row) -> tuple[ScheduleId, datetime, FiringOutcome]:
    """Return the schedule, the time (UTC) and the outcome of a fire time's row; raises ``ValueError``."""
    return ScheduleId(row["schedule_id"]), moment_of(row["fire_at"]), FiringOutcome(row["outcome"])


def request_of(row: Row) -> QuoteRequest:
    """Return the request of a row; raises ``ValueError``."""
    return QuoteRequest(
        round_id=RoundId(row["round_id"]),
        quote=QuoteId(row["quote"]),
        asked_on=date.fromisoformat(row["asked_on"]),
    )


def removal_of(row: Row) -> QuoteRemoval:
    """Return the removal of a row; raises ``ValueError``."""
    return QuoteRemoval(
        round_id=RoundId(row["round_id"]),
        removed_on=date.fromisoformat(row["removed_on"]),
        admin=MemberId(row["admin"]),
    )


def post_row(post: Post) -> Row:
    """Return the row of a message."""
    return {
        "kind": post.kind.value,
        "of": post.of,
        "channel": post.channel,
        "since": time_text(post.since),
        "sends": post.sends,
        "not_before": time_text(post.not_before) if post.not_before else None,
        "reason": post.reason,
        "reported": post.reported,
        "body": post.body,
    }


def post_of(row: Row) -> Post:
    """Return the message of a row; raises ``ValueError``."""
    return Post(
        kind=PostKind(row["kind"]),
        of=row["of"],
        channel=ChannelId(row["channel"]),
        since=moment_of(row["since"]),
        sends=row["sends"],
        not_before=moment_of(row["not_before"]) if row["not_before"] else None,
        reason=row["reason"],
        reported=bool(row["reported"]),
        body=row["body"],
    )


def release_of(row: Row) -> Release:
    """Return the result of a row; raises ``ValueError``."""
    return cast(Release, loads(Release, row["body"]))


def norm_of(row: Row) -> Norm:
    """Return the norm of a row; raises ``ValueError``."""
    return cast(Norm, loads(Norm, row["body"]))
