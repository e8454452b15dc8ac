"""Look up names in threads that nobody waits for.

aiohttp looks them up in the loop's own threads, and a loop that ends waits for these. A name server that says
nothing would so keep a stop waiting for half a minute.
"""

import asyncio
import socket
from functools import partial

from aiohttp.abc import AbstractResolver, ResolveResult

from bot.slack.client.threads import start_call

NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class Resolver(AbstractResolver):
    """The system's own resolver."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host. Raises ``OSError``."""
        look_up = partial(
            socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
        return [
            ResolveResult(
                hostname=host, host=str(to[0]), port=int(to[1]), family=kind, proto=protocol, flags=NUMERIC
            )
            for kind, _, protocol, _, to in await asyncio.wrap_future(start_call(look_up, "look-up"))
        ]

    async def close(self) -> None:
        """Nothing is open."""
