"""Print the result of ``belonging check``: the configuration and every judgement."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from bot.app.adoption import is_pending
from bot.app.layouts import other_layout
from bot.cli.cells import Work, each_cell, one_cell
from bot.cli.check_cell import check_cell
from bot.cli.check_facts import CheckResult, check_installation, quiet_words
from bot.cli.console import LogLevel, out, print_json, say, working
from bot.cli.outcomes import sum_up
from bot.cli.process import disable_core_dumps
from bot.cli.schedule_tables import upcoming_data, upcoming_table
from bot.config import Config, SlackMode, list_cells, masked
from bot.core.check_rules import Judgement, Level, has_errors
from bot.core.numbers import spell
from bot.core.settings import Settings
from bot.logs import set_up_logs

COLOURS = {Level.OK: "green", Level.REMARK: "yellow", Level.ERROR: "bold red"}


def run_check(
    path: Path,
    workspace: str | None = None,
    *,
    as_json: bool,
    offline: bool,
    agreement: Path | None = None,
) -> bool:
    """Print the configuration and every judgement. Return True if there is no error.

    Of many workspaces: what they share first, then each in a section; or only the one with this key.
    """
    disable_core_dumps()
    set_up_logs(LogLevel.ERROR)  # a failed call becomes a judgement; the log of the SDK would quote its body
    with working("Looking at everything that the bot needs"):
        result = check_installation(path, os.environ, offline=offline, agreement=agreement)
    if result.config and result.config.hosting:
        work = partial(_work, result.config, as_json=as_json, offline=offline, agreement=agreement)
        return _check_many(result, work, workspace, as_json=as_json)
    if result.config:
        one_cell(result.config, workspace)  # refuses a workspace that is named
    if as_json:
        print_json(as_data(result))
    else:
        _show(result)
    return not has_errors(result.judgements)


def _work(
    host: Config, cell: Config, *, as_json: bool, offline: bool, agreement: Path | None
) -> tuple[bool, dict[str, Any]]:
    """Check one cell, and show it unless JSON is wanted."""
    assert cell.cell, "the configuration of a cell"
    with working("Looking at this workspace"):
        result = check_cell(host, cell, cell.cell, offline=offline, agreement=agreement)
    data = as_data(result)
    if not as_json:
        _show_judgements(result)
    return data["passed"], data


def _check_many(result: CheckResult, work: Work, workspace: str | None, *, as_json: bool) -> bool:
    """Check all workspaces, or the one with this key. Return True if there is no error."""
    assert result.config, "it has been read"
    if workspace is not None:
        well, data = work(one_cell(result.config, workspace))
        if as_json:
            print_json(data)
        return well
    shared = as_data(result)
    if not as_json:
        _show(result)
        out.print()
    well, found = each_cell(result.config, work, as_json=as_json) if list_cells(result.config) else (True, [])
    well = well and shared["passed"]
    if as_json:
        print_json({**shared, "passed": well, "workspaces": found})
    elif found:
        say(sum_up(found))
    elif not is_pending(result.config) and other_layout(result.config) is None:
        say(NOBODY_YET)
    return well


NOBODY_YET = "No workspace has the bot yet."


def as_data(result: CheckResult) -> dict[str, Any]:
    """Return the result as data: date (ISO 8601, UTC), passed, config by key, judgements, next prompts."""
    return {
        "date": result.at.isoformat(timespec="seconds"),
        "passed": not has_errors(result.judgements),
        "config": dict(_effective(result.config)) if result.config else None,
        "findings": [asdict(judgement) for judgement in result.judgements],
        "next": [upcoming_data(prompt) for prompt in result.upcoming],
    }


def _show(result: CheckResult) -> None:
    if result.config:
        settings = Table.grid(padding=(0, 2))
        for key, value in _effective(result.config):
            settings.add_row(Text(key, style="dim"), Text(value))
        out.print(settings)
        out.print()
    _show_judgements(result)


def _show_judgements(result: CheckResult) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(max_width=30, overflow="fold")
    table.add_column(ratio=1, overflow="fold")
    for judgement in result.judgements:
        level = Text(judgement.level.value, style=COLOURS[judgement.level])
        table.add_row(level, Text(judgement.where), _judgement_text(judgement))
    out.print(table)
    out.print()
    if result.upcoming:
        out.print(upcoming_table(result.upcoming, result.at))
    out.print(verdict_line(result.judgements))


def _judgement_text(judgement: Judgement) -> Text:
    if not judgement.remedy:
        return Text(judgement.what)
    return Text.assemble(judgement.what, "\n", ("To do:", "bold"), f" {judgement.remedy}")


def verdict_line(judgements: tuple[Judgement, ...]) -> str:
    """Sum up the judgements in one line."""
    many = Counter(judgement.level for judgement in judgements)
    errors, remarks = many[Level.ERROR], many[Level.REMARK]
    parts = [f"{errors} {'error' if errors == 1 else 'errors'}" if errors else "nothing is wrong"]
    if remarks:
        parts.append(f"{remarks} to look at")
    looked = "1 thing" if len(judgements) == 1 else f"{len(judgements)} things"
    return f"{looked} looked at: {', '.join(parts)}."


def _effective(config: Config) -> Iterator[tuple[str, str]]:
    """Yield the resolved configuration, key by key, with every secret masked."""
    slack, secrets, settings = config.slack, config.secrets, config.settings
    yield "SLACK_BOT_TOKEN", masked(secrets.bot_token)
    if config.hosting:
        yield "SLACK_CLIENT_ID", masked(secrets.client_id)
        yield "SLACK_CLIENT_SECRET", masked(secrets.client_secret)
        yield "BELONGING_TOKEN_KEYS", masked("set" if secrets.token_keys else "")
    else:
        yield "SLACK_APP_TOKEN", masked(secrets.app_token)
    if config.cluster:
        yield "BELONGING_DATABASE_URL", masked("set" if secrets.database_url else "")
        yield "BELONGING_CLUSTER_KEYS", masked("set" if secrets.cluster_keys else "")
    yield "SLACK_SIGNING_SECRET", masked(secrets.signing_secret)
    yield "BELONGING_KEY_SECRET", masked(secrets.key_secret)
    yield "slack.mode", slack.mode.value
    yield "slack.api_url", slack.api_url
    if slack.mode is SlackMode.HTTP:
        yield "slack.http", f"{slack.http_host}:{slack.http_port}"
    if config.hosting:
        yield "workspaces.public_url", config.hosting.public_url
    if config.cluster:
        yield "cluster.address", config.cluster.address_template
    yield "data_dir", str(config.data_dir)
    if not config.hosting:
        yield "ballots_dir", str(config.ballots_dir)
        yield "keys_dir", str(config.keys_dir)
        yield "admins", ", ".join(sorted(settings.admins)) or "none named"
    yield "channel_creators", str(settings.creators).lower()
    yield "prompts", ", ".join(f"{pack} ({len(found.prompts)})" for pack, found in settings.packs.items())
    yield "prompts_off", ", ".join(sorted(settings.prompts_off)) or "none"
    yield "operator", settings.operator or "not set"
    yield "agreement", f"of {settings.agreement.signed_on}" if settings.agreement else "none"
    yield from _settings(settings)
    if not config.hosting:
        yield "schedules", f"{len(config.schedules)} in config.yaml"


def _settings(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the support card, the policy, and the defaults of schedules."""
    card, policy, defaults = settings.support, settings.policy, settings.defaults
    yield "support.contact", card.contact if card else "not set"
    yield "support.crisis", (card.crisis if card else "") or "not set"
    yield "support.outside", (card.outside if card else "") or "not set"
    yield "support.checked", (card.checked if card else "") or "not set"
    yield "policy.threshold", str(policy.threshold)
    shown_from = f"{policy.quote_replies} replies, {policy.quotes_allowed} allowed"
    yield "policy.quotes", shown_from if policy.quotes else "off"
    yield "policy.min_open", spell(policy.min_open)
    yield "retention.summaries_months", str(settings.keep_months or "for ever")
    yield "defaults.timezone", defaults.zone
    yield "defaults.open_for", spell(defaults.open_for)
    yield "defaults.reminder", str(defaults.reminder).lower()
    yield "defaults.quiet", quiet_words(defaults.quiet)
    yield "defaults.catch_up", spell(settings.catch_up)
    yield "defaults.jitter", spell(settings.jitter)
