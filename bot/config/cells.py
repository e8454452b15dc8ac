"""Find the cells of many workspaces, read their settings, and read and write their facts."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import yaml

from bot.config.cluster import parse_worker_name
from bot.config.languages import shipped_languages
from bot.config.load import read_settings, support_of
from bot.config.model import Config
from bot.config.problems import Problem, error_of, parse
from bot.config.schedules import schedules_of
from bot.config.schema import CellFile, WorkspaceSection
from bot.config.yaml_documents import Document, parse_document, read_text
from bot.core.cells import CELLS_DIR, SHARDS, SHARDS_DIR, WORKERS_DIR, CellKey, parse_cell_key, shard_of
from bot.core.model import MemberId
from bot.core.shown_names import clean_name
from bot.errors import BotError, ConfigError, DataDirectoryError

CELL_SETTINGS = "config.yaml"
FACTS = "workspace.yaml"

_BY_THE_BOT = "# Written by Belonging Bot. Settings belong in config.yaml beside this file.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledWorkspace:
    """One workspace that has the bot: its id, its name in Slack (may be empty), and since which day.

    ``left``: the day since which it has the bot no more, or belongs to another cell.
    """

    id: str
    name: str
    since: date
    left: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceFile:
    """The facts of a cell. ``organisation``: the name, if it is one; ``removed``: when it was uninstalled.

    ``arrived``: when a workspace last came that had been in another cell.
    """

    key: CellKey
    workspaces: tuple[InstalledWorkspace, ...] = ()
    organisation: str = ""
    arrived: date | None = None
    removed: date | None = None


def cells_dir(config: Config) -> Path:
    """Return the directory below which all cells lie: those of a cluster in the directories of its shards."""
    return config.data_dir / (SHARDS_DIR if config.cluster else CELLS_DIR)


def shard_dir(config: Config, shard: int) -> Path:
    """Return the directory of a shard of a cluster, with its lock and its cells."""
    return config.data_dir / SHARDS_DIR / f"{shard:02}"


def worker_dir(config: Config, worker: str) -> Path:
    """Return the directory of a worker of a cluster, with its lock and its heartbeat. It holds no cell."""
    return config.data_dir / WORKERS_DIR / parse_worker_name(worker)


def places_of_cells(config: Config) -> tuple[Path, ...]:
    """Return the directories in which each cell has its own, named by its key; they may be missing."""
    if config.cluster:
        return tuple(shard_dir(config, shard) for shard in range(SHARDS))
    return (cells_dir(config),)


def cell_dir(config: Config, key: CellKey) -> Path:
    """Return the directory of a cell."""
    return (shard_dir(config, shard_of(key)) if config.cluster else cells_dir(config)) / key


def host_dir(config: Config) -> Path | None:
    """Return the data directory of many workspaces, for the configuration of one of its cells; else None."""
    if config.cell is None:
        return None
    cells = config.data_dir.parent
    return cells.parent.parent if config.cluster else cells.parent


def list_cells(config: Config, shards: Iterable[int] | None = None) -> tuple[CellKey, ...]:
    """Return the keys of the cells on the disk, sorted; none where there is no directory of cells.

    A link in the place of a cell is listed, so that it is noticed; nothing opens it (``refuse_link``). Of a
    cluster, only the cells of these ``shards``, or of all: on storage that the workers do not share, others
    lie elsewhere. A cell in the directory of another shard is not listed (``misplaced_cells``).
    Raises ``DataDirectoryError`` if a directory cannot be read.
    """
    if config.cluster is None:
        return tuple(sorted(_keys_in(cells_dir(config))))
    chosen = range(SHARDS) if shards is None else sorted(set(shards))
    found = (key for shard in chosen for key in _keys_in(shard_dir(config, shard)) if shard_of(key) == shard)
    return tuple(sorted(found))


def misplaced_cells(config: Config) -> tuple[Path, ...]:
    """Return the directories of cells that lie in another shard of a cluster than theirs; nobody serves them.

    Raises ``DataDirectoryError`` if a directory cannot be read.
    """
    return tuple(
        shard_dir(config, shard) / key
        for shard in range(SHARDS)
        for key in sorted(_keys_in(shard_dir(config, shard)))
        if shard_of(key) != shard
    )


def _keys_in(place: Path) -> Iterator[CellKey]:
    try:
        with os.scandir(place) as entries:
            names = [entry.name for entry in entries if entry.is_symlink() or entry.is_dir()]
    except FileNotFoundError:
        return
    except OSError as error:
        raise DataDirectoryError(
            f"{place} cannot be read ({error.strerror}).", remedy="Run this as the bot's user."
        ) from None
    yield from (key for name in names if (key := _key(name)))


def refuse_link(folder: Path) -> None:
    """Raise ``DataDirectoryError`` for a link in the place of a cell.

    Whoever deletes or moves it would delete or move the link, and believe that the data are gone.
    """
    if folder.is_symlink():
        raise DataDirectoryError(
            f"{folder} is a symbolic link.", remedy="Put the directory itself there, or mount its disk there."
        )


def _key(name: str) -> CellKey | None:
    try:
        return parse_cell_key(name)
    except ValueError:
        return None


def cell_config(config: Config, key: CellKey, bot_token: str = "") -> Config:
    """Return the configuration of one cell, which is that of one workspace: ``hosting`` is None.

    The cell's own config.yaml, where there is one, names its admins and schedules, and a support card in the
    place of the general one. ``path`` is that file, or where it would be. ``bot_token``: of the workspace, or
    of one of the organisation's. Raises ``ConfigError``, which lists every problem of that file, and
    ``DataDirectoryError`` for a link in its place.
    """
    base = bare_cell_config(config, key, bot_token)
    path = base.path
    if not path.exists():
        return base
    document = read_settings(path, str(path.relative_to(config.data_dir)))
    if document.data is None:
        return base
    file = parse(document, CellFile, ConfigError)
    settings = replace(
        config.settings,
        support=support_of(file.support) or config.settings.support,
        admins=frozenset(MemberId(member) for member in file.admins),
    )
    schedules = schedules_of(document, file.schedules, settings, shipped_languages())
    return replace(base, settings=settings, schedules=schedules)


def bare_cell_config(config: Config, key: CellKey, bot_token: str = "") -> Config:
    """Return the configuration of a cell without its own config.yaml, for what must work without it.

    Raises ``DataDirectoryError`` for a link in its place.
    """
    folder = cell_dir(config, key)
    refuse_link(folder)
    return replace(
        config,
        path=folder / CELL_SETTINGS,
        secrets=replace(config.secrets, bot_token=bot_token),
        data_dir=folder,
        ballots_dir=folder / "ballots",
        keys_dir=folder / "keys",
        notes=(),
        hosting=None,
        cell=key,
    )


def read_workspace_file(folder: Path) -> WorkspaceFile | None:
    """Return the facts in the directory of a cell; None if there are none.

    Raises ``ConfigError`` for a file that cannot be used.
    """
    path = folder / FACTS
    if not path.exists():
        return None
    name = f"{folder.name}/{FACTS}"
    return _facts(read_text(path, name, ConfigError), name)


@lru_cache(maxsize=16)
def _facts(text: str, name: str) -> WorkspaceFile:
    """Return the facts that a text tells; whoever opens a cell asks for the same ones several times."""
    document = parse_document(text, name, ConfigError)
    file = parse(document, WorkspaceSection, ConfigError)
    key = _key(file.key)
    if key is None:
        raise _of_facts(document, "is no id of a workspace or an organisation")
    return WorkspaceFile(
        key=key,
        workspaces=tuple(
            InstalledWorkspace(id=one.id, name=clean_name(one.name), since=one.since, left=one.left)
            for one in file.workspaces
        ),
        organisation=clean_name(file.organisation),
        arrived=file.arrived,
        removed=file.removed,
    )


def _of_facts(document: Document, what: str) -> BotError:
    remedy = "The bot writes this file: restore it. While no question is open you may also take it away."
    return error_of(document, [Problem(path=("key",), what=what, remedy=remedy)], ConfigError)


def write_workspace_file(folder: Path, facts: WorkspaceFile) -> None:
    """Write the facts of a cell in one step, for the bot's user only. Raises ``OSError``."""
    data = {
        "key": str(facts.key),
        **({"organisation": clean_name(facts.organisation)} if facts.organisation else {}),
        "workspaces": [
            {"id": one.id, "name": clean_name(one.name), "since": one.since.isoformat()}
            | ({"left": one.left.isoformat()} if one.left else {})
            for one in facts.workspaces
        ],
        **({"arrived": facts.arrived.isoformat()} if facts.arrived else {}),
        **({"removed": facts.removed.isoformat()} if facts.removed else {}),
    }
    text = _BY_THE_BOT + yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
    part = folder / f".{FACTS}.part"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / FACTS)
    directory = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
