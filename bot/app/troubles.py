"""What is wrong with a cell that is served together with others. Each trouble is logged once."""

import logging

from bot.core.cells import CellKey
from bot.errors import BotError

log = logging.getLogger(__name__)


class Troubles:
    """The troubles of a cell, each a code that is empty if there is none.

    ``closed``: why it could not be opened; ``failure``: why what is due in it could not be done; ``refusal``:
    why its token cannot be used.
    """

    def __init__(self, key: CellKey) -> None:
        """Begin without any."""
        self.closed = ""
        self.failure = ""
        self.refusal = ""
        self._key = key
        self._missing: frozenset[str] = frozenset()

    @property
    def first(self) -> str:
        """A code that says why it is not served; empty if it is."""
        return self.closed or self.failure or self.refusal

    @property
    def are_any(self) -> bool:
        """Whether there is a trouble, or a scope is missing."""
        return bool(self.first or self._missing)

    def note_closed(self, error: BotError) -> None:
        """Note why it could not be opened."""
        if error.code not in {self.closed, self.failure}:
            self._log(error.code)
        self.closed = error.code

    def note_failure(self, error: BotError) -> None:
        """Note why what is due in it could not be done."""
        if error.code not in {self.closed, self.failure}:
            self._log(error.code)
        self.failure = error.code

    def note_refusal(self, code: str) -> None:
        """Note why its token cannot be used; empty if it can."""
        if code and code != self.refusal:
            self._log(code)
        self.refusal = code

    def note_missing(self, scopes: frozenset[str]) -> None:
        """Note the scopes that a newer version needs and its token lacks."""
        if scopes and scopes != self._missing:
            log.warning("scopes missing", extra={"cell": self._key, "code": ",".join(sorted(scopes))})
        self._missing = scopes

    def _log(self, code: str) -> None:
        log.error("workspace not served", extra={"cell": self._key, "code": code})
