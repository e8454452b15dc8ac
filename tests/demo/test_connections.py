"""The connections of Socket Mode, frame by frame."""

import contextlib
import json
from typing import Any

import pytest
from slack_sdk import WebClient
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from bot.demo.server import DemoServer
from tests.demo.conftest import OVER


def ticket(server: DemoServer) -> str:
    return str(WebClient(base_url=server.api_url).apps_connections_open(app_token=server.app_token)["url"])


def test_the_first_frame_is_a_hello_that_counts_the_connections(server: DemoServer) -> None:
    with connect(ticket(server)) as socket:
        hello = json.loads(socket.recv())
    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    assert server.workspace.wait_for(lambda _: server.site.connections == 0)


def test_a_ticket_opens_one_connection(server: DemoServer) -> None:
    url = ticket(server)
    with connect(url) as socket:
        socket.recv()
        with pytest.raises(InvalidStatus), connect(url):
            pass
    assert server.workspace.wait_for(lambda _: server.site.connections == 0)


def test_each_envelope_goes_to_one_connection(server: DemoServer, quick: Any) -> None:
    with quick(server) as one, quick(server) as other:
        assert server.wait_connected(2)
        for _ in range(4):
            server.act("UANN", type="command", channel="COPEN", text="/belonging")
        assert [len(one.wait(2)), len(other.wait(2))] == [2, 2]
    assert server.workspace.wait_for(lambda _: server.site.connections == 0)


def test_an_event_waits_for_a_connection(server: DemoServer, quick: Any) -> None:
    server.act("UANN", type="open_home")
    with quick(server) as late:
        (payload,) = late.wait(1)
    assert payload["event"]["type"] == "app_home_opened"
    assert server.workspace.wait_for(lambda _: server.site.connections == 0)


def test_without_any_connection_a_command_fails_when_its_time_is_over(server: DemoServer) -> None:
    server.site.deadlines = OVER
    result = server.act("UANN", type="command", channel="COPEN", text="/belonging")
    assert result["error"] == "/belonging failed because the app did not respond."


def test_an_eleventh_connection_is_turned_away(server: DemoServer) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(connect(ticket(server))).recv()
        extra = stack.enter_context(connect(ticket(server)))
        assert json.loads(extra.recv())["reason"] == "too_many_websockets"
    assert server.workspace.wait_for(lambda _: server.site.connections == 0)


def test_what_is_no_ack_is_noted(server: DemoServer) -> None:
    with connect(ticket(server)) as socket:
        socket.recv()
        socket.send("hello?")
        socket.send(json.dumps({"envelope_id": "never-sent"}))
        assert server.workspace.wait_for(lambda w: len(w.problems) == 2)
    assert server.workspace.wait_for(lambda _: server.site.connections == 0)
