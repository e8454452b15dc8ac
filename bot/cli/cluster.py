"""Define the commands ``belonging cluster``: look at it, move shards, come from one machine, go back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.console import (
    DEFAULT_CONFIG,
    FAILED,
    AsJson,
    ConfigPath,
    load,
    only_reads,
    print_error,
    print_json,
    say,
    say_beside,
    show_rows,
)
from bot.errors import BotError, ConfigError, StoreError

if TYPE_CHECKING:
    from bot.cli.cluster_status import Status
    from bot.cluster.control import Control
    from bot.config import Config

UNKNOWN = 2
"""Exit code of ``belonging cluster status`` where nobody can tell whether every workspace is served."""

NO_TABLES = "no_tables"
"""The code of the error for a database without the tables of this bot."""

app = typer.Typer(
    help="Share many workspaces among several workers, with PostgreSQL: from one machine and back.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@app.command()
@only_reads
def status(config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Say whether every workspace is served, which workers there are, and what moves where.

    Reads PostgreSQL, from any machine. Workspaces lie in 64 shards, and a worker serves whole shards.
    The exit code is 1 when a workspace is not served, and 2 when that cannot be told.
    """
    from bot.cli.cluster_status import findings, status_data, workers_table

    try:
        found = _status(config)
    except BotError as error:
        print_error(error)
        raise typer.Exit(UNKNOWN) from None
    if as_json:
        print_json(status_data(found))
    else:
        for line in findings(found):
            say(line)
        if found.view.workers:
            show_rows(workers_table(found), len(found.view.workers))
    if found.overview.count(found.unserved):
        raise typer.Exit(FAILED)


@app.command()
def drain(
    worker: Annotated[str, typer.Argument(help="The name of the worker.")],
    undo: Annotated[bool, typer.Option("--undo", help="Let it stay, and take shards again.")] = False,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Let a worker hand over what it serves to the others, before its machine is stopped.

    No request fails meanwhile. What lies on a storage that no other has, it goes on serving. SIGTERM does the
    same by itself. A worker that is started again takes shards again.
    """
    from bot.cli.cluster_changes import drain_worker

    done = drain_worker(_control(config), worker, undo=undo, tell=say_beside(as_json))
    if as_json:
        print_json(done)


@app.command()
def move(
    shards: Annotated[
        list[str],
        typer.Argument(help="Shards (0 to 63, ranges such as 4-7), or keys of workspaces that lie in them."),
    ],
    to: Annotated[str, typer.Option("--to", help="The name of the worker that should serve them.")],
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Let another worker serve these shards, with all workspaces that lie in them.

    Where the worker has the same storage, no request fails meanwhile. Else the files are copied to it, one
    shard after the other, and the workspaces of a shard answer nothing while it is copied. Then the old copy
    is deleted, keys first.
    """
    from bot.cli.cluster_changes import move_shards

    done = move_shards(_control(config), shards, to, tell=say_beside(as_json))
    if as_json:
        print_json(done)


@app.command("import")
def import_(config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Take the data of a bot on one machine into a cluster. That bot, and all workers, must be stopped.

    Every workspace gets another place in the same data_dir, with open rounds, keys and replies: nothing is
    copied. The installations move to PostgreSQL. After a failure or a kill, the same command does the rest,
    and until then nobody serves. Make a backup before: belonging backup.
    """
    from bot.cli.cluster_import import import_cells

    done = import_cells(_clustered(config), tell=say_beside(as_json))
    if as_json:
        print_json(done)


@app.command()
def export(config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Take the data of a cluster back to one machine. All workers must be stopped.

    All workspaces must lie on the storage of this machine: belonging cluster move brings them. After a
    failure or a kill, the same command does the rest. Then take the section cluster out of config.yaml.
    """
    from bot.cli.cluster_import import export_cells

    done = export_cells(_clustered(config), tell=say_beside(as_json))
    if as_json:
        print_json(done)


def _status(path: Path) -> "Status":
    """Return how the cluster is; where no worker could start on the data here, it says why."""
    config = _clustered(path)
    from bot.app.layouts import other_layout
    from bot.cli.cluster_status import START, status_of

    try:
        problem = other_layout(config)
    except BotError:  # PostgreSQL is asked, from any machine
        problem = None
    try:
        return status_of(_control_of(config).look(), str(problem or START))
    except StoreError as error:
        if error.code == NO_TABLES and problem:
            raise StoreError(error.message, remedy=str(problem), code=error.code) from None
        raise


def _control(path: Path) -> "Control":
    """Return the way to the tables of the cluster. Raises ``ConfigError``."""
    return _control_of(_clustered(path))


def _control_of(config: "Config") -> "Control":
    from bot.cli.installations import require_packages
    from bot.config import token_problems

    require_packages()
    if problem := token_problems(config)["BELONGING_DATABASE_URL"]:
        raise problem
    from bot.cluster.control import Control

    return Control(config.secrets.database_url)


def _clustered(path: Path) -> "Config":
    """Load a configuration of a cluster. Raises ``ConfigError`` for another one."""
    config = load(path)
    if config.cluster is None:
        raise ConfigError(
            f"{config.path.name} has no section cluster.",
            remedy="Write cluster: {} there, and set BELONGING_DATABASE_URL and BELONGING_CLUSTER_KEYS "
            "(docs/cluster.md).",
        )
    return config
