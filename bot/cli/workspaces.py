"""Define the commands ``belonging workspaces``, ``workspaces move`` and ``workspaces delete``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from bot.cli.console import (
    DEFAULT_CONFIG,
    AsJson,
    ConfigPath,
    load,
    only_reads,
    print_json,
    say,
    say_beside,
    show_rows,
)
from bot.errors import BotError

if TYPE_CHECKING:
    from bot.config import Config

Key = Annotated[str, typer.Argument(help="The key of the workspace, or of the organisation.")]


class ListByDefault(TyperGroup):
    """The commands, of which ``list`` runs where none is named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``list`` in front of options that are not for the group."""
        if not args or (args[0].startswith("-") and "--help" not in args):
            args = ["list", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=ListByDefault,
    help="List the workspaces of a bot that serves many, move one to another bot, or delete it. "
    "Without a command, they are listed; `belonging workspaces --json` lists them for programs. "
    "All but the one that is moved or deleted go on meanwhile.",
    rich_markup_mode="markdown",
)


@app.command("list")
@only_reads
def list_(config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """List every workspace: name, key, since when, next times (UTC), size on the disk, and what is wrong.

    Reads only, also while the bot runs, and asks nobody. An organisation is one line.
    """
    from bot.app.layouts import refuse_other_layout
    from bot.cli.workspace_list import list_workspaces, listed_data, workspaces_table

    loaded = _hosting(config)
    found = list_workspaces(loaded)
    if not found:
        refuse_other_layout(loaded)
    if as_json:
        print_json([listed_data(one) for one in found])
    elif found:
        show_rows(workspaces_table(found), len(found))
    else:
        say("No workspace has the bot yet. belonging check says where people install it.")


@app.command()
def move(
    key: Key,
    to: Annotated[Path, typer.Option("--to", help="The data_dir of the other bot, also on another disk.")],
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Move a workspace with everything that it has, also keys and replies of open rounds, to another bot.

    Both bots may run. It is copied, compared, taken out of service here, put into service there, and
    destroyed here. After a failure or a kill, the same command does the rest: it is never served twice.
    """
    from bot.cli.workspace_move import move_workspace

    moved = move_workspace(_hosting(config), key, to, tell=say_beside(as_json))
    if as_json:
        print_json(moved)


@app.command()
def delete(
    key: Key,
    config: ConfigPath = DEFAULT_CONFIG,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete a workspace for good: end its rounds, destroy keys, replies and tokens, remove its directory.

    The bot may run, and the channels with an open round are told. Backups stay.
    """
    from bot.cli.workspace_delete import delete_workspace

    deleted = delete_workspace(_hosting(config), key, sure=yes, tell=say_beside(as_json))
    if as_json:
        print_json(deleted)


def _hosting(path: Path) -> "Config":
    """Load a configuration of many workspaces. Raises ``BotError`` for one of a single workspace."""
    config = load(path)
    if config.hosting is None:
        raise BotError(
            f"{config.path.name} serves a single workspace.",
            remedy="Many workspaces need the section workspaces there; docs/hosting.md has the steps.",
        )
    return config
