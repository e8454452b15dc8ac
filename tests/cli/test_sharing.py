"""`belonging schedules check`: schedules whose statements will often rest, as the operator is told."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.demo.clock import AdjustableClock
from bot.demo.server import DemoServer
from bot.demo.site import BOT_TOKEN
from bot.demo.workspace import BOT_USER_ID, demo_workspace
from tests.cli.conftest import Belonging
from tests.cli.program import CONFIG, ROOT
from tests.cli.test_prompts import said
from tests.patience import UNHURRIED

CHANNELS = CONFIG.replace(
    "schedules: []",
    """schedules:
  - {channel: C02PRODUCT, every: 2 weeks, on: [tue], at: "10:00"}
  - {channel: C03RANDOM, every: month, on: last fri, at: "16:00"}
""",
)
OWN_PACK = """id: our-team
title: Our team
dimensions:
  - {key: handover, label: Handing over, side: belonging, asks: "Does it?", anchor: "I know whom to ask."}
prompts:
  - {id: handover-01, dimension: handover, question: "What was it?", items: ["There is time for questions."]}
"""


@pytest.fixture
def slack() -> Iterator[DemoServer]:
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    clock = AdjustableClock(datetime(2026, 11, 24, tzinfo=UTC), real=lambda: 0.0)
    with DemoServer(demo_workspace(), manifest=manifest, clock=clock, deadlines=UNHURRIED) as server:
        server.workspace.channels["C03RANDOM"].members.append(BOT_USER_ID)
        yield server


def found(belonging: Belonging, slack: DemoServer, *options: str) -> Any:
    result = belonging(
        "schedules", "check", "--json", *options, SLACK_BOT_TOKEN=BOT_TOKEN, SLACK_API_URL=slack.api_url
    )
    return json.loads(result.stdout)


@pytest.fixture
def two(folder: Path) -> Path:
    (folder / "config.yaml").write_text(CHANNELS, encoding="utf-8")
    return folder


@pytest.mark.usefixtures("two")
def test_channels_that_share_people_are_a_remark_with_numbers(
    belonging: Belonging, slack: DemoServer
) -> None:
    product, random = found(belonging, slack)

    assert ("C02PRODUCT", "remark") == (product["channel"], product["level"])
    assert (
        "14 of 14 people who can reply are also in channels that may be asked the same (C03RANDOM)"
        in (product["what"])
    )
    assert random["channel"] == "C03RANDOM"
    assert slack.workspace.problems == []


@pytest.mark.usefixtures("two")
def test_channels_that_share_two_people_are_none(belonging: Belonging, slack: DemoServer) -> None:
    del slack.workspace.channels["C03RANDOM"].members[:-3]

    assert found(belonging, slack) == []


@pytest.mark.usefixtures("two")
def test_offline_or_without_a_token_it_says_that_it_did_not_look(
    belonging: Belonging, slack: DemoServer
) -> None:
    assert "was not looked at: Slack was not asked." in said(belonging("schedules", "check", "--offline"))
    assert "was not looked at: that needs SLACK_BOT_TOKEN." in said(belonging("schedules", "check"))
    assert found(belonging, slack, "--offline") == []


@pytest.mark.usefixtures("two")
def test_a_channel_that_slack_does_not_tell_of_is_counted(belonging: Belonging, slack: DemoServer) -> None:
    slack.workspace.channels["C03RANDOM"].members.remove(BOT_USER_ID)
    slack.workspace.channels["C03RANDOM"].private = True

    printed = belonging("schedules", "check", SLACK_BOT_TOKEN=BOT_TOKEN, SLACK_API_URL=slack.api_url)

    assert "Who is in 1 of 2 channels Slack did not say." in said(printed)


@pytest.mark.usefixtures("two")
def test_a_slack_that_is_away_is_said_once(belonging: Belonging) -> None:
    printed = belonging(
        "schedules", "check", SLACK_BOT_TOKEN=BOT_TOKEN, SLACK_API_URL="http://127.0.0.1:9/api/"
    )

    assert "Who is in 2 of 2 channels Slack did not say." in said(printed)


def test_a_schedule_that_asks_more_often_than_its_pack_can_is_a_remark(
    belonging: Belonging, folder: Path
) -> None:
    (folder / "own.yaml").write_text(OWN_PACK, encoding="utf-8")
    schedule = '  - {channel: C02PRODUCT, every: week, on: [tue], at: "10:00", pack: our-team}'
    (folder / "config.yaml").write_text(
        CONFIG.replace("prompts: [", "prompts: [own.yaml, ").replace(
            "schedules: []", f"schedules:\n{schedule}"
        ),
        encoding="utf-8",
    )

    (finding,) = json.loads(belonging("schedules", "check", "--json").stdout)

    assert "remark" == finding["level"]
    assert finding["what"] == (
        "it asks up to 4 times in four weeks, and 'our-team' has statements for one round: in between "
        "the question comes alone, and under 10 people nothing."
    )
