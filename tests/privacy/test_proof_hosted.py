"""``belonging proof`` of a workspace that is served beside another one: the same attacks, and its own."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from bot.config import cell_config
from bot.core.audit import Evidence
from bot.core.cells import CellKey
from bot.evidence import gather
from bot.proof import ATTACKS, Verdict, has_failed, prove
from tests.hosted_bot import TWIN, TWIN_TEXT, HostedInstallation
from tests.privacy import sabotage
from tests.privacy.installation import an_installation, evidence, finding, judged, odd, without_pytest
from tests.privacy.sabotage import ballot, change, keep

pytestmark = pytest.mark.attack


@pytest.fixture
def world(tmp_path: Path) -> Iterator[HostedInstallation]:
    """A cell with five replies in an open round, beside a twin with five of its own."""
    (tmp_path / "installed").mkdir()
    with an_installation(tmp_path / "installed", kind=HostedInstallation) as world:
        yield cast(HostedInstallation, world)


def of_the_twin(world: HostedInstallation) -> Evidence:
    without_pytest()
    return gather(cell_config(world.host_config(), CellKey(TWIN)), world.clock.now())


def test_no_attack_finds_anything_while_a_round_is_open_and_after_it_has_closed(
    world: HostedInstallation,
) -> None:
    assert [] == odd(prove(evidence(world)))
    assert not has_failed(prove(of_the_twin(world)))
    world.move(days=3)

    found = prove(evidence(world))

    assert [] == odd(found)
    assert any("1 result" in one.found for one in found)


def test_looking_changes_no_file_and_leaves_none(world: HostedInstallation) -> None:
    def files() -> dict[str, tuple[bytes, int]]:
        paths = (path for path in world.folder.rglob("*") if path.is_file())
        return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}

    config = world.config()
    before = files()
    without_pytest()
    prove(gather(config, world.clock.now()))

    assert before == files()


def test_it_reads_nothing_of_the_other_workspace(world: HostedInstallation) -> None:
    disk = evidence(world).disk
    read = [*(content for _, content in disk.contents()), *(one for _, _, one in disk.around_contents())]

    assert not any(TWIN.encode() in content for _, content in disk.contents())
    assert not any(TWIN_TEXT.encode() in content for content in read)
    assert 1 == len(disk.boxes) == len(disk.rounds)


def test_the_daily_proof_of_each_cell_runs_in_its_process_and_finds_nothing(tmp_path: Path) -> None:
    with an_installation(tmp_path, proves=True, kind=HostedInstallation) as made:
        without_pytest()
        made.move(hours=25)
        assert made.bot
        with made.bot.services.store.read("test") as tx:
            proof = tx.fetch_proof()

    assert proof
    assert (len(ATTACKS), (), ()) == (proof.tried, proof.failed, proof.warned)


def host(world: HostedInstallation) -> Path:
    return world.data_dir.parents[1]


def twin(world: HostedInstallation) -> Path:
    return world.data_dir.with_name(TWIN)


def token_that_is_not_sealed(world: HostedInstallation) -> None:
    change(host(world) / "installations.db", "UPDATE slack_installations SET bot_token = 'xoxb-1-0123456789'")


def token_in_a_free_page_of_the_installations(world: HostedInstallation) -> None:
    with closing(sqlite3.connect(host(world) / "installations.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE x (token TEXT)")
        connection.execute("INSERT INTO x VALUES ('xoxb-1-0123456789')")
        connection.execute("DELETE FROM x")


def token_in_a_journal(world: HostedInstallation) -> None:
    keep(host(world) / "installations.db-wal", b"frames xoxb-1-0123456789")


def token_in_a_log_of_the_host(world: HostedInstallation) -> None:
    keep(host(world) / "host.log", b"xoxb-1-0123456789")


def token_in_the_settings(world: HostedInstallation) -> None:
    keep(world.data_dir / "config.yaml", b"# xoxb-1-0123456789")


def token_in_the_facts(world: HostedInstallation) -> None:
    keep(world.data_dir / "workspace.yaml", b"name: xoxb-1-0123456789")


def installations_for_everybody(world: HostedInstallation) -> None:
    (host(world) / "installations.db").chmod(0o644)


def cells_for_everybody(world: HostedInstallation) -> None:
    (host(world) / "cells").chmod(0o755)


def host_for_everybody(world: HostedInstallation) -> None:
    host(world).chmod(0o750)


def facts_for_everybody(world: HostedInstallation) -> None:
    (world.data_dir / "workspace.yaml").chmod(0o644)


def settings_that_others_may_change(world: HostedInstallation) -> None:
    (world.data_dir / "config.yaml").chmod(0o666)


def data_from_before_there_were_many(world: HostedInstallation) -> None:
    shutil.copy(world.data_dir / "belonging.db", host(world) / "belonging.db")


def keys_in_the_directory_of_the_host(world: HostedInstallation) -> None:
    shutil.copytree(world.data_dir / "keys", host(world) / "keys")


def second_directory_of_the_cell(world: HostedInstallation) -> None:
    shutil.copytree(world.data_dir / "keys", world.data_dir.with_name(f"{world.key}.bak") / "keys")


def moved_cell_that_stayed(world: HostedInstallation) -> None:
    shutil.copytree(world.data_dir / "ballots", world.folder / "moved" / world.key / "ballots")


def second_name_in_the_other_cell(world: HostedInstallation) -> None:
    os.link(ballot(world), twin(world) / "kept")


def id_of_the_other_in_the_ballots(world: HostedInstallation) -> None:
    keep(world.data_dir / "ballots" / "notes.txt", b"also asked in T0TWIN0")


def id_of_the_other_in_a_table(world: HostedInstallation) -> None:
    sabotage.change_app(world, "UPDATE round SET zone = 'XT0TWIN0A1'")  # as SQLite writes columns


def name_of_the_other(world: HostedInstallation) -> None:
    keep(world.data_dir / "T0TWIN0.txt")


def the_other_in_the_facts(world: HostedInstallation) -> None:
    with (world.data_dir / "workspace.yaml").open("a", encoding="utf-8") as file:
        file.write("- id: T0TWIN0\n")


def this_one_in_the_facts_of_the_other(world: HostedInstallation) -> None:
    with (twin(world) / "workspace.yaml").open("a", encoding="utf-8") as file:
        file.write(f"- id: {world.key}\n")


HOSTED: list[tuple[str, Callable[[HostedInstallation], None]]] = [
    ("tokens in files", token_that_is_not_sealed),
    ("tokens in files", token_in_a_free_page_of_the_installations),
    ("tokens in files", token_in_a_journal),
    ("tokens in files", token_in_a_log_of_the_host),
    ("tokens in files", token_in_the_settings),
    ("tokens in files", token_in_the_facts),
    ("file modes", installations_for_everybody),
    ("file modes", cells_for_everybody),
    ("file modes", host_for_everybody),
    ("file modes", facts_for_everybody),
    ("file modes", settings_that_others_may_change),
    ("copies and leftovers", data_from_before_there_were_many),
    ("copies and leftovers", token_in_a_log_of_the_host),
    ("copies and leftovers", keys_in_the_directory_of_the_host),
    ("copies and leftovers", second_directory_of_the_cell),
    ("copies and leftovers", moved_cell_that_stayed),
    ("copies and leftovers", second_name_in_the_other_cell),
    ("other workspaces", id_of_the_other_in_the_ballots),
    ("other workspaces", id_of_the_other_in_a_table),
    ("other workspaces", name_of_the_other),
    ("other workspaces", the_other_in_the_facts),
    ("other workspaces", this_one_in_the_facts_of_the_other),
]

AS_ALONE: list[tuple[str, Callable[[HostedInstallation], None]]] = [
    ("people in files", sabotage.member_in_a_folder_below),
    ("order of replies", sabotage.reply_without_vacuum),
    ("time of the last reply", sabotage.time_of_the_last_journal),
    ("ended rounds", sabotage.keys_after_the_close),
    ("ended rounds", sabotage.open_round_without_its_key),
    ("copies and leftovers", sabotage.leftover_journal),
    ("copies and leftovers", sabotage.copy_of_everything),
    ("copies and leftovers", sabotage.archive_beside_the_directory),
    ("copies and leftovers", sabotage.repository),
]
"""Those that depend on where the files lie, or on a bot that runs; the rest is the same in ``test_proof``."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostedInstallation]:
    """A cell as ``world`` has it, of which each test gets a copy of the files."""
    folder = tmp_path_factory.mktemp("hosted") / "installed"
    folder.mkdir()
    with an_installation(folder, kind=HostedInstallation) as world:
        world.stop_bot()
        yield cast(HostedInstallation, world)


@pytest.mark.parametrize(("attack", "does"), AS_ALONE, ids=[one.__name__ for _, one in AS_ALONE])
def test_each_sabotage_is_found_by_its_attack(
    world: HostedInstallation, attack: str, does: Callable[[HostedInstallation], None]
) -> None:
    does(world)

    found = finding(world, attack)

    assert Verdict.FAIL is found.verdict
    assert found.remedy


@pytest.mark.parametrize(("attack", "does"), HOSTED, ids=[f"{one.__name__}-{of}" for of, one in HOSTED])
def test_each_sabotage_of_a_host_is_found_by_its_attack(
    prepared: HostedInstallation,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    attack: str,
    does: Callable[[HostedInstallation], None],
) -> None:
    shutil.copytree(prepared.folder, tmp_path / "installed")
    monkeypatch.setattr(prepared, "folder", tmp_path / "installed")
    config = prepared.config()
    assert Verdict.FAIL is not judged(gather(config, prepared.clock.now()), attack).verdict
    does(prepared)

    found = judged(gather(config, prepared.clock.now()), attack)

    assert Verdict.FAIL is found.verdict
    assert found.remedy


def test_a_key_of_a_cell_in_another_one_is_found_there(world: HostedInstallation) -> None:
    keep(twin(world) / "keys" / "0123456789ab.token", bytes(48))

    assert Verdict.FAIL is judged(of_the_twin(world), "ended rounds").verdict


def test_settings_that_others_may_read_and_that_name_an_admin_are_no_leak(world: HostedInstallation) -> None:
    path = world.data_dir / "config.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}admins: [U02TOMA]\n", encoding="utf-8")
    path.chmod(0o644)

    assert [] == odd(prove(evidence(world)))
