"""A row that was damaged, or written by another version, is left out and named; all others are served."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.audit import LastProof
from bot.core.changes import ChangeKind, ScheduleChange
from bot.core.model import ChannelId, RoundId, RoundState, ScheduleId
from bot.core.posts import Post, PostKind
from bot.ports import ChannelInfo, FiringOutcome, KnownChannel
from bot.store.audit.database import read_damaged, read_stored
from bot.store.connections import connect
from bot.store.database import Database
from bot.store.migrations import KNOWN
from bot.store.read_only import read_last_firings, read_schedules
from bot.store.transaction import Transaction
from tests.contracts.test_migrations import laid
from tests.contracts.values import DAY, NOON, a_norm, a_result, a_round, a_schedule

C1, C2 = ChannelId("C1"), ChannelId("C2")
A, B = RoundId("00000000000a"), RoundId("00000000000b")
Read = Callable[[Transaction], object]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two of everything."""
    path = tmp_path / "belonging.db"
    database = Database(path)
    with database.transaction("fill") as tx:
        for number, (round_id, channel) in enumerate(((A, C1), (B, C2)), 1):
            schedule = a_schedule(f"s{number}")
            tx.put_schedule(schedule)
            tx.insert_change(
                ScheduleChange(kind=ChangeKind.CREATED, schedule=schedule, at=NOON, by=None), told=False
            )
            tx.put_channel(
                KnownChannel(
                    info=ChannelInfo(id=channel, name="x", private=False, archived=False, joined=True)
                )
            )
            tx.insert_round(a_round(round_id, channel=channel))
            tx.insert_release(a_result(round_id), NOON)
            tx.put_norm(a_norm(f"n{number}"))
            tx.claim_firing(schedule.id, NOON, FiringOutcome.OPENED)
        tx.put_proof(LastProof(at=NOON, tried=1, failed=()))
        tx.put_nothing_left(C1, NOON.date())
        tx.put_rest_until(NOON)
        tx.put_post(Post(kind=PostKind.SUMMARY, of=A, channel=C1, since=NOON))
    database.close()
    return path


def damage(path: Path, sql: str) -> None:
    with closing(connect(path, ())) as connection:
        connection.execute(sql)
        if connection.in_transaction:
            connection.commit()


@pytest.fixture
def damaged(path: Path) -> Iterator[Callable[[str], Database]]:
    opened: list[Database] = []

    def open_with(sql: str) -> Database:
        damage(path, sql)
        opened.append(Database(path))
        return opened[-1]

    yield open_with
    for database in opened:
        database.close()


DAMAGES = pytest.mark.parametrize(
    ("sql", "row", "read", "left"),
    [
        (
            "UPDATE schedule SET recurrence = '{\"kind\":\"Secret\"}' WHERE id = 's1'",
            ("schedule", "s1"),
            lambda tx: [one.id for one in tx.list_schedules()],
            ["s2"],
        ),
        (
            "UPDATE schedule SET zone = 'Secret/Nowhere' WHERE id = 's1'",
            ("schedule", "s1"),
            lambda tx: [one.schedule.id for one in tx.list_due_schedules(NOON)],
            ["s2"],
        ),
        (
            "UPDATE schedule SET open_for_s = 1000000000000000000 WHERE id = 's1'",
            ("schedule", "s1"),
            lambda tx: [one.id for one in tx.list_channel_schedules(C1)],
            ["s2"],
        ),
        (
            'UPDATE schedule_change SET body = \'{"kind":"Secret"}\' WHERE number = 1',
            ("schedule_change", "1"),
            lambda tx: [number for number, _ in tx.list_untold_changes()],
            [2],
        ),
        (
            "UPDATE round SET prompt = '{\"kind\":\"Secret\"}' WHERE id = '00000000000a'",
            ("round", A),
            lambda tx: [one.id for one in tx.list_unfinished(NOON + 9 * DAY)],
            [B],
        ),
        (
            "UPDATE round SET state = 'secret' WHERE id = '00000000000a'",
            ("round", A),
            lambda tx: [one for one in (A, B) if tx.fetch_round(one)],
            [B],
        ),
        (
            "UPDATE round SET zone = 'Secret/Nowhere' WHERE id = '00000000000a'",
            ("round", A),
            lambda tx: [one.id for one in tx.list_rounds(tuple(RoundState))],
            [B],
        ),
        (
            "UPDATE release SET body = '{\"kind\":\"Secret\"}' WHERE round_id = '00000000000a'",
            ("release", A),
            lambda tx: [round_.id for round_, _ in tx.list_latest_releases()],
            [B],
        ),
        (
            "UPDATE norm SET body = '{\"kind\":\"Secret\"}' WHERE id = 'n1'",
            ("norm", "n1"),
            lambda tx: [one.id for one in tx.list_norms(C1)],
            ["n2"],
        ),
    ],
    ids=[
        "recurrence",
        "zone",
        "a duration that no clock holds",
        "change",
        "prompt",
        "state of another version",
        "zone of a round",
        "release",
        "norm",
    ],
)

NAIVE = "2026-11-24T09:00:00.000000"
"""A time without its zone: read as it is, it would be compared far from its row, and fail there."""

TIMES = {
    "schedule": ("created_at", "id = 's1'", "s1"),
    "schedule_change": ("at", "number = 1", "1"),
    "firing": ("fire_at", "schedule_id = 's1'", "s1"),
    "round": ("opened_at", "id = '00000000000a'", A),
    "everything_rests": ("until", "id = 1", "1"),
    "post": ("since", "channel = 'C1'", "C1"),
}


@pytest.mark.parametrize("text", [NAIVE, "garbled", ""], ids=["without a zone", "garbled", "empty"])
@pytest.mark.parametrize("table", TIMES)
def test_a_time_that_cannot_be_read_is_named_and_everything_reads_on(
    damaged: Callable[[str], Database], path: Path, table: str, text: str
) -> None:
    column, row, id_ = TIMES[table]
    database = damaged(f"UPDATE {table} SET {column} = '{text}' WHERE {row}")  # noqa: S608 - of this file

    assert f"{table} {id_}" in read_damaged(path)
    assert any(id_ in one for one in read_stored(path).damaged)
    assert set(read_last_firings(path, NOON + DAY)) <= {"s1", "s2"}
    with database.read("everything") as tx:
        assert tx.fetch_newest_time()
        due = tx.list_due_schedules(NOON + DAY)
        times = [one.last_firing for one in due] + [one.schedule.created_at for one in due]
        times += [tx.fetch_last_firing(ScheduleId(one)) for one in ("s1", "s2")]
        times += [tx.fetch_last_firing_with(ScheduleId("s1"), FiringOutcome.OPENED), tx.fetch_rest_until()]
        times += [one.opened_at for one in tx.list_rounds(tuple(RoundState))]
        times += list(tx.list_alarms(NOON - DAY, 9))
        assert all(one.tzinfo for one in times if one)
        assert {ScheduleId("s2")} <= {one.schedule.id for one in due}


@pytest.mark.parametrize("column", ["closes_at", "remind_at", "tried_at"])
def test_no_time_of_a_round_is_read_without_its_zone(
    damaged: Callable[[str], Database], path: Path, column: str
) -> None:
    sql = f"UPDATE round SET {column} = '{NAIVE}' WHERE id = '00000000000a'"  # noqa: S608 - of this file
    with damaged(sql).read("rounds") as tx:
        assert [B] == [one.id for one in tx.list_rounds([RoundState.OPEN])]
    assert (f"round {A}",) == read_damaged(path)


def test_the_last_proof_that_cannot_be_read_is_made_anew(
    damaged: Callable[[str], Database], path: Path
) -> None:
    sql = f"UPDATE proof SET body = replace(body, '{NOON.isoformat(timespec='microseconds')}', '{NAIVE}')"  # noqa: S608 - of this file
    with damaged(sql).read("proof") as tx:
        assert tx.fetch_proof() is None
    assert ("proof 1",) == read_damaged(path)


def test_the_log_names_a_fire_time_that_cannot_be_read_at_the_start(
    damaged: Callable[[str], Database], caplog: pytest.LogCaptureFixture
) -> None:
    database = damaged(f"UPDATE firing SET fire_at = '{NAIVE}' WHERE schedule_id = 's1'")  # noqa: S608
    with database.read("newest_time") as tx:
        tx.fetch_newest_time()

    told = [(one.getMessage(), one.__dict__["code"], one.__dict__["ref"]) for one in caplog.records]
    assert [("row cannot be read", "firing", "s1")] == told


@pytest.mark.parametrize("look_at", ["garbled", "2099-01-01T00:00:00.000000+00:00"])
def test_a_schedule_that_would_never_be_looked_at_is_looked_at_now(
    damaged: Callable[[str], Database], look_at: str
) -> None:
    with damaged(f"UPDATE schedule SET look_at = '{look_at}'").read("due") as tx:  # noqa: S608
        assert 2 == len(tx.list_due_schedules(NOON))


def test_where_nobody_can_tell_until_when_everything_rests_it_rests(
    damaged: Callable[[str], Database],
) -> None:
    """Else what was asked since the backup could be asked again of the same people."""
    with damaged("UPDATE everything_rests SET until = 'garbled'").read("rests") as tx:
        until = tx.fetch_rest_until()
        assert until
        assert until > NOON + 4000 * DAY


@DAMAGES
def test_it_is_left_out_named_once_and_stays_stored(  # noqa: PLR0917 - the parts of one example
    damaged: Callable[[str], Database],
    path: Path,
    caplog: pytest.LogCaptureFixture,
    sql: str,
    row: tuple[str, str],
    read: Read,
    left: list[object],
) -> None:
    database = damaged(sql)
    with caplog.at_level(logging.ERROR, "bot"):
        for _ in range(2):
            with database.transaction("read") as tx:
                assert left == read(tx)

    told = [(one.getMessage(), one.__dict__["code"], one.__dict__["ref"]) for one in caplog.records]
    assert [("row cannot be read", *row)] == told
    assert "ecret" not in str([one.__dict__ for one in caplog.records])
    with closing(sqlite3.connect(path)) as connection:
        stored = connection.execute(f"SELECT count(*) FROM {row[0]}")  # noqa: S608 - one of our tables
        assert 2 == stored.fetchone()[0]


@DAMAGES
def test_the_checks_of_the_operator_name_it(
    damaged: Callable[[str], Database],
    path: Path,
    sql: str,
    row: tuple[str, str],
    read: Read,
    left: list[object],
) -> None:
    damaged(sql)

    assert (" ".join(row),) == read_damaged(path)
    found = read_stored(path).damaged
    assert any(row[1] in one for one in found)


def test_where_all_can_be_read_nothing_is_named(path: Path) -> None:
    assert () == read_damaged(path)
    assert () == read_stored(path).damaged
    assert 0 == read_stored(path).unread_rounds


@pytest.mark.parametrize("zone", ["", "Nowhere", "../etc/passwd", "Europe"])
def test_the_proof_knows_how_many_rounds_it_cannot_read(path: Path, zone: str) -> None:
    damage(path, f"UPDATE round SET zone = '{zone}'")  # noqa: S608 - of this file

    found = read_stored(path)
    assert ((), 2, {C1, C2}) == (found.rounds, found.unread_rounds, found.channels)


def test_one_schedule_that_cannot_be_read_hides_no_other_on_the_command_line(path: Path) -> None:
    damage(path, "UPDATE schedule SET zone = 'Nowhere' WHERE id = 's1'")

    assert ["s2"] == [one.id for one in read_schedules(path)]


def test_the_keys_of_a_round_that_cannot_be_read_are_known_as_live(
    damaged: Callable[[str], Database],
) -> None:
    """Else the next start would take them for orphans, and destroy the replies."""
    with damaged("UPDATE round SET prompt = '' WHERE id = '00000000000a'").transaction("read") as tx:
        assert [B] == [one.id for one in tx.list_rounds([RoundState.OPEN])]
        assert {A, B} == tx.list_live_ids()
        assert tx.has_open_round(C1)


def test_a_round_whose_question_cannot_be_read_still_counts_as_asked(
    damaged: Callable[[str], Database],
) -> None:
    """Nobody can tell what it asked, so everything rests; the query itself must not fail of it."""
    database = damaged("UPDATE round SET prompt = 'not json' WHERE id = '00000000000a'")

    with database.transaction("read") as tx:
        assert {A, B} == {one.id for one in tx.list_counting(NOON, NOON)}
        assert A not in {one.id for one in tx.list_unfinished(NOON + 9 * DAY)}


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE round SET opened_at = 'garbled' WHERE id = '00000000000a'",
        "UPDATE release SET released_at = 'yesterday'",
        "UPDATE schedule_change SET at = '9999'",
        "UPDATE schedule SET created_at = '2026-99-99T00:00:00+00:00' WHERE id = 's1'",
    ],
)
def test_a_garbled_time_does_not_keep_the_bot_from_starting(
    damaged: Callable[[str], Database], damage: str
) -> None:
    with damaged(damage).transaction("read") as tx:
        assert tx.fetch_newest_time()


def test_a_declared_schedule_takes_the_place_of_a_row_that_cannot_be_read(
    damaged: Callable[[str], Database],
) -> None:
    database = damaged("UPDATE schedule SET zone = 'Nowhere' WHERE id = 's1'")

    with database.transaction("declare") as tx:
        tx.put_schedule(a_schedule("s1"))

    with database.transaction("read") as tx:
        assert tx.fetch_schedule(ScheduleId("s1")) == a_schedule("s1")


@pytest.mark.parametrize("version", KNOWN[:-1])
def test_no_row_of_a_file_that_is_not_brought_up_to_date_yet_is_called_damaged(
    tmp_path: Path, version: str
) -> None:
    assert () == read_damaged(laid(tmp_path, version))
