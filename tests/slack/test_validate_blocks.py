"""``make validate-blocks`` against the strict local Slack, and against servers that misbehave."""

import json

import pytest
from slack_sdk import WebClient

from bot.demo.server import DemoServer
from scripts import validate_blocks
from scripts.validate_blocks import client_of, main, payloads_of
from tests.held_port import held_port
from tests.slack.conftest import Misbehaving
from tests.slack.said import EVERYTHING, Said, message, view

BLANK = message("", [{"type": "section", "text": {"type": "plain_text", "text": ""}}])
NO_TITLE = view({"type": "modal", "blocks": [{"type": "divider"}]})
FINE = message("Fine", [{"type": "divider"}])


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> dict[str, Said]:
    """What the bot says, as a test wants it."""
    words: dict[str, Said] = {}
    monkeypatch.setattr(validate_blocks, "EVERYTHING", words)
    return words


def test_everything_that_the_bot_says_is_asked_about_and_accepted(
    slack: DemoServer, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [name for name, one in EVERYTHING.items() if one.view or one.blocks]

    assert 0 == main([slack.api_url])
    assert len(asked) == sum(call.method == "blocks.validate" for call in slack.workspace.calls)
    assert f"{len(asked)} messages and views asked about, none refused" in capsys.readouterr().out


def test_what_is_refused_is_named_with_every_reason_and_its_place(
    slack: DemoServer, said: dict[str, Said], capsys: pytest.CaptureFixture[str]
) -> None:
    said |= {"a blank": BLANK, "fine": FINE, "no title": NO_TITLE}

    assert 1 == main([slack.api_url])
    out = capsys.readouterr().out
    assert "a blank: /blocks/0/text/text: " in out
    assert "no title: /: missing required field: title" in out
    assert "fine:" not in out
    assert "3 messages and views asked about, 2 refused" in out


def test_without_internet_one_sentence_says_so(
    said: dict[str, Said], capsys: pytest.CaptureFixture[str]
) -> None:
    said |= {"a": FINE, "b": FINE}
    with held_port() as port:
        assert 2 == main([f"http://127.0.0.1:{port}/api/"])

    out = capsys.readouterr().out
    assert 1 == len(out.splitlines())
    assert "needs the internet" in out


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>Sign in to this network</html>"),
        (502, b"bad gateway"),
        (200, b'{"ok": false, "error": "invalid_arguments"}'),
        (200, b'{"ok": false, "error": "unknown_method"}'),
        (1, b"no HTTP at all\r\n\r\n"),
    ],
)
def test_an_answer_that_is_not_about_the_blocks_refuses_nothing(
    misbehaving: Misbehaving,
    said: dict[str, Said],
    capsys: pytest.CaptureFixture[str],
    status: int,
    body: bytes,
) -> None:
    said["fine"] = FINE
    misbehaving.answers = [(status, body)]

    assert 2 == main([misbehaving.url])
    assert 1 == len(capsys.readouterr().out.splitlines())


def test_a_rate_limit_is_waited_for(
    misbehaving: Misbehaving, said: dict[str, Said], waits: list[float]
) -> None:
    said["fine"] = FINE
    misbehaving.answers = [(429, b'{"ok": false, "error": "ratelimited"}'), (200, b'{"ok": true}')]

    assert 0 == main([misbehaving.url])
    assert 1 == len(waits)


def test_a_refusal_without_reasons_is_named_too(
    misbehaving: Misbehaving, said: dict[str, Said], capsys: pytest.CaptureFixture[str]
) -> None:
    said["fine"] = FINE
    misbehaving.answers = [(200, b'{"ok": false, "error": "invalid_message"}')]

    assert 1 == main([misbehaving.url])
    assert "fine: /: invalid_message" in capsys.readouterr().out


def test_slack_itself_is_asked_without_a_token() -> None:
    client = client_of()

    assert (WebClient.BASE_URL, None) == (client.base_url, client.token)


def test_nothing_is_longer_than_what_slack_checks() -> None:
    payloads = payloads_of(EVERYTHING)

    assert [] == [one.name for one in payloads if len(one.as_text()) > 100_000]
    assert all(json.loads(one.as_text()) == one.body for one in payloads)
