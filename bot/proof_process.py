"""Run a proof in a process of its own: the request, the work and the answer.

The proof reads the files of SQLite byte by byte, which the bot's own process must never do
(``bot.store.isolated_reads``, docs/adr/0018). The bot passes through a pipe what the other process cannot see
or must not look up: how the bot logs, and who is in the channels. So that process has no token and sends no
request.
"""

import json
import os
import resource
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Lock

from pydantic import TypeAdapter

from bot.core.audit import Asked, Evidence, LastProof, Logging
from bot.errors import BotError, StoppingError
from bot.logs import escapes_with, lines_with, logger_levels, stray_loggers
from bot.proof import last_proof, prove
from bot.store.audit.installation import read_installation
from bot.store.isolated_reads import environment
from bot.store.serialization import dumps, loads

TIME_LIMIT_S = 600
"""Seconds after which the process is killed."""

CANARY = "canary-7c1e5a90"
"""A text that must not appear in the log."""

PACKAGE = Path(__file__).resolve().parents[1]
_NICENESS = 10
_OOM_SCORE = "1000"


class ProofError(BotError):
    """The daily proof could not be made."""

    def __init__(self, code: str) -> None:
        """Use ``code`` as the reason in the log."""
        super().__init__()
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a proof examines, and what only the bot knows about it. Goes through a pipe, never to a file."""

    at: datetime
    data_dir: Path
    ballots_dir: Path
    keys_dir: Path
    logging: Logging
    host_dir: Path | None = None
    people: Asked | None = None
    unasked: str = ""

    def write(self) -> bytes:
        """Return the request as bytes."""
        named = {name: getattr(self, name) for name in ("data_dir", "ballots_dir", "keys_dir", "host_dir")}
        folders = {name: path.absolute() for name, path in named.items() if path}
        return TypeAdapter(Request).dump_json(replace(self, **folders))

    @classmethod
    def read(cls, written: bytes) -> "Request":
        """Return the request that ``write`` wrote."""
        return TypeAdapter(cls).validate_json(written)


class ProofProcess:
    """Makes the proof in a new process, which inherits no file descriptor, no token and no thread."""

    def __init__(self, time_limit_s: float = TIME_LIMIT_S) -> None:
        self._time_limit_s = time_limit_s
        self._lock = Lock()
        self._stopped = False
        self._interrupted = False
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, request: Request) -> LastProof:
        """Return how the proof ended. Raises ``ProofError``, and ``StoppingError`` after it was stopped."""
        process = self._start(request.data_dir)
        try:
            output, _ = process.communicate(request.write(), timeout=self._time_limit_s)
        except subprocess.TimeoutExpired:
            raise ProofError("too_slow") from None
        finally:
            _end(process)
        if self._stopped or self._interrupted:
            raise StoppingError
        if process.returncode:
            raise ProofError(_name_of_end(process.returncode))
        found = json.loads(output)
        if "failed" in found:
            raise ProofError(found["failed"])
        proof: LastProof = loads(LastProof, found["proof"])
        return proof

    def stop(self) -> None:
        """Kill the process, and start no other."""
        with self._lock:
            self._stopped = True
            if self._process:
                self._process.kill()

    def interrupt(self, data_dir: Path) -> None:
        """Kill the process if it proves this directory. Another one may be started."""
        with self._lock:
            if self._process and self._folder == data_dir:
                self._interrupted = True
                self._process.kill()

    def _start(self, folder: Path) -> "subprocess.Popen[bytes]":
        with self._lock:
            if self._stopped:
                raise StoppingError
            self._folder, self._interrupted = folder, False
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "bot.proof_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a traceback may quote the data
                env={**environment(), "PYTHONPATH": os.pathsep.join([str(PACKAGE), *filter(None, sys.path)])},
                cwd="/",
                start_new_session=True,  # Ctrl-C is for the bot, which kills this process
            )
            return self._process


def logging_now() -> Logging:
    """Return how this process logs, and the limit of its core dumps."""
    return Logging(
        loggers=logger_levels(),
        strays=stray_loggers(),
        canary=CANARY,
        canary_line=lines_with(CANARY),
        escapes=escapes_with(CANARY),
        core_bytes=resource.getrlimit(resource.RLIMIT_CORE)[0],
    )


def answer(request: Request) -> LastProof:
    """Make the proof in this process, and return how it ended.

    Raises ``StoreError`` if belonging.db cannot be read.
    """
    evidence = Evidence(
        at=request.at,
        disk=read_installation(request.data_dir, request.ballots_dir, request.keys_dir, request.host_dir),
        logging=request.logging,
        people=request.people,
        unasked=request.unasked,
    )
    return last_proof(evidence, prove(evidence))


def main() -> None:
    """Read a request from standard input, and write the result or the error code to standard output."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _lower_priority()
    request = Request.read(sys.stdin.buffer.read())
    try:
        output = {"proof": dumps(answer(request))}
    except Exception as error:  # noqa: BLE001 - its text may quote the data
        output = {"failed": error.code if isinstance(error, BotError) else type(error).__name__}
    sys.stdout.write(json.dumps(output))


def _lower_priority() -> None:
    """Lower the priority of this process, and let the system kill it before the bot if memory is short.

    Both are optional: the sandbox may forbid the first, and some systems lack the second.
    """
    with suppress(OSError):
        os.nice(_NICENESS)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE, encoding="ascii")


def _name_of_end(code: int) -> str:
    """Return what the log calls the end of a process that gave no answer."""
    return f"signal_{-code}" if code < 0 else f"exit_{code}"


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill the process and close its pipes."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with suppress(OSError):
                pipe.close()


if __name__ == "__main__":
    main()
