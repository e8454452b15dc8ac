"""Gather the facts for ``belonging check``: configuration, data, schedules, directories. Changes nothing."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from bot.app import system_clock
from bot.app.adoption import is_pending
from bot.app.layouts import refuse_other_layout
from bot.cli.check_adoption import adoption_judgements
from bot.cli.check_cluster import CLUSTER, cluster_judgements
from bot.cli.check_data import agreement_judgements, database_error, stored_judgements
from bot.cli.check_slack import slack_judgements
from bot.cli.installation import is_running
from bot.cli.schedule_tables import (
    Entry,
    Upcoming,
    next_words,
    remarks_of,
    schedule_entries,
    time_of,
    upcoming,
)
from bot.config import Config, SlackMode, cells_dir, load_config, token_problems
from bot.core.check_hosting import judge_addresses, judge_variables
from bot.core.check_rules import (
    FolderFact,
    Judgement,
    error,
    from_error,
    judge_api_url,
    judge_env_file,
    judge_events,
    judge_folder,
    judge_host,
    judge_support,
    ok,
    remark,
)
from bot.core.clock import CLOCK_OFF
from bot.core.schedule import QuietDays, Schedule, describe
from bot.errors import BotError, ConfigError, DataDirectoryError
from bot.proof.files import is_copied, is_network
from bot.slack.transport.http_server import listen
from bot.store.audit.copies import filesystem_of
from bot.store.installations import NAME as INSTALLATIONS
from bot.store.lock import check_directory

UPCOMING_SHOWN = 5

MANY_HERE = "workspaces"
"""Where the section would stand whose data are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """All judgements, and the next prompts. ``config`` is None if it cannot be read.

    ``at`` (UTC): the time of the check. It is Slack's time if that is known and the clock is off.
    """

    at: datetime
    config: Config | None
    judgements: tuple[Judgement, ...]
    upcoming: tuple[Upcoming, ...] = ()


def check_installation(
    path: Path, environ: Mapping[str, str], *, offline: bool, agreement: Path | None = None
) -> CheckResult:
    """Check the installation that this configuration describes; ``offline``: do not ask Slack.

    ``agreement``: the file to hold the settings against, in place of the one that config.yaml names.
    """
    try:
        config = load_config(path, environ)
    except BotError as problem:
        return CheckResult(at=system_clock(), config=None, judgements=(from_error("configuration", problem),))
    read = [ok("configuration", f"{config.path} is read.")]
    read += [remark("prompts", note, "See docs/prompts.md.") for note in config.notes]
    if config.hosting:
        judgements = (*read, *host_judgements(config, offline=offline))
        return CheckResult(at=system_clock(), config=config, judgements=judgements)
    found = check_data(
        config, partial(slack_judgements, config, offline=offline), machine_judgements, agreement=agreement
    )
    return replace(found, judgements=(*read, *found.judgements))


AskSlack = Callable[[Sequence[Entry], list[datetime]], Iterator[Judgement]]
"""Asks Slack about the schedules, and appends Slack's time (UTC) to the list."""


def check_data(
    config: Config,
    ask_slack: AskSlack,
    look_at_machine: Callable[[Config], Iterator[Judgement]],
    *,
    agreement: Path | None = None,
    removed: bool = False,
) -> CheckResult:
    """Check the data of one workspace or cell, what Slack says of it, and the machine.

    ``removed``: it has uninstalled the bot, so nothing will be asked there.
    """
    at = system_clock()
    judgements: list[Judgement] = []
    entries: tuple[Entry, ...] = ()
    schedules: list[Schedule] | None = None
    try:
        entries = schedule_entries(config, at)
        schedules = [one.schedule for one in entries]
    except (BotError, OSError) as problem:
        judgements.append(database_error(config, problem))
    judgements += agreement_judgements(config, agreement, schedules)
    judgements += stored_judgements(config, at)
    slack_at: list[datetime] = []
    judgements += ask_slack(entries, slack_at)
    now = _time_of_bot(config, slack_at)
    with suppress(BotError, OSError):  # reported above
        entries = () if removed else schedule_entries(config, now)
    judgements += _schedules(entries, now, config)
    judgements += judge_support(config.settings.support, now.date())
    judgements += look_at_machine(config)
    return CheckResult(
        at=now, config=config, judgements=tuple(judgements), upcoming=upcoming(entries, now, UPCOMING_SHOWN)
    )


def _time_of_bot(config: Config, slack_at: Sequence[datetime]) -> datetime:
    """Return the time that the running bot would use: Slack's if it is known and the clock is off."""
    machine = system_clock()
    if not slack_at:
        return time_of(config, machine).now
    return slack_at[0] if abs(machine - slack_at[0]) > CLOCK_OFF else machine


def _schedules(entries: Sequence[Entry], at: datetime, config: Config) -> Iterator[Judgement]:
    found = remarks_of(entries, at, config.settings.packs)
    for entry in entries:
        schedule = entry.schedule
        where = f"{schedule.channel}, {describe(schedule)}"
        yield from (
            (error if one.error else remark)(where, one.what, one.remedy)
            for one in found
            if one.schedule.id == schedule.id
        )
        if entry.next_at and not entry.paused:
            yield ok(where, f"Next: {next_words(entry)}. Quiet: {quiet_words(schedule.quiet)}.")


def quiet_words(quiet: QuietDays) -> str:
    """Describe the days without questions: public holidays first, then own dates."""
    days = [str(first) if first == last else f"{first} to {last}" for first, last in quiet.ranges]
    if quiet.holidays:
        days.insert(0, f"public holidays of {quiet.holidays}")
    return ", ".join(days) or "no days"


def machine_judgements(config: Config) -> Iterator[Judgement]:
    """Check the directories, .env, the port, and whether a bot runs."""
    if not config.hosting and (found := many_here(config)):
        yield error(MANY_HERE, found.message, found.remedy)
    yield from layout_judgements(config)
    yield from folder_judgements(config)
    yield from process_judgements(config)


def layout_judgements(config: Config) -> Iterator[Judgement]:
    """Check that no data here are of a cluster, or of one machine, where the configuration is not."""
    try:
        refuse_other_layout(config)
    except BotError as problem:
        yield from_error(CLUSTER, problem)


def many_here(config: Config) -> ConfigError | None:
    """Return why the bot of one workspace must not use this data directory: it holds data of many."""
    there = next((one for one in (cells_dir(config), config.data_dir / INSTALLATIONS) if one.exists()), None)
    if there is None:
        return None
    return ConfigError(
        f"{there} holds data of many workspaces, and {config.path.name} has no section workspaces.",
        remedy="Put the section back, or name another data_dir.",
    )


def host_judgements(config: Config, *, offline: bool) -> Iterator[Judgement]:
    """Check what all workspaces share: secrets, addresses, the general card, the machine."""
    assert config.hosting, "called for many workspaces"
    secrets = config.secrets
    yield from judge_variables(token_problems(config), len(secrets.token_keys), len(secrets.cluster_keys))
    hosting = config.hosting
    yield from judge_addresses(hosting.public_url, hosting.install_url, hosting.redirect_url)
    if is_pending(config):
        yield from adoption_judgements(config, offline=offline)
    elif config.secrets.bot_token:
        what = "It is set, and many workspaces need none: each has its own, which is stored sealed."
        yield remark("SLACK_BOT_TOKEN", what, "Take it out, once the data of before are taken up.")
    yield judge_api_url(config.slack.api_url)
    yield judge_events()
    yield from judge_support(config.settings.support, system_clock().date())
    yield from layout_judgements(config)
    yield _folder("data_dir", config.data_dir, private=True, shared=config.cluster is not None)
    yield from process_judgements(config)
    if config.cluster:
        yield from cluster_judgements(config)


def process_judgements(config: Config) -> Iterator[Judgement]:
    """Check .env, the port, and whether a bot runs."""
    with suppress(OSError):
        yield judge_env_file(stat.S_IMODE((config.path.parent / ".env").stat().st_mode))
    runs = is_running(config)
    yield ok("bot", "A bot runs on this data now." if runs else "No bot runs on this data now.")
    if config.slack.mode is SlackMode.HTTP:
        yield _port(config, runs=runs)


def folder_judgements(config: Config) -> Iterator[Judgement]:
    """Check the directories of one workspace or cell."""
    folders = (
        ("data_dir", config.data_dir, False),
        ("ballots_dir", config.ballots_dir, True),
        ("keys_dir", config.keys_dir, True),
    )
    for key, path, private in folders:
        yield _folder(key, path, private=private, shared=config.cluster is not None)


def _folder(key: str, path: Path, *, private: bool, shared: bool) -> Judgement:
    try:
        there = path.exists()
        if there:
            check_directory(path)
    except DataDirectoryError as problem:
        return from_error(key, problem)
    except OSError as problem:
        return error(key, f"{path} cannot be looked at ({problem.strerror}).", "Run this as the bot's user.")
    kind = filesystem_of(path)
    return judge_folder(
        FolderFact(
            key=key,
            path=str(path),
            private=private,
            shared=shared,
            there=there,
            makeable=there or _makeable(path),
            copied=is_copied(str(path)),
            network=kind if is_network(kind) else "",
        )
    )


def _makeable(path: Path) -> bool:
    """Return True if this user may create the directory, and no file is in the way."""
    above = next(parent for parent in path.parents if parent.exists())
    return above.is_dir() and os.access(above, os.W_OK | os.X_OK)


def _port(config: Config, *, runs: bool) -> Judgement:
    host, port = config.slack.http_host, config.slack.http_port
    if runs:
        return ok("slack.http", f"{host}:{port} is not tried, since the bot that runs listens there.")
    try:
        listen(host, port).close()
    except BotError as problem:
        return from_error("slack.http", problem)
    return judge_host(host, port)
