"""The files of a cell that is closed whenever nobody uses it: each use opens them again."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from bot.core.model import RoundId
from bot.store.audiences import AudienceFile
from bot.store.ballot_file import BallotFile
from bot.store.ballots import BallotFiles
from bot.store.database import Database
from bot.store.transaction import Transaction


class ClosingDatabase(Database):
    @contextmanager
    def transaction(self, name: str) -> Iterator[Transaction]:
        with super().transaction(name) as tx:
            yield tx
        self.close_idle()

    @contextmanager
    def read(self, name: str) -> Iterator[Transaction]:
        with super().read(name) as tx:
            yield tx
        self.close_idle()


class ClosingAudiences(AudienceFile):
    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with super()._reading() as connection:
            yield connection
        self.close_idle()


class ClosingBallots(BallotFiles):
    def _box(self, round_id: RoundId) -> BallotFile:
        self.close_idle()
        return super()._box(round_id)
