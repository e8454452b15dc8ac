"""Who may ask the local workspace: its own page, and programs of this machine; and which paths there are."""

import http.client
from collections.abc import Iterator

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from bot.demo.server import DemoServer
from tests.patience import PATIENCE_S

STATE, ACT = "/control/state", "/control/act"


@pytest.fixture
def page(server: DemoServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as client:
        yield client


def port_of(server: DemoServer) -> int:
    return int(server.url.rpartition(":")[2])


def foreign_origins(server: DemoServer) -> list[str]:
    """Everything that is not the page's own origin: another scheme, host or port."""
    port = port_of(server)
    return [
        f"https://127.0.0.1:{port}",
        f"http://127.0.0.1:{port + 1}",
        f"http://localhost:{port}",
        "http://127.0.0.1",
        f"http://127.0.0.1:{port}.evil.example",
        f"http://127.0.0.1:{port}@evil.example",
        f"ws://127.0.0.1:{port}",
        "https://evil.example",
        "null",
        "",
    ]


def test_only_the_own_origin_may_ask_by_scheme_host_and_port(server: DemoServer, page: httpx.Client) -> None:
    for origin in foreign_origins(server):
        assert 403 == page.get(STATE, headers={"Origin": origin}).status_code, origin
    without_port = {"Host": "127.0.0.1", "Origin": "http://127.0.0.1"}
    assert 403 == page.get(STATE, headers=without_port).status_code
    assert 200 == page.get(STATE, headers={"Origin": server.url}).status_code


@pytest.mark.parametrize("path", ["/control/events", "/socket?ticket=x"])
def test_no_page_elsewhere_opens_a_websocket_not_even_at_another_port(server: DemoServer, path: str) -> None:
    url = server.url.replace("http", "ws") + path
    for origin in foreign_origins(server):
        with pytest.raises(InvalidStatus), connect(url, origin=origin):  # type: ignore[arg-type]
            pass


def test_the_page_may_be_opened_under_each_name_of_this_machine(server: DemoServer) -> None:
    for name in ("127.0.0.1", "localhost", "LOCALHOST"):
        host = f"{name}:{port_of(server)}"
        headers = {"Host": host, "Origin": f"http://{host.lower()}"}
        assert 200 == httpx.get(f"{server.url}{STATE}", headers=headers).status_code


def test_a_request_that_names_another_host_or_port_is_refused(server: DemoServer, page: httpx.Client) -> None:
    port = port_of(server)
    ours = f"127.0.0.1:{port}"
    for host in (
        f"127.0.0.1:{port + 1}",
        "evil.example",
        f"evil.example:{port}",
        f"a@{ours}",
        f"{ours}.evil",
    ):
        assert 403 == page.get("/", headers={"Host": host}).status_code, host


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_a_page_elsewhere_loads_without_an_origin_is_refused(page: httpx.Client, site: str) -> None:
    """A picture, a script or a form of another page sends no Origin; and the token is in our source."""
    marks = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"}

    for path in (STATE, "/api/api.test", "/control/stored"):
        assert 403 == page.get(path, headers=marks).status_code
    assert 200 == page.get("/", headers=marks).status_code, "a link to the page may be followed"


ODD = [
    *("/page/", "/page/.", "/page/./index.html", "/page/index.html/", "/page/x/../index.html"),
    *(
        "/page//index.html",
        "/page/..",
        "/page/../routes.py",
        "/page/%2e%2e/routes.py",
        "/page/..%2froutes.py",
    ),
    *("/page//etc/passwd", "/page/%00", "/page/index.html%00.png", "/page/%ff", "/page/..%5croutes.py"),
    *("/page/" + "x" * 5000, "/page/index.HTML", "/page/index.html%20", "//", "/index.html", "/control"),
    *("/control/", f"{STATE}/", "/api", "/api/", "/api/api.test/", "/api//api.test", "/response/T/"),
    *("/socket/", "/%2e%2e/", "/favicon.ico"),
]


@pytest.mark.parametrize("path", ODD)
def test_an_odd_path_is_nowhere(server: DemoServer, path: str) -> None:
    """Sent as it stands: clients tidy paths up."""
    line = http.client.HTTPConnection("127.0.0.1", port_of(server), timeout=PATIENCE_S)
    line.putrequest("GET", path)
    line.endheaders()

    answer = line.getresponse()

    assert 404 == answer.status
    assert b"<!doctype" not in answer.read().lower()
    line.close()


def test_every_file_of_the_page_is_where_the_page_looks_for_it(page: httpx.Client) -> None:
    assert "<!doctype html>" in page.get("/").text.lower()
    assert page.get("/").content == page.get("/page/index.html").content


@pytest.mark.parametrize("offset", ["9" * 5000, "-1", "1e3", "", "\u0661"])
def test_an_odd_offset_is_told_and_no_fault(page: httpx.Client, offset: str) -> None:
    assert 400 == page.get("/control/raw", params={"path": "x", "offset": offset}).status_code
