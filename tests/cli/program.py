"""The program as people start it: in a process of its own, in a folder of its own."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 30

CONFIG = f"""
prompts: [{ROOT / "prompts"}]
support: {{contact: "People team, people@example.org", crisis: "112", checked: 2026-11-01}}
defaults: {{timezone: Europe/Berlin, holidays: none}}
schedules: []
"""


def environment(**more: str) -> dict[str, str]:
    """What the program finds around it: nothing of this machine's but what Python needs."""
    kept = {
        name: os.environ[name] for name in ("PATH", "LANG", "COVERAGE_PROCESS_START") if name in os.environ
    }
    return kept | {"PYTHONPATH": str(ROOT), "COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"} | more


def start(folder: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """The program, started with these arguments in this folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=environment(**(environ or {})),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def finish(program: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code, standard output and standard error, once the program has ended."""
    out, err = program.communicate(timeout=TIMEOUT_S)
    return program.returncode, out, err


@contextmanager
def running(
    folder: Path, *arguments: str, says: str, environ: Mapping[str, str] | None = None
) -> Iterator["Running"]:
    """The program, once it has said this on either stream; it is ended in the end, if it has not ended."""
    program = start(folder, *arguments, environ=environ)
    held = Running(program, says)
    try:
        assert held.ready.wait(TIMEOUT_S), f"it never said {says!r}: {held.said}"
        assert held.seen, held.said
        yield held
    finally:
        program.kill()
        held.join()


class Running:
    """A program that runs, with what it has said so far."""

    def __init__(self, program: subprocess.Popen[str], says: str) -> None:
        self.program = program
        self.said = ""
        self.ready = threading.Event()
        self.seen = False
        self._says = says
        self._lock = threading.Lock()
        self._readers = [
            threading.Thread(target=self._read, args=(stream,), daemon=True)
            for stream in (program.stdout, program.stderr)
        ]
        for reader in self._readers:
            reader.start()

    def hear(self, says: str) -> None:
        """Wait until it has said this, too; fails when it never does."""
        with self._lock:
            self._says = says
            if says in self.said:
                return
            self.ready.clear()
        assert self.ready.wait(TIMEOUT_S), f"it never said {says!r}: {self.said}"
        assert says in self.said, self.said

    def end(self, number: signal.Signals, within_s: float = 5) -> int:
        """Send this signal, and return the exit code; fails when the program takes longer."""
        self.program.send_signal(number)
        code = self.program.wait(within_s)
        self.join()
        return code

    def join(self) -> None:
        """Wait until everything that was said is read."""
        self.program.wait()
        for reader in self._readers:
            reader.join()
        for stream in (self.program.stdout, self.program.stderr):
            if stream:
                stream.close()

    def _read(self, stream: object) -> None:
        for line in stream:  # type: ignore[attr-defined]
            with self._lock:
                self.said += line
                if self._says in self.said:
                    self.seen = True
                    self.ready.set()
        self.ready.set()
