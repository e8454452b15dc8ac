"""Everything a member does with their own reply while the round is open: write, change, withdraw.

The member id is used only here: a keyed fingerprint is made of it before anything is stored.
"""

from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.model import MemberId, Receipt, Round, RoundId, RoundState
from bot.core.replies import Draft, encode_reply, reply_id, reply_of
from bot.errors import KeyLostError
from bot.ports import ClaimNewest, Services, Submission, always_newest
from bot.service.audiences import was_asked
from bot.service.clock_trust import takes_replies
from bot.service.close_rounds import end_as_key_lost


class ReplyOutcome(StrEnum):
    """What a member is told about their reply: the result of the ballot file, or why it was not asked."""

    SAVED = "saved"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    ALREADY_REPLIED = "already_replied"
    NOT_FOUND = "not_found"
    CLOSED = "closed"
    NOT_A_MEMBER = "not_a_member"
    JOINED_LATER = "joined_later"
    KEY_LOST = "key_lost"
    UNKNOWN_ROUND = "unknown_round"


class Refusal(StrEnum):
    """Why a member cannot write a reply now."""

    ALREADY_REPLIED = "already_replied"
    CLOSED = "closed"
    NOT_A_MEMBER = "not_a_member"
    JOINED_LATER = "joined_later"
    KEY_LOST = "key_lost"
    UNKNOWN_ROUND = "unknown_round"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What opens when a member presses *Reply*: a form with its receipt, or the reason why not."""

    round: Round | None
    receipt: Receipt | None = field(default=None, repr=False)
    refusal: Refusal | None = None


def open_reply(services: Services, round_: Round | None, member: MemberId) -> Opening:
    """Return a new receipt for a member who may reply and has not yet; otherwise the reason.

    The receipt is made here and is sent with the form, so that a double click, a redelivery or a crash after
    the commit all end in the same reply.
    """
    if round_ is None:
        return Opening(round=None, refusal=Refusal.UNKNOWN_ROUND)
    if refusal := _refusal(services, round_, member):
        return Opening(round=round_, refusal=refusal)
    try:
        token = services.vault.token(round_.id, member)
    except KeyLostError:
        return Opening(round=round_, refusal=_ended(end_as_key_lost(services, round_)))
    if services.boxes.has_replied(round_.id, token):
        return Opening(round=round_, refusal=Refusal.ALREADY_REPLIED)
    return Opening(round=round_, receipt=services.vault.new_receipt())


def open_change(services: Services, round_: Round | None, receipt: Receipt) -> Opening:
    """Return an empty form to change a reply, for the holder of its receipt. Nobody can read the reply."""
    if round_ is None:
        return Opening(round=None, refusal=Refusal.UNKNOWN_ROUND)
    if not takes_replies(services, round_):
        return Opening(round=round_, refusal=_ended(round_))
    return Opening(round=round_, receipt=receipt)


def accept_reply(
    services: Services,
    round_: Round,
    member: MemberId,
    draft: Draft,
    receipt: Receipt,
    *,
    claim_newest: ClaimNewest = always_newest,
) -> "Future[Submission] | Refusal":
    """Hand a new or changed reply to the ballot file of its round; return a future, or why it is refused.

    ``round_`` as the caller has read it: if it has ended since, its keys are gone or its ballot file is
    shut, so that nothing is stored. Returns at once. The reply is on disk when the future is done; a future
    that ends with ``StoreError`` has stored nothing. It can be cancelled until it is begun with. Raises
    ``StoreError`` when nobody can tell who was asked.
    """
    if refusal := _refusal(services, round_, member):
        return refusal
    wanted = reply_id(receipt)
    try:
        token = services.vault.token(round_.id, member)
        sealed = services.vault.seal(round_.closing_key, round_.id, wanted, encode_reply(reply_of(draft)))
    except KeyLostError:
        return _ended(end_as_key_lost(services, round_))
    return services.boxes.submit(round_.id, token, sealed, claim_newest=claim_newest)


def withdraw_reply(services: Services, round_: Round, member: MemberId, receipt: Receipt) -> ReplyOutcome:
    """Remove a reply and the token of its member, both together; they may reply again."""
    if not takes_replies(services, round_):
        return ReplyOutcome(_ended(round_))
    try:
        token = services.vault.token(round_.id, member)
    except KeyLostError:
        return ReplyOutcome(_ended(end_as_key_lost(services, round_)))
    found = services.boxes.withdraw(round_.id, token, reply_id(receipt))
    return ReplyOutcome.WITHDRAWN if found else ReplyOutcome.NOT_FOUND


def fetch_round(services: Services, round_id: RoundId) -> Round | None:
    """Return the round of this id, if there is one."""
    with services.store.read("fetch_round") as tx:
        return tx.fetch_round(round_id)


def _refusal(services: Services, round_: Round, member: MemberId) -> Refusal | None:
    if not takes_replies(services, round_):
        return _ended(round_)
    if not services.directory.is_member(round_.channel, member):
        return Refusal.NOT_A_MEMBER
    return None if was_asked(services, round_, member) else Refusal.JOINED_LATER


def _ended(round_: Round) -> Refusal:
    return Refusal.KEY_LOST if round_.state is RoundState.KEY_LOST else Refusal.CLOSED
