"""The Slack of the npm package emulate, in a process of its own: a server that nobody here wrote."""

import json
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

import pytest

from tests.patience import PATIENCE_S

Json = dict[str, Any]

ENDED: Json = {}
"""Stands after the last line that was said."""

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MANIFEST = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
SCOPES: list[str] = MANIFEST["oauth_config"]["scopes"]["bot"]
EVENTS: list[str] = MANIFEST["settings"]["event_subscriptions"]["bot_events"]

TEAM, ADMIN, GENERAL = "T000000001", "U000000001", "C000000001"
"""The only workspace of emulate, the one person in it, and a channel in which they are."""

APP, BOT, BOT_USER = "A0BELONGING", "B0BELONGING", "U0BELONGING"
BOT_TOKEN, ADMIN_TOKEN = "xoxb-of-the-bot", "xoxp-of-the-admin"
CLIENT_ID, CLIENT_SECRET, SIGNING_SECRET = "1.2", "fedcba9876543210" * 2, "0123456789abcdef" * 2


def seed(redirect_uri: str, scopes: list[str]) -> Json:
    """The workspace with our app: strict about scopes, and with a token of the bot and of the admin."""
    app = {
        "app_id": APP,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "name": "Belonging Bot",
        "redirect_uris": [redirect_uri],
        "scopes": SCOPES,
        "bot_id": BOT,
        "bot_user_id": BOT_USER,
        "bot_name": "belonging",
    }
    of_the_bot = {"token": BOT_TOKEN, "type": "bot", "user_id": BOT_USER, "bot_id": BOT, "app_id": APP}
    return {
        "strict_scopes": True,
        "signing_secret": SIGNING_SECRET,
        "oauth_apps": [app],
        "tokens": [of_the_bot | {"scopes": scopes}, {"token": ADMIN_TOKEN, "user_id": ADMIN}],
    }


def node() -> str:
    """Where Node is; without it, or without emulate, a test is skipped, but in CI it fails."""
    found, installed = shutil.which("node"), (ROOT / ".node" / "installed").is_file()
    if found and installed:
        return found
    reason = "emulate is not installed: make node" if found else "no Node on this machine, for emulate"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


class Emulate:
    """A running emulate. ``close`` ends it; it also ends when this process does."""

    def __init__(self, seeded: Json) -> None:
        self._program = subprocess.Popen(
            [node(), str(HERE / "serve.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._said: Queue[Json] = Queue()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self._tell(seeded)
            self.url = str(self.wait_for("url")["url"])
        except BaseException:
            self.close()
            raise
        self.api_url = f"{self.url}/api/"

    def send_events_to(self, request_url: str) -> None:
        """Subscribe to the events of our manifest."""
        self._tell({"url": request_url, "events": EVENTS})
        self.wait_for("subscribed")

    def wait_for(self, key: str) -> Json:
        """Return the next line with this key; fails when none comes."""
        while True:
            try:
                line = self._said.get(timeout=PATIENCE_S)
            except Empty:
                raise AssertionError(f"emulate never said {key!r}") from None
            assert line is not ENDED, f"emulate ended and never said {key!r}"
            if key in line:
                return line

    def wait_for_event(self, kind: str) -> Json:
        """Return the next event of this type, with what those to whom it was sent answered."""
        while True:
            line = self.wait_for("event")
            if line["event"]["type"] == kind:
                return line

    def close(self) -> None:
        """End it."""
        assert self._program.stdin
        assert self._program.stdout
        with suppress(BrokenPipeError):
            self._program.stdin.close()
        try:
            self._program.wait(PATIENCE_S)
        finally:
            self._program.kill()
            self._reader.join()
            self._program.stdout.close()

    def _tell(self, line: Json) -> None:
        assert self._program.stdin
        with suppress(BrokenPipeError):  # it has ended, as wait_for says
            self._program.stdin.write(f"{json.dumps(line)}\n")
            self._program.stdin.flush()

    def _read(self) -> None:
        assert self._program.stdout
        for line in self._program.stdout:
            self._said.put(json.loads(line))
        self._said.put(ENDED)
