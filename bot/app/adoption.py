"""Make the data of a single workspace the first cell of many."""

import logging
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

from slack_sdk.oauth.installation_store import Installation

from bot.app.arrivals import note_installation
from bot.config import Config, cell_dir
from bot.config.cells import CELL_SETTINGS
from bot.core.cells import CellKey
from bot.core.schedule import Source
from bot.errors import ConfigError, DataDirectoryError
from bot.slack.client.calls import web_client
from bot.slack.install.installation import installation_of
from bot.slack.install.store import SealedInstallations
from bot.slack.startup import Startup, check_bot_token
from bot.store.database import Database
from bot.store.failures import store_error
from bot.store.files import sync

log = logging.getLogger(__name__)

DATABASE = "belonging.db"
MOVED = ("ballots", "keys", "audiences.db", "before-upgrade.db")
"""What is moved before the database, which is moved last: while it is there, the next start does the rest."""


def adopt(config: Config, installations: SealedInstallations, today: date) -> None:
    """Move the data of a single workspace, if there are any in the data directory, into a cell of its own.

    The bot token says which workspace it is; its installation is stored. Schedules of config.yaml go on, and
    can be changed in Slack. After a crash the next start does the rest. Raises ``ConfigError`` without that
    token, ``SlackError`` where Slack does not accept it, and ``BotError`` where the data cannot be moved.
    """
    if not is_pending(config):
        return
    require_token(config)
    startup = check_bot_token(web_client(config.secrets.bot_token, config.slack.api_url))
    installation = _installation(startup, config.secrets.bot_token)
    found = installation_of(installation)
    folder = require_empty(config, found.cell)
    note_installation(config, found, today)
    with closing(Database(config.data_dir / DATABASE)) as database:  # which leaves no write-ahead log
        if not (folder / CELL_SETTINGS).exists():
            _keep_schedules(database)
    installations.save_now(installation)  # before the last move, after which nothing is adopted any more
    _move(config.data_dir, folder)
    log.info("data moved", extra={"cell": found.cell})


def is_pending(config: Config) -> bool:
    """Return whether the next start makes data of a single workspace the first cell."""
    return (config.data_dir / DATABASE).exists()


def require_token(config: Config) -> None:
    """Raise ``ConfigError`` if nothing says of which workspace the data are."""
    if not config.secrets.bot_token:
        raise ConfigError(
            f"{config.data_dir} holds the data of one workspace, and nothing says of which.",
            remedy="Set SLACK_BOT_TOKEN as before for one start, or name another data_dir.",
        )


def require_empty(config: Config, key: CellKey) -> Path:
    """Return the directory of the cell. Raises ``DataDirectoryError`` if it has data already."""
    folder = cell_dir(config, key)
    if (folder / DATABASE).exists():
        raise DataDirectoryError(
            f"{config.data_dir} and {folder} both hold data of this workspace.",
            remedy=f"Move one {DATABASE} away: the cell's, if nothing was asked from it yet.",
        )
    return folder


def cell_of_token(startup: Startup, token: str) -> CellKey:
    """Return the key of the cell that the data of this token's workspace become."""
    return installation_of(_installation(startup, token)).cell


def _keep_schedules(database: Database) -> None:
    """Let the schedules of config.yaml go on as if they had been set in Slack: no file declares them now."""
    with database.transaction("keep_schedules") as tx:
        for schedule in tx.list_schedules(Source.CONFIG):
            tx.put_schedule(replace(schedule, source=Source.SLACK))


def _move(source: Path, folder: Path) -> None:
    try:
        for name in (*MOVED, DATABASE):
            if (source / name).exists():
                (source / name).replace(folder / name)
                sync(folder)
                sync(source)
    except OSError as error:
        raise store_error(folder, error) from error


def _installation(startup: Startup, token: str) -> Installation:
    who = startup.auth_test
    wide = startup.organisation.wide
    return Installation(
        is_enterprise_install=wide,
        app_id=who.get("app_id"),
        enterprise_id=who.get("enterprise_id"),
        team_id=None if wide else str(who["team_id"]),
        team_name=None if wide else who.get("team"),
        bot_token=token,
        bot_id=who.get("bot_id"),
        bot_user_id=who.get("user_id"),
        bot_scopes=sorted(startup.scopes or ()),
        user_id="",
    )
