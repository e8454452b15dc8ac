"""The application database as dictionaries; it passes the contract suite of the real one."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from threading import Lock, get_ident

from bot.core.audit import LastProof
from bot.core.changes import ScheduleChange
from bot.core.clock import IN_THE_FUTURE
from bot.core.model import (
    ChannelId,
    NormId,
    QuoteId,
    Round,
    RoundId,
    RoundKind,
    RoundPrompt,
    RoundState,
    ScheduleId,
)
from bot.core.norms import Norm, is_moot
from bot.core.posts import Post, PostKind
from bot.core.quotes import QuoteRemoval, QuoteRequest
from bot.core.release import Published, Release
from bot.core.rounds import ENDS
from bot.core.schedule import Schedule, Source
from bot.errors import StoreError
from bot.ports import DueSchedule, FiringOutcome, KnownChannel
from tests.fakes.asking import FakeAsking
from tests.fakes.norms import FakeNorms
from tests.fakes.posts import FakePosts

OF_ROUNDS = (
    PostKind.QUESTION,
    PostKind.REMINDER,
    PostKind.SUMMARY,
    PostKind.CANCELLED,
    PostKind.KEY_LOST,
    PostKind.CORRECTION,
)
PAUSED_BY_BOT = (FiringOutcome.RESTING, FiringOutcome.QUIET, FiringOutcome.WAITING)


@dataclass(slots=True)
class Tables:
    """All stored data."""

    schedules: dict[ScheduleId, Schedule] = field(default_factory=dict)
    looks: dict[ScheduleId, datetime] = field(default_factory=dict)
    changes: dict[int, ScheduleChange] = field(default_factory=dict)
    untold: dict[int, None] = field(default_factory=dict)
    channels: dict[ChannelId, KnownChannel] = field(default_factory=dict)
    norms: dict[NormId, Norm] = field(default_factory=dict)
    firings: dict[tuple[ScheduleId, datetime], FiringOutcome] = field(default_factory=dict)
    rounds: dict[RoundId, Round] = field(default_factory=dict)
    releases: dict[RoundId, tuple[Release, datetime]] = field(default_factory=dict)
    outdated: dict[RoundId, None] = field(default_factory=dict)
    proofs: dict[int, LastProof] = field(default_factory=dict)
    requests: dict[tuple[RoundId, QuoteId], QuoteRequest] = field(default_factory=dict)
    removals: dict[int, QuoteRemoval] = field(default_factory=dict)
    asked: dict[tuple[ChannelId, int], RoundPrompt] = field(default_factory=dict)
    unscrubbed: dict[int, None] = field(default_factory=dict)
    nothing_left: dict[ChannelId, date] = field(default_factory=dict)
    rests: dict[int, datetime] = field(default_factory=dict)
    posts: dict[tuple[PostKind, str], Post] = field(default_factory=dict)


class FakeTx(FakeAsking, FakeNorms, FakePosts):
    """One transaction on a copy, which the store takes over on commit."""

    def __init__(self, tables: Tables) -> None:
        self._open: Tables | None = tables

    def finish(self) -> None:
        self._open = None

    @property
    def _tables(self) -> Tables:
        if self._open is None:
            raise StoreError("This transaction is over.")
        return self._open

    def list_schedules(self, source: Source | None = None) -> tuple[Schedule, ...]:
        found = (schedule for _, schedule in sorted(self._tables.schedules.items()))
        return tuple(schedule for schedule in found if source in {None, schedule.source})

    def list_channel_schedules(self, channel: ChannelId) -> tuple[Schedule, ...]:
        found = [schedule for schedule in self._tables.schedules.values() if schedule.channel == channel]
        return tuple(sorted(found, key=lambda schedule: (schedule.created_at, schedule.id)))

    def list_due_schedules(self, now: datetime) -> tuple[DueSchedule, ...]:
        looks = self._tables.looks
        due = [id_ for id_ in self._tables.schedules if id_ not in looks or looks[id_] <= now]
        order = sorted(due, key=lambda id_: (looks.get(id_, datetime.min.replace(tzinfo=UTC)), id_))
        return tuple(
            DueSchedule(
                schedule=self._tables.schedules[id_],
                last_firing=self.fetch_last_firing(id_, now + IN_THE_FUTURE),
                paused_by_bot=any(self.fetch_last_firing_with(id_, outcome) for outcome in PAUSED_BY_BOT),
            )
            for id_ in order
        )

    def list_next_schedules(self, count: int) -> tuple[Schedule, ...]:
        looks, soon = self._tables.looks, datetime.min.replace(tzinfo=UTC)
        waits = {id_ for (id_, _), became in self._tables.firings.items() if became is FiringOutcome.WAITING}
        order = sorted(self._tables.schedules, key=lambda id_: (id_ not in waits, looks.get(id_, soon), id_))
        return tuple(self._tables.schedules[id_] for id_ in order[:count])

    def count_schedules(self) -> int:
        return len(self._tables.schedules)

    def fetch_schedule(self, schedule_id: ScheduleId) -> Schedule | None:
        return self._tables.schedules.get(schedule_id)

    def put_schedule(self, schedule: Schedule) -> None:
        self._tables.schedules[schedule.id] = schedule
        self._tables.looks.pop(schedule.id, None)

    def set_next_check(self, schedule: Schedule, at: datetime | None) -> None:
        current = self._tables.schedules.get(schedule.id)
        if current is None or current.created_at != schedule.created_at:
            return
        self._tables.looks.pop(schedule.id, None)
        if at:
            self._tables.looks[schedule.id] = _aware(at)

    def clear_next_checks(self) -> None:
        self._tables.looks.clear()

    def list_alarms(self, after: datetime, count: int) -> tuple[datetime, ...]:
        opened = [round_ for round_ in self._tables.rounds.values() if round_.state is RoundState.OPEN]
        times = {round_.closes_at for round_ in opened} | set(self._tables.looks.values())
        times |= {round_.remind_at for round_ in opened if round_.remind_at}
        return tuple(sorted(moment for moment in times if moment > after)[:count])

    def insert_change(self, change: ScheduleChange, *, told: bool) -> None:
        number = max(self._tables.changes, default=0) + 1
        self._tables.changes[number] = change
        if not told:
            self._tables.untold[number] = None

    def list_changes(self, channel: ChannelId, count: int) -> tuple[ScheduleChange, ...]:
        own = [change for change in self._tables.changes.values() if change.schedule.channel == channel]
        return tuple(reversed(own))[:count]

    def list_untold_changes(self) -> tuple[tuple[int, ScheduleChange], ...]:
        return tuple((number, self._tables.changes[number]) for number in sorted(self._tables.untold))

    def mark_change_told(self, number: int) -> None:
        self._tables.untold.pop(number, None)

    def put_channel(self, channel: KnownChannel) -> None:
        self._tables.channels[channel.info.id] = channel

    def fetch_channel(self, channel: ChannelId) -> KnownChannel | None:
        return self._tables.channels.get(channel)

    def list_channels(self) -> tuple[ChannelId, ...]:
        scheduled = {schedule.channel for schedule in self._tables.schedules.values()}
        return tuple(sorted(scheduled | {r.channel for r in self._tables.rounds.values() if _has_a_step(r)}))

    def list_asked_channels(self) -> tuple[ChannelId, ...]:
        return tuple(sorted({round_.channel for round_ in self._tables.rounds.values()}))

    def delete_schedule(self, schedule_id: ScheduleId) -> None:
        self._tables.schedules.pop(schedule_id, None)
        for kind in (PostKind.ASKING, PostKind.CYCLE, PostKind.GO_ON):
            self.delete_post(kind, schedule_id)

    def claim_firing(self, schedule_id: ScheduleId, fire_at: datetime, outcome: FiringOutcome) -> bool:
        key = (schedule_id, _aware(fire_at))
        if key in self._tables.firings:
            return False
        self._tables.firings[key] = outcome
        return True

    def update_firing(self, schedule_id: ScheduleId, fire_at: datetime, outcome: FiringOutcome) -> None:
        if (schedule_id, fire_at) not in self._tables.firings:
            raise StoreError("This fire time was never claimed.")
        self._tables.firings[schedule_id, fire_at] = outcome

    def fetch_last_firing(self, schedule_id: ScheduleId, by: datetime | None = None) -> datetime | None:
        times = [fire_at for owner, fire_at in self._tables.firings if owner == schedule_id]
        return max((one for one in times if by is None or one <= by), default=None)

    def repair_times(self, after: datetime, now: datetime) -> int:
        gone = [key for key in self._tables.firings if key[1] > after and key[0] in self._tables.schedules]
        for key in gone:
            del self._tables.firings[key]
            self._tables.looks.pop(key[0], None)
        late = [one for one in self._tables.schedules.values() if one.created_at > after]
        for schedule in late:
            self.put_schedule(replace(schedule, created_at=now))
        return len(gone) + len(late)

    def has_future_times(self, after: datetime) -> bool:
        tables = self._tables
        firings = any(at > after for one, at in tables.firings if one in tables.schedules)
        schedules = any(one.created_at > after for one in tables.schedules.values())
        return firings or schedules or bool(self.list_rounds_from(after))

    def list_rounds_from(self, after: datetime) -> tuple[Round, ...]:
        return tuple(one for one in self.list_rounds([RoundState.OPEN]) if one.opened_at > after)

    def list_live_ids(self) -> frozenset[RoundId]:
        gone = ENDS | {RoundState.RELEASED}
        return frozenset(one.id for one in self._tables.rounds.values() if one.state not in gone)

    def has_open_round(self, channel: ChannelId) -> bool:
        return any(one.channel == channel for one in self.list_rounds([RoundState.OPEN, RoundState.CLOSING]))

    def fetch_newest_time(self) -> datetime | None:
        tables = self._tables
        times = [one.opened_at for one in tables.rounds.values()]
        times += [one.created_at for one in tables.schedules.values()]
        times += [released_at for _, released_at in tables.releases.values()]
        times += [change.at for change in tables.changes.values()]
        times += [proof.at for proof in tables.proofs.values()]
        return max(times, default=None)

    def fetch_last_firing_with(self, schedule_id: ScheduleId, outcome: FiringOutcome) -> datetime | None:
        times = [
            fire_at
            for (owner, fire_at), became in self._tables.firings.items()
            if (owner, became) == (schedule_id, outcome)
        ]
        return max(times, default=None)

    def insert_round(self, round_: Round) -> None:
        if round_.id in self._tables.rounds:
            raise StoreError("There is a round with this id already.")
        _aware(round_.opened_at)
        self._tables.rounds[round_.id] = round_

    def update_round(self, round_: Round) -> None:
        if round_.id not in self._tables.rounds:
            raise StoreError("There is no round with this id.")
        self._tables.rounds[round_.id] = round_

    def fetch_round(self, round_id: RoundId) -> Round | None:
        return self._tables.rounds.get(round_id)

    def list_rounds(self, states: Sequence[RoundState]) -> tuple[Round, ...]:
        found = [round_ for round_ in self._tables.rounds.values() if round_.state in states]
        return tuple(sorted(found, key=lambda round_: (round_.opened_at, round_.id)))

    def list_unfinished(self, now: datetime) -> tuple[Round, ...]:
        found = [
            round_
            for round_ in self._tables.rounds.values()
            if _is_due(round_, now)
            or (round_.state is RoundState.OPEN and is_moot(round_))
            or (_has_to_speak(round_, now) and self._is_in_reach(round_.channel))
            or (round_.state is RoundState.GATHERING and not self.list_channel_schedules(round_.channel))
        ]
        return tuple(sorted(found, key=lambda round_: (round_.opened_at, round_.id)))

    def _is_in_reach(self, channel: ChannelId) -> bool:
        known = self._tables.channels.get(channel)
        return known is None or known.info.can_post

    def list_channel_rounds(self, channel: ChannelId) -> tuple[Round, ...]:
        found = [
            round_
            for round_ in self._tables.rounds.values()
            if round_.channel == channel and round_.number > 0
        ]
        return tuple(sorted(found, key=lambda round_: (round_.opened_at, round_.number, round_.id)))

    def insert_release(self, release: Release, released_at: datetime) -> None:
        if release.round_id not in self._tables.rounds or release.round_id in self._tables.releases:
            raise StoreError("This round has a result already, or there is no such round.")
        self._tables.releases[release.round_id] = (release, _aware(released_at))

    def fetch_release(self, round_id: RoundId) -> Release | None:
        found = self._tables.releases.get(round_id)
        return found[0] if found else None

    def list_releases(self, channel: ChannelId) -> tuple[tuple[Round, Release], ...]:
        tables = self._tables
        found = [
            (released_at, tables.rounds[round_id], release)
            for round_id, (release, released_at) in tables.releases.items()
            if tables.rounds[round_id].channel == channel
        ]
        found.sort(key=lambda row: (row[0], row[1].number, row[1].id), reverse=True)
        return tuple((round_, release) for _, round_, release in found)

    def list_latest_releases(
        self, channels: Collection[ChannelId] | None = None
    ) -> tuple[tuple[Round, Release], ...]:
        found = {self._tables.rounds[round_id].channel for round_id in self._tables.releases}
        asked = found if channels is None else found & set(channels)
        return tuple(one for channel in sorted(asked) for one in self.list_releases(channel)[:1])

    def rewrite_release(self, release: Published) -> None:
        self._has_release(release.round_id)
        _, released_at = self._tables.releases[release.round_id]
        self._tables.releases[release.round_id] = (release, released_at)
        self._tables.outdated[release.round_id] = None

    def put_proof(self, proof: LastProof) -> None:
        self._tables.proofs[1] = proof

    def fetch_proof(self) -> LastProof | None:
        return self._tables.proofs.get(1)

    def list_outdated_summaries(self) -> tuple[RoundId, ...]:
        return tuple(sorted(self._tables.outdated))

    def mark_summary_updated(self, round_id: RoundId) -> None:
        self._tables.outdated.pop(round_id, None)

    def put_quote_request(self, request: QuoteRequest) -> None:
        self._has_release(request.round_id)
        self._tables.requests.setdefault((request.round_id, request.quote), request)

    def list_quote_requests(self) -> tuple[QuoteRequest, ...]:
        found = self._tables.requests.values()
        return tuple(sorted(found, key=lambda one: (one.asked_on, one.round_id, one.quote)))

    def delete_quote_request(self, round_id: RoundId, quote: QuoteId) -> None:
        self._tables.requests.pop((round_id, quote), None)

    def insert_quote_removal(self, removal: QuoteRemoval) -> None:
        self._has_release(removal.round_id)
        self._tables.removals[len(self._tables.removals)] = removal

    def list_quote_removals(self, round_id: RoundId) -> tuple[QuoteRemoval, ...]:
        found = [removal for removal in self._tables.removals.values() if removal.round_id == round_id]
        return tuple(sorted(found, key=lambda one: (one.removed_on, one.admin)))

    def list_asked(self, channel: ChannelId) -> tuple[RoundPrompt, ...]:
        asked = [(number, prompt) for (one, number), prompt in self._tables.asked.items() if one == channel]
        rounds = [one for one in self.list_channel_rounds(channel) if not one.void]
        asked += [(round_.number, round_.prompt) for round_ in rounds]
        return tuple(prompt for _, prompt in sorted(asked, key=lambda one: one[0]))

    def fetch_last_number(self, channel: ChannelId) -> int:
        numbers = [number for one, number in self._tables.asked if one == channel]
        return max([*numbers, *(round_.number for round_ in self.list_channel_rounds(channel))], default=0)

    def list_ended_before(self, moment: datetime) -> tuple[RoundId, ...]:
        ended = [r for r in self._tables.rounds.values() if r.state in ENDS and r.closes_at < moment]
        return tuple(one.id for one in sorted(ended, key=lambda one: (one.closes_at, one.id)))

    def forget_rounds(self, rounds: Collection[RoundId]) -> None:
        for round_ in [self._tables.rounds[one] for one in rounds if one in self._tables.rounds]:
            if round_.number > 0 and not round_.void:
                self._tables.asked.setdefault((round_.channel, round_.number), _remembered(round_.prompt))
        self._drop_rounds(rounds)

    def _drop_rounds(self, rounds: Collection[RoundId]) -> None:
        tables = self._tables
        for one in rounds:
            tables.rounds.pop(one, None)
            tables.releases.pop(one, None)
            tables.outdated.pop(one, None)
            for kind in OF_ROUNDS:
                self.delete_post(kind, one)
        tables.requests = {key: one for key, one in tables.requests.items() if key[0] not in rounds}
        tables.removals = {key: one for key, one in tables.removals.items() if one.round_id not in rounds}
        tables.unscrubbed[1] = None

    def count_old_acts(self, moment: datetime) -> int:
        firings, changes = self._old_acts(moment)
        return len(firings) + len(changes)

    def forget_acts(self, moment: datetime) -> int:
        tables, (firings, changes) = self._tables, self._old_acts(moment)
        for key in firings:
            del tables.firings[key]
        for number in changes:
            del tables.changes[number]
        if firings or changes:
            tables.unscrubbed[1] = None
        return len(firings) + len(changes)

    def _old_acts(self, moment: datetime) -> tuple[list[tuple[ScheduleId, datetime]], list[int]]:
        tables, there = self._tables, set(self._tables.schedules)
        firings = [
            (id_, at)
            for (id_, at), became in tables.firings.items()
            if at < moment and not (id_ in there and at == self.fetch_last_firing_with(id_, became))
        ]
        last = {change.schedule.id: number for number, change in sorted(tables.changes.items())}
        changes = [
            number
            for number, change in tables.changes.items()
            if change.at < moment
            and number not in tables.untold
            and not (change.schedule.id in there and number == last[change.schedule.id])
        ]
        return firings, changes

    def forget_channel(self, channel: ChannelId) -> None:
        tables = self._tables
        tables.nothing_left.pop(channel, None)
        tables.posts = {key: post for key, post in tables.posts.items() if post.channel != channel}
        rounds = [round_ for round_ in tables.rounds.values() if round_.channel == channel]
        gone = {number for number, one in tables.changes.items() if one.schedule.channel == channel}
        ids = {id_ for id_, one in tables.schedules.items() if one.channel == channel}
        ids |= {tables.changes[number].schedule.id for number in gone} | {
            r.schedule for r in rounds if r.schedule
        }
        tables.firings = {key: became for key, became in tables.firings.items() if key[0] not in ids}
        for number in gone:
            del tables.changes[number]
            tables.untold.pop(number, None)
        for id_ in [id_ for id_, one in tables.schedules.items() if one.channel == channel]:
            del tables.schedules[id_]
            tables.looks.pop(id_, None)
        tables.asked = {key: prompt for key, prompt in tables.asked.items() if key[0] != channel}
        tables.norms = {key: norm for key, norm in tables.norms.items() if norm.channel != channel}
        tables.channels.pop(channel, None)
        self._drop_rounds([round_.id for round_ in rounds])

    def request_scrub(self) -> None:
        self._tables.unscrubbed[1] = None

    def needs_scrub(self) -> bool:
        return bool(self._tables.unscrubbed)

    def mark_scrubbed(self) -> None:
        self._tables.unscrubbed.clear()

    def _has_release(self, round_id: RoundId) -> None:
        if round_id not in self._tables.releases:
            raise StoreError("This round has no result.")


class FakeStore:
    """The application database in memory. ``fail`` makes every commit raise ``StoreError``.

    ``full`` makes commits that write raise it.
    """

    def __init__(self) -> None:
        self.tables = Tables()
        self.fail = False
        self.full = False
        self.names: list[str] = []
        self.scrubs = 0
        self.copy_made_at: datetime | None = None
        self._lock = Lock()
        self._inside: set[int] = set()

    @contextmanager
    def transaction(self, name: str) -> Iterator[FakeTx]:
        if get_ident() in self._inside:
            raise RuntimeError(f"the transaction {name} was opened inside another one")
        with self._lock:
            self._inside.add(get_ident())
            self.names.append(name)
            tables = Tables(*(dict(getattr(self.tables, table)) for table in Tables.__slots__))
            tx = FakeTx(tables)
            try:
                yield tx
                if self.fail or (self.full and tables != self.tables):
                    raise StoreError("The disk is full.")
                self.tables = tables
            finally:
                tx.finish()
                self._inside.discard(get_ident())

    @contextmanager
    def read(self, name: str) -> Iterator[FakeTx]:
        if get_ident() in self._inside:
            raise RuntimeError(f"the transaction {name} was opened inside another one")
        self._inside.add(get_ident())
        self.names.append(name)
        if self.fail:
            self._inside.discard(get_ident())
            raise StoreError("The disk fails.")
        before = self.tables
        tables = Tables(*(dict(getattr(before, table)) for table in Tables.__slots__))
        tx = FakeTx(tables)
        try:
            yield tx
            if tables != before:
                raise RuntimeError(f"{name} changes something, in a transaction that only reads")
        finally:
            tx.finish()
            self._inside.discard(get_ident())

    def ensure_writable(self) -> None:
        if self.fail or self.full:
            raise StoreError("The disk is full.")

    def stop_waiting(self) -> None:
        """No other program holds a dictionary."""

    def drop_copy(self, before: datetime) -> bool:
        old = self.copy_made_at is not None and self.copy_made_at < before
        if old:
            self.copy_made_at = None
        return old

    def scrub(self) -> None:
        if self.fail:
            raise StoreError("The disk is full.")
        self.scrubs += 1


def _remembered(prompt: RoundPrompt) -> RoundPrompt:
    if prompt.kind in {RoundKind.REFLECT, RoundKind.COLLECT}:
        return prompt
    return replace(prompt, question="", statements=())


def _is_due(round_: Round, now: datetime) -> bool:
    if round_.state is RoundState.OPEN:
        return round_.closes_at <= now
    return round_.state in {RoundState.CLOSING, RoundState.RELEASED}


def _has_to_speak(round_: Round, now: datetime) -> bool:
    if round_.state is RoundState.OPEN:
        return round_.announcement is None or (round_.remind_at is not None and round_.remind_at <= now)
    return round_.state is RoundState.CLOSED and round_.summary is None


def _has_a_step(round_: Round) -> bool:
    if round_.state is RoundState.CLOSED:
        return round_.summary is None
    return round_.state in {RoundState.OPEN, RoundState.CLOSING, RoundState.RELEASED}


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(UTC)
