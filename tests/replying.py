"""Replies for tests, by the id of their round: it is read anew each time, as a listener does."""

from typing import Any

from bot.core.model import MemberId, Receipt, RoundId
from bot.core.replies import Draft
from bot.ports import Services
from bot.service import replies
from bot.service.replies import Opening, Refusal, ReplyOutcome, fetch_round


def open_reply(services: Services, round_id: RoundId, member: MemberId) -> Opening:
    """What opens for a member who presses *Reply*."""
    return replies.open_reply(services, fetch_round(services, round_id), member)


def accept_reply(
    services: Services, round_id: RoundId, member: MemberId, draft: Draft, receipt: Receipt, **named: Any
) -> ReplyOutcome:
    """What became of a reply: why it was refused, or what its box has said. Raises ``StoreError``."""
    round_ = fetch_round(services, round_id)
    if round_ is None:
        return ReplyOutcome.UNKNOWN_ROUND
    accepted = replies.accept_reply(services, round_, member, draft, receipt, **named)
    return ReplyOutcome(accepted if isinstance(accepted, Refusal) else accepted.result())


def withdraw_reply(services: Services, round_id: RoundId, member: MemberId, receipt: Receipt) -> ReplyOutcome:
    """What became of a reply that its member withdraws. Raises ``StoreError``."""
    round_ = fetch_round(services, round_id)
    if round_ is None:
        return ReplyOutcome.UNKNOWN_ROUND
    return replies.withdraw_reply(services, round_, member, receipt)
