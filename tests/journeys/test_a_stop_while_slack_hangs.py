"""The bot stops while Slack hangs: at once, with what it took answered and what it acknowledged kept."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.patience import PATIENCE_S
from tests.world import World, a_world, stored_replies, text_of

LONG_S = 30
"""So long that no test would end before it, were it waited for."""

MODES = pytest.mark.parametrize("mode", ["socket", "http"])


@pytest.fixture
def world(tmp_path: Path, mode: str) -> Iterator[World]:
    """The demo team, a minute before the first question."""
    with a_world(tmp_path, http=mode == "http") as world:
        yield world


def announcements(world: World) -> int:
    return sum("reply.open" in str(message.blocks) for message in world.messages())


def stop(world: World) -> None:
    """Stop the bot with hardly any patience; fails where it takes as long as Slack does."""
    assert world.bot
    world.bot.patience_s = 0.05
    stopping = Thread(target=world.stop_bot, daemon=True)
    stopping.start()
    stopping.join(5)
    assert not stopping.is_alive()


def hang(world: World, method: str) -> None:
    """The next call of this method takes longer than any test."""
    world.server.fail_next(method, delay_s=LONG_S)


def hanging(world: World) -> None:
    """Return when the call that hangs has been made."""
    world.wait(lambda: not world.server.site.faults)


@MODES
def test_a_stop_does_not_wait_for_a_form_that_hangs_and_keeps_what_was_acknowledged(asked: World) -> None:
    asked.reply("U03INGR", answers=["4"])
    asked.close_modals("U03INGR")
    hang(asked, "views.open")
    asked.press("U02TOMA", "reply.open", asked.announcement())
    hanging(asked)

    stop(asked)
    asked.start_bot()

    assert "already replied" in text_of(asked.open_form("U03INGR").body["blocks"])
    assert 1 == stored_replies(asked)


@MODES
def test_a_stop_answers_a_click_for_which_slack_is_being_asked(asked: World) -> None:
    asked.move(minutes=11)
    hang(asked, "conversations.members")
    clicks: list[Any] = []
    click = Thread(target=lambda: clicks.append(asked.press("U02TOMA", "reply.open", asked.announcement())))
    click.start()
    hanging(asked)

    stop(asked)
    click.join(PATIENCE_S)

    assert [{"ok": True}] == clicks


@MODES
def test_a_stop_does_not_wait_for_a_post_that_hangs_and_the_next_start_makes_it(world: World) -> None:
    hang(world, "chat.postMessage")
    due = Thread(target=lambda: world.move(minutes=1))
    due.start()
    hanging(world)

    stop(world)
    due.join(PATIENCE_S)
    assert 0 == announcements(world)
    world.start_bot()

    assert 1 == announcements(world)
