"""Recognise copies of requests and outdated forms, so that they change nothing. In memory only.

Slack sends a request again when it got no answer, perhaps much later. An early copy gets the same answer, a
later one an empty answer. A form that was sent earlier may also arrive after a newer one.
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
"""At least this many requests, or those of this long, are remembered, and twice as many at most.

Each by the hash of its id. Slack retries an event for a day at most.
"""

ANSWERS = 100
"""The newest requests, of which the answer is kept, too."""


def id_of(body: Mapping[str, Any]) -> str:
    """Return the id of a request: that of the event, or of the click; empty for neither."""
    return str(body.get("event_id") or body.get("trigger_id") or "")


class HandledRequests:
    """The requests that were handled, or are being handled now. Use it in one loop."""

    def __init__(self, clock: Clock) -> None:
        """Start with no requests; expire by this clock."""
        self._clock = clock
        self._since = clock()
        self._under_way: dict[str, Future[Answer]] = {}
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._done, self._done_before = set[int](), set[int]()

    async def once(self, request: str, handle: Callable[[], Awaitable[tuple[Answer, bool]]]) -> Answer:
        """Handle a request once, however often it comes, and return its answer.

        ``handle`` returns the answer, and whether the request is done; otherwise it may come again. If it is
        broken off, so is every copy that waits for it, because nobody knows what became of it.
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
"""When Slack signed a request, in seconds since 1970 (0 in Socket Mode), and the number of its arrival."""

SENT: ContextVar[Sent] = ContextVar("sent", default=(0, 0))
"""When the request that is being handled was sent; a later one is greater."""

_arrivals = count(1)


def note_arrival(signed_s: int = 0) -> None:
    """Note when the current request came. Call it before anything is awaited."""
    SENT.set((signed_s, next(_arrivals)))


class NewestForms:
    """The newest form of each reply, so that an older one that comes late changes nothing.

    Each reply is known by the hash of its receipt, since a receipt must not outlive its round. Safe for
    threads.
    """

    def __init__(self) -> None:
        """Start with no forms."""
        self._newest: dict[RoundId, dict[int, tuple[float, Sent]]] = {}
        self._lock = Lock()

    def claim(self, round_id: RoundId, receipt: bytes, opened: float, sent: Sent) -> bool:
        """Note this form, and return whether no newer one was claimed.

        A form that was opened later is newer. The same form may be sent again with another text, since its
        answer may have been lost: then the one that Slack sent later is newer.
        """
        key, order = hash(receipt), (opened, sent)
        with self._lock:
            of_round = self._newest.setdefault(round_id, {})
            newest = of_round[key] = max(order, of_round.get(key, order))
        return order == newest

    def end(self, round_id: RoundId, receipt: bytes) -> None:
        """Take no more forms of a withdrawn reply; a new reply gets a new receipt."""
        self.claim(round_id, receipt, inf, (0, 0))

    def rounds(self) -> frozenset[RoundId]:
        """Return the rounds of which a form was sent."""
        with self._lock:
            return frozenset(self._newest)

    def forget(self, ended: Collection[RoundId]) -> None:
        """Forget the forms of rounds that are over."""
        with self._lock:
            for round_id in ended:
                self._newest.pop(round_id, None)
