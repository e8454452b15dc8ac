"""The ids under which the features listen."""

from collections import Counter
from typing import cast

from bot.slack.app import FEATURES
from bot.slack.dispatch import Dispatcher


class Listed:
    """A dispatcher that lists what is registered."""

    def __init__(self) -> None:
        self.ids: list[tuple[str, str]] = []

    def action(self, action_id: str, _listener: object) -> None:
        self.ids.append(("action", action_id))

    def view(self, callback_id: str, _listener: object) -> None:
        self.ids.append(("view", callback_id))

    def command(self, command: str, _listener: object) -> None:
        self.ids.append(("command", command))

    def event(self, event: str, _listener: object) -> None:
        self.ids.append(("event", event))


def test_no_id_has_two_listeners() -> None:
    """Bolt calls the first one only."""
    listed = Listed()

    for feature in FEATURES:
        feature.register(cast(Dispatcher, listed))

    assert len(listed.ids) > 30
    assert [] == [one for one, count in Counter(listed.ids).items() if count > 1]
