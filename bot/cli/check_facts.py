"""Gather the facts for ``belonging check``: configuration, Slack, schedules, directories. Changes nothing."""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bot.app import system_clock
from bot.cli.check_data import agreement_judgements, database_error, stored_judgements
from bot.cli.schedule_tables import (
    Entry,
    Upcoming,
    next_words,
    remarks_of,
    schedule_entries,
    time_of,
    upcoming,
)
from bot.cli.slack_client import client_in_time
from bot.config import Config, SlackMode, load_config, masked, token_problems
from bot.core.check_rules import (
    ChannelFact,
    FolderFact,
    Judgement,
    error,
    from_error,
    judge_admin,
    judge_api_url,
    judge_channel,
    judge_clock,
    judge_env_file,
    judge_events,
    judge_folder,
    judge_host,
    judge_same_app,
    judge_scopes,
    judge_support,
    ok,
    remark,
)
from bot.core.clock import CLOCK_OFF
from bot.core.model import MemberId
from bot.core.schedule import QuietDays, Schedule, describe
from bot.errors import (
    BotError,
    DataDirectoryError,
    SlackError,
    SlackUnavailableError,
    StoppingError,
)
from bot.proof.files import is_copied, is_network
from bot.slack.client.stoppable import StoppableClient
from bot.slack.directory.lookup import SlackDirectory, live_directory
from bot.slack.startup import Startup, check_app_token, check_bot_token
from bot.slack.transport.http_server import listen
from bot.slack.transport.loop import Loop
from bot.slack.transport.socket_mode import count_connections
from bot.store.audit.copies import filesystem_of
from bot.store.lock import check_directory, is_held

UPCOMING_SHOWN = 5


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
    at = system_clock()
    try:
        config = load_config(path, environ)
    except BotError as problem:
        return CheckResult(at=at, config=None, judgements=(from_error("configuration", problem),))
    judgements = [ok("configuration", f"{config.path} is read.")]
    judgements += [remark("prompts", note, "See docs/prompts.md.") for note in config.notes]
    entries: tuple[Entry, ...] = ()
    schedules: list[Schedule] | None = None
    try:
        entries = schedule_entries(config, at)
        schedules = [one.schedule for one in entries]
    except (BotError, OSError) as problem:
        judgements.append(database_error(problem))
    judgements += agreement_judgements(config, agreement, schedules)
    judgements += stored_judgements(config, at)
    slack_at: list[datetime] = []
    judgements += _slack(config, entries, slack_at, offline=offline)
    now = _time_of_bot(config, slack_at)
    with suppress(BotError, OSError):  # reported above
        entries = schedule_entries(config, now)
    judgements += _schedules(entries, now, config)
    judgements += judge_support(config.settings.support, now.date())
    judgements += machine_judgements(config)
    return CheckResult(
        at=now, config=config, judgements=tuple(judgements), upcoming=upcoming(entries, now, UPCOMING_SHOWN)
    )


def _time_of_bot(config: Config, slack_at: Sequence[datetime]) -> datetime:
    """Return the time that the running bot would use: Slack's if it is known and the clock is off."""
    machine = system_clock()
    if not slack_at:
        return time_of(config, machine).now
    return slack_at[0] if abs(machine - slack_at[0]) > CLOCK_OFF else machine


def _slack(
    config: Config, entries: Sequence[Entry], slack_at: list[datetime], *, offline: bool
) -> Iterator[Judgement]:
    """Check the tokens and ask Slack; append Slack's time (UTC) to ``slack_at``."""
    problems = token_problems(config)
    usable = {name for name, problem in problems.items() if problem is None}
    yield from (from_error(name, problem) for name, problem in problems.items() if problem)
    yield judge_api_url(config.slack.api_url)
    if config.slack.mode is SlackMode.HTTP and config.secrets.app_token:
        what = "It is set, and http mode needs none: whoever has it gets a share of what people send."
        yield remark("SLACK_APP_TOKEN", what, "Take it out, and revoke it in the app's settings.")
    if "SLACK_SIGNING_SECRET" in usable:
        yield ok(
            "SLACK_SIGNING_SECRET", "It looks like one; Slack cannot be asked whether it is the right one."
        )
    if offline or "SLACK_BOT_TOKEN" not in usable:
        yield from _not_tried(config, usable)
        if offline:
            yield remark("Slack", "It was not asked.", "Run belonging check without --offline.")
            if (clock := time_of(config, system_clock())).doubtful:
                yield remark("clock", clock.said, "")
        return
    with client_in_time(config) as client:
        yield from _ask_slack(config, entries, usable, client, slack_at)


def _ask_slack(
    config: Config,
    entries: Sequence[Entry],
    usable: set[str],
    client: StoppableClient,
    slack_at: list[datetime],
) -> Iterator[Judgement]:
    try:
        startup = check_bot_token(client)
    except SlackUnavailableError as away:
        yield from_error("Slack", away)
        yield from _not_tried(config, usable)
        return
    except SlackError as refused:
        yield from_error("SLACK_BOT_TOKEN", refused)
        yield from _not_tried(config, usable - {"SLACK_BOT_TOKEN"})
        return
    yield from _token_judgements(config, startup)
    slack_at += [startup.slack_at] if startup.slack_at else []
    if "SLACK_APP_TOKEN" in usable:
        yield from _app_token(config, client)
        yield from judge_same_app(str(startup.auth_test.get("app_id") or ""), config.secrets.app_token)
    directory = live_directory(client, system_clock, startup.organisation)
    yield from (judge_admin(one, counts=_counts(directory, one)) for one in sorted(config.settings.admins))
    yield from _channels(directory, entries)


def _counts(directory: SlackDirectory, member: MemberId) -> bool | None:
    """Return whether this is a full member of the own workspace; None if Slack does not say."""
    try:
        return directory.counts(member)
    except SlackError:
        return None


def _not_tried(config: Config, usable: set[str]) -> Iterator[Judgement]:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"):
        if name in usable:
            yield ok(name, _shown(config, name, "looks like one, and was not tried"))


def _token_judgements(config: Config, startup: Startup) -> Iterator[Judgement]:
    who = (
        f"Slack accepts it, as @{startup.auth_test.get('user', '?')} in {startup.auth_test.get('team', '?')}"
    )
    yield ok("SLACK_BOT_TOKEN", _shown(config, "SLACK_BOT_TOKEN", who))
    yield from judge_scopes(startup.scopes)
    yield judge_events()
    yield judge_clock(system_clock() - startup.slack_at if startup.slack_at else None)


def _app_token(config: Config, client: StoppableClient) -> Iterator[Judgement]:
    """Check whether Slack lets the bot connect, and whether another program uses the same token."""
    name = "SLACK_APP_TOKEN"
    try:
        url = check_app_token(client, config.secrets.app_token)
    except SlackError as refused:
        yield from_error(name, refused)
        return
    yield ok(name, _shown(config, name, "Slack would let the bot connect"))
    if config.slack.mode is SlackMode.HTTP:
        return
    with suppress(SlackError):  # then the number is not known
        others = _connections(url) - 1 - is_held(config.data_dir)
        if others > 0:
            # A dead connection counts, too, and this process does not know which ones the bot has lost.
            what = (
                f"Slack counts connections with this token that are not this bot's ({others}). Another "
                "program gets a share of all clicks, or a connection was cut within the last two minutes."
            )
            todo = (
                "Check again in two minutes. If it still says so, end the other program, or give each bot "
                "an app and a token of its own."
            )
            yield remark(name, what, todo)


def _connections(url: str) -> int:
    """Return how many connections the app has, this one included. Raises ``SlackError``."""
    loop = Loop()
    loop.start()
    try:
        return loop.run(count_connections(url))
    finally:
        loop.close()


def _channels(directory: SlackDirectory, entries: Sequence[Entry]) -> Iterator[Judgement]:
    facts = _facts(entries)
    if not facts:
        what = "No channel has a schedule, so nothing is asked."
        yield remark(
            "channels", what, "/belonging schedule in a channel sets one, or schedules in config.yaml."
        )
    for number, fact in enumerate(facts):
        try:
            yield judge_channel(_with_answers(directory, fact))
        except StoppingError:
            missed = f"{len(facts) - number} of {len(facts)} channels were not looked at"
            yield remark(
                "channels",
                f"{missed}: Slack takes no more questions now.",
                "The running bot looks at each once a day, and its log tells.",
            )
            return


def _facts(entries: Sequence[Entry]) -> list[ChannelFact]:
    """Return an empty fact for each channel with a schedule, in the order of the schedules."""
    found: dict[str, ChannelFact] = {}
    for schedule in (entry.schedule for entry in entries):
        threshold = schedule.policy.threshold
        fact = found.get(schedule.channel) or ChannelFact(id=schedule.channel, threshold=threshold)
        found[schedule.channel] = replace(
            fact, threshold=max(fact.threshold, threshold), tenure=fact.tenure or schedule.tenure
        )
    return list(found.values())


def _with_answers(directory: SlackDirectory, fact: ChannelFact) -> ChannelFact:
    """Fill in what Slack says about the channel. Raises ``StoppingError``."""
    try:
        info = directory.channel(fact.id)
        fact = replace(fact, name=info.name, joined=info.joined, archived=info.archived)
        if not info.can_post:
            return fact
        people, shared = len(directory.audience(fact.id)), directory.is_shared(fact.id)
        return replace(fact, people=people, shared=shared)
    except StoppingError:
        raise
    except SlackError as refused:
        return fact if fact.joined else replace(fact, reason=refused.reason)
    except (LookupError, TypeError, ValueError, AttributeError):  # a malformed response about this channel
        return fact if fact.joined else replace(fact, reason="malformed_response")


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
    folders = (
        ("data_dir", config.data_dir, False),
        ("ballots_dir", config.ballots_dir, True),
        ("keys_dir", config.keys_dir, True),
    )
    for key, path, private in folders:
        yield _folder(key, path, private=private)
    with suppress(OSError):
        yield judge_env_file(stat.S_IMODE((config.path.parent / ".env").stat().st_mode))
    runs = is_held(config.data_dir)
    yield ok("bot", "A bot runs on this data now." if runs else "No bot runs on this data now.")
    if config.slack.mode is SlackMode.HTTP:
        yield _port(config, runs=runs)


def _folder(key: str, path: Path, *, private: bool) -> Judgement:
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


def _shown(config: Config, name: str, says: str) -> str:
    secrets = config.secrets
    value = secrets.bot_token if name == "SLACK_BOT_TOKEN" else secrets.app_token
    return f"{masked(value)}: {says}."
