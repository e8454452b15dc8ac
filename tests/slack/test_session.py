"""What the session reads and writes as JSON: the same as the standard library, in less time."""

import asyncio
import json
import socket

import pytest
from aiohttp import web

from bot.slack.client.proxies import route_to
from bot.slack.transport.pools import Pools
from bot.slack.transport.session import Connections, _as_json, _from_json

HALF = '{"name": "Toma \\ud83c"}'
"""Half an emoji: somebody may have typed it, and orjson refuses it."""


@pytest.mark.parametrize("text", ['{"ok": true, "user": {"name": "Toma 🌱"}}', HALF, "[" * 900 + "]" * 900])
def test_an_answer_is_read_as_the_standard_library_reads_it(text: str) -> None:
    assert json.loads(text) == _from_json(text)


def test_an_answer_that_is_no_json_is_told_as_the_sdk_expects() -> None:
    with pytest.raises(json.JSONDecodeError):
        _from_json("<html>")


def test_half_an_emoji_is_sent() -> None:
    assert json.loads(HALF) == json.loads(_as_json(json.loads(HALF)))


def test_a_cookie_that_slack_sets_for_one_workspace_is_sent_for_no_other() -> None:
    """All workspaces share the connections."""
    received: list[str] = []

    async def set_cookie(request: web.BaseRequest) -> web.StreamResponse:
        received.append(request.headers.get("Cookie", ""))
        answer = web.json_response({"ok": True})
        answer.set_cookie("b", "north")
        return answer

    async def ask() -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        server = web.ServerRunner(web.Server(set_cookie))
        await server.setup()
        await web.SockSite(server, listening).start()
        url = f"http://localhost:{listening.getsockname()[1]}/api/"
        pools = Pools.of_one_workspace()
        connections = await Connections.open(route_to(url), pools, lambda: lambda _: None, asyncio.sleep)
        try:
            for _ in range(2):
                async with connections.http.get(url) as answer:
                    assert "b" in answer.cookies
        finally:
            await connections.close()
            await server.cleanup()

    asyncio.run(ask())

    assert ["", ""] == received
