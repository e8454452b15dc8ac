"""Stand in for Slack while it cannot be asked."""

from collections.abc import Callable
from typing import Any

from bot.errors import SlackUnavailableError


class UnreachableSlack:
    """Stands in for the Slack services while Slack cannot be reached. Every call raises an error."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return a function that raises ``SlackUnavailableError``."""

        def refuse(*_: object, **__: object) -> Any:
            raise SlackUnavailableError("no_connection", "Slack could not be reached.")

        return refuse
