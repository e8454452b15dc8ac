"""Move a shard between two storages: the worker that gives it sends its files to the one that gets it.

The worker that gets the shard chooses a random id for each transfer. Every message is sealed, and bound to
that id, to both workers, to the shard, to its kind and to its number: so none can be left out, repeated, put
in another place or taken from another transfer. The answer to each is bound to the same. The first one has no
id yet, so that anybody may send a copy of it: it changes nothing, and the second one makes the place.

Nothing here decides which copy counts: PostgreSQL does, after the last message was answered
(``bot.cluster.moves``).
"""

import asyncio
import logging
import re
import secrets as randomness
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple, Protocol

import orjson

from bot.cluster.envelope import SALT_BYTES, Envelope, NotSealedError
from bot.cluster.shards import WorkerId
from bot.errors import BotError

log = logging.getLogger(__name__)

PATH = "/cluster/move"
CHUNK = 1 << 20
"""How many bytes of a shard one message holds, and how much of it is in memory at once."""

LONGEST_MESSAGE = CHUNK + (1 << 12)

PATIENCE_S = 60.0
"""How long the worker that gets a shard waits for the next message."""

_ID_BYTES = 16
_MOST_OFFERED = 64
_CODE = re.compile(r"[a-z_]{1,40}")


class NotMovedError(BotError):
    """The shard could not be moved; it stays where it is."""

    code = "not_moved"
    remedy = "Nothing was lost. Look at the log of the other worker, then try again."


class Move(NamedTuple):
    """Which shard moves, from which worker to which, and the epoch of the one that gives it."""

    shard: int
    epoch: int
    giver: WorkerId
    taker: WorkerId


class Kind(StrEnum):
    """The kinds of messages, in their order. Each transfer has a ``LAST`` or is given up with ``DROP``."""

    BEGIN = "begin"
    PART = "part"
    LAST = "last"
    DROP = "drop"


class Place(Protocol):
    """Where a shard arrives, as ``bot.store.shard_files.Arrival``. All raise ``BotError``."""

    def write(self, piece: bytes) -> None:
        """Take the next bytes."""

    def finish(self, digest: bytes) -> None:
        """Put what has come in its place, if this is its digest."""

    def close(self) -> None:
        """Remove what is not in its place. Raises nothing."""


Send = Callable[[bytes], Awaitable[bytes]]
"""Sends a message to the other worker, and returns its answer. Raises ``BotError`` where none comes."""

Arrive = Callable[[Move], Awaitable[Place]]
"""Makes the place for a shard; raises ``BotError`` where PostgreSQL does not say that it is to come here.

It must say: this worker is wanted, the giver owns the shard with this epoch, and it is on another storage.
"""


class Departing:
    """The end of a transfer that gives."""

    def __init__(self, secrets: Sequence[bytes], move: Move, send: Send, chunk: int = CHUNK) -> None:
        """Use the secrets of all workers. ``chunk``: how many bytes of the stream one message holds."""
        self._envelope = Envelope(secrets)
        self._move = move
        self._send = send
        self._chunk = chunk
        self._transfer, self._number = "", 0

    async def run(self, pieces: Iterator[bytes]) -> None:
        """Send all of the stream. Once this returns, the other worker has it whole, on disk.

        Raises ``NotMovedError``, and what ``pieces`` raises. It is then not known whether the other one has
        it; that does not matter as long as PostgreSQL does not say that its copy counts.
        """
        self._transfer = await self._ask(Kind.BEGIN)
        digest = sha256()
        chunks = _chunks(pieces, self._chunk)
        try:
            while chunk := await asyncio.to_thread(next, chunks, b""):
                digest.update(chunk)
                await self._ask(Kind.PART, chunk)
            await self._ask(Kind.LAST, digest.digest())
        except Exception:
            with suppress(BotError):
                await self._ask(Kind.DROP)
            raise

    async def _ask(self, kind: Kind, content: bytes = b"") -> str:
        """Send one message; return what is answered to it."""
        bound_to = _Head(*self._move, self._transfer, self._number, kind).pack()
        self._number += 1
        salt, sealed = self._envelope.seal(content, bound_to)
        answer = await self._send(bound_to + b"\n" + salt + sealed)
        try:
            told, refused = orjson.loads(self._envelope.open(answer, salt, b"answer " + bound_to))
        except NotSealedError:
            log.error("answer of no worker of ours", extra={"code": "not_sealed"})  # noqa: TRY400 - says nothing
            raise NotMovedError from None
        if refused:
            raise _refused_by(self._move.taker, str(refused))
        return str(told)


class _Head(NamedTuple):
    """What a message is bound to, which goes before it in clear."""

    shard: int
    epoch: int
    giver: WorkerId
    taker: WorkerId
    transfer: str
    number: int
    kind: Kind

    def pack(self) -> bytes:
        return orjson.dumps(["move", *self])

    @property
    def move(self) -> Move:
        return Move(*self[:4])


@dataclass(slots=True)
class _Transfer:
    move: Move
    place: Place
    heard_s: float
    id: str
    next: int = 1


class Arriving:
    """The end of transfers that gets: one at a time for each shard."""

    def __init__(
        self, me: WorkerId, secrets: Sequence[bytes], arrive: Arrive, elapsed: Callable[[], float]
    ) -> None:
        """Put what comes where ``arrive`` says. ``elapsed``: the seconds of a clock that nobody can set."""
        self._me = me
        self._envelope = Envelope(secrets)
        self._arrive = arrive
        self._elapsed = elapsed
        self._offered: dict[str, Move] = {}
        self._under_way: dict[int, _Transfer] = {}
        self._turn = asyncio.Lock()

    async def receive(self, headers: Mapping[str, str], message: bytes) -> bytes | None:
        """Return the answer to a message; None for what no worker of ours has sent to this one."""
        del headers  # all that counts is in the message
        packed, _, rest = message.partition(b"\n")
        head = _head_in(packed)
        if head is None or head.taker != self._me:
            return None
        salt, sealed = rest[:SALT_BYTES], rest[SALT_BYTES:]
        try:
            content = self._envelope.open(sealed, salt, packed)
        except NotSealedError:
            log.warning("request of no worker of ours", extra={"code": "not_sealed"})
            return None
        told, refused = "", ""
        async with self._turn:
            try:
                told = await self._take(head, content)
            except BotError as error:
                log.warning("shard not received", extra={"shard": head.shard, "code": error.code})
                refused = error.code
        return self._envelope.seal_answer(orjson.dumps([told, refused]), salt, b"answer " + packed)

    async def expire(self) -> None:
        """Give up the transfers of which nothing has come for too long. Call it every few seconds."""
        async with self._turn:
            now = self._elapsed()
            for shard, one in tuple(self._under_way.items()):
                if now - one.heard_s > PATIENCE_S:
                    await self._end(shard)

    async def close(self) -> None:
        """Give up all transfers."""
        async with self._turn:
            for shard in tuple(self._under_way):
                await self._end(shard)

    async def _take(self, head: _Head, content: bytes) -> str:
        if head.kind is Kind.BEGIN:
            return self._offer(head.move)
        if self._offered.get(head.transfer) == head.move and head.number == 1:
            await self._begin(head.move, head.transfer)
        one = self._under_way.get(head.shard)
        expected = one and _Head(*one.move, one.id, one.next, head.kind)
        if one is None or head != expected:
            raise NotMovedError  # a copy, or of another transfer: the one that is under way goes on
        one.next += 1
        one.heard_s = self._elapsed()
        try:
            if head.kind is Kind.PART:
                await asyncio.to_thread(one.place.write, content)
                return ""
            if head.kind is Kind.LAST:
                await asyncio.to_thread(one.place.finish, content)
        except BaseException:
            await self._end(head.shard)
            raise
        await self._end(head.shard)
        return ""

    def _offer(self, move: Move) -> str:
        """Return the id for a new transfer. A copy of an old message gets one, too, which nobody can use."""
        while len(self._offered) >= _MOST_OFFERED:
            del self._offered[next(iter(self._offered))]
        transfer = randomness.token_hex(_ID_BYTES)
        self._offered[transfer] = move
        return transfer

    async def _begin(self, move: Move, transfer: str) -> None:
        """Begin a transfer, in the place of one of the same shard that was under way or offered."""
        self._offered = {id_: one for id_, one in self._offered.items() if one.shard != move.shard}
        await self._end(move.shard)
        place = await self._arrive(move)
        self._under_way[move.shard] = _Transfer(move, place, self._elapsed(), transfer)

    async def _end(self, shard: int) -> None:
        if one := self._under_way.pop(shard, None):
            await asyncio.to_thread(one.place.close)


def _chunks(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Yield the same bytes in chunks of this size; the last one may be smaller."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= size:
            yield bytes(waiting[:size])
            del waiting[:size]
    if waiting:
        yield bytes(waiting)


def _head_in(packed: bytes) -> _Head | None:
    try:
        match orjson.loads(packed):
            case [
                "move",
                int(shard),
                int(epoch),
                str(giver),
                str(taker),
                str(transfer),
                int(number),
                str(kind),
            ]:
                return _Head(shard, epoch, giver, taker, transfer, number, Kind(kind))
    except ValueError:
        pass
    return None


def _refused_by(taker: WorkerId, code: str) -> NotMovedError:
    """Return the error to raise where the other worker has refused a message."""
    code = code if _CODE.fullmatch(code) else NotMovedError.code
    if code == "disk_full":
        told = f"The disk of the worker {taker} is full.", "Free some space there, then try again."
    else:
        told = f"The worker {taker} could not take the shard ({code}).", NotMovedError.remedy
    error = NotMovedError(told[0], remedy=told[1])
    error.code = code
    return error
