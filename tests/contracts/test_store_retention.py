"""Both stores forget alike: what is old goes with all about it; what the next round needs stays."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.changes import ChangeKind, ScheduleChange
from bot.core.model import ChannelId, MemberId, PromptId, QuoteId, Round, RoundId, RoundState, ScheduleId
from bot.core.quotes import QuoteRemoval, QuoteRequest
from bot.ports import ChannelInfo, FiringOutcome, KnownChannel, Store
from bot.store.database import Database
from tests.contracts.values import DAY, NOON, PROMPT, a_result, a_round, a_schedule
from tests.fakes.store import FakeStore

A, B, C, D = (f"00000000000{letter}" for letter in "abcd")
C1, C2, S1, S2 = ChannelId("C1"), ChannelId("C2"), ScheduleId("s1"), ScheduleId("s2")
TABLES = ("schedule", "schedule_change", "channel", "firing", "round", "release", "asked", "post")


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield FakeStore()
        return
    database = Database(tmp_path / "belonging.db")
    yield database
    database.close()


def ended(round_id: str, number: int, days: int, **changes: object) -> Round:
    """A closed round whose prompt has its number, so many days after noon."""
    prompt = replace(PROMPT, prompt_id=PromptId(f"voice-{number}"))
    state = {"state": RoundState.CLOSED, "prompt": prompt}
    return a_round(round_id, number=number, opened_at=NOON + days * DAY, **(state | changes))


def change(number: int, schedule: str = "s1", channel: str = "C1") -> ScheduleChange:
    """The change of a schedule so many days after noon."""
    changed = a_schedule(schedule, channel=ChannelId(channel))
    return ScheduleChange(
        kind=ChangeKind.CHANGED, schedule=changed, at=NOON + number * DAY, by=MemberId("U1")
    )


def fill(store: Store, *rounds: Round) -> None:
    with store.transaction("fill") as tx:
        for round_ in rounds:
            tx.insert_round(round_)
            if round_.state is RoundState.CLOSED:
                tx.insert_release(a_result(round_.id), round_.closes_at)


def test_only_rounds_that_have_ended_and_are_old_are_listed_oldest_first(store: Store) -> None:
    fill(
        store,
        ended(B, 2, 1),
        ended(A, 1, 0, state=RoundState.CANCELLED),
        ended(C, 3, 2, state=RoundState.OPEN),
        ended(D, 4, 9),
    )

    with store.transaction("look") as tx:
        assert tx.list_ended_before(NOON + 8 * DAY) == (A, B)
        assert tx.list_ended_before(NOON + 2 * DAY) == ()


def test_a_forgotten_round_takes_its_result_and_all_about_it_along(store: Store) -> None:
    fill(store, ended(A, 1, 0), ended(B, 2, 7))
    with store.transaction("quotes") as tx:
        for one in (A, B):
            tx.put_quote_request(
                QuoteRequest(round_id=RoundId(one), quote=QuoteId("q"), asked_on=NOON.date())
            )
            tx.insert_quote_removal(
                QuoteRemoval(round_id=RoundId(one), removed_on=NOON.date(), admin=MemberId("U1"))
            )
            tx.rewrite_release(a_result(one))

    with store.transaction("forget") as tx:
        assert not tx.needs_scrub()
        tx.forget_rounds([RoundId(A)])

    with store.transaction("read") as tx:
        assert tx.fetch_round(RoundId(A)) is None
        assert tx.fetch_release(RoundId(A)) is None
        assert tx.list_quote_removals(RoundId(A)) == ()
        assert [one.round_id for one in tx.list_quote_requests()] == [B]
        assert tx.list_outdated_summaries() == (B,)
        assert tx.fetch_release(RoundId(B)) == a_result(B)
        assert tx.needs_scrub()
        tx.mark_scrubbed()
        assert not tx.needs_scrub()


def test_what_was_asked_and_the_count_of_rounds_outlive_them(store: Store) -> None:
    fill(store, ended(A, 1, 0), ended(B, 2, 7), ended(C, 1, 7, channel=C2))

    with store.transaction("forget") as tx:
        assert (tx.fetch_last_number(C1), tx.fetch_last_number(ChannelId("C9"))) == (2, 0)
        before = tx.list_asked(C1)
        tx.forget_rounds([RoundId(A)])
        assert tx.list_asked(C1) == before
        tx.forget_rounds([RoundId(B), RoundId(B)])

    with store.transaction("read") as tx:
        assert tx.list_channel_rounds(C1) == ()
        assert [prompt.prompt_id for prompt in tx.list_asked(C1)] == ["voice-1", "voice-2"]
        assert tx.fetch_last_number(C1) == 2
        assert len(tx.list_asked(C2)) == 1


def test_of_a_schedule_that_is_there_the_latest_firing_of_each_outcome_stays(store: Store) -> None:
    outcomes = [FiringOutcome.WAITING, FiringOutcome.OPENED, FiringOutcome.OPENED, FiringOutcome.OPENED]
    with store.transaction("fill") as tx:
        tx.put_schedule(a_schedule("s1"))
        for day, outcome in enumerate(outcomes):
            tx.claim_firing(S1, NOON + day * DAY, outcome)
            tx.claim_firing(S2, NOON + day * DAY, outcome)

    with store.transaction("forget") as tx:
        assert tx.count_old_acts(NOON + 3 * DAY) == 5
        assert tx.forget_acts(NOON + 3 * DAY) == 5
        assert tx.needs_scrub()

    with store.transaction("read") as tx:
        assert tx.fetch_last_firing_with(S1, FiringOutcome.WAITING) == NOON
        assert tx.claim_firing(S1, NOON + DAY, FiringOutcome.OPENED)
        assert tx.claim_firing(S2, NOON, FiringOutcome.OPENED)
        assert not tx.claim_firing(S2, NOON + 3 * DAY, FiringOutcome.OPENED)


def test_of_changes_the_untold_the_new_and_the_last_of_a_schedule_stay(store: Store) -> None:
    with store.transaction("fill") as tx:
        tx.put_schedule(a_schedule("s1"))
        for number, schedule in enumerate(("s1", "s1", "s2", "s2")):
            tx.insert_change(change(number, schedule), told=number != 2)
        tx.insert_change(change(9, "s2"), told=True)

    with store.transaction("forget") as tx:
        assert tx.count_old_acts(NOON + 5 * DAY) == 2
        assert tx.forget_acts(NOON + 5 * DAY) == 2
        assert tx.count_old_acts(NOON + 5 * DAY) == tx.forget_acts(NOON + 5 * DAY) == 0
        tx.insert_change(change(10, "s2"), told=True)

    with store.transaction("read") as tx:
        assert [one.at - NOON for one in tx.list_changes(C1, 9)] == [days * DAY for days in (10, 9, 2, 1)]
        assert len(tx.list_untold_changes()) == 1


def test_nothing_old_owes_nothing(store: Store) -> None:
    with store.transaction("forget") as tx:
        assert tx.forget_acts(NOON) == 0
        assert not tx.needs_scrub()


def test_a_channel_is_forgotten_whole_and_alone(store: Store) -> None:
    for channel, schedule, rounds in ((C1, "s1", (A, B)), (C2, "s2", (C, D))):
        fill(
            store,
            ended(rounds[0], 1, 0, channel=channel, schedule=ScheduleId("old")),
            ended(rounds[1], 2, 7, channel=channel, state=RoundState.CANCELLED),
        )
        with store.transaction("fill") as tx:
            info = ChannelInfo(id=channel, name="x", private=False, archived=False, joined=True)
            tx.put_channel(KnownChannel(info=info))
            tx.put_schedule(a_schedule(schedule, channel=channel))
            tx.insert_change(change(1, schedule, channel), told=False)
            tx.claim_firing(ScheduleId(schedule), NOON, FiringOutcome.OPENED)
            tx.forget_rounds([RoundId(rounds[0])])

    with store.transaction("purge") as tx:
        tx.mark_scrubbed()
        tx.forget_channel(C1)
        assert tx.needs_scrub()

    with store.transaction("read") as tx:
        assert tx.list_schedules() == (a_schedule("s2", channel=C2),)
        assert tx.list_changes(C1, 9) == ()
        assert tx.list_asked(C1) == ()
        assert tx.fetch_last_number(C1) == 0
        assert tx.fetch_channel(C1) is None
        assert tx.list_channel_rounds(C1) == ()
        assert tx.fetch_last_firing(S1) is None
        assert len(tx.list_asked(C2)) == 2
        assert len(tx.list_changes(C2, 9)) == 1
        assert tx.fetch_last_firing(S2) == NOON
        assert tx.fetch_channel(C2)


def test_of_a_forgotten_channel_and_round_no_byte_is_left_once_the_file_is_scrubbed(tmp_path: Path) -> None:
    database = Database(tmp_path / "belonging.db")
    canary = replace(a_result(A), quotes=("The canary sang at noon", "b", "c"))
    fill(database, a_round(A, channel="CCANARY"), ended(B, 1, 0))
    with database.transaction("result") as tx:
        tx.insert_release(canary, NOON + timedelta(days=2))

    with database.transaction("forget") as tx:
        tx.forget_channel(ChannelId("CCANARY"))
        tx.forget_rounds([RoundId(B)])
    database.scrub()
    database.close()

    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"canary" not in raw
    assert b"CCANARY" not in raw
    assert b"voice-1" in raw
    with closing(sqlite3.connect(tmp_path / "belonging.db")) as connection:
        left = {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - ours
            for table in TABLES
        }
    assert left == dict.fromkeys(TABLES, 0) | {"asked": 1}
