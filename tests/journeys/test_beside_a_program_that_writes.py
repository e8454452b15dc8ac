"""Another program holds the lock of writers, as for a copy by hand, and nobody who reads waits for it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.world import World, text_of


@pytest.fixture
def held(asked: World) -> Iterator[World]:
    """A world with an open round, whose belonging.db another program holds all the time."""
    path = asked.data_dir / "belonging.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield asked
        other.execute("ROLLBACK")


def test_a_form_opens_and_a_reply_is_taken(held: World) -> None:
    """Each waited five seconds for the lock before, and then failed."""
    form = held.open_form("U02TOMA")

    assert held.submit("U02TOMA", form, text="The stand-up felt warm", answers=["4", "5", "2"])["ok"]


def test_the_home_tab_and_what_is_asked_for_come(held: World) -> None:
    assert held.open_home("U02TOMA").body["blocks"]
    assert "Its summary comes" in text_of(held.answer("U02TOMA", "/belonging summary").blocks)
