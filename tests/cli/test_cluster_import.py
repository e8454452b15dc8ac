"""`belonging cluster import` and `belonging cluster export`, also where they are killed at any step."""

import asyncio
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select

from bot.app.layouts import other_layout
from bot.cli import cluster_import
from bot.cli.cluster_import import export_cells, import_cells
from bot.cli.installations import open_store
from bot.cluster.database import engine_of
from bot.cluster.installations import InstallationsDatabase
from bot.cluster.ownership import Ownership, Worker
from bot.cluster.tables import CELLS_OF_WORKSPACES, SHARDS
from bot.config import Config, cell_dir, list_cells, shard_dir, worker_dir, write_workspace_file
from bot.config.cells import InstalledWorkspace, WorkspaceFile
from bot.core.cells import shard_of
from bot.errors import BotError
from bot.ports.installations import LeftWorkspace
from bot.store.lock import InstanceLock, prepare
from bot.store.storage import read_storage_id
from tests.cli.conftest import Belonging
from tests.cli.hosted import ACME, BETA, GAMMA, SINCE, clustered, install, installed, is_whole, lay_cell
from tests.cli.test_prompts import refused, said
from tests.config.hosting import CLUSTER_VARIABLES

KEYS = (GAMMA, ACME, BETA)
NOT_OF_A_CLUSTER = "has no cluster. Put the section back and start belonging worker;"
STATES = ("used-before", 4_000_000_000.0)


@pytest.fixture
def config(folder: Path, database_url: str) -> Config:
    """A bot on one machine with three cells, whose config.yaml has got the section ``cluster`` just now."""
    config = clustered(folder, database_url)
    machine = of_one_machine(config)
    for key, name in ((ACME, "Acme"), (BETA, "Beta")):
        install(machine, key, name)
        lay_cell(machine, key, name)
    for team in ("T0ONE", "T0TWO"):
        install(machine, team, team, enterprise=GAMMA)
    place = lay_cell(machine, GAMMA, "Gamma")
    place.parent.chmod(0o700)
    (place / "audiences.db").write_bytes(b"marks")
    teams = ("T0ONE", "T0TWO", "T0LEFT")
    write_workspace_file(
        place,
        WorkspaceFile(
            key=GAMMA,
            workspaces=tuple(
                InstalledWorkspace(id=team, name="", since=SINCE, left=SINCE if team == "T0LEFT" else None)
                for team in teams
            ),
        ),
    )
    with open_store(machine).file.transaction() as connection:
        connection.put_left(LeftWorkspace(GAMMA, "T0LEFT"))
        connection.use_state(*STATES)
    return config


def of_one_machine(config: Config) -> Config:
    return replace(config, cluster=None)


def quiet(_: str) -> None: ...


def contents_of(config: Config) -> dict[str, bytes]:
    """Every file of every cell by its name, but those of running processes."""
    found = {}
    for key in list_cells(config):
        place = cell_dir(config, key)
        for path in place.rglob("*"):
            if path.is_file() and path.name not in {".lock", ".hold"}:
                found[f"{key}/{path.relative_to(place)}"] = path.read_bytes()
    return found


def tokens(config: Config) -> list[tuple[str, str, str, str]]:
    return [
        (one.enterprise_id, one.team_id, one.name, one.bot_token) for one in open_store(config).list_now()
    ]


def rows_of(config: Config, *columns: Any) -> list[tuple[Any, ...]]:
    engine = engine_of(config.secrets.database_url, pooled=False)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(columns[0]))]


def bound(config: Config) -> dict[int, str]:
    return {shard: storage for shard, storage in rows_of(config, SHARDS.c.shard, SHARDS.c.storage) if storage}


def test_everything_gets_into_the_cluster_and_nothing_stays(
    belonging: Belonging, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = of_one_machine(config)
    before, sealed = contents_of(machine), tokens(machine)
    inodes = {path.name: path.stat().st_ino for path in (cell_dir(machine, ACME) / "keys").iterdir()}
    for name, value in CLUSTER_VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("BELONGING_DATABASE_URL", config.secrets.database_url)

    printed = said(belonging("cluster", "import"))

    assert before == contents_of(config)
    assert sealed == tokens(config)
    assert KEYS == list_cells(config)
    assert all(is_whole(cell_dir(config, key)) for key in KEYS)
    assert inodes == {path.name: path.stat().st_ino for path in (cell_dir(config, ACME) / "keys").iterdir()}
    assert {"shards", "storage-id", ".lock"} == {path.name for path in config.data_dir.iterdir()}
    assert {shard_of(key): read_storage_id(config.data_dir) for key in KEYS} == bound(config)
    assert "3 workspaces moved into" in printed
    assert "3 open rounds: each directory was renamed, nothing was copied." in printed
    assert "4 installations moved to PostgreSQL, with sealed tokens." in printed
    assert "belonging worker" in printed
    assert other_layout(config) is None


def test_postgresql_knows_in_which_cells_every_workspace_was(config: Config) -> None:
    import_cells(config, tell=quiet)

    pairs = rows_of(config, CELLS_OF_WORKSPACES.c.team_id, CELLS_OF_WORKSPACES.c.cell)
    assert [
        (ACME, ACME),
        (BETA, BETA),
        ("T0LEFT", GAMMA),
        ("T0ONE", GAMMA),
        ("T0TWO", GAMMA),
    ] == pairs


def test_who_has_left_and_which_states_were_used_is_kept(config: Config) -> None:
    import_cells(config, tell=quiet)

    with open_store(config).file.reading() as connection:
        assert (LeftWorkspace(GAMMA, "T0LEFT"),) == connection.list_left()
        assert (STATES,) == connection.list_states()


def test_the_way_back_leaves_everything_as_it_was(config: Config) -> None:
    machine = of_one_machine(config)
    before, sealed = contents_of(machine), tokens(machine)
    said: list[str] = []
    import_cells(config, tell=quiet)
    prepare(worker_dir(config, "worker-1"))
    (worker_dir(config, "worker-1") / ".lock").touch()

    done = export_cells(config, tell=said.append)

    assert (list(KEYS), 3, 4) == (done["exported"], done["open_rounds"], done["installations"])
    assert before == contents_of(machine)
    assert sealed == tokens(machine)
    assert {"cells", "installations.db", ".lock"} == {path.name for path in config.data_dir.iterdir()}
    assert ([], {}) == (tokens(config), bound(config))
    assert 5 == len(rows_of(config, CELLS_OF_WORKSPACES.c.team_id))
    assert "Take the section cluster out of config.yaml" in said[-1]
    assert other_layout(machine) is None


def test_the_same_command_again_does_nothing(config: Config) -> None:
    import_cells(config, tell=quiet)
    before, sealed = contents_of(config), tokens(config)
    again: list[str] = []

    done = import_cells(config, tell=again.append)

    assert ([], 0, 3) == (done["imported"], done["installations"], done["workspaces"])
    assert (before, sealed) == (contents_of(config), tokens(config))
    assert "There was nothing to import." in again
    export_cells(config, tell=quiet)
    export_cells(config, tell=quiet)
    assert (before, sealed) == (contents_of(of_one_machine(config)), tokens(of_one_machine(config)))


def tables(url: str) -> list[str]:
    return inspect(engine_of(url, pooled=False)).get_table_names()


def test_nothing_to_export_is_told_and_makes_no_tables(
    belonging: Belonging, config: Config, empty_database_url: str
) -> None:
    environ = CLUSTER_VARIABLES | {"BELONGING_DATABASE_URL": empty_database_url}
    before = contents_of(of_one_machine(config))

    told = said(belonging("cluster", "export", **environ))

    assert told.startswith("There was nothing to export.")
    assert "moved" not in told
    assert [] == tables(empty_database_url)
    assert before == contents_of(of_one_machine(config))


def test_a_second_export_says_that_there_was_nothing(config: Config) -> None:
    import_cells(config, tell=quiet)
    export_cells(config, tell=quiet)
    again: list[str] = []

    done = export_cells(config, tell=again.append)

    assert ([], 0) == (done["exported"], done["installations"])
    assert "There was nothing to export." == again[0]
    assert not any("moved" in line for line in again)


def test_an_export_of_a_cluster_without_workspaces_leaves_the_way_free(config: Config) -> None:
    shutil.rmtree(config.data_dir)
    prepare(shard_dir(config, 1).parent.parent, shard_dir(config, 1).parent, shard_dir(config, 1))
    told: list[str] = []

    export_cells(config, tell=told.append)

    assert "There was nothing to export." == told[0]
    assert other_layout(of_one_machine(config)) is None


def test_json_says_the_same(belonging: Belonging, config: Config) -> None:
    environ = CLUSTER_VARIABLES | {"BELONGING_DATABASE_URL": config.secrets.database_url}

    done = json.loads(said(belonging("cluster", "import", "--json", **environ)))

    assert list(KEYS) == done["imported"]
    assert list(KEYS) == json.loads(said(belonging("cluster", "export", "--json", **environ)))["exported"]


class Killed(BaseException):
    """The process was killed here."""


STEPS = (
    "begin",
    "storage_id",
    "copy_to_postgresql",
    "copy_to_file",
    "prepare",
    "move_cell",
    "end_of_one_machine",
    "end_of_cluster",
    "remove_database",
    "_remove",
    "_remove_empty",
    "_sync",
)


@contextmanager
def killed_at(number: int) -> Iterator[list[str]]:
    """Kill what runs in the block before its step of this number; the steps as they are begun."""
    from bot.cluster import alone

    begun: list[str] = []

    def stepping(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **named: Any) -> Any:
            begun.append(name)
            if len(begun) == number:
                raise Killed
            return step(*arguments, **named)

        return run

    with pytest.MonkeyPatch.context() as patched:
        for name in STEPS:
            patched.setattr(cluster_import, name, stepping(name, getattr(cluster_import, name)))
        for name in ("bind_shards", "note_cells_of_workspaces", "forget_cells"):
            patched.setattr(alone.Alone, name, stepping(name, getattr(alone.Alone, name)))
        yield begun


def kill_everywhere(work: Callable[[], object]) -> Iterator[int]:
    """Yield after each kill; the work is done in the end."""
    for number in range(1, 100):
        with killed_at(number) as begun:
            try:
                work()
            except Killed:
                pass
            else:
                assert len(begun) < number
                return
        yield number


def nobody_serves_twice(config: Config) -> bool:
    """Whether a bot of one machine and a worker would not both start, and none would see half of the data."""
    machine = of_one_machine(config)
    serving = [one for one in (config, machine) if other_layout(one) is None]
    return len(serving) <= 1 and all(set(KEYS) == set(list_cells(one)) == installed(one) for one in serving)


@pytest.fixture
def as_it_was(config: Config, tmp_path: Path) -> Callable[[], None]:
    """Puts the data of one machine back as they were, for the next kill."""
    kept = tmp_path / "kept"
    shutil.copytree(config.data_dir, kept)

    def put_back() -> None:
        shutil.rmtree(config.data_dir)
        shutil.copytree(kept, config.data_dir)
        from bot.cluster.alone import Alone

        Alone(engine_of(config.secrets.database_url, pooled=False)).forget_cells()

    return put_back


def test_an_import_that_is_killed_anywhere_is_finished_by_the_same_command(
    config: Config, as_it_was: Callable[[], None]
) -> None:
    machine = of_one_machine(config)
    before, sealed = contents_of(machine), tokens(machine)
    kills = 0

    for _ in kill_everywhere(lambda: import_cells(config, tell=quiet)):
        kills += 1
        assert nobody_serves_twice(config)
        import_cells(config, tell=quiet)
        assert (before, sealed) == (contents_of(config), tokens(config))
        assert other_layout(config) is None
        assert other_layout(machine)
        as_it_was()
    assert kills > 15


def test_an_import_that_is_killed_anywhere_can_be_taken_back(
    config: Config, as_it_was: Callable[[], None]
) -> None:
    machine = of_one_machine(config)
    before, sealed = contents_of(machine), tokens(machine)

    for _ in kill_everywhere(lambda: import_cells(config, tell=quiet)):
        export_cells(config, tell=quiet)
        assert (before, sealed) == (contents_of(machine), tokens(machine))
        assert other_layout(machine) is None
        as_it_was()


def test_an_export_that_is_killed_anywhere_is_finished_by_the_same_command(
    config: Config, as_it_was: Callable[[], None]
) -> None:
    machine = of_one_machine(config)
    before, sealed = contents_of(machine), tokens(machine)
    kills = 0
    import_cells(config, tell=quiet)

    for _ in kill_everywhere(lambda: export_cells(config, tell=quiet)):
        kills += 1
        assert nobody_serves_twice(config)
        export_cells(config, tell=quiet)
        assert (before, sealed) == (contents_of(machine), tokens(machine))
        assert other_layout(machine) is None
        import_cells(config, tell=quiet)
    assert kills > 15


def refusal(work: Callable[..., object], config: Config) -> str:
    """What the command says, which has changed nothing."""
    before = contents_of(config), contents_of(of_one_machine(config))
    with pytest.raises(BotError) as refused:
        work(config, tell=quiet)
    assert before == (contents_of(config), contents_of(of_one_machine(config)))
    return str(refused.value)


def test_a_bot_that_runs_is_to_be_stopped_first(config: Config) -> None:
    with InstanceLock(config.data_dir):
        assert "Another bot is already using" in refusal(import_cells, config)
    assert not (config.data_dir / "shards").exists()


def test_a_worker_of_which_this_storage_knows_is_to_be_stopped_first(config: Config) -> None:
    prepare(worker_dir(config, "worker-1"))
    with InstanceLock(worker_dir(config, "worker-1")):
        assert "The worker worker-1 still runs. Stop it first." in refusal(import_cells, config)


def test_a_worker_of_which_postgresql_knows_is_to_be_stopped_first(config: Config) -> None:
    async def beside(work: Callable[[], None]) -> None:
        me = Worker("elsewhere", "http://elsewhere:3000", "0" * 32)
        ownership = Ownership(
            config.secrets.database_url,
            me,
            lambda *_: InstanceLock(config.data_dir.parent),
            on_cut_off=lambda: None,
            on_taken=_nothing,
        )
        await ownership.connect()
        try:
            await in_thread(work)
        finally:
            await ownership.close()

    async def _nothing(_: int) -> None: ...

    def look() -> None:
        assert "elsewhere still runs, or ended a moment ago." in refusal(import_cells, config)

    asyncio.run(beside(look))


async def in_thread(work: Callable[[], None]) -> None:
    import asyncio

    await asyncio.to_thread(work)


def test_a_command_that_runs_keeps_a_second_one_out(config: Config) -> None:
    from bot.cluster.alone import alone

    with alone(config.secrets.database_url):
        assert "A worker, or another such command, has some of the shards." in refusal(import_cells, config)


def test_cells_that_lie_on_two_storages_are_brought_to_one_first(config: Config) -> None:
    import_cells(config, tell=quiet)
    engine = engine_of(config.secrets.database_url, pooled=False)
    with engine.begin() as connection:
        for shard in (11, 2, 10, 1):
            row = SHARDS.c.shard == shard
            connection.execute(SHARDS.update().where(row).values(storage="f" * 32))

    said = refusal(export_cells, config)

    assert "The cells of 4 shards lie on another storage than" in said
    assert "belonging cluster move 1-2 10-11 --to WORKER." in said


def test_an_import_takes_no_shard_of_another_storage(config: Config) -> None:
    engine = engine_of(config.secrets.database_url, pooled=False)
    with engine.begin() as connection:
        connection.execute(SHARDS.update().where(SHARDS.c.shard == shard_of(ACME)).values(storage="f" * 32))

    assert "lie on another storage, as PostgreSQL knows" in refusal(import_cells, config)

    assert not (config.data_dir / "shards").exists()
    assert {shard_of(ACME)} == set(bound(config))


def lay_both(config: Config) -> str:
    cell_dir(config, ACME).mkdir(parents=True)
    return "both hold data of this workspace."


def leave_a_move(config: Config) -> str:
    (config.data_dir / "cells" / f".{ACME}.moved").mkdir()
    return f"Repeat belonging workspaces move {ACME} here first, with config.yaml as it was before"


def leave_an_arrival(config: Config) -> str:
    (config.data_dir / "cells" / ".T0NEW.moving").mkdir()
    return "Repeat belonging workspaces move T0NEW the bot from which it comes first"


def leave_a_link(config: Config) -> str:
    place = cell_dir(of_one_machine(config), ACME)
    place.rename(config.data_dir.parent / "elsewhere")
    place.symlink_to(config.data_dir.parent / "elsewhere")
    return "is a symbolic link."


def leave_one_workspace(config: Config) -> str:
    (config.data_dir / "belonging.db").touch()
    return "belonging.db is of a bot for a single workspace."


def damage_facts(config: Config) -> str:
    (cell_dir(of_one_machine(config), ACME) / "workspace.yaml").write_text("key: nothing")
    return "workspace.yaml, line 1, key: is no id"


@pytest.mark.parametrize(
    "harm", [lay_both, leave_a_move, leave_an_arrival, leave_a_link, leave_one_workspace, damage_facts]
)
def test_what_cannot_be_imported_is_told_and_nothing_is_changed(
    config: Config, harm: Callable[[Config], str]
) -> None:
    sentence = harm(config)
    there = (config.data_dir / "shards").exists()

    assert sentence in refusal(import_cells, config)

    assert ([], there) == (tokens(config), (config.data_dir / "shards").exists())


def test_a_cell_in_the_wrong_shard_is_told_before_an_export(config: Config) -> None:
    import_cells(config, tell=quiet)
    wrong = shard_dir(config, (shard_of(ACME) + 1) % 64)
    prepare(wrong)
    cell_dir(config, ACME).rename(wrong / ACME)

    assert "lies in another shard than its own. Rename it to" in refusal(export_cells, config)


def test_a_stray_file_among_the_shards_is_told_and_nobody_starts(config: Config) -> None:
    import_cells(config, tell=quiet)
    (shard_dir(config, shard_of(ACME)) / "notes.txt").touch()

    with pytest.raises(BotError, match=r"none of the bot's\. Take it away"):
        export_cells(config, tell=quiet)

    assert other_layout(of_one_machine(config))
    (shard_dir(config, shard_of(ACME)) / "notes.txt").unlink()
    export_cells(config, tell=quiet)
    assert other_layout(of_one_machine(config)) is None


def test_a_cell_on_a_disk_of_its_own_is_told(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    rename = Path.rename

    def mounted(self: Path, to: Path) -> Path:
        if self.name == ACME:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", mounted)
    with pytest.raises(BotError, match="is on a disk of its own, so that it cannot be renamed"):
        import_cells(config, tell=quiet)
    monkeypatch.undo()

    import_cells(config, tell=quiet)
    assert KEYS == list_cells(config)


def test_a_damaged_token_is_told(config: Config) -> None:
    with open_store(of_one_machine(config)).file.transaction() as connection:
        connection.handle.execute("UPDATE slack_installations SET bot_token = 'v0' WHERE team_id = 'T0ACME'")

    assert "The stored token of Acme is damaged." in refusal(import_cells, config)


def test_a_token_that_no_key_opens_stays_as_it_is(config: Config) -> None:
    """It may be opened again once the key is put back."""
    from tests.config.hosting import OTHER_KEY

    before = tokens(config := with_keys(config, "BELONGING_TOKEN_KEYS", OTHER_KEY))
    import_cells(config, tell=quiet)

    assert before == []
    assert {""} == {token for *_, token in tokens(config)}


def with_keys(config: Config, name: str, value: str) -> Config:
    from bot.config import load_config
    from tests.config.hosting import KEY

    return load_config(
        config.path,
        CLUSTER_VARIABLES
        | {
            "BELONGING_DATABASE_URL": config.secrets.database_url,
            "BELONGING_CLUSTER_KEYS": KEY,
            name: value,
        },
    )


def test_installations_of_another_app_move_too(config: Config) -> None:
    from bot.keys import TokenSealer
    from bot.slack.install.sqlalchemy_store import SharedSQLAlchemyStore
    from bot.slack.install.store import SealedInstallations
    from bot.store.installations import InstallationsFile
    from tests.cli.hosted import to_install

    sealer = TokenSealer(config.secrets.token_keys)
    file = open_store(of_one_machine(config)).file
    assert isinstance(file, InstallationsFile)
    SealedInstallations(file, sealer, "1.2").save_now(to_install("T0APP", "App"))

    import_cells(config, tell=quiet)

    database = InstallationsDatabase(engine_of(config.secrets.database_url, pooled=False))
    other = SealedInstallations(database, sealer, "1.2", sdk_store=SharedSQLAlchemyStore)
    assert ["xoxb-T0APP"] == [one.bot_token for one in other.list_now()]


def test_a_configuration_without_cluster_imports_nothing(belonging: Belonging, folder: Path) -> None:
    assert "has no section cluster. Write cluster: {} there" in refused(belonging("cluster", "import"))


def test_without_the_keys_of_a_cluster_nothing_is_imported(config: Config) -> None:
    from bot.config import load_config

    bare = load_config(config.path, CLUSTER_VARIABLES | {"BELONGING_CLUSTER_KEYS": ""})

    assert "BELONGING_CLUSTER_KEYS is not set" in refusal(import_cells, bare)


def test_a_stale_installation_of_a_cluster_is_replaced_by_that_of_the_machine(config: Config) -> None:
    from tests.cli.hosted import to_install

    open_store(config).save_now(to_install(ACME, "Acme", token="xoxb-older"))

    import_cells(config, tell=quiet)

    assert ["xoxb-T0ACME"] == [token for _, team, _, token in tokens(config) if team == ACME]


def test_neither_kind_of_bot_starts_on_the_data_of_the_other(
    belonging: Belonging, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in CLUSTER_VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("BELONGING_DATABASE_URL", config.secrets.database_url)
    text = config.path.read_text()

    assert "Run: belonging worker" in refused(belonging("run"))
    assert "take its data into the cluster: belonging cluster import" in refused(belonging("worker"))
    import_cells(config, tell=quiet)
    config.path.write_text(text.replace("cluster: {}", ""))
    assert NOT_OF_A_CLUSTER in refused(belonging("run"))
    checked = json.loads(belonging("check", "--offline", "--json").stdout)
    assert ["error"] == [one["level"] for one in checked["findings"] if one["where"] == "cluster"]


@pytest.mark.parametrize(
    "command",
    [
        ("workspaces",),
        ("workspaces", "--json"),
        ("proof",),
        ("backup", "--out", "copies"),
        ("summary", "--channel", "C1"),
        ("summary", "--channel", "C1", "--workspace", ACME),
    ],
    ids=" ".join,
)
def test_data_of_the_other_kind_are_not_taken_for_no_data(
    belonging: Belonging, config: Config, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (CLUSTER_VARIABLES | {"BELONGING_DATABASE_URL": config.secrets.database_url}).items():
        monkeypatch.setenv(name, value)
    text = config.path.read_text()

    assert "take its data into the cluster: belonging cluster import" in refused(belonging(*command))
    import_cells(config, tell=quiet)
    config.path.write_text(text.replace("cluster: {}", ""))
    assert NOT_OF_A_CLUSTER in refused(belonging(*command))
    assert "No workspace has the bot" not in belonging("check", "--offline").output
    assert not (config.path.parent / "copies").exists()


def test_one_workspace_is_not_served_beside_shards_either(belonging: Belonging, folder: Path) -> None:
    (folder / "data" / "shards").mkdir(parents=True, mode=0o700)
    (folder / "data").chmod(0o700)

    said = refused(belonging("run", SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1"))

    assert NOT_OF_A_CLUSTER in said
