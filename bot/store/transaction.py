"""Everything stored in and read from the application database, through the queries of ``queries.sql``."""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import cast

from bot.core.audit import LastProof
from bot.core.changes import ScheduleChange
from bot.core.clock import IN_THE_FUTURE
from bot.core.model import ChannelId, NormId, QuoteId, Round, RoundId, RoundState, ScheduleId
from bot.core.norms import Norm
from bot.core.posts import Post, PostKind
from bot.core.quotes import QuoteRemoval, QuoteRequest
from bot.core.release import Published, Release
from bot.core.schedule import Schedule, Source
from bot.errors import StoreError
from bot.ports import CountingRound, DueSchedule, FiringOutcome, KnownChannel
from bot.store.mapping import (
    change_of,
    change_row,
    channel_of,
    channel_row,
    counting_of,
    due_schedule_of,
    firing_of,
    firing_row,
    norm_of,
    post_of,
    post_row,
    release_of,
    removal_of,
    removal_row,
    request_of,
    request_row,
    round_of,
    round_row,
    schedule_of,
    schedule_row,
)
from bot.store.retention import RetentionQueries
from bot.store.serialization import dumps, loads, moment_of, time_text
from bot.store.statements import Row

NEVER_SO_LATE = timedelta(days=367)
"""No schedule has its next check so late: one with a later time, or with no valid time, is checked now."""

FOR_EVER = datetime.max.replace(tzinfo=UTC)


class Transaction(RetentionQueries):
    """One transaction on the application database (``bot.ports.Tx``). All of it is committed, or none."""

    def list_schedules(self, source: Source | None = None) -> tuple[Schedule, ...]:
        return self._all("list_schedules", {"source": source.value if source else None}, schedule_of)

    def list_channel_schedules(self, channel: ChannelId) -> tuple[Schedule, ...]:
        return self._all("list_channel_schedules", {"channel": channel}, schedule_of)

    def list_due_schedules(self, now: datetime) -> tuple[DueSchedule, ...]:
        times = {"now": now, "latest": now + IN_THE_FUTURE, "horizon": now + NEVER_SO_LATE}
        values = {name: time_text(moment) for name, moment in times.items()}
        return self._all("list_due_schedules", values, due_schedule_of)

    def list_next_schedules(self, count: int) -> tuple[Schedule, ...]:
        return self._all("list_next_schedules", {"count": count}, schedule_of)

    def count_schedules(self) -> int:
        return self._first("count_schedules", {}, lambda row: int(row["count"])) or 0

    def fetch_schedule(self, schedule_id: ScheduleId) -> Schedule | None:
        return self._first("fetch_schedule", {"id": schedule_id}, schedule_of)

    def put_schedule(self, schedule: Schedule) -> None:
        self._change("put_schedule", schedule_row(schedule))

    def set_next_check(self, schedule: Schedule, at: datetime | None) -> None:
        row = {
            "id": schedule.id,
            "created_at": time_text(schedule.created_at),
            "at": time_text(at) if at else None,
        }
        self._change("set_next_check", row)

    def clear_next_checks(self) -> None:
        self._change("clear_next_checks", {})

    def list_alarms(self, after: datetime, count: int) -> tuple[datetime, ...]:
        values = {"after": time_text(after), "count": count}
        return self._all("list_alarms", values, lambda row: moment_of(row["at"]))

    def insert_change(self, change: ScheduleChange, *, told: bool) -> None:
        self._change("insert_change", change_row(change, told=told))

    def list_changes(self, channel: ChannelId, count: int) -> tuple[ScheduleChange, ...]:
        return self._all("list_changes", {"channel": channel, "count": count}, change_of)

    def list_untold_changes(self) -> tuple[tuple[int, ScheduleChange], ...]:
        return self._all("list_untold_changes", {}, lambda row: (row["number"], change_of(row)))

    def mark_change_told(self, number: int) -> None:
        self._change("mark_change_told", {"number": number})

    def put_channel(self, channel: KnownChannel) -> None:
        self._change("put_channel", channel_row(channel))

    def fetch_channel(self, channel: ChannelId) -> KnownChannel | None:
        return self._first("fetch_channel", {"id": channel}, channel_of)

    def list_channels(self) -> tuple[ChannelId, ...]:
        return self._all("list_channels", {}, lambda row: ChannelId(row["channel"]))

    def delete_schedule(self, schedule_id: ScheduleId) -> None:
        self._change("delete_schedule", {"id": schedule_id})
        self._change("delete_posts_of_schedule", {"id": schedule_id})

    def claim_firing(self, schedule_id: ScheduleId, fire_at: datetime, outcome: FiringOutcome) -> bool:
        return self._change("claim_firing", firing_row(schedule_id, fire_at, outcome)) == 1

    def update_firing(self, schedule_id: ScheduleId, fire_at: datetime, outcome: FiringOutcome) -> None:
        if self._change("update_firing", firing_row(schedule_id, fire_at, outcome)) != 1:
            raise StoreError("This fire time was never claimed.")

    def fetch_last_firing(self, schedule_id: ScheduleId, by: datetime | None = None) -> datetime | None:
        values = {"schedule_id": schedule_id, "by": time_text(by) if by else None}
        latest = self._first("fetch_last_firing", values, lambda row: row["fire_at"])
        return None if latest is None else moment_of(latest)

    def fetch_last_firing_with(self, schedule_id: ScheduleId, outcome: FiringOutcome) -> datetime | None:
        values = {"schedule_id": schedule_id, "outcome": outcome.value}
        latest = self._first("fetch_last_firing_with", values, lambda row: row["fire_at"])
        return None if latest is None else moment_of(latest)

    def insert_round(self, round_: Round) -> None:
        self._change("insert_round", round_row(round_))

    def update_round(self, round_: Round) -> None:
        if self._change("update_round", round_row(round_)) != 1:
            raise StoreError("There is no round with this id.")

    def fetch_round(self, round_id: RoundId) -> Round | None:
        return self._first("fetch_round", {"id": round_id}, round_of)

    def list_rounds(self, states: Sequence[RoundState]) -> tuple[Round, ...]:
        return self._all("list_rounds", {"states": dumps(tuple(states))}, round_of)

    def list_unfinished(self, now: datetime) -> tuple[Round, ...]:
        return self._all("list_unfinished", {"now": time_text(now)}, round_of)

    def list_channel_rounds(self, channel: ChannelId) -> tuple[Round, ...]:
        return self._all("list_channel_rounds", {"channel": channel}, round_of)

    def insert_release(self, release: Release, released_at: datetime) -> None:
        row = {"round_id": release.round_id, "body": dumps(release), "released_at": time_text(released_at)}
        self._change("insert_release", row)

    def fetch_release(self, round_id: RoundId) -> Release | None:
        return self._first("fetch_release", {"round_id": round_id}, release_of)

    def list_releases(self, channel: ChannelId) -> tuple[tuple[Round, Release], ...]:
        return self._all("list_releases", {"channel": channel}, _result_of)

    def list_latest_releases(
        self, channels: Collection[ChannelId] | None = None
    ) -> tuple[tuple[Round, Release], ...]:
        values = {"channels": None if channels is None else dumps(tuple(channels))}
        return self._all("list_latest_releases", values, _result_of)

    def rewrite_release(self, release: Published) -> None:
        row = {"round_id": release.round_id, "body": dumps(release)}
        if self._change("rewrite_release", row) != 1:
            raise StoreError("This round has no result.")
        self._change("insert_outdated_summary", {"round_id": release.round_id})

    def put_proof(self, proof: LastProof) -> None:
        self._change("put_proof", {"at": time_text(proof.at), "body": dumps(proof)})

    def fetch_proof(self) -> LastProof | None:
        return self._first("fetch_proof", {}, lambda row: cast(LastProof, loads(LastProof, row["body"])))

    def repair_times(self, after: datetime, now: datetime) -> int:
        values = {"after": time_text(after), "now": time_text(now)}
        self._change("clear_silenced_checks", values)
        return sum(self._change(name, values) for name in ("delete_firings_after", "repair_schedules"))

    def has_future_times(self, after: datetime) -> bool:
        return bool(self._all("has_future_times", {"after": time_text(after)}, lambda row: row["there"]))

    def list_rounds_from(self, after: datetime) -> tuple[Round, ...]:
        return self._all("list_rounds_from", {"after": time_text(after)}, round_of)

    def list_live_ids(self) -> frozenset[RoundId]:
        return frozenset(self._all("list_live_ids", {}, lambda row: RoundId(row["id"])))

    def list_asked_channels(self) -> tuple[ChannelId, ...]:
        return self._all("list_asked_channels", {}, lambda row: ChannelId(row["channel"]))

    def has_open_round(self, channel: ChannelId) -> bool:
        return bool(self._all("has_open_round", {"channel": channel}, lambda row: row["id"]))

    def fetch_newest_time(self) -> datetime | None:
        self._all("unreadable_firings", {}, firing_of)  # so that the log names them; no other query reads all
        (newest,) = self._all("fetch_newest_time", {}, lambda row: row["at"])
        return None if newest is None else moment_of(newest)

    def put_post(self, post: Post) -> None:
        self._change("put_post", post_row(post))

    def fetch_post(self, kind: PostKind, of: str) -> Post | None:
        return self._first("fetch_post", {"kind": kind.value, "of": of}, post_of)

    def list_posts(self) -> tuple[Post, ...]:
        return self._all("list_posts", {}, post_of)

    def delete_post(self, kind: PostKind, of: str) -> None:
        self._change("delete_post", {"kind": kind.value, "of": of})

    def clear_post_delays(self) -> None:
        self._change("clear_post_delays", {})

    def put_norm(self, norm: Norm) -> None:
        self._change("put_norm", {"id": norm.id, "channel": norm.channel, "body": dumps(norm)})

    def fetch_norm(self, norm_id: NormId) -> Norm | None:
        return self._first("fetch_norm", {"id": norm_id}, norm_of)

    def list_norms(self, channel: ChannelId) -> tuple[Norm, ...]:
        return self._all("list_norms", {"channel": channel}, norm_of)

    def fetch_suggestion_box(self, channel: ChannelId) -> Round | None:
        return self._first("fetch_suggestion_box", {"channel": channel}, round_of)

    def list_outdated_summaries(self) -> tuple[RoundId, ...]:
        return self._all("list_outdated_summaries", {}, lambda row: RoundId(row["round_id"]))

    def mark_summary_updated(self, round_id: RoundId) -> None:
        self._change("mark_summary_updated", {"round_id": round_id})

    def put_quote_request(self, request: QuoteRequest) -> None:
        self._change("put_quote_request", request_row(request))

    def list_quote_requests(self) -> tuple[QuoteRequest, ...]:
        return self._all("list_quote_requests", {}, request_of)

    def delete_quote_request(self, round_id: RoundId, quote: QuoteId) -> None:
        self._change("delete_quote_request", {"round_id": round_id, "quote": quote})

    def insert_quote_removal(self, removal: QuoteRemoval) -> None:
        self._change("insert_quote_removal", removal_row(removal))

    def list_quote_removals(self, round_id: RoundId) -> tuple[QuoteRemoval, ...]:
        return self._all("list_quote_removals", {"round_id": round_id}, removal_of)

    def list_counting(self, opened_from: datetime, closed_from: datetime) -> tuple[CountingRound, ...]:
        values = {"opened_from": time_text(opened_from), "closed_from": time_text(closed_from)}
        return tuple(sorted(chain.from_iterable(self._all("list_counting", values, counting_of))))

    def list_unknown(self, rounds: Collection[RoundId]) -> frozenset[RoundId]:
        values = {"rounds": json.dumps(sorted(rounds))}
        return frozenset(self._all("list_unknown", values, lambda row: RoundId(row["id"])))

    def put_nothing_left(self, channel: ChannelId, day: date) -> None:
        self._change("put_nothing_left", {"channel": channel, "day": day.isoformat()})

    def fetch_nothing_left(self, channel: ChannelId) -> date | None:
        return self._first(
            "fetch_nothing_left", {"channel": channel}, lambda row: date.fromisoformat(row["day"])
        )

    def put_rest_until(self, moment: datetime) -> None:
        self._change("put_rest_until", {"until": time_text(moment)})

    def fetch_rest_until(self) -> datetime | None:
        return self._first("fetch_rest_until", {}, lambda row: _until_of(row["until"]))


def _result_of(row: Row) -> tuple[Round, Release]:
    return round_of(row), release_of(row)


def _until_of(text: str) -> datetime:
    """Return the moment; ``FOR_EVER`` where it cannot be read, so that nothing is asked too soon."""
    try:
        return moment_of(text)
    except ValueError:
        return FOR_EVER
