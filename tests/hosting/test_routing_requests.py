"""A request is for the workspace that it names, or for none."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosted_world import NORTH, HostedWorld, hosted_world, signed, twin
from tests.world import START

USER = "U02TOMA"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostedWorld]:
    """One workspace that has the bot, with the host running."""
    with hosted_world(Path(tmp_path_factory.mktemp("routing")), twin(NORTH)) as world:
        world.start()
        assert world.install(NORTH).status == 200
        world.move(seconds=1)
        yield world


@pytest.fixture(autouse=True)
def _all_lines(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bot")


def event(team: str, kind: str = "app_home_opened") -> bytes:
    body = {
        "type": "event_callback",
        "team_id": team,
        "event_id": "Ev1",
        "event": {"type": kind, "user": USER, "tab": "home"},
        "authorizations": [{"team_id": team, "enterprise_id": None, "is_bot": True}],
    }
    return json.dumps(body).encode()


def command(team: str) -> bytes:
    return f"command=%2Fbelonging&text=help&team_id={team}&user_id={USER}&channel_id=C02PRODUCT".encode()


FORM = "application/x-www-form-urlencoded"


def test_one_from_a_workspace_without_the_bot_gets_404_and_no_log_line(
    world: HostedWorld, caplog: pytest.LogCaptureFixture
) -> None:
    for team in ("T0NOWHERE", "", "../x", "T0NORTH/../x"):
        assert world.send(event(team)) == 404
        assert world.send(command(team), FORM) == 404
    assert [one.msg for one in caplog.records if one.name.startswith("bot")] == []


def test_one_that_slack_did_not_sign_gets_401_whatever_it_says(
    world: HostedWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world.move(minutes=2)  # it is logged once a minute at most
    assert world.send(event(NORTH), **{"X-Slack-Signature": "v0=00"}) == 401
    assert world.send(event("T0NOWHERE"), **{"X-Slack-Signature": "v0=00"}) == 401
    assert world.send(b"", **{"X-Slack-Request-Timestamp": "soon"}) == 401
    changed = signed(world.server.signing_secret, int(world.clock.now().timestamp()), event("T0OTHER"))
    assert world.send(event(NORTH), **changed) == 401
    assert {one.msg for one in caplog.records if one.name.startswith("bot")} == {"request not signed"}


def test_one_that_was_signed_before_the_start_or_long_ago_is_refused(world: HostedWorld) -> None:
    started_s, now_s = int(START.timestamp()), int(world.clock.now().timestamp())
    for signed_s in (started_s - 1, now_s - 600):
        headers = signed(world.server.signing_secret, signed_s, event(NORTH))
        assert world.send(event(NORTH), **headers) == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"text"',
        b"{}",
        b'{"type": "block_actions", "actions": [{}], "team": 7, "user": []}',
        b'{"type": "event_callback", "team_id": "T0NORTH", "event": []}',
        b'{"type": "event_callback", "team_id": "T0NORTH", "event": {"type": 7}}',
        b'{"type": "block_actions", "team": {"id": "T0NORTH"}, "actions": []}',
        b'{"type": "view_submission", "team": {"id": "T0NORTH"}, "view": []}',
        b"[" * 5000,
    ],
    ids=["none", "list", "text", "empty", "no ids", "no event", "no type", "no action", "no view", "deep"],
)
def test_one_that_slack_never_sends_gets_400(world: HostedWorld, body: bytes) -> None:
    assert world.send(body) == 400


def test_slack_may_try_the_address_before_anybody_has_the_bot(world: HostedWorld) -> None:
    assert world.send(b'{"type": "url_verification", "challenge": "abc", "token": "x"}') == 200
    assert world.send(b"ssl_check=1&token=x", FORM) == 200


def test_one_from_a_workspace_with_the_bot_is_answered(world: HostedWorld) -> None:
    assert world.send(event(NORTH)) == 200
    assert world.send(command(NORTH), FORM) == 200
