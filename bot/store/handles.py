"""How many file handles this process may have, and how many cells can be open with them."""

import resource
from contextlib import suppress

from bot.errors import MORE_FILES, BotError

MOST_HANDLES = 65_536
"""The soft limit is not raised beyond this."""

READERS_OF_A_CELL = 2
"""Idle readers that a cell keeps open where there are many (``Database``)."""

READERS_AT_ONCE = 8
"""How many threads read the application database of one cell at once, at the busiest moment."""

BALLOTS_OF_A_CELL = 4
"""Ballot files that a cell keeps in memory where there are many (``BallotFiles``)."""

HANDLES_OF_A_CELL = 3 + 2 * READERS_OF_A_CELL + (READERS_AT_ONCE - READERS_OF_A_CELL) + 2
"""How many handles an open cell keeps at most while nobody uses it.

The application database takes three: the file, its write-ahead log and the index of the log. Each idle
reader takes two more. A reader that was closed leaves one, which SQLite keeps for the next reader until
nobody has the file open: closing it would drop the locks of the others. One each goes to the audiences and
the lock. Ballot files are in memory.
"""

HANDLES_OF_THE_PROCESS = 256
"""How many handles are left for everything else.

These are connections to Slack and from Slack, the installations, and what threads open while they work: a
reader of their own (2), the next ballot file or its folder (1 for each commit), a key, a file of prompts (1).
"""

FEWEST_OPEN = 4
"""With room for fewer open cells, cells would be opened and closed all the time."""


def raise_handle_limit() -> int:
    """Raise the soft limit of file handles towards the hard limit, and return the one that is in force.

    Nothing is changed where the system does not allow it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_HANDLES if hard == resource.RLIM_INFINITY else min(hard, MOST_HANDLES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    (soft, _) = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_HANDLES if soft == resource.RLIM_INFINITY else soft


def most_open_cells(limit: int) -> int:
    """Return how many cells can be open at once with so many handles. Raises ``BotError`` below four."""
    most = (limit - HANDLES_OF_THE_PROCESS) // HANDLES_OF_A_CELL
    if most < FEWEST_OPEN:
        needed = HANDLES_OF_THE_PROCESS + FEWEST_OPEN * HANDLES_OF_A_CELL
        raise BotError(
            f"The bot may open only {limit} files at once; many workspaces need at least {needed}.",
            remedy=f"Stop it, and {MORE_FILES}.",
        )
    return most
