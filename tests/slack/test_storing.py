"""Of every form, button and word it is known whether it changes something."""

from typing import Any

import pytest

from bot.slack import commands
from bot.slack.app import FEATURES
from bot.slack.dispatch import Listener
from bot.slack.help.blocks import COMMANDS
from bot.slack.kit import storing
from bot.slack.kit.storing import changes
from bot.slack.schedule.commands import WORDS


class Registered:
    """Takes what the features register."""

    def __init__(self) -> None:
        self.actions: list[str] = []
        self.views: list[str] = []
        self.commands: list[str] = []
        self.events: list[str] = []

    def action(self, action_id: str, _: Listener) -> None:
        self.actions.append(action_id)

    def view(self, callback_id: str, _: Listener) -> None:
        self.views.append(callback_id)

    def command(self, command: str, _: Listener) -> None:
        self.commands.append(command)

    def event(self, event: str, _: Listener) -> None:
        self.events.append(event)


@pytest.fixture(scope="module")
def registered() -> Registered:
    found: Any = Registered()
    for feature in FEATURES:
        feature.register(found)
    return found  # type: ignore[no-any-return]


def test_every_button_and_field_is_in_one_of_the_lists(registered: Registered) -> None:
    assert sorted([*storing.CHANGING_ACTIONS, *storing.READING_ACTIONS]) == sorted(registered.actions)


def test_every_form_is_in_one_of_the_lists(registered: Registered) -> None:
    assert sorted([*storing.CHANGING_FORMS, *storing.READING_FORMS]) == sorted(registered.views)


def test_every_word_of_the_command_is_in_one_of_the_lists(registered: Registered) -> None:
    words = {text.split()[1] for text, _ in COMMANDS}

    assert registered.commands == ["/belonging"]
    assert words >= {*WORDS, *(name.split()[0] for name in commands.RESULTS)}
    assert sorted([*storing.CHANGING_WORDS, *storing.READING_WORDS]) == sorted(words)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"type": "view_submission", "view": {"callback_id": "reply.submit"}}, True),
        ({"type": "view_submission", "view": {"callback_id": "a new one"}}, True),
        ({"type": "view_submission", "view": {"callback_id": "preview.send"}}, False),
        ({"type": "block_actions", "actions": [{"action_id": "quote.remove"}]}, True),
        ({"type": "block_actions", "actions": [{"action_id": "a new one"}]}, True),
        ({"type": "block_actions", "actions": [{"action_id": "reply.open"}]}, False),
        ({"command": "/belonging", "text": "  PAUSE until 5 January"}, True),
        ({"command": "/belonging", "text": "resume"}, True),
        ({"command": "/belonging", "text": "summary cycle"}, False),
        ({"command": "/belonging"}, False),
        ({"type": "event_callback", "event": {"type": "app_home_opened"}}, False),
        ({"type": "a new kind"}, True),
    ],
)
def test_what_is_in_no_list_counts_as_a_change(body: dict[str, Any], expected: object) -> None:
    assert expected == changes(body)
