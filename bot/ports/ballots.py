"""The files of the open rounds, and their keys, as the verbs need them."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.core.model import MemberId, ParticipationToken, Receipt, ReplyId, RoundId


class Submission(StrEnum):
    """What the ballot box did with a reply."""

    ACCEPTED = "saved"
    CHANGED = "changed"
    ALREADY_REPLIED = "already_replied"
    OUTDATED = "outdated"
    SHUT = "closed"


@dataclass(frozen=True, slots=True)
class SealedReply:
    """An encrypted reply as it lies in the box."""

    id: ReplyId
    sealed: bytes


class BallotBoxes(Protocol):
    """The files of the open rounds. What a method returns is on disk, and in no recognisable order."""

    def create(self, round_id: RoundId, opened_at: datetime) -> None:
        """Make an empty box; one that exists already is left as it is."""

    def submit(
        self,
        round_id: RoundId,
        token: ParticipationToken,
        reply: SealedReply,
        *,
        claim_newest: Callable[[], bool] = lambda: True,
    ) -> "Future[Submission]":
        """Hand in a reply, to be stored, or to replace the one with the same id whose token is there already.

        Returns at once; the future is done when the reply is on disk. Until the box has begun with it, it can
        be cancelled, and nothing is stored.

        ``ALREADY_REPLIED`` when the token is there but the id is not, or the id but not the token;
        ``OUTDATED`` when ``claim_newest``, called at the commit, returns false: nothing is stored. Raises
        ``StoreError`` when it cannot be written; then nothing is stored either, except with ``UntidyError``:
        the reply is there, and the same call again says so.
        """

    def withdraw(self, round_id: RoundId, token: ParticipationToken, reply_id: ReplyId) -> bool:
        """Remove a reply and its token together. False, and nothing removed, unless both are there."""

    def has_replied(self, round_id: RoundId, token: ParticipationToken) -> bool:
        """Whether this token lies in the box."""

    def holds(self, round_id: RoundId, reply_id: ReplyId) -> bool:
        """Whether a reply with this id lies in the box."""

    def shut(self, round_id: RoundId) -> None:
        """Refuse submissions and withdrawals from now on (``SHUT``, False), after those under way.

        Holds until the program ends: the round's own state refuses them after a restart. So no reply is
        acknowledged after the replies were read for the close.
        """

    def list_replies(self, round_id: RoundId) -> tuple[SealedReply, ...]:
        """All sealed replies, by id (which says nothing of their order).

        Raises ``DamagedError`` where they cannot be read, and will not be; ``StoreError`` where they may be.
        """

    def list_boxes(self) -> frozenset[RoundId]:
        """The rounds that have a box."""

    def destroy(self, round_id: RoundId) -> None:
        """Remove the box for good; one that is gone already is no error."""

    def canonicalise(self) -> Mapping[RoundId, str]:
        """Rewrite every box so that its bytes say nothing of the order; before anything is served.

        Return the rounds whose box is damaged (``damaged``), or cannot be written now, with a code of what is
        wrong: it is left as it is, and takes nothing until it can be rewritten. Raises ``StoreError``.
        """

    def canonicalise_left(self) -> frozenset[RoundId]:
        """Rewrite the boxes that could not be written then; return the rounds of those that are now."""

    def hurry(self) -> None:
        """Wait for no other program any more: the bot stops."""


class KeyVault(Protocol):
    """The secrets of the open rounds, outside every database; and chance."""

    def create(self, round_id: RoundId) -> bytes:
        """Make the keys of a round and return its public closing key. Keys that exist are never replaced."""

    def token(self, round_id: RoundId, member: MemberId) -> ParticipationToken:
        """The keyed fingerprint of this member in this round. Raises ``KeyLostError``."""

    def seal(self, closing_key: bytes, round_id: RoundId, reply_id: ReplyId, plaintext: bytes) -> SealedReply:
        """Encrypt a reply to the public closing key; nobody can read it before the close."""

    def unseal(self, round_id: RoundId, replies: Sequence[SealedReply]) -> tuple[bytes, ...]:
        """The plaintexts, in the given order. Raises ``KeyLostError``; a damaged reply is left out."""

    def is_whole(self, round_id: RoundId) -> bool:
        """Whether both keys of the round are there."""

    def list_rounds(self) -> frozenset[RoundId]:
        """The rounds that have any key."""

    def destroy(self, round_id: RoundId) -> None:
        """Overwrite and remove both keys; final. Keys that are gone already are no error."""

    def new_receipt(self) -> Receipt:
        """16 random bytes for the person who is about to reply."""

    def new_id(self) -> str:
        """A random id of 12 characters (0-9, a-v) for a round or a schedule."""

    def new_seed(self) -> int:
        """A random 64-bit seed, for a shuffle."""
