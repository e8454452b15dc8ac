"""Who was asked what lately, as the verbs need it: keys turn members into marks, the store takes marks."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.audiences import Mark, StatementKey
from bot.core.model import MemberId, Period, RoundId


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenAudience:
    """What is kept of an audience besides its marks: under which key, of how many people, until when (UTC).

    ``whole``: all of its marks are there.
    """

    period: Period
    people: int
    until: datetime
    whole: bool = True


class AudienceKeys(Protocol):
    """The keys under which audiences are marked, outside every database."""

    def create(self, period: Period) -> None:
        """Make the key of a period; one that exists is never replaced."""

    def marks(
        self, period: Period, statement: StatementKey, members: Iterable[MemberId]
    ) -> Mapping[MemberId, Mark]:
        """Return the mark of each of these members for a statement.

        Raises ``KeyLostError``, and ``ConfigError`` where the key was made with another secret or for another
        organisation.
        """

    def fits(self, period: Period) -> bool:
        """Whether marks can be made under this key, and are those that were made before."""

    def is_there(self, period: Period) -> bool:
        """Whether the key is there as a whole, whatever it was made with."""

    def list_periods(self) -> frozenset[Period]:
        """The periods that have a key, whole or not."""

    def destroy(self, period: Period) -> None:
        """Overwrite and remove a key; final. One that is gone already is no error."""


class Audiences(Protocol):
    """The marks of everybody who was asked something lately. In no backup; no submission writes to it."""

    def freeze(
        self,
        round_id: RoundId,
        audience: FrozenAudience,
        marks: Mapping[StatementKey, Collection[Mark]],
    ) -> None:
        """Store everybody's marks for each statement of a round, in place of what was there of this round.

        All of it is on disk when this returns, or none: raises ``StoreError``.
        """

    def list_frozen(self) -> Mapping[RoundId, FrozenAudience]:
        """The audiences that are kept."""

    def list_statements(self, round_id: RoundId) -> frozenset[StatementKey]:
        """The statements for which a round has marks."""

    def has_marks(self, statement: StatementKey) -> bool:
        """Whether anybody at all is marked for a statement."""

    def find(self, statement: StatementKey, marks: Collection[Mark]) -> frozenset[tuple[Mark, RoundId]]:
        """Which of these marks are there for a statement, and in which rounds."""

    def list_marks(self, round_id: RoundId, statement: StatementKey) -> frozenset[Mark]:
        """All marks of a round for a statement."""

    def remove(self, rounds: Collection[RoundId]) -> None:
        """Forget these audiences, and leave no trace of them in the file."""

    def hurry(self) -> None:
        """Wait for no other program any more: the bot stops."""
