"""One cell cannot be served; the others are, and it recovers by itself once it is mended."""

import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from bot.store.lock import InstanceLock
from tests.hosted_world import NORTH, OTHER_KEY, SOUTH, TOKEN_KEY, HostedWorld
from tests.hosting.test_opened_on_demand import rest
from tests.small_disk import make_read_only, small_disk

USER = "U02TOMA"

Mend = Callable[[], object]
Break = Callable[[HostedWorld, Path], Mend]


def kept(path: Path) -> Mend:
    """Put a file back as it is now, as somebody does who moves a copy to its place."""
    content = path.read_bytes()

    def put_back() -> None:
        for beside in (f"{path.name}-wal", f"{path.name}-shm"):
            path.with_name(beside).unlink(missing_ok=True)
        copy = path.with_name("copy")
        copy.write_bytes(content)
        copy.chmod(0o600)
        copy.replace(path)

    return put_back


def damage(_: HostedWorld, folder: Path) -> Mend:
    mend = kept(folder / "belonging.db")
    (folder / "belonging.db").write_bytes(b"no database" * 1000)
    return mend


def make_newer(_: HostedWorld, folder: Path) -> Mend:
    mend = kept(folder / "belonging.db")
    with closing(sqlite3.connect(folder / "belonging.db")) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('belonging', '9999_later', '')"
        )
        connection.commit()
    return mend


def take_ballots_away(_: HostedWorld, folder: Path) -> Mend:
    (folder / "ballots").rename(folder / "elsewhere")
    (folder / "ballots").write_text("in the way")

    def mend() -> None:
        (folder / "ballots").unlink()
        (folder / "elsewhere").rename(folder / "ballots")

    return mend


def lock(_: HostedWorld, folder: Path) -> Mend:
    held = ExitStack()
    held.enter_context(InstanceLock(folder))
    return held.close


def open_to_others(_: HostedWorld, folder: Path) -> Mend:
    folder.chmod(0o755)
    return lambda: folder.chmod(0o700)


def break_facts(_: HostedWorld, folder: Path) -> Mend:
    mend = kept(folder / "workspace.yaml")
    (folder / "workspace.yaml").write_text("key: [")
    return mend


def put_a_link(world: HostedWorld, folder: Path) -> Mend:
    elsewhere = folder.rename(world.folder / "elsewhere")
    folder.symlink_to(elsewhere)

    def mend() -> None:
        folder.unlink()
        elsewhere.rename(folder)

    return mend


def break_settings(_: HostedWorld, folder: Path) -> Mend:
    mend = kept(folder / "config.yaml")
    (folder / "config.yaml").write_text("schedules: [{channel: 7, evry: week}]")
    return mend


FAULTS: list[tuple[Break, str]] = [
    (damage, "damaged"),
    (make_newer, "store"),
    (take_ballots_away, "data_dir"),
    (lock, "already_running"),
    (open_to_others, "data_dir"),
    (put_a_link, "data_dir"),
    (break_facts, "config"),
    (break_settings, "config"),
]


def troubles(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [
        (str(one.__dict__.get("cell")), one.__dict__["code"])
        for one in caplog.records
        if one.msg == "workspace not served"
    ]


READ_ONCE = {make_newer, break_facts, break_settings}
"""While the cell is in memory these are not seen."""

BEFORE = "before the start"

TRIED = [
    pytest.param(fault, code, when, id=f"{fault.__name__}-{when}")
    for fault, code in FAULTS
    for when in (BEFORE, "while it runs")
    if when == BEFORE or fault not in READ_ONCE
]


@pytest.mark.parametrize(("fault", "code", "when"), TRIED)
def test_the_other_is_asked_and_answers_and_it_recovers_within_a_minute(
    world: HostedWorld, caplog: pytest.LogCaptureFixture, fault: Break, code: str, when: str
) -> None:
    for team in (NORTH, SOUTH):
        world.schedule(team)
        world.join(team)
    world.start()
    for team in (NORTH, SOUTH):
        assert world.install(team).status == 200
    world.move(seconds=1)
    if when == BEFORE:
        world.stop()
    else:
        rest(world, NORTH)
    mend = fault(world, world.cell(NORTH))
    if when == BEFORE:
        world.start()

    world.move(minutes=1)
    for user in world.members[SOUTH].everyone()[:6]:
        world.members[SOUTH].reply(user, answers=["1", "1", "1"])
    world.move(minutes=1)

    assert world.ask("/readyz").text == "ready, 1 of 2 workspaces served"
    assert troubles(caplog) == [(NORTH, code)]
    assert world.members[NORTH].messages() == []
    said = world.members[NORTH].command(USER, "/belonging help")
    assert said["ok"], said

    mend()
    world.move(minutes=1)

    assert world.ask("/readyz").text == "ready, 2 of 2 workspaces served"
    assert "reply.open" in str(world.members[NORTH].messages()[-1].blocks)
    world.members[NORTH].reply(USER, answers=["5", "5", "5"])
    world.move(days=3)
    assert "6 of" in str(world.members[SOUTH].messages()[-1].blocks)
    assert troubles(caplog) == [(NORTH, code)]


def test_a_disk_that_became_read_only(
    asked: HostedWorld, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    asked.stop()
    was = asked.cell(NORTH).rename(tmp_path / "was")
    with small_disk(asked.cell(NORTH), "32m") as disk:
        subprocess.run(["cp", "-a", f"{was}/.", str(disk)], check=True)
        make_read_only(disk)
        try:
            asked.start()
            asked.members[SOUTH].reply(USER, answers=["1", "1", "1"])
            assert asked.ask("/readyz").text == "ready, 1 of 2 workspaces served"
            assert {cell for cell, _ in troubles(caplog)} == {NORTH}
            assert len(troubles(caplog)) == 1
            subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
            asked.move(minutes=1)
            assert asked.ask("/readyz").text == "ready, 2 of 2 workspaces served"
            asked.members[NORTH].reply(USER, answers=["1", "1", "1"])
        finally:
            asked.stop()


def test_a_token_that_was_sealed_with_a_lost_key(
    asked: HostedWorld, caplog: pytest.LogCaptureFixture
) -> None:
    asked.stop()
    asked.token_keys = OTHER_KEY
    asked.start()
    asked.move(minutes=1)

    assert sorted(troubles(caplog)) == [(NORTH, "token_key"), (SOUTH, "token_key")]
    assert asked.ask("/readyz").text == "ready, 0 of 2 workspaces served"
    assert asked.install(SOUTH).status == 200
    asked.move(seconds=1)
    assert asked.ask("/readyz").text == "ready, 1 of 2 workspaces served"
    asked.members[SOUTH].reply(USER, answers=["1", "1", "1"])

    asked.stop()
    asked.token_keys = f"{OTHER_KEY},{TOKEN_KEY}"
    asked.start()

    assert asked.ask("/readyz").text == "ready, 2 of 2 workspaces served"
    asked.members[NORTH].reply(USER, answers=["5", "5", "5"])


def test_a_token_that_slack_refuses(asked: HostedWorld, caplog: pytest.LogCaptureFixture) -> None:
    asked.server.uninstall(NORTH, events=(), error="invalid_auth")
    asked.move(hours=6)
    asked.move(hours=1)

    assert troubles(caplog) == [(NORTH, "token_refused")]
    assert asked.ask("/readyz").text == "ready, 1 of 2 workspaces served"
    assert len(asked.secrets(NORTH)) >= 2  # nobody has said that it was uninstalled

    assert asked.install(NORTH).status == 200
    asked.join(NORTH)
    asked.move(minutes=1)

    assert asked.ask("/readyz").text == "ready, 2 of 2 workspaces served"
    asked.members[NORTH].reply(USER, answers=["5", "5", "5"])


def test_installations_that_cannot_be_read_are_served_on_from_memory(
    asked: HostedWorld, caplog: pytest.LogCaptureFixture
) -> None:
    path = asked.folder / "data" / "installations.db"
    path.rename(path.with_name("away"))
    asked.move(minutes=2)
    asked.members[NORTH].reply(USER, answers=["5", "5", "5"])

    assert len([one for one in caplog.records if one.msg == "installations not read"]) == 1
    path.with_name("away").rename(path)
    asked.move(minutes=1)
    assert asked.ask("/readyz").text == "ready, 2 of 2 workspaces served"


def test_a_bot_that_can_serve_none_of_its_workspaces_does_not_work(
    asked: HostedWorld, caplog: pytest.LogCaptureFixture
) -> None:
    """``belonging health`` then ends with 1, since no heartbeat is written."""
    assert asked.works()
    asked.stop()
    asked.token_keys = OTHER_KEY
    caplog.clear()
    with caplog.at_level("INFO"):
        asked.start()

    assert not asked.works()
    (serving,) = [one for one in caplog.records if one.getMessage() == "serving"]
    assert 0 == serving.__dict__["count"]
    asked.stop()
    asked.token_keys = TOKEN_KEY
    asked.start()
    assert asked.works()


def test_a_bot_that_has_no_workspace_yet_works(world: HostedWorld) -> None:
    world.start()

    assert world.works()
