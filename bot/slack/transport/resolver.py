"""Look up names in threads that nobody waits for.

aiohttp looks them up in the loop's own threads, and a loop that ends waits for these. A name server that says
nothing would so keep a stop waiting for half a minute.
"""

import asyncio
import socket
from concurrent.futures import Future
from threading import Thread
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class Resolver(AbstractResolver):
    """The system's own resolver."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host. Raises ``OSError``."""
        looked_up: Future[list[Any]] = Future()
        looked_up.set_running_or_notify_cancel()  # whoever waits may go, and the thread does not notice

        def look_up() -> None:
            try:
                looked_up.set_result(
                    socket.getaddrinfo(
                        host, port, type=socket.SOCK_STREAM, family=family, flags=socket.AI_ADDRCONFIG
                    )
                )
            except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
                looked_up.set_exception(error)

        Thread(target=look_up, name="look-up", daemon=True).start()
        return [
            ResolveResult(
                hostname=host, host=str(to[0]), port=to[1], family=kind, proto=protocol, flags=NUMERIC
            )
            for kind, _, protocol, _, to in await asyncio.wrap_future(looked_up)
        ]

    async def close(self) -> None:
        """Nothing is open."""
