"""What Slack's hello counts: only what is no connection of this bot is another program."""

import json
import logging
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from bot.slack.transport import socket_mode
from bot.slack.transport.socket_mode import SILENCE_S
from tests.patience import PATIENCE_S
from tests.slack.conftest import Misbehaving
from tests.slack.test_socket_mode import Waits, connected_to, envelope, hello

OTHERS = "another program uses this app token"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other side says no goodbye, and it is looked often whether a connection stands."""
    monkeypatch.setattr(socket_mode, "CLOSE_S", 0.1)
    monkeypatch.setattr(socket_mode, "LOOK_S", 0.01)


@contextmanager
def one_that_counts(*told: int) -> Iterator[tuple[str, threading.Event]]:
    """The address of one whose hellos count so many connections, and when all are said.

    Each connection but the last is cut without a goodbye.
    """
    counts, all_told = list(told), threading.Event()

    def count(peer: ServerConnection) -> None:
        peer.send(json.dumps({"type": "hello", "num_connections": counts.pop(0)}))
        peer.send(envelope(len(counts)))
        with suppress(ConnectionClosed):
            peer.recv()  # the acknowledgement: the hello has been heard, too
            if counts:
                peer.socket.shutdown(socket.SHUT_RDWR)
            else:
                all_told.set()
                peer.recv()

    with ThreadPoolExecutor() as pool, serve(count, "127.0.0.1", 0) as server:
        pool.submit(server.serve_forever)
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/", all_told


@pytest.mark.parametrize(
    ("told", "others", "why"),
    [
        ((1, 2), [], "the one that was cut is counted on"),
        ((1, 2, 3, 1), [], "two were cut, one after the other"),
        ((1, 3), [1], "there is one more than the dead one"),
        ((2, 3), [1], "the other one is still there, and is not told of again"),
        ((2, 2), [1], "the other one may still be there, or be gone"),
        ((2, 1, 4), [1, 1], "the other one was gone, and there is one again"),
    ],
)
def test_a_connection_of_its_own_that_was_cut_is_no_other_program(
    misbehaving: Misbehaving,
    caplog: pytest.LogCaptureFixture,
    told: tuple[int, ...],
    others: list[int],
    why: str,
) -> None:
    """Slack keeps a dead connection for up to about a minute, and counts it."""
    caplog.set_level(logging.DEBUG, "bot.slack.transport.socket_mode")
    with one_that_counts(*told) as (url, all_told):
        misbehaving.answers = [(200, json.dumps({"ok": True, "url": url}).encode())]
        with connected_to(misbehaving.url, hello, pause=Waits().pause):
            assert all_told.wait(PATIENCE_S)

    assert others == others_told_of(caplog), why


def test_what_is_counted_when_a_dead_connection_must_be_gone_is_another_program(
    misbehaving: Misbehaving, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot.slack.transport.socket_mode")
    monkeypatch.setattr(socket_mode, "FORGOTTEN_S", 0)
    with one_that_counts(1, 2) as (url, all_told):
        misbehaving.answers = [(200, json.dumps({"ok": True, "url": url}).encode())]
        with connected_to(misbehaving.url, hello, pause=Waits().pause):
            assert all_told.wait(PATIENCE_S)

    assert [1] == others_told_of(caplog)


def test_a_dead_connection_is_counted_for_longer_than_slack_keeps_it() -> None:
    assert socket_mode.FORGOTTEN_S >= 60 + 1.5 * SILENCE_S


def others_told_of(caplog: pytest.LogCaptureFixture) -> list[int]:
    """Of how many others the log tells, one after the other."""
    return [record.__dict__["count"] for record in caplog.records if record.getMessage() == OTHERS]
