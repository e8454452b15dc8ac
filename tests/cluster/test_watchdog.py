"""A worker that hangs or is stopped is killed by its watchdog, and its locks are free. Real processes."""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from bot.cluster.watchdog import Watchdog
from bot.cluster.watchdog_process import WAITS
from bot.errors import AlreadyRunningError, ClusterError
from bot.store.lock import InstanceLock
from tests.cli.program import ROOT, environment
from tests.patience import PATIENCE_S

LIMIT_S = 1.0

WORKER = """
import asyncio, os, signal, sys, time
from pathlib import Path
from bot.cluster.watchdog import Watchdog
from bot.logs import set_up_logs
from bot.store.lock import InstanceLock

async def work(folder, limit_s):
    watchdog = Watchdog(limit_s)
    with InstanceLock(folder):
        watchdog.start()
        keeps = asyncio.create_task(watchdog.keep())
        await asyncio.sleep(0)
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, lambda: print("asked", flush=True))
        print(watchdog._process.pid, flush=True)
        order = await asyncio.to_thread(sys.stdin.readline)
        while order == "wait\\n":
            print("waited", flush=True)
            order = await asyncio.to_thread(sys.stdin.readline)
        if order == "hang\\n":
            time.sleep(600)
        if order == "exit\\n":
            os._exit(3)
        keeps.cancel()
        watchdog.stop()

set_up_logs(as_json=True)
asyncio.run(work(Path(sys.argv[1]), float(sys.argv[2])))
"""


class Worker:
    """A worker that holds a lock, and its watchdog."""

    def __init__(self, folder: Path, limit_s: float) -> None:
        self.folder = folder
        self.program = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(folder), str(limit_s)],
            env=environment(BELONGING_CLUSTER_KEYS="a secret"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.watchdog = psutil.Process(int(self.hear()))

    def hear(self) -> str:
        """The next line that it prints."""
        assert self.program.stdout
        return self.program.stdout.readline()

    def order(self, what: str) -> None:
        """Let it do something."""
        assert self.program.stdin
        self.program.stdin.write(f"{what}\n")
        self.program.stdin.flush()

    def is_locked(self) -> bool:
        """Whether another process finds the lock taken."""
        try:
            with InstanceLock(self.folder):
                return False
        except AlreadyRunningError:
            return True

    def end(self) -> tuple[int, str]:
        """Wait for its end, and for that of the watchdog; its exit code and its log."""
        _, log = self.program.communicate(timeout=PATIENCE_S)
        psutil.wait_procs([self.watchdog], timeout=PATIENCE_S)
        assert not is_alive(self.watchdog)
        return self.program.returncode, log


def is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


Start = Callable[..., Worker]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start workers, which are killed in the end."""
    with ExitStack() as started:

        def start(limit_s: float = LIMIT_S) -> Worker:
            worker = Worker(tmp_path, limit_s)
            started.enter_context(worker.program)
            started.callback(worker.program.kill)
            return worker

        yield start


def test_a_stopped_worker_is_killed_and_loses_its_lock(start: Start) -> None:
    worker = start()
    assert worker.is_locked()
    worker.program.send_signal(signal.SIGSTOP)
    code, log = worker.end()

    assert -signal.SIGKILL == code
    assert not worker.is_locked()
    line = json.loads(log)
    assert line.pop("time") > "2026"
    assert {"level": "critical", "event": "worker killed", "code": "hung", "count": "1"} == line


def test_a_worker_whose_loop_hangs_is_killed(start: Start) -> None:
    worker = start()
    worker.order("hang")

    assert -signal.SIGKILL == worker.end()[0]
    assert not worker.is_locked()


def test_a_worker_that_works_lives_and_its_normal_end_leaves_no_process(start: Start) -> None:
    worker = start(1.5)
    psutil.wait_procs([worker.watchdog], timeout=2)
    assert worker.is_locked()
    worker.order("end")

    assert (0, "") == worker.end()
    assert not worker.is_locked()


@pytest.mark.parametrize("how", ["exit", signal.SIGKILL, signal.SIGTERM])
def test_the_watchdog_ends_with_the_worker_however_that_ends(start: Start, how: str | signal.Signals) -> None:
    worker = start(600)
    if isinstance(how, str):
        worker.order(how)
    else:
        worker.program.send_signal(how)

    assert worker.end()[1] == ""
    assert not worker.is_locked()


def test_ctrl_c_and_a_signal_to_all_processes_leave_the_watchdog_watching(start: Start) -> None:
    worker = start()
    os.killpg(worker.program.pid, signal.SIGINT)
    assert worker.hear() == "asked\n"
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        worker.watchdog.send_signal(number)
    worker.order("hang")
    code, log = worker.end()

    assert -signal.SIGKILL == code
    assert "worker killed" == json.loads(log)["event"]  # and nothing before: none was started again


def test_the_watchdog_has_a_pipe_and_standard_error_only_and_no_secret(start: Start) -> None:
    worker = start(600)
    worker.order("wait")
    worker.hear()
    watchdog, own = Path(f"/proc/{worker.watchdog.pid}"), Path(f"/proc/{worker.program.pid}/fd")
    while worker.watchdog.num_fds() > 3 or not watchdog.exists():
        pass  # it still reads its program

    assert {"0", "1", "2"} == {path.name for path in (watchdog / "fd").iterdir()}
    assert "/dev/null" == str((watchdog / "fd/1").readlink())
    assert (own / "2").readlink() == (watchdog / "fd/2").readlink()
    assert not (watchdog / "environ").read_bytes()
    assert Path("/") == (watchdog / "cwd").readlink()
    assert b"secret" not in (watchdog / "cmdline").read_bytes()
    assert str(worker.folder).encode() not in (watchdog / "cmdline").read_bytes()
    assert worker.watchdog.memory_full_info().uss < 8_000_000


def test_a_watchdog_that_was_killed_is_started_again(start: Start) -> None:
    worker = start()
    first = worker.watchdog
    first.kill()
    assert worker.program.stderr
    assert "watchdog ended, started again" == json.loads(worker.program.stderr.readline())["event"]
    worker.order("wait")
    worker.hear()
    (worker.watchdog,) = psutil.Process(worker.program.pid).children()
    worker.program.send_signal(signal.SIGSTOP)

    assert -signal.SIGKILL == worker.end()[0]


def test_a_watchdog_that_was_stopped_too_counts_only_its_own_waits(start: Start) -> None:
    """So it is where the whole machine sleeps: the time that has passed counts for nothing."""
    worker = start(2)
    worker.watchdog.suspend()
    worker.program.send_signal(signal.SIGSTOP)
    psutil.wait_procs([worker.watchdog], timeout=2.5)
    worker.watchdog.resume()
    worker.program.send_signal(signal.SIGCONT)
    worker.order("end")

    assert (0, "") == worker.end()


def test_a_pipe_that_nobody_reads_stops_no_worker() -> None:
    watchdog = Watchdog(600)
    watchdog.start()
    try:
        assert watchdog._process
        watchdog._process.send_signal(signal.SIGSTOP)
        for _ in range(70_000):
            watchdog.tell()
    finally:
        watchdog.stop()


@contextmanager
def no_more_files() -> Iterator[None]:
    """Let this process open nothing within the block."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_where_none_can_be_started_the_worker_does_not_start() -> None:
    with no_more_files(), pytest.raises(ClusterError, match="cannot be started"):
        Watchdog().start()


def test_where_none_can_be_started_again_the_worker_goes_on_and_tries_later(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watchdog = Watchdog(600)
    watchdog.start()
    try:
        assert watchdog._process
        watchdog._process.kill()
        watchdog._process.wait()
        with no_more_files():
            tell(watchdog)
        assert watchdog._process is None
        tell(watchdog)
        assert watchdog._process.poll() is None
    finally:
        watchdog.stop()
    tell(watchdog)

    assert watchdog._process is None
    assert ["watchdog ended", "watchdog not started", "watchdog ended"] == [
        message.partition(",")[0] for message in caplog.messages
    ]


def tell(watchdog: Watchdog) -> None:
    for _ in range(WAITS):
        watchdog.tell()


def test_process_1_of_a_container_is_refused_since_nothing_could_kill_it() -> None:
    program = "from bot.cluster.watchdog import Watchdog; Watchdog().start()"
    apart = ["unshare", "--user", "--map-root-user", "--pid", "--fork"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody make a name space of processes")
    ended = subprocess.run(
        [*apart, sys.executable, "-c", program],
        env=environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "process 1 of its container" in ended.stderr
