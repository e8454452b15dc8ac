"""Previews that follow what is typed: of those that come in a rush, the newest is shown, and shown last."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from threading import Lock

LONGEST_WAIT_S = 1.0

KEPT = 500
"""So many forms are remembered; who has more open at once sees a preview that may be one letter late."""


@dataclass(slots=True)
class _Form:
    newest: float = -inf
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Previews:
    """For each open form, which change is the newest, and whose turn it is to be shown."""

    def __init__(self) -> None:
        """Nothing is open yet."""
        self._forms: OrderedDict[str, _Form] = OrderedDict()
        self._lock = Lock()

    def note(self, view_id: str, changed_at: float) -> None:
        """Remember that a form was changed at this time (seconds, by Slack's clock). From any thread."""
        with self._lock:
            form = self._form(view_id)
            form.newest = max(form.newest, changed_at)

    async def show(self, view_id: str, changed_at: float, step: Callable[[], Awaitable[object]]) -> None:
        """Take this step, one after the other for each form; not where a newer change has been noted."""
        with self._lock:
            form = self._form(view_id)
        async with form.turn:
            if changed_at >= form.newest:
                await step()

    async def end(self, view_id: str) -> None:
        """Show nothing more: something else takes the form's place.

        Waits for what is being shown, but never so long that Slack would take no acknowledgement any more.
        """
        self.note(view_id, inf)
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
