"""What the attacks on the ballot box share: a cast of members, sealed replies, and ways to look at bytes."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Semaphore, Thread
from typing import Any

from bot.core.model import MemberId, ParticipationToken, Receipt, ReplyId, RoundId, WorkspaceId
from bot.core.replies import reply_id
from bot.keys import KeyFiles
from bot.ports import SealedReply, Submission
from bot.store.ballots import BallotFiles
from tests.contracts.values import NOON

ROUND = RoundId("00000000000a")
WORKSPACE = WorkspaceId("T0HARBOUR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Voter:
    """A member with a receipt, and what they give the box."""

    member: MemberId
    receipt: Receipt
    token: ParticipationToken
    reply: SealedReply

    @property
    def reply_id(self) -> ReplyId:
        return self.reply.id


def stretch(seed: bytes, size: int) -> bytes:
    """Bytes that look random and are the same for the same seed."""
    return hashlib.shake_256(seed).digest(size)


def seal_deterministically(closing_key: bytes, info: bytes, plaintext: bytes) -> bytes:
    """In place of HPKE, as long as HPKE's and the same for the same reply."""
    return stretch(b"sealed" + closing_key + info + plaintext, len(plaintext) + 1136)


def voter(number: int, *, size: int = 256) -> Voter:
    """Voter ``number`` (the same each time), with a reply of ``size`` bytes before sealing."""
    member = MemberId(f"U0VOTER{number:03}")
    receipt = Receipt(stretch(f"receipt {number}".encode(), 16))
    reply = SealedReply(
        id=reply_id(receipt), sealed=seal_deterministically(b"key", b"info", f"{number}".encode().ljust(size))
    )
    token = ParticipationToken(stretch(f"token {number}".encode(), 32))
    return Voter(member=member, receipt=receipt, token=token, reply=reply)


def submit(boxes: BallotFiles, voter_: Voter) -> Submission:
    return boxes.submit(ROUND, voter_.token, voter_.reply).result()


def box_path(directory: Path) -> Path:
    return directory / f"{ROUND}.db"


def open_boxes(directory: Path) -> BallotFiles:
    """Boxes in this directory, with an open one for ``ROUND``."""
    boxes = BallotFiles(directory)
    boxes.create(ROUND, NOON)
    return boxes


class Arrivals(list[Any]):
    """A queue that says when somebody joins it."""

    def __init__(self, there: Iterable[Any] = ()) -> None:
        super().__init__(there)
        self.arrived = Semaphore(0)

    def append(self, item: Any) -> None:
        super().append(item)
        self.arrived.release()


def together(boxes: BallotFiles, calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Make these calls at once, so that they share one commit; their results, or what they raised."""
    box = boxes._box(ROUND)
    results: list[Any] = [None] * len(calls)

    def run(place: int) -> None:
        try:
            results[place] = calls[place]()
        except Exception as error:  # noqa: BLE001 - handed to the test
            results[place] = error

    threads = [Thread(target=run, args=(place,)) for place in range(len(calls))]
    box._queue = queue = Arrivals()
    with box._turns.held():
        for thread in threads:
            thread.start()
        for _ in threads:
            queue.arrived.acquire()
    for thread in threads:
        thread.join()
    return results


def everything_in(directory: Path) -> dict[str, bytes]:
    """The bytes of every file in a directory and below, by name."""
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def found_in(directory: Path, needles: Sequence[bytes]) -> set[bytes]:
    """Which of these byte strings stand in any file."""
    haystack = b"\0\0".join(everything_in(directory).values())
    return {needle for needle in needles if needle in haystack}


def guesses(secret: str) -> Iterator[bytes]:
    """The text, and what somebody who knows it would look for: its usual hashes, raw, in hex, in base64."""
    import base64

    plain = secret.encode()
    yield from (plain, plain.hex().encode(), base64.b64encode(plain), secret.encode("utf-16-le"))
    for salt in (b"", WORKSPACE.encode(), ROUND.encode(), b"receipt:"):
        for name in ("md5", "sha1", "sha256", "sha512", "blake2b"):
            digest = hashlib.new(name, salt + plain).digest()
            yield from (digest, digest[:16], digest.hex().encode(), base64.b64encode(digest))


def vault_in(directory: Path, *, secret: bytes | None = None) -> KeyFiles:
    return KeyFiles(directory, WORKSPACE, secret)
