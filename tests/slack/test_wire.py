"""Connections to Slack are used again, and a connection that has ended is nobody's trouble."""

import socket
import ssl
import threading
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from slack_sdk import WebClient

from bot.demo.server import DemoServer
from bot.errors import StoppingError
from bot.slack.calls import call, web_client
from bot.slack.wire import IDLE_S, LastingClient, LastingWebhook
from tests.held_port import held_port
from tests.slack.conftest import Misbehaving


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hosts that the test connects to, one entry for each connection."""
    hosts: list[str] = []
    connect = HTTPConnection.connect

    def counted(self: HTTPConnection) -> None:
        hosts.append(f"{self.host}:{self.port}")
        connect(self)

    monkeypatch.setattr(HTTPConnection, "connect", counted)
    return hosts


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of the clock by which connections grow stale."""
    seconds = [0.0]
    monkeypatch.setattr("bot.slack.wire.time.monotonic", lambda: seconds[0])
    return seconds


def test_calls_one_after_the_other_share_a_connection(
    slack: DemoServer, client: WebClient, connected: list[str]
) -> None:
    for _ in range(3):
        call(client.auth_test)

    assert connected == [urlsplit(slack.url).netloc]


def test_a_connection_that_waited_too_long_is_not_used_again(
    client: WebClient, connected: list[str], now: list[float]
) -> None:
    call(client.auth_test)
    now[0] += IDLE_S + 0.1
    call(client.auth_test)

    assert len(connected) == 2


def test_a_connection_that_slack_has_ended_is_replaced_without_a_word(
    client: LastingClient, connected: list[str], waits: list[float]
) -> None:
    call(client.auth_test)
    ((_, _, wire),) = client._wires._idle
    wire.sock.shutdown(socket.SHUT_RDWR)

    assert call(client.auth_test)["ok"]
    assert len(connected) == 2
    assert waits == []


def test_an_answer_that_ends_its_connection_leaves_none_to_use_again(misbehaving: Misbehaving) -> None:
    misbehaving.answers = [(200, b'{"ok": true}')]
    client = web_client("xoxb-test", misbehaving.url)

    assert call(client.auth_test)["ok"]
    assert client._wires._idle == []


def test_a_call_that_hangs_is_broken_off_and_none_begins_after_that(misbehaving: Misbehaving) -> None:
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
    client.hang_up()
    asking.join(5)
    ask()

    assert len(ended) == 2
    assert misbehaving.asked == 1


def test_an_answer_at_a_response_url_is_broken_off_as_well(misbehaving: Misbehaving) -> None:
    client = web_client("xoxb-test", misbehaving.url)
    client.hang_up()

    with pytest.raises(StoppingError):
        LastingWebhook(misbehaving.url, client).send_dict({"text": "hello"})
    assert misbehaving.asked == 0


@pytest.mark.parametrize(("status", "body"), [(200, b"ok"), (404, b"expired_url")])
def test_an_answer_at_a_response_url_says_how_it_was_taken(
    misbehaving: Misbehaving, status: int, body: bytes
) -> None:
    misbehaving.answers = [(status, body)]
    client = web_client("xoxb-test", misbehaving.url)

    answer = LastingWebhook(misbehaving.url, client).send_dict({"text": "hello"})

    assert (status, body.decode()) == (answer.status_code, answer.body)


def test_of_several_addresses_those_that_do_not_answer_are_passed_over(
    slack: DemoServer, client: LastingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, port = urlsplit(slack.url).hostname, urlsplit(slack.url).port
    with held_port() as nobody:
        places = (("127.0.0.1", nobody), (host, port))
        entries = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", where) for where in places]
        monkeypatch.setattr("bot.slack.wire.socket.getaddrinfo", lambda *_: entries)

        assert call(client.auth_test)["ok"]


def test_over_tls_the_trusted_certificates_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[ssl.SSLContext] = []
    make = ssl.create_default_context

    def counted() -> ssl.SSLContext:
        made.append(make())
        return made[-1]

    monkeypatch.setattr(ssl, "create_default_context", counted)
    client = web_client("xoxb-1", "https://slack.example/api/")
    wires = [client._connect(urlsplit(str(client.base_url))) for _ in range(3)]

    assert [made[0]] * 3 == [wire._context for wire in wires]
    assert len(made) == 1


def test_through_a_proxy_the_sdk_calls_as_it_always_did(
    client: LastingClient, connected: list[str], misbehaving: Misbehaving
) -> None:
    misbehaving.answers = [(200, b'{"ok": true, "team_id": "T0PROXY"}')]
    client.proxy = misbehaving.url

    assert call(client.auth_test)["team_id"] == "T0PROXY"
    assert connected == [urlsplit(misbehaving.url).netloc]
