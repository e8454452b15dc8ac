"""Run a local workspace with one large channel, and a program in it: the bot, or a bare Bolt app.

The workspace runs in this process, the program in another one, over loopback.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.config import load_config
from bot.demo.clock import AdjustableClock
from bot.demo.people import Member
from bot.demo.server import DemoServer
from bot.demo.workspace import BOT_USER_ID, Channel, Message, make_workspace
from bot.store.database import Database

ROOT = Path(__file__).resolve().parents[1]
CHANNEL = "C0BENCH00"
PEOPLE = 520

CONFIG = """
prompts: [{prompts}]
support: {{contact: "People team", crisis: "112"}}
defaults: {{timezone: UTC, open_for: 3d, holidays: none}}
schedules:
  - {{channel: {channel}, every: week, on: [{weekday}], at: "{at}", pack: belonging}}
"""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(slots=True, kw_only=True)
class Site:
    """A workspace with one channel of ``PEOPLE`` people, and the measured program."""

    server: DemoServer
    process: "subprocess.Popen[bytes]"
    connected_s: float

    @property
    def people(self) -> list[str]:
        """Return the people of the channel by id."""
        return [user for user in self.server.workspace.channels[CHANNEL].members if user != BOT_USER_ID]

    def announcement(self) -> Message:
        """Return the message with the button."""
        workspace = self.server.workspace
        if not workspace.wait_for(lambda w: bool(w.messages.get(CHANNEL)), 15):
            raise RuntimeError("the bot did not announce its round")
        return workspace.messages[CHANNEL][-1]

    def bare_announcement(self) -> Message:
        """Post and return a message with such a button, for a program that announces nothing."""
        button = {
            "type": "button",
            "action_id": "reply.open",
            "text": {"type": "plain_text", "text": "Reply"},
        }
        message = Message(
            ts="1.000001",
            channel=CHANNEL,
            user=BOT_USER_ID,
            text="Reply",
            blocks=[{"type": "actions", "block_id": "announcement", "elements": [button]}],
            by_bot=True,
        )
        return self.server.workspace.post(message)

    async def click(self, user: str, message: Message) -> Any:
        """Press *Reply* as this person, and wait until the click is acknowledged."""
        container = {"type": "message", "channel": CHANNEL, "ts": message.ts}
        return await self.server.control.act(
            {"as": user, "type": "block_action", "container": container, "block_id": "announcement",
             "action_id": "reply.open"}
        )  # fmt: skip

    async def submit(self, user: str, text: str) -> Any:
        """Send the form that this person has open; returns when it is acknowledged.

        Where the form has a text box, it gets this text; else every statement is agreed with.
        """
        view = self.server.workspace.stack(user)[-1]
        fields = {
            block["block_id"]: block["element"] for block in view.body["blocks"] if block["type"] == "input"
        }
        state: dict[str, Any] = {
            block_id: {"answer": {"type": element["type"], "selected_option": _agree(element)}}
            for block_id, element in fields.items()
            if block_id.startswith("item:")
        }
        if "reply.text" in fields:
            state["reply.text"] = {"text": {"type": "plain_text_input", "value": text}}
        return await self.server.control.act(
            {"as": user, "type": "view_submit", "view_id": view.id, "state": state}
        )

    def open_forms(self, users: list[str], message: Message) -> None:
        """Press *Reply* as each of these people, and wait for their forms."""
        for user in users:
            self.server.run(self.click(user, message))
        if not self.server.workspace.wait_for(lambda w: all(w.stack(user) for user in users), 15):
            raise RuntimeError("not every form opened")


def _agree(element: dict[str, Any]) -> Any:
    agrees = (option for option in element["options"] if option["value"] == "4")
    return next(agrees, element["options"][-1])  # a decision offers other choices


@contextmanager
def a_site(
    command: Callable[[Path], list[str]], people: int = PEOPLE, locales: Sequence[str] = ("en-GB",)
) -> Iterator[Site]:
    """Yield the workspace after the program that ``command`` starts has connected to it.

    ``locales``: to which people have set Slack, in turn.
    """
    turns = cycle(locales)
    members = [
        Member(id=f"U{n:08}", name=f"Person {n}", handle=f"person{n}", locale=next(turns))
        for n in range(people)
    ]
    channel = Channel(id=CHANNEL, name="bench", members=[*(m.id for m in members), BOT_USER_ID])
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    clock = AdjustableClock(datetime.now(UTC), real=time.monotonic, ticking=True)
    server = DemoServer(make_workspace(members, [channel]), manifest=manifest, clock=clock)
    with TemporaryDirectory() as folder, server:
        environ = {
            **os.environ,
            "SLACK_BOT_TOKEN": server.bot_token,
            "SLACK_APP_TOKEN": server.app_token,
            "SLACK_API_URL": server.api_url,
        }
        config = _prepare(Path(folder), environ)
        began = time.perf_counter()
        process = subprocess.Popen(command(config), env=environ, cwd=ROOT)  # noqa: S603 - our own program
        try:
            if not server.wait_connected(1, 20):
                raise RuntimeError("the program did not connect")
            yield Site(server=server, process=process, connected_s=time.perf_counter() - began)
        finally:
            process.terminate()
            process.wait(10)


def belonging(config: Path) -> list[str]:
    """Start the bot."""
    return [sys.executable, "-m", "bot", "run", "--config", str(config), "--log", "error"]


def bare(_config: Path) -> list[str]:
    """Start the baseline."""
    return [sys.executable, "-m", "benchmarks.bare_bolt"]


def bare_async(form: Path, _config: Path) -> list[str]:
    """Start the baseline of a burst, which opens the form in this file."""
    return [sys.executable, "-m", "benchmarks.bare_async", str(form)]


def _prepare(folder: Path, environ: Mapping[str, str]) -> Path:
    """Write a config.yaml whose schedule fired a minute ago, and a store that has known it for an hour."""
    now = datetime.now(UTC)
    due = now - timedelta(minutes=1)
    config = folder / "config.yaml"
    config.write_text(
        CONFIG.format(
            prompts=ROOT / "prompts", channel=CHANNEL, weekday=WEEKDAYS[due.weekday()], at=f"{due:%H:%M}"
        ),
        encoding="utf-8",
    )
    loaded = load_config(config, environ)
    database = Database(loaded.data_dir / "belonging.db")
    with database.transaction("bench") as tx:
        for schedule in loaded.schedules:
            tx.put_schedule(replace(schedule, created_at=now - timedelta(hours=1)))
    database.close()
    return config
