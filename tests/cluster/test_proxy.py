"""The proxy of deploy/compose before three workers: each request reaches one, and nothing is noted down."""

import http.client
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import pytest

from bot.app.cluster.worker import NOTICED_S
from tests.held_port import held_port
from tests.patience import PATIENCE_S

CADDYFILE = Path(__file__).resolve().parents[2] / "deploy" / "compose" / "Caddyfile"
CADDY = shutil.which("caddy", path=str(Path(sys.executable).parent)) or "caddy"
WORKERS = "worker-1:3000 worker-2:3000 worker-3:3000"
READY = "serving initial configuration"
EVENT = b"payload=%7B%22text%22%3A%22what+I+think%22%7D&\xff"
SIGNED = {"X-Slack-Signature": "v0=aa", "X-Slack-Request-Timestamp": "1790000000"}


@dataclass
class Worker:
    """A worker that answers everything, and keeps what it was asked."""

    ready: bool = True
    posted: list[tuple[str, bytes]] = field(default_factory=list)
    looks: SimpleQueue[bool] = field(default_factory=SimpleQueue)
    _server: ThreadingHTTPServer | None = None

    def start(self) -> str:
        """Listen, and return the address."""
        worker = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                worker.looks.put(worker.ready)
                self._say(200 if worker.ready else 503)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                worker.posted.append((self.headers["X-Slack-Signature"], body))
                self._say(200)

            def _say(self, status: int) -> None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return f"127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Refuse connections from now on."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@dataclass
class Proxy:
    """Caddy with the file that we ship, before these workers."""

    port: int
    workers: tuple[Worker, ...]
    log: list[str]

    def post(self, path: str = "/slack/events") -> int:
        """Send what Slack sends, and return the status of the answer."""
        return self._ask("POST", path, EVENT, SIGNED)

    def get(self, path: str) -> int:
        """Return the status of the answer."""
        return self._ask("GET", path, None, {})

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()


@contextmanager
def running(config: Path, port: int) -> Iterator[list[str]]:
    """Run Caddy until it is ready; what it logs goes on to be collected until the end."""
    environ = {"BELONGING_HOST": f"http://127.0.0.1:{port}", "HOME": str(config.parent)}
    command = [CADDY, "run", "--adapter", "caddyfile", "--config", str(config)]
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as caddy:
        assert caddy.stderr
        said: list[str] = []
        try:
            for line in caddy.stderr:
                said.append(line)
                if READY in line:
                    break
            else:
                pytest.fail("".join(said))
            yield said
        finally:
            caddy.terminate()
            said.extend(caddy.stderr)


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    text = CADDYFILE.read_text(encoding="utf-8")
    assert text.count(WORKERS) == 1
    with ExitStack() as stack:
        workers = (Worker(), Worker(), Worker())
        addresses = [worker.start() for worker in workers]
        for worker in workers:
            stack.callback(worker.stop)
        config = tmp_path / "Caddyfile"
        config.write_text(text.replace(WORKERS, " ".join(addresses)), encoding="utf-8")
        port = stack.enter_context(held_port())
        yield Proxy(port, workers, stack.enter_context(running(config, port)))


def test_each_worker_is_asked_in_turn_with_the_bytes_that_slack_signed(proxy: Proxy) -> None:
    answers = {proxy.post() for _ in range(6)}

    assert {200} == answers
    assert [[("v0=aa", EVENT)] * 2] * 3 == [worker.posted for worker in proxy.workers]


def test_no_request_fails_where_a_worker_is_gone(proxy: Proxy) -> None:
    assert proxy.workers[1].looks.get(timeout=PATIENCE_S)  # so it counts as ready for the next second
    proxy.workers[1].stop()

    assert {200} == {proxy.post() for _ in range(30)}
    assert 30 == sum(len(worker.posted) for worker in proxy.workers)


def test_a_worker_that_takes_no_requests_gets_none(proxy: Proxy) -> None:
    leaving = proxy.workers[0]
    leaving.ready = False
    refused = 0
    while refused < 2:  # at the second look, what was found at the first is known
        refused += not leaving.looks.get(timeout=PATIENCE_S)

    answers = {proxy.post() for _ in range(6)}

    assert ({200}, []) == (answers, leaving.posted)


def test_it_notices_a_worker_that_leaves_before_that_one_stops_answering() -> None:
    named = dict(re.findall(r"health_(interval|timeout) (\d+)s", CADDYFILE.read_text(encoding="utf-8")))

    assert int(named["interval"]) + int(named["timeout"]) < NOTICED_S


@pytest.mark.parametrize("path", ["/cluster/forward", "/healthz", "/readyz", "/", "/slack/events/more"])
def test_nothing_else_of_a_worker_is_reached_from_outside(proxy: Proxy, path: str) -> None:
    assert [404, 404] == [proxy.get(path), proxy.post(path)]
    assert [] == [one for worker in proxy.workers for one in worker.posted]


def test_nothing_of_a_request_is_logged_not_even_when_all_workers_are_gone(tmp_path: Path) -> None:
    config = tmp_path / "Caddyfile"
    config.write_text(CADDYFILE.read_text("utf-8").replace(WORKERS, "127.0.0.1:1"), encoding="utf-8")
    with held_port() as port, running(config, port) as log:
        proxy = Proxy(port, (), log)
        failed = {proxy.post(), proxy.get("/slack/oauth_redirect?code=C0DE&state=s")}

    assert failed <= {502, 503}
    assert [] == [line for line in log if json.loads(line)["level"] == "error"]
    assert not [word for word in ("/slack", "C0DE", "oauth", "remote_ip") if word in "".join(log)]
