"""What admins are told about resting statements tells nothing of another channel: name, size or existence."""

import json
import re
from pathlib import Path

import pytest

from bot.demo.workspace import BOT_USER_ID, demo_workspace
from bot.slack.schedule.form_blocks import SHARING
from tests.journeys.test_an_admin_sets_a_schedule import BARE, change, more, new_form
from tests.world import a_world, in_english

pytestmark = pytest.mark.attack

HIDDEN = "C03RANDOM"
ELSEWHERE = (
    BARE + 'schedules:\n  - {{channel: C03RANDOM, every: week, on: [tue], at: "10:00", pack: belonging}}\n'
)


def form_of(folder: Path, config: str, members: int) -> str:
    """The schedule form of another channel, after this was asked in a private one with so many members."""
    folder.mkdir()
    workspace = in_english(demo_workspace())
    hidden = workspace.channels[HIDDEN]
    hidden.private = True
    hidden.members = [*hidden.members[:members], BOT_USER_ID]
    with a_world(folder, workspace, config=config) as world:
        world.move(minutes=1)
        assert bool(world.messages(HIDDEN)) is (config is ELSEWHERE)
        form = new_form(world)
        first = json.dumps(form.body["blocks"], sort_keys=True)
        change(world, form, "rhythm", "1")
        second = json.dumps(more(world, form).body["blocks"], sort_keys=True)
        return re.sub(r'"b[0-9A-Z]{8}"', '"counted by Slack"', first + second)


def test_the_form_is_the_same_whatever_was_asked_of_the_same_people_elsewhere(tmp_path: Path) -> None:
    forms = {
        form_of(tmp_path / "nothing", BARE, 14),
        form_of(tmp_path / "everybody", ELSEWHERE, 14),
        form_of(tmp_path / "some", ELSEWHERE, 8),
    }

    assert len(forms) == 1
    assert SHARING in forms.pop()
