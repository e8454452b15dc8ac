"""Faults built into a worker, to prove that the tests would find them."""

import fcntl
import os
from collections.abc import Callable, Mapping
from typing import Any, LiteralString

import bot.store.lock
from bot.cluster.watchdog import Watchdog
from bot.core.cells import CellKey
from bot.keys import TokenSealer
from bot.store.ballots import BallotFiles
from tests.faults.mutants import MUTANTS as OF_A_BOT
from tests.patience import PATIENCE_S


class _NoLocks:
    """What the program uses of ``fcntl``, without any lock."""

    def __getattr__(self, name: str) -> object:
        return getattr(fcntl, name)

    def flock(self, descriptor: int, operation: int) -> None:
        """Lock nothing."""


def _storage_not_locked() -> None:
    vars(bot.store.lock)["fcntl"] = _NoLocks()


def _told_to_postgresql(sql: LiteralString, values: Callable[[Any, Any], tuple[object, ...]]) -> None:
    """Let each stored reply run statements, with what ``values`` makes of its token and the sealed reply."""
    import psycopg

    submit = BallotFiles.submit

    def submit_and_tell(boxes: BallotFiles, round_id: Any, token: Any, reply: Any, **named: Any) -> Any:
        with psycopg.connect(os.environ["BELONGING_DATABASE_URL"], autocommit=True) as connection:
            for statement in sql.split(";"):
                connection.execute(statement, values(token, reply) if "%s" in statement else None)
        return submit(boxes, round_id, token, reply, **named)

    type.__setattr__(BallotFiles, "submit", submit_and_tell)


def _watchdog_asleep() -> None:
    initialise: Any = Watchdog.__init__
    initialise.__defaults__ = (10 * PATIENCE_S,)


def _ballots_as_rows() -> None:
    _told_to_postgresql(
        "CREATE TABLE IF NOT EXISTS ballots (token bytea PRIMARY KEY, id bytea, sealed bytea);"
        "INSERT INTO ballots VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        lambda token, reply: (token, reply.id, reply.sealed),
    )


def _shard_touched() -> None:
    _told_to_postgresql("UPDATE shards SET epoch = epoch WHERE shard = 1", lambda *_: ())


def _receipts_logged() -> None:
    _told_to_postgresql("SELECT %s::bytea", lambda _, reply: (reply.id,))


def _shard_looked_up() -> None:
    _told_to_postgresql("SELECT worker FROM shards WHERE shard = 1", lambda *_: ())


def _token_unsealed() -> None:
    def seal(_sealer: TokenSealer, token: str, _cell: CellKey, _holder: str) -> str:
        return f"v1.00000000.{token}"

    def opened(_sealer: TokenSealer, sealed: str, _cell: CellKey, _holder: str) -> str:
        return sealed.rpartition(".")[2]

    type.__setattr__(TokenSealer, "seal", seal)
    type.__setattr__(TokenSealer, "open", opened)


MUTANTS: Mapping[str, Callable[[], None]] = {
    **OF_A_BOT,
    "storage not locked": _storage_not_locked,
    "watchdog asleep": _watchdog_asleep,
    "ballots as rows": _ballots_as_rows,
    "shard touched at each reply": _shard_touched,
    "shard looked up at each reply": _shard_looked_up,
    "receipts in the log of PostgreSQL": _receipts_logged,
    "token unsealed": _token_unsealed,
}
