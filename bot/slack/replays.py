"""What was handled already, so that a copy of a request alters nothing. In memory only.

Slack delivers a request again when it has heard no answer, and a copy may come much later. A copy that comes
soon gets the same answer; a later one an empty one.
"""

from asyncio import Future, get_running_loop
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from itertools import islice
from typing import Any

Answer = dict[str, Any]
"""The arguments of an acknowledgement."""

REMEMBERED = 20_000
"""So many requests are remembered, each by its id."""

ANSWERS = 100
"""Of so many, the newest, the answer is kept, too."""


def id_of(body: Mapping[str, Any]) -> str:
    """Return what tells one request from another: that of the event, or of the click; empty for neither."""
    return str(body.get("event_id") or body.get("trigger_id") or "")


class Handled:
    """The requests that were handled, or are being handled now. Of one loop."""

    def __init__(self) -> None:
        """Nothing was handled yet."""
        self._under_way: dict[str, Future[Answer]] = {}
        self._done: OrderedDict[str, Answer | None] = OrderedDict()

    async def once(self, request: str, handle: Callable[[], Awaitable[tuple[Answer, bool]]]) -> Answer:
        """Return the answer to a request, handled once, however often it comes.

        ``handle`` returns the answer, and whether it is done; what has failed may be tried again.
        """
        if request in self._done:
            return self._done[request] or {}
        if under_way := self._under_way.get(request):
            return await under_way
        waiting = self._under_way[request] = get_running_loop().create_future()
        answer: Answer = {}
        try:
            answer, done = await handle()
            if done:
                self._remember(request, answer)
            return answer
        finally:
            waiting.set_result(answer)
            del self._under_way[request]

    def _remember(self, request: str, answer: Answer) -> None:
        self._done[request] = answer
        if len(self._done) > ANSWERS:
            older = next(islice(reversed(self._done), ANSWERS, None))
            self._done[older] = None
        if len(self._done) > REMEMBERED:
            self._done.popitem(last=False)
