"""A disk that fails under a member: a clear sentence, the text still there, nothing lost or counted twice."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot.core.model import ChannelId, MessageTs, Round, RoundState
from bot.errors import StoreError
from bot.store import ballot_file as box_module
from bot.store import whole_file
from tests.world import CHANNEL, World, a_world, stored_replies, summaries, text_of

WORDS = "The stand-up felt warm on Monday"


def unconfirmed(_: Path) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
def test_what_cannot_be_written_is_said_and_can_be_sent_again_later(
    asked: World, monkeypatch: pytest.MonkeyPatch, reason: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(reason, os.strerror(reason))

    form = asked.open_form("U02TOMA")
    with monkeypatch.context() as broken:
        broken.setattr(whole_file, "check_room", refuse)
        answer = asked.submit("U02TOMA", form, text=WORDS)

    assert "your reply was not saved" in next(iter(answer["errors"].values()))
    assert asked.workspace.stack("U02TOMA")[-1].state["reply.text"]["text"]["value"] == WORDS
    assert stored_replies(asked) == 0
    assert asked.submit("U02TOMA", form, text=WORDS)["ok"]
    assert stored_replies(asked) == 1


def test_a_reply_that_the_disk_has_not_confirmed_is_sent_again_and_counts_once(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = asked.open_form("U02TOMA")
    with monkeypatch.context() as broken:
        broken.setattr(box_module, "sync", unconfirmed)
        answer = asked.submit("U02TOMA", form, text=WORDS)

    (said,) = answer["errors"].values()
    assert "probably saved" in said
    assert "press the same button again" in said
    assert asked.submit("U02TOMA", form, text=WORDS)["ok"]
    assert "Thank you" in asked.workspace.stack("U02TOMA")[-1].body["title"]["text"]
    assert stored_replies(asked) == 1


def test_whoever_does_not_send_it_again_still_has_the_receipt(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = asked.open_form("U02TOMA")
    with monkeypatch.context() as broken:
        broken.setattr(box_module, "sync", unconfirmed)
        asked.submit("U02TOMA", form, text=WORDS)
    asked.close_modals("U02TOMA")

    home = asked.open_home("U02TOMA")
    assert "You have replied" in text_of(home.body["blocks"])
    asked.press_for_modal("U02TOMA", "reply.withdraw", home)

    assert stored_replies(asked) == 0


def test_a_withdrawal_that_the_disk_has_not_confirmed_says_so(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    thanks = asked.reply("U02TOMA", text=WORDS)

    with monkeypatch.context() as broken:
        broken.setattr(box_module, "sync", unconfirmed)
        notice = asked.press_for_modal("U02TOMA", "reply.withdraw", thanks)

    assert "probably saved" in text_of(notice.body["blocks"])
    assert stored_replies(asked) == 0


class SmallDisk:
    """A world whose data lie on a disk of 8 MB of their own, which can be filled to the last byte."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._filler = world.data_dir / "filler"

    def fill(self) -> None:
        """Leave no room at all."""
        with suppress(OSError), self._filler.open("ab", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    def free(self) -> None:
        """Make room again."""
        self._filler.unlink()

    def wake_up(self, **step: float) -> None:
        """Let time pass; the bot wakes up, finds no room, and says so."""
        with pytest.raises(StoreError, match=r"disk.*full"):
            self.world.move(**step)

    def secrets(self) -> list[str]:
        """What lies in the two directories of the open rounds; the key of the audiences is of no round."""
        folders = (self.world.data_dir / "keys", self.world.data_dir / "ballots")
        names = (path.name for folder in folders for path in folder.iterdir())
        return sorted(name for name in names if not name.startswith("audience."))

    def rounds(self) -> tuple[Round, ...]:
        """The rounds of the channel, oldest first."""
        assert self.world.bot
        with self.world.bot.services.store.transaction("test") as tx:
            return tx.list_channel_rounds(ChannelId(CHANNEL))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A small disk of its own under the data, one minute before the first prompt."""
    place = tmp_path / "data"
    place.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", str(place)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    if not mounted:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        with a_world(tmp_path) as world:
            yield SmallDisk(world)
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_prompt_whose_time_comes_on_a_full_disk_is_asked_once_when_there_is_room(disk: SmallDisk) -> None:
    world = disk.world
    disk.fill()

    for _ in range(3):
        disk.wake_up(minutes=1)

    assert disk.rounds() == ()
    assert world.messages() == []
    assert disk.secrets() == []
    disk.free()
    world.move(minutes=1)
    world.move(minutes=1)
    assert [round_.state for round_ in disk.rounds()] == [RoundState.OPEN]
    assert len(world.messages()) == 1
    assert len(disk.secrets()) == 3


def test_a_disk_that_fills_while_a_round_opens_keeps_nothing_of_it(
    disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = disk.world
    assert world.bot
    vault = world.bot.services.vault
    with monkeypatch.context() as filling:
        create = vault.create

        def create_and_fill(*what: object) -> bytes:
            found = create(*what)  # type: ignore[arg-type]  # handed through
            disk.fill()
            return found

        filling.setattr(type(vault), "create", lambda _, *what: create_and_fill(*what))
        world.move(minutes=1)  # what fails in one channel is logged, and tried again

    assert disk.rounds() == ()
    assert world.messages() == []
    assert disk.secrets() == []
    disk.free()
    world.move(minutes=1)
    assert len(world.messages()) == 1
    assert [round_.number for round_ in disk.rounds()] == [1]


def test_a_prompt_that_was_posted_but_not_recorded_is_not_posted_every_minute(
    disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = disk.world
    assert world.bot
    messenger = world.bot.services.messenger
    with monkeypatch.context() as filling:
        announce = messenger.announce

        def announce_and_fill(round_: Round) -> MessageTs:
            message = announce(round_)
            disk.fill()
            return message

        filling.setattr(type(messenger), "announce", lambda _, round_, **_more: announce_and_fill(round_))
        world.move(minutes=1)
    assert len(world.messages()) == 1

    for _ in range(5):
        disk.wake_up(minutes=1)

    assert len(world.messages()) == 1
    disk.free()
    world.move(minutes=1)
    world.move(minutes=1)
    first, second = world.messages()
    assert text_of(first.blocks) == text_of(second.blocks)
    assert len(disk.rounds()) == 1
    for message in (first, second):
        form = world.open_form("U02TOMA", message)
        world.submit("U02TOMA", form, text=WORDS)
        world.close_modals("U02TOMA")
    assert stored_replies(world) == 1


def test_a_round_that_closes_on_a_full_disk_waits_with_all_its_replies(disk: SmallDisk) -> None:
    world = disk.world
    world.move(minutes=1)
    for user in world.everyone()[:6]:
        world.reply(user, text=WORDS, answers=["4", "4", "4"])
        world.close_modals(user)
    said = len(world.messages())
    disk.fill()

    disk.wake_up(days=3)
    disk.wake_up(minutes=1)

    assert len(world.messages()) == said
    assert [round_.state for round_ in disk.rounds()] == [RoundState.OPEN]
    assert stored_replies(world) == 6
    assert len(disk.secrets()) == 3
    disk.free()
    world.move(minutes=1)
    world.move(minutes=1)
    assert [round_.state for round_ in disk.rounds()] == [RoundState.CLOSED]
    assert summaries(world)
    assert "6" in text_of(world.messages()[-1].blocks)
    assert len(world.messages()) == said + 1
    (ended,) = disk.rounds()
    assert not [name for name in disk.secrets() if ended.id in name]  # what is there is the box for proposals


def test_a_reply_on_a_full_disk_is_refused_with_its_text_and_taken_when_there_is_room(
    disk: SmallDisk,
) -> None:
    world = disk.world
    world.move(minutes=1)
    form = world.open_form("U02TOMA")
    disk.fill()

    answer = world.submit("U02TOMA", form, text=WORDS)

    assert "your reply was not saved" in next(iter(answer["errors"].values()))
    assert stored_replies(world) == 0
    disk.free()
    assert world.submit("U02TOMA", form, text=WORDS)["ok"]
    assert stored_replies(world) == 1


def test_a_bot_that_starts_on_a_full_disk_says_so_and_loses_nothing(disk: SmallDisk) -> None:
    world = disk.world
    world.move(minutes=1)
    world.reply("U02TOMA", text=WORDS)
    world.close_modals("U02TOMA")
    world.stop_bot()
    disk.fill()

    with pytest.raises(StoreError, match="full"):
        world.start_bot()

    assert len(disk.secrets()) == 3
    disk.free()
    world.start_bot()
    assert stored_replies(world) == 1
    assert len(world.messages()) == 1
