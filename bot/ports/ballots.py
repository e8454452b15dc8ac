"""The ballot files of the open rounds, and their keys."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.core.model import MemberId, ParticipationToken, Receipt, ReplyId, RoundId


class Submission(StrEnum):
    """What became of a reply that was sent to a ballot file."""

    ACCEPTED = "saved"
    CHANGED = "changed"
    ALREADY_REPLIED = "already_replied"
    OUTDATED = "outdated"
    CLOSED = "closed"


ClaimNewest = Callable[[], bool]
"""Notes a submission as the newest of its reply, and returns False where a newer one was noted before.

Called when the submission is committed: only then its place among the others is fixed. Two submissions of
one reply are handled in two threads, so a claim made earlier could be overtaken on the way to the queue. It
returns at once, and reads no store.
"""


def always_newest() -> bool:
    """Return True: for a caller whose submissions cannot overtake each other."""
    return True


@dataclass(frozen=True, slots=True)
class SealedReply:
    """An encrypted reply as it is stored in the ballot file."""

    id: ReplyId
    sealed: bytes


class BallotBoxes(Protocol):
    """The ballot files. What a method returns is on disk, and shows no order."""

    def create(self, round_id: RoundId, opened_at: datetime) -> None:
        """Make an empty ballot file; leave an existing one as it is."""

    def submit(
        self,
        round_id: RoundId,
        token: ParticipationToken,
        reply: SealedReply,
        *,
        claim_newest: ClaimNewest = always_newest,
    ) -> "Future[Submission]":
        """Store a reply, or replace the one with the same id whose token is stored already.

        Returns at once; the future is done when the reply is on disk. It can be cancelled until it is
        begun with; then nothing is stored.

        The result is ``ALREADY_REPLIED`` when the token is stored but not the id, or the id but not the
        token; ``OUTDATED`` when ``claim_newest`` returns False. In both cases nothing is stored. The future
        ends with a ``StoreError`` when the reply cannot be written; then nothing is stored either, except
        with ``UnconfirmedError``: the reply is stored, and the same call again returns so.
        """

    def withdraw(self, round_id: RoundId, token: ParticipationToken, reply_id: ReplyId) -> bool:
        """Remove a reply and its token together. Return False, and remove nothing, unless both are there."""

    def has_replied(self, round_id: RoundId, token: ParticipationToken) -> bool:
        """Return whether this token is in the ballot file."""

    def holds(self, round_id: RoundId, reply_id: ReplyId) -> bool:
        """Return whether a reply with this id is in the ballot file."""

    def shut(self, round_id: RoundId) -> None:
        """Refuse submissions and withdrawals (``CLOSED``, False) from now on, after those under way.

        This lasts until the program ends; after a restart the state of the round refuses them. So no reply is
        acknowledged after the replies were read for the close.
        """

    def list_replies(self, round_id: RoundId) -> tuple[SealedReply, ...]:
        """Return all sealed replies, by id, which does not depend on the order in which they came.

        Raises ``DamagedError`` where they can never be read again, and ``StoreError`` where they may be.
        """

    def list_boxes(self) -> frozenset[RoundId]:
        """Return the rounds that have a ballot file."""

    def destroy(self, round_id: RoundId) -> None:
        """Remove the ballot file; one that is gone already is no error."""

    def canonicalise(self) -> Mapping[RoundId, str]:
        """Rewrite every ballot file so that its bytes show no order; called before anything is served.

        Return the rounds whose file is damaged (``damaged``) or cannot be written now, with a failure code:
        it is left as it is, and takes no replies until it can be rewritten. Raises ``StoreError``.
        """

    def canonicalise_left(self) -> frozenset[RoundId]:
        """Rewrite the files that could not be rewritten before; return the rounds of those that are now."""

    def stop_waiting(self) -> None:
        """Wait for no other program from now on: the bot stops."""


class KeyVault(Protocol):
    """The secrets of the open rounds, outside every database; and random values."""

    def create(self, round_id: RoundId) -> bytes:
        """Make the keys of a round and return its public closing key. Existing keys are never replaced."""

    def token(self, round_id: RoundId, member: MemberId) -> ParticipationToken:
        """Return the keyed fingerprint of this member in this round. Raises ``KeyLostError``."""

    def seal(self, closing_key: bytes, round_id: RoundId, reply_id: ReplyId, plaintext: bytes) -> SealedReply:
        """Encrypt a reply to the public closing key; nobody can read it before the close."""

    def unseal(self, round_id: RoundId, replies: Sequence[SealedReply]) -> tuple[bytes, ...]:
        """Return the plaintexts, in the given order, without damaged ones. Raises ``KeyLostError``."""

    def is_whole(self, round_id: RoundId) -> bool:
        """Return whether both keys of the round are stored."""

    def list_rounds(self) -> frozenset[RoundId]:
        """Return the rounds that have any key."""

    def destroy(self, round_id: RoundId) -> None:
        """Overwrite and remove both keys, for good. Missing keys are no error."""

    def new_receipt(self) -> Receipt:
        """Return 16 random bytes for the person who is about to reply."""

    def new_id(self) -> str:
        """Return a random id of 12 characters (0-9, a-v) for a round or a schedule."""

    def new_seed(self) -> int:
        """Return a random 64-bit seed, for a shuffle."""
