"""Ports for the ballot files of the open rounds and for their keys."""

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
    SHUT = "closed"


@dataclass(frozen=True, slots=True)
class SealedReply:
    """An encrypted reply, as stored in a ballot file."""

    id: ReplyId
    sealed: bytes


class BallotBoxes(Protocol):
    """The ballot files of the open rounds. Changes are on disk, without any order, when a method returns."""

    def create(self, round_id: RoundId, opened_at: datetime) -> None:
        """Make an empty ballot file. An existing one is left unchanged."""

    def submit(
        self,
        round_id: RoundId,
        token: ParticipationToken,
        reply: SealedReply,
        *,
        is_newest: Callable[[], bool] = lambda: True,
    ) -> "Future[Submission]":
        """Hand in a reply, to be stored, or to replace the one with the same id whose token is there already.

        Returns at once; the future is done when the reply is on disk. Until the box has begun with it, it can
        be cancelled, and nothing is stored.

        ``ALREADY_REPLIED`` when the token is there but the id is not, or the id but not the token;
        ``OUTDATED`` when ``is_newest``, which is asked at the commit, says no: nothing is stored. Ends with a
        ``StoreError`` when it cannot be written; then nothing is stored either, except with ``UntidyError``:
        the reply is there, and the same call again says so.
        """

    def withdraw(self, round_id: RoundId, token: ParticipationToken, reply_id: ReplyId) -> bool:
        """Remove a reply and its token together.

        Returns False, and removes nothing, unless both are there.
        """

    def has_replied(self, round_id: RoundId, token: ParticipationToken) -> bool:
        """Return whether this token is in the ballot file."""

    def holds(self, round_id: RoundId, reply_id: ReplyId) -> bool:
        """Return whether a reply with this id is in the ballot file."""

    def shut(self, round_id: RoundId) -> None:
        """Refuse replies and withdrawals from now on (``SHUT``, False), once those under way have ended.

        Holds until the program ends; after a restart the state of the round refuses them. So no reply is
        acknowledged after the replies were read for the close.
        """

    def list_replies(self, round_id: RoundId) -> tuple[SealedReply, ...]:
        """Return all sealed replies, ordered by id (which says nothing about the order of replying).

        Raises ``DamagedError`` if they can never be read, and ``StoreError`` if a later try may succeed.
        """

    def list_boxes(self) -> frozenset[RoundId]:
        """Return the rounds that have a ballot file."""

    def destroy(self, round_id: RoundId) -> None:
        """Remove the ballot file for good. A missing one is no error."""

    def canonicalise(self) -> Mapping[RoundId, str]:
        """Rewrite every ballot file so that its bytes show no order. Called before anything is served.

        Returns the rounds whose file is damaged (``damaged``) or cannot be written now, each with an error
        code. Such a file is left unchanged, and takes no replies until it can be rewritten. Raises
        ``StoreError``.
        """

    def canonicalise_left(self) -> frozenset[RoundId]:
        """Rewrite the files that ``canonicalise`` could not, and return the rounds of those that succeed."""

    def hurry(self) -> None:
        """Stop waiting for other programs: the bot stops."""


class KeyVault(Protocol):
    """The keys of the open rounds, outside every database, and random ids."""

    def create(self, round_id: RoundId) -> bytes:
        """Make the keys of a round and return its public closing key. Existing keys are never replaced."""

    def token(self, round_id: RoundId, member: MemberId) -> ParticipationToken:
        """Return the keyed fingerprint of this member in this round. Raises ``KeyLostError``."""

    def seal(self, closing_key: bytes, round_id: RoundId, reply_id: ReplyId, plaintext: bytes) -> SealedReply:
        """Encrypt a reply to the public closing key; nobody can read it before the close."""

    def unseal(self, round_id: RoundId, replies: Sequence[SealedReply]) -> tuple[bytes, ...]:
        """Return the plaintexts in the given order, without damaged replies. Raises ``KeyLostError``."""

    def is_whole(self, round_id: RoundId) -> bool:
        """Return whether both keys of the round are there."""

    def list_rounds(self) -> frozenset[RoundId]:
        """Return the rounds that have any key."""

    def destroy(self, round_id: RoundId) -> None:
        """Overwrite and remove both keys, for good. Missing keys are no error."""

    def new_receipt(self) -> Receipt:
        """Return 16 random bytes for the person who is about to reply."""

    def new_id(self) -> str:
        """Return a random id of 12 characters (0-9, a-v) for a round or a schedule."""

    def new_seed(self) -> int:
        """Return a random 64-bit seed for a shuffle."""
