"""Who the bot is, for Bolt: known since the start, so that Slack is not asked with every request."""

from typing import Any

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize


class OneWorkspace(AsyncAuthorize):
    """Every request comes from the workspace to which the bot token belongs."""

    def __init__(self, identity: AuthorizeResult) -> None:
        """Let this be who the bot is."""
        self._identity = identity

    async def __call__(self, **_: Any) -> AuthorizeResult:
        """Return who the bot is."""
        return self._identity
