"""What the page asks for, and who may ask."""

import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from bot.demo.server import DemoServer
from bot.demo.workspace import demo_workspace
from tests.patience import PATIENCE_S


@pytest.fixture
def page(server: DemoServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as client:
        yield client


def test_the_state_has_all_that_the_page_shows(page: httpx.Client) -> None:
    state = page.get("/control/state", params={"as": "UBEN"}).json()
    assert state["you"] == "UBEN"
    assert {m["id"] for m in state["members"]} == {"UANN", "UBEN", "UGUEST", "UOWN"}
    assert [c["name"] for c in state["channels"]] == ["open", "elsewhere", "past"]
    assert state["commands"] == [{"command": "/belonging", "description": "Help", "usage_hint": ""}]
    assert (state["views"], state["home"], state["notice"], state["connected"]) == ([], None, None, False)
    assert state["now"].endswith("Z")


def test_without_a_name_the_page_starts_as_someone_who_is_there(page: httpx.Client) -> None:
    assert page.get("/control/state").json()["you"] in {"UANN", "UBEN", "UGUEST", "UOWN"}
    assert page.get("/control/state", params={"as": "UNONE"}).status_code == 400


def test_the_demo_has_fourteen_people_one_admin_and_the_bot_in_one_channel() -> None:
    workspace = demo_workspace()
    assert [m.name for m in workspace.members.values() if m.is_admin] == ["Maya Okafor"]
    assert sum(m.is_human for m in workspace.members.values()) == 14
    assert workspace.channel_named("product-team").members[-1] == workspace.bot.id


def test_an_unread_channel_is_read_once_it_was_looked_at(server: DemoServer, page: httpx.Client) -> None:
    server.act("UBEN", type="message", channel="COPEN", text="hello")

    def unread() -> list[bool]:
        channels = page.get("/control/state", params={"as": "UANN"}).json()["channels"]
        return [c["unread"] for c in channels if c["id"] == "COPEN"]

    assert unread() == [True]
    page.post("/control/act", json={"as": "UANN", "type": "read", "channel": "COPEN"})
    assert unread() == [False]


def test_somebody_can_set_slack_to_another_language(server: DemoServer, page: httpx.Client) -> None:
    done = page.post("/control/act", json={"as": "UANN", "type": "set_locale", "locale": "ja-JP"})

    assert done.json() == {"ok": True}
    members = {one["id"]: one for one in page.get("/control/state").json()["members"]}
    assert ("ja-JP", "en-GB") == (members["UANN"]["locale"], members["UBEN"]["locale"])


BAD: list[tuple[str, Any]] = [
    ("/control/act", {"as": "UANN", "type": "set_locale", "locale": "German"}),
    ("/control/act", []),
    ("/control/act", {}),
    ("/control/act", {"as": "UNONE", "type": "open_home"}),
    ("/control/act", {"as": "UOLD", "type": "open_home"}),
    ("/control/act", {"as": "UANN", "type": "dance"}),
    ("/control/act", {"as": "UANN", "type": ["open_home"]}),
    ("/control/act", {"as": "UANN", "type": "message", "channel": "CNONE", "text": "x"}),
    ("/control/act", {"as": "UANN", "type": "message", "channel": "COPEN", "text": " "}),
    ("/control/act", {"as": "UANN", "type": "command", "channel": "COPEN", "text": "no slash"}),
    ("/control/act", {"as": "UANN", "type": "view_submit", "view_id": "V1", "state": 3}),
    ("/control/act", {"as": "UANN", "type": "view_close", "view_id": 3}),
    ("/control/act", {"as": "UANN", "type": "block_action", "container": "x"}),
    ("/control/act", {"as": "UANN", "type": "block_action", "container": {"type": "moon"}}),
    ("/control/act", {"as": "UANN", "type": "block_action", "container": {"type": "view", "view_id": "V1"}}),
    ("/control/clock", {}),
    ("/control/clock", {"advance_s": "1"}),
    ("/control/clock", {"advance_s": -1}),
    ("/control/clock", {"advance_s": 1e300}),
    ("/control/clock", {"to": "tomorrow"}),
    ("/control/clock", {"to": "2026-11-24T09:00:00"}),
    ("/control/clock", {"to": "2020-01-01T00:00:00Z"}),
    ("/control/team-answer", {"as": "UANN", "channel": "COPEN", "ts": "1"}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body"), BAD)
def test_a_call_that_makes_no_sense_gets_a_sentence(page: httpx.Client, path: str, body: Any) -> None:
    answer = page.post(path, json=body)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")


@pytest.mark.parametrize("body", ["{", "NaN", '{"advance_s": NaN}', b"\xff", "[" * 100_000])
def test_what_is_no_json_gets_a_sentence(page: httpx.Client, body: Any) -> None:
    answer = page.post("/control/clock", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (400, "The body is no JSON.")


def test_a_form_of_another_site_cannot_post(page: httpx.Client) -> None:
    answer = page.post("/control/clock", content='{"advance_s": 1}', headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", ""])
def test_only_a_loopback_host_is_answered(page: httpx.Client, host: str) -> None:
    for path in ("/", "/control/state", "/api/api.test"):
        assert page.get(path, headers={"Host": host}).status_code == 403


def test_a_websocket_of_another_site_is_refused(server: DemoServer) -> None:
    url = server.url.replace("http", "ws") + "/control/events?as=UANN"
    with pytest.raises(InvalidStatus), connect(url, origin="https://evil.example"):  # type: ignore[arg-type]
        pass


def test_the_page_hears_of_every_change(server: DemoServer) -> None:
    with connect(server.url.replace("http", "ws") + "/control/events?as=UANN") as events:
        first = json.loads(events.recv())["revision"]
        server.workspace.changed()
        assert json.loads(events.recv(timeout=PATIENCE_S))["revision"] > first


def test_moving_the_clock_runs_what_is_due_before_it_answers(server: DemoServer, page: httpx.Client) -> None:
    done: list[str] = []
    server.hooks.on_time = lambda: done.append(server.site.clock.now().isoformat())
    before = server.site.clock.now()
    answer = page.post("/control/clock", json={"advance_s": 3600})
    server.hooks.on_time = None
    assert answer.json()["ok"] is True
    assert (server.site.clock.now() - before).total_seconds() == 3600
    assert done == [server.site.clock.now().isoformat()]


def test_stored_files_are_shown_sixteen_bytes_a_line(server: DemoServer, page: httpx.Client) -> None:
    files = {"ballots/a.db": b"SQLite format 3\x00more"}
    server.hooks.stored = lambda: {"tables": [], "files": [{"path": "ballots/a.db"}]}
    server.hooks.read_file = files.__getitem__
    assert page.get("/control/stored").json()["files"] == [{"path": "ballots/a.db"}]
    raw = page.get("/control/raw", params={"path": "ballots/a.db"}).json()
    assert raw["size"] == 20
    assert [line["text"] for line in raw["lines"]] == ["SQLite format 3.", "more"]
    assert raw["lines"][1] == {"offset": 16, "hex": "6d 6f 72 65", "text": "more"}
    for bad in ({"path": "other"}, {"path": "ballots/a.db", "offset": "x"}):
        assert page.get("/control/raw", params=bad).status_code == 400
    server.hooks.stored = server.hooks.read_file = None


def test_the_page_runs_no_script_but_its_own_and_is_not_cached(page: httpx.Client) -> None:
    answer = page.get("/")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'self'; img-src 'self' data:")
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/page/none.js", "/page/%2e%2e/server.py", "/page/..%2fserver.py", "/page/"]
)
def test_only_files_of_the_page_are_served(page: httpx.Client, path: str) -> None:
    assert page.get(path).status_code == 404


def test_an_unknown_address_gets_a_sentence(page: httpx.Client) -> None:
    assert page.get("/control/none").json()["error"] == "There is nothing at this address."
    assert page.get("/control/act").json()["error"] == "This address takes another HTTP method."


def test_a_port_in_use_is_said_when_starting(server: DemoServer) -> None:
    port = int(server.url.rpartition(":")[2])
    second = DemoServer(
        demo_workspace(), manifest={"display_information": {"name": "x"}}, clock=server.site.clock, port=port
    )
    with pytest.raises(OSError, match="in use"):
        second.start()
    second.stop()


def test_stopping_leaves_no_thread_and_the_server_starts_again(server_with: Any) -> None:
    before = set(threading.enumerate())
    server = server_with()
    with connect(server.url.replace("http", "ws") + "/control/events?as=UANN") as events:
        events.recv()
        server.stop()
    assert set(threading.enumerate()) <= before
    server.start()
    assert httpx.get(f"{server.url}/control/state").status_code == 200


def test_a_stopped_server_says_that_it_is_not_running(server_with: Any) -> None:
    server = server_with()
    server.stop()
    with pytest.raises(RuntimeError, match="not running"):
        server.act("UANN", type="open_home")


def test_the_server_listens_on_the_loopback_interface_only(server: DemoServer) -> None:
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=2) as reached:
        assert reached.getpeername()[0] == "127.0.0.1"
