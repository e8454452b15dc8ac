"""An operator removes a channel, or everything: the channel is told, keys go first, and nothing is left."""

from pathlib import Path

import pytest

from bot.cli.purge import purge_all, purge_channels
from bot.core.model import ChannelId
from bot.errors import AlreadyRunningError
from bot.ports import FiringOutcome
from tests.journeys.test_the_app_is_uninstalled import secrets
from tests.world import CHANNEL, World, text_of

WORDS = "It was warm on Monday"


def raw(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_channel_with_an_open_round_is_told_and_then_forgotten(asked: World) -> None:
    for user in asked.everyone()[:6]:
        asked.reply(user, text=WORDS, answers=["4"])
        asked.close_modals(user)
    late = asked.everyone()[6]
    form = asked.open_form(late)
    asked.stop_bot()

    purge_channels(asked.config(), [CHANNEL], sure=True, clock=asked.clock.now)

    announcement, note = asked.messages()
    assert "reply.open" not in str(announcement.blocks)
    assert "cancelled" in note.text
    assert secrets(asked) == []
    assert CHANNEL.encode() not in raw(asked.data_dir)

    asked.start_bot()
    asked.submit(late, form, text=WORDS)
    shown = asked.workspace.stack(late)[-1].body["blocks"]
    assert "The bot does not know this question any more." in text_of(shown)
    assert secrets(asked) == []


def test_the_configured_schedule_begins_anew_and_asks_nothing_for_the_past(asked: World) -> None:
    asked.stop_bot()
    purge_channels(asked.config(), [CHANNEL], sure=True, clock=asked.clock.now)
    said = len(asked.messages())

    bot = asked.start_bot()
    asked.move(minutes=5)

    assert len(asked.messages()) == said
    asked.move(days=7)
    with bot.services.store.transaction("test") as tx:
        (schedule,) = tx.list_schedules()
        assert [one.number for one in tx.list_channel_rounds(ChannelId(CHANNEL))] == [1]
        assert tx.fetch_last_firing_with(schedule.id, FiringOutcome.OPENED)


def test_everything_goes_and_channels_with_an_open_round_are_told(asked: World) -> None:
    asked.reply("U02TOMA", text=WORDS)
    asked.close_modals("U02TOMA")
    asked.stop_bot()

    purge_all(asked.config(), sure=True)

    assert not asked.data_dir.exists()
    assert "cancelled" in asked.messages()[-1].text
    asked.start_bot()
    asked.move(minutes=5)
    assert secrets(asked) == []


def test_a_slack_that_refuses_does_not_keep_the_data(asked: World) -> None:
    asked.stop_bot()
    for method in ("chat.update", "chat.postMessage"):
        asked.server.fail_next(method, error="account_inactive")

    purge_all(asked.config(), sure=True)

    assert not asked.data_dir.exists()


def test_a_running_bot_is_not_touched(asked: World) -> None:
    with pytest.raises(AlreadyRunningError):
        purge_all(asked.config(), sure=True)

    assert len(secrets(asked)) == 3
    assert asked.reply("U02TOMA", text=WORDS)
