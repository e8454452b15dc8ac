"""The program is killed in the middle of a round, and started again: what was acknowledged is there."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from threading import Thread

import pytest

from tests.cli.program import Running, running
from tests.patience import PATIENCE_S
from tests.world import World, real_clock, text_of

ADMIN = "U01MAYA"
LONG_S = 30
"""So long that no test would end before it, were it waited for."""

MODES = pytest.mark.parametrize("mode", ["socket", "http"])


@pytest.fixture
def world(tmp_path: Path, mode: str) -> Iterator[World]:
    """The demo team, with nobody at work in it yet."""
    world = World(tmp_path, clock=real_clock())
    with world.over_http() if mode == "http" else nullcontext(), world.server:
        yield world
    assert world.workspace.problems == []


@contextmanager
def at_work(world: World) -> Iterator[Running]:
    """The real program, in a process of its own, connected."""
    secrets = world.config().secrets
    tokens = {
        "SLACK_BOT_TOKEN": secrets.bot_token,
        "SLACK_APP_TOKEN": secrets.app_token,
        "SLACK_SIGNING_SECRET": secrets.signing_secret,
        "SLACK_API_URL": world.server.api_url,
    }
    with running(world.folder, "run", says="connected", environ=tokens) as program:
        assert world.server.request_url or world.server.wait_connected()
        yield program


def kill(program: Running) -> None:
    assert program.end(signal.SIGKILL) == -signal.SIGKILL


def announcements(world: World) -> list[str]:
    """The rounds whose button stands in the channel, one entry for each message."""
    blocks = [block for message in world.messages() for block in message.blocks]
    buttons = [one for block in blocks for one in block.get("elements", ()) if isinstance(one, dict)]
    return [button["value"] for button in buttons if button.get("action_id") == "reply.open"]


@MODES
def test_a_reply_that_was_acknowledged_is_there_and_the_receipt_in_the_home_tab_changes_it(
    world: World,
) -> None:
    with at_work(world) as program:
        world.ask(ADMIN)
        world.wait(lambda: len(announcements(world)) == 1)
        world.reply("U02TOMA", text="written before the kill", answers=["4"])
        world.close_modals("U02TOMA")
        world.open_home("U02TOMA")
        form_of_another = world.open_form("U03INGR")
        world.submit("U03INGR", form_of_another, answers=["2"])  # and killed in the same moment
        kill(program)

    with at_work(world) as program:
        again = world.open_form("U02TOMA")
        assert "already replied" in text_of(again.body["blocks"])
        world.close_modals("U02TOMA")
        world.close_modals("U03INGR")
        assert "already replied" in text_of(world.open_form("U03INGR").body["blocks"])

        form = world.press_for_modal("U02TOMA", "reply.change", world.open_home("U02TOMA"))
        assert world.submit("U02TOMA", form, answers=["5"])["ok"]
        assert "Changed" in text_of(world.workspace.stack("U02TOMA")[-1].body["blocks"])
        assert program.end(signal.SIGTERM) == 0

    assert len(announcements(world)) == 1


@MODES
def test_killed_before_the_announcement_was_taken_it_is_made_by_the_next_one(world: World) -> None:
    with at_work(world) as program:
        world.server.fail_next("chat.postMessage", delay_s=LONG_S)
        world.ask(ADMIN)
        world.wait(lambda: not world.server.site.faults)
        kill(program)
    assert announcements(world) == []

    with at_work(world) as program:
        world.wait(lambda: len(announcements(world)) == 1)
        world.open_form("U02TOMA")
        assert program.end(signal.SIGTERM) == 0

    assert len(announcements(world)) == 1


@MODES
def test_killed_the_moment_the_announcement_stands_there_it_comes_once_more_at_most(world: World) -> None:
    """Nobody can tell whether Slack took it; both messages carry the same round, where each replies once."""
    with at_work(world) as program:
        world.ask(ADMIN)
        world.wait(lambda: len(announcements(world)) == 1)
        kill(program)

    for _ in range(2):
        with at_work(world) as program:
            world.open_form("U02TOMA")
            world.close_modals("U02TOMA")
            assert program.end(signal.SIGTERM) == 0

    assert len(announcements(world)) in {1, 2}
    assert len(set(announcements(world))) == 1


@MODES
def test_asked_to_end_while_slack_hangs_it_ends_within_five_seconds(world: World) -> None:
    with at_work(world) as program:
        world.server.fail_next("chat.postMessage", delay_s=LONG_S)
        world.ask(ADMIN)
        world.wait(lambda: not world.server.site.faults)

        assert program.end(signal.SIGTERM, within_s=5) == 0

    assert "stopped" in program.said
    assert "Traceback" not in program.said


class HangingFile:
    """A file in place of another one; whoever reads it waits for ever."""

    def __init__(self, path: Path) -> None:
        """Take the place of the file at this path."""
        self._path, self._content = path, path.read_bytes()
        self._writer = -1
        path.unlink()
        os.mkfifo(path)

    def is_read(self) -> bool:
        """Return whether somebody reads it."""
        with suppress(OSError):  # nobody has opened it
            self._writer = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
        return self._writer >= 0

    def mend(self) -> None:
        """Put back what was there."""
        os.close(self._writer)
        self._path.unlink()
        self._path.touch(0o600)
        self._path.write_bytes(self._content)


@MODES
def test_asked_to_end_while_the_disk_hangs_it_ends_and_what_was_acknowledged_is_there(world: World) -> None:
    with at_work(world) as program:
        world.ask(ADMIN)
        world.wait(lambda: len(announcements(world)) == 1)
        world.reply("U03INGR", answers=["4"])
        key = HangingFile(world.data_dir / "keys" / f"{announcements(world)[0]}.token")
        announcement = world.announcement()
        click = Thread(target=lambda: world.press("U02TOMA", "reply.open", announcement))
        click.start()
        world.wait(key.is_read)

        assert program.end(signal.SIGTERM, within_s=PATIENCE_S) == 1

    click.join(PATIENCE_S)
    assert "stop takes too long" in program.said
    key.mend()
    with at_work(world) as program:
        world.close_modals("U03INGR")
        assert "already replied" in text_of(world.open_form("U03INGR").body["blocks"])
        world.open_form("U02TOMA")
        assert program.end(signal.SIGTERM) == 0
