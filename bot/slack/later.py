"""Speaking in channels for verbs that serve a member: it is said after the acknowledgement."""

from collections.abc import Callable
from functools import partial

from slack_sdk import WebClient

from bot.core.model import Round
from bot.ports import ChannelNote
from bot.slack.messenger import SlackMessenger


class LaterMessenger(SlackMessenger):
    """Says later what a verb may have to say: that a round has lost its key."""

    def __init__(self, client: WebClient, later: Callable[[Callable[[], object]], None]) -> None:
        """Hand what is to be said to ``later``, which lets it wait for Slack elsewhere."""
        super().__init__(client)
        self._later = later

    def retire(self, round_: Round) -> None:
        """Take the reply button off, later."""
        self._later(partial(super().retire, round_))

    def tell(self, round_: Round, note: ChannelNote) -> None:
        """Tell a channel what became of its round, later."""
        self._later(partial(super().tell, round_, note))
