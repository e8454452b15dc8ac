"""Show the newest of several previews of a form that is being typed in, and no older one after it."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf, nextafter
from threading import Lock

LONGEST_WAIT_S = 1.0

KEPT = 500
"""Forms that are remembered; beyond them a preview may be one letter late."""


@dataclass(slots=True)
class _Form:
    newest: float = -inf
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Previews:
    """The newest change of each open form, and a lock that shows its previews one after the other."""

    def __init__(self) -> None:
        """Start with no forms."""
        self._forms: OrderedDict[str, _Form] = OrderedDict()
        self._lock = Lock()

    def note(self, view_id: str, changed_at: float) -> None:
        """Note when a form was changed (seconds, by Slack's clock). Callable from any thread."""
        with self._lock:
            form = self._form(view_id)
            form.newest = max(form.newest, changed_at)

    async def show(self, view_id: str, changed_at: float, step: Callable[[], Awaitable[object]]) -> None:
        """Run ``step``, one at a time for each form, unless a newer change has been noted."""
        with self._lock:
            form = self._form(view_id)
        async with form.turn:
            if changed_at >= form.newest:
                await step()

    async def end(self, view_id: str) -> None:
        """Show no more previews of a form that is replaced by another view.

        Waits for the preview that is being shown, ``LONGEST_WAIT_S`` at most, so that the acknowledgement is
        in time.
        """
        self.note(view_id, inf)
        await self._shown(view_id)

    async def settle(self, view_id: str) -> None:
        """Show no preview of a change that has been noted; those of later changes are shown.

        Slack removes the errors at the fields of a form when the form is updated, so a preview must not come
        after them. Waits as ``end`` does.
        """
        with self._lock:
            form = self._form(view_id)
            form.newest = nextafter(form.newest, inf)
        await self._shown(view_id)

    async def _shown(self, view_id: str) -> None:
        with self._lock:
            form = self._form(view_id)
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_WAIT_S), form.turn:
                pass

    def _form(self, view_id: str) -> _Form:
        form = self._forms.setdefault(view_id, _Form())
        self._forms.move_to_end(view_id)
        while len(self._forms) > KEPT:
            self._forms.popitem(last=False)
        return form
