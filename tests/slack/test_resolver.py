"""Names are looked up, and a name server that says nothing keeps no stop waiting."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from bot.demo.server import DemoServer
from bot.errors import BotError
from bot.slack.transport import socket_mode
from tests.patience import PATIENCE_S
from tests.slack.conftest import Misbehaving
from tests.slack.test_socket_mode import Transport, hello

NAME = "slack.test"


@contextmanager
def silent_name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Nobody says in time where this host is; set when it was asked for."""
    asked, over, look_up = threading.Event(), threading.Event(), socket.getaddrinfo

    def wait(host: Any, *arguments: Any, **named: Any) -> Any:
        if host != NAME:
            return look_up(host, *arguments, **named)
        asked.set()
        over.wait(PATIENCE_S)
        raise socket.gaierror(socket.EAI_AGAIN, "nobody says")

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    yield asked
    over.set()


@pytest.mark.parametrize("of", ["the Web API", "the socket"])
def test_a_stop_does_not_wait_for_a_name_that_is_being_looked_up(
    monkeypatch: pytest.MonkeyPatch, misbehaving: Misbehaving, of: str
) -> None:
    misbehaving.answers = [(200, f'{{"ok": true, "url": "ws://{NAME}/"}}'.encode())]
    monkeypatch.setattr(socket_mode, "CONNECT_S", 1.0)
    line = Transport(hello, "xapp-1", misbehaving.url if of == "the socket" else f"http://{NAME}/api/")

    def connect() -> None:
        with suppress(BotError):
            line.connect()

    with silent_name_server(monkeypatch) as asked:
        connecting = threading.Thread(target=connect, daemon=True)
        connecting.start()
        assert asked.wait(PATIENCE_S)
        ending = threading.Thread(target=line.end, daemon=True)
        ending.start()
        ending.join(PATIENCE_S / 3)

        assert not ending.is_alive()


def test_a_name_that_is_known_is_found(slack: DemoServer) -> None:
    line = Transport(hello, slack.app_token, slack.api_url.replace("127.0.0.1", "localhost"))

    line.connect()
    line.end()
