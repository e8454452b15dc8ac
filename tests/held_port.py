"""A port of this machine for a bot that is to listen at a port it is told, now or after its next start."""

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

EVERYWHERE = "0.0.0.0"  # noqa: S104 - nobody listens here: the port is held, and no more
NEVER_HANDED_OUT = range(7000, 10000)
"""Linux, macOS and FreeBSD give connections, and servers that ask for any port, higher numbers than these."""


@contextmanager
def held_port(among: Sequence[int] = NEVER_HANDED_OUT) -> Iterator[int]:
    """A port at which nobody listens, and that nobody gets who does not ask for this number.

    Whoever does can listen there on 127.0.0.1, and again after they have ended, if they set SO_REUSEADDR as
    the bot does. Raises ``OSError`` where all these ports are taken.

    A port that is picked and let go may be given to any connection of this machine before the bot listens. On
    Linux a port to which a socket is bound is given to nobody, whatever range the system has. Elsewhere that
    does not hold of SO_REUSEADDR, so the number is one that the system does not give away.
    """
    with socket.socket() as held:
        port = _bind(held, among)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # not before: nobody else can hold it now
        yield port


def _bind(held: socket.socket, among: Sequence[int]) -> int:
    """Bind to the first of these ports that is free; each process begins its search elsewhere."""
    begin = os.getpid() % len(among)
    for port in (*among[begin:], *among[:begin]):
        try:
            held.bind((EVERYWHERE, port))
        except OSError:
            continue
        return port
    raise OSError(f"none of {len(among)} ports is free")
