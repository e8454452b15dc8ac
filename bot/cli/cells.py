"""Choose the workspace that a command is about, or do something for each of many."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from rich.text import Text

from bot.app.layouts import refuse_other_layout
from bot.cli.console import out, print_error, remedy_of, say_aside
from bot.cli.installations import bot_token_of, stored_cells
from bot.config import Config, cell_config, cell_dir, list_cells, read_workspace_file, refuse_link
from bot.core.cells import CellKey, parse_cell_key
from bot.errors import BotError

MOST_NAMED = 10
"""The number of workspaces that a sentence names."""

ONE_ALONE = "--workspace is for a configuration with workspaces, and this one serves a single workspace."

log = logging.getLogger(__name__)


def one_cell(config: Config, workspace: str | None, *, lost: bool = False) -> Config:
    """Return the configuration of the workspace that a command is about.

    That is ``config`` itself where it is for one workspace, else that of the cell with the key ``workspace``,
    or of the only cell. ``lost``: accept a cell that has an installation and no directory. Raises
    ``BotError`` for another key, and where it is not said which of many.
    """
    if config.hosting is None:
        if workspace is not None:
            raise BotError(ONE_ALONE, remedy="Leave it out.")
        return config
    return open_cell(config, _chosen(config, workspace, lost=lost))


def open_cell(config: Config, key: CellKey) -> Config:
    """Return the configuration of a cell, with its bot token if there is one. Raises ``BotError``."""
    return cell_config(config, key, bot_token_of(config, key))


def chosen_key(config: Config, workspace: str, *, lost: bool = False) -> CellKey:
    """Return the key that an operator typed. Raises ``BotError`` if no cell has it, or a link is there."""
    try:
        key = parse_cell_key(workspace.strip())
    except ValueError:
        key = None
    if key is not None:
        refuse_link(cell_dir(config, key))
    if key is None or not (cell_dir(config, key).is_dir() or (lost and key in stored_cells(config))):
        if not list_cells(config):
            refuse_other_layout(config)
        raise BotError(f"No workspace here has the key {shown_key(workspace)}.", remedy=_there_are(config))
    return key


def _chosen(config: Config, workspace: str | None, *, lost: bool) -> CellKey:
    if workspace is not None:
        return chosen_key(config, workspace, lost=lost)
    keys = require_cells(config)
    if len(keys) == 1:
        return keys[0]
    raise BotError(
        f"Which of {len(keys)} workspaces?", remedy=f"{_there_are(config)} Name one: --workspace KEY"
    )


def shown_key(text: str) -> str:
    """Return what was typed as a key, short and printable."""
    return "".join(letter if letter.isprintable() else "?" for letter in text.strip()[:40]) or "''"


def name_of(config: Config, key: CellKey) -> str:
    """Return the names of the workspaces of a cell, or of the organisation; empty if nobody knows."""
    try:
        facts = read_workspace_file(cell_dir(config, key))
    except BotError:
        return ""
    if facts is None:
        return ""
    return facts.organisation or ", ".join(one.name or one.id for one in facts.workspaces)


def called(config: Config, key: CellKey) -> str:
    """Return name and key of a cell, such as ``Acme (T0123ABCD)``."""
    name = name_of(config, key)
    return f"{name} ({key})" if name else str(key)


def _there_are(config: Config) -> str:
    keys = list_cells(config)
    if not keys:
        return f"Install it: {config.hosting.install_url}" if config.hosting else ""
    named = ", ".join(called(config, key) for key in keys[:MOST_NAMED])
    more = f", and {len(keys) - MOST_NAMED} more (belonging workspaces)" if len(keys) > MOST_NAMED else ""
    return f"There {'is' if len(keys) == 1 else 'are'}: {named}{more}."


Work = Callable[[Config], tuple[bool, dict[str, Any]]]
"""Does something for one cell, prints for people unless JSON is wanted, and returns whether all is well."""


def each_cell(config: Config, work: Work, *, as_json: bool) -> tuple[bool, list[dict[str, Any]]]:
    """Do something for every cell, in a section each; return whether all is well, and the data of each.

    A failure is printed in its section, the same one in full only once, or stands in its data; the others go
    on. An exception that is no ``BotError`` is raised after the last.
    """
    found, well, unexpected = [], True, None
    told: dict[tuple[str, str], CellKey] = {}
    for key in require_cells(config):
        if not as_json:
            out.print(Text(called(config, key), style="bold"), soft_wrap=True)
        data: dict[str, Any] = {"workspace": key, "name": name_of(config, key)}
        try:
            passed, more = work(open_cell(config, key))
        except BotError as error:
            passed, more = False, {"error": error_data(error)}
            if not as_json:
                _print_once(config, key, error, told)
        except Exception as error:  # noqa: BLE001 - it is raised below
            passed, more = (
                False,
                {"error": {"code": "unexpected", "message": type(error).__name__, "remedy": ""}},
            )
            unexpected = unexpected or error
        if not as_json:
            out.print()
        well = well and passed
        found.append(data | more)
    if unexpected:
        raise unexpected
    return well, found


def _print_once(config: Config, key: CellKey, error: BotError, told: dict[tuple[str, str], CellKey]) -> None:
    """Print the error of a cell; where another cell had the same one, name that cell. Note it in ``told``."""
    first = told.setdefault((error.message, error.remedy), key)
    if first == key:
        print_error(error)
    else:
        say_aside(f"Error: the same as of {called(config, first)}.")


def require_cells(config: Config) -> Sequence[CellKey]:
    """Return the keys of the cells on the disk, of which there is one at least.

    Raises ``BotError`` where there is none, or where the data are of one machine, or of a cluster, and the
    configuration is not.
    """
    keys = list_cells(config)
    if not keys:
        refuse_other_layout(config)
        raise BotError("No workspace has the bot yet.", remedy=_there_are(config))
    return keys


def error_data(error: BotError) -> dict[str, str]:
    """Return an error of the command that runs as data."""
    return {"code": error.code, "message": error.message, "remedy": remedy_of(error)}
