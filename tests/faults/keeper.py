"""Keeps a bot alive: whenever it dies, the next one is started at once, as an init system would."""

import json
import os
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, RLock, Thread

from tests.faults.arms import Arms
from tests.faults.memory import Shared
from tests.faults.plan import Kill, Phase
from tests.faults.slack import WHOEVER_LIVES, Post, ScriptedSlack, Seen
from tests.faults.zygote import Zygote

PATIENCE_S = 60.0
"""How long anything may take, on a machine that has much else to do."""

MOST_ENDINGS = 3
"""After so many ends that nobody caused, the bot is not started again."""


class GoneError(Exception):
    """The bot does not do what it is there for, however long it is waited for."""


@dataclass(slots=True, kw_only=True)
class Life:
    """One bot, from its start to its end. ``rung_at``: up to when it has done all that is due.

    ``log_from``: where in the log its lines begin. ``asked``, ``answered``: how often it was asked whether it
    lives, and has answered.
    """

    number: int
    process: int
    line: socket.socket
    log_from: int
    asked: int = 0
    answered: int = 0
    started: bool = False
    rung_at: float = 0.0
    asked_for: float = 0.0
    settled: int = 0
    killed: bool = False
    code: int | None = None

    def __str__(self) -> str:
        """How far it is, for a report."""
        if self.code is not None:
            state = "has ended"
        elif self.killed:
            state = "was killed, and has not ended"
        elif not self.started:
            state = "is not connected"
        else:
            state = "is connected" if self.rung_at else "has not looked at what is due"
        return f"life {self.number} {state}"

    @property
    def well(self) -> bool:
        """Whether it is connected, has once looked at what is due, and nobody has killed it."""
        return self.started and self.rung_at > 0 and not self.killed


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """The end of a life. ``under_way``: the message that it may have posted without recording it.

    ``by_itself``: nobody has killed it, or asked it to stop. ``log``: what it has printed, if so.
    """

    life: int
    code: int
    phase: Phase | None
    under_way: Post | None
    by_itself: bool = False
    log: str = field(default="", repr=False)


class Keeper:
    """One installation and its bot, one life after the other."""

    def __init__(
        self,
        zygote: Zygote,
        slack: ScriptedSlack,
        folder: Path,
        shared: Shared,
        *,
        kills: Sequence[Kill] = (),
        mutant: str = "",
    ) -> None:
        self._zygote, self._slack, self._folder, self._shared = zygote, slack, folder, shared
        self._mutant = mutant
        self._lock = RLock()
        self._changed = Condition(self._lock)
        self._stopping = False
        self._lives: list[Life] = []
        self._readers: list[Thread] = []
        self.arms = Arms(shared, kills, self.kill, self._lock)
        self.deaths: list[Death] = []
        slack.watch = self._watch

    @property
    def log(self) -> Path:
        """Where everything stands that any of its lives has printed."""
        return self._folder / "bot.log"

    def start(self) -> None:
        """Start the first life; returns at once."""
        with self._changed:
            self._start()

    def kill(self) -> None:
        """Kill the bot that lives now (SIGKILL), if one does."""
        with self._changed:
            life = self._lives[-1] if self._lives else None
            if life and life.code is None:
                life.killed = True
                with suppress(ProcessLookupError):  # it has just died, and this is not told yet
                    os.kill(life.process, signal.SIGKILL)

    def ring(self) -> None:
        """Have all done that is due at the time of the story; returns when some life has done it."""
        now = self._shared.now().timestamp()
        with self._changed:
            self._wait(lambda: self._has_rung(now), "the bot did not do what is due")

    def wait_until_well(self) -> None:
        """Return when the newest life is connected and has once looked at what is due; it lives now.

        It is asked: a life that has just ended looks well for as long as nobody has told of its end.
        """
        asked: dict[int, int] = {}
        with self._changed:
            self._wait(lambda: self._answers(self._lives[-1], asked), "it did not start, or does not answer")

    def stop(self) -> int:
        """How the bot ends when it is asked to, and nothing is done to it any more."""
        self.arms.end()
        self.wait_until_well()
        with self._changed:
            self._stopping = True
            life = self._lives[-1]
            self.tell("stop")
            self._wait(lambda: life.code is not None, "it did not stop")
            return int(life.code or 0)

    @property
    def living(self) -> int:
        """The process of the newest life."""
        return self._lives[-1].process

    def tell(self, word: str) -> None:
        """Tell the newest life to ring, answer or stop; nothing happens where it has ended."""
        with suppress(OSError):
            self._lives[-1].line.sendall(f"{word}\n".encode())

    def close(self) -> None:
        """Let nothing live on."""
        with self._changed:
            self._stopping = True
        self.kill()
        for reader in self._readers:
            reader.join()

    def _start(self) -> None:
        number = len(self._lives) + 1
        orders = {
            "folder": str(self._folder),
            "environ": self._slack.environ(number),
            "memory": str(self._folder / "memory"),
            "log": str(self.log),
            "mutant": self._mutant,
        }
        log_from = self.log.stat().st_size if self.log.exists() else 0
        process, line = self._zygote.start_bot(orders)
        life = Life(number=number, process=process, line=line, log_from=log_from)
        self._lives.append(life)
        reader = Thread(target=self._hear, args=(life,), name=f"life-{number}", daemon=True)
        self._readers.append(reader)
        reader.start()

    def _hear(self, life: Life) -> None:
        """Note what a life tells, until it is over."""
        with suppress(OSError, ValueError):
            for told in life.line.makefile("r", encoding="utf-8"):
                with self._changed:
                    self._note(life, json.loads(told))
                    self._changed.notify_all()
                self._slack.workspace.changed()
        life.line.close()
        code = self._zygote.reap(life.process)
        with self._changed:
            self._bury(life, code)
            self._changed.notify_all()
        self._slack.workspace.changed()

    def _note(self, life: Life, told: dict[str, object]) -> None:
        if told["event"] == "started":
            life.started = True
        if told["event"] == "answered":
            life.answered += 1
        if told["event"] == "rung":
            life.rung_at = float(str(told["at"]))
            life.settled = len(self._slack.posts)

    def _bury(self, life: Life, code: int) -> None:
        life.code = code
        unsettled = [post for post in self._slack.posts[life.settled :] if post.life == life.number]
        under_way = unsettled[-1] if unsettled else None
        by_itself = code != (0 if self._stopping else -signal.SIGKILL) and not life.killed
        log = self._printed_by(life) if by_itself else ""
        self.deaths.append(
            Death(
                life=life.number,
                code=code,
                phase=self.arms.phase,
                under_way=under_way,
                by_itself=by_itself,
                log=log,
            )
        )
        if not self._stopping:
            self.arms.died()
            if sum(death.code != -signal.SIGKILL for death in self.deaths) < MOST_ENDINGS:
                self._start()

    def _printed_by(self, life: Life) -> str:
        with self.log.open("rb") as log:
            log.seek(life.log_from)
            return log.read().decode(errors="replace")

    def _answers(self, life: Life, asked: dict[int, int]) -> bool:
        """Whether a life is well and has answered since it was ``asked``: which answer is waited for."""
        if not life.well:
            return False
        if life.number not in asked:
            life.asked += 1
            asked[life.number] = life.asked
            self.tell("answer")
        return life.answered >= asked[life.number]

    def _has_rung(self, now: float) -> bool:
        life = self._lives[-1]
        if life.well and life.rung_at < now != life.asked_for:
            life.asked_for = now
            self.tell("ring")
        return life.well and life.rung_at >= now

    def _wait(self, seen: Callable[[], bool], or_else: str) -> None:
        self._changed.wait_for(lambda: seen() or self._is_given_up(), PATIENCE_S)
        if not seen():
            raise GoneError(f"{or_else}; {self._lives[-1]}")

    def _is_given_up(self) -> bool:
        return self._lives[-1].code is not None and not self._stopping

    def _watch(self, seen: Seen) -> bool:
        """Count this moment; False where the life that it belongs to is over."""
        with self._changed:
            life = self._lives[-1] if self._lives else None
            if life is None or seen.life not in {life.number, WHOEVER_LIVES} or life.code is not None:
                return seen.life == 0
            self.arms.seen(seen)
            return not life.killed
