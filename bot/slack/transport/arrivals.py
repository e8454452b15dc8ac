"""Let workspaces take turns where many requests arrive at once, before any of them is parsed.

Parsing a request takes the loop a third of a millisecond. Five hundred that arrive together would keep every
other workspace waiting for the whole of it.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable

AT_ONCE = 4
"""How many pieces are read in one turn of the loop."""

_SPACE, _QUOTE, _COLON = rb"(?:\+|%20| )*", rb"(?:%22|\")", rb"(?:%3A|:)"
_OBJECT = rb"(?:%7B|\{)" + _SPACE + _QUOTE + rb"id" + _QUOTE + _SPACE + _COLON + _SPACE
_TEAM = re.compile(
    rb"team(?:_id)?(?:=|" + _QUOTE + _SPACE + _COLON + _SPACE + rb"(?:" + _OBJECT + rb")?" + _QUOTE + rb")"
    rb"([A-Z0-9]{2,32})"
)

SEARCHED = 4096
"""How many bytes are searched for the id of a workspace. Slack names it near the beginning."""


def hint_of(data: bytes) -> bytes:
    """Return what looks like the id of the workspace of a request, or nothing.

    It is not checked and decides about nothing but the order: whoever sends requests can write anything.
    """
    found = _TEAM.search(data, 0, SEARCHED)
    return found[1] if found else b""


class Arrivals:
    """Pieces that wait to be read. Workspaces take turns; those of one are read in the order they came."""

    def __init__(self) -> None:
        """Wait for the first piece."""
        self._waiting: dict[bytes, deque[Callable[[], None]]] = {}
        self._is_reading = False

    def add(self, hint: bytes, read: Callable[[], None]) -> None:
        """Call ``read`` in one of the next turns of the loop."""
        self._waiting.setdefault(hint, deque()).append(read)
        if not self._is_reading:
            self._is_reading = True
            asyncio.get_running_loop().call_soon(self._read_some)

    def _read_some(self) -> None:
        for _ in range(AT_ONCE):
            if not self._waiting:
                self._is_reading = False
                return
            hint = next(iter(self._waiting))
            waiting = self._waiting.pop(hint)
            read = waiting.popleft()
            if waiting:
                self._waiting[hint] = waiting  # at the end: the others go first
            read()
        asyncio.get_running_loop().call_soon(self._read_some)
