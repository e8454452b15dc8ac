"""Refuse data that another kind of bot wrote: its workspaces would seem to have no data at all."""

import re
from pathlib import Path

from bot.app.adoption import is_pending
from bot.config import Config, places_of_cells
from bot.core.cells import CELLS_DIR, SHARDS_DIR
from bot.errors import ConfigError, DataDirectoryError
from bot.store.installations import NAME as INSTALLATIONS

_OF_A_CELL = re.compile(r"\.?[ET][A-Z0-9]{2,30}(\.(moved|deleted|moving|installation))?")
_UNFINISHED = re.compile(r"\.([ET][A-Z0-9]{2,30})\.(moved|deleted|moving|installation)")

_VERBS = {"moved": "move", "deleted": "delete", "moving": "bring", "installation": "bring"}


def refuse_other_layout(config: Config) -> None:
    """Raise ``ConfigError`` where this data directory has data that this bot would not see."""
    if problem := other_layout(config):
        raise problem


def other_layout(config: Config) -> ConfigError | None:
    """Return why a bot of this configuration must not use its data directory; None if it may."""
    if config.cluster:
        return _of_one_machine(config)
    if (config.data_dir / SHARDS_DIR).exists():
        return ConfigError(
            f"{config.data_dir / SHARDS_DIR} holds data of a cluster, and {config.path.name} has no cluster.",
            remedy="Put the section back and start belonging worker; or go back to one machine first: "
            "belonging cluster export",
        )
    return None


def _of_one_machine(config: Config) -> ConfigError | None:
    if is_pending(config):
        return ConfigError(
            f"{config.data_dir} holds the data of a single workspace, and {config.path.name} has cluster.",
            remedy="Take cluster out and start belonging run once, which makes them the first of many "
            "workspaces. Then stop it, put cluster back, and run: belonging cluster import",
        )
    cells = config.data_dir / CELLS_DIR
    left = [path for path in (config.data_dir / INSTALLATIONS, *_entries(cells)) if _is_data(path)]
    if left:
        return ConfigError(
            f"{left[0]} is of a bot on one machine, and {config.path.name} has cluster.",
            remedy="Stop that bot, and take its data into the cluster: belonging cluster import",
        )
    return None


def _is_data(path: Path) -> bool:
    return path.exists() if path.name == INSTALLATIONS else bool(_OF_A_CELL.fullmatch(path.name))


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise DataDirectoryError(
            f"{folder} cannot be read ({error.strerror}).", remedy="Run this as the bot's user."
        ) from None


def unfinished(config: Config) -> tuple[tuple[str, str], ...]:
    """Return the key of each cell that a command was moving or deleting when it was killed, and what it did.

    That is ``move``, ``delete``, or ``bring``, where a command of another bot was moving it to here.
    """
    names = (path.name for place in places_of_cells(config) for path in _entries(place))
    matches = filter(None, map(_UNFINISHED.fullmatch, names))
    return tuple(sorted({(match[1], _VERBS[match[2]]) for match in matches}))
