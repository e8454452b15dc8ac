"""Who was asked what lately: keys turn members into marks, and the store takes only marks."""

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from bot.core.audiences import FrozenAudience, Mark, StatementKey
from bot.core.model import MemberId, Period, RoundId


class AudienceKeys(Protocol):
    """The keys under which audiences are marked, outside every database."""

    def create(self, period: Period) -> None:
        """Make the key of a period; an existing one is never replaced."""

    def marks(
        self, period: Period, statement: StatementKey, members: Iterable[MemberId]
    ) -> Mapping[MemberId, Mark]:
        """Return the mark of each of these members for a statement.

        Raises ``KeyLostError``, and ``ConfigError`` if the key was made with another secret or for another
        organisation.
        """

    def fits(self, period: Period) -> bool:
        """Return whether this key can make marks, and makes the same as before."""

    def is_there(self, period: Period) -> bool:
        """Return whether the key is stored as a whole, whatever secret it was made with."""

    def list_periods(self) -> frozenset[Period]:
        """Return the periods that have a key, whole or not."""

    def destroy(self, period: Period) -> None:
        """Overwrite and remove a key, for good. A missing key is no error."""


class Audiences(Protocol):
    """The marks of everybody who was asked something lately.

    They are in no backup, and a reply never writes to them.
    """

    def freeze(
        self,
        round_id: RoundId,
        audience: FrozenAudience,
        marks: Mapping[StatementKey, Collection[Mark]],
    ) -> None:
        """Store the marks of all people for each statement of a round, in place of those stored before.

        Raises ``StoreError``. When this returns, all marks are on disk; when it raises, none is.
        """

    def list_frozen(self) -> Mapping[RoundId, FrozenAudience]:
        """Return the stored audiences."""

    def list_statements(self, round_id: RoundId) -> frozenset[StatementKey]:
        """Return the statements for which a round has marks."""

    def has_marks(self, statement: StatementKey) -> bool:
        """Return whether anybody is marked for a statement."""

    def find(self, statement: StatementKey, marks: Collection[Mark]) -> frozenset[tuple[Mark, RoundId]]:
        """Return which of these marks are stored for a statement, and for which rounds."""

    def list_marks(self, round_id: RoundId, statement: StatementKey) -> frozenset[Mark]:
        """Return all marks of a round for a statement."""

    def remove(self, rounds: Collection[RoundId]) -> None:
        """Delete these audiences, and leave no trace of them in the file."""

    def stop_waiting(self) -> None:
        """Wait for no other program from now on: the bot stops."""
