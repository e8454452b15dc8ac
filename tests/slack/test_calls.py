"""Calls to Slack: its refusals in our words, its pauses kept, and nothing of a payload in an error."""

import logging
import threading
from collections.abc import Callable

import pytest
from slack_sdk import WebClient

from bot.demo.server import DemoServer
from bot.errors import SlackError, SlackUnavailableError, StoppingError, UncertainError
from bot.slack.away import is_away
from bot.slack.calls import POOL, Outbox, call, web_client
from bot.slack.dates import TimeTellingClient
from bot.slack.introduction import ask_for_socket, introduce
from bot.slack.pace import Pace, paced
from tests.fakes.seconds import Seconds
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


def test_a_pause_that_slack_asks_for_is_kept_and_the_question_asked_again(
    slack: DemoServer, client: WebClient, waits: list[float]
) -> None:
    slack.fail_next("auth.test", retry_after=7)

    assert call(client.auth_test)["ok"]
    assert len(waits) == 1
    assert 7 <= waits[0] < 9


def test_no_thread_waits_for_a_message_that_slack_wants_later(
    slack: DemoServer, client: WebClient, waits: list[float]
) -> None:
    slack.fail_next("chat.postMessage", retry_after=7)

    with pytest.raises(SlackUnavailableError) as error:
        call(client.chat_postMessage, channel="C02PRODUCT", text="hello")

    assert ([], 7) == (waits, error.value.retry_after_s)


def test_what_the_bot_asks_by_itself_does_not_wait_in_its_thread(
    slack: DemoServer, client: WebClient, waits: list[float]
) -> None:
    slack.fail_next("auth.test", retry_after=7)

    with paced(Pace(lambda: 0.0), since=OPENED), pytest.raises(SlackUnavailableError) as error:
        call(client.auth_test)

    assert ([], 7) == (waits, error.value.retry_after_s)


def test_a_slack_that_only_ever_asks_for_a_pause_is_given_up(
    slack: DemoServer, client: WebClient, waits: list[float]
) -> None:
    for _ in range(7):
        slack.fail_next("auth.test", retry_after=1)

    with pytest.raises(SlackUnavailableError) as error:
        call(client.auth_test)

    assert error.value.reason == "ratelimited"
    assert len(waits) == 5


def test_a_pause_of_an_hour_is_not_waited_for(slack: DemoServer) -> None:
    client = web_client(slack.bot_token, slack.api_url, pace=Pace(lambda: 0.0))
    slack.fail_next("chat.postMessage", retry_after=3600)

    with pytest.raises(SlackUnavailableError) as error:
        call(client.chat_postMessage, channel="C02PRODUCT", text=SECRET)

    assert error.value.reason == "ratelimited"


def test_a_pause_that_slack_asks_for_ends_when_the_bot_stops(slack: DemoServer) -> None:
    pace = Pace(lambda: 0.0)
    client = web_client(slack.bot_token, slack.api_url, pace=pace)
    slack.fail_next("auth.test", retry_after=30)
    outcome: list[BaseException] = []

    def ask() -> None:
        with pytest.raises(StoppingError) as caught:
            call(client.auth_test)
        outcome.append(caught.value)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    assert slack.workspace.wait_for(lambda workspace: bool(workspace.calls))
    pace.stop()
    asking.join(5)

    assert len(outcome) == 1


def test_with_a_pace_a_pause_is_as_long_as_slack_asks_for(slack: DemoServer) -> None:
    seconds = Seconds()
    client = web_client(slack.bot_token, slack.api_url, pace=Pace(seconds.read, seconds.event()))
    slack.fail_next("auth.test", retry_after=7)

    assert call(client.auth_test)["ok"]
    assert 7 <= seconds.now < 8


def test_what_the_bot_says_by_itself_waits_for_its_pace_and_what_a_member_asked_for_does_not(
    slack: DemoServer, client: WebClient
) -> None:
    seconds = Seconds()
    slack.site.monotonic, slack.rate_limits = seconds.read, True

    with paced(Pace(seconds.read, seconds.event()), since=OPENED):
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
    monkeypatch.setattr("bot.slack.calls.LONGEST_CALL_S", 0.2)
    ask = getattr(web_client("xoxb-test", misbehaving.url), method)
    arguments = {} if method == "auth_test" else {"channel": "C1", "text": "hello", "ts": "1.2"}
    outcome: list[SlackError] = []

    def work() -> None:
        try:
            with paced(Pace(lambda: 0.0), since=OPENED):
                call(ask, **arguments)
        except SlackError as error:
            outcome.append(error)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join(3)

    assert [UncertainError] == [type(one) for one in outcome]
    assert 1 == misbehaving.asked


@pytest.mark.parametrize("step", [introduce, lambda client: ask_for_socket(client, "xapp-test")])
def test_an_answer_that_trickles_holds_up_no_start(
    misbehaving: Misbehaving, monkeypatch: pytest.MonkeyPatch, step: Callable[[TimeTellingClient], object]
) -> None:
    misbehaving.answers = [(TRICKLING, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")]
    monkeypatch.setattr("bot.slack.calls.LONGEST_CALL_S", 0.2)
    outcome: list[SlackError] = []

    def work() -> None:
        try:
            step(web_client("xoxb-test", misbehaving.url))
        except SlackError as error:
            outcome.append(error)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join(3)

    assert [True] == [is_away(one) for one in outcome]


def test_a_lost_connection_is_tried_once_more(misbehaving: Misbehaving, waits: list[float]) -> None:
    misbehaving.answers = [(1, b""), (200, b'{"ok": true}')]

    assert call(web_client("xoxb-test", misbehaving.url).auth_test) == {"ok": True}
    assert misbehaving.asked == 2


def test_a_port_where_nobody_listens_is_a_slack_that_cannot_be_reached(waits: list[float]) -> None:
    with pytest.raises(SlackUnavailableError):
        call(web_client("xoxb-test", "http://127.0.0.1:9/api/").auth_test)


def test_what_is_too_long_is_made_to_fit_before_it_is_sent(slack: DemoServer, client: WebClient) -> None:
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": "x" * 400}}]

    call(client.chat_postMessage, channel="C02PRODUCT", text="x" * 9000, blocks=blocks)

    (message,) = slack.workspace.messages["C02PRODUCT"]
    assert len(message.text) == 4000
    assert len(message.blocks[0]["text"]["text"]) == 150


def test_the_outbox_logs_a_failure_by_its_code_and_never_by_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refused() -> None:
        raise SlackError("channel_not_found", SECRET)

    def broken() -> None:
        raise ValueError(SECRET)

    outbox = Outbox()
    with caplog.at_level(logging.DEBUG, "bot"):
        outbox.send(refused)
        outbox.send(broken)
        outbox.close()

    assert {"channel_not_found", "ValueError"} == {record.code for record in caplog.records}
    assert all(record.exc_info is None for record in caplog.records)
    assert SECRET not in caplog.text


def test_the_outbox_sends_as_many_at_once_as_its_pool_holds() -> None:
    outbox = Outbox()
    together = threading.Barrier(POOL + 1, timeout=10)
    for _ in range(POOL):
        outbox.send(together.wait)

    together.wait()
    outbox.close()


def test_closing_the_outbox_waits_for_what_is_under_way() -> None:
    outbox, go, done = Outbox(), threading.Event(), threading.Event()

    def slow() -> None:
        go.wait(10)
        done.set()

    outbox.send(slow)
    go.set()
    outbox.close()

    assert done.is_set()
