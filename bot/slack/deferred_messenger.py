"""Speaking in channels for verbs that serve a member: the timer does it, as soon as they are done."""

from collections.abc import Callable

from slack_sdk import WebClient

from bot.core.model import Round
from bot.service.posting import PutOffError
from bot.slack.messenger import SlackMessenger


class DeferredMessenger(SlackMessenger):
    """Puts off what a verb may have to say: that a round has lost its key. It is owed until it is said."""

    def __init__(self, client: WebClient, ring: Callable[[], None]) -> None:
        """Have the timer rung by ``ring``, after the verb."""
        super().__init__(client)
        self._ring = ring

    def retire(self, round_: Round) -> None:
        """Leave the button: whoever tells what became of the round takes it off."""

    def tell(self, *_: object) -> None:
        """Put it off. Raises ``PutOffError``."""
        self._ring()
        raise PutOffError
