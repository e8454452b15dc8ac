"""Both stores keep requests and removals alike; and the file keeps no trace of a quote taken down."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.core.model import ChannelId, MemberId, QuoteId, RoundId
from bot.core.quotes import QuoteRemoval, QuoteRequest, quote_id, take_down
from bot.core.release import Published
from bot.errors import StoreError
from bot.ports import Store
from bot.store.database import Database
from tests.contracts.values import NOON, a_result, a_round
from tests.fakes.store import FakeStore
from tests.privacy.ballot import everything_in

A, B = RoundId("00000000000a"), RoundId("00000000000b")
TODAY = date(2026, 11, 27)
SECRET = "The canary sang on the third floor at noon"
WITH_SECRET = replace(a_result(A), quotes=("Before it.", SECRET, "After it."))


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield with_results(FakeStore())
        return
    database = Database(tmp_path / "belonging.db")
    yield with_results(database)
    database.close()


def with_results(store: Store) -> Store:
    with store.transaction("close") as tx:
        for number, result in enumerate((WITH_SECRET, a_result(B))):
            tx.insert_round(a_round(result.round_id, number=number + 1))
            tx.insert_release(result, NOON + timedelta(hours=number))
    return store


def a_request(round_id: RoundId = A, quote: str = "q1", day: date = TODAY) -> QuoteRequest:
    return QuoteRequest(round_id=round_id, quote=QuoteId(quote), asked_on=day)


def without_secret() -> Published:
    after = take_down(WITH_SECRET, quote_id(A, SECRET), TODAY)
    assert after
    return after


def test_a_result_is_rewritten_in_its_place_among_the_others(store: Store) -> None:
    with store.transaction("remove") as tx:
        tx.rewrite_release(without_secret())

    with store.transaction("read") as tx:
        assert tx.fetch_release(A) == without_secret()
        assert [release for _, release in tx.list_releases(ChannelId("C1"))] == [
            a_result(B),
            without_secret(),
        ]


def test_only_a_result_that_is_there_is_rewritten(store: Store) -> None:
    with pytest.raises(StoreError), store.transaction("remove") as tx:
        tx.rewrite_release(a_result("00000000000z"))


def test_a_rewritten_result_leaves_its_summary_outdated_until_it_is_settled(store: Store) -> None:
    with store.transaction("remove") as tx:
        assert tx.list_outdated_summaries() == ()
        tx.rewrite_release(a_result(B))
        tx.rewrite_release(without_secret())
        tx.rewrite_release(without_secret())

    with store.transaction("show") as tx:
        assert tx.list_outdated_summaries() == (A, B)
        tx.mark_summary_updated(A)
        tx.mark_summary_updated(A)
        assert tx.list_outdated_summaries() == (B,)


def test_asking_twice_is_one_request_of_the_first_day(store: Store) -> None:
    with store.transaction("ask") as tx:
        tx.put_quote_request(a_request())
        tx.put_quote_request(a_request(day=TODAY + timedelta(days=1)))

        assert tx.list_quote_requests() == (a_request(),)


def test_requests_are_listed_by_day_and_then_in_no_order_of_asking(store: Store) -> None:
    later = a_request(A, "q0", TODAY + timedelta(days=1))
    with store.transaction("ask") as tx:
        for request in (later, a_request(B, "q1"), a_request(A, "q2"), a_request(A, "q1")):
            tx.put_quote_request(request)

        assert tx.list_quote_requests() == (
            a_request(A, "q1"),
            a_request(A, "q2"),
            a_request(B, "q1"),
            later,
        )


def test_a_request_needs_a_result_and_is_forgotten_once_decided(store: Store) -> None:
    with store.transaction("ask") as tx:
        tx.put_quote_request(a_request())
        tx.delete_quote_request(A, QuoteId("q1"))
        tx.delete_quote_request(A, QuoteId("q1"))
        assert tx.list_quote_requests() == ()

    with pytest.raises(StoreError), store.transaction("ask") as tx:
        tx.put_quote_request(a_request(RoundId("00000000000z")))


def test_removals_name_the_admin_and_the_day_oldest_first(store: Store) -> None:
    def removal(admin: str, day: date, round_id: RoundId = A) -> QuoteRemoval:
        return QuoteRemoval(round_id=round_id, removed_on=day, admin=MemberId(admin))

    tomorrow = TODAY + timedelta(days=1)
    with store.transaction("remove") as tx:
        for one in (
            removal("U2", tomorrow),
            removal("U1", TODAY),
            removal("U1", TODAY),
            removal("U3", TODAY, B),
        ):
            tx.insert_quote_removal(one)

        assert tx.list_quote_removals(A) == (
            removal("U1", TODAY),
            removal("U1", TODAY),
            removal("U2", tomorrow),
        )


def test_scrubbing_changes_nothing_that_is_stored(store: Store) -> None:
    store.scrub()

    with store.transaction("read") as tx:
        assert tx.fetch_release(A) == WITH_SECRET


def take_it_down(database: Database) -> None:
    with database.transaction("ask") as tx:
        tx.put_quote_request(a_request(quote=quote_id(A, SECRET)))
    with database.transaction("remove") as tx:
        tx.rewrite_release(without_secret())
        tx.delete_quote_request(A, quote_id(A, SECRET))


def in_the_files(directory: Path) -> set[str]:
    raw = b"\0\0".join(everything_in(directory).values())
    return {needle for needle in (SECRET, quote_id(A, SECRET)) if needle.encode() in raw}


@pytest.mark.attack
def test_a_quote_taken_down_is_in_no_byte_of_the_file_or_its_log(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "belonging.db")) as database:
        with_results(database)
        take_it_down(database)
        assert in_the_files(tmp_path) == {SECRET, quote_id(A, SECRET)}  # the attack works before the scrub

        database.scrub()

        assert in_the_files(tmp_path) == set()


@pytest.mark.attack
def test_a_long_quote_that_filled_pages_of_its_own_is_gone_as_well(tmp_path: Path) -> None:
    long = replace(WITH_SECRET, quotes=tuple(f"{number} {SECRET} " * 40 for number in range(12)))
    with closing(Database(tmp_path / "belonging.db")) as database:
        with database.transaction("close") as tx:
            tx.insert_round(a_round(A))
            tx.insert_release(long, NOON)
        database.scrub()  # the pages are in the file itself now
        with database.transaction("remove") as tx:
            tx.rewrite_release(replace(long, quotes=()))

        database.scrub()

        assert in_the_files(tmp_path) == set()


def test_a_program_that_reads_the_file_delays_the_scrub_and_the_bot_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.connections.BUSY_TIMEOUT_S", 0.01)
    path = tmp_path / "belonging.db"
    with closing(Database(path)) as database, closing(sqlite3.connect(path)) as reader:
        with_results(database)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM release").fetchall()
        take_it_down(database)

        with pytest.raises(StoreError, match="reading"):
            database.scrub()
        reader.execute("ROLLBACK")
        database.scrub()

        assert in_the_files(tmp_path) == set()
