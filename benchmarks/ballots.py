"""Measure the ballot box. Each function returns milliseconds by name."""

import sqlite3
import statistics
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from bot.core.model import MemberId, ParticipationToken, RoundId, WorkspaceId
from bot.core.replies import reply_id
from bot.keys import KeyFiles
from bot.ports import SealedReply, Submission
from bot.store.ballots import BallotFiles

OPENED = datetime(2026, 11, 2, 9, tzinfo=UTC)
PLAINTEXT = b"a reply of ordinary length".ljust(256)
"""Sealed, it takes 1,392 bytes."""


class Office:
    """A round with its ballot file and keys in a temporary directory, and any number of people who reply."""

    def __init__(self, directory: Path) -> None:
        self.boxes = BallotFiles(directory / "ballots")
        self.vault = KeyFiles(directory / "keys", WorkspaceId("T0BENCH"))
        self.round = RoundId(self.vault.new_id())
        self.closing_key = self.vault.create(self.round)
        self.boxes.create(self.round, OPENED)

    def reply(self, number: int) -> Submission:
        """Do all that a submission does after its form was parsed: token, sealing, commit."""
        identity = reply_id(self.vault.new_receipt())
        sealed = self.vault.seal(self.closing_key, self.round, identity, PLAINTEXT)
        return self.boxes.submit(
            self.round, self.vault.token(self.round, MemberId(f"U{number:06}")), sealed
        ).result()

    def begin_anew(self) -> None:
        """Replace the ballot file of the round with an empty one."""
        self.boxes.destroy(self.round)
        self.round = RoundId(self.vault.new_id())
        self.closing_key = self.vault.create(self.round)
        self.boxes.create(self.round, OPENED)

    def fill(self, replies: int) -> None:
        """Store this many replies, many in each commit."""
        with ThreadPoolExecutor(100) as pool:
            list(pool.map(self.reply, range(replies)))


def submission_ms(present: int, *, rounds: int = 40) -> Mapping[str, float]:
    """Return the median and slowest single submission when this many replies are stored already."""
    with TemporaryDirectory() as directory:
        office = Office(Path(directory))
        office.fill(present)
        times = [_timed(partial(office.reply, present + number)) for number in range(rounds)]
        office.boxes.close()
    return {"p50": statistics.median(times), "max": max(times)}


def many_rounds_ms(rounds: int = 1000, *, submissions: int = 200) -> Mapping[str, float]:
    """Return the median submission with one open round, and with this many.

    The two alternate in one run, so that other load on the disk affects both.
    """
    with TemporaryDirectory() as few, TemporaryDirectory() as many:
        alone, crowd = Office(Path(few)), Office(Path(many))
        others = [RoundId(crowd.vault.new_id()) for _ in range(rounds - 1)]
        for other in others:
            crowd.boxes.create(other, OPENED)
        times: dict[str, list[float]] = {"one": [], "many": []}
        for number in range(submissions):
            sealed = _sealed(alone, number), _sealed(crowd, number)
            box = others[number % len(others)] if others else crowd.round
            for name, boxes, into, reply in (
                ("one", alone.boxes, alone.round, sealed[0]),
                ("many", crowd.boxes, box, sealed[1]),
            ):
                times[name].append(_timed(partial(_stored, boxes, into, reply)))
            if number % 8 == 7:  # otherwise one ballot file would hold more replies than the others
                alone.begin_anew()
        alone.boxes.close()
        crowd.boxes.close()
    return {name: statistics.median(found) for name, found in times.items()}


def submissions_per_s(*, people: int = 500, at_once: int = 48) -> float:
    """Return how many submissions are stored durably a second with this many people waiting."""
    with TemporaryDirectory() as directory:
        office = Office(Path(directory))
        with ThreadPoolExecutor(at_once) as pool:
            took_ms = _timed(lambda: list(pool.map(office.reply, range(people))))
        office.boxes.close()
    return people / took_ms * 1000


def bare_inserts_per_s(*, rounds: int = 500) -> float:
    """Return how many durable inserts a second a bare SQLite file on the same disk takes."""
    with (
        TemporaryDirectory() as directory,
        closing(sqlite3.connect(Path(directory) / "bare.db")) as connection,
    ):
        connection.executescript("PRAGMA synchronous=FULL; CREATE TABLE reply (body BLOB)")

        def insert_all() -> None:
            for _ in range(rounds):
                with connection:
                    connection.execute("INSERT INTO reply VALUES (?)", (PLAINTEXT * 5,))

        return rounds / _timed(insert_all) * 1000


def unseal_ms(replies: int = 5000) -> Mapping[str, float]:
    """Measure reading and decrypting all replies of a round when it closes."""
    with TemporaryDirectory() as directory:
        office = Office(Path(directory))
        office.fill(replies)
        total = _timed(lambda: office.vault.unseal(office.round, office.boxes.list_replies(office.round)))
        office.boxes.close()
    return {"total": total, "each": total / replies}


def canonicalise_ms(replies: int = 5000) -> Mapping[str, float]:
    """Measure rewriting a ballot file when the bot starts."""
    with TemporaryDirectory() as directory:
        office = Office(Path(directory))
        office.fill(replies)
        total = _timed(office.boxes.canonicalise)
        office.boxes.close()
    return {"total": total}


def bare_insert_ms(*, rounds: int = 40) -> float:
    """Return the median of a durable insert into a bare SQLite file on the same disk."""
    with (
        TemporaryDirectory() as directory,
        closing(sqlite3.connect(Path(directory) / "bare.db")) as connection,
    ):
        connection.executescript("PRAGMA synchronous=FULL; CREATE TABLE reply (body BLOB)")

        def insert() -> None:
            with connection:
                connection.execute("INSERT INTO reply VALUES (?)", (PLAINTEXT * 5,))

        return statistics.median(_timed(insert) for _ in range(rounds))


def _sealed(office: Office, number: int) -> tuple[ParticipationToken, SealedReply]:
    identity = reply_id(office.vault.new_receipt())
    sealed = office.vault.seal(office.closing_key, office.round, identity, PLAINTEXT)
    return office.vault.token(office.round, MemberId(f"U{number:06}")), sealed


def _timed(work: Callable[[], object]) -> float:
    begin = perf_counter()
    work()
    return (perf_counter() - begin) * 1000


def _stored(
    boxes: BallotFiles, round_id: RoundId, reply: tuple[ParticipationToken, SealedReply]
) -> Submission:
    return boxes.submit(round_id, *reply).result()
