"""What a forked process does: it lives as the bot, until it is killed or told to stop."""

import faulthandler
import json
import os
import socket
import sys
from collections.abc import Mapping
from inspect import signature
from pathlib import Path
from traceback import extract_tb
from typing import Any, NoReturn

from bot.app import Bot, build
from bot.config import load_config
from bot.errors import BotError, StoppingError
from bot.logs import set_up_logs
from bot.proof_process import Request
from bot.slack.client.rate_limits import RateLimiter
from tests.fakes.prover import FakeProver
from tests.fakes.seconds import Seconds
from tests.faults.fuse import Fuse
from tests.faults.memory import Shared
from tests.faults.mutants import MUTANTS

ENDED = "ended: "
"""So the line of a log begins that says why a bot has ended by itself."""


def live(orders: Mapping[str, Any], line: socket.socket) -> NoReturn:
    """Be the bot of these orders, and tell over the line how far it is.

    ``folder``: where config.yaml lies. ``environ``: its tokens. ``memory``: the file of ``Shared``. ``log``:
    where its log, and whatever else it prints, is appended. ``mutant``: the fault built into it, or none.
    """
    code = 1
    try:
        _speak_into(Path(orders["log"]))
        shared = Shared(Path(orders["memory"]))
        Fuse(shared).light()
        if orders["mutant"]:
            MUTANTS[orders["mutant"]]()
        _serve(orders, shared, line)
        code = 0
    except BotError as error:
        _end_with(str(error))
    except BaseException as error:  # noqa: BLE001 - its text may hold anything; its class and place do not
        where = extract_tb(error.__traceback__)[-1]
        _end_with(f"{type(error).__name__} in {Path(where.filename).name}, line {where.lineno}")
    finally:
        os._exit(code)


def _end_with(reason: str) -> None:
    os.write(2, f"{ENDED}{reason}\n".encode())


def _speak_into(log: Path) -> None:
    """Let everything that this process prints, in whatever way, end up in this file."""
    printed = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    sys.stdout = sys.stderr = open(2, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115 - for as long as the process lives
    faulthandler.enable(2)
    set_up_logs("debug")


def _serve(orders: Mapping[str, Any], shared: Shared, line: socket.socket) -> None:
    config = load_config(Path(orders["folder"]) / "config.yaml", orders["environ"])
    bot = build(config, **_stand_ins(shared))
    _tell_of_rings(bot, line)
    bot.start()
    _say(line, "started")
    for asked in line.makefile("r", encoding="utf-8"):
        match asked.strip():
            case "ring":
                bot.run_due()
            case "answer":
                _say(line, "answered")
            case "stop":
                bot.stop()
                return


def _stand_ins(shared: Shared) -> dict[str, Any]:
    """What takes the place of the world around the bot, as far as ``build`` can be handed it.

    Its clocks are those of the story; what it waits between its messages passes at once; and the proof of
    every day, which would be a program of its own, is left out.
    """
    seconds = Seconds()
    limiter = RateLimiter(lambda: seconds.now + shared.now().timestamp(), seconds.event())
    known = {
        "clock": shared.now,
        "limiter": limiter,
        "wait": seconds.pause,
        "elapsed": lambda: shared.now().timestamp(),
        "prover": NoProof(),
    }
    return {name: one for name, one in known.items() if name in signature(build).parameters}


class NoProof(FakeProver):
    """Makes no proof."""

    def run(self, request: Request) -> NoReturn:
        """Say that the bot stops before it is made."""
        raise StoppingError


def _tell_of_rings(bot: Bot, line: socket.socket) -> None:
    """Say so whenever what was due is done, whoever has rung."""
    run_due = bot.run_due

    def ring() -> None:
        asked_at = bot.services.clock()
        try:
            run_due()
        finally:
            _say(line, "rung", at=asked_at.timestamp())

    bot.run_due = ring  # type: ignore[method-assign]


def _say(line: socket.socket, event: str, **more: Any) -> None:
    line.sendall(json.dumps({"event": event, **more}).encode() + b"\n")
