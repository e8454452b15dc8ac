"""A local workspace for a whole module, and an app on Socket Mode that does what a test tells it."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Self

import pytest
from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from bot.demo.clock import AdjustableClock
from bot.demo.people import Member
from bot.demo.server import DemoServer
from bot.demo.site import Deadlines
from bot.demo.workspace import BOT_USER_ID, Channel, Workspace, make_workspace
from tests.patience import PATIENCE_S, UNHURRIED

OVER = Deadlines(ack_s=0.1, trigger_s=0.1)
"""For tests in which nothing comes within these limits, however fast the machine is."""

MANIFEST: dict[str, Any] = {
    "display_information": {"name": "Test Bot"},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": False},
        "bot_user": {"display_name": "testbot"},
        "slash_commands": [{"command": "/belonging", "description": "Help"}],
    },
    "oauth_config": {
        "scopes": {"bot": ["chat:write", "commands", "channels:read", "groups:read", "users:read"]}
    },
    "settings": {
        "event_subscriptions": {
            "bot_events": [
                "app_home_opened",
                "member_joined_channel",
                "channel_left",
                "channel_archive",
                "channel_rename",
                "channel_unarchive",
                "channel_deleted",
                "group_unarchive",
                "group_deleted",
            ]
        }
    },
}


def small_workspace() -> Workspace:
    people = [
        Member(id="UANN", name="Ann Example", handle="ann", is_admin=True),
        Member(id="UBEN", name="Ben Example", handle="ben"),
        Member(id="UGUEST", name="Gil Guest", handle="gil", is_restricted=True),
        Member(id="UOLD", name="Otto Gone", handle="otto", deleted=True),
        Member(id="UOWN", name="Olga Owner", handle="olga", is_owner=True),
    ]
    channels = [
        Channel(id="COPEN", name="open", members=["UANN", "UBEN", "UGUEST", BOT_USER_ID]),
        Channel(id="CELSE", name="elsewhere", members=["UANN"]),
        Channel(id="CSECRET", name="secret", private=True, members=["UANN"]),
        Channel(id="CCLOSED", name="closed", private=True, members=["UANN", BOT_USER_ID]),
        Channel(id="CPAST", name="past", archived=True, members=["UANN", BOT_USER_ID]),
    ]
    return make_workspace(people, channels)


def make_server(workspace: Workspace | None = None, manifest: Any = None, **more: Any) -> DemoServer:
    clock = AdjustableClock(datetime(2026, 11, 24, 9, tzinfo=UTC), real=time.monotonic)
    more.setdefault("deadlines", UNHURRIED)
    return DemoServer(workspace or small_workspace(), manifest=manifest or MANIFEST, clock=clock, **more)


Answer = Callable[[SocketModeRequest], Any]


class ScriptedApp:
    """Acknowledges each envelope with what ``answer`` says (None: not at all), and keeps what it was sent."""

    def __init__(self, server: DemoServer) -> None:
        self.server = server
        self._heard = threading.Condition()
        self.reset()

    def reset(self) -> None:
        self.seen: list[SocketModeRequest] = []
        self.answer: Answer = lambda _request: {}

    def hear(self, request: SocketModeRequest, send: Callable[[SocketModeResponse], None]) -> None:
        answer = self.answer(request)
        # Kept before it is acknowledged: what a test did is then over when the act returns.
        with self._heard:
            self.seen.append(request)
            self._heard.notify_all()
        if answer is not None:
            send(SocketModeResponse(envelope_id=request.envelope_id, payload=answer or None))

    def wait(self, count: int, timeout_s: float = PATIENCE_S) -> list[Any]:
        """The payloads of everything heard so far, once there are ``count`` of them."""
        with self._heard:
            assert self._heard.wait_for(lambda: len(self.seen) >= count, timeout_s), f"heard {len(self.seen)}"
            return [request.payload for request in self.seen]


class SdkApp(ScriptedApp):
    """The scripted app on slack_sdk's own client, which takes three seconds to close."""

    def __init__(self, server: DemoServer) -> None:
        super().__init__(server)
        web = WebClient(base_url=server.api_url)
        self.client = SocketModeClient(app_token=server.app_token, web_client=web)
        self.client.socket_mode_request_listeners.append(
            lambda client, request: self.hear(request, client.send_socket_mode_response)
        )


class QuickApp(ScriptedApp):
    """The scripted app on a bare WebSocket, for workspaces of a single test."""

    def __enter__(self) -> Self:
        web = WebClient(base_url=self.server.api_url)
        self._context = connect(web.apps_connections_open(app_token=self.server.app_token)["url"])
        self._socket = self._context.__enter__()
        assert json.loads(self._socket.recv())["type"] == "hello"
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._context.__exit__(None, None, None)
        self._thread.join()

    def _run(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            for text in self._socket:
                request = SocketModeRequest.from_dict(json.loads(text))
                if request is not None:
                    self.hear(request, lambda response: self._socket.send(json.dumps(response.to_dict())))


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    with make_server() as server:
        yield server


@pytest.fixture(autouse=True)
def _clean(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "server" not in request.fixturenames:
        return
    server = request.getfixturevalue("server")
    workspace = server.workspace
    with workspace.lock:
        for part in (workspace.messages, workspace.stacks, workspace.homes, workspace.notices):
            part.clear()
        workspace.calls.clear()
        workspace.problems.clear()
        workspace.listeners.clear()
        server.site.faults.clear()
        server.site.rate_limits = False
        server.site.deadlines = UNHURRIED
    fresh = small_workspace()
    workspace.channels.update(fresh.channels)
    workspace.members.update(fresh.members)


@pytest.fixture(scope="module")
def bot(server: DemoServer) -> WebClient:
    return WebClient(token=server.bot_token, base_url=server.api_url)


@pytest.fixture(scope="module")
def _sdk_app(server: DemoServer) -> Iterator[ScriptedApp]:
    app = SdkApp(server)
    app.client.connect()
    yield app
    app.client.close()


@pytest.fixture
def app(server: DemoServer, _sdk_app: ScriptedApp) -> ScriptedApp:
    assert server.wait_connected()
    _sdk_app.reset()
    return _sdk_app


@pytest.fixture
def server_with() -> Iterator[Callable[..., DemoServer]]:
    """Starts other servers for one test, and stops them after it."""
    started: list[DemoServer] = []

    def make(**how: Any) -> DemoServer:
        server = make_server(**how)
        server.start()
        started.append(server)
        return server

    yield make
    for server in started:
        server.stop()


@pytest.fixture
def manifest() -> dict[str, Any]:
    copied: dict[str, Any] = json.loads(json.dumps(MANIFEST))
    return copied


@pytest.fixture
def modal() -> Callable[..., dict[str, Any]]:
    """A modal with one text input; more fields as given."""

    def make(**more: Any) -> dict[str, Any]:
        label = {"type": "plain_text", "text": "Your word"}
        element = {"type": "plain_text_input", "action_id": "word", "max_length": 20}
        return {
            "type": "modal",
            "callback_id": "reply",
            "title": {"type": "plain_text", "text": "Reply"},
            "submit": {"type": "plain_text", "text": "Send"},
            "blocks": [{"type": "input", "block_id": "text", "label": label, "element": element}],
            **more,
        }

    return make


@pytest.fixture
def quick() -> type[QuickApp]:
    return QuickApp
