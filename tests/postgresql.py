"""A PostgreSQL for the tests: the distribution's, in a directory of its own, which nobody else reaches."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import psutil
import pytest

from tests.patience import PATIENCE_S

PLACES = "/usr/lib/postgresql/*/bin"
"""Where Debian keeps its programs; other systems have them on the PATH."""

USER = "belonging"
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
"""Nothing here outlives the test, so nothing waits for the disk."""

DURABLE = ("fsync=off",)
"""What it has acknowledged is there after a kill; only a machine that loses its power would lose it."""

PAUSE_S = 0.02
"""Between two looks whether it is there."""

TALKATIVE = ("log_statement=all", "log_min_duration_statement=0", "log_connections=on")
"""Everything that PostgreSQL can be told to log: each statement, with its parameters."""

EMPTY_AGAIN = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid();
DELETE FROM slack_installations; DELETE FROM slack_oauth_states; DELETE FROM left_workspaces;
DELETE FROM workers; DELETE FROM cells_of_workspaces;
UPDATE shards SET worker = NULL, address = NULL, epoch = 0, since = NULL, storage = NULL, handed_by = NULL,
wanted = NULL, not_moved = NULL
"""
"""Makes a database with all tables as it was: no session, and no row of a test. A new one takes longer."""


def program(name: str) -> Path:
    """Where a program of PostgreSQL is; without it a test is skipped, but in CI it fails."""
    newest = sorted(Path("/").glob(PLACES[1:]), key=lambda place: int(re.sub(r"\D", "", str(place)) or 0))
    for folder in (*reversed(newest), *map(Path, os.get_exec_path())):
        if (found := folder / name).is_file():
            return found
    reason = f"no {name} on this machine (Debian: apt-get install postgresql pgbouncer)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def as_its_user() -> list[str]:
    """Run a program as somebody who is not root, as PostgreSQL demands, and end it when this one ends."""
    ends = ["setpriv", "--pdeathsig", "QUIT"] if shutil.which("setpriv") else []
    if os.geteuid():
        return ends
    its = _user()
    return [*ends, f"--reuid={its.pw_uid}", f"--regid={its.pw_gid}", "--clear-groups"]


def give_away(folder: Path) -> None:
    """Let that user write a folder."""
    if not os.geteuid():
        os.chown(folder, _user().pw_uid, _user().pw_gid)


def _user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise AssertionError("no user but root")


class PostgreSQL:
    """A running server. ``kill``, ``stop`` and ``start`` are for tests of what happens without it."""

    def __init__(self, folder: Path, settings: tuple[str, ...] = FAST) -> None:
        self.folder = folder
        self.data, self.log = folder / "data", folder / "log"
        self._settings = (f"unix_socket_directories={folder}", "listen_addresses=", *settings)
        self._server: subprocess.Popen[bytes] | None = None
        self._names = count(1)
        self._run(
            *("initdb", "--pgdata", str(self.data), "--no-sync", "--auth=trust", "--username", USER),
            *("--encoding=UTF8", "--locale=C.UTF-8"),
        )
        self.start()

    @property
    def pid(self) -> int:
        """The process id of the postmaster."""
        assert self._server
        return self._server.pid

    def url(self, database: str = "postgres", host: str = "", port: int = 5432) -> str:
        """The address of a database, as an operator writes it."""
        return f"postgresql://{USER}@/{database}?host={host or self.folder}&port={port}"

    def start(self) -> None:
        """Start it, and return once it answers."""
        settings = [part for setting in self._settings for part in ("-c", setting)]
        with self.log.open("ab") as log:
            self._server = subprocess.Popen(
                [*as_its_user(), program("postgres"), "-D", self.data, *settings],
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        while self.query("SELECT 1", patient=True) != [(1,)]:
            assert self._server.poll() is None, self.log.read_text(encoding="utf-8")
            Event().wait(PAUSE_S)

    def stop(self) -> None:
        """Stop it at once: every session ends."""
        self._end(signal.SIGQUIT)

    def become_replica(self) -> None:
        """Start it again as a replica, whose primary never says anything."""
        self._end(signal.SIGINT)
        (self.data / "standby.signal").touch()
        give_away(self.data / "standby.signal")
        self.start()

    def kill(self) -> None:
        """End it without a word, as a machine that loses its power."""
        self._end(signal.SIGKILL)

    def query(self, sql: str, database: str = "postgres", *, patient: bool = False) -> list[Any]:
        """Run a statement in a connection of its own, and return the rows."""
        import psycopg

        try:
            with psycopg.connect(self.url(database), autocommit=True) as connection:
                cursor = connection.execute(sql)
                return cursor.fetchall() if cursor.description else []
        except psycopg.OperationalError:
            if patient:
                return []
            raise

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """A database for one test, a copy of the template; its name."""
        name = f"test_{next(self._names)}"
        self.query(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield name
        finally:
            self.query(f"DROP DATABASE {name} WITH (FORCE)")

    def everything(self) -> bytes:
        """All bytes that it keeps, with what waits in memory: tables, write-ahead log, and its log."""
        self.query("CHECKPOINT")
        kept = (path for path in self.folder.rglob("*") if path.is_file())
        return b"\n".join(path.read_bytes() for path in kept)

    def _end(self, by: signal.Signals) -> None:
        """End it, and return once its last process is gone: each holds its files and its sessions."""
        assert self._server
        if self._server.poll() is None:
            its = psutil.Process(self._server.pid).children(recursive=True)
            self._server.send_signal(by)
            self._server.wait()
            _, left = psutil.wait_procs(its, PATIENCE_S)
            assert not left

    def _run(self, name: str, *arguments: str) -> None:
        command = [*as_its_user(), str(program(name)), *arguments]
        subprocess.run(command, cwd=self.folder, capture_output=True, check=True)


@contextmanager
def pooling(server: PostgreSQL, mode: str) -> Iterator[str]:
    """A pgbouncer before the server: the address of its database ``postgres``."""
    folder = server.folder / "pooler"
    folder.mkdir()
    give_away(folder)
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n* = host={server.folder} user={USER}\n"
        f"[pgbouncer]\npool_mode = {mode}\nauth_type = any\n"
        f"unix_socket_dir = {folder}\nlisten_port = 6432\nlogfile = {folder}/log\n",
        encoding="utf-8",
    )
    (folder / "log").touch()
    give_away(folder / "log")
    pooler = subprocess.Popen(
        [*as_its_user(), program("pgbouncer"), "--quiet", settings], stdout=subprocess.DEVNULL, cwd=folder
    )
    try:
        while not (folder / ".s.PGSQL.6432").exists():
            assert pooler.poll() is None, (folder / "log").read_text(encoding="utf-8")
            Event().wait(PAUSE_S)
        yield server.url(host=str(folder), port=6432)
    finally:
        pooler.terminate()
        pooler.wait()
        shutil.rmtree(folder)


@contextmanager
def running(settings: tuple[str, ...] = FAST) -> Iterator[PostgreSQL]:
    """A new server for as long as the block runs."""
    program("postgres")
    with ExitStack() as ends:
        folder = Path(tempfile.mkdtemp(prefix="belonging-pg-"))  # a short path: the socket's has a limit
        ends.callback(shutil.rmtree, folder, ignore_errors=True)
        give_away(folder)
        server = PostgreSQL(folder, settings)
        ends.callback(server.stop)
        yield server
