"""Provide the world of journey tests: the real bot over HTTP and WebSocket in a local workspace on loopback.

The clock moves only when a test moves it; moving it does what is due. Tests wait for events, never for time:
the pauses of the bot between its messages take no time.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

from bot.app import Bot, build, system_clock
from bot.config import Config, load_config
from bot.daily_proof import Prover
from bot.demo.clock import AdjustableClock
from bot.demo.people import Member
from bot.demo.server import DemoServer
from bot.demo.workspace import BOT_USER_ID, Channel, Message, View, Workspace, demo_workspace
from bot.slack.client.rate_limits import RateLimiter
from tests.asks_first import asks_first
from tests.fakes.prover import FakeProver
from tests.fakes.seconds import Seconds
from tests.held_port import held_port
from tests.patience import PATIENCE_S, UNHURRIED
from tests.raw_opens import raw_opens
from tests.slack_spec import misuses

Json = dict[str, Any]

ROOT = Path(__file__).resolve().parents[1]
CHANNEL = "C02PRODUCT"
START = datetime(2026, 11, 24, 8, 59, tzinfo=UTC)
"""One minute before the schedule of ``CONFIG`` fires: Tuesday, 10:00 in Berlin."""

CONFIG = """
prompts: [{prompts}]
support: {{contact: "People team, people@example.org", crisis: "112", checked: 2026-11-01}}
policy: {{threshold: {threshold}, min_open: 24h}}
defaults: {{timezone: Europe/Berlin, open_for: 3d, holidays: none}}
schedules:
  - {{channel: {channel}, every: week, on: [tue], at: "10:00", pack: belonging}}
"""


def in_english(workspace: Workspace) -> Workspace:
    """Return the workspace after everybody in it has set Slack to English."""
    for member in workspace.members.values():
        member.locale = "en-GB"
    return workspace


def real_clock() -> AdjustableClock:
    """Return a clock with the real time, for a bot in its own process."""
    return AdjustableClock(system_clock(), real=time.monotonic, ticking=True)


class Members:
    """The actions of the members of one workspace."""

    def __init__(self, server: DemoServer, workspace: Workspace) -> None:
        """Act in this workspace of the server."""
        self.server = server
        self.workspace = workspace

    def act(self, user: str, **what: Any) -> Json:
        """Act as this member, and return what the page of the local Slack would be answered."""
        return self.server.act(user, team_id=self.workspace.team_id, **what)

    def member(self, handle: str) -> Member:
        """Return the member with this handle."""
        return next(member for member in self.workspace.members.values() if member.handle == handle)

    def messages(self, channel: str = CHANNEL) -> list[Message]:
        """Return what the bot said in a channel to everybody, oldest first."""
        said = [m for m in self.workspace.messages.get(channel, []) if m.by_bot]
        return [message for message in said if message.ephemeral_to is None]

    def told(self, user: str, channel: str = CHANNEL) -> list[Message]:
        """Return what the bot said in a channel to this member alone, oldest first."""
        return [m for m in self.workspace.messages.get(channel, []) if m.ephemeral_to == user]

    def press(self, user: str, action_id: str, where: Message | View) -> Json:
        """Press the first button with this action in a message or a view."""
        blocks = where.blocks if isinstance(where, Message) else where.body["blocks"]
        block = next(block for block in blocks if action_id in json.dumps(block))
        return self.press_in(user, action_id, where, block["block_id"])

    def press_in(self, user: str, action_id: str, where: Message | View, block_id: str) -> Json:
        """Press the button with this action in one block."""
        container = (
            {"type": "message", "channel": where.channel, "ts": where.ts}
            if isinstance(where, Message)
            else {"type": "view", "view_id": where.id}
        )
        return self.act(
            user, type="block_action", container=container, block_id=block_id, action_id=action_id
        )

    def press_for_modal(self, user: str, action_id: str, where: Message | View) -> View:
        """Press a button, and return the modal that it opens or changes."""
        before = {view.id: view.hash for view in self.workspace.stack(user)}
        answer = self.press(user, action_id, where)
        assert answer["ok"], answer
        # One below may still be redrawn, as an answer to what was pressed before.
        self.wait(lambda: any(before.get(view.id) != view.hash for view in self.workspace.stack(user)[-1:]))
        return self.workspace.stack(user)[-1]

    def open_form(self, user: str, announcement: Message | None = None) -> View:
        """Press *Reply without your name* on an announcement, by default the last one."""
        return self.press_for_modal(user, "reply.open", announcement or self.announcement())

    def announcement(self, channel: str = CHANNEL) -> Message:
        """Return the last message that has or had the buttons of a prompt."""
        return next(m for m in reversed(self.messages(channel)) if "reply.open" in json.dumps(m.blocks))

    def submit(
        self,
        user: str,
        view: View,
        *,
        text: str = "",
        answers: Sequence[str | None] = (),
        quotable: bool = False,
        tags: Sequence[str] = (),
    ) -> Json:
        """Fill in the reply form and press *Send*; an answer is ``1`` to ``5``, ``none``, or None.

        Where there is a text to write, *Yes* is chosen under *Say more?* first, so that its box is there.
        """
        if (text or quotable or tags) and offers_more(view):
            view = self.say_more(user, view, "quoted" if quotable else "unquoted")
        return self.act(
            user,
            type="view_submit",
            view_id=view.id,
            state=filled_in(view, text=text, answers=answers, quotable=quotable, tags=tags),
        )

    def say_more(self, user: str, view: View, choice: str, state: Json | None = None) -> View:
        """Choose this under *Say more?*, with ``state`` filled in already, and return the form drawn anew."""
        before = view.hash
        block = next(block for block in view.body["blocks"] if block.get("block_id") == "reply.more")
        answer = self.act(
            user,
            type="block_action",
            container={"type": "view", "view_id": view.id},
            block_id="reply.more",
            action_id=block["element"]["action_id"],
            value=chosen(block, choice),
            state=state or {},
        )
        assert answer["ok"], answer
        self.wait(lambda: self.workspace.stack(user)[-1].hash != before)
        return self.workspace.stack(user)[-1]

    def reply(self, user: str, **what: Any) -> View:
        """Open the form, fill it in and send it; return the view that is shown then."""
        answer = self.submit(user, self.open_form(user), **what)
        assert answer["ok"], answer
        return self.workspace.stack(user)[-1]

    def close_modals(self, user: str) -> None:
        """Close all modals of this member."""
        while self.workspace.stack(user):
            self.act(user, type="view_close", view_id=self.workspace.stack(user)[-1].id)

    def command(self, user: str, text: str, channel: str = CHANNEL) -> Json:
        """Type a slash command."""
        return self.act(user, type="command", channel=channel, text=text)

    def answer(self, user: str, text: str, channel: str = CHANNEL) -> Message:
        """Type a slash command, and return the bot's answer to this member."""
        before = len(self.told(user, channel))
        done = self.command(user, text, channel)
        assert done["ok"], done
        self.wait(lambda: len(self.told(user, channel)) > before)
        return self.told(user, channel)[-1]

    def ask(self, user: str, channel: str = CHANNEL) -> Message:
        """Type ``/belonging ask``, press the button in the answer, and return the answer."""
        question = self.answer(user, "/belonging ask", channel)
        assert self.press(user, "question.ask", question)["ok"]
        return question

    def ask_now(self, user: str, channel: str = CHANNEL) -> Message:
        """Ask as in ``ask``, and return the answer after it says what was done."""
        question = self.ask(user, channel)
        self.wait(lambda: "question.ask" not in json.dumps(question.blocks))
        return question

    def command_for_modal(self, user: str, text: str, channel: str = CHANNEL) -> View:
        """Type a slash command, and return the modal that it opens."""
        before = len(self.workspace.stack(user))
        done = self.command(user, text, channel)
        assert done["ok"], done
        self.wait(lambda: len(self.workspace.stack(user)) > before)
        return self.workspace.stack(user)[-1]

    def open_home(self, user: str) -> View:
        """Open the bot's Home tab, and return it as the bot then published it."""
        shown = self.workspace.homes.get(user)
        before = shown.hash if shown else None
        self.act(user, type="open_home")
        self.wait(lambda: user in self.workspace.homes and self.workspace.homes[user].hash != before)
        return self.workspace.homes[user]

    def wait(self, seen: Callable[[], bool]) -> None:
        """Wait until this is true; fail if it never is."""
        assert self.workspace.wait_for(lambda _: seen()), "the bot did not do it"

    def everyone(self) -> list[str]:
        """Return the people of the channel by id."""
        people = [self.workspace.members[user] for user in self.workspace.channels[CHANNEL].members]
        return [member.id for member in people if member.is_human]


class World(Members):
    """One workspace with one bot in it, and the actions of its members."""

    def __init__(
        self,
        folder: Path,
        workspace: Workspace | None = None,
        *,
        config: str = CONFIG,
        proves: bool = False,
        clock: AdjustableClock | None = None,
        **values: Any,
    ) -> None:
        """Set up the workspace and its config.yaml; ``values`` fill the placeholders of ``config``.

        ``proves``: the daily proof really runs, in its own process. ``clock``: the time of the workspace, for
        a bot in its own process, which uses the real time.
        """
        self.folder = folder
        self.clock = clock or AdjustableClock(START, real=lambda: 0.0)
        self.off = timedelta(0)
        """So much the clock of the bot's machine is ahead of Slack's."""
        self.seconds = Seconds()
        manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
        here = workspace or in_english(demo_workspace())
        super().__init__(self._serve(here, manifest), here)
        self.bot: Bot | None = None
        self.prover: Prover | None = None if proves else FakeProver()
        filled = {"prompts": ROOT / "prompts", "channel": CHANNEL, "threshold": 5} | values
        (folder / "config.yaml").write_text(config.format(**filled), encoding="utf-8")

    def _serve(self, here: Workspace, manifest: Json) -> DemoServer:
        return DemoServer(here, manifest=manifest, clock=self.clock, deadlines=UNHURRIED)

    @property
    def data_dir(self) -> Path:
        """The data directory of the bot."""
        return self.folder / "data"

    def config(self) -> Config:
        """Return the configuration as ``belonging run`` would read it."""
        return self.config_in(self.folder)

    def config_in(self, folder: Path) -> Config:
        """Return the configuration in this folder, with the tokens of this workspace."""
        environ = {
            "SLACK_BOT_TOKEN": self.server.bot_token,
            "SLACK_APP_TOKEN": self.server.app_token,
            "SLACK_SIGNING_SECRET": self.server.signing_secret,
            "SLACK_API_URL": self.server.api_url,
        }
        return load_config(folder / "config.yaml", environ)

    @contextmanager
    def over_http(self) -> Iterator[None]:
        """Let the bots that start inside receive signed requests, at a reserved port."""
        path = self.folder / "config.yaml"
        with held_port() as port:
            mode = f"slack: {{mode: http, http: {{host: 127.0.0.1, port: {port}}}}}\n"
            path.write_text(mode + path.read_text(encoding="utf-8"), encoding="utf-8")
            self.server.request_url = f"http://127.0.0.1:{port}/slack/events"
            yield

    def start_bot(self) -> Bot:
        """Build and start the bot, and wait until it is connected and has done what was due."""
        connected = self.server.site.connections
        limiter = RateLimiter(self.monotonic_s, self.seconds.event())
        self.bot = bot = build(
            self.config(),
            self.machine_clock,
            limiter,
            prover=self.prover,
            elapsed=self.elapsed_s,
            wait=self.seconds.pause,
        )
        rung = Event()
        run_due = bot.run_due

        def ring() -> None:
            run_due()
            bot.daily_proof.wait()
            rung.set()

        bot.run_due = ring  # type: ignore[method-assign]
        try:
            bot.start()
        except BaseException:
            self.stop_bot()
            raise
        self.server.hooks.on_time = self.bot.run_due
        assert self.server.request_url or self.server.wait_connected(connected + 1)
        assert rung.wait(PATIENCE_S), "the bot did not look at what is due"
        return bot

    def machine_clock(self) -> datetime:
        """Return the time of the bot's machine."""
        return self.clock.now() + self.off

    def elapsed_s(self) -> float:
        """Return the seconds of a clock that nobody can set."""
        return self.clock.now().timestamp()

    def monotonic_s(self) -> float:
        """Return seconds that pass with the clock, and while the bot waits."""
        return self.seconds.now + self.elapsed_s()

    def stop_bot(self) -> None:
        """Stop the bot as SIGTERM would."""
        if self.bot:
            self.server.hooks.on_time = None
            bot, self.bot = self.bot, None
            bot.stop()

    def move(self, **step: float) -> None:
        """Move the clock forward, and do what is due."""
        self.server.advance(timedelta(**step))


def filled_in(
    view: View,
    *,
    text: str = "",
    answers: Sequence[str | None] = (),
    quotable: bool = False,
    tags: Sequence[str] = (),
) -> Json:
    """Return the state of a reply form with these entries, as Slack sends it."""
    state: Json = {}
    statements = [block for block in view.body["blocks"] if block["block_id"].startswith("item:")]
    if text:
        state["reply.text"] = {"text": {"type": "plain_text_input", "value": text}}
    if quotable and has_block(view, "reply.quote"):
        boxes = _element(view, "reply.quote")
        state["reply.quote"] = {"allow": {"type": "checkboxes", "selected_options": boxes["options"]}}
    if quotable and has_block(view, "reply.more"):
        block = next(block for block in view.body["blocks"] if block["block_id"] == "reply.more")
        state["reply.more"] = {block["element"]["action_id"]: chosen(block, "quoted")}
    if tags:
        picked = [option for option in _element(view, "reply.tags")["options"] if option["value"] in tags]
        state["reply.tags"] = {"tags": {"type": "multi_static_select", "selected_options": picked}}
    for block, answer in zip(statements, answers, strict=False):
        if answer in {option["value"] for option in block["element"]["options"]}:
            state[block["block_id"]] = {"answer": chosen(block, str(answer))}
    return _as_it_starts(statements) | state


def _as_it_starts(statements: Sequence[Json]) -> Json:
    """Return the fields that start with an answer, as Slack sends them where nobody touches them."""
    return {
        block["block_id"]: {"answer": {"type": block["element"]["type"], "selected_option": start}}
        for block in statements
        if (start := block["element"].get("initial_option"))
    }


def chosen(block: Json, value: str) -> Json:
    """Return the state of a field of one choice with this value in it."""
    option = next(option for option in block["element"]["options"] if option["value"] == value)
    return {"type": block["element"]["type"], "selected_option": option}


def has_block(view: View, block_id: str) -> bool:
    """Return whether a view has a block of this id."""
    return any(block.get("block_id") == block_id for block in view.body["blocks"])


def offers_more(view: View) -> bool:
    """Return whether a form draws its text box only after *Yes*."""
    return has_block(view, "reply.more") and not has_block(view, "reply.text")


def stored_replies(world: World) -> int:
    """How many sealed replies are on disk."""
    assert world.bot
    boxes = world.bot.services.boxes
    return sum(len(boxes.list_replies(box)) for box in boxes.list_boxes())


def summaries(world: World) -> list[Message]:
    """Return the summaries of questions in the channel, oldest first."""
    return [message for message in world.messages() if "replied, without names" in text_of(message.blocks)]


def text_of(blocks: Sequence[Mapping[str, Any]]) -> str:
    """Return every text in these blocks, one in each line, in the order shown."""
    lines: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("text"), str):
                lines.append(value["text"])
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(list(blocks))
    return "\n".join(lines)


@contextmanager
def a_world(
    folder: Path,
    workspace: Workspace | None = None,
    *,
    http: bool = False,
    kind: type[World] = World,
    **values: Any,
) -> Iterator[World]:
    """Yield a world with a running bot, in Socket Mode or over HTTP, before any question.

    ``kind``: of the world; by default the bot serves one workspace.

    At the end it checks that the bot did nothing that Slack would refuse, that it opened SQLite files in the
    one allowed way only, and that no use case asked for anything after it had stored something.
    """
    world = kind(folder, workspace, **values)
    with ExitStack() as held:
        if http or kind is not World:
            held.enter_context(world.over_http())
        held.enter_context(world.server)
        held.callback(world.stop_bot)
        opened = held.enter_context(raw_opens(world.data_dir))
        held.enter_context(asks_first())
        world.start_bot()
        yield world
    assert opened == []
    assert world.workspace.problems == []
    assert misuses(world.workspace.calls) == []


def team_of(count: int) -> list[Member]:
    """Return this many plain members, ``U00`` onward."""
    return [
        Member(id=f"U0MEMBER{number:02}", name=f"Person {number:02}", handle=f"person{number:02}")
        for number in range(count)
    ]


def channel_of(members: Sequence[Member], *, id_: str = CHANNEL, name: str = "product-team") -> Channel:
    """Return a channel with these members and the bot."""
    return Channel(id=id_, name=name, members=[*(member.id for member in members), BOT_USER_ID])


def _element(view: View, block_id: str) -> Json:
    block = next(block for block in view.body["blocks"] if block["block_id"] == block_id)
    element: Json = block["element"]
    return element
