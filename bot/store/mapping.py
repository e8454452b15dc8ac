"""Convert core values to rows of the application database, and back."""

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache, partial
from operator import eq
from typing import Any, TypeVar, cast, get_type_hints

from cattrs import Converter

from bot.core.changes import ChangeKind, ScheduleChange
from bot.core.model import ChannelId, MemberId, ReleasePolicy, Round, RoundPrompt, ScheduleId
from bot.core.norms import Norm
from bot.core.posts import Post
from bot.core.quotes import QuoteRemoval, QuoteRequest
from bot.core.release import Release
from bot.core.schedule import QuietDays, Recurrence, Schedule, zone_named
from bot.ports import ChannelInfo, CountingRound, DueSchedule, FiringOutcome, KnownChannel
from bot.store.serialization import dumps, loads, moment_of, seconds, time_text
from bot.store.statements import Row

T = TypeVar("T")


@lru_cache(maxsize=128)  # 17 kB each with five translations, and nearly every round has a text of its own
def prompt_of(text: str) -> RoundPrompt:
    """Return the prompt of this text; channels with the same text share one. Raises ``ValueError``."""
    return cast(RoundPrompt, loads(RoundPrompt, text))


@lru_cache(maxsize=128)
def _policy_of(text: str) -> ReleasePolicy:
    return cast(ReleasePolicy, loads(ReleasePolicy, text))


_columns = Converter(detailed_validation=False)
for _plain in (str, int, bytes):
    _columns.register_structure_hook(_plain, lambda column, _: column)  # a STRICT table holds no other type
_columns.register_structure_hook(bool, lambda column, _: bool(column))
_columns.register_structure_hook(StrEnum, lambda column, hint: hint(column))
_READ_AND_WRITTEN: tuple[tuple[Any, Callable[[Any], Any], Callable[[Any], Any]], ...] = (
    (date, date.isoformat, date.fromisoformat),
    (datetime, time_text, moment_of),
    (time, time.isoformat, time.fromisoformat),
    (timedelta, seconds, lambda column: timedelta(seconds=column)),
    (RoundPrompt, dumps, prompt_of),
    (ReleasePolicy, dumps, _policy_of),
    (QuietDays, dumps, lambda column: loads(QuietDays, column)),
    (Recurrence, dumps, lambda column: loads(Recurrence, column)),
)


def _without_hint(read: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda column, _: read(column)


for _type, _write, _read in _READ_AND_WRITTEN:
    _columns.register_unstructure_hook_func(partial(eq, _type), _write)
    _columns.register_structure_hook_func(partial(eq, _type), _without_hint(_read))


def _row_mapping(class_: type[T], **columns: str) -> tuple[Callable[[T], Row], Callable[[Row], T]]:
    """Return how to write a value as a row, and how to read it; reading raises ``ValueError``.

    ``columns``: the columns that are not called like their fields.
    """
    hints = [(name, columns.get(name, name), hint) for name, hint in get_type_hints(class_).items()]
    writers = [(name, column, _columns.get_unstructure_hook(hint)) for name, column, hint in hints]
    readers = [(name, column, _columns.get_structure_hook(hint), hint) for name, column, hint in hints]

    def write(value: T) -> Row:
        return {column: hook(getattr(value, name)) for name, column, hook in writers}

    def read(row: Row) -> T:
        return class_(**{name: hook(row[column], hint) for name, column, hook, hint in readers})

    return write, read


schedule_row, schedule_of = _row_mapping(Schedule, open_for="open_for_s")
round_row, _round_of = _row_mapping(Round)
post_row, post_of = _row_mapping(Post)
request_row, request_of = _row_mapping(QuoteRequest)
removal_row, removal_of = _row_mapping(QuoteRemoval)


def round_of(row: Row) -> Round:
    """Return the round of a row; raises ``ValueError``, also for an unknown time zone."""
    zone_named(row["zone"])
    return _round_of(row)


def due_schedule_of(row: Row) -> DueSchedule:
    """Return the schedule of a row with its firings; raises ``ValueError``."""
    last = row["last_firing"]
    return DueSchedule(
        schedule=schedule_of(row),
        last_firing=moment_of(last) if last else None,
        paused_by_bot=bool(row["paused_by_bot"]),
    )


def counting_of(row: Row) -> list[CountingRound]:
    """Return the rounds of a row of ``list_counting``: they share one period and one audience size."""
    period, people = row["period"], row["audience_size"]
    return [CountingRound(one, period, people) for one in json.loads(row["rounds"])]


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


def release_of(row: Row) -> Release:
    """Return the result of a row; raises ``ValueError``."""
    return cast(Release, loads(Release, row["body"]))


def norm_of(row: Row) -> Norm:
    """Return the norm of a row; raises ``ValueError``."""
    return cast(Norm, loads(Norm, row["body"]))
