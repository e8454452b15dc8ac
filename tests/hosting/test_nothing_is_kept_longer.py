"""What a cell may no longer keep goes, whether its token can be used or the bot is installed there at all."""

import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.audiences import KEPT_FOR
from bot.core.model import RoundState
from bot.core.rounds import TRIES
from bot.store.lock import is_held
from tests.hosted_world import NORTH, OTHER_KEY, SOUTH, TOKEN_KEY, HostedWorld, wait_until
from tests.hosting.test_installing import install, uninstall


def marks(folder: Path) -> int:
    with closing(sqlite3.connect(f"file:{folder}/audiences.db?mode=ro", uri=True)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM asked").fetchone()
    return int(count)


def keys(folder: Path) -> set[Path]:
    return set((folder / "keys").iterdir())


def linked(world: HostedWorld, paths: set[Path]) -> list[Path]:
    """Give these files a second name, under which their bytes can be read after the first one is gone."""
    links = []
    for path in sorted(paths):
        links.append(world.folder / f"link-{path.name}")
        os.link(path, links[-1])
    return links


def is_overwritten(path: Path) -> bool:
    return not any(path.read_bytes())


@pytest.fixture
def answered(asked: HostedWorld) -> HostedWorld:
    """A question with replies that closes in three days, in both."""
    for team in (NORTH, SOUTH):
        members = asked.members[team]
        for user in members.everyone()[:6]:
            members.reply(user, answers=["5", "5", "5"])
            members.close_modals(user)
    return asked


@pytest.fixture
def closed(answered: HostedWorld) -> HostedWorld:
    """The same after its close: who was asked is marked for four weeks."""
    answered.move(days=3)
    answered.move(minutes=1)
    assert marks(answered.cell(NORTH))
    return answered


@pytest.mark.parametrize("again", [False, True], ids=["it runs on", "it is restarted every five minutes"])
def test_a_token_key_that_is_lost_delays_the_close_by_a_quarter_of_an_hour_and_the_marks_by_nothing(
    answered: HostedWorld, *, again: bool
) -> None:
    """The mutant that does not count the tries without a token keeps replies and keys for ever."""
    answered.stop()
    answered.token_keys = OTHER_KEY
    answered.start()
    secrets, folder = linked(answered, keys(answered.cell(NORTH))), answered.cell(NORTH)
    answered.move(days=3)
    closes_at = answered.rounds(NORTH)[0].closes_at

    for minute in range(TRIES):
        if again and minute % 5 == 4:
            answered.stop()
            answered.start()
        answered.move(minutes=1)

    assert answered.hosted(NORTH).trouble == "token_key"
    assert [one.state for one in answered.rounds(NORTH)] == [RoundState.CLOSED]
    assert answered.secrets(NORTH) == []
    assert all(map(is_overwritten, (one for one in secrets if "audience" not in one.name)))

    answered.clock.advance(closes_at + KEPT_FOR - answered.clock.now() - timedelta(hours=1))
    answered.move()
    assert marks(folder)
    answered.move(hours=2)
    assert marks(folder) == 0
    assert keys(folder) == set()
    assert all(map(is_overwritten, secrets))


def test_when_the_token_key_is_back_the_channel_reads_the_numbers_without_quotes(
    answered: HostedWorld,
) -> None:
    answered.stop()
    answered.token_keys = OTHER_KEY
    answered.start()
    answered.move(days=3)
    for _ in range(TRIES):
        answered.move(minutes=1)
    answered.stop()
    answered.token_keys = TOKEN_KEY
    answered.start()

    assert "6 of" in str(answered.members[NORTH].messages()[-1].blocks)


def test_uninstalled_the_marks_of_who_was_asked_go_at_once_and_their_key_is_overwritten(
    closed: HostedWorld,
) -> None:
    """The mutant that ends the rounds alone keeps them for a month that nobody promised."""
    folder = closed.cell(NORTH)
    links = linked(closed, keys(folder))

    uninstall(closed, NORTH)

    assert keys(folder) == set()
    assert marks(folder) == 0
    assert links
    assert all(map(is_overwritten, links))
    assert keys(closed.cell(SOUTH))
    assert marks(closed.cell(SOUTH))


def test_installed_again_it_asks_on_and_nothing_that_was_asked_before(closed: HostedWorld) -> None:
    """The mutant that forgets the rounds with the marks asks the same once more."""
    uninstall(closed, NORTH)
    closed.move(days=2)
    install(closed, NORTH)
    closed.move(days=2)
    closed.move(minutes=1)

    first, second = closed.rounds(NORTH)
    assert second.state is RoundState.OPEN
    assert not {one.id for one in first.prompt.statements} & {one.id for one in second.prompt.statements}


@pytest.mark.parametrize("name", ["audience.20261124", "audience.20261124.part", "0123456789ab.close.part"])
def test_keys_that_are_left_in_a_directory_are_overwritten_before_it_is_deleted(
    asked: HostedWorld, name: str
) -> None:
    """The mutant that only unlinks leaves their bytes on the disk."""
    uninstall(asked, NORTH)
    wait_until(lambda: not is_held(asked.cell(NORTH)))
    left = asked.cell(NORTH) / "keys" / name
    left.write_bytes(b"key")
    (link,) = linked(asked, {left})

    asked.move(days=30)

    assert not asked.cell(NORTH).exists()
    assert is_overwritten(link)
