"""A command takes a cell from the bot that serves it, and the bot sees that somebody had it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.errors import AlreadyRunningError, DataDirectoryError
from bot.store import lock
from bot.store.lock import CellHold, InstanceLock, hold_count, is_held, is_wanted
from tests.contracts.test_failures import files_left
from tests.small_disk import fill, small_disk

_HOLD = """
import sys
from pathlib import Path
from bot.store import lock
with getattr(lock, sys.argv[1])(Path(sys.argv[2])):
    print("held", flush=True)
    sys.stdin.read()
"""

Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a program that holds the cell until its input ends."""
    with ExitStack() as started:

        def start(what: str) -> "subprocess.Popen[str]":
            command = [sys.executable, "-c", _HOLD, what, str(tmp_path)]
            program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            started.enter_context(program)
            started.callback(program.kill)
            assert program.stdout
            assert program.stdout.readline() == "held\n"
            return program

        yield start


def test_nothing_is_written_before_a_command_takes_the_cell(tmp_path: Path) -> None:
    with InstanceLock(tmp_path):
        assert not is_wanted(tmp_path)
        assert hold_count(tmp_path) == 0

    assert [".lock"] == [path.name for path in tmp_path.iterdir()]


def test_a_command_has_the_cell_for_itself_and_the_bot_sees_it(tmp_path: Path, start: Start) -> None:
    command = start("CellHold")

    assert is_wanted(tmp_path)
    assert is_held(tmp_path)
    assert hold_count(tmp_path) == 1
    with pytest.raises(AlreadyRunningError), InstanceLock(tmp_path):
        pass
    command.communicate(timeout=30)

    assert not is_wanted(tmp_path)
    assert hold_count(tmp_path) == 1
    with InstanceLock(tmp_path):
        pass
    assert (tmp_path / ".hold").stat().st_mode & 0o777 == 0o600


def test_a_command_that_is_killed_gives_the_cell_back_and_was_counted(tmp_path: Path, start: Start) -> None:
    command = start("CellHold")
    command.kill()
    command.wait(timeout=30)

    assert not is_wanted(tmp_path)
    with CellHold(tmp_path, 0):
        assert hold_count(tmp_path) == 2


def test_a_command_waits_until_the_bot_has_let_go(tmp_path: Path, start: Start) -> None:
    bot = start("InstanceLock")
    seen = list[tuple[bool, int]]()

    def pause(_: float) -> None:
        seen.append((is_wanted(tmp_path), hold_count(tmp_path)))
        if len(seen) == 3:
            bot.communicate(timeout=30)

    with CellHold(tmp_path, pause=pause):
        assert is_held(tmp_path)

    assert [(True, 1)] * 3 == seen
    assert not is_held(tmp_path)


@pytest.mark.parametrize(
    ("held", "told"), [("InstanceLock", "bot does not let go"), ("CellHold", "Another command is using")]
)
def test_a_command_gives_up_in_the_end_and_leaves_nothing_held(
    tmp_path: Path, start: Start, held: str, told: str
) -> None:
    other = start(held)
    pauses = list[float]()

    with pytest.raises(AlreadyRunningError, match=told), CellHold(tmp_path, 1.5, pause=pauses.append):
        pass

    assert sum(pauses) == pytest.approx(1.5)
    other.communicate(timeout=30)
    assert not is_wanted(tmp_path)


def test_the_lock_is_given_up_before_the_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the bot, which opens the cell when the hold has ended, would find it locked."""
    seen = list[bool]()
    end = InstanceLock.__exit__

    def look(self: InstanceLock, *why: object) -> None:
        end(self, *why)
        seen.append(is_wanted(tmp_path))

    monkeypatch.setattr(lock.InstanceLock, "__exit__", look)
    with CellHold(tmp_path):
        pass

    assert [True] == seen


def test_a_full_disk_stops_no_command_that_held_the_cell_before(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        with CellHold(disk):
            pass
        fill(disk)
        with CellHold(disk):
            assert hold_count(disk) == 2


def test_too_many_open_files_are_no_missing_right(tmp_path: Path) -> None:
    with CellHold(tmp_path):
        pass
    for take in (InstanceLock(tmp_path), CellHold(tmp_path)):
        with files_left(0), pytest.raises(DataDirectoryError, match="too many files are open") as told, take:
            pass
        assert "LimitNOFILE" in told.value.remedy
    with files_left(0):
        assert is_wanted(tmp_path)
        assert not is_wanted(tmp_path / "elsewhere")
