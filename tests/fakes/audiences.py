"""Audiences and their keys in memory; both pass the contract suites of the files."""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping

from bot.core.audiences import FrozenAudience, Mark, StatementKey
from bot.core.model import MemberId, Period, RoundId
from bot.errors import ConfigError, KeyLostError, StoreError


class FakeAudienceKeys:
    """Keys that are numbers, derived from ``secret``."""

    def __init__(self) -> None:
        self.keys: dict[Period, tuple[int, str]] = {}
        self.secret = "T1"
        self._made = 0

    def create(self, period: Period) -> None:
        _check_period(period)
        if period not in self.keys:
            self._made += 1
            self.keys[period] = (self._made, self.secret)

    def marks(
        self, period: Period, statement: StatementKey, members: Iterable[MemberId]
    ) -> Mapping[MemberId, Mark]:
        _check_period(period)
        if period not in self.keys:
            raise KeyLostError
        number, secret = self.keys[period]
        if secret != self.secret:
            raise ConfigError("The secret is another one.")
        return {member: _mark(f"{number}/{secret}/{statement}/{member}") for member in members}

    def fits(self, period: Period) -> bool:
        _check_period(period)
        return period in self.keys and self.keys[period][1] == self.secret

    def is_there(self, period: Period) -> bool:
        _check_period(period)
        return period in self.keys

    def list_periods(self) -> frozenset[Period]:
        return frozenset(self.keys)

    def destroy(self, period: Period) -> None:
        _check_period(period)
        self.keys.pop(period, None)


class FakeAudiences:
    """Marks in dictionaries; ``fail`` makes every write fail, as on a full disk."""

    def __init__(self) -> None:
        self.rounds: dict[RoundId, FrozenAudience] = {}
        self.marks: dict[RoundId, dict[StatementKey, frozenset[Mark]]] = {}
        self.fail = False

    def freeze(
        self,
        round_id: RoundId,
        audience: FrozenAudience,
        marks: Mapping[StatementKey, Collection[Mark]],
    ) -> None:
        self._write()
        self.rounds[round_id] = audience
        self.marks[round_id] = {key: frozenset(several) for key, several in marks.items()}

    def list_frozen(self) -> Mapping[RoundId, FrozenAudience]:
        return dict(self.rounds)

    def list_statements(self, round_id: RoundId) -> frozenset[StatementKey]:
        return frozenset(self.marks.get(round_id, {}))

    def has_marks(self, statement: StatementKey) -> bool:
        return any(there.get(statement) for there in self.marks.values())

    def find(self, statement: StatementKey, marks: Collection[Mark]) -> frozenset[tuple[Mark, RoundId]]:
        return frozenset(
            (mark, round_id)
            for round_id, there in self.marks.items()
            for mark in there.get(statement, frozenset()) & set(marks)
        )

    def list_marks(self, round_id: RoundId, statement: StatementKey) -> frozenset[Mark]:
        return self.marks.get(round_id, {}).get(statement, frozenset())

    def stop_waiting(self) -> None:
        """Nobody is waited for."""

    def remove(self, rounds: Collection[RoundId]) -> None:
        self._write()
        for round_id in rounds:
            self.rounds.pop(round_id, None)
            self.marks.pop(round_id, None)

    def _write(self) -> None:
        if self.fail:
            raise StoreError("The disk is full.")


def _mark(text: str) -> Mark:
    return Mark(hashlib.sha256(text.encode()).digest()[:16])


def _check_period(period: Period) -> None:
    if not re.fullmatch(r"[0-9]{8}[a-z]?", period):
        raise ValueError("a period is a day in eight digits, and may be followed by a letter")
