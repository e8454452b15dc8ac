"""Check before a start everything that can be checked without Slack, and name what is missing at once."""

import logging
from collections.abc import Mapping
from pathlib import Path

from bot.cli.check_facts import check_installation
from bot.config import Config, load_config
from bot.core.check_rules import Judgement, Level
from bot.errors import BotError, ConfigError, DataDirectoryError
from bot.store.lock import check_directory

log = logging.getLogger(__name__)

TOKENS = frozenset({"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"})


def checked_config(path: Path, environ: Mapping[str, str]) -> Config:
    """Return the configuration with which the bot can start; log the errors with which it can run.

    Raises ``ConfigError`` or ``PromptPackError`` for a file that cannot be used, and ``ConfigError`` with
    every error of the installation where the bot cannot start.
    """
    result = check_installation(path, environ, offline=True)
    config = result.config or load_config(path, environ)
    errors = [finding for finding in result.findings if finding.level is Level.ERROR]
    if any(_keeps_from_starting(config, finding) for finding in errors):
        raise _as_error(errors)
    for finding in errors:
        # The bot's own words, with a channel, an address or a path from config.yaml; no contact, no token.
        log.warning(f"{finding.where}: {finding.what} {finding.remedy}")  # noqa: G004 - as above
    return config


def _keeps_from_starting(config: Config, finding: Judgement) -> bool:
    folders = {"data_dir": config.data_dir, "ballots_dir": config.ballots_dir, "keys_dir": config.keys_dir}
    if finding.where in folders:
        return not _is_usable(folders[finding.where])
    return finding.where in TOKENS


def _is_usable(folder: Path) -> bool:
    """Return whether the bot can use this directory, or can try to make it."""
    try:
        if folder.exists():
            check_directory(folder)
    except (DataDirectoryError, OSError):
        return False
    return True


def _as_error(errors: list[Judgement]) -> BotError:
    if len(errors) == 1:
        return ConfigError(errors[0].what, remedy=errors[0].remedy)
    lines = [f"- {finding.what} {finding.remedy}" for finding in errors]
    return ConfigError("\n".join([f"{len(errors)} things keep the bot from working.", *lines]))
