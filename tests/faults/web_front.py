"""What stands between the bot and the Web API: it hands calls on, or does to them what a script says.

Every connection has a thread of its own, so a call that is held holds up no other.
"""

import json
import re
import socket
import socketserver
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

DROPPED = frozenset(
    {"connection", "content-length", "date", "host", "keep-alive", "server", "transfer-encoding"}
)
"""Headers that belong to one connection, or are written anew."""

UPSTREAM_S = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: that of the Web API behind the front, or one that was made up."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether Slack did what it was asked."""
        return self.status == 200 and b'"ok":true' in self.body.replace(b" ", b"")


@dataclass(slots=True)
class Call:
    """A call of the bot: a Web API method (or the path of another address), and what it was given.

    ``life``: which of the bots that were started calls; each has an address of its own. ``done`` sees each
    answer of Slack's first, and keeps in ``given`` what it makes of it.
    """

    life: int
    method: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    upstream: str = field(repr=False)
    done: "Callable[[Call, Answer], Answer]" = field(default=lambda _, answer: answer, repr=False)
    given: Answer | None = field(default=None, repr=False)

    @property
    def args(self) -> dict[str, str]:
        """The arguments, as text; those of JSON are JSON again."""
        kind = next((one for name, one in self.headers.items() if name.lower() == "content-type"), "")
        if kind.startswith("application/json"):
            sent = json.loads(self.body or b"{}")
            return {name: one if isinstance(one, str) else json.dumps(one) for name, one in sent.items()}
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    def apply(self) -> Answer:
        """What Slack answers, which then has done what it was asked."""
        return self.done(self, self._hand_on())

    def _hand_on(self) -> Answer:
        to = urlsplit(self.upstream)
        wire = HTTPConnection(str(to.hostname), to.port, timeout=UPSTREAM_S)
        try:
            sent = {name: one for name, one in self.headers.items() if name.lower() not in DROPPED}
            wire.request("POST", self.target, self.body, sent)
            answer = wire.getresponse()
            kept = {name: one for name, one in answer.getheaders() if name.lower() not in DROPPED}
            return Answer(answer.status, kept, answer.read())
        finally:
            wire.close()


class CutError(Exception):
    """Raised by a script: the connection ends here, with as much of an answer as ``sent``."""

    def __init__(self, sent: bytes = b"") -> None:
        super().__init__()
        self.sent = sent


class WebFront(socketserver.ThreadingTCPServer):
    """The front. ``answer`` decides over each call, ``answered`` hears of each whose answer is on its way.

    ``date`` tells the time for the ``Date`` header.
    """

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 512

    def __init__(
        self,
        upstream: str,
        *,
        answer: Callable[[Call], Answer],
        answered: Callable[[Call], None],
        date: Callable[[], str],
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream, self.answer, self.answered, self.date = upstream, answer, answered, date
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._thread = Thread(target=self.serve_forever, args=(0.02,), name="web-front", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a bot that was killed leaves broken connections behind."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: WebFront

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        life, target = _life_of(self.path)
        name = urlsplit(target).path.removeprefix("/api/")
        call = Call(life, name, target, dict(self.headers.items()), body, self.server.upstream)
        try:
            answer = self.server.answer(call)
        except CutError as cut:
            self._cut(cut.sent)
            return
        with suppress(OSError):
            self.wfile.write(self._written(answer))
            self.server.answered(call)

    do_GET = do_POST  # noqa: N815 - the name that the library calls

    def _written(self, answer: Answer) -> bytes:
        lines = [f"HTTP/1.1 {answer.status} Here"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        lines += [f"Date: {self.server.date()}", f"Content-Length: {len(answer.body)}", "", ""]
        return "\r\n".join(lines).encode() + answer.body

    def _cut(self, sent: bytes) -> None:
        self.close_connection = True
        with suppress(OSError):
            if sent:
                self.wfile.write(sent)
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_words: Any) -> None:
        """Say nothing."""


def _life_of(path: str) -> tuple[int, str]:
    """The life that a path begins with (``/life-3/api/auth.test``), and the path behind it; 0 for none."""
    found = re.match(r"/life-(\d+)(?=/)", path)
    return (int(found[1]), path[found.end() :]) if found else (0, path)
