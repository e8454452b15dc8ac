"""The heartbeat: it says that the bot works, and nothing about anybody."""

import stat
from pathlib import Path
from threading import Event

import pytest

from bot.store.heartbeat import LATE_S, Heartbeat, silence_s
from tests.patience import PATIENCE_S


def beating(data_dir: Path, at_s: float = 1000.0) -> Heartbeat:
    return Heartbeat(data_dir, lambda: True, lambda: at_s)


def test_it_holds_the_uptime_of_the_machine_alone_for_the_bots_user_alone(tmp_path: Path) -> None:
    beating(tmp_path, 1000.4).beat()

    (file,) = tmp_path.iterdir()
    assert ("heartbeat", "1000\n", 0o600) == (file.name, file.read_text(), stat.S_IMODE(file.stat().st_mode))


def test_the_silence_is_counted_from_the_last_one(tmp_path: Path) -> None:
    beating(tmp_path, 1000).beat()
    beating(tmp_path, 1015).beat()

    assert 5 == silence_s(tmp_path, 1020)


def test_a_bot_that_does_not_work_falls_silent(tmp_path: Path) -> None:
    beating(tmp_path, 1000).beat()
    Heartbeat(tmp_path, lambda: False, lambda: 1000 + LATE_S).beat()

    assert LATE_S == silence_s(tmp_path, 1000 + LATE_S)


@pytest.mark.parametrize("text", ["", "soon", "99999"], ids=["empty", "no number", "before a restart"])
def test_what_is_no_heartbeat_since_the_machine_started_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "heartbeat").write_text(text)

    assert silence_s(tmp_path, 1000) is None


def test_no_heartbeat_is_none(tmp_path: Path) -> None:
    assert silence_s(tmp_path / "nowhere", 1000) is None


def test_a_half_written_one_of_a_crash_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "heartbeat.part").write_text("99")
    beating(tmp_path, 5).beat()

    assert ["heartbeat"] == [path.name for path in tmp_path.iterdir()]
    assert 0 == silence_s(tmp_path, 5)


def test_a_disk_that_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    beating(tmp_path / "nowhere").beat()


def test_it_comes_at_once_and_goes_with_the_bot(tmp_path: Path) -> None:
    beaten = Event()

    def works() -> bool:
        beaten.set()
        return True

    heartbeat = Heartbeat(tmp_path, works, lambda: 1000.0)
    heartbeat.start()
    assert beaten.wait(PATIENCE_S)
    heartbeat.stop()
    heartbeat.beat()

    assert [] == list(tmp_path.iterdir())


def test_a_stop_does_not_wait_for_a_bot_that_hangs(tmp_path: Path) -> None:
    asked, answer = Event(), Event()

    def hangs() -> bool:
        asked.set()
        return answer.wait(PATIENCE_S)

    heartbeat = Heartbeat(tmp_path, hangs, lambda: 1000.0)
    heartbeat.start()
    assert asked.wait(PATIENCE_S)
    heartbeat.stop()
    assert not answer.is_set()
    answer.set()

    assert [] == list(tmp_path.iterdir())


def test_one_that_never_began_removes_nothing_of_another_bot(tmp_path: Path) -> None:
    beating(tmp_path).beat()
    beating(tmp_path).stop()

    assert 0 == silence_s(tmp_path, 1000)
