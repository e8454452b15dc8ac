"""Check one of many workspaces for ``belonging check``: its settings, data, tokens, channels, directories."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from bot.app import system_clock
from bot.app.adoption import DATABASE, is_pending
from bot.cli.check_facts import CheckResult, check_data, folder_judgements
from bot.cli.check_slack import clock_judgement, people_judgements
from bot.cli.installations import BotInstallation, installations_of
from bot.cli.schedule_tables import Entry
from bot.cli.slack_client import client_in_time
from bot.config import Config, Hosting, WorkspaceFile, cell_dir, read_workspace_file
from bot.core.cells import KEPT_AFTER_REMOVAL, CellKey
from bot.core.check_rules import Judgement, error, from_error, judge_clock, judge_scopes, ok, remark
from bot.core.shown_names import clean_name
from bot.errors import BotError, SlackError, SlackUnavailableError
from bot.slack.directory.lookup import SlackDirectory, live_directory
from bot.slack.startup import check_bot_token
from bot.store.lock import is_held


def check_cell(
    host: Config, config: Config, key: CellKey, *, offline: bool, agreement: Path | None = None
) -> CheckResult:
    """Check a cell. ``host``: the configuration of all workspaces; ``config``: that of the cell."""
    facts, damage = _facts(host, key)
    removed = facts.removed if facts else None
    tokens, trouble = _tokens(host, key, removed=removed is not None)
    found = check_data(
        config,
        partial(_slack, host, config, tokens, offline=offline),
        _machine,
        agreement=agreement,
        removed=removed is not None and not tokens,
    )
    own = f"{config.path} is read." if config.path.exists() else "It has no config.yaml of its own."
    first = (ok("configuration", own), *damage, *_of_facts(facts, key), *trouble)
    return replace(found, judgements=(*first, *found.judgements))


def _facts(host: Config, key: CellKey) -> tuple[WorkspaceFile | None, tuple[Judgement, ...]]:
    """Return the facts of a cell, and why they cannot be read."""
    try:
        return read_workspace_file(cell_dir(host, key)), ()
    except BotError as problem:
        return None, (from_error("workspace.yaml", problem),)


def _of_facts(facts: WorkspaceFile | None, key: CellKey) -> Iterator[Judgement]:
    if facts and facts.key != key:
        what = f"It is of {facts.key}: the directory of another workspace lies here."
        yield error("workspace.yaml", what, f"Rename the directory to {facts.key}.")
    if facts and facts.removed:
        what = f"Removed on {facts.removed}, and deleted on {facts.removed + KEPT_AFTER_REMOVAL}."
        yield remark("workspace.yaml", what, "Whoever installs it again before that goes on with its data.")


def _tokens(
    host: Config, key: CellKey, *, removed: bool
) -> tuple[tuple[BotInstallation, ...], tuple[Judgement, ...]]:
    """Return the installations of a cell that can be used, and what is wrong with the others."""
    try:
        found = installations_of(host, key)
    except BotError as problem:
        return (), (from_error("installation", problem),)
    wrong = tuple(from_error(_place(one), one.trouble) for one in found if one.trouble)
    if not found and is_pending(host) and not (cell_dir(host, key) / DATABASE).exists():
        what = f"It has no data yet; the next start moves those in {host.data_dir} to their workspace."
        wrong = (remark("installation", what, "See data_dir above: the keys must be the same."),)
    elif not found and not removed:
        hosting = host.hosting or Hosting(public_url="")
        what = "There is no installation, so nothing is asked and nobody can reply."
        wrong = (error("installation", what, f"Install the bot there: {hosting.install_url}"),)
    return tuple(one for one in found if not one.trouble), wrong


def _place(one: BotInstallation) -> str:
    return f"token of {one.name or one.team_id or one.enterprise_id}"


def _slack(
    host: Config,
    config: Config,
    tokens: Sequence[BotInstallation],
    entries: Sequence[Entry],
    slack_at: list[datetime],
    *,
    offline: bool,
) -> Iterator[Judgement]:
    """Check each token, then admins and channels; append Slack's time (UTC) to ``slack_at``."""
    if offline:
        yield from (ok(_place(one), "It is stored, and was not tried.") for one in tokens)
        yield from clock_judgement(config)
        return
    first = _first_team(config)
    with ExitStack() as open_now:
        directories: list[SlackDirectory] = []
        for one in tokens:
            with_token = replace(config, secrets=replace(config.secrets, bot_token=one.bot_token))
            client = open_now.enter_context(client_in_time(with_token))
            try:
                startup = check_bot_token(client, one.team_id or first)
            except SlackUnavailableError as away:
                yield from_error(_place(one), away)
                continue
            except SlackError as refused:
                install = host.hosting.install_url if host.hosting else ""
                yield error(_place(one), refused.message, f"Install the bot there again: {install}")
                continue
            who = f"Slack accepts it, as @{clean_name(str(startup.auth_test.get('user', '?')))}."
            yield ok(_place(one), who)
            yield from judge_scopes(startup.scopes)
            if startup.slack_at and not slack_at:
                slack_at.append(startup.slack_at)
                yield judge_clock(system_clock() - startup.slack_at)
            directories.append(live_directory(client, system_clock, startup.organisation))
        if directories:
            yield from people_judgements(config, directories, entries)


def _first_team(config: Config) -> str:
    """Return a workspace of the cell, in which to check the token of a whole organisation."""
    with suppress(BotError):  # reported above
        facts = read_workspace_file(config.data_dir)
        if facts and facts.workspaces:
            return facts.workspaces[0].id
    return str(config.cell)


def _machine(config: Config) -> Iterator[Judgement]:
    yield from folder_judgements(config)
    used = is_held(config.data_dir)
    yield ok("lock", "The bot has its files open now." if used else "Nobody has its files open now.")
