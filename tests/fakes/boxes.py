"""Ballot boxes as dictionaries; they pass the contract suite of the files."""

import re
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.model import ParticipationToken, ReplyId, RoundId
from bot.errors import DamagedError, StoreError
from bot.ports import ClaimNewest, SealedReply, Submission, always_newest


@dataclass(slots=True)
class FakeBox:
    """The content of one ballot box."""

    tokens: set[ParticipationToken] = field(default_factory=set)
    replies: dict[ReplyId, bytes] = field(default_factory=dict)


class FakeBoxes:
    """Ballot boxes in memory. ``fail`` makes every write raise ``StoreError``.

    ``damaged``: boxes that can be neither read nor written. ``held``: boxes that another program has locked.
    """

    def __init__(self) -> None:
        self.boxes: dict[RoundId, FakeBox] = {}
        self.shut_rounds: set[RoundId] = set()
        self.damaged: set[RoundId] = set()
        self.held: set[RoundId] = set()
        self.aside: set[RoundId] = set()
        self.fail = False

    def create(self, round_id: RoundId, opened_at: datetime) -> None:
        _check_id(round_id)
        self._check_disk()
        if round_id not in self.boxes:
            self.boxes[round_id] = FakeBox()
            self.shut_rounds.discard(round_id)

    def submit(
        self,
        round_id: RoundId,
        token: ParticipationToken,
        reply: SealedReply,
        *,
        claim_newest: ClaimNewest = always_newest,
    ) -> "Future[Submission]":
        _check_id(round_id)
        told: Future[Submission] = Future()
        try:
            told.set_result(self._submit(round_id, token, reply, claim_newest))
        except StoreError as error:
            told.set_exception(error)
        return told

    def _submit(
        self,
        round_id: RoundId,
        token: ParticipationToken,
        reply: SealedReply,
        claim_newest: ClaimNewest,
    ) -> Submission:
        if round_id in self.shut_rounds:
            return Submission.CLOSED
        box = self._box(round_id)
        self._check_disk()
        if not claim_newest():
            return Submission.OUTDATED
        has_token = token in box.tokens
        if has_token != (reply.id in box.replies):
            return Submission.ALREADY_REPLIED
        box.tokens.add(token)
        box.replies[reply.id] = reply.sealed
        return Submission.CHANGED if has_token else Submission.ACCEPTED

    def withdraw(self, round_id: RoundId, token: ParticipationToken, reply_id: ReplyId) -> bool:
        if round_id in self.shut_rounds:
            return False
        box = self._box(round_id)
        self._check_disk()
        if token not in box.tokens or reply_id not in box.replies:
            return False
        box.tokens.remove(token)
        del box.replies[reply_id]
        return True

    def has_replied(self, round_id: RoundId, token: ParticipationToken) -> bool:
        return token in self._box(round_id).tokens

    def holds(self, round_id: RoundId, reply_id: ReplyId) -> bool:
        return reply_id in self._box(round_id).replies

    def shut(self, round_id: RoundId) -> None:
        _check_id(round_id)
        self.shut_rounds.add(round_id)

    def list_replies(self, round_id: RoundId) -> tuple[SealedReply, ...]:
        replies = self._box(round_id).replies
        return tuple(SealedReply(id=reply_id, sealed=replies[reply_id]) for reply_id in sorted(replies))

    def list_boxes(self) -> frozenset[RoundId]:
        return frozenset(self.boxes)

    def destroy(self, round_id: RoundId) -> None:
        _check_id(round_id)
        self.boxes.pop(round_id, None)

    def canonicalise(self) -> Mapping[RoundId, str]:
        """Do nothing: a dictionary has no bytes to rewrite."""
        self.aside |= self.held
        codes = dict.fromkeys(self.damaged, "damaged") | dict.fromkeys(self.held, "in_use")
        return {one: code for one, code in codes.items() if one in self.boxes}

    def canonicalise_left(self) -> frozenset[RoundId]:
        done = self.aside - self.held
        self.aside -= done
        return frozenset(done)

    def stop_waiting(self) -> None:
        """Nobody is waited for."""

    def _box(self, round_id: RoundId) -> FakeBox:
        _check_id(round_id)
        if round_id not in self.boxes:
            raise DamagedError("There is no ballot box for this round.", code="no_ballots")
        if round_id in self.damaged:
            raise DamagedError
        if round_id in self.held:
            raise StoreError("Another program holds it.", code="in_use")
        return self.boxes[round_id]

    def _check_disk(self) -> None:
        if self.fail:
            raise StoreError("The disk is full.")


def _check_id(round_id: RoundId) -> None:
    if not re.fullmatch(r"[0-9a-v]{12}", round_id):
        raise ValueError("a round id has 12 characters, 0-9 and a-v")
