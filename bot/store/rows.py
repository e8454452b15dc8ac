"""Core values as rows of the application database, and back."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from bot.core.model import (
    ChannelId,
    MessageTs,
    PackId,
    ReleasePolicy,
    Round,
    RoundId,
    RoundPrompt,
    RoundState,
    ScheduleId,
)
from bot.core.schedule import QuietDays, Recurrence, Schedule, Source
from bot.store.codec import dumps, loads, seconds, time_text

Row = Mapping[str, Any]


def schedule_row(schedule: Schedule) -> Row:
    """The row of a schedule."""
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
    }


def schedule_of(row: Row) -> Schedule:
    """The schedule of a row; raises ``ValueError``."""
    return Schedule(
        id=ScheduleId(row["id"]),
        channel=ChannelId(row["channel"]),
        recurrence=loads(Recurrence, row["recurrence"]),
        at=time.fromisoformat(row["at"]),
        zone=row["zone"],
        pack=PackId(row["pack"]),
        open_for=timedelta(seconds=row["open_for_s"]),
        policy=loads(ReleasePolicy, row["policy"]),
        created_at=datetime.fromisoformat(row["created_at"]),
        reminder=bool(row["reminder"]),
        quiet=loads(QuietDays, row["quiet"]),
        tenure=bool(row["tenure"]),
        source=Source(row["source"]),
        paused=bool(row["paused"]),
    )


def round_row(round_: Round) -> Row:
    """The row of a round."""
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
    }


def round_of(row: Row) -> Round:
    """The round of a row; raises ``ValueError``."""
    return Round(
        id=RoundId(row["id"]),
        channel=ChannelId(row["channel"]),
        schedule=None if row["schedule"] is None else ScheduleId(row["schedule"]),
        number=row["number"],
        prompt=loads(RoundPrompt, row["prompt"]),
        policy=loads(ReleasePolicy, row["policy"]),
        audience_size=row["audience_size"],
        opened_at=datetime.fromisoformat(row["opened_at"]),
        closes_at=datetime.fromisoformat(row["closes_at"]),
        zone=row["zone"],
        closing_key=row["closing_key"],
        state=RoundState(row["state"]),
        announcement=None if row["announcement"] is None else MessageTs(row["announcement"]),
        summary=None if row["summary"] is None else MessageTs(row["summary"]),
    )
