"""Calls to Slack: its refusals in our words, its pauses kept, and nothing of a payload in an error."""

import ssl
import threading
from collections.abc import Callable

import pytest
from slack_sdk import WebClient

from bot.demo.server import DemoServer
from bot.errors import (
    RateLimitedError,
    SlackError,
    SlackUnavailableError,
    StoppingError,
    UncertainError,
)
from bot.slack.client.calls import call, web_client
from bot.slack.client.errors import is_unreachable
from bot.slack.client.proxies import route_to
from bot.slack.client.rate_limits import RETRIES, RateLimiter, limited
from bot.slack.startup import check_app_token, check_bot_token
from tests.fakes.seconds import Seconds
from tests.patience import PATIENCE_S
from tests.slack.conftest import TRICKLING, Misbehaving
from tests.slack.samples import OPENED

SECRET = "what nobody may read in a log"


def test_a_call_gives_what_slack_answers(client: WebClient) -> None:
    assert call(client.auth_test)["team_id"] == "T0HARBOUR"


def test_a_refusal_keeps_slacks_own_reason(client: WebClient) -> None:
    with pytest.raises(SlackError) as error:
        call(client.chat_postMessage, channel="C404", text=SECRET)

    assert error.value.reason == "channel_not_found"
    assert not isinstance(error.value, SlackUnavailableError)
    assert SECRET not in str(error.value)
    assert error.value.__cause__ is None


@pytest.mark.parametrize(
    "reason", ["internal_error", "fatal_error", "service_unavailable", "request_timeout"]
)
def test_a_failure_on_slacks_side_is_one_to_try_again_later(
    slack: DemoServer, client: WebClient, reason: str
) -> None:
    slack.fail_next("auth.test", error=reason)

    with pytest.raises(SlackUnavailableError) as error:
        call(client.auth_test)

    assert error.value.reason == reason


def test_a_pause_that_slack_asks_for_is_told_and_nobody_waits_for_its_end(
    slack: DemoServer, client: WebClient, waits: list[float]
) -> None:
    slack.fail_next("chat.postMessage", retry_after=7)

    with pytest.raises(RateLimitedError) as error:
        call(client.chat_postMessage, channel="C02PRODUCT", text="hello")

    assert ("ratelimited", 7.0) == (error.value.reason, error.value.retry_after_s)
    assert [] == waits


def test_a_command_of_the_operator_waits_out_the_pause(slack: DemoServer, waits: list[float]) -> None:
    slack.fail_next("chat.postMessage", retry_after=7)
    patient = web_client(slack.bot_token, slack.api_url, patient=True)

    assert call(patient.chat_postMessage, channel="C02PRODUCT", text="hello")["ok"]
    assert 7 <= waits[0] < 9


def test_a_slack_that_only_ever_asks_for_a_pause_is_given_up(slack: DemoServer, waits: list[float]) -> None:
    for _ in range(RETRIES + 2):
        slack.fail_next("auth.test", retry_after=1)

    with pytest.raises(SlackUnavailableError) as error:
        call(web_client(slack.bot_token, slack.api_url, patient=True).auth_test)

    assert error.value.reason == "ratelimited"
    assert len(waits) == RETRIES


def test_what_the_bot_does_by_itself_is_put_off_in_one_channel_until_the_pause_is_over(
    slack: DemoServer, client: WebClient
) -> None:
    seconds = Seconds()
    limiter = RateLimiter(seconds.read, seconds.event())
    slack.workspace.channels["C01GENERAL"].members.append(slack.workspace.bot.id)
    slack.fail_next("chat.postMessage", retry_after=7)

    with limited(limiter, since=OPENED):
        for _ in range(3):
            with pytest.raises(RateLimitedError):
                call(client.chat_postMessage, channel="C02PRODUCT", text="hello")
        assert call(client.chat_postMessage, channel="C01GENERAL", text="hello")["ok"]
        seconds.now += 7
        assert call(client.chat_postMessage, channel="C02PRODUCT", text="hello")["ok"]

    assert ["ratelimited", None, None] == [one.error for one in slack.workspace.calls]


def test_a_call_that_hangs_is_given_up_and_none_begins_after_that(misbehaving: Misbehaving) -> None:
    misbehaving.answers = [(0, b"")]
    client = web_client("xoxb-test", misbehaving.url)
    ended: list[BaseException] = []

    def ask() -> None:
        with pytest.raises(StoppingError) as caught:
            call(client.auth_test)
        ended.append(caught.value)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    while not misbehaving.asked:
        asking.join(0.01)
    client.stop_calls()
    asking.join(PATIENCE_S)
    ask()

    assert len(ended) == 2
    assert misbehaving.asked == 1


def test_over_tls_the_trusted_certificates_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[ssl.SSLContext] = []
    make = ssl.create_default_context

    def counted() -> ssl.SSLContext:
        made.append(make())
        return made[-1]

    monkeypatch.setattr(ssl, "create_default_context", counted)
    route = route_to("https://slack.example/api/")

    assert [made[0]] * 3 == [web_client("xoxb-1", route).ssl for _ in range(3)]
    assert len(made) == 1


def test_what_the_bot_says_by_itself_keeps_to_the_limits_and_what_a_member_asked_for_does_not(
    slack: DemoServer, client: WebClient
) -> None:
    seconds = Seconds()
    slack.site.monotonic, slack.site.rate_limits = seconds.read, True

    with limited(RateLimiter(seconds.read, seconds.event()), since=OPENED):
        for number in range(3):
            call(client.chat_postMessage, channel="C02PRODUCT", text=str(number))
    waited = seconds.now
    call(client.conversations_members, channel="C02PRODUCT")

    assert 2 <= waited == seconds.now
    assert [None] * 4 == [one.error for one in slack.workspace.calls]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"Internal Server Error"),
        (502, b"<html>what nobody may read in a log</html>"),
        (503, b'{"ok": false, "error": "what nobody may read in a log"}'),
        (500, b""),
        (200, b""),
        (200, b"<html>what nobody may read in a log</html>"),
        (200, b'{"ok": true, "what nobody'),
        (200, b"[1, 2]"),
        (200, b"null"),
        (200, b"\xff\xfe\x00"),
        (404, b"what nobody may read in a log"),
        (1, b"SSH-2.0-what nobody may read in a log\r\n\r\n"),
        (1, b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
        (1, b""),
    ],
)
def test_an_answer_without_sense_is_a_slack_that_cannot_be_reached(
    misbehaving: Misbehaving, waits: list[float], status: int, body: bytes
) -> None:
    misbehaving.answers = [(status, body)]

    with pytest.raises(SlackUnavailableError) as error:
        call(web_client("xoxb-test", misbehaving.url).auth_test)

    assert "nobody may read" not in f"{error.value} {error.value.reason}"


def test_a_slack_that_says_nothing_is_given_up_after_the_timeout(
    misbehaving: Misbehaving, waits: list[float]
) -> None:
    misbehaving.answers = [(0, b"")]

    with pytest.raises(SlackUnavailableError) as error:
        call(web_client("xoxb-test", misbehaving.url, timeout_s=0.05).auth_test)

    assert error.value.reason == "no_connection"


@pytest.mark.parametrize("method", ["chat_postMessage", "chat_update", "auth_test"])
@pytest.mark.parametrize(
    "begin", [b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Name: "]
)
def test_an_answer_that_trickles_holds_up_nothing_that_is_due(
    misbehaving: Misbehaving, monkeypatch: pytest.MonkeyPatch, method: str, begin: bytes
) -> None:
    """Each byte comes in time, and the answer never ends: nobody knows what became of the call."""
    misbehaving.answers = [(TRICKLING, begin)]
    monkeypatch.setattr("bot.slack.client.calls.LONGEST_CALL_S", 0.2)
    ask = getattr(web_client("xoxb-test", misbehaving.url), method)
    arguments = {} if method == "auth_test" else {"channel": "C1", "text": "hello", "ts": "1.2"}
    outcome: list[SlackError] = []

    def work() -> None:
        try:
            with limited(RateLimiter(lambda: 0.0), since=OPENED):
                call(ask, **arguments)
        except SlackError as error:
            outcome.append(error)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join(PATIENCE_S)

    assert [UncertainError] == [type(one) for one in outcome]
    assert 1 == misbehaving.asked


@pytest.mark.parametrize("step", [check_bot_token, lambda client: check_app_token(client, "xapp-test")])
def test_an_answer_that_trickles_holds_up_no_start(
    misbehaving: Misbehaving, monkeypatch: pytest.MonkeyPatch, step: Callable[[WebClient], object]
) -> None:
    misbehaving.answers = [(TRICKLING, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")]
    monkeypatch.setattr("bot.slack.client.calls.LONGEST_CALL_S", 0.2)
    outcome: list[SlackError] = []

    def work() -> None:
        try:
            step(web_client("xoxb-test", misbehaving.url))
        except SlackError as error:
            outcome.append(error)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join(PATIENCE_S)

    assert [True] == [is_unreachable(one) for one in outcome]


def test_a_call_whose_connection_is_lost_is_made_once(misbehaving: Misbehaving, waits: list[float]) -> None:
    """Slack may have done it; what is said again by itself would be said twice."""
    misbehaving.answers = [(1, b""), (200, b'{"ok": true}')]

    with pytest.raises(SlackUnavailableError):
        call(web_client("xoxb-test", misbehaving.url).auth_test)
    assert misbehaving.asked == 1


def test_a_port_where_nobody_listens_is_a_slack_that_cannot_be_reached(waits: list[float]) -> None:
    with pytest.raises(SlackUnavailableError):
        call(web_client("xoxb-test", "http://127.0.0.1:9/api/").auth_test)


def test_what_is_too_long_is_made_to_fit_before_it_is_sent(slack: DemoServer, client: WebClient) -> None:
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": "x" * 400}}]

    call(client.chat_postMessage, channel="C02PRODUCT", text="x" * 9000, blocks=blocks)

    (message,) = slack.workspace.messages["C02PRODUCT"]
    assert len(message.text) == 4000
    assert len(message.blocks[0]["text"]["text"]) == 150
