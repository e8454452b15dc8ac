"""Recognise copies of requests and outdated forms, so that they change nothing. In memory only.

Slack sends a request again when it got no answer, perhaps much later. An early copy gets the same answer, a
later one an empty answer. A form that was sent earlier may also arrive after a newer one.

A process that takes over a cell from another takes up what that one remembers. Requests and receipts are
known by keyed digests, so that two processes agree on them. The key is random, is never written to disk, and
passes on with the digests: who reads them can test whether a receipt or an id that they have is among them,
as who reads the memory of the process can, and learns no receipt and no id from them.
"""

from asyncio import Future, get_running_loop, shield
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import count
from math import inf
from operator import itemgetter
from secrets import token_bytes
from struct import iter_unpack, pack
from threading import Lock
from typing import Any

from bot.core.model import RoundId
from bot.ports import Clock

Answer = dict[str, Any]
"""The arguments of an acknowledgement."""

REMEMBERED = 10_000
REMEMBERED_FOR = timedelta(days=1)
"""At least this many requests, or those of this long, are remembered, and twice as many at most.

Each by the digest of its id. Slack retries an event for a day at most.
"""

ANSWERS = 100
"""The newest requests, of which the answer is kept, too."""

KEY_BYTES = 16
DIGEST_BYTES = 8

SIGNED_WITHIN = timedelta(minutes=10)
"""A request that Slack signed longer ago is refused (after five minutes; clocks may differ)."""

Digests = dict[bytes, set[int]]
"""Digests by their key: more than one key where a memory was taken up beside what was there already."""


def digest_of(content: bytes, key: bytes) -> int:
    """Return a digest that nobody can test without the key."""
    return int.from_bytes(blake2b(content, digest_size=DIGEST_BYTES, key=key).digest())


def id_of(body: Mapping[str, Any]) -> str:
    """Return the id of a request: that of the event, or of the click; empty for neither."""
    return str(body.get("event_id") or body.get("trigger_id") or "")


class HandledRequests:
    """The requests that were handled, or are being handled now. Use it in one loop."""

    def __init__(self, clock: Clock) -> None:
        """Start with no requests; expire by this clock."""
        self._clock = clock
        self._since = clock()
        self._key = token_bytes(KEY_BYTES)
        self._under_way: dict[str, Future[Answer]] = {}
        self._answers: OrderedDict[int, Answer] = OrderedDict()
        self._done: Digests = {}
        self._done_before: Digests = {}

    @property
    def count(self) -> int:
        """How many handled requests are remembered."""
        return sum(len(some) for digests in (self._done, self._done_before) for some in digests.values())

    async def once(self, request: str, handle: Callable[[], Awaitable[tuple[Answer, bool]]]) -> Answer:
        """Handle a request once, however often it comes, and return its answer.

        ``handle`` returns the answer, and whether the request is done; otherwise it may come again. If it is
        broken off, so is every copy that waits for it, because nobody knows what became of it.
        """
        if (digest := self._known(request)) is not None:
            return self._answers.get(digest, {})
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

    def give(self) -> dict[str, Any]:
        """Return what is remembered, as JSON can hold it, for the process that serves this workspace next.

        Of the answers only the errors in forms pass on, which are sentences of the bot: without them, a copy
        would close a form that is to be sent again. Others may hold receipts or what somebody wrote. The
        digests are in their own order, which tells nothing of that of the requests.
        """
        errors = {
            str(digest): answer
            for digest, answer in sorted(self._answers.items(), key=itemgetter(0))
            if answer.get("response_action") == "errors"
        }
        return {
            "since": self._since.timestamp(),
            "done": _packed(self._done),
            "before": _packed(self._done_before),
            "answers": errors,
        }

    def take_up(self, given: Mapping[str, Any]) -> None:
        """Remember, besides what is remembered here, what another process gave.

        Whatever it raises for what no process gave, nothing is changed then.
        """
        since = datetime.fromtimestamp(given["since"], UTC)
        done, before = _unpacked(given["done"]), _unpacked(given["before"])
        answers = {int(digest): dict(answer) for digest, answer in given["answers"].items()}
        if self.count:
            since = max(self._since, since)  # later, since each is to be remembered for long enough
        else:
            self._key = next(iter(done or before), self._key)  # so that each request has one digest
        self._since = since
        _merge(self._done, done)
        _merge(self._done_before, before)
        self._answers = OrderedDict({**answers, **self._answers})
        self._forget_answers()

    def _known(self, request: str) -> int | None:
        """Return the digest of a request that was handled; None for any other."""
        content, known = _encoded(request), dict[bytes, int]()
        for digests in (self._done, self._done_before):
            for key, some in digests.items():
                if key not in known:
                    known[key] = digest_of(content, key)
                if known[key] in some:
                    return known[key]
        return None

    def _remember(self, request: str, answer: Answer) -> None:
        now = self._clock()
        full = sum(map(len, self._done.values())) >= REMEMBERED
        if full or not self._since <= now < self._since + REMEMBERED_FOR:
            self._done, self._done_before, self._since = {}, self._done, now
        digest = digest_of(_encoded(request), self._key)
        self._done.setdefault(self._key, set()).add(digest)
        self._answers[digest] = answer
        self._forget_answers()

    def _forget_answers(self) -> None:
        while len(self._answers) > ANSWERS:
            self._answers.popitem(last=False)


Sent = tuple[int, int]
"""When Slack signed a request, in seconds since 1970 (0 in Socket Mode), and the number of its arrival."""

SENT: ContextVar[Sent] = ContextVar("sent", default=(0, 0))
"""When the request that is being handled was sent; a later one is greater."""

_arrivals = count(1)


def note_arrival(signed_s: int = 0) -> None:
    """Note when the current request came. Call it before anything is awaited."""
    SENT.set((signed_s, next(_arrivals)))


Order = tuple[float, Sent]
"""Which of several forms of a reply is newer: when it was opened, and when it was sent."""

_FORM = "<Qdq"
"""A form as bytes: the digest of its receipt, when it was opened, and when it was signed."""


class NewestForms:
    """The newest form of each reply, so that an older one that comes late changes nothing.

    Each reply is known by a keyed digest of its receipt, since a receipt must not outlive its round. Safe for
    threads.
    """

    def __init__(self) -> None:
        """Start with no forms."""
        self._key = token_bytes(KEY_BYTES)
        self._newest: dict[RoundId, dict[bytes, dict[int, Order]]] = {}
        self._lock = Lock()

    def claim(self, round_id: RoundId, receipt: bytes, opened: float, sent: Sent) -> bool:
        """Note this form, and return whether no newer one was claimed.

        A form that was opened later is newer. The same form may be sent again with another text, since its
        answer may have been lost: then the one that Slack sent later is newer.
        """
        order = (opened, sent)
        with self._lock:
            of_round = self._newest.setdefault(round_id, {})
            own = of_round.setdefault(self._key, {})
            known = (some.get(digest_of(receipt, key), order) for key, some in of_round.items())
            newest = own[digest_of(receipt, self._key)] = max(order, *known)
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

    def give(self, now: datetime) -> dict[str, Any]:
        """Return what is remembered, as JSON can hold it, for the process that serves this cell next.

        It says nothing of a first form that was sent longer ago than any that can still come, and of other
        forms not when they were sent.
        """
        oldest_s = int((now - SIGNED_WITHIN).timestamp())
        with self._lock:
            return {
                round_id: {
                    key.hex(): packed
                    for key, some in keyed.items()
                    if (packed := _packed_forms(some, oldest_s))
                }
                for round_id, keyed in self._newest.items()
            }

    def take_up(self, given: Mapping[str, Any]) -> None:
        """Remember, besides what is remembered here, what another process gave.

        What is taken up counts as older than what arrives here in the same second. Whatever it raises for
        what no process gave, nothing is changed then.
        """
        taken = {
            RoundId(round_id): {_key_in(key): _unpacked_forms(some) for key, some in keyed.items()}
            for round_id, keyed in given.items()
        }
        with self._lock:
            if not any(some for keyed in self._newest.values() for some in keyed.values()):
                self._newest.clear()
                self._key = next((key for keyed in taken.values() for key in keyed), self._key)
            for round_id, keyed in taken.items():
                of_round = self._newest.setdefault(round_id, {})
                for key, forms in keyed.items():
                    known = of_round.setdefault(key, {})
                    for digest, order in forms.items():
                        known[digest] = max(order, known.get(digest, order))


def _encoded(request: str) -> bytes:
    return request.encode(errors="surrogatepass")


def _merge(known: Digests, more: Digests) -> None:
    for key, digests in more.items():
        known.setdefault(key, set()).update(digests)


def _packed(digests: Digests) -> dict[str, str]:
    return {
        key.hex(): b64encode(pack(f"<{len(some)}Q", *sorted(some))).decode() for key, some in digests.items()
    }


def _unpacked(given: Mapping[str, str]) -> Digests:
    found: Digests = {}
    for key, packed in given.items():
        found[_key_in(key)] = {digest for (digest,) in iter_unpack("<Q", b64decode(packed, validate=True))}
    return found


def _packed_forms(forms: Mapping[int, Order], oldest_s: int) -> str:
    """Return the forms as text. ``oldest_s``: what was signed before cannot come again."""
    packed = bytearray()
    for digest, (opened, (signed_s, _)) in sorted(forms.items()):
        kept_s = signed_s if signed_s >= oldest_s else 0
        if opened or kept_s:
            packed += pack(_FORM, digest, opened, kept_s)
    return b64encode(packed).decode()


def _unpacked_forms(packed: str) -> dict[int, Order]:
    several = iter_unpack(_FORM, b64decode(packed, validate=True))
    return {digest: (opened, (signed_s, 0)) for digest, opened, signed_s in several}


def _key_in(text: str) -> bytes:
    if len(key := bytes.fromhex(text)) != KEY_BYTES:
        raise ValueError("no key")
    return key
