"""A local workspace to call, a Slack that misbehaves, and a client that does not really wait."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.http_retry import builtin_handlers, handler

from bot.demo.clock import AdjustableClock
from bot.demo.server import DemoServer
from bot.demo.workspace import demo_workspace
from bot.slack.client.calls import web_client
from tests.patience import PATIENCE_S, UNHURRIED
from tests.slack.samples import OPENED

MANIFEST = json.loads((Path(__file__).parents[2] / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture
def slack() -> Iterator[DemoServer]:
    """The demo team's workspace, on loopback, with a clock that stands still."""
    clock = AdjustableClock(OPENED, real=lambda: 0.0)
    with DemoServer(demo_workspace(), manifest=MANIFEST, clock=clock, deadlines=UNHURRIED) as server:
        yield server


@pytest.fixture
def client(slack: DemoServer) -> WebClient:
    """The bot's own client, at that workspace."""
    return web_client(slack.bot_token, slack.api_url)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the client would have waited before it tried again."""
    waited: list[float] = []
    for module in (builtin_handlers, handler):
        monkeypatch.setattr(module.time, "sleep", waited.append)
    return waited


TRICKLING = 2
"""In place of a status: what stands in the body, byte by byte, and blanks without end."""


@dataclass(slots=True)
class Misbehaving:
    """A server that gives one prepared answer after the other, the last one again and again."""

    answers: list[tuple[int, bytes]]
    url: str = ""
    asked: int = 0
    ending: threading.Event = field(default_factory=threading.Event)

    def next_answer(self) -> tuple[int, bytes]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def _handler_of(script: Misbehaving) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, body = script.next_answer()
            if status == 0:  # say nothing until the test is over
                script.ending.wait(PATIENCE_S)
            elif status == 1:  # say something that is no HTTP
                self.wfile.write(body)
            elif status == TRICKLING:  # there is always one byte more to come
                while not script.ending.wait(0.005):
                    self.wfile.write(body[:1])
                    body = body[1:] or b" "
            else:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def misbehaving() -> Iterator[Misbehaving]:
    """A server that answers with whatever stands in ``answers``: (status, body)."""
    script = Misbehaving(answers=[(200, b"")])
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(script)) as server:
        server.daemon_threads = True
        script.url = f"http://127.0.0.1:{server.server_address[1]}/api/"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield script
        script.ending.set()
        server.shutdown()
        thread.join()
