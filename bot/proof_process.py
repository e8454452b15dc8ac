"""A proof in a process of its own: what it is asked, how it is made, and what it answers.

It reads the files of SQLite byte by byte, which the bot's own process must never do (
``bot.store.isolated_reads``,
docs/adr/0018). The bot hands over, through a pipe, what the other process cannot see or shall not hold: how
the bot logs, and who is in the channels. So that process has no token, and asks nobody.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from bot.core.audit import Asked, Evidence, LastProof, Logging
from bot.core.model import ChannelId, MemberId, WorkspaceId
from bot.errors import BotError, StoppingError
from bot.logs import escapes_with, lines_with, logger_levels, stray_loggers
from bot.proof import last_proof, prove
from bot.store.audit.installation import read_installation
from bot.store.isolated_reads import environment
from bot.store.serialization import dumps, loads

TIME_LIMIT_S = 600
"""A process that has not ended after so long is ended."""

CANARY = "canary-7c1e5a90"
"""A mark that must not come out of the log."""

PACKAGE = Path(__file__).resolve().parents[1]
_GENTLE = 10
_FIRST_TO_GO = "1000"


class ProofError(BotError):
    """The daily proof could not be made."""

    def __init__(self, code: str) -> None:
        """``code``: what the log calls the reason."""
        super().__init__()
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a proof is to look at, and what only the bot knows of it. Goes through a pipe, never to a file."""

    at: datetime
    data_dir: Path
    ballots_dir: Path
    keys_dir: Path
    logging: Logging
    people: Asked | None = None
    unasked: str = ""

    def write(self) -> bytes:
        """The request as bytes."""
        people, log_ = self.people, self.logging
        folders = (self.data_dir, self.ballots_dir, self.keys_dir)
        data = {
            "at": self.at.isoformat(),
            "folders": [str(folder.absolute()) for folder in folders],
            "logging": {
                "loggers": log_.loggers,
                "strays": log_.strays,
                "canary": log_.canary,
                "canary_line": log_.canary_line,
                "escapes": dict(log_.escapes),
                "core_bytes": log_.core_bytes,
            },
            "workspace": people and people.workspace,
            "audiences": people and {key: sorted(members) for key, members in people.audiences.items()},
            "unasked": self.unasked,
        }
        return json.dumps(data).encode()

    @classmethod
    def read(cls, written: bytes) -> "Request":
        """The request that ``write`` wrote."""
        data = json.loads(written)
        data_dir, ballots_dir, keys_dir = map(Path, data["folders"])
        return cls(
            at=datetime.fromisoformat(data["at"]),
            data_dir=data_dir,
            ballots_dir=ballots_dir,
            keys_dir=keys_dir,
            logging=_logging_of(data["logging"]),
            people=_people_of(data) if data["workspace"] else None,
            unasked=data["unasked"],
        )


class ProofProcess:
    """Makes the proof in a fresh process, which inherits no descriptor, no token and no thread."""

    def __init__(self, time_limit_s: float = TIME_LIMIT_S) -> None:
        self._time_limit_s = time_limit_s
        self._lock = Lock()
        self._stopped = False
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, request: Request) -> LastProof:
        """How the proof ended."""
        process = self._begin()
        try:
            told, _ = process.communicate(request.write(), timeout=self._time_limit_s)
        except subprocess.TimeoutExpired:
            raise ProofError("too_slow") from None
        finally:
            _end(process)
        if self._stopped:
            raise StoppingError
        if process.returncode:
            raise ProofError(_ended_by(process.returncode))
        found = json.loads(told)
        if "failed" in found:
            raise ProofError(found["failed"])
        proof: LastProof = loads(LastProof, found["proof"])
        return proof

    def stop(self) -> None:
        """End the process."""
        with self._lock:
            self._stopped = True
            if self._process:
                self._process.kill()

    def _begin(self) -> "subprocess.Popen[bytes]":
        with self._lock:
            if self._stopped:
                raise StoppingError
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "bot.proof_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a traceback may quote what it looked at
                env={**environment(), "PYTHONPATH": os.pathsep.join([str(PACKAGE), *filter(None, sys.path)])},
                cwd="/",
                start_new_session=True,  # Ctrl-C is for the bot, which ends it
            )
            return self._process


def logging_now() -> Logging:
    """How this process logs, and what a crash of it leaves."""
    return Logging(
        loggers=logger_levels(),
        strays=stray_loggers(),
        canary=CANARY,
        canary_line=lines_with(CANARY),
        escapes=escapes_with(CANARY),
        core_bytes=resource.getrlimit(resource.RLIMIT_CORE)[0],
    )


def answer(request: Request) -> LastProof:
    """How the proof ended, made in this process. Raises ``StoreError`` when belonging.db cannot be read."""
    evidence = Evidence(
        at=request.at,
        disk=read_installation(request.data_dir, request.ballots_dir, request.keys_dir),
        logging=request.logging,
        people=request.people,
        unasked=request.unasked,
    )
    return last_proof(evidence, prove(evidence))


def main() -> None:
    """Read a request from standard input, and write to standard output how the proof ended, or why not."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _be_gentle()
    request = Request.read(sys.stdin.buffer.read())
    try:
        told = {"proof": dumps(answer(request))}
    except Exception as error:  # noqa: BLE001 - its text may quote what it looked at
        told = {"failed": error.code if isinstance(error, BotError) else type(error).__name__}
    sys.stdout.write(json.dumps(told))


def _be_gentle() -> None:
    """Let the bot go first; where memory is short, this process goes, and not the bot.

    Not every system knows the second, and the service's sandbox may forbid the first.
    """
    with suppress(OSError):
        os.nice(_GENTLE)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO, encoding="ascii")


def _ended_by(code: int) -> str:
    """What the log calls the end of a process that gave no answer."""
    return f"signal_{-code}" if code < 0 else f"exit_{code}"


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Leave no process and no pipe."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with suppress(OSError):
                pipe.close()


def _logging_of(data: Mapping[str, Any]) -> Logging:
    levels = {name: (int(level), int(wanted)) for name, (level, wanted) in data["loggers"].items()}
    return Logging(
        loggers=levels,
        strays=tuple(data["strays"]),
        canary=data["canary"],
        canary_line=data["canary_line"],
        escapes=dict(data["escapes"]),
        core_bytes=data["core_bytes"],
    )


def _people_of(data: Mapping[str, Any]) -> Asked:
    found = {
        ChannelId(channel): frozenset(map(MemberId, members))
        for channel, members in data["audiences"].items()
    }
    return Asked(workspace=WorkspaceId(data["workspace"]), audiences=found)


if __name__ == "__main__":
    main()
