"""What the harness and a bot in another process share: the time of the story, and the count of steps."""

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CELL = struct.Struct("=q")
_CLOCK, _DEADLY, _STEPS = (place * _CELL.size for place in range(3))
_MICROSECOND = timedelta(microseconds=1)


class Shared:
    """A page of memory that outlives the bot: a kill cannot lose what stands in it.

    ``deadly``: at which step, counted from 1, the bot kills itself; 0 for none. ``steps``: how many it has
    done since the harness last set the count.
    """

    def __init__(self, path: Path) -> None:
        """Map the file, which is made where there is none yet."""
        if not path.exists():
            path.write_bytes(bytes(mmap.PAGESIZE))
        with path.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), mmap.PAGESIZE)

    def now(self) -> datetime:
        """The time of the story, as an aware UTC datetime."""
        return _EPOCH + self._read(_CLOCK) * _MICROSECOND

    def set_clock(self, now: datetime) -> None:
        """Let this be the time of the story."""
        self._write(_CLOCK, (now - _EPOCH) // _MICROSECOND)

    @property
    def deadly(self) -> int:
        """The step at which the bot kills itself."""
        return self._read(_DEADLY)

    @property
    def steps(self) -> int:
        """How many steps the bot has done."""
        return self._read(_STEPS)

    def count(self) -> int:
        """The number of the step that is done now; only the bot counts."""
        steps = self.steps + 1
        self._write(_STEPS, steps)
        return steps

    def arm(self, deadly: int) -> None:
        """Count anew, and let the bot die at this step; at none for 0."""
        self._write(_DEADLY, 0)
        self._write(_STEPS, 0)
        self._write(_DEADLY, deadly)

    def close(self) -> None:
        """Let go of the page."""
        self._page.close()

    def _read(self, place: int) -> int:
        (value,) = _CELL.unpack_from(self._page, place)
        return int(value)

    def _write(self, place: int, value: int) -> None:
        _CELL.pack_into(self._page, place, value)
