"""Slack's hello over a Socket Mode connection: how many connections there are with one app token."""

import asyncio
import ssl
from contextlib import suppress

import aiohttp

from bot.slack.proxies import proxy_for

HELLO_S = 5.0
"""How long to wait for Slack's hello."""


def count_connections(url: str) -> int | None:
    """Return how many connections Slack counts besides the one made here; None where it does not say.

    ``url``: an address that ``apps.connections.open`` has given. The connection ends with the hello.
    """
    with suppress(aiohttp.ClientError, OSError, ValueError, TypeError, KeyError):
        return asyncio.run(_number(url)) - 1
    return None


async def _number(url: str) -> int:
    tls = ssl.create_default_context() if url.startswith("wss:") else True
    async with (
        asyncio.timeout(HELLO_S),
        aiohttp.ClientSession() as http,
        http.ws_connect(url, proxy=proxy_for(url), ssl=tls) as connection,
    ):
        return int((await connection.receive_json())["num_connections"])
