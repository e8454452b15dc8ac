"""The way in: nothing is lost in a burst, and a connection that ends is replaced."""

import asyncio
import json
import logging
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from websockets.exceptions import ConnectionClosed
from websockets.server import ServerProtocol
from websockets.sync.server import ServerConnection, serve

from bot.demo.server import DemoServer
from bot.errors import SlackError, SlackUnavailableError
from bot.slack.client.proxies import route_to
from bot.slack.directory.cache import DirectoryCache
from bot.slack.directory.person import Organisation
from bot.slack.transport import socket_mode
from bot.slack.transport.loop import Loop
from bot.slack.transport.session import Session
from bot.slack.transport.socket_mode import SILENCE_S, WAITS_S, Connection, SocketMode
from bot.slack.transport.workers import Wait
from tests.patience import PATIENCE_S
from tests.slack.conftest import Misbehaving
from tests.slack.samples import OPENED

PERSON, CHANNEL = "U02TOMA", "C02PRODUCT"

BURST = 1000
"""More frames than the interpreter has room for recursions, when each takes two."""


class Forgetful(set[str]):
    """The tickets of a workspace that knows none of them any more."""

    def add(self, _: str) -> None:
        """Forget it at once."""


Answers = Callable[[AsyncAck], Awaitable[object]]


async def hello(ack: AsyncAck) -> None:
    await ack("hello")


def app_that(answers: Answers) -> AsyncApp:
    """A Bolt app whose command answers so."""
    who = AuthorizeResult(enterprise_id=None, team_id="T0HARBOUR", bot_user_id="U0BELONG", bot_token="xoxb-1")

    async def authorize() -> AuthorizeResult:
        return who

    app = AsyncApp(
        client=AsyncWebClient(),
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
    )

    async def handle(ack: AsyncAck) -> None:
        await answers(ack)

    app.command("/belonging")(handle)
    return app


class Transport:
    """A connection in a loop of its own."""

    def __init__(self, answers: Answers, app_token: str, api_url: str, pause: Wait = asyncio.sleep) -> None:
        self.loop = Loop()
        self.loop.start()
        self.session, self.line = self.loop.run(self._open(answers, app_token, api_url, pause))

    async def _open(
        self, answers: Answers, app_token: str, api_url: str, pause: Wait
    ) -> tuple[Session, SocketMode]:
        cache = DirectoryCache(lambda: OPENED, Organisation(team="T0HARBOUR"))
        session = await Session.open("", route_to(api_url), cache, lambda: lambda _: None, pause)
        return session, SocketMode(app_that(answers), session.client, app_token, wait=pause)

    def connect(self) -> None:
        self.loop.run(self.line.connect())

    def close(self) -> None:
        self.loop.run(self.line.close())

    def stop_calls(self) -> None:
        self.loop.call_soon(self.session.stop_calls)

    def end(self) -> None:
        self.stop_calls()
        self.close()
        self.loop.run(self.session.close())
        self.loop.close()


@contextmanager
def connected_to(
    api_url: str, answers: Answers, app_token: str = "xapp-1", pause: Wait = asyncio.sleep
) -> Iterator[Transport]:
    """The app, connected to whatever answers there."""
    line = Transport(answers, app_token, api_url, pause)
    try:
        line.connect()
        yield line
    finally:
        line.end()


@contextmanager
def connected(slack: DemoServer, answers: Answers, pause: Wait = asyncio.sleep) -> Iterator[Transport]:
    """The app at the workspace."""
    with connected_to(slack.api_url, answers, slack.app_token, pause) as line:
        assert slack.wait_connected()
        yield line


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other side says no goodbye, and it is looked often whether a connection stands."""
    monkeypatch.setattr(socket_mode, "CLOSE_S", 0.1)
    monkeypatch.setattr(socket_mode, "LOOK_S", 0.01)


def ask(slack: DemoServer) -> dict[str, Any]:
    """Somebody types the command."""
    return slack.act(PERSON, type="command", channel=CHANNEL, text="/belonging help")


def envelope(number: int) -> str:
    """The command, as large as Slack's envelopes of a click are."""
    payload = {"command": "/belonging", "text": "help", "user_id": PERSON, "padding": "x" * 2500}
    return json.dumps({"type": "slash_commands", "envelope_id": f"e{number}", "payload": payload})


def test_of_hundreds_who_ask_at_one_moment_everybody_is_heard(misbehaving: Misbehaving) -> None:
    """They stand in the buffers together, as after a pause of the network."""
    acknowledged: list[str] = []
    done = threading.Event()

    def all_at_once(socket: ServerConnection) -> None:
        with socket.send_context():
            for number in range(BURST):
                socket.protocol.send_text(envelope(number).encode())
            socket.socket.sendall(b"".join(socket.protocol.data_to_send()))
        with suppress(TimeoutError):
            while len(acknowledged) < BURST:
                acknowledged.append(json.loads(socket.recv(PATIENCE_S))["envelope_id"])
        done.set()

    with ThreadPoolExecutor() as pool, serve(all_at_once, "127.0.0.1", 0) as server:
        pool.submit(server.serve_forever)
        url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/"
        misbehaving.answers = [(200, json.dumps({"ok": True, "url": url}).encode())]
        with connected_to(misbehaving.url, hello):
            assert done.wait(PATIENCE_S)

    assert {f"e{number}" for number in range(BURST)} == set(acknowledged)


@pytest.mark.parametrize("reason", ["refresh_requested", None])
def test_a_connection_that_ends_is_replaced(slack: DemoServer, reason: str | None) -> None:
    with connected(slack, hello):
        slack.drop_connections(reason)
        assert slack.wait_connected()
        assert ask(slack)["ok"]


def test_what_is_asked_before_the_end_of_a_connection_is_answered_over_the_next_one(
    slack: DemoServer,
) -> None:
    began, go_on = threading.Event(), threading.Event()

    async def answer(ack: AsyncAck) -> None:
        began.set()
        assert await asyncio.to_thread(go_on.wait, PATIENCE_S)
        await ack("hello")

    with connected(slack, answer), ThreadPoolExecutor() as pool:
        asked = pool.submit(ask, slack)
        assert began.wait(PATIENCE_S)
        slack.drop_connections(None)
        assert slack.wait_connected()
        go_on.set()
        assert asked.result(PATIENCE_S)["ok"]


def test_what_is_being_handled_is_answered_before_the_line_closes(slack: DemoServer) -> None:
    began, go_on = threading.Event(), threading.Event()

    async def answer(ack: AsyncAck) -> None:
        began.set()
        assert await asyncio.to_thread(go_on.wait, PATIENCE_S)
        await ack("hello")

    with ThreadPoolExecutor() as pool, connected(slack, answer) as line:
        asked = pool.submit(ask, slack)
        assert began.wait(PATIENCE_S)
        closed = pool.submit(line.close)
        go_on.set()
        assert asked.result(PATIENCE_S)["ok"]
        closed.result(PATIENCE_S)


def test_a_line_that_closes_takes_nothing_more_however_fast_it_comes(misbehaving: Misbehaving) -> None:
    """Else a stop would last until there is a pause."""
    closing, began, ended = threading.Event(), threading.Semaphore(0), threading.Event()

    async def answer(ack: AsyncAck) -> None:
        began.release()
        await asyncio.sleep(0.5)
        await ack("hello")

    def one_after_the_other(peer: ServerConnection) -> None:
        number = 0
        with suppress(ConnectionClosed):
            while not ended.wait(0.01):
                peer.send(envelope(number := number + 1))

    with ThreadPoolExecutor() as pool, serve(one_after_the_other, "127.0.0.1", 0) as server:
        pool.submit(server.serve_forever)
        url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/"
        misbehaving.answers = [(200, json.dumps({"ok": True, "url": url}).encode())]
        with connected_to(misbehaving.url, answer) as line:
            assert began.acquire(timeout=PATIENCE_S)
            closed = threading.Thread(target=lambda: (line.close(), closing.set()))
            closed.start()
            done = closing.wait(PATIENCE_S / 10)
            ended.set()
            closed.join()

    assert done


def test_a_connection_that_is_cut_at_the_first_ping_is_given_up(
    slack: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK would try the same address again and again, and Slack takes each only once."""

    async def cut(*_: object) -> None:
        raise aiohttp.ClientConnectionResetError

    monkeypatch.setattr(aiohttp.ClientWebSocketResponse, "ping", cut)
    monkeypatch.setattr(socket_mode, "SILENCE_S", 0.01)
    monkeypatch.setattr(socket_mode, "CONNECT_S", 1.0)
    line = Transport(hello, slack.app_token, slack.api_url)
    refused = threading.Event()

    def connect() -> None:
        with pytest.raises(SlackUnavailableError, match="could not be reached"):
            line.connect()
        refused.set()

    connecting = threading.Thread(target=connect, daemon=True)
    connecting.start()
    assert refused.wait(PATIENCE_S)
    line.end()


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """What the log says of the connection, with the code."""
    records = [record for record in caplog.records if record.name == "bot.slack.transport.socket_mode"]
    return [(record.getMessage(), record.__dict__.get("code", "")) for record in records]


@contextmanager
def one_that_goes_silent() -> Iterator[str]:
    """The address of one who says hello, and then neither says nor hears anything more, nor hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor() as pool:
        peers: list[socket.socket] = []

        def say_hello() -> None:
            peer, _ = listener.accept()
            peers.append(peer)
            protocol, heard = ServerProtocol(), []
            while not heard:
                protocol.receive_data(peer.recv(4096))
                heard = protocol.events_received()
            protocol.send_response(protocol.accept(heard[0]))
            protocol.send_text(b'{"type": "hello"}')
            peer.sendall(b"".join(protocol.data_to_send()))

        pool.submit(say_hello)
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/"
        for peer in peers:
            peer.close()


@contextmanager
def one_that_asks(answered: threading.Event) -> Iterator[str]:
    """The address of one who says hello and asks something; ``answered`` when it is acknowledged."""

    def ask_once(peer: ServerConnection) -> None:
        peer.send('{"type": "hello"}')
        peer.send(envelope(1))
        if json.loads(peer.recv(PATIENCE_S))["envelope_id"] == "e1":
            answered.set()
        with suppress(ConnectionClosed):
            peer.recv()

    with ThreadPoolExecutor() as pool, serve(ask_once, "127.0.0.1", 0) as server:
        pool.submit(server.serve_forever)
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/"


def test_a_connection_over_which_nothing_comes_back_is_replaced_and_told_once(
    misbehaving: Misbehaving, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot.slack.transport.socket_mode")
    monkeypatch.setattr(socket_mode, "SILENCE_S", 0.1)
    answered = threading.Event()
    with one_that_goes_silent() as silent, one_that_asks(answered) as speaking:
        misbehaving.answers = [
            (200, json.dumps({"ok": True, "url": url}).encode()) for url in (silent, speaking)
        ]
        with connected_to(misbehaving.url, hello):
            assert answered.wait(PATIENCE_S)

    assert [("connection lost", "silent"), ("connected again", "")] == said(caplog)
    assert 2 == misbehaving.asked


def test_a_silent_connection_is_noticed_within_a_minute() -> None:
    assert 1.5 * SILENCE_S + socket_mode.CLOSE_S < 60


def test_a_connection_over_which_nobody_asks_anything_is_kept_and_nothing_is_told(
    slack: DemoServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other side answers pings, as Slack does."""
    caplog.set_level(logging.DEBUG, "bot.slack.transport.socket_mode")
    monkeypatch.setattr(socket_mode, "SILENCE_S", 0.3)
    looks, looked = [], threading.Event()
    ending = Connection.ending

    async def look(connection: Connection) -> str:
        looks.append(connection)
        if len(looks) == 30:
            looked.set()
        return await ending(connection)

    monkeypatch.setattr(Connection, "ending", look)
    with connected(slack, hello):
        assert looked.wait(PATIENCE_S)
        assert ask(slack)["ok"]

    assert 1 == len(set(looks))
    assert [] == said(caplog)


class Waits:
    """Notes how long would be waited, and lets it pass at once."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def pause(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


def test_slack_away_for_a_while_is_asked_again_with_longer_and_longer_waits_and_told_once(
    slack: DemoServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot.slack.transport.socket_mode")
    waits = Waits()
    with connected(slack, hello, waits.pause):
        for _ in range(3):
            slack.fail_next("apps.connections.open", error="internal_error")
        slack.drop_connections(None)
        assert slack.wait_connected()
        assert ask(slack)["ok"]

    longest = [1.5 * wait for wait in WAITS_S[:4]]
    assert len(longest) == len(waits.seconds)
    assert all(wait / 3 <= seconds <= wait for wait, seconds in zip(longest, waits.seconds, strict=True))
    lost, away, back = said(caplog)
    assert ("connection lost", "cut") == lost
    assert ("not connected", "internal_error") == away
    assert ("connected again", "") == back


def test_no_two_bots_ask_anew_after_the_same_waits(slack: DemoServer) -> None:
    """Else all of them would come back to a Slack that was away in one moment."""
    waited = [Waits() for _ in range(3)]
    for waits in waited:
        with connected(slack, hello, waits.pause):
            for _ in range(3):
                slack.fail_next("apps.connections.open", error="internal_error")
            slack.drop_connections(None)
            assert slack.wait_connected()

    assert {0} == {waits.seconds[0] for waits in waited}
    for number in (1, 2, 3):
        assert len(waited) == len({waits.seconds[number] for waits in waited})


def test_a_pause_that_slack_asks_for_before_a_connection_is_kept(slack: DemoServer) -> None:
    waits = Waits()
    with connected(slack, hello, waits.pause):
        slack.fail_next("apps.connections.open", retry_after=30)
        slack.drop_connections(None)
        assert slack.wait_connected()

    assert 30 in waits.seconds


def test_a_connection_that_slack_renews_is_no_line_in_the_log(
    slack: DemoServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot.slack.transport.socket_mode")
    with connected(slack, hello):
        slack.drop_connections("refresh_requested")
        assert slack.wait_connected()
        assert ask(slack)["ok"]

    assert [] == said(caplog)


@pytest.mark.parametrize("url", ["ws://[", "nonsense", ""])
def test_an_address_that_is_none_is_no_sense_of_slacks(misbehaving: Misbehaving, url: str) -> None:
    misbehaving.answers = [(200, json.dumps({"ok": True, "url": url}).encode())]
    line = Transport(hello, "xapp-1", misbehaving.url)

    with pytest.raises(SlackUnavailableError) as error:
        line.connect()
    line.end()
    assert "malformed_response" == error.value.reason


def test_closing_does_not_wait_for_a_connection_that_is_only_being_opened(
    slack: DemoServer, misbehaving: Misbehaving
) -> None:
    misbehaving.answers = [(0, b"")]
    with connected(slack, hello) as line:
        line.session.client.base_url = misbehaving.url
        slack.drop_connections()
        while not misbehaving.asked:
            line.loop.is_alive(0.01)
        closing = threading.Thread(target=line.close, daemon=True)
        closing.start()
        closing.join(PATIENCE_S)

        assert not closing.is_alive()


def test_a_refused_app_token_is_told_with_what_to_do(slack: DemoServer) -> None:
    line = Transport(hello, "xapp-wrong", slack.api_url)

    with pytest.raises(SlackError, match="refused the app token: invalid_auth") as error:
        line.connect()
    line.end()

    assert not isinstance(error.value, SlackUnavailableError)


def test_a_slack_that_opens_no_connection_is_unavailable(slack: DemoServer, monkeypatch: Any) -> None:
    line = Transport(hello, slack.app_token, slack.api_url)
    monkeypatch.setattr(slack._hub, "_tickets", Forgetful())

    with pytest.raises(SlackUnavailableError, match="could not be reached"):
        line.connect()
    line.end()


@pytest.mark.parametrize("said", ["no JSON", "[]", "{}", '{"type": "later"}', "[" * 100_000])
def test_what_makes_no_sense_is_passed_over(slack: DemoServer, said: str) -> None:
    with connected(slack, hello):
        (socket,) = slack._hub._connections
        slack.run(socket.send_text(said))
        assert ask(slack)["ok"]


def test_a_reader_that_has_ended_is_replaced(slack: DemoServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "bot.slack.transport.socket_mode")
    with connected(slack, hello) as line:
        connection = line.line._current
        assert connection
        assert connection.message_processor
        line.loop.call_soon(connection.message_processor.cancel)
        assert slack.workspace.wait_for(lambda _: line.line._current not in {None, connection})
        assert ask(slack)["ok"]

    assert ("connection lost", "reader_ended") == said(caplog)[0]


def test_another_program_with_the_same_token_is_told(
    slack: DemoServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot.slack.transport.socket_mode")
    with connected(slack, hello), connected_to(slack.api_url, hello, slack.app_token):
        assert slack.workspace.wait_for(lambda _: ("another program uses this app token", "") in said(caplog))
