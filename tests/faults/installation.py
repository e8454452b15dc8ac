"""An installation of the bot on files of its own, with its Slack, its clock, and whoever keeps it alive."""

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from bot.demo.clock import AdjustableClock
from bot.demo.workspace import make_workspace
from tests.faults.hands import Hands
from tests.faults.keeper import Keeper
from tests.faults.memory import Shared
from tests.faults.plan import Kill
from tests.faults.slack import ScriptedSlack
from tests.faults.zygote import Zygote
from tests.held_port import held_port
from tests.world import CHANNEL, channel_of, team_of

START = datetime(2031, 3, 4, 8, 59, tzinfo=UTC)
"""One minute before the schedule fires: Tuesday, 10:00 in Berlin."""

PEOPLE = 9
QUOTED_PEOPLE = 13
"""Ten replies are needed before anything is quoted; two may stay silent, and one withdraws."""

MEMORY_DISK = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - mkdtemp makes it private
"""Where waiting for the disk takes no time; a kill, unlike a power cut, loses nothing that was written."""

CONFIG = f"""
prompts: [./pack.yaml]
support: {{contact: "People team, people@example.org", crisis: "112", checked: 2031-03-01}}
defaults: {{timezone: Europe/Berlin, open_for: 3d, holidays: none}}
schedules:
  - {{channel: {CHANNEL}, every: week, on: [tue], at: "10:00", pack: faults}}
"""
PACK = """
id: faults
title: Faults
dimensions:
  - {key: door, label: Door, side: inclusion, asks: "Who is in?", anchor: Everybody is asked here.}
prompts:
  - {id: door-1, dimension: door, question: "Who came in?", items: [I was met., I know whom to ask.]}
  - {id: door-2, dimension: door, question: "Who held it?", items: [It was held for me., I hold it.]}
  - {id: door-3, dimension: door, question: "Who is out?", items: [Nobody waits outside., We look who waits.]}
"""


class Installation:
    """One installation. ``with Installation(zygote) as installed:`` makes it, and removes it in the end.

    ``kills``: where its bots are to be killed. ``mutant``: the fault built into them, or none.
    ``http``: Slack reaches them over signed requests, at ``port``. ``people``: how many are in the channel.
    """

    def __init__(
        self,
        zygote: Zygote,
        *,
        kills: Sequence[Kill] = (),
        mutant: str = "",
        http: bool = False,
        people: int = PEOPLE,
    ) -> None:
        self._zygote = zygote
        self._held = ExitStack()
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY_DISK))
        self._held.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.port = self._held.enter_context(held_port()) if http else 0
        mode = f"slack: {{mode: http, http: {{host: 127.0.0.1, port: {self.port}}}}}\n" if http else ""
        (self.folder / "config.yaml").write_text(mode + CONFIG, encoding="utf-8")
        (self.folder / "pack.yaml").write_text(PACK, encoding="utf-8")
        team = team_of(people)
        self.people = [one.id for one in team]
        self.clock = AdjustableClock(START, real=lambda: 0.0)
        self.shared = Shared(self.folder / "memory")
        self.shared.set_clock(START)
        workspace = make_workspace(team, [channel_of(team)])
        self.slack = ScriptedSlack(workspace, self.clock, self.port)
        self.keeper = Keeper(zygote, self.slack, self.folder, self.shared, kills=kills, mutant=mutant)
        self.hands = Hands(self.slack, self.keeper)

    def __enter__(self) -> Self:
        self._held.callback(self.shared.close)
        self._held.enter_context(self.slack)
        self._held.callback(self.keeper.close)
        return self

    def __exit__(self, *_error: object) -> None:
        self._held.close()

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"

    def log(self) -> str:
        """Everything that the bots have printed."""
        log = self.keeper.log
        return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""

    def pass_time(self, **step: float) -> None:
        """Let so much time pass, in which nothing is done."""
        self.shared.set_clock(self.clock.advance(timedelta(**step)))

    def move(self, **step: float) -> None:
        """Let so much time pass; returns when the bot has done what is due then."""
        self.pass_time(**step)
        self.keeper.ring()

    def export(self) -> str | None:
        """All results, as ``belonging export`` writes them; None where there are none."""
        out = self.folder / "export.json"
        asked = ["export", "--all-channels", "--format", "json", "--out", str(out)]
        code = self._zygote.run_program(asked, self.folder, self.folder / "printed")
        return None if code else out.read_text(encoding="utf-8")
