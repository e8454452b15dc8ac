"""The keeper knows whether its bot lives, and a report says why one has ended that nobody has killed."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Event

import pytest

from bot.slack.transport.http_server import listen
from tests.faults.installation import Installation
from tests.faults.keeper import MOST_ENDINGS, PATIENCE_S, GoneError
from tests.faults.lap import Lap
from tests.faults.witness import last_words
from tests.faults.zygote import Zygote
from tests.held_port import held_port


class SlowToTell:
    """The same zygote, which tells of a death when it is allowed to."""

    def __init__(self, zygote: Zygote) -> None:
        self.start_bot = zygote.start_bot
        self._reap = zygote.reap
        self.reaped, self.may_tell = Event(), Event()

    def reap(self, process: int) -> int:
        code = self._reap(process)
        self.reaped.set()
        assert self.may_tell.wait(PATIENCE_S)
        return code


@pytest.fixture
def slow_to_tell(zygote: Zygote) -> SlowToTell:
    return SlowToTell(zygote)


def faults_of(installed: Installation) -> list[str]:
    """What the report of a lap says in which no bot gets up."""
    lap = Lap(installed, Random(1))
    with pytest.raises(GoneError, match="it did not start, or does not answer; life 3 has ended"):
        lap.ask()
    return lap.all_faults()


def test_a_bot_whose_death_is_not_told_yet_is_not_well(slow_to_tell: SlowToTell) -> None:
    """Or a member would try again in vain, until all their tries are used up."""
    with Installation(slow_to_tell) as installed, ThreadPoolExecutor() as pool:
        keeper = installed.keeper
        keeper.start()
        keeper.wait_until_well()
        os.kill(keeper.living, signal.SIGKILL)
        waiting = pool.submit(keeper.wait_until_well)
        slow_to_tell.may_tell.set()
        waiting.result(PATIENCE_S)

        assert [-signal.SIGKILL] == [death.code for death in keeper.deaths]


def test_a_bot_that_has_died_can_be_killed_once_more(slow_to_tell: SlowToTell) -> None:
    """A kill comes from any thread, and the death of the bot may just not have been told."""
    with Installation(slow_to_tell) as installed:
        keeper = installed.keeper
        keeper.start()
        keeper.wait_until_well()
        os.kill(keeper.living, signal.SIGKILL)
        assert slow_to_tell.reaped.wait(PATIENCE_S)

        keeper.kill()

        slow_to_tell.may_tell.set()


def test_the_report_says_why_a_bot_could_not_start(zygote: Zygote) -> None:
    with Installation(zygote, http=True) as installed:
        port = installed.port
        with listen("127.0.0.1", port):
            faults = faults_of(installed)

        assert len(installed.keeper.deaths) == MOST_ENDINGS
    assert f"code 1: 127.0.0.1:{port} cannot be listened on (Address already in use)" in str(faults)


def test_the_report_says_where_a_bot_failed_and_nothing_of_what_it_held(zygote: Zygote) -> None:
    with Installation(zygote, mutant="no such fault") as installed:
        (fault,) = [fault for fault in faults_of(installed) if "by itself" in fault]

    assert "code 1: KeyError in bot_process.py" in fault
    assert "no such fault" not in fault


def test_a_crash_is_no_kill_and_is_told(zygote: Zygote) -> None:
    with Installation(zygote) as installed:
        lap = Lap(installed, Random(1))
        installed.keeper.start()
        installed.keeper.wait_until_well()
        os.kill(installed.keeper.living, signal.SIGSEGV)
        installed.keeper.wait_until_well()

        (fault,) = [fault for fault in lap.all_faults() if "by itself" in fault]
    assert f"code {-signal.SIGSEGV}: Segmentation fault" in fault


def test_an_end_that_nobody_asked_for_is_told_though_nothing_failed(zygote: Zygote) -> None:
    with Installation(zygote) as installed:
        lap = Lap(installed, Random(1))
        installed.keeper.start()
        installed.keeper.wait_until_well()
        installed.keeper.tell("stop")
        installed.keeper.wait_until_well()

        assert "with code 0: " in str(lap.all_faults())
        assert installed.keeper.stop() == 0
        assert str(lap.all_faults()).count("by itself") == 1


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (
            "2031 INFO    listening\nended: The port is taken. Choose another.\n",
            "The port is taken. Choose another.",
        ),
        ("ended: one\nFatal Python error: Bus error\n\nThread 0x1\n", "Bus error"),
        (
            "2031 ERROR   thread failed code=KeyError ref=ab\n2031 INFO    connected\n",
            "thread failed code=KeyError ref=ab",
        ),
        ("2031 INFO    a reply, which is not to be told\n", "its log does not say why"),
        ("", "its log does not say why"),
    ],
)
def test_the_last_words_of_a_bot_are_its_errors(log: str, said: str) -> None:
    assert said == last_words(log)


def test_every_port_of_an_installation_is_let_go(zygote: Zygote) -> None:
    with Installation(zygote, http=True) as installed:
        port = installed.port
    with held_port([port]) as again:
        assert port == again
