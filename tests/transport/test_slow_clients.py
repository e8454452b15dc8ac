"""HTTP mode: whoever sends slowly, or never ends, or says what makes no sense, keeps nobody else waiting."""

import asyncio
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from bot.demo.request_url import RequestUrl
from bot.slack.transport import http_protocol
from tests.patience import PATIENCE_S
from tests.transport.fronted import FrontedWorld, a_fronted_world

SLOW = 300
SOON_S = 0.2
FEW = 20
MOST_DRIPS = 1000

HEAD = b"POST /slack/events HTTP/1.1\r\nHost: bot\r\nContent-Type: application/json\r\n"
LINGERING = {
    "nothing": b"",
    "one byte": b"P",
    "half a head": HEAD[:40],
    "half a header": HEAD + b"X-Slack-Signa",
    "no body": HEAD + b"Content-Length: 500\r\n\r\n",
    "half a body": HEAD + b'Content-Length: 500\r\n\r\n{"type": ',
    "half a chunk": HEAD + b'Transfer-Encoding: chunked\r\n\r\n1f4\r\n{"type": ',
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FrontedWorld]:
    """A bot in HTTP mode whose first question is in the channel."""
    with a_fronted_world(tmp_path, http=True) as world:
        world.move(minutes=1)
        yield world


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot waits for nobody for long, so that no test does either."""
    monkeypatch.setattr(http_protocol, "DEADLINE_S", SOON_S)


def connect(world: FrontedWorld) -> socket.socket:
    """A connection to the bot."""
    to = urlsplit(world.server.request_url)
    client = socket.create_connection((str(to.hostname), to.port))
    client.settimeout(PATIENCE_S)
    return client


@contextmanager
def slow_clients(world: FrontedWorld, sent: bytes, many: int = 1) -> Iterator[list[socket.socket]]:
    """So many clients that send this, and then nothing more."""
    with ExitStack() as held:
        clients = [held.enter_context(connect(world)) for _ in range(many)]
        for client in clients:
            client.sendall(sent)
        yield clients


def is_let_go(client: socket.socket) -> bool:
    """Whether the bot ends this connection; what it says before does not matter."""
    try:
        while client.recv(4096):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize("sent", LINGERING)
def test_300_slow_clients_keep_no_real_request_waiting(world: FrontedWorld, sent: str) -> None:
    with slow_clients(world, LINGERING[sent], SLOW):
        assert world.is_heard("U01MAYA", tries=1)


@pytest.mark.parametrize("sent", LINGERING)
def test_who_does_not_come_to_an_end_is_let_go(hurried: None, world: FrontedWorld, sent: str) -> None:
    with slow_clients(world, LINGERING[sent]) as (client,):
        assert is_let_go(client)


def test_who_sends_a_byte_now_and_then_is_let_go(hurried: None, world: FrontedWorld) -> None:
    """No byte puts the deadline off."""
    with slow_clients(world, HEAD) as (client,):
        client.settimeout(SOON_S / 10)
        dripped = 0
        while dripped < MOST_DRIPS:
            try:
                client.sendall(b"x")
                if not client.recv(1):
                    break
            except TimeoutError:
                dripped += 1
            except ConnectionError:
                break

    assert dripped < MOST_DRIPS


def test_a_second_request_over_the_same_connection_has_a_deadline_too(
    hurried: None, world: FrontedWorld
) -> None:
    with slow_clients(world, b"GET /healthz HTTP/1.1\r\nHost: bot\r\n\r\n") as (client,):
        answer = b""
        while not answer.endswith(b"ok"):
            answer += client.recv(4096)
        client.sendall(HEAD)

        assert is_let_go(client)


def test_a_request_that_is_being_handled_has_no_such_deadline(hurried: None, world: FrontedWorld) -> None:
    """Slack waits three seconds for an answer."""
    form = world.open_form("U01MAYA")
    with ThreadPoolExecutor() as pool:
        world.server.fail_next("conversations.members", delay_s=3 * SOON_S)
        world.pass_time(minutes=2)
        sent = pool.submit(world.submit, "U01MAYA", form, answers=["4"])

        assert sent.result(PATIENCE_S)["ok"]


def test_a_client_gets_ten_seconds_and_a_burst_fits_in() -> None:
    assert http_protocol.DEADLINE_S == 10
    assert http_protocol.MOST_CONNECTIONS >= 600


def test_where_there_are_too_many_connections_the_slowest_makes_room(
    world: FrontedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "MOST_CONNECTIONS", FEW)
    monkeypatch.setattr(http_protocol, "DEADLINE_S", 2 * PATIENCE_S)
    with slow_clients(world, HEAD, FEW) as clients:
        assert world.is_heard("U01MAYA", tries=1)

        assert is_let_go(clients[0])


def test_where_there_are_too_many_connections_one_that_was_answered_and_stays_makes_room(
    world: FrontedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "MOST_CONNECTIONS", FEW)
    with slow_clients(world, b"GET /healthz HTTP/1.1\r\nHost: bot\r\n\r\n", FEW) as clients:
        for client in clients:
            assert client.recv(4096)

        assert world.is_heard("U01MAYA", tries=1)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontedWorld]:
    """A bot in HTTP mode that nothing is to happen to."""
    with a_fronted_world(tmp_path_factory.mktemp("shared"), http=True) as world:
        yield world


def statuses(world: FrontedWorld, body: bytes) -> set[int]:
    """How this is answered when Slack has signed it, whatever it says to be."""
    headers = RequestUrl(world.server.site).signature(body)
    kinds = ({"Content-Type": kind} for kind in ("application/x-www-form-urlencoded", "application/json"))
    tries = (httpx.post(world.server.request_url, content=body, headers=headers | kind) for kind in kinds)
    return {answer.status_code for answer in tries}


REFUSED = set(range(400, 500))
NO_REQUEST = {
    "no text": b"\xff\xfe",
    "an empty object": b"{}",
    "an empty payload": b"payload=%7B%7D",
    "nothing": b"",
    "no JSON in its payload": b"payload=nonsense",
    "a payload that is a list": b"payload=%5B1%5D",
    "a payload that is a number": b"payload=5",
    "a list": b"[1]",
    "half a JSON": b'{"type": ',
    "a payload that is very deep": b"payload=" + b"[" * 100_000,
    "a list that is very deep": b"[" * 100_000,
    "an object that is very deep": b'{"a":' * 100_000,
    "no event": b'{"type": "event_callback", "team_id": "T0", "event": null}',
    "an event that is a number": b'{"type": "event_callback", "team_id": "T0", "event": 5}',
    "an event that is a list": b'{"type": "event_callback", "team_id": "T0", "event": []}',
    "an event without a type": b'{"type": "event_callback", "team_id": "T0", "event": {}}',
    "a user that is a number": b"payload=%7B%22type%22%3A+%22block_actions%22%2C+%22user%22%3A+5%7D",
    "actions that are none": b"payload=%7B%22type%22%3A+%22block_actions%22%2C+%22actions%22%3A+5%7D",
}


@pytest.mark.parametrize("what", NO_REQUEST)
def test_what_is_signed_and_is_no_request_of_slacks_is_refused(shared: FrontedWorld, what: str) -> None:
    assert statuses(shared, NO_REQUEST[what]) <= REFUSED


def test_no_part_of_an_answer_waits_until_the_one_before_was_acknowledged(
    world: FrontedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Head and body are sent one after the other, and who asks may take 40 ms to acknowledge the head."""
    is_sent_at_once = []
    made = http_protocol.HttpProtocol.connection_made

    def note(self: http_protocol.HttpProtocol, transport: asyncio.Transport) -> None:
        made(self, transport)
        of_ours = transport.get_extra_info("socket")
        is_sent_at_once.append(of_ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr(http_protocol.HttpProtocol, "connection_made", note)

    assert world.is_heard("U01MAYA", tries=1)
    assert is_sent_at_once
    assert all(is_sent_at_once)
