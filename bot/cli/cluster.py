"""Define the commands ``belonging cluster import`` and ``belonging cluster export``."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.cli.console import DEFAULT_CONFIG, AsJson, ConfigPath, load, print_json, say_beside
from bot.errors import ConfigError

if TYPE_CHECKING:
    from bot.config import Config

app = typer.Typer(
    help="Share many workspaces among several workers, with PostgreSQL: from one machine and back.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


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
