"""Emulate installs the bot in a workspace through the pages of a host, and then sends it events."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from slack_sdk import WebClient

from bot.app import system_clock
from bot.app.host import Host
from bot.app.hosting import build_host
from bot.config import load_config, read_workspace_file
from bot.demo.install_flow import Browser, Page
from tests.emulate.authorize import allow
from tests.emulate.conftest import Serve
from tests.emulate.server import (
    ADMIN,
    ADMIN_TOKEN,
    BOT_USER,
    CLIENT_ID,
    CLIENT_SECRET,
    GENERAL,
    SIGNING_SECRET,
    TEAM,
    Emulate,
)
from tests.fakes.prover import FakeProver
from tests.held_port import held_port
from tests.hosted_world import HOST_CONFIG, TOKEN_KEY
from tests.world import ROOT


@pytest.fixture
def port() -> Iterator[int]:
    """Where the host listens."""
    with held_port() as port:
        yield port


@pytest.fixture
def slack(serve: Serve, port: int) -> Emulate:
    """One that knows the pages of the host."""
    return serve(f"http://127.0.0.1:{port}/slack/oauth_redirect")


@pytest.fixture
def host(slack: Emulate, port: int, tmp_path: Path) -> Iterator[Host]:
    """A host in which nobody has installed the bot; it has the real clock, as emulate has."""
    text = HOST_CONFIG.format(port=port, prompts=ROOT / "prompts")
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    environ = {
        "SLACK_CLIENT_ID": CLIENT_ID,
        "SLACK_CLIENT_SECRET": CLIENT_SECRET,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": slack.api_url,
        "BELONGING_TOKEN_KEYS": TOKEN_KEY,
    }
    host = build_host(load_config(tmp_path / "config.yaml", environ), system_clock, prover=FakeProver())
    try:
        host.start()
    except BaseException:
        host.release()
        raise
    yield host
    host.stop()


def install(port: int) -> Page:
    """Walk from the page of the host over that of emulate and back."""
    browser = Browser(base=f"http://127.0.0.1:{port}")
    asked = browser.ask("/slack/install?start=1")
    assert asked.status == 302, asked.text
    address, query = asyncio.run(allow(asked.location))
    path = address.removeprefix(browser.base)
    return browser.ask(f"{path}?{urlencode(query)}")


def invite(slack: Emulate) -> list[int]:
    """Let the admin invite the bot; return what was answered to the event."""
    WebClient(ADMIN_TOKEN, slack.api_url).conversations_invite(channel=GENERAL, users=BOT_USER)
    event = slack.wait_for_event("member_joined_channel")
    assert (BOT_USER, ADMIN) == (event["event"]["user"], event["event"]["inviter"])
    statuses: list[int] = event["statuses"]
    return statuses


def test_whoever_installs_it_and_invites_it_reads_its_introduction(
    slack: Emulate, host: Host, port: int, tmp_path: Path
) -> None:
    slack.send_events_to(f"http://127.0.0.1:{port}/slack/events")

    page = install(port)

    assert (200, True) == (page.status, "/invite" in page.text)
    facts = read_workspace_file(tmp_path / "data" / "cells" / TEAM)
    assert facts
    assert [TEAM] == [one.id for one in facts.workspaces]
    assert "1 of 1 workspaces served" == host.readiness()

    assert [200] == invite(slack)
    slack.wait_for_event("message")
    (post,) = WebClient(ADMIN_TOKEN, slack.api_url).conversations_history(channel=GENERAL)["messages"]
    assert BOT_USER == post["user"]


def test_an_event_before_anybody_has_installed_it_is_for_nobody(
    slack: Emulate, host: Host, port: int
) -> None:
    slack.send_events_to(f"http://127.0.0.1:{port}/slack/events")

    assert [404] == invite(slack)
    assert "0 of 0 workspaces served" == host.readiness()
    assert [] == WebClient(ADMIN_TOKEN, slack.api_url).conversations_history(channel=GENERAL)["messages"]
