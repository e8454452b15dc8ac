"""Where installations and their tokens are kept."""

from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from bot.core.cells import CellKey


class InstallationRow(NamedTuple):
    """Where an installation is stored, and its sealed token."""

    id: int
    enterprise_id: str
    team_id: str
    is_enterprise_install: bool
    sealed_token: str


class LeftWorkspace(NamedTuple):
    """A workspace whose installation belongs to another cell now, and the cell that it has left."""

    cell: CellKey
    team_id: str


class InstallationsConnection(Protocol):
    """A connection within a transaction."""

    @property
    def handle(self) -> Any:
        """Return what a store of the SDK takes for a connection, or an engine, of its own."""

    def list_installations(self, client_id: str) -> tuple[InstallationRow, ...]:
        """Return every installation of this Slack app."""

    def list_clients(self) -> tuple[str, ...]:
        """Return the client ids of all Slack apps that have an installation, sorted."""

    def put_token(self, row_id: int, sealed: str) -> None:
        """Replace the sealed token of an installation."""

    def list_left(self) -> tuple[LeftWorkspace, ...]:
        """Return the workspaces that have left a cell in which their rounds have not ended yet."""

    def put_left(self, left: LeftWorkspace) -> None:
        """Store that a workspace has left a cell."""

    def delete_left(self, left: LeftWorkspace) -> None:
        """Delete that, where it is stored."""

    def put_cell_of(self, team_id: str, cell: CellKey) -> None:
        """Store that a workspace is in a cell, for as long as there are cells.

        On one machine the facts of the cells say that; between machines nobody can read them all.
        """

    def use_state(self, state: str, expires_s: float) -> bool:
        """Store an OAuth state that is used now; return False where it was used before.

        It expires at ``expires_s``, in seconds since 1970.
        """

    def delete_expired_states(self, now_s: float) -> None:
        """Delete all used states that have expired."""

    def list_states(self) -> tuple[tuple[str, float], ...]:
        """Return all used states, each with the time at which it expires, in seconds since 1970."""


class InstallationsFile(Protocol):
    """The file, or the database, of installations and OAuth states. All methods raise ``StoreError``."""

    def exists(self) -> bool:
        """Return whether the file is there."""

    def version(self) -> tuple[int, int]:
        """Return something that differs once the file was written."""

    def transaction(self) -> AbstractContextManager[InstallationsConnection]:
        """Write in one transaction, and alone; after an error nothing is written."""

    def reading(self) -> AbstractContextManager[InstallationsConnection]:
        """Read; a failure that the SDK only logs is raised, too."""

    def compact(self) -> None:
        """Leave nothing of what was deleted, as far as that can be done."""


class TokenSealer(Protocol):
    """Encrypts tokens."""

    def seal(self, token: str, cell: CellKey, holder: str) -> str:
        """Return the token, encrypted for this cell and this installation.

        ``holder``: the id of the workspace, or of the organisation, that has installed the bot.
        """

    def open(self, sealed: str, cell: CellKey, holder: str) -> str:
        """Return the token.

        Raises ``TokenKeyError`` where none of the keys has sealed it, and ``DamagedError`` where the text
        was changed, or was sealed for another installation.
        """

    def needs_reseal(self, sealed: str) -> bool:
        """Return whether another key than the newest has sealed this text."""
