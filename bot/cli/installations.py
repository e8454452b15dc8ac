"""The stored installations of many workspaces, as commands need them."""

from pathlib import Path

from bot.config import Config, token_problems
from bot.core.cells import CellKey
from bot.keys.tokens import TokenSealer
from bot.slack.install.installation import BotInstallation
from bot.slack.install.store import SealedInstallations, lay_out
from bot.store.installations import NAME, InstallationsFile

__all__ = ["BotInstallation", "bot_token_of", "installations_of", "open_store", "stored_cells"]


def open_store(config: Config, data_dir: Path | None = None) -> SealedInstallations:
    """Return the store of installations in ``data_dir``, by default the one of this configuration.

    Raises ``ConfigError`` where the keys of the tokens, or the id of the Slack app, are missing or wrong.
    """
    problems = token_problems(config)
    for name in ("BELONGING_TOKEN_KEYS", "SLACK_CLIENT_ID"):
        if problem := problems[name]:
            raise problem
    file = InstallationsFile((data_dir or config.data_dir) / NAME, lay_out)
    return SealedInstallations(file, TokenSealer(config.secrets.token_keys), config.secrets.client_id)


def installations_of(config: Config, key: CellKey | None = None) -> tuple[BotInstallation, ...]:
    """Return all installations, or those of a cell. Raises ``ConfigError`` and ``StoreError``."""
    if not (config.data_dir / NAME).exists():
        return ()
    return tuple(one for one in open_store(config).list_now() if key in {None, one.cell})


def stored_cells(config: Config) -> frozenset[CellKey]:
    """Return the keys of the cells that have an installation. Raises ``ConfigError`` and ``StoreError``."""
    return frozenset(one.cell for one in installations_of(config))


def bot_token_of(config: Config, key: CellKey) -> str:
    """Return the bot token of a cell, or of one workspace of an organisation.

    Empty if there is none. Raises ``ConfigError`` and ``StoreError``.
    """
    return next((one.bot_token for one in installations_of(config, key) if one.bot_token), "")
