"""A process that has imported the bot and nothing more: every start of a bot is a fork of it.

Imports cost most of a start. The zygote has no thread and no loop, so that what it forks is as whole as what
the system starts anew. It takes one order after the other from a socket; ``Zygote`` gives them.
"""

import ctypes
import gc
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 1 << 16
_PR_SET_PDEATHSIG = 1


class Zygote:
    """The zygote, as the harness holds it. ``with Zygote() as zygote:`` starts and ends it.

    ``also``: modules to import beside those of a bot; ``run`` names one of their functions.
    """

    def __init__(self, also: Sequence[str] = ()) -> None:
        self._lock = Lock()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.zygote", str(theirs.fileno()), *also],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                pass_fds=[theirs.fileno()],
            )
        self._answers = self._socket.makefile("r", encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._answers.close()
        self._socket.close()
        self._process.wait()

    def start_bot(self, orders: Mapping[str, Any]) -> tuple[int, socket.socket]:
        """The id of a fresh process that lives as the bot of these orders, and the line to it."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            return self._order("live", orders, theirs), ours

    def run_program(self, arguments: Sequence[str], folder: Path, out: Path) -> int:
        """The exit code of ``belonging`` with these arguments; what it prints stands in the file."""
        orders = {"arguments": list(arguments), "folder": str(folder), "out": str(out)}
        return self.reap(self._order("program", orders))

    def run(self, function: str, orders: Mapping[str, Any]) -> int:
        """The id of a fresh process that runs this function (``module:name``) with these orders."""
        return self._order("run", {"function": function, **orders})

    def reap(self, process: int) -> int:
        """How a process that it forked has ended, as ``subprocess`` tells it; waits for the end."""
        return self._order("reap", {"process": process})

    def _order(self, do: str, orders: Mapping[str, Any], line: socket.socket | None = None) -> int:
        text = json.dumps({"do": do, **orders}).encode() + b"\n"
        with self._lock:
            socket.send_fds(self._socket, [text], [line.fileno()] if line else [])
            return int(json.loads(self._answers.readline()))


def main(control: socket.socket, also: Sequence[str]) -> None:
    """Fork, and tell how what was forked has ended, until the harness has gone."""
    from tests.faults import bot_process, program  # noqa: F401 - all that a bot needs, imported once

    end_with_parent()
    for module in also:
        import_module(module)
    gc.collect()
    gc.freeze()
    while (order := _next_order(control)) is not None:
        orders, lines = order
        if orders["do"] == "reap":
            _, status = os.waitpid(orders["process"], 0)
            answer = os.waitstatus_to_exitcode(status)
        elif (answer := os.fork()) == 0:
            control.close()
            _be(orders, lines)
        for line in lines:
            line.close()
        with suppress(OSError):  # the harness has gone, and the next order will not come
            control.sendall(json.dumps(answer).encode() + b"\n")


def end_with_parent() -> None:
    """Let this process be killed when the one that made it ends, however that ends; on Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _be(orders: Mapping[str, Any], lines: Sequence[socket.socket]) -> None:
    """Never returns: this is the process that was forked."""
    from tests.faults import bot_process, program

    try:
        if orders["do"] == "live":
            bot_process.live(orders, lines[0])
        elif orders["do"] == "run":
            module, _, name = orders["function"].partition(":")
            getattr(import_module(module), name)(orders)
        program.run(orders)
    finally:
        os._exit(1)


def _next_order(control: socket.socket) -> tuple[dict[str, Any], list[socket.socket]] | None:
    """The next order with the lines that came with it; None once nobody gives orders any more."""
    text, lines = b"", []
    while not text.endswith(b"\n"):
        more, descriptors, _, _ = socket.recv_fds(control, MOST_BYTES, 1)
        if not more:
            return None
        text += more
        lines += [socket.socket(fileno=descriptor) for descriptor in descriptors]
    return json.loads(text), lines


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
