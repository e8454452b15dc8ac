"""The journey over signed requests: from the question to the summary, and what is refused at the door."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bot.app import build
from bot.demo.request_url import RequestUrl
from bot.errors import BotError, ConfigError
from bot.slack.transport.http_server import MOST_BYTES
from tests.world import World, a_world, text_of

STALE_S = 301


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A bot in HTTP mode whose first question is in the channel."""
    with a_world(tmp_path, http=True) as world:
        world.move(minutes=1)
        yield world


def door(world: World) -> httpx.Client:
    """A stranger on the network, in front of the bot."""
    return httpx.Client(base_url=world.server.request_url.removesuffix("/slack/events"))


def test_from_the_question_to_the_summary(world: World) -> None:
    people = [world.member(handle).id for handle in ("maya", "tomas", "ingrid", "kwame", "yuki", "ruth")]
    for user in people:
        world.reply(user, text="something only I know")

    world.move(days=3)

    assert "6 of 14 replied, without names" in text_of(world.messages()[-1].blocks)
    assert world.workspace.problems == []


def test_commands_and_the_home_tab_are_answered(world: World) -> None:
    user = world.member("maya").id
    world.answer(user, "/belonging summary")
    assert "A question is open" in world.told(user)[-1].text
    assert "Open now" in str(world.open_home(user).body)


def test_a_submission_that_slack_sends_twice_is_stored_once(world: World) -> None:
    user = world.member("maya").id
    form = world.open_form(user)
    world.server.redeliver_next()
    assert world.submit(user, form, text="said once")["ok"]
    for handle in ("tomas", "ingrid", "kwame", "yuki"):
        world.reply(world.member(handle).id, text="said once, too")

    world.move(days=3)

    assert "5 of 14 replied, without names" in text_of(world.messages()[-1].blocks)


def test_the_bot_says_that_it_lives_and_that_it_is_ready(world: World) -> None:
    with door(world) as stranger:
        assert (200, "ok") == _answer(stranger.get("/healthz"))
        assert (200, "ready") == _answer(stranger.get("/readyz"))
        assert 404 == stranger.get("/").status_code
        assert 405 == stranger.get("/slack/events").status_code


def test_what_slack_has_not_signed_is_refused(world: World) -> None:
    body = b'{"type": "url_verification", "challenge": "who goes there"}'
    signed = RequestUrl(world.server.site).signature(body)
    forged = signed | {"X-Slack-Signature": f"v0={'0' * 64}"}
    with door(world) as stranger:
        for headers in ({}, forged, {"X-Slack-Signature": signed["X-Slack-Signature"]}):
            assert (401, "not signed") == _answer(
                stranger.post("/slack/events", content=body, headers=headers)
            )
        changed = stranger.post("/slack/events", content=body + b" ", headers=signed)
        assert (401, "not signed") == _answer(changed)
        nonsense = stranger.post(
            "/slack/events", content=body, headers=signed | {"X-Slack-Request-Timestamp": "soon"}
        )
        assert (401, "not signed") == _answer(nonsense)


def test_a_flood_of_unsigned_requests_is_one_line_a_minute(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with door(world) as stranger:
        for minutes in (0, 0, 0, 1):
            world.move(minutes=minutes)
            assert 401 == stranger.post("/slack/events", content=b"{}").status_code

    lines = [one for one in caplog.records if one.message == "request not signed"]
    assert [None, 3] == [one.__dict__.get("count") for one in lines]


@pytest.mark.parametrize("late_s", [-STALE_S, STALE_S])
def test_a_request_of_another_time_is_refused(world: World, late_s: int) -> None:
    """Whoever has listened in cannot send it again later."""
    body, site = b"{}", world.server.site
    site.signs_late_s = late_s
    headers = RequestUrl(site).signature(body)

    with door(world) as stranger:
        assert 401 == stranger.post("/slack/events", content=body, headers=headers).status_code


def test_what_is_longer_than_anything_of_slacks_is_not_read(world: World) -> None:
    body = b"x" * (MOST_BYTES + 1)
    with door(world) as stranger:
        headers = RequestUrl(world.server.site).signature(body)
        assert (413, "too large") == _answer(stranger.post("/slack/events", content=body, headers=headers))


def test_what_is_signed_and_makes_no_sense_does_no_harm(world: World) -> None:
    with door(world) as stranger:
        for body in (b"", b"{}", b"[1]", b"\xff\xfe", b"payload=%7B%7D", b"payload=nonsense"):
            headers = RequestUrl(world.server.site).signature(body)
            assert stranger.post("/slack/events", content=body, headers=headers).status_code < 600
        assert (200, "ok") == _answer(stranger.get("/healthz"))
    world.answer(world.member("maya").id, "/belonging summary")
    assert "A question is open" in world.told(world.member("maya").id)[-1].text


def test_slack_is_answered_when_it_tries_the_url(world: World) -> None:
    body = b'{"type": "url_verification", "token": "x", "challenge": "a word of Slack"}'
    headers = RequestUrl(world.server.site).signature(body) | {"Content-Type": "application/json"}
    with door(world) as slack:
        assert "a word of Slack" in slack.post("/slack/events", content=body, headers=headers).text


def test_a_port_that_is_taken_is_told_and_everything_is_let_go(world: World) -> None:
    port = world.server.request_url.split(":")[2].split("/")[0]
    other = world.folder / "other"
    other.mkdir()
    text = (world.folder / "config.yaml").read_text(encoding="utf-8")
    (other / "config.yaml").write_text(text, encoding="utf-8")
    bot = build(world.config_in(other), world.clock.now)
    try:
        with pytest.raises(BotError, match=f"127.0.0.1:{port} cannot be listened on"):
            bot.start()
    finally:
        bot.stop()


def test_without_a_signing_secret_it_does_not_start(world: World) -> None:
    config = world.config_in(world.folder)
    for secret in ("", "too short", "G" * 32):
        secrets = replace(config.secrets, signing_secret=secret)
        with pytest.raises(ConfigError, match="SLACK_SIGNING_SECRET"):
            build(replace(config, secrets=secrets), world.clock.now)


def test_after_a_stop_nothing_listens(world: World) -> None:
    world.stop_bot()
    with door(world) as stranger, pytest.raises(httpx.ConnectError):
        stranger.get("/healthz")


def _answer(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.text
