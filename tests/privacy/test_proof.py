"""``belonging proof``: a healthy installation withstands every attack; each sabotage is found by its own."""

import logging
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import gather
from bot.core.evidence import Evidence
from bot.core.release import Count, ItemRelease, Published
from bot.logs import set_up_logs
from bot.proof import Finding, Verdict, has_failed, prove
from tests.world import World, a_world

pytestmark = pytest.mark.attack

FIVE = ["U02TOMA", "U03INGR", "U04KWAM", "U05YUKI", "U06RUTH"]


@pytest.fixture
def quiet_logs() -> Iterator[None]:
    """The log as ``belonging run`` sets it up, and what was there before afterwards."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    set_up_logs("debug")
    yield
    root.handlers[:], root.level = before


@pytest.fixture
def world(tmp_path: Path, quiet_logs: None) -> Iterator[World]:
    """A world with five replies in an open round."""
    with a_world(tmp_path) as world:
        world.move(minutes=1)
        for user in FIVE:
            world.reply(user, text="Quokkas made the meeting lighter", answers=["4", "5", "2"])
        yield world


def without_pytest() -> None:
    """Take the test runner's own handlers off the root logger: they print everything, as they should."""
    root = logging.getLogger()
    root.handlers[:] = [one for one in root.handlers if not type(one).__module__.startswith("_pytest")]


def evidence(world: World) -> Evidence:
    assert world.bot
    without_pytest()
    return gather(world.config(), world.clock.now(), world.bot.desk)


def finding(world: World, attack: str) -> Finding:
    return next(one for one in prove(evidence(world)) if one.attack == attack)


def test_in_the_middle_of_a_round_no_attack_finds_anything(world: World) -> None:
    found = prove(evidence(world))

    assert [] == [(one.attack, one.found) for one in found if one.verdict is not Verdict.PASS]


def test_after_the_close_no_attack_finds_anything(world: World) -> None:
    world.move(days=3)

    found = prove(evidence(world))

    assert not has_failed(found)
    assert any("1 result" in one.found for one in found)


def test_without_slack_it_says_what_it_could_not_try(world: World) -> None:
    without_pytest()
    found = prove(gather(world.config(), world.clock.now()))

    assert Verdict.NOT_TRIED is next(one for one in found if one.attack == "people in files").verdict
    assert not has_failed(found)


def test_looking_changes_no_byte(world: World) -> None:
    before = {path: path.read_bytes() for path in world.data_dir.rglob("*.db")}

    prove(evidence(world))

    assert before == {path: path.read_bytes() for path in world.data_dir.rglob("*.db")}


def ballot(world: World) -> Path:
    (found,) = (world.data_dir / "ballots").glob("*.db")
    return found


def member_in_a_table(world: World) -> None:
    with sqlite3.connect(world.data_dir / "belonging.db") as connection:
        connection.execute("UPDATE round SET zone = 'U02TOMA'")


def hashed_member(world: World) -> None:
    import hashlib

    digest = hashlib.sha256(b"U02TOMA").hexdigest()
    (world.data_dir / "ballots" / "notes.txt").write_text(digest, encoding="utf-8")


def reply_without_vacuum(world: World) -> None:
    with sqlite3.connect(ballot(world)) as connection:
        connection.execute("INSERT INTO reply VALUES (?, ?)", (bytes(16), bytes(1400)))
        connection.execute("DELETE FROM reply WHERE id = ?", (bytes(16),))


def rowid_table(world: World) -> None:
    with sqlite3.connect(ballot(world)) as connection:
        connection.execute("CREATE TABLE log (at TEXT)")


def table_of_participants(world: World) -> None:
    with sqlite3.connect(world.data_dir / "belonging.db") as connection:
        connection.execute("CREATE TABLE participant (member TEXT)")


def column_for_members(world: World) -> None:
    with sqlite3.connect(world.data_dir / "belonging.db") as connection:
        connection.execute("ALTER TABLE firing ADD COLUMN member TEXT")


def wide_mode(world: World) -> None:
    ballot(world).chmod(0o644)


def open_directory(world: World) -> None:
    (world.data_dir / "keys").chmod(0o755)


def key_that_stayed(world: World) -> None:
    key = world.data_dir / "keys" / "0123456789ab.token"
    key.write_bytes(bytes(48))
    key.chmod(0o600)


def ballots_that_stayed(world: World) -> None:
    shutil.copy(ballot(world), world.data_dir / "ballots" / "0123456789ab.db")
    (world.data_dir / "ballots" / "0123456789ab.db").chmod(0o600)


def backup_in_the_directory(world: World) -> None:
    shutil.copy(ballot(world), world.data_dir / "ballots" / "monday.bak")


def backup_beside_the_directory(world: World) -> None:
    shutil.copy(ballot(world), world.folder / "backup.db")


def second_name(world: World) -> None:
    os.link(ballot(world), world.folder / "kept")


def loud_library(_: World) -> None:
    logging.getLogger("slack_bolt").setLevel(logging.DEBUG)


def plain_handler(_: World) -> None:
    logging.getLogger().addHandler(logging.NullHandler())


SABOTAGE: list[tuple[str, Callable[[World], None]]] = [
    ("people in files", member_in_a_table),
    ("people in files", hashed_member),
    ("order of replies", reply_without_vacuum),
    ("ballot schema", rowid_table),
    ("application schema", table_of_participants),
    ("application schema", column_for_members),
    ("file modes", wide_mode),
    ("file modes", open_directory),
    ("ended rounds", key_that_stayed),
    ("ended rounds", ballots_that_stayed),
    ("copies and leftovers", backup_in_the_directory),
    ("copies and leftovers", backup_beside_the_directory),
    ("copies and leftovers", second_name),
    ("logs and crashes", loud_library),
    ("logs and crashes", plain_handler),
]


@pytest.mark.parametrize(("attack", "sabotage"), SABOTAGE, ids=[one.__name__ for _, one in SABOTAGE])
def test_each_sabotage_is_found_by_its_attack(
    world: World, attack: str, sabotage: Callable[[World], None]
) -> None:
    assert Verdict.PASS is finding(world, attack).verdict

    sabotage(world)
    found = finding(world, attack)

    assert Verdict.FAIL is found.verdict
    assert found.remedy
    logging.getLogger("slack_bolt").setLevel(logging.CRITICAL)


def published(world: World) -> tuple[Evidence, Published]:
    world.move(days=3)
    found = evidence(world)
    ((_, result),) = found.releases
    assert isinstance(result, Published)
    return found, result


@pytest.mark.parametrize("low_high", [(5, 5), (0, 0), (4, 4), (1, 5)])
def test_a_number_that_the_rule_would_not_show_is_found(world: World, low_high: tuple[int, int]) -> None:
    found, result = published(world)
    low, high = low_high
    count = Count(of=5, low=low, high=high)
    forged = replace(result, items=(ItemRelease(item=result.items[0].item, count=count),))
    ((round_, _),) = found.releases

    findings = prove(replace(found, releases=((round_, forged),)))

    verdicts = {one.attack: one.verdict for one in findings}
    assert Verdict.FAIL is verdicts["published numbers"]


def test_a_result_under_the_threshold_is_found(world: World) -> None:
    found, result = published(world)
    ((round_, _),) = found.releases

    findings = prove(replace(found, releases=((round_, replace(result, replies=4)),)))

    assert has_failed(findings)


def test_results_of_nearly_the_same_people_are_found(world: World) -> None:
    found, result = published(world)
    ((round_, _),) = found.releases
    other = replace(round_, channel="C0OTHER")
    both = ((round_, result), (other, result))

    alike = prove(replace(found, releases=both, alike=lambda *_: True))
    apart = prove(replace(found, releases=both, alike=lambda *_: False))

    assert Verdict.FAIL is next(one for one in alike if one.attack == "subtraction").verdict
    assert Verdict.PASS is next(one for one in apart if one.attack == "subtraction").verdict


def test_members_read_how_the_last_proof_ended(world: World) -> None:
    without_pytest()
    world.move(hours=25)

    world.command("U02TOMA", "/belonging privacy")

    said = world.told("U02TOMA")[-1]
    assert "attacked its own files on 25 November 2026: 10 attacks, and none found anything" in str(
        said.blocks
    )


def test_what_the_daily_proof_found_is_said_without_a_byte_of_it(world: World) -> None:
    without_pytest()
    backup_beside_the_directory(world)
    world.move(hours=25)

    world.command("U02TOMA", "/belonging privacy")

    assert "found something: copies and leftovers" in str(world.told("U02TOMA")[-1].blocks)


def test_the_findings_hold_nothing_private(world: World) -> None:
    member_in_a_table(world)
    told = str(prove(evidence(world)))

    assert [] == [word for word in ("U02TOMA", "Quokkas", "canary") if word in told]
