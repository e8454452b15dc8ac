"""The socket on which HTTP mode listens."""

import socket

from bot.slack.transport.http_server import listen


def test_an_answer_on_a_connection_that_is_used_again_does_not_wait_for_an_acknowledgement() -> None:
    """Nagle's algorithm would hold its second part back until the other side acknowledges the first."""
    with (
        listen("127.0.0.1", 0) as listening,
        socket.create_connection(listening.getsockname()),
        listening.accept()[0] as taken,
    ):
        assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
