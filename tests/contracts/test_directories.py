"""The bot has its directories to itself: no other user, and no second bot."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import bot
from bot.errors import AlreadyRunningError, DataDirectoryError
from bot.store.lock import LOCK_NAME, InstanceLock, is_held, prepare

ROOT = Path(bot.__file__).parent.parent
HOLD = """
import sys
from pathlib import Path
from bot.store.lock import InstanceLock
with InstanceLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_missing_directories_are_made_for_the_bots_user_only(tmp_path: Path) -> None:
    places = (tmp_path / "data", tmp_path / "data" / "ballots", tmp_path / "elsewhere" / "keys")

    old = os.umask(0)
    try:
        prepare(*places)
        prepare(*places)
    finally:
        os.umask(old)

    assert {place.stat().st_mode & 0o777 for place in places} == {0o700}


@pytest.mark.attack
@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o704])
@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_directory_that_others_can_look_into_is_refused_with_the_command_that_helps(
    tmp_path: Path, mode: int, which: int
) -> None:
    places = [tmp_path / "data", tmp_path / "ballots", tmp_path / "keys"]
    prepare(*places)
    places[which].chmod(mode)

    with pytest.raises(DataDirectoryError, match=rf"mode is {mode:04o}.*chmod 700 {places[which]}"):
        prepare(*places)


def test_a_file_in_place_of_a_directory_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"")

    for data in (tmp_path / "data", tmp_path / "data" / "below"):
        with pytest.raises(DataDirectoryError, match="not a directory"):
            prepare(data, tmp_path / "b", tmp_path / "k")


def test_a_directory_that_cannot_be_made_or_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", refuse)
        with pytest.raises(DataDirectoryError, match=r"cannot be made \(Permission denied\).*name another"):
            prepare(tmp_path / "data", tmp_path / "b", tmp_path / "k")

    places = (tmp_path / "data", tmp_path / "b", tmp_path / "k")
    prepare(*places)
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    with pytest.raises(DataDirectoryError, match="may not write"):
        prepare(*places)


def test_a_second_bot_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    with (
        InstanceLock(tmp_path),
        pytest.raises(AlreadyRunningError, match=rf"already using {tmp_path}.*data_dir"),
        InstanceLock(tmp_path),
    ):
        pass

    with InstanceLock(tmp_path):
        assert (tmp_path / LOCK_NAME).stat().st_mode & 0o777 == 0o600


def test_other_data_directories_are_free(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()

    with InstanceLock(tmp_path), InstanceLock(other):
        pass


def test_a_bot_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunningError), InstanceLock(tmp_path):
            pass
        first.send_signal(signal.SIGKILL)

    with InstanceLock(tmp_path):
        pass


def test_a_lock_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataDirectoryError, match="cannot be written"), InstanceLock(tmp_path / "gone"):
        pass


def test_a_disk_that_knows_no_locks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as a network file system without its lock service."""

    def refuse(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    opened = len(list(Path("/dev/fd").iterdir()))
    monkeypatch.setattr(fcntl, "flock", refuse)

    with (
        pytest.raises(DataDirectoryError, match=r"cannot be locked \(No locks available\)"),
        InstanceLock(tmp_path),
    ):
        pass
    assert not is_held(tmp_path)
    assert opened == len(list(Path("/dev/fd").iterdir()))


def test_whoever_holds_the_lock_does_not_open_its_file_to_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a network file system, closing the file again would drop the lock."""

    def refuse(*_: object) -> int:
        raise AssertionError

    with InstanceLock(tmp_path), monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        assert is_held(tmp_path)


def test_whoever_looks_from_outside_finds_the_bot_and_changes_nothing(tmp_path: Path) -> None:
    assert not is_held(tmp_path)
    assert [] == list(tmp_path.iterdir())

    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as bot_:
        assert bot_.stdout is not None
        assert bot_.stdout.readline() == b"held\n"
        assert is_held(tmp_path)
        with pytest.raises(AlreadyRunningError), InstanceLock(tmp_path):
            pass
        bot_.kill()
    assert not is_held(tmp_path)
