"""What a failed call to Slack means: final, passing or uncertain, for each word that Slack documents."""

import errno
import io
import json
import socket
from email.message import Message
from http.client import BadStatusLine, IncompleteRead, RemoteDisconnected
from typing import Any
from urllib.error import HTTPError, URLError

import pytest
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import LockedOutError, SlackError, SlackUnavailableError, UncertainError
from bot.slack.client.errors import FINAL, LOCKED_OUT, UNCERTAIN, error_of
from tests.slack_spec import ABSENT, CALLED, SPEC

PASSING = {
    "external_channel_migrating",
    "fetch_members_failed",
    "message_limit_exceeded",
    "rate_limited",
    "streaming_state_conflict",
    "update_failed",
}
"""Documented reasons that pass after a while."""


class Answer:
    """What the SDK hands on of an answer."""

    def __init__(self, data: Any, status: int = 200, headers: dict[str, Any] | None = None) -> None:
        self.data, self.status_code, self.headers = data, status, headers or {}


def refused(word: str, status: int = 200, **headers: Any) -> SlackError:
    return error_of(SlackApiError("", Answer({"ok": False, "error": word}, status, headers)))


@pytest.mark.skipif(not SPEC.is_dir(), reason=ABSENT)
@pytest.mark.parametrize("method", sorted({*CALLED, "oauth.v2.access"}))
def test_every_word_that_slack_documents_has_a_meaning(method: str) -> None:
    documented = set(json.loads((SPEC / "methods" / f"{method}.json").read_text(encoding="utf-8"))["errors"])

    assert set() == documented - FINAL - PASSING - LOCKED_OUT - UNCERTAIN


def test_no_word_has_two_meanings() -> None:
    every = [*FINAL, *PASSING, *LOCKED_OUT, *UNCERTAIN]

    assert len(every) == len(set(every))


@pytest.mark.parametrize("word", sorted(FINAL))
def test_what_only_a_change_can_help_is_final(word: str) -> None:
    assert type(refused(word)) is SlackError


@pytest.mark.parametrize(
    "word",
    [
        *sorted(PASSING),
        "team_added_to_org",
        "org_login_required",
        "service_unavailable",
        "a_new_word",
    ],
)
def test_everything_else_is_passing(word: str) -> None:
    found = refused(word)

    assert (SlackUnavailableError, word) == (type(found), found.reason)


@pytest.mark.parametrize("word", sorted(UNCERTAIN))
def test_what_slack_may_have_done_before_it_failed_is_uncertain(word: str) -> None:
    assert isinstance(refused(word), UncertainError)


@pytest.mark.parametrize("word", sorted(LOCKED_OUT))
def test_a_token_that_is_worth_nothing_refuses_nothing(word: str) -> None:
    assert isinstance(refused(word), LockedOutError)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("word", ["service_unavailable", "<html>Bad gateway</html>"])
def test_an_error_of_the_server_is_uncertain(status: int, word: str) -> None:
    assert isinstance(refused(word, status), UncertainError)


@pytest.mark.parametrize(
    ("headers", "pause_s"),
    [
        ({"Retry-After": "30"}, 30),
        ({"retry-after": ["7"]}, 7),
        ({}, 1),
        ({"Retry-After": "soon"}, 1),
        ({"Retry-After": []}, 1),
    ],
)
@pytest.mark.parametrize("data", [{"ok": False, "error": "ratelimited"}, "Too many", b""])
def test_a_pause_that_slack_asks_for_is_passing_and_its_length_known(
    headers: dict[str, Any], pause_s: float, data: Any
) -> None:
    found = error_of(SlackApiError("", Answer(data, 429, headers)))

    assert isinstance(found, SlackUnavailableError)
    assert not isinstance(found, UncertainError)
    assert ("ratelimited", pause_s) == (found.reason, found.retry_after_s)


@pytest.mark.parametrize("data", ["not JSON", b"\x00", [], None, {"ok": False}, {"error": "two words"}])
def test_an_answer_that_is_none_of_slacks_is_uncertain_and_not_quoted(data: Any) -> None:
    found = error_of(SlackApiError("", Answer(data)))

    assert isinstance(found, UncertainError)
    assert found.reason == "malformed_response"
    assert "two words" not in str(found)


@pytest.mark.parametrize(
    "error",
    [
        URLError(ConnectionRefusedError(errno.ECONNREFUSED, "refused")),
        URLError(TimeoutError("timed out")),
        URLError(socket.gaierror(socket.EAI_NONAME, "no such host")),
        ConnectionRefusedError(errno.ECONNREFUSED, "refused"),
        socket.gaierror(socket.EAI_NONAME, "no such host"),
        OSError(errno.ENETUNREACH, "no network"),
    ],
)
def test_what_was_never_sent_is_passing(error: Exception) -> None:
    found = error_of(error)

    assert (SlackUnavailableError, "no_connection") == (type(found), found.reason)


def test_a_connection_that_aiohttp_could_not_make_is_passing() -> None:
    class ClientConnectorError(OSError):
        os_error = ConnectionRefusedError(errno.ECONNREFUSED, "refused")

    assert type(error_of(ClientConnectorError())) is SlackUnavailableError


@pytest.mark.parametrize(
    "error",
    [
        TimeoutError("timed out"),
        RemoteDisconnected("closed"),
        ConnectionResetError(errno.ECONNRESET, "reset"),
        BrokenPipeError(errno.EPIPE, "pipe"),
        IncompleteRead(b"half"),
        BadStatusLine("nonsense"),
        SlackClientError("?"),
        ValueError("no JSON"),
        AttributeError("no object"),
        HTTPError("https://slack.com", 502, "Bad gateway", Message(), io.BytesIO()),
    ],
)
def test_what_was_sent_and_not_answered_is_uncertain(error: Exception) -> None:
    assert isinstance(error_of(error), UncertainError)
