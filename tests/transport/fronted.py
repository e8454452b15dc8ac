"""A bot with a scriptable network between it and the local workspace.

Everything is reached through the configuration and the network, so the tests hold for any transport.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

from bot.app import Bot, build
from bot.config import Config, load_config
from bot.demo.people import Member
from bot.demo.server import DemoServer
from bot.demo.site import Deadlines
from bot.demo.workspace import Channel, Message, Workspace, make_workspace
from tests.fakes.prover import FakeProver
from tests.faults.slack import ScriptedSlack
from tests.patience import PATIENCE_S, UNHURRIED
from tests.world import CHANNEL, World, channel_of, team_of

TRIES = 4
"""How often a member asks again where Slack says that it had trouble."""

SOON_S = 1.0
"""How long Slack waits for an acknowledgement there, so that no test waits for long."""


class FrontedWorld(World):
    """A world whose network does what a script says.

    ``in_real_time``: what the bot waits between its calls, and where Slack asks for a pause, does not pass at
    once.
    """

    def __init__(
        self,
        folder: Path,
        workspace: Workspace | None = None,
        *,
        in_real_time: bool = False,
        **values: Any,
    ) -> None:
        super().__init__(folder, workspace, **values)
        self._in_real_time = in_real_time
        self.slack = ScriptedSlack(self.workspace, self.clock)
        self.server = self.slack.server
        self.server.site.deadlines = UNHURRIED

    def config_in(self, folder: Path) -> Config:
        """The configuration of this folder, with the address of the front."""
        return load_config(folder / "config.yaml", self.slack.environ(0))

    def start_bot(self) -> Bot:
        """Build and start the bot; returns when it is connected and has done what was due."""
        if not self._in_real_time:
            return super().start_bot()
        connected = self.server.site.connections
        self.bot = bot = build(self.config(), self.machine_clock, prover=FakeProver(), elapsed=self.elapsed_s)
        rung, run_due = Event(), bot.run_due

        def ring() -> None:
            run_due()
            rung.set()

        bot.run_due = ring  # type: ignore[method-assign]
        bot.start()
        self.server.hooks.on_time = bot.run_due
        assert self.server.request_url or self.server.wait_connected(connected + 1, PATIENCE_S)
        assert rung.wait(PATIENCE_S), "the bot did not look at what is due"
        return bot

    def pass_time(self, **step: float) -> None:
        """Move the clock forward; what is due then is not done yet."""
        self.clock.advance(timedelta(**step))

    def calls(self, method: str) -> int:
        """How often this method has been called."""
        return sum(call.method == method for call in self.workspace.calls)

    def press_all(self, users: Sequence[str], message: Message) -> list[bool]:
        """Press *Reply* as all of them in the same moment: for each, whether that was acknowledged."""
        block = next(block for block in message.blocks if "reply.open" in str(block))
        place = {"container": {"type": "message", "channel": message.channel, "ts": message.ts}}
        what = {"type": "block_action", "block_id": block["block_id"], "action_id": "reply.open", **place}

        async def together() -> list[Any]:
            act = self.server.control.act
            return await asyncio.gather(
                *(act({"as": user, **what}) for user in users), return_exceptions=True
            )

        return [isinstance(one, dict) and bool(one["ok"]) for one in self.server.run(together())]

    def have_forms(self, users: Sequence[str], timeout_s: float = PATIENCE_S) -> bool:
        """Whether all of them have something before them within this time."""
        return self.workspace.wait_for(lambda w: all(w.stack(user) for user in users), timeout_s)

    def is_heard(self, user: str, tries: int = TRIES) -> bool:
        """Whether a command of this member is acknowledged, if need be after some tries."""
        return is_heard(self.server, user, tries)


def is_heard(server: DemoServer, user: str, tries: int = TRIES) -> bool:
    """Whether a command of this member is acknowledged, if need be after some tries.

    Who tries once waits for longer: nobody is to look unheard only because this machine is busy.
    """
    ack_s = SOON_S if tries > 1 else PATIENCE_S / 4
    usual, server.site.deadlines = server.site.deadlines, Deadlines(ack_s=ack_s)
    asked = {"type": "command", "channel": CHANNEL, "text": "/belonging help"}
    heard = any(server.act(user, **asked)["ok"] for _ in range(tries))
    server.site.deadlines = usual
    return heard


@contextmanager
def a_fronted_world(
    folder: Path, workspace: Workspace | None = None, *, http: bool = False, **values: Any
) -> Iterator[FrontedWorld]:
    """A fronted world with its bot running; nothing has been asked yet."""
    world = FrontedWorld(folder, workspace, **values)
    with ExitStack() as held:
        if http:
            held.enter_context(world.over_http())
        held.enter_context(world.slack)
        held.callback(world.stop_bot)
        world.start_bot()
        yield world


def a_team(people: int) -> tuple[Workspace, list[str]]:
    """A workspace whose people are all in the channel, and their ids."""
    team: list[Member] = team_of(people)
    channel: Channel = channel_of(team)
    return make_workspace(team, [channel]), [one.id for one in team]
