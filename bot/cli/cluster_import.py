"""Take the data of one machine into a cluster, and back; nobody serves a workspace twice, whatever happens.

The directory of each cell is renamed, so no key and no reply is copied. As long as ``shards`` is there, no
bot of one machine starts; as long as ``installations.db`` or a cell of one machine is there, no worker does.
So nobody serves between the first step and the last, and after a kill the same command does the rest.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bot.app.adoption import DATABASE, is_pending
from bot.app.layouts import unfinished
from bot.cli.cluster_status import as_arguments
from bot.cli.console import Say, say, working
from bot.cli.installation import counted, hold_cell
from bot.cli.installations import require_packages
from bot.cli.purge import open_now
from bot.config import (
    Config,
    bare_cell_config,
    cell_dir,
    cells_dir,
    list_cells,
    misplaced_cells,
    read_workspace_file,
    refuse_link,
    shard_dir,
    token_problems,
)
from bot.core.cells import WORKERS_DIR, CellKey, shard_of
from bot.errors import AlreadyRunningError, BotError, DataDirectoryError
from bot.slack.install.copying import Stored, copy_installations
from bot.slack.install.store import SharedStore, lay_out
from bot.store.cell_files import move_cell
from bot.store.failures import store_error
from bot.store.files import remove_database, sync
from bot.store.heartbeat import NAME as HEARTBEAT
from bot.store.installations import NAME as INSTALLATIONS
from bot.store.installations import InstallationsFile
from bot.store.lock import LOCK_NAME, InstanceLock, is_held, is_held_here, prepare
from bot.store.storage import NAME as STORAGE_ID
from bot.store.storage import read_storage_id, storage_id

if TYPE_CHECKING:
    from bot.cluster.alone import Alone

T = TypeVar("T")

NEEDED = ("SLACK_CLIENT_ID", "BELONGING_TOKEN_KEYS", "BELONGING_DATABASE_URL", "BELONGING_CLUSTER_KEYS")

AFTER_IMPORT = (
    "Look at everything (belonging check), then start a worker on each machine that has this storage "
    "(belonging worker, each with a --name of its own). The way back: belonging cluster export"
)
AFTER_EXPORT = (
    "Take the section cluster out of config.yaml, and start the bot: belonging run. PostgreSQL keeps which "
    "workspaces belonged together, and nothing else; the database can be dropped."
)


def import_cells(config: Config, *, tell: Say = say) -> dict[str, Any]:
    """Take the data of one machine into the cluster of this configuration, and return what was done.

    Raises ``BotError``; then the same command can be repeated.
    """
    machine = replace(config, cluster=None)
    with _alone(config) as database:
        _refuse_single(config)
        _refuse_unfinished(machine)
        keys = list_cells(machine)
        _refuse_both(machine, config, keys)
        there = frozenset({*keys, *list_cells(config)})
        known = _workspaces_of(machine, keys) | _workspaces_of(config, there.difference(keys))
        with working("Moving"):
            database.bind_shards({shard_of(key) for key in there}, storage_id(config.data_dir))
            begin(config)
            database.note_cells_of_workspaces(known)
            copied = copy_to_postgresql(config, database)
            rounds = _move_all(keys, machine, config)
            end_of_one_machine(config)
    shards = len({shard_of(key) for key in there})
    if keys:
        tell(
            f"{counted(len(keys), 'workspace')} moved into {cells_dir(config)}, with "
            f"{counted(rounds, 'open round')}: each directory was renamed, nothing was copied."
        )
    if copied is not None:
        tell(f"{counted(copied, 'installation')} moved to PostgreSQL, with sealed tokens.")
    if not keys and copied is None:
        tell("There was nothing to import.")
    tell(
        f"The cluster has {counted(len(there), 'workspace')} on this storage, in {counted(shards, 'shard')}."
    )
    tell(AFTER_IMPORT)
    return {
        "imported": list(keys),
        "open_rounds": rounds,
        "installations": copied or 0,
        "workspaces": len(there),
        "shards": shards,
        "next": AFTER_IMPORT,
    }


def export_cells(config: Config, *, tell: Say = say) -> dict[str, Any]:
    """Take the data of a cluster back to one machine, and return what was done.

    Raises ``BotError``; then the same command can be repeated.
    """
    if _has_nothing_to_export(config):
        return _exported((), 0, 0, tell)
    machine = replace(config, cluster=None)
    with _alone(config) as database:
        _refuse_single(config)
        _refuse_unfinished(config)
        if lost := misplaced_cells(config):
            raise BotError(
                f"{lost[0]} lies in another shard than its own.",
                remedy=f"Rename it to {cell_dir(config, CellKey(lost[0].name))}, unless that is there.",
            )
        _refuse_elsewhere(config, database)
        keys = list_cells(config)
        _refuse_both(config, machine, keys)
        with working("Moving"):
            prepare(cells_dir(machine))
            copied = copy_to_file(config, database)
            rounds = _move_all(keys, config, machine)
            database.forget_cells()
            end_of_cluster(config)
    if keys:
        tell(
            f"{counted(len(keys), 'workspace')} moved into {cells_dir(machine)}, with "
            f"{counted(rounds, 'open round')}: each directory was renamed, nothing was copied."
        )
    return _exported(keys, rounds, copied, tell)


def _has_nothing_to_export(config: Config) -> bool:
    """Return whether there is neither a shard here nor anything in PostgreSQL. Raises ``BotError``."""
    _require(config)
    from bot.cluster.alone import knows_no_cell

    return not cells_dir(config).exists() and knows_no_cell(config.secrets.database_url)


def _exported(keys: Collection[CellKey], rounds: int, copied: int, tell: Say) -> dict[str, Any]:
    """Say what was exported besides directories, and what comes next; return all of it."""
    if copied:
        tell(
            f"{counted(copied, 'installation')} moved from PostgreSQL to {INSTALLATIONS}, with sealed tokens."
        )
    if not keys and not copied:
        tell("There was nothing to export.")
    tell(AFTER_EXPORT)
    return {
        "exported": list(keys),
        "open_rounds": rounds,
        "installations": copied,
        "next": AFTER_EXPORT,
    }


def _require(config: Config) -> None:
    """Raise ``BotError`` where packages, a variable or the directory of the data are missing."""
    require_packages()
    for name, problem in token_problems(config).items():
        if problem and name in NEEDED:
            raise problem
    if not config.data_dir.is_dir():
        raise BotError(f"There is no data in {config.data_dir}.", remedy="Check data_dir in config.yaml.")


@contextmanager
def _alone(config: Config) -> Iterator["Alone"]:
    """Keep the bot and all workers out, and give what reaches PostgreSQL. Raises ``BotError``."""
    _require(config)
    from bot.cluster.alone import alone

    with ExitStack() as held:
        try:
            held.enter_context(InstanceLock(config.data_dir))
        except AlreadyRunningError as error:
            raise AlreadyRunningError(error.message, remedy="Stop it first, then try again.") from None
        for folder in _entries(config.data_dir / WORKERS_DIR):
            if is_held(folder):
                raise AlreadyRunningError(f"The worker {folder.name} still runs.", remedy="Stop it first.")
        database = held.enter_context(alone(config.secrets.database_url))
        for folder in _entries(cells_dir(config)):
            held.enter_context(InstanceLock(folder))
        yield database


def begin(config: Config) -> None:
    """Make the directory of the shards: from now on, no bot of one machine starts here."""
    prepare(cells_dir(config))
    _sync(config.data_dir)


def copy_to_postgresql(config: Config, database: "Alone") -> int | None:
    """Copy the installations of one machine; return how many, or None where there is no file of them."""
    if not (config.data_dir / INSTALLATIONS).exists():
        return None
    return copy_installations(_file(config), _database(database), replace=True)


def copy_to_file(config: Config, database: "Alone") -> int:
    """Copy the installations of the cluster, except those that the file has from a run that was killed.

    Return how many the cluster has.
    """
    return copy_installations(_database(database), _file(config), replace=False)


def end_of_one_machine(config: Config) -> None:
    """Remove the file of installations and the empty directory of cells: from now on, workers can start."""
    remove_database(config.data_dir / INSTALLATIONS)
    _remove(config.data_dir / INSTALLATIONS)
    _remove_empty(cells_dir(replace(config, cluster=None)))
    _sync(config.data_dir)


def end_of_cluster(config: Config) -> None:
    """Remove what is a cluster's alone, at last the directory of shards: from now on belonging run starts."""
    workers, shards = config.data_dir / WORKERS_DIR, cells_dir(config)
    for folder in _entries(workers):
        for name in (LOCK_NAME, HEARTBEAT, f"{HEARTBEAT}.part"):
            _remove(folder / name)
        _remove_empty(folder)
    _remove_empty(workers)
    _remove(config.data_dir / STORAGE_ID)
    for folder in _entries(shards):
        _remove(folder / LOCK_NAME)
        _remove_empty(folder)
    _remove_empty(shards)
    _sync(config.data_dir)
    if shards.exists():
        raise DataDirectoryError(
            f"{shards} has something in it that is none of the bot's.",
            remedy="Take it away, then repeat the command.",
        )


def _move_all(keys: Iterable[CellKey], source: Config, to: Config) -> int:
    """Move all cells, and return how many open rounds they have."""
    rounds = 0
    for key in keys:
        prepare(cell_dir(to, key).parent)
        rounds += len(open_now(bare_cell_config(source, key)))
        with hold_cell(cell_dir(source, key)), ExitStack() as held:
            if to.cluster and not is_held_here(shard_dir(to, shard_of(key))):
                held.enter_context(InstanceLock(shard_dir(to, shard_of(key))))
            move_cell(cell_dir(source, key), cell_dir(to, key))
    return rounds


def _file(config: Config) -> Stored:
    file = InstallationsFile(config.data_dir / INSTALLATIONS, lay_out)
    file.prepare()
    return Stored(file, SharedStore)


def _database(database: "Alone") -> Stored:
    from bot.slack.install.sqlalchemy_store import SharedSQLAlchemyStore

    return Stored(database.installations, SharedSQLAlchemyStore)


def _workspaces_of(config: Config, keys: Iterable[CellKey]) -> frozenset[tuple[str, CellKey]]:
    """Return every workspace that is or was in one of these cells, with the cell. Raises ``ConfigError``."""
    found: set[tuple[str, CellKey]] = set()
    for key in keys:
        facts = read_workspace_file(cell_dir(config, key))
        ids = {one.id for one in facts.workspaces} if facts else set()
        found |= {(team, key) for team in ids | {key} if team.startswith("T")}
    return frozenset(found)


def _refuse_single(config: Config) -> None:
    if is_pending(config):
        raise BotError(
            f"{config.data_dir / DATABASE} is of a bot for a single workspace.",
            remedy="Take cluster out of config.yaml and start belonging run once, which makes it the first "
            "of many workspaces. Then stop it, put cluster back, and try again.",
        )


def _refuse_unfinished(config: Config) -> None:
    for key, verb in unfinished(config):
        where = "the bot from which it comes" if verb == "bring" else "here"
        command = "move" if verb == "bring" else verb
        raise BotError(
            f"A command on the workspace {key} was killed.",
            remedy=f"Repeat belonging workspaces {command} {key} {where} first"
            + ("." if config.cluster else ", with config.yaml as it was before, without cluster."),
        )


def _refuse_both(source: Config, to: Config, keys: Iterable[CellKey]) -> None:
    for key in keys:
        here, there = cell_dir(source, key), cell_dir(to, key)
        refuse_link(here)
        refuse_link(there)
        if there.exists():
            raise DataDirectoryError(
                f"{here} and {there} both hold data of this workspace.",
                remedy="Look which of them is the right one, and take the other away.",
            )


def _refuse_elsewhere(config: Config, database: "Alone") -> None:
    here = read_storage_id(config.data_dir)
    elsewhere = [shard for shard, storage in database.storages_of_shards().items() if storage != here]
    if elsewhere:
        raise BotError(
            f"The cells of {counted(len(elsewhere), 'shard')} lie on another storage than {config.data_dir}.",
            remedy="Start the workers, and bring them to one of this storage: belonging cluster move "
            f"{as_arguments(elsewhere)} --to WORKER. Then stop the workers, and try again.",
        )


def _entries(folder: Path) -> list[Path]:
    """Return the directories in a directory, by name; none where it is missing."""
    return [path for path in _told(folder, lambda: sorted(folder.iterdir())) or () if path.is_dir()]


def _remove(path: Path) -> None:
    _told(path, lambda: path.unlink(missing_ok=True))


def _remove_empty(folder: Path) -> None:
    """Remove a directory if it is there and empty."""
    if not _entries_of_any_kind(folder):
        _told(folder, folder.rmdir)


def _entries_of_any_kind(folder: Path) -> list[Path]:
    return _told(folder, lambda: list(folder.iterdir())) or []


def _sync(folder: Path) -> None:
    _told(folder, lambda: sync(folder))


def _told(path: Path, work: Callable[[], T]) -> T | None:
    """Do something with a file; None where it is missing. Raises ``StoreError``."""
    try:
        return work()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise store_error(path, error) from error
