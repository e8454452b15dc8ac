"""The app is uninstalled: open rounds end without a key, nothing is said, and the program ends by itself."""

from pathlib import Path
from threading import Event
from typing import Any

import pytest

from bot.core.model import ChannelId, RoundState
from bot.errors import StoreError
from tests.cli.program import running
from tests.patience import PATIENCE_S
from tests.world import CHANNEL, World, a_world

GONE = {"type": "app_uninstalled"}
REVOKED = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0BELONG"]}}


def tell(world: World, event: dict[str, Any]) -> None:
    """Let Slack tell the bot this."""

    async def emit() -> None:
        world.server.site.emit(event)

    world.server.run(emit())


def cut_off(world: World, error: str = "account_inactive") -> None:
    """Let Slack refuse the bot's token from now on, whatever it asks."""
    for method in ("auth.test", "chat.postMessage", "chat.update"):
        world.server.fail_next(method, error=error)


def state(world: World) -> list[RoundState]:
    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        return [round_.state for round_ in tx.list_channel_rounds(ChannelId(CHANNEL))]


def ended(world: World) -> Event:
    """Set once the bot asks its program to end."""
    assert world.bot
    done = Event()
    world.bot.on_end = done.set
    return done


def secrets(world: World) -> list[Path]:
    """Keys and ballots of rounds; the key of those who were asked outlives them by some weeks."""
    found = [path for name in ("keys", "ballots") for path in (world.data_dir / name).iterdir()]
    return [path for path in found if path.stem != "audience"]


@pytest.mark.parametrize("event", [GONE, REVOKED], ids=["uninstalled", "revoked"])
def test_open_rounds_are_cancelled_nothing_is_said_and_what_is_stored_stays(
    asked: World, event: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert asked.bot
    asked.reply("U02TOMA", text="It was warm here")
    done, said = ended(asked), len(asked.messages())
    assert len(secrets(asked)) == 3

    cut_off(asked)
    tell(asked, event)

    assert done.wait(PATIENCE_S)
    assert asked.bot.uninstalled
    assert state(asked) == [RoundState.CANCELLED]
    assert secrets(asked) == []
    assert len(asked.messages()) == said
    lines = [record for record in caplog.records if record.getMessage().startswith("the app was uninstalled")]
    assert [record.__dict__["code"] for record in lines] == [event["type"]]


@pytest.mark.parametrize("event", [GONE, REVOKED], ids=["uninstalled", "revoked"])
def test_a_late_event_of_an_app_that_is_back_ends_nothing(asked: World, event: dict[str, Any]) -> None:
    done, before = ended(asked), asked_slack(asked)

    tell(asked, event)

    asked.wait(lambda: asked_slack(asked) > before)
    asked.reply("U02TOMA", text="It was warm here")
    assert not done.is_set()
    assert state(asked) == [RoundState.OPEN]


def test_a_stop_before_slack_has_said_whether_the_app_is_gone_ends_no_round(asked: World) -> None:
    bot = asked.bot
    assert bot
    asked.reply("U02TOMA", text="It was warm here")
    asked.server.fail_next("auth.test", delay_s=30)
    tell(asked, GONE)
    asked.wait(lambda: not asked.server.site.faults)

    bot.patience_s = 0.05
    asked.stop_bot()
    asked.start_bot()

    assert not bot.uninstalled
    assert state(asked) == [RoundState.OPEN]


def test_the_token_of_a_person_is_not_the_bots(asked: World) -> None:
    done, before = ended(asked), asked_slack(asked)

    tell(asked, {"type": "tokens_revoked", "tokens": {"oauth": ["U02TOMA"]}})
    asked.reply("U02TOMA", text="It was warm here")

    assert asked_slack(asked) == before
    assert not done.is_set()
    assert state(asked) == [RoundState.OPEN]


def asked_slack(world: World) -> int:
    """How often the bot has asked whether its token works."""
    return len([call for call in world.workspace.calls if call.method == "auth.test"])


def test_over_http_it_is_the_same(tmp_path: Path) -> None:
    with a_world(tmp_path, http=True) as world:
        world.move(minutes=1)
        done = ended(world)
        cut_off(world)

        tell(world, GONE)

        assert done.wait(PATIENCE_S)
        assert state(world) == [RoundState.CANCELLED]
        assert secrets(world) == []


def test_a_disk_that_cannot_be_written_does_not_keep_the_program_running(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked.bot
    done = ended(asked)

    def refuse(*_: object) -> None:
        raise StoreError

    monkeypatch.setattr("bot.app.bot.end_rounds", refuse)
    cut_off(asked)
    tell(asked, GONE)

    assert done.wait(PATIENCE_S)
    assert asked.bot.uninstalled


def test_the_program_ends_by_itself_with_a_code_of_its_own(world: World, tmp_path: Path) -> None:
    world.stop_bot()
    secrets = world.config().secrets
    tokens = {
        "SLACK_BOT_TOKEN": secrets.bot_token,
        "SLACK_APP_TOKEN": secrets.app_token,
        "SLACK_API_URL": world.server.api_url,
    }
    with running(world.folder, "run", says="connected", environ=tokens) as program:
        cut_off(world, "token_revoked")
        tell(world, GONE)

        assert program.program.wait(PATIENCE_S) == 3
        program.join()

    assert "the app was uninstalled: open rounds are cancelled" in program.said
    assert "belonging purge" in program.said
    assert "stopped" in program.said
    assert "Traceback" not in program.said
