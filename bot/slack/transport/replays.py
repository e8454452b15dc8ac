"""What was handled already, so that a copy of a request alters nothing. In memory only.

Slack delivers a request again when it has heard no answer, and a copy may come much later. A copy that comes
soon gets the same answer; a later one an empty one. And what is no copy, but older than what was done since,
may come late, too.
"""

from asyncio import Future, get_running_loop, shield
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextvars import ContextVar
from datetime import timedelta
from itertools import count
from math import inf
from threading import Lock
from typing import Any

from bot.core.model import RoundId
from bot.ports import Clock

Answer = dict[str, Any]
"""The arguments of an acknowledgement."""

REMEMBERED = 10_000
REMEMBERED_FOR = timedelta(days=1)
"""So many requests are remembered at least, or those of so long, and twice as much at most.

Each by the hash of its id. Slack tries for a day at the most to have an event taken.
"""

ANSWERS = 100
"""Of so many, the newest, the answer is kept, too."""


def id_of(body: Mapping[str, Any]) -> str:
    """Return what tells one request from another: that of the event, or of the click; empty for neither."""
    return str(body.get("event_id") or body.get("trigger_id") or "")


class Handled:
    """The requests that were handled, or are being handled now. Of one loop."""

    def __init__(self, clock: Clock) -> None:
        """Nothing was handled yet; forget by this clock."""
        self._clock = clock
        self._since = clock()
        self._under_way: dict[str, Future[Answer]] = {}
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._done, self._done_before = set[int](), set[int]()

    async def once(self, request: str, handle: Callable[[], Awaitable[tuple[Answer, bool]]]) -> Answer:
        """Return the answer to a request, handled once, however often it comes.

        ``handle`` returns the answer, and whether it is done; what is not may come again. Where it is
        broken off, so is every copy that waits for it: nobody knows what became of it.
        """
        if hash(request) in self._done or hash(request) in self._done_before:
            return self._answers.get(request, {})
        if under_way := self._under_way.get(request):
            return await shield(under_way)  # a copy that is broken off breaks off nothing else
        waiting = self._under_way[request] = get_running_loop().create_future()
        try:
            answer, done = await handle()
            if done:
                self._remember(request, answer)
            waiting.set_result(answer)
            return answer
        finally:
            waiting.cancel()  # where it has no answer
            del self._under_way[request]

    def _remember(self, request: str, answer: Answer) -> None:
        now = self._clock()
        if len(self._done) >= REMEMBERED or not self._since <= now < self._since + REMEMBERED_FOR:
            self._done, self._done_before, self._since = set(), self._done, now
        self._done.add(hash(request))
        self._answers[request] = answer
        if len(self._answers) > ANSWERS:
            self._answers.popitem(last=False)


Sent = tuple[int, int]
"""When Slack has signed a request, in seconds since 1970 (0 where it has not), and which arrival it was."""

SENT: ContextVar[Sent] = ContextVar("sent", default=(0, 0))
"""When the request that is being handled was sent: the later one is greater."""

_arrivals = count(1)


def note_arrival(signed_s: int = 0) -> None:
    """Keep when this request came, for all that is done with it; to be called before anything is awaited."""
    SENT.set((signed_s, next(_arrivals)))


class NewestForms:
    """Which form of a reply was sent last, so that an older one that comes late alters nothing.

    Each reply is known by the hash of its receipt, since a receipt must not outlive its round. Of any thread.
    """

    def __init__(self) -> None:
        """No form was sent yet."""
        self._newest: dict[RoundId, dict[int, tuple[float, Sent]]] = {}
        self._lock = Lock()

    def take(self, round_id: RoundId, receipt: bytes, opened: float, sent: Sent) -> bool:
        """Return whether no newer form was taken, and remember this one.

        Newer is the form that was opened later. One and the same form may be sent again, perhaps with another
        text, since nobody may have read the answer: then it is the one that Slack sent later.
        """
        key, order = hash(receipt), (opened, sent)
        with self._lock:
            of_round = self._newest.setdefault(round_id, {})
            newest = of_round[key] = max(order, of_round.get(key, order))
        return order == newest

    def end(self, round_id: RoundId, receipt: bytes) -> None:
        """Take no form of this reply any more: it was withdrawn, and another one gets another receipt."""
        self.take(round_id, receipt, inf, (0, 0))

    def rounds(self) -> frozenset[RoundId]:
        """Return the rounds of which a form was sent."""
        with self._lock:
            return frozenset(self._newest)

    def forget(self, ended: Collection[RoundId]) -> None:
        """Forget the forms of these rounds: they are over, and take none any more."""
        with self._lock:
            for round_id in ended:
                self._newest.pop(round_id, None)
