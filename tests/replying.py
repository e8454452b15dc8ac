"""A reply for tests that wait until it is stored."""

from typing import Any

from bot.service import replies
from bot.service.replies import Refusal, ReplyOutcome


def accept_reply(*arguments: Any, **named: Any) -> ReplyOutcome:
    """What became of a reply: why it was refused, or what its box has said. Raises ``StoreError``."""
    accepted = replies.accept_reply(*arguments, **named)
    return ReplyOutcome(accepted if isinstance(accepted, Refusal) else accepted.result())
