"""Check before a start what needs neither Slack nor the database, and name what is missing at once."""

import logging
from collections.abc import Mapping
from pathlib import Path

from bot.app import system_clock
from bot.cli.check_cluster import CLUSTER
from bot.cli.check_facts import MANY_HERE, machine_judgements
from bot.config import Config, load_config, token_problems
from bot.core.check_rules import Judgement, Level, from_error, judge_api_url, judge_support
from bot.errors import BotError, ConfigError, DataDirectoryError
from bot.store.lock import check_directory

log = logging.getLogger(__name__)


def checked_config(path: Path, environ: Mapping[str, str], *, of_worker: bool = False) -> Config:
    """Return the configuration with which the bot can start; log the errors with which it can run.

    ``of_worker``: one of several workers is to start, and no bot on one machine. Raises ``ConfigError`` or
    ``PromptPackError`` for a file that cannot be used, and ``ConfigError`` with every error of the
    installation where the bot cannot start.
    """
    config = load_config(path, environ)
    _require_command(config, of_worker=of_worker)
    judgements = (
        *(from_error(name, problem) for name, problem in token_problems(config).items() if problem),
        judge_api_url(config.slack.api_url),
        *judge_support(config.settings.support, system_clock().date()),
        *machine_judgements(config),
    )
    errors = [judgement for judgement in judgements if judgement.level is Level.ERROR]
    if any(_keeps_from_starting(config, judgement) for judgement in errors):
        raise _as_error(errors)
    for judgement in errors:
        # The bot's own words, with a channel, an address or a path from config.yaml; no contact, no token.
        log.warning(f"{judgement.where}: {judgement.what} {judgement.remedy}")  # noqa: G004 - as above
    return config


def _require_command(config: Config, *, of_worker: bool) -> None:
    """Raise ``ConfigError`` where the other command starts what this configuration describes."""
    if config.cluster and not of_worker:
        raise ConfigError(
            f"{config.path.name} has a section cluster, which several workers share.",
            remedy="Run: belonging worker",
        )
    if of_worker and config.cluster is None:
        raise ConfigError(
            f"{config.path.name} has no section cluster, without which one process serves all.",
            remedy="Run: belonging run. For several workers write cluster: {} (docs/cluster.md).",
        )


def _keeps_from_starting(config: Config, judgement: Judgement) -> bool:
    folders = {"data_dir": config.data_dir, "ballots_dir": config.ballots_dir, "keys_dir": config.keys_dir}
    if judgement.where in folders:
        return not _is_usable(folders[judgement.where])
    return judgement.where in {MANY_HERE, CLUSTER} or judgement.where in token_problems(config)


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
    lines = [f"- {judgement.what} {judgement.remedy}" for judgement in errors]
    return ConfigError("\n".join([f"{len(errors)} things keep the bot from working.", *lines]))
