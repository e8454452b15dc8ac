"""A port that is held is given to nobody but to whoever asks for it."""

import errno
import socket
import struct
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.errors import BotError
from bot.slack.transport.http_server import listen
from tests.held_port import NEVER_HANDED_OUT, held_port

LOOPBACK = "127.0.0.1"
IP_LOCAL_PORT_RANGE = 51
"""Which ports the system may choose for this socket; Linux 6.3 and later, within the range of the system."""


def only(port: int) -> socket.socket:
    """A socket for which the system can choose this port and no other."""
    choosing = socket.socket()
    try:
        choosing.setsockopt(socket.IPPROTO_IP, IP_LOCAL_PORT_RANGE, struct.pack("I", port << 16 | port))
    except OSError:
        choosing.close()
        pytest.skip("this system cannot be told which port to choose")
    return choosing


@pytest.fixture
def handed_out() -> range:
    """The ports that the system chooses from."""
    if sys.platform != "linux":
        pytest.skip("elsewhere the number alone protects it")
    first, last = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()
    return range(int(first), int(last) + 1)


def test_at_a_port_that_the_system_has_given_to_a_connection_no_bot_can_listen() -> None:
    """Nor while the connection is remembered after its end: so the port of a bot that was down was lost."""
    with socket.create_server((LOOPBACK, 0)) as server:
        with socket.create_connection(server.getsockname()) as caller, server.accept()[0]:
            port = caller.getsockname()[1]
            with pytest.raises(BotError, match="in use"):
                listen(LOOPBACK, port)
            caller.close()
        with pytest.raises(BotError, match="in use"):
            listen(LOOPBACK, port)


@pytest.mark.parametrize("reuses", [0, 1])
def test_a_held_port_is_given_to_no_connection_and_to_no_server(handed_out: range, reuses: int) -> None:
    with ExitStack() as held:
        port = held.enter_context(held_port(handed_out))
        server = held.enter_context(socket.create_server((LOOPBACK, 0)))
        connecting, serving = held.enter_context(only(port)), held.enter_context(only(port))
        for each in (connecting, serving):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuses)

        assert errno.EADDRNOTAVAIL == connecting.connect_ex(server.getsockname())
        with pytest.raises(OSError, match="in use"):
            serving.bind((LOOPBACK, 0))


def test_a_held_port_is_held_once() -> None:
    with held_port() as port, pytest.raises(OSError, match="none of 1 ports"), held_port([port]):
        pass


def test_where_nobody_listens_at_a_held_port_a_connection_is_refused() -> None:
    with held_port() as port, socket.socket() as caller:
        assert errno.ECONNREFUSED == caller.connect_ex((LOOPBACK, port))


def test_a_bot_that_was_killed_with_connections_open_listens_at_its_port_again_at_once() -> None:
    """They stay known to the system for a minute, and would keep the port from a bot without SO_REUSEADDR."""
    with held_port(NEVER_HANDED_OUT) as port:
        for _ in range(2):
            with listen(LOOPBACK, port) as listening, socket.create_connection((LOOPBACK, port)) as caller:
                taken, _ = listening.accept()
                taken.close()
                listening.close()
                assert caller.recv(1) == b""


def test_two_bots_cannot_listen_at_one_held_port() -> None:
    with held_port() as port, listen(LOOPBACK, port), pytest.raises(BotError, match="in use"):
        listen(LOOPBACK, port)
