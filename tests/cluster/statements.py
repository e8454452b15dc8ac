"""What PostgreSQL's log says that workers have asked, and what a stretch of time has changed in it."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from tests.postgresql import PostgreSQL

BY_TESTS = "a test"
"""The name under which a test connects (``PGAPPNAME``): what it asks is left out."""

ENOUGH = 2
"""How often each worker has said each of the periodic statements in a stretch, at least."""

PREFIX = "log_line_prefix=%m [%p] <%a> "

TABLES = (
    "workers",
    "slack_installations",
    "slack_oauth_states",
    "left_workspaces",
    "cells_of_workspaces",
    "installations_version",
    "shards",
)
"""All tables; the heartbeats write the first one."""

PERIODIC = (
    "UPDATE workers SET seen",
    "FROM workers ORDER BY id",
    "FROM shards ORDER BY",
    "installations_version",
)
"""What each worker asks every second, or more often."""

_ENTRY = re.compile(r"^(\S+ \S+ \S+) \[(\d+)\] <([^>]*)> (\w+):  (.*)$")
_TOLD = re.compile(r"^(?:statement: |execute \S+: )")
_TOLD_AGAIN = re.compile(r"^(?:duration: |checkpoint |logical |disconnection: )")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of time: how long it was, what was asked how often in it, and what it has changed.

    ``commits``: transactions that have written. ``rows``: what lies in each table, with the transactions that
    wrote it.
    """

    seconds: float
    asked: Counter[str]
    commits: int
    rows: Mapping[str, Sequence[Any]]

    @property
    def beats(self) -> int:
        """How many heartbeats it has."""
        return _count(self.asked, PERIODIC[0])


class Watched:
    """A stretch of time that has begun; ``end`` returns it."""

    def __init__(self, server: PostgreSQL) -> None:
        """Begin it."""
        self._server = server
        self._began_s = monotonic()
        self._at = server.log.stat().st_size
        self._transaction = _next_transaction(server)

    def is_long(self) -> bool:
        """Return whether whatever each worker does every second is in it, more than once."""
        asked = self.asked()
        ((workers,),) = self._server.query("SELECT count(*) FROM workers")
        return all(_count(asked, part) > ENOUGH * workers for part in PERIODIC)

    def asked(self) -> Counter[str]:
        """Return what was asked so far."""
        with self._server.log.open("rb") as log:
            log.seek(self._at)
            return Counter(asked_in(log.read().decode(errors="replace")))

    def end(self) -> Stretch:
        """End it."""
        until = _next_transaction(self._server)
        return Stretch(
            seconds=monotonic() - self._began_s,
            asked=self.asked(),
            commits=until - self._transaction,
            rows={table: self._server.query(_ALL.format(table=table)) for table in TABLES},
        )


_ALL = "SELECT xmin::text, cmin::text, ctid::text, one::text FROM {table} AS one ORDER BY ctid"


def _count(asked: Counter[str], part: str) -> int:
    return sum(count for statement, count in asked.items() if part in statement)


def asked_in(log: str) -> list[str]:
    """Return the statements in a part of the log, without what is different each time, but for tests'."""
    entries: list[list[str]] = []
    for line in log.splitlines():
        if match := _ENTRY.match(line):
            _, process, by, level, text = match.groups()
            entries.append([process, by, level, text])
        elif entries:
            entries[-1][3] += f" {line.strip()}"
    of_tests = {process for process, by, _, _ in entries if by == BY_TESTS}
    asked = []
    for process, _, level, text in entries:
        statement = " ".join(_TOLD.sub("", text).split())
        if process not in of_tests and level != "DETAIL" and not _TOLD_AGAIN.match(text):
            asked.append(statement)
    return asked


def _next_transaction(server: PostgreSQL) -> int:
    ((number,),) = server.query("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
    return int(number)
