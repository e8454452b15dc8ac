"""Another program holds the lock of writers, as for a copy by hand, and nobody who reads waits for it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from threading import Event
from time import monotonic

import pytest

from bot.core.audit import LastProof
from bot.core.model import WorkspaceId
from bot.daily_proof import DailyProof
from bot.proof_process import Request
from tests.another_program import another_program
from tests.fakes.prover import FakeProver
from tests.patience import PATIENCE_S
from tests.world import World, text_of

LONG_S = 300.0
"""So long whoever waits for the other program would wait here."""


@pytest.fixture
def held(asked: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world with an open round, whose belonging.db another program holds all the time."""
    monkeypatch.setattr("bot.store.connections.BUSY_TIMEOUT_S", LONG_S)
    path = asked.data_dir / "belonging.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield asked
        other.execute("ROLLBACK")


def test_a_form_opens_and_a_reply_is_taken(held: World) -> None:
    """Each waited five seconds for the lock before, and then failed."""
    form = held.open_form("U02TOMA")

    assert held.submit("U02TOMA", form, text="The stand-up felt warm", answers=["4", "5", "2"])["ok"]


READ_ONLY = [
    ("help", "/belonging"),
    ("privacy", "close"),
    ("trend", ""),
    ("summary cycle", ""),
    ("norms", ""),
    ("propose", "propos"),
    ("cancel", "cancel"),
    ("resume", "next"),
    ("pause until 1 January 2001", ""),
    ("pause until nonsense", "nonsense"),
]


@pytest.mark.parametrize(("typed", "says"), READ_ONLY, ids=str)
def test_an_answer_that_changes_nothing_waits_for_nobody(held: World, typed: str, says: str) -> None:
    """Going on where nothing was paused took the lock of writers, and failed after five seconds."""
    began = monotonic()

    answer = held.answer("U01MAYA", f"/belonging {typed}")

    assert monotonic() - began < ANSWERED_WITHIN_S
    said = f"{answer.text} {text_of(answer.blocks)}".lower()
    assert says in said
    assert "went wrong" not in said


def test_pausing_what_is_paused_waits_for_nobody(asked: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked.answer("U01MAYA", "/belonging pause")
    monkeypatch.setattr("bot.store.connections.BUSY_TIMEOUT_S", LONG_S)
    with closing(sqlite3.connect(asked.data_dir / "belonging.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = monotonic()
        said = text_of(asked.answer("U01MAYA", "/belonging pause").blocks)
        assert monotonic() - began < ANSWERED_WITHIN_S
        other.execute("ROLLBACK")
    assert "paused" in said.lower()


def test_a_wake_up_with_nothing_to_do_writes_nothing(held: World, caplog: pytest.LogCaptureFixture) -> None:
    began = monotonic()

    held.move(minutes=1)

    assert monotonic() - began < ANSWERED_WITHIN_S
    assert [] == [one.getMessage() for one in caplog.records if one.levelname != "INFO"]


ANSWERED_WITHIN_S = PATIENCE_S


def test_the_home_tab_and_what_is_asked_for_come(held: World) -> None:
    assert held.open_home("U02TOMA").body["blocks"]
    assert "Its summary comes" in text_of(held.answer("U02TOMA", "/belonging summary").blocks)


def test_a_stop_does_not_wait_for_it_also_while_the_result_of_a_proof_is_to_be_stored(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waited for the lock as long as anybody does, five seconds, and then for whatever else was due."""
    assert asked.bot
    monkeypatch.setattr("bot.store.connections.BUSY_TIMEOUT_S", LONG_S)
    prover = Proving()
    asked.bot.daily_proof = DailyProof(
        asked.bot.services, WorkspaceId("T1"), (asked.data_dir,) * 3, prover, give_way=lambda: None
    )
    asked.bot._held.callback(asked.bot.daily_proof.wait)
    asked.clock.advance(timedelta(days=2))
    asked.bot.daily_proof.look()
    with closing(sqlite3.connect(asked.data_dir / "belonging.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        prover.may_end.set()
        began = monotonic()
        asked.stop_bot()
        assert monotonic() - began < STOPPED_WITHIN_S
        other.execute("ROLLBACK")


STOPPED_WITHIN_S = PATIENCE_S


class Proving(FakeProver):
    """Proves as soon as it may, and is deaf to a stop, as one that has just ended is."""

    def __init__(self) -> None:
        super().__init__()
        self.may_end = Event()

    def run(self, request: Request) -> LastProof:
        assert self.may_end.wait(PATIENCE_S)
        return super().run(request)


def test_the_bot_starts_beside_a_ballot_that_another_program_holds_and_takes_it_up_later(
    asked: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The start failed for all channels."""
    asked.reply("U02TOMA", answers=["4"])
    asked.close_modals("U02TOMA")
    asked.stop_bot()
    monkeypatch.setattr("bot.store.connections.BUSY_TIMEOUT_S", 0.2)
    monkeypatch.setattr("bot.store.ballots.BUSY_TIMEOUT_S", 0.2)
    (path,) = (asked.data_dir / "ballots").glob("*.db")
    with another_program(path, "BEGIN EXCLUSIVE"):
        asked.start_bot()
        assert "Its summary comes" in text_of(asked.answer("U02TOMA", "/belonging summary").blocks)
    asked.move(minutes=1)

    assert {"ballots put aside", "ballots in order again"} <= set(caplog.messages)
    assert asked.reply("U03INGR", answers=["4"])
