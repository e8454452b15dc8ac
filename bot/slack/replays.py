"""What was handled already, so that a copy of a request alters nothing. In memory only.

Slack delivers a request again when it has heard no answer, and a copy may come much later. A copy that comes
soon gets the same answer; a later one an empty one.
"""

from asyncio import Future, get_running_loop
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Answer = dict[str, Any]
"""The arguments of an acknowledgement."""

REMEMBERED = 10_000
"""So many requests are remembered at least, and twice as many at most, each by the hash of its id."""

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
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._done, self._done_before = set[int](), set[int]()

    async def once(self, request: str, handle: Callable[[], Awaitable[tuple[Answer, bool]]]) -> Answer:
        """Return the answer to a request, handled once, however often it comes.

        ``handle`` returns the answer, and whether it is done; what has failed may be tried again.
        """
        if hash(request) in self._done or hash(request) in self._done_before:
            return self._answers.get(request, {})
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
        if len(self._done) >= REMEMBERED:
            self._done, self._done_before = set(), self._done
        self._done.add(hash(request))
        self._answers[request] = answer
        if len(self._answers) > ANSWERS:
            self._answers.popitem(last=False)
