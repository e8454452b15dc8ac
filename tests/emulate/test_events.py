"""Events that emulate signs, at the door of the bot and all the way through it.

The bot has the real clock here, since emulate signs with the time of this machine.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from slack_sdk import WebClient

from bot.app import build, system_clock
from bot.config import Config, load_config
from tests.emulate.server import ADMIN, ADMIN_TOKEN, BOT_TOKEN, BOT_USER, GENERAL, SIGNING_SECRET, Emulate
from tests.fakes.prover import FakeProver
from tests.held_port import held_port

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
slack: {{mode: http, http: {{host: 127.0.0.1, port: {port}}}}}
prompts: [{prompts}]
support: {{contact: "People team, people@example.org", crisis: "112", checked: 2026-11-01}}
defaults: {{timezone: Europe/Berlin, holidays: none}}
schedules: []
"""


@pytest.fixture
def port(slack: Emulate) -> Iterator[int]:
    """Where the bot listens, and whither emulate sends its events."""
    with held_port() as port:
        slack.send_events_to(f"http://127.0.0.1:{port}/slack/events")
        yield port


def config_of(slack: Emulate, port: int, folder: Path, signing_secret: str = SIGNING_SECRET) -> Config:
    (folder / "config.yaml").write_text(CONFIG.format(port=port, prompts=ROOT / "prompts"), encoding="utf-8")
    environ = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": signing_secret,
        "SLACK_API_URL": slack.api_url,
    }
    return load_config(folder / "config.yaml", environ)


def answers_to_an_invitation(slack: Emulate, config: Config) -> list[int]:
    """Start the bot, invite it to a channel, and return what it answered to the event."""
    bot = build(config, system_clock, prover=FakeProver())
    bot.start()
    try:
        WebClient(ADMIN_TOKEN, slack.api_url).conversations_invite(channel=GENERAL, users=BOT_USER)
        event = slack.wait_for_event("member_joined_channel")
        assert (BOT_USER, GENERAL, ADMIN) == tuple(
            event["event"][key] for key in ("user", "channel", "inviter")
        )
        if event["statuses"] == [200]:
            slack.wait_for_event("message")
        return event["statuses"]
    finally:
        bot.stop()


def test_whoever_invites_the_bot_reads_its_introduction(slack: Emulate, port: int, tmp_path: Path) -> None:
    assert [200] == answers_to_an_invitation(slack, config_of(slack, port, tmp_path))

    (post,) = WebClient(ADMIN_TOKEN, slack.api_url).conversations_history(channel=GENERAL)["messages"]
    assert BOT_USER == post["user"]


def test_an_event_signed_with_another_secret_changes_nothing(
    slack: Emulate, port: int, tmp_path: Path
) -> None:
    config = config_of(slack, port, tmp_path, signing_secret="f" * 32)

    assert [401] == answers_to_an_invitation(slack, config)
    assert [] == WebClient(ADMIN_TOKEN, slack.api_url).conversations_history(channel=GENERAL)["messages"]
