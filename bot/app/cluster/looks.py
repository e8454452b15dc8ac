"""Wait for the next look at something, instead of looking because somebody waits."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Looks:
    """Looks that come one after the other. Use it in one loop."""

    def __init__(self) -> None:
        """No look has begun yet."""
        self._begun = self._ended = 0
        self._end = asyncio.Event()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Look inside the block."""
        self._begun += 1
        try:
            yield
        finally:
            self._ended = self._begun
            self._end.set()
            self._end = asyncio.Event()

    async def wait(self, within_s: float) -> None:
        """Return once a look has ended that began after this call, or after so many seconds."""
        before = self._begun
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._ended <= before:
                    await self._end.wait()
