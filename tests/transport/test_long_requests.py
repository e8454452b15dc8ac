"""Whoever begins many long requests, which anybody can, does not fill the memory of the bot."""

import asyncio
import socket
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from bot.slack.transport import http_server
from bot.slack.transport.http_server import MOST_BYTES, HttpServer, Site
from tests.fakes.loops import run_alone
from tests.hosted_world import wait_until

CONNECTIONS = 100
PART = bytes(MOST_BYTES - 1)


class _Times:
    def now(self) -> datetime:
        return datetime(2026, 11, 30, 9, tzinfo=UTC)

    __call__ = now


def send(port: int, body: bytes, length: int) -> bytes:
    """Send a part of a request of this length; return what is answered within a second."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        head = f"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()
        connection.settimeout(1)
        try:
            connection.sendall(head)
            connection.sendall(body)
            return connection.recv(1000)
        except OSError:  # cut off, or no answer yet
            return b""


@pytest.mark.attack
def test_many_long_requests_that_do_not_end_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "MOST_LARGE", 8 << 20)

    async def scenario() -> tuple[bytes, bytes, int]:
        server = HttpServer(
            Site(dispatch=None),  # type: ignore[arg-type] - nothing is signed
            "0" * 32,
            ("127.0.0.1", 0),
            _Times(),  # type: ignore[arg-type] - only its clock is used
            started=None,
        )
        await server.connect()
        try:
            loop = asyncio.get_running_loop()
            threads = ThreadPoolExecutor(CONNECTIONS)
            long = [
                loop.run_in_executor(threads, send, server.port, PART, MOST_BYTES) for _ in range(CONNECTIONS)
            ]
            under_way = asyncio.gather(*long)
            await asyncio.sleep(0.2)
            short = await asyncio.to_thread(send, server.port, b"{}", 2)
            await under_way
            await asyncio.to_thread(wait_until, lambda: not server._large)  # their ends are noticed later
            after = await asyncio.to_thread(send, server.port, PART, len(PART))
            return short, after, server._large
        finally:
            await server.close()

    tracemalloc.start()
    try:
        short, after, left = run_alone(scenario())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert b" 401 " in short.partition(b"\r\n")[0]
    assert b" 401 " in after.partition(b"\r\n")[0]
    assert left == 0
    assert peak < 90_000_000
