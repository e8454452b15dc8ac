"""``belonging proof``: a healthy installation withstands every attack; each sabotage is found by its own."""

import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.evidence import gather
from bot.proof import Verdict, has_failed, prove
from tests.privacy.installation import (
    TEXT,
    an_installation,
    evidence,
    finding,
    odd,
    our_log,
    without_pytest,
)
from tests.privacy.sabotage import (
    archive_beside_the_directory,
    backup_beside_the_directory,
    backup_in_the_directory,
    backup_with_another_ending,
    ballot_table_of_another_kind,
    ballot_that_cannot_be_read,
    ballots_that_stayed,
    column_for_anything,
    column_for_members,
    copy_of_everything,
    dump_beside_the_directory,
    file_of_another_user,
    folder_in_the_directory,
    formatter_that_lets_more_through,
    half_destroyed_key,
    handler_of_its_own,
    hashed_member,
    hashed_member_cut_short,
    keep,
    key_that_stayed,
    keys_after_the_close,
    leftover_journal,
    leftover_log,
    loud_library,
    loud_part_of_a_library,
    member_hashed_under_the_round,
    member_hashed_with_the_workspace,
    member_in_a_folder_below,
    member_in_a_name,
    member_in_a_table,
    member_in_small_letters,
    open_directory,
    open_file_below,
    open_round_without_ballots,
    open_round_without_its_key,
    plain_handler,
    replies_in_the_order_of_arrival,
    reply_without_vacuum,
    repository,
    rowid_table,
    second_name,
    snapshot,
    table_of_participants,
    time_in_a_ballot,
    time_of_the_last_journal,
    time_of_the_last_reply,
    token_in_a_free_page,
    token_in_a_log_of_its_own,
    token_in_a_table,
    trigger_that_keeps_what_was,
    unfinished_ballot,
    view_of_replies,
    wide_mode,
)
from tests.world import World, a_world

pytestmark = pytest.mark.attack


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world with five replies in an open round."""
    (tmp_path / "installed").mkdir()
    with an_installation(tmp_path / "installed") as world:
        yield world


def test_in_the_middle_of_a_round_no_attack_finds_anything(world: World) -> None:
    assert [] == odd(prove(evidence(world)))


def test_before_any_round_no_attack_finds_anything(tmp_path: Path) -> None:
    with our_log(), a_world(tmp_path) as world:
        assert [] == odd(prove(evidence(world)))


def test_after_the_close_no_attack_finds_anything(world: World) -> None:
    world.move(days=3)

    found = prove(evidence(world))

    assert [] == odd(found)
    assert any("1 result" in one.found for one in found)


def test_when_the_bot_has_stopped_no_attack_finds_anything(world: World) -> None:
    world.stop_bot()
    without_pytest()

    assert not has_failed(prove(gather(world.config(), world.clock.now())))


def test_without_slack_it_says_what_it_could_not_try(world: World) -> None:
    without_pytest()

    found = prove(gather(world.config(), world.clock.now(), unasked="no Slack token"))

    assert [("people in files", "no Slack token")] == odd(found)


def test_looking_changes_no_file_and_leaves_none(world: World) -> None:
    def files() -> dict[str, tuple[bytes, int]]:
        paths = (path for path in world.folder.rglob("*") if path.is_file())
        return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}

    for stop in (lambda: None, world.stop_bot):
        stop()
        before = files()
        without_pytest()
        prove(gather(world.config(), world.clock.now()))
        assert before == files()


def test_a_database_that_is_none_is_told_in_one_sentence(world: World) -> None:
    world.stop_bot()
    (world.data_dir / "belonging.db").write_bytes(b"garbage" * 999)

    with pytest.raises(StoreError, match=r"belonging\.db is damaged"):
        gather(world.config(), world.clock.now())


SABOTAGE: list[tuple[str, Callable[[World], None]]] = [
    ("people in files", member_in_a_table),
    ("people in files", member_in_small_letters),
    ("people in files", member_in_a_name),
    ("people in files", member_in_a_folder_below),
    ("people in files", hashed_member),
    ("people in files", hashed_member_cut_short),
    ("people in files", member_hashed_with_the_workspace),
    ("people in files", member_hashed_under_the_round),
    ("tokens in files", token_in_a_table),
    ("tokens in files", token_in_a_free_page),
    ("tokens in files", token_in_a_log_of_its_own),
    ("order of replies", reply_without_vacuum),
    ("order of replies", replies_in_the_order_of_arrival),
    ("time of the last reply", time_of_the_last_reply),
    ("time of the last reply", time_of_the_last_journal),
    ("ballot schema", rowid_table),
    ("ballot schema", ballot_table_of_another_kind),
    ("ballot schema", time_in_a_ballot),
    ("ballot schema", ballot_that_cannot_be_read),
    ("application schema", table_of_participants),
    ("application schema", view_of_replies),
    ("application schema", trigger_that_keeps_what_was),
    ("application schema", column_for_members),
    ("application schema", column_for_anything),
    ("file modes", wide_mode),
    ("file modes", open_directory),
    ("file modes", open_file_below),
    ("file modes", file_of_another_user),
    ("ended rounds", key_that_stayed),
    ("ended rounds", half_destroyed_key),
    ("ended rounds", ballots_that_stayed),
    ("ended rounds", open_round_without_its_key),
    ("ended rounds", open_round_without_ballots),
    ("ended rounds", keys_after_the_close),
    ("copies and leftovers", leftover_journal),
    ("copies and leftovers", leftover_log),
    ("copies and leftovers", unfinished_ballot),
    ("copies and leftovers", backup_in_the_directory),
    ("copies and leftovers", folder_in_the_directory),
    ("copies and leftovers", backup_beside_the_directory),
    ("copies and leftovers", backup_with_another_ending),
    ("copies and leftovers", copy_of_everything),
    ("copies and leftovers", dump_beside_the_directory),
    ("copies and leftovers", archive_beside_the_directory),
    ("copies and leftovers", second_name),
    ("copies and leftovers", snapshot),
    ("copies and leftovers", repository),
    ("logs", loud_library),
    ("logs", loud_part_of_a_library),
    ("logs", plain_handler),
    ("logs", handler_of_its_own),
    ("logs", formatter_that_lets_more_through),
]


@pytest.mark.parametrize(("attack", "sabotage"), SABOTAGE, ids=[one.__name__ for _, one in SABOTAGE])
def test_each_sabotage_is_found_by_its_attack(
    world: World, attack: str, sabotage: Callable[[World], None]
) -> None:
    sabotage(world)
    try:
        found = finding(world, attack)
    finally:
        logging.getLogger("bot.stray").handlers.clear()
        logging.getLogger("slack_sdk.proof.loud").setLevel(logging.NOTSET)

    assert Verdict.FAIL is found.verdict
    assert found.remedy


def test_a_token_in_a_log_beside_the_data_is_a_warning(world: World) -> None:
    for name in ("belonging.log.1", "nohup.out"):
        keep(world.folder / "logs" / name, b"xoxb-0001-0123456789")

    found = finding(world, "tokens in files")

    assert Verdict.WARNING is found.verdict
    assert "logs/belonging.log.1 holds a token of Slack" in found.found


def test_the_file_with_the_token_of_the_bot_is_none(world: World) -> None:
    keep(world.folder / ".env", b"SLACK_BOT_TOKEN=xoxb-0001-0123456789")

    assert Verdict.PASS is finding(world, "tokens in files").verdict


def test_a_backup_of_what_is_to_be_backed_up_is_no_leak(world: World) -> None:
    shutil.copy(world.data_dir / "belonging.db", world.folder / "belonging.db.bak")
    (world.folder / "holiday.zip").write_bytes(b"no archive at all")

    assert Verdict.PASS is finding(world, "copies and leftovers").verdict


@pytest.mark.parametrize("line", ["data/", "/data", "data/*\n", "dat?", "**/data"])
def test_a_repository_that_ignores_the_data_is_no_leak(world: World, line: str) -> None:
    (world.folder / ".git").mkdir()
    (world.folder / ".gitignore").write_text(f"# kept out\n{line}\n", encoding="utf-8")

    assert Verdict.PASS is finding(world, "copies and leftovers").verdict


@pytest.mark.parametrize("line", ["date/", "data/\n!data/", "# data"])
def test_a_repository_that_ignores_something_else_takes_the_data_in(world: World, line: str) -> None:
    (world.folder / ".git").mkdir()
    (world.folder / ".gitignore").write_text(f"{line}\n", encoding="utf-8")

    assert Verdict.FAIL is finding(world, "copies and leftovers").verdict


def test_the_findings_hold_nothing_private(world: World) -> None:
    member_in_a_table(world)
    member_in_a_name(world)
    reply_without_vacuum(world)

    told = str(prove(evidence(world)))

    assert "U…" in told
    assert [] == [word for word in ("U02TOMA", TEXT, "canary", world.server.bot_token) if word in told]
