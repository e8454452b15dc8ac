"""The file of installations: made whole, and nothing left in it of what is gone."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.keys.tokens import TokenSealer
from bot.slack.install.states import OneTimeStates
from bot.slack.install.store import SealedInstallations, lay_out
from bot.store.installations import NAME, InstallationsFile
from tests.fakes.loops import run_alone
from tests.slack.install.kinds import InSqlite
from tests.slack.install.place import CLIENT_ID, CLIENT_SECRET, KEY, Clock
from tests.slack.install.test_installations import installation


@pytest.fixture
def sqlite(tmp_path: Path) -> InSqlite:
    return InSqlite(tmp_path)


def test_only_the_bots_user_can_read_the_file(sqlite: InSqlite, tmp_path: Path) -> None:
    assert 0o600 == stat.S_IMODE((tmp_path / NAME).stat().st_mode)


def test_nothing_is_left_of_what_was_replaced_or_deleted(sqlite: InSqlite, tmp_path: Path) -> None:
    installations, sealed = sqlite.installations(KEY), set[str]()
    for number in range(24):  # more than one page
        run_alone(installations.save(installation(f"T{number:04}")))
    sealed |= {text for (text,) in sqlite.rows("SELECT bot_token FROM slack_installations")}
    for number in range(12):
        run_alone(installations.delete(None, f"T{number:04}"))
        run_alone(installations.save(installation(f"T{number + 12:04}")))
    kept = {text for (text,) in sqlite.rows("SELECT bot_token FROM slack_installations")}

    assert 24 == len(sealed)
    assert 12 == len(kept)
    assert [] == [text for text in sealed - kept if text.encode() in sqlite.everything()]
    assert [NAME] == [path.name for path in tmp_path.iterdir()]


def test_without_a_file_there_are_no_installations(tmp_path: Path) -> None:
    file = InstallationsFile(tmp_path / NAME, lay_out)

    assert () == SealedInstallations(file, TokenSealer([KEY]), CLIENT_ID).list_now()
    assert [] == list(tmp_path.iterdir())


def test_a_file_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    def break_off(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE slack_installations (id)")
        raise sqlite3.OperationalError

    with pytest.raises(StoreError):
        InstallationsFile(tmp_path / NAME, break_off).prepare()
    assert [] == list(tmp_path.iterdir())


def test_another_database_is_refused(tmp_path: Path) -> None:
    file = InstallationsFile(tmp_path / NAME, lay_out)
    with closing(sqlite3.connect(file.path)) as connection:
        connection.execute("CREATE TABLE other (id)")

    with pytest.raises(StoreError, match="not a file of this bot"):
        file.prepare()


def test_no_second_copy_of_a_token_is_kept(sqlite: InSqlite) -> None:
    run_alone(sqlite.installations(KEY).save(installation()))

    assert [(0,)] == sqlite.rows("SELECT count(*) FROM slack_bots")


def test_an_expired_state_leaves_nothing(sqlite: InSqlite) -> None:
    clock = Clock()
    states = OneTimeStates(sqlite.file, clock, CLIENT_SECRET)
    old = [states.issue_now() for _ in range(3)]
    assert all(map(states.consume_now, old))
    clock.move(minutes=11)
    states.consume_now(states.issue_now())

    assert [] == [state for state in old if state.encode() in sqlite.everything()]
