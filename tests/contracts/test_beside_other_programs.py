"""Other programs read, hold or crash beside the bot, and nothing is lost and nobody waits."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

import bot
from bot.core.model import ScheduleId
from bot.errors import StoreError
from bot.ports import FiringOutcome
from bot.proof_process import ProofProcess, Request, answer, logging_now
from bot.store import connections
from bot.store.audit.database import layout
from bot.store.database import Database
from bot.store.lock import prepare
from tests.contracts.values import NOON
from tests.patience import PATIENCE_S

ROOT = Path(bot.__file__).parent.parent
MEMORY_DISK = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - mkdtemp makes it private
STARTS = 200
WRITES = 8

OPENS_AND_CLOSES = """
import sqlite3, sys
for _ in range(1000):
    other = sqlite3.connect(sys.argv[1])
    other.execute("SELECT count(*) FROM firing").fetchone()
    other.close()
"""
COUNTS = """
import sqlite3, sys
print(*sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM firing").fetchone())
"""
READS_ON_AND_ON = """
import sqlite3, sys
print("begun", flush=True)
while True:
    try:
        other = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
        for _ in range(3):
            other.execute("SELECT count(*) FROM firing").fetchone()
        other.close()
    except sqlite3.OperationalError:
        pass  # between the end of one bot and the start of the next
"""


def count_firings(path: Path) -> int:
    """How many firings another program sees in the file; in a process that has just begun."""
    ended = subprocess.run([sys.executable, "-c", COUNTS, path], check=True, capture_output=True, text=True)
    return int(ended.stdout)


def request(data: Path) -> Request:
    return Request(
        at=NOON,
        data_dir=data,
        ballots_dir=data / "ballots",
        keys_dir=data / "keys",
        logging=logging_now(),
    )


def claim(database: Database, schedule: str, number: int) -> None:
    with database.transaction("claim") as tx:
        tx.claim_firing(ScheduleId(schedule), NOON + timedelta(minutes=number), FiringOutcome.OPENED)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    prepare(data, data / "ballots", data / "keys")
    return data


def test_a_program_that_opens_and_closes_the_file_1000_times_beside_a_busy_bot_takes_nothing_away(
    data: Path,
) -> None:
    path, written = data / "belonging.db", 0
    with closing(Database(path)) as database:
        ProofProcess().run(request(data))
        with subprocess.Popen([sys.executable, "-c", OPENS_AND_CLOSES, path]) as other:
            while other.poll() is None or written < 100:
                claim(database, "s", written)
                written += 1
        assert 0 == other.returncode
        assert path.with_name("belonging.db-wal").exists()

        assert written == count_firings(path)


def test_200_starts_beside_a_reader_end_without_a_crash_and_keep_everything() -> None:
    """Each start proves, writes and reads; they fork from one process that has loaded everything."""
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK) as name:
        script = (
            f"from pathlib import Path; from tests.contracts.{Path(__file__).stem} import starts; "
            f"starts(Path({name!r}))"
        )
        ended = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={"PYTHONPATH": "."},
            text=True,
            capture_output=True,
            check=False,
        )

        assert (0, "") == (ended.returncode, ended.stdout)
        assert STARTS * WRITES == count_firings(Path(name) / "data" / "belonging.db")


def starts(folder: Path) -> None:
    """Start and stop bots beside a reader, in a process of its own, and print how one ended that crashed."""
    data = folder / "data"
    prepare(data, data / "ballots", data / "keys")
    Database(data / "belonging.db").close()
    layout()
    with subprocess.Popen(
        [sys.executable, "-c", READS_ON_AND_ON, data / "belonging.db"], stdout=subprocess.PIPE
    ) as reader:
        assert reader.stdout
        reader.stdout.readline()
        for number in range(STARTS):
            status = in_a_fork(lambda number=number: a_start(data, number))  # type: ignore[misc]
            if status:
                print(number, status)  # noqa: T201 - what the test reads
                break
        reader.kill()


def a_start(data: Path, number: int) -> None:
    with closing(Database(data / "belonging.db")) as database:
        claim(database, f"s{number}", 0)
        if status := in_a_fork(lambda: answer(request(data))):
            raise RuntimeError(status)
        for write in range(1, WRITES):
            claim(database, f"s{number}", write)
            with database.read("test") as tx:
                assert tx.fetch_last_firing(ScheduleId(f"s{number}")) == NOON + timedelta(minutes=write)


def in_a_fork(work: object) -> int:
    """How a copy of this process ended that did this; this process has one thread."""
    child = os.fork()
    if child == 0:
        try:
            work()  # type: ignore[operator]
        except BaseException:  # noqa: BLE001 - the copy must not go on as the test
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1]


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Another program holds the lock of writers."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_whoever_reads_does_not_wait_for_a_program_that_writes(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were it to wait, it would fail: nobody lets go of the lock."""
    monkeypatch.setattr(connections, "BUSY_TIMEOUT_S", 0.05)
    with closing(Database(data / "belonging.db")) as database:
        claim(database, "s", 0)
        with held(data / "belonging.db"):
            with database.read("test") as tx:
                assert NOON == tx.fetch_last_firing(ScheduleId("s"))
            with pytest.raises(StoreError, match="Another program holds"), database.transaction("test"):
                pass


def test_whoever_reads_does_not_wait_for_a_thread_that_writes(data: Path) -> None:
    with closing(Database(data / "belonging.db")) as database:
        seen = Event()

        def read() -> None:
            with database.read("test") as tx:
                if tx.fetch_last_firing(ScheduleId("s")) is None:
                    seen.set()

        with database.transaction("test") as tx:
            tx.claim_firing(ScheduleId("s"), NOON, FiringOutcome.OPENED)
            reader = Thread(target=read)
            reader.start()
            assert seen.wait(PATIENCE_S)  # and it has seen nothing of what is not committed
        reader.join()


def test_readers_are_kept_few_and_closed_with_the_database(data: Path) -> None:
    with closing(Database(data / "belonging.db")) as database:
        for _ in range(20):
            with database.read("test") as tx:
                tx.count_schedules()
        assert 1 == len(database._readers._idle)
    assert ["belonging.db"] == [path.name for path in data.glob("belonging.db*")]
