"""The proof that the running bot makes once a day, in a process of its own."""

import errno
import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import daily_proof, proof_process
from bot.app import build
from bot.core.audit import Asked, LastProof
from bot.core.model import ChannelId, MemberId, WorkspaceId
from bot.errors import SlackUnavailableError, StoppingError
from bot.logs import set_up_logs
from bot.proof import ATTACKS
from bot.proof_process import ProofError, ProofProcess, Request, logging_now
from bot.slack.client.rate_limits import RateLimiter
from tests.fakes.prover import FakeProver
from tests.privacy.installation import an_installation, our_log, without_pytest
from tests.world import World, a_world

ROOT = Path(daily_proof.__file__).parents[1]

pytestmark = pytest.mark.attack


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world with five replies in an open round, whose bot really makes its proof."""
    (tmp_path / "installed").mkdir()
    with an_installation(tmp_path / "installed", proves=True) as world:
        yield world


class Failing:
    """Cannot make a proof."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def run(self, request: Request) -> LastProof:
        raise self.error

    def stop(self) -> None:
        """Nothing is under way."""

    def interrupt(self, data_dir: Path) -> None:
        """Nothing is under way."""


class Waiting:
    """Is at it until it is told to give up."""

    def __init__(self) -> None:
        self.begun, self.given_up = threading.Event(), threading.Event()

    def run(self, request: Request) -> LastProof:
        self.begun.set()
        assert self.given_up.wait(5)
        raise StoppingError

    def stop(self) -> None:
        self.given_up.set()

    def interrupt(self, data_dir: Path) -> None:
        self.given_up.set()


def request(folder: Path) -> Request:
    return Request(
        at=datetime(2026, 11, 24, tzinfo=UTC),
        data_dir=folder,
        ballots_dir=folder / "ballots",
        keys_dir=folder / "keys",
        logging=logging_now(),
    )


def test_members_read_how_the_last_proof_ended(world: World) -> None:
    without_pytest()
    world.move(hours=25)

    world.answer("U02TOMA", "/belonging privacy")

    said = f"attacked its own files on 25 November 2026: {len(ATTACKS)} attacks, and none found anything"
    assert said in str(world.told("U02TOMA")[-1].blocks)


def test_what_the_daily_proof_found_is_said_without_a_byte_of_it(world: World) -> None:
    without_pytest()
    (world.folder / "backup.db").write_bytes(next((world.data_dir / "ballots").glob("*.db")).read_bytes())
    world.move(hours=25)

    world.answer("U02TOMA", "/belonging privacy")

    said = str(world.told("U02TOMA")[-1].blocks)
    assert "found something: copies and leftovers" in said
    assert "backup" not in said


def test_when_slack_is_away_the_rest_is_still_tried(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.bot
    directory = world.bot.services.directory

    def away(_: object) -> frozenset[str]:
        raise SlackUnavailableError("no_connection")

    monkeypatch.setattr(directory, "audience", away)
    without_pytest()
    world.move(hours=25)

    with world.bot.services.store.transaction("test") as tx:
        last = tx.fetch_proof()
    assert last is not None
    assert (len(ATTACKS) - 1, ()) == (last.tried, last.failed)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError("U02TOMA said this"), "OSError"),
        (OSError(errno.EMFILE, "U02TOMA said this"), "too_many_files"),
        (ProofError("too_slow"), "too_slow"),
    ],
)
def test_a_proof_that_fails_does_not_keep_the_bot_from_its_work(
    tmp_path: Path, error: Exception, code: str
) -> None:
    heard = io.StringIO()
    world = World(tmp_path)
    world.prover = Failing(error)
    with our_log(), world.server:
        set_up_logs(stream=heard)
        world.start_bot()
        world.move(minutes=1)
        world.move(days=3)
        last = world.messages()[-1]
        world.stop_bot()

    assert "reply.open" not in json.dumps(last.blocks)  # the summary was posted
    assert f"proof not made code={code}" in heard.getvalue()
    assert "U02TOMA" not in heard.getvalue()


def test_a_directory_that_breaks_does_not_keep_the_bot_from_its_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise LookupError("U02TOMA said this")

    monkeypatch.setattr(daily_proof, "audiences", broken)
    with a_world(tmp_path) as world:
        world.move(minutes=1)

        assert world.announcement()
    assert {"LookupError"} == {
        getattr(one, "code", "") for one in caplog.records if one.msg == "proof not made"
    }
    assert "ring failed" not in caplog.text


def test_what_is_due_does_not_wait_for_a_proof_and_a_stop_ends_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    prover = Waiting()
    with world.server:
        bot = build(
            world.config(),
            world.clock.now,
            RateLimiter(world.seconds.read, world.seconds.event()),
            prover=prover,
        )
        bot.start()
        assert prover.begun.wait(5)
        world.clock.advance(timedelta(minutes=1))
        bot.run_due()
        asked = world.announcement()
        bot.stop()

    assert asked
    assert prover.given_up.is_set()


def test_what_is_due_does_not_wait_until_slack_has_said_who_is_in_the_channels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of five hundred channels it says so in eight minutes, and a slow Slack in hours."""
    asked, may_say = threading.Event(), threading.Event()

    def slow(*_: object) -> dict[ChannelId, frozenset[MemberId]]:
        asked.set()
        assert may_say.wait(20)
        return {}

    monkeypatch.setattr(daily_proof, "audiences", slow)
    world = World(tmp_path)
    with world.server:
        bot = build(
            world.config(),
            world.clock.now,
            RateLimiter(world.seconds.read, world.seconds.event()),
            prover=FakeProver(),
        )
        bot.start()
        assert asked.wait(5)
        world.clock.advance(timedelta(minutes=1))
        due = threading.Thread(target=bot.run_due)
        due.start()
        due.join(5)
        waited = due.is_alive()
        may_say.set()
        due.join(5)
        bot.stop()

    assert not waited


def once_it_is_there(file: Path) -> bytes:
    """What a file of /proc says; for a moment after the start of a process it is empty."""
    while not (said := file.read_bytes()):
        pass
    return said


def test_the_process_is_given_no_token_no_argument_and_no_descriptor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kills the mutants that hand over the environment or open files, or put the request into arguments."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    monkeypatch.setenv("BELONGING_KEY_SECRET", "a secret of thirty-two characters")
    seen: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def popen(*arguments: object, **named: object) -> "subprocess.Popen[bytes]":
        process = real(*arguments, **named)  # type: ignore[call-overload]
        seen.append(process)
        told.append(
            (
                once_it_is_there(Path(f"/proc/{process.pid}/environ")),
                once_it_is_there(Path(f"/proc/{process.pid}/cmdline")),
                opened_by(process.pid),
            )
        )
        return process

    told: list[tuple[bytes, bytes, list[str]]] = []
    monkeypatch.setattr(proof_process.subprocess, "Popen", popen)
    with (tmp_path / "held").open("w") as held:
        os.set_inheritable(held.fileno(), True)
        with pytest.raises(ProofError):
            ProofProcess().run(request(tmp_path / "nothing"))

    ((environ, arguments, files),) = told
    assert b"secret" not in environ
    assert arguments.split(b"\0")[1:] == [b"-P", b"-m", b"bot.proof_process", b""]
    assert not any(str(tmp_path) in file for file in files)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says which process goes first")
def test_the_process_lets_the_bot_go_first_and_goes_first_where_memory_is_short() -> None:
    command = [sys.executable, "-P", "-m", "bot.proof_process"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        score = Path(f"/proc/{process.pid}/oom_score_adj")
        while process.poll() is None and score.read_text().strip() != "1000":
            pass  # it has not begun yet; then it waits for a request
        assert os.getpriority(os.PRIO_PROCESS, process.pid) >= 10
        process.kill()


def test_a_sandbox_that_forbids_that_does_not_keep_it_from_its_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "nice", forbidden)
    monkeypatch.setattr(Path, "write_text", forbidden)

    proof_process._lower_priority()


def test_a_request_goes_through_the_pipe_and_comes_back_as_it_was(tmp_path: Path) -> None:
    asked = Asked(workspace=WorkspaceId("T1"), audiences={ChannelId("C1"): frozenset({MemberId("U1")})})
    one = replace(request(tmp_path), people=asked, unasked="why")

    assert one == Request.read(one.write())


def test_a_database_that_cannot_be_read_is_a_code_and_no_text(tmp_path: Path) -> None:
    with pytest.raises(ProofError) as failed:
        ProofProcess().run(request(tmp_path))

    assert failed.value.code == "not_allowed"


def test_a_process_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    prover = ProofProcess(time_limit_s=0.01)
    with pytest.raises(ProofError) as failed:
        prover.run(request(tmp_path))

    assert failed.value.code == "too_slow"
    assert prover._process is not None
    assert prover._process.returncode == -signal.SIGKILL


def test_a_process_that_crashes_is_told_by_its_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(a_program(tmp_path, "kill -SEGV $$")))
    with pytest.raises(ProofError) as failed:
        ProofProcess().run(request(tmp_path))

    assert failed.value.code == "signal_11"


def test_a_prover_that_was_stopped_begins_nothing_more(tmp_path: Path) -> None:
    prover = ProofProcess()
    prover.stop()

    with pytest.raises(StoppingError):
        prover.run(request(tmp_path))


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A proof takes a minute."""
    monkeypatch.setattr(sys, "executable", str(a_program(tmp_path, "exec sleep 60")))


@contextmanager
def under_way(prover: ProofProcess, folder: Path) -> Iterator[list[type[BaseException]]]:
    """Run a proof of this folder; yield how it ended, and wait for that at the end of the block."""
    ended: list[type[BaseException]] = []

    def run() -> None:
        try:
            prover.run(request(folder))
        except StoppingError as error:
            ended.append(type(error))

    worker = threading.Thread(target=run)
    worker.start()
    while prover._process is None or prover._process.returncode is not None:
        pass
    yield ended
    worker.join(5)


@pytest.mark.usefixtures("endless")
def test_a_stop_ends_the_process_under_way(tmp_path: Path) -> None:
    prover = ProofProcess()
    with under_way(prover, tmp_path) as ended:
        prover.stop()

    assert ended == [StoppingError]


@pytest.mark.usefixtures("endless")
def test_a_proof_is_interrupted_only_where_that_cell_is_closed_and_made_later(tmp_path: Path) -> None:
    """A cell that is handed to another worker must not wait for its proof."""
    prover = ProofProcess()
    for _ in range(2):
        with under_way(prover, tmp_path) as ended:
            prover.interrupt(tmp_path / "other")
            assert not ended
            prover.interrupt(tmp_path)
        assert ended == [StoppingError]
    prover.interrupt(tmp_path)  # nothing runs


def opened_by(process: int) -> list[str]:
    """The files that a process has open."""
    found = []
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        with suppress(OSError):
            found.append(str(descriptor.readlink()))
    return found


def a_program(folder: Path, line: str) -> Path:
    """A program that does this and nothing else, whatever it is asked."""
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o700)
    return path
