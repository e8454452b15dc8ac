"""Pass a request of Slack to the worker that owns its cell, and bring the answer back.

The workers share a secret. Both the request and the answer are sealed with it, so that each side knows the
other, and whoever listens between them reads no reply. The owner checks Slack's signature again, over the
same bytes: a worker that was taken over cannot make up what somebody said.
"""

import asyncio
import logging
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

import aiohttp
import orjson

from bot.cluster.addresses import Addresses, ForeignAddressError
from bot.cluster.envelope import Envelope, NotSealedError
from bot.cluster.shards import WorkerId
from bot.errors import BotError

log = logging.getLogger(__name__)

PATH = "/cluster/forward"
DEADLINE_S = 2.5
"""Slack waits for three seconds in all."""

CONNECT_S = 0.5
"""A machine that is gone does not even refuse."""

CLOCKS_DIFFER = timedelta(seconds=10)
"""How far the clocks of two workers may be apart. As long, a request is remembered against copies."""

LONGEST_ANSWER = 1 << 21
LONGEST_MEMORY = 1 << 26
"""A longer answer is not read: whoever is between two workers could fill the memory of one."""

TOLD_AGAIN_S = 10
"""A request is tried 20 times a second, and many may wait for one worker: one line in so long is enough."""

PASSED_ON = ("content-type", "x-slack-signature", "x-slack-request-timestamp", "x-slack-retry-num")
"""The headers of Slack that the owner needs."""

_TIME, _SALT = "belonging-time", "belonging-salt"
_SALT_DIGITS = 64


class NotForwardedError(BotError):
    """The worker that has this workspace does not answer."""

    code = "not_forwarded"
    remedy = "Please try again in a moment."

    def __init__(self, *, sent: bool = False, foreign: bool = False) -> None:
        """``sent``: it may have got the request, so nobody knows what became of it.

        ``foreign``: what is there has not these secrets.
        """
        self.sent, self.foreign = sent, foreign
        super().__init__()


class Kind(StrEnum):
    """What one worker asks of another.

    An answer to Slack, what it remembers of a shard, or to take up an installation that is stored; what it
    finds about a worker that joins, and whether it is there (``bot.cluster.introduction``).
    """

    SLACK = "slack"
    MEMORY = "memory"
    INSTALLED = "installed"
    JOINING = "joining"
    CALL = "call"


class Forwarded(NamedTuple):
    """What one worker sends to another: of a request of Slack, the headers that count, and the raw body."""

    shard: int
    headers: Mapping[str, str]
    body: bytes
    kind: Kind = Kind.SLACK


class Answer(NamedTuple):
    """What is answered to Slack."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


Clock = Callable[[], datetime]
Handle = Callable[[Forwarded], Awaitable[Answer]]
"""Checks Slack's signature, and answers as if Slack had asked this worker; 421 without such a shard."""


class Forwarder:
    """Passes requests on. ``secrets``: of all workers; the first seals, and all open."""

    def __init__(self, http: aiohttp.ClientSession, secrets: Sequence[bytes], clock: Clock) -> None:
        """Use this session of aiohttp."""
        self._http = http
        self._addresses = Addresses(secrets)
        self._envelope = Envelope(secrets)
        self._clock = clock
        self._told_s: dict[tuple[WorkerId, str], float] = {}

    async def forward(
        self, owner: WorkerId, address: str, request: Forwarded, within_s: float = DEADLINE_S
    ) -> Answer:
        """Return the owner's answer. Raises ``NotForwardedError`` where it sent none within these seconds.

        ``address``: with its tag (``Addresses``); nothing is sent to one that no worker has stored.
        """
        try:
            place = self._addresses.checked(owner, address)
        except ForeignAddressError as error:
            self._tell(logging.ERROR, "address of no worker of ours", owner, error.code)
            raise NotForwardedError(foreign=True) from None
        time = _text(self._clock())
        salt, sealed = self._envelope.seal(_packed(request), _request_to(owner, time))
        try:
            async with (
                asyncio.timeout(within_s),
                self._http.post(
                    f"{place}{PATH}",
                    data=sealed,
                    headers={_TIME: time, _SALT: salt.hex()},
                    timeout=aiohttp.ClientTimeout(total=within_s, sock_connect=CONNECT_S),
                    allow_redirects=False,
                ) as response,
            ):
                most = LONGEST_MEMORY if request.kind is Kind.MEMORY else LONGEST_ANSWER
                body = await read_sealed(response, most)
            return _answer_in(self._envelope.open(body, salt, _answer_of(owner, time)))
        except (aiohttp.ClientError, TimeoutError) as error:
            self._tell(logging.WARNING, "request not forwarded", owner, type(error).__name__)
            raise NotForwardedError(sent=not isinstance(error, aiohttp.ClientConnectorError)) from None
        except NotSealedError:
            self._tell(logging.ERROR, "answer of no worker of ours", owner, "not_sealed")
            raise NotForwardedError(sent=True, foreign=True) from None

    def _tell(self, level: int, event: str, owner: WorkerId, code: str) -> None:
        """Log this about a worker, but not again and again."""
        now_s = asyncio.get_running_loop().time()
        if now_s >= self._told_s.get((owner, event), now_s):
            self._told_s[owner, event] = now_s + TOLD_AGAIN_S
            log.log(level, event, extra={"code": code, "worker": owner})


async def read_sealed(response: aiohttp.ClientResponse, most: int) -> bytes:
    """Return what another worker answers, of so many bytes at most.

    Raises ``NotSealedError`` for a longer one, and for one that is compressed, which no worker sends.
    """
    read = bytearray()
    if response.headers.getall("content-encoding", None):
        raise NotSealedError
    async for part in response.content.iter_any():
        read += part
        if len(read) > most:
            raise NotSealedError
    return bytes(read)


class Receiver:
    """Takes what other workers pass on. ``secrets``: as those of the ``Forwarder``."""

    def __init__(self, me: WorkerId, secrets: Sequence[bytes], clock: Clock, handle: Handle) -> None:
        """Answer as ``handle`` does. What was sent before is refused: it may have been taken then."""
        self._began = clock()
        self._me = me
        self._envelope = Envelope(secrets)
        self._clock = clock
        self._handle = handle
        self._seen: OrderedDict[bytes, datetime] = OrderedDict()
        self._untold = Counter[str]()
        self._told: dict[str, datetime] = {}

    async def receive(self, headers: Mapping[str, str], body: bytes) -> bytes | None:
        """Return the body of the answer; None for what no worker of ours has just sent to this one.

        A request is taken once: a copy of it gets None.
        """
        time, salt = headers.get(_TIME, ""), _salt_in(headers.get(_SALT, ""))
        now = self._clock()
        try:
            opened = self._envelope.open(body, salt, _request_to(self._me, time))
        except NotSealedError:
            self._tell("not_sealed", now)
            return None
        if not self._is_new(salt, datetime.fromisoformat(time), now):
            self._tell("not_new", now)
            return None
        answer = await self._handle(_request_in(opened))
        return self._envelope.seal_answer(_packed_answer(answer), salt, _answer_of(self._me, time))

    def _tell(self, code: str, now: datetime) -> None:
        """Log why a request was not taken, but not again and again: anybody at the port can send many."""
        self._untold[code] += 1
        told = self._told.get(code)
        if told is None or abs(now - told) >= timedelta(seconds=TOLD_AGAIN_S):
            self._told[code] = now
            count = self._untold.pop(code)
            log.warning("request of no worker of ours", extra={"code": code, "count": count})

    def _is_new(self, salt: bytes, sent: datetime, now: datetime) -> bool:
        """Return whether this was sent just now, and not taken yet; note it."""
        while self._seen and next(iter(self._seen.values())) < now:
            self._seen.popitem(last=False)
        if sent < self._began or abs(now - sent) > CLOCKS_DIFFER or salt in self._seen:
            return False
        self._seen[salt] = now + 2 * CLOCKS_DIFFER
        return True


def _text(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds")


def _request_to(worker: WorkerId, time: str) -> bytes:
    """Return what a request is bound to: its direction, whom it is for, and when it was sent."""
    return orjson.dumps(["request", worker, time])


def _answer_of(worker: WorkerId, time: str) -> bytes:
    return orjson.dumps(["answer", worker, time])


def _salt_in(text: str) -> bytes:
    try:
        return bytes.fromhex(text) if len(text) == _SALT_DIGITS else b""
    except ValueError:
        return b""


def _packed(request: Forwarded) -> bytes:
    kept = {name: value for name, value in request.headers.items() if name in PASSED_ON}
    return orjson.dumps([request.kind, request.shard, kept]) + b"\n" + request.body


def _request_in(packed: bytes) -> Forwarded:
    first, _, body = packed.partition(b"\n")
    kind, shard, headers = orjson.loads(first)
    return Forwarded(shard, headers, body, Kind(kind))


def _packed_answer(answer: Answer) -> bytes:
    return orjson.dumps([answer.status, list(answer.headers)]) + b"\n" + answer.body


def _answer_in(packed: bytes) -> Answer:
    first, _, body = packed.partition(b"\n")
    status, headers = orjson.loads(first)
    return Answer(status, [(name, value) for name, value in headers], body)
