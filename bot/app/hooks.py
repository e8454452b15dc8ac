"""What a host does for the cells that it serves."""

from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.app.hosted_cell import HostedCell


class Doubt(IntEnum):
    """Whether the bot may have been uninstalled from a workspace of a cell.

    ``MAYBE``: at the start, and every few hours. ``TOLD``: Slack has sent an event.
    """

    NONE = 0
    MAYBE = 1
    TOLD = 2


class Hooks(Protocol):
    """What the host does for its cells."""

    def make_room(self, cell: "HostedCell") -> None:
        """Close idle cells where too many are open. Raises ``BotError`` where no file can be opened."""

    def opened(self, cell: "HostedCell") -> None:
        """Note that a cell is open now, or could not be opened."""

    def reread(self) -> None:
        """Read again which workspaces have the bot, after a command that may have changed that."""

    def wake(self, cell: "HostedCell") -> None:
        """Look as soon as possible what is due in a cell; return at once."""

    def doubt(self, cell: "HostedCell") -> None:
        """Find out soon whether the bot was uninstalled, as an event says; return at once."""

    def rearm(self, cell: "HostedCell") -> None:
        """Note that the next time of a cell is earlier than it was."""

    def before_look(self, cell: "HostedCell") -> None:
        """End what belongs to workspaces that have uninstalled the bot."""

    def begin(self, cell: "HostedCell") -> None:
        """Note that a cell is about to be served here."""

    def has_installation(self, cell: "HostedCell") -> bool:
        """Read whether an installation of this cell is stored. Raises ``StoreError``."""
