"""The page of several workspaces: one frame for all, and under it the page of each with its own state."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from bot.demo.overview import Overview
from bot.demo.server import DemoServer
from tests.demo.conftest import MANIFEST, make_server
from tests.demo.http_app import HttpApp
from tests.demo.test_several_workspaces import ONE, TWO, named

FRAME = Path(__file__).resolve().parents[2] / "bot/demo/page/workspaces.html"


@pytest.fixture
def slack() -> Iterator[DemoServer]:
    with make_server([named(ONE, "Harbour"), named(TWO, "Meadow")]) as server:
        server.grant(ONE)
        yield server


@pytest.fixture
def web(slack: DemoServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=slack.url) as client:
        yield client


def test_the_root_shows_all_and_each_has_the_page_of_one(slack: DemoServer, web: httpx.Client) -> None:
    assert FRAME.read_text() == web.get("/").text
    for team in (ONE, TWO):
        page = web.get(f"/w/{team}/")
        assert web.get("/page/index.html").content == page.content
        assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in web.get("/").headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", ["/w/T0NONE/", f"/w/{TWO}", "/w/", f"/w/{TWO}/control/state/", f"/w/{TWO}/x"]
)
def test_there_is_nothing_else(web: httpx.Client, path: str) -> None:
    assert 404 == web.get(path).status_code


def test_one_workspace_has_no_frame(server: DemoServer) -> None:
    for path in (f"/w/{server.workspace.team_id}/", "/control/workspaces"):
        assert 404 == httpx.get(server.url + path).status_code


def test_each_page_shows_its_own_workspace(slack: DemoServer, web: httpx.Client) -> None:
    states = [web.get(f"/w/{team}/control/state").json() for team in (ONE, TWO)]

    assert ["Harbour", "Meadow"] == [state["team"]["name"] for state in states]
    assert [True, False] == [state["installed"] for state in states]
    assert [["/belonging"], []] == [[c["command"] for c in state["commands"]] for state in states]
    assert not any(channel["bot_is_in"] for channel in states[1]["channels"])
    assert states[0]["now"] == states[1]["now"]


def test_what_somebody_does_in_one_pane_stays_there(slack: DemoServer, web: httpx.Client) -> None:
    act = {"as": "UANN", "type": "message", "channel": "COPEN", "text": "in Meadow"}
    assert web.post(f"/w/{TWO}/control/act", json=act).json()["ok"]
    assert [{}, ["COPEN"]] == [
        slack.sites[ONE].workspace.messages,
        list(slack.sites[TWO].workspace.messages),
    ]


def test_the_raw_data_are_those_of_one_workspace(slack: DemoServer, web: httpx.Client) -> None:
    for team, content in ((ONE, b"harbour"), (TWO, b"meadow")):
        hooks = slack.sites[team].hooks
        hooks.stored = lambda team=team: {"tables": [], "files": [{"path": team}]}
        hooks.read_file = {team: content}.__getitem__

    for team, other, text in ((ONE, TWO, "harbour"), (TWO, ONE, "meadow")):
        assert [{"path": team}] == web.get(f"/w/{team}/control/stored").json()["files"]
        raw = web.get(f"/w/{team}/control/raw", params={"path": team}).json()
        assert [text] == [line["text"] for line in raw["lines"]]
        assert 400 == web.get(f"/w/{team}/control/raw", params={"path": other}).status_code


def test_the_clock_of_one_pane_is_the_clock_of_all(slack: DemoServer, web: httpx.Client) -> None:
    told = []
    for team in (ONE, TWO):
        slack.sites[team].hooks.on_time = lambda team=team: told.append(team)
    now = web.post(f"/w/{TWO}/control/clock", json={"advance_s": 3600}).json()["now"]
    assert now == web.get(f"/w/{ONE}/control/state").json()["now"]
    assert [ONE, TWO] == told


def test_each_pane_is_told_of_its_own_changes(slack: DemoServer) -> None:
    url = slack.url.replace("http", "ws")
    with connect(f"{url}/w/{TWO}/control/events") as socket:
        before = socket.recv()
        slack.sites[ONE].workspace.changed()
        slack.sites[TWO].workspace.changed()
        assert before != socket.recv()


def test_the_overview_says_where_the_app_is_and_where_to_install_it(
    slack: DemoServer, web: httpx.Client, tmp_path: Path
) -> None:
    assert web.get("/control/workspaces").json()["install_url"] is None
    with HttpApp(slack, tmp_path) as app:
        shown = web.get("/control/workspaces").json()
        assert f"{app.url}/slack/install" == shown["install_url"]
        assert 200 == httpx.get(shown["install_url"], follow_redirects=True).status_code
    assert [(ONE, "Harbour", True), (TWO, "Meadow", False)] == [
        (one["id"], one["name"], one["installed"]) for one in shown["workspaces"]
    ]


def test_a_pane_uninstalls_its_own_workspace(tmp_path: Path) -> None:
    events = ["tokens_revoked", "app_uninstalled"]
    manifest: dict[str, Any] = MANIFEST | {"settings": {"event_subscriptions": {"bot_events": events}}}
    with make_server([named(ONE, "Harbour"), named(TWO, "Meadow")], manifest) as slack:
        slack.grant(ONE)
        slack.grant(TWO)
        with HttpApp(slack, tmp_path) as app, httpx.Client(base_url=slack.url) as web:
            assert {"ok": True} == web.post("/control/uninstall", json={"team_id": TWO}).json()
            assert 400 == web.post("/control/uninstall", json={"team_id": TWO}).status_code
            assert 400 == web.post("/control/uninstall", json={"team_id": "T0NONE"}).status_code

        assert [(TWO, kind) for kind in events] == [
            (one["team_id"], one["event"]["type"]) for one in app.heard
        ]
        assert [True, False] == [
            one["installed"] for one in Overview(slack.installations, {}).list()["workspaces"]
        ]
