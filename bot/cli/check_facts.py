"""Gathers what ``belonging check`` judges, reading only: configuration, Slack, schedules, directories."""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Timer

from bot.app import system_clock
from bot.cli.schedule_tables import Coming, Entry, calendar_of, coming, findings_of, next_words, time_of
from bot.config import Config, SlackMode, load_config, masked, token_problems
from bot.core.check_rules import (
    ChannelFact,
    Finding,
    FolderFact,
    error,
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
    of_error,
    ok,
    remark,
)
from bot.core.clock import CLOCK_OFF
from bot.core.model import MemberId
from bot.core.schedule import QuietDays, describe
from bot.errors import (
    BotError,
    DataDirectoryError,
    SlackError,
    SlackUnavailableError,
    StoppingError,
    StoreError,
)
from bot.proof.files import is_copied, is_network
from bot.slack.client.calls import web_client
from bot.slack.client.stoppable import StoppableClient
from bot.slack.directory.lookup import SlackDirectory, live_directory
from bot.slack.startup import Startup, check_app_token, check_bot_token
from bot.slack.transport.http_server import listen
from bot.slack.transport.loop import Loop
from bot.slack.transport.socket_mode import count_connections
from bot.store.audit.copies import filesystem_of
from bot.store.audit.database import read_damaged
from bot.store.audit.installation import list_damaged
from bot.store.lock import check_directory, is_held

ONE_ANSWER_S = 5
"""So long one answer of Slack may take."""

ALL_ANSWERS_S = 20.0
"""After so long nothing more is asked: Slack lets a bot ask about some fifty channels a minute."""

COMING_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """Everything that was looked at, when (UTC), and what is asked next; no ``config``: it cannot be read.

    ``at``: by Slack's time, where that was told and the clock is off.
    """

    at: datetime
    config: Config | None
    findings: tuple[Finding, ...]
    coming: tuple[Coming, ...] = ()


def check_up(path: Path, environ: Mapping[str, str], *, offline: bool) -> Checkup:
    """The checkup of the installation that this configuration describes; ``offline``: Slack is not asked."""
    at = system_clock()
    try:
        config = load_config(path, environ)
    except BotError as wrong:
        return Checkup(at=at, config=None, findings=(of_error("configuration", wrong),))
    findings = [ok("configuration", f"{config.path} is read.")]
    findings += [remark("prompts", note, "See docs/prompts.md.") for note in config.notes]
    try:
        entries = calendar_of(config, at)
    except (BotError, OSError) as wrong:
        entries = ()
        findings.append(_unread(wrong))
    findings += _rows(config)
    findings += _damaged(config)
    slack_at: list[datetime] = []
    findings += _slack(config, entries, slack_at, offline=offline)
    now = _by_slack(config, slack_at)
    with suppress(BotError, OSError):  # it was said above
        entries = calendar_of(config, now)
    findings += _schedules(entries, now, config)
    findings += judge_support(config.settings.support, now.date())
    findings += _machine(config)
    return Checkup(at=now, config=config, findings=tuple(findings), coming=coming(entries, now, COMING_SHOWN))


def _by_slack(config: Config, slack_at: Sequence[datetime]) -> datetime:
    """The time from which the running bot would count: Slack's, where that is known and the clock is off."""
    machine = system_clock()
    if not slack_at:
        return time_of(config, machine).now
    return slack_at[0] if abs(machine - slack_at[0]) > CLOCK_OFF else machine


def _rows(config: Config) -> Iterator[Finding]:
    """The rows that the bot leaves out, each by its table and id."""
    path = config.data_dir / "belonging.db"
    if not path.exists():
        return
    with suppress(StoreError, OSError):  # it was said above
        for row in read_damaged(path):
            what = f"The row {row} cannot be read: it is left out, and all else goes on."
            yield error("belonging.db", what, "Run the version that wrote it, or restore a backup.")


def _damaged(config: Config) -> Iterator[Finding]:
    """The files of which each is one among many, and that cannot be read."""
    with suppress(OSError):  # the directories are looked at below
        for path in list_damaged(config.data_dir, config.ballots_dir):
            if path.parent == config.ballots_dir:
                what = f"{path} is damaged: its round takes no replies, and ends as key lost after its close."
                yield error("ballots", what, "Leave it there, and look why: usually the disk fails.")
            else:
                what = f"{path} is damaged, so nobody can tell who was asked what lately."
                remedy = "Restart the bot: it begins the file anew, and what was asked lately rests."
                yield error("audiences.db", what, remedy)


def _unread(wrong: BotError | OSError) -> Finding:
    if isinstance(wrong, BotError):
        return of_error("belonging.db", wrong)
    return error("belonging.db", f"It cannot be read ({wrong.strerror}).", "Run this as the bot's user.")


def _slack(
    config: Config, entries: Sequence[Entry], slack_at: list[datetime], *, offline: bool
) -> Iterator[Finding]:
    """The tokens, and what Slack says to them; ``slack_at`` takes what time it is there (UTC)."""
    problems = token_problems(config)
    usable = {name for name, wrong in problems.items() if wrong is None}
    yield from (of_error(name, wrong) for name, wrong in problems.items() if wrong)
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
    client = web_client(config.secrets.bot_token, config.slack.api_url, timeout_s=ONE_ANSWER_S, patient=True)
    enough = Timer(ALL_ANSWERS_S, client.stop_calls)
    enough.daemon = True
    enough.start()
    try:
        yield from _asked(config, entries, usable, client, slack_at)
    finally:
        enough.cancel()


def _asked(
    config: Config,
    entries: Sequence[Entry],
    usable: set[str],
    client: StoppableClient,
    slack_at: list[datetime],
) -> Iterator[Finding]:
    try:
        startup = check_bot_token(client)
    except SlackUnavailableError as away:
        yield of_error("Slack", away)
        yield from _not_tried(config, usable)
        return
    except SlackError as refused:
        yield of_error("SLACK_BOT_TOKEN", refused)
        yield from _not_tried(config, usable - {"SLACK_BOT_TOKEN"})
        return
    yield from _token_findings(config, startup)
    slack_at += [startup.slack_at] if startup.slack_at else []
    if "SLACK_APP_TOKEN" in usable:
        yield from _app_token(config, client)
        yield from judge_same_app(str(startup.auth_test.get("app_id") or ""), config.secrets.app_token)
    directory = live_directory(client, system_clock, startup.organisation)
    yield from (judge_admin(one, counts=_counts(directory, one)) for one in sorted(config.settings.admins))
    yield from _channels(directory, entries)


def _counts(directory: SlackDirectory, member: MemberId) -> bool | None:
    """Whether this is an own full member; None where Slack does not say."""
    try:
        return directory.counts(member)
    except SlackError:
        return None


def _not_tried(config: Config, usable: set[str]) -> Iterator[Finding]:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"):
        if name in usable:
            yield ok(name, _shown(config, name, "looks like one, and was not tried"))


def _token_findings(config: Config, startup: Startup) -> Iterator[Finding]:
    who = (
        f"Slack accepts it, as @{startup.auth_test.get('user', '?')} in {startup.auth_test.get('team', '?')}"
    )
    yield ok("SLACK_BOT_TOKEN", _shown(config, "SLACK_BOT_TOKEN", who))
    yield from judge_scopes(startup.scopes)
    yield judge_events()
    yield judge_clock(system_clock() - startup.slack_at if startup.slack_at else None)


def _app_token(config: Config, client: StoppableClient) -> Iterator[Finding]:
    """Whether Slack lets the bot connect, and whether another program does so with the same token."""
    name = "SLACK_APP_TOKEN"
    try:
        url = check_app_token(client, config.secrets.app_token)
    except SlackError as refused:
        yield of_error(name, refused)
        return
    yield ok(name, _shown(config, name, "Slack would let the bot connect"))
    if config.slack.mode is SlackMode.HTTP:
        return
    with suppress(SlackError):  # then nobody can tell
        others = _connections(url) - 1 - is_held(config.data_dir)
        if others > 0:
            # A dead connection looks the same, and nobody here knows which ones the bot has lost.
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


def _channels(directory: SlackDirectory, entries: Sequence[Entry]) -> Iterator[Finding]:
    facts = _facts(entries)
    if not facts:
        what = "No channel has a schedule, so nothing is asked."
        yield remark(
            "channels", what, "/belonging schedule in a channel sets one, or schedules in config.yaml."
        )
    for number, fact in enumerate(facts):
        try:
            yield judge_channel(_filled(directory, fact))
        except StoppingError:
            missed = f"{len(facts) - number} of {len(facts)} channels were not looked at"
            yield remark(
                "channels",
                f"{missed}: Slack takes no more questions now.",
                "The running bot looks at each once a day, and its log tells.",
            )
            return


def _facts(entries: Sequence[Entry]) -> list[ChannelFact]:
    """A blank fact for each channel that has a schedule, in their order."""
    found: dict[str, ChannelFact] = {}
    for schedule in (entry.schedule for entry in entries):
        threshold = schedule.policy.threshold
        fact = found.get(schedule.channel) or ChannelFact(id=schedule.channel, threshold=threshold)
        found[schedule.channel] = replace(
            fact, threshold=max(fact.threshold, threshold), tenure=fact.tenure or schedule.tenure
        )
    return list(found.values())


def _filled(directory: SlackDirectory, fact: ChannelFact) -> ChannelFact:
    """The fact, with what Slack says of the channel. Raises ``StoppingError``."""
    try:
        info = directory.channel(fact.id)
        fact = replace(fact, name=info.name, joined=info.joined, archived=info.archived)
        if not info.in_reach:
            return fact
        people, shared = len(directory.audience(fact.id)), directory.is_shared(fact.id)
        return replace(fact, people=people, shared=shared)
    except StoppingError:
        raise
    except SlackError as refused:
        return fact if fact.joined else replace(fact, reason=refused.reason)
    except (LookupError, TypeError, ValueError, AttributeError):  # what answers says nonsense of this one
        return fact if fact.joined else replace(fact, reason="no_sense")


def _schedules(entries: Sequence[Entry], at: datetime, config: Config) -> Iterator[Finding]:
    wrong = findings_of(entries, at, config.settings.packs)
    for entry in entries:
        schedule = entry.schedule
        where = f"{schedule.channel}, {describe(schedule)}"
        yield from (
            (error if one.error else remark)(where, one.what, one.remedy)
            for one in wrong
            if one.schedule.id == schedule.id
        )
        if entry.next_at and not entry.paused:
            yield ok(where, f"Next: {next_words(entry)}. Quiet: {quiet_words(schedule.quiet)}.")


def quiet_words(quiet: QuietDays) -> str:
    """The days without questions, in words: public holidays first, then own dates."""
    days = [str(first) if first == last else f"{first} to {last}" for first, last in quiet.ranges]
    if quiet.holidays:
        days.insert(0, f"public holidays of {quiet.holidays}")
    return ", ".join(days) or "no days"


def _machine(config: Config) -> Iterator[Finding]:
    """Directories, .env, the port, and whether a bot runs."""
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


def _folder(key: str, path: Path, *, private: bool) -> Finding:
    try:
        there = path.exists()
        if there:
            check_directory(path)
    except DataDirectoryError as wrong:
        return of_error(key, wrong)
    except OSError as wrong:
        return error(key, f"{path} cannot be looked at ({wrong.strerror}).", "Run this as the bot's user.")
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
    """Whether this user may write where the directory would come, which nothing else is in the way of."""
    above = next(parent for parent in path.parents if parent.exists())
    return above.is_dir() and os.access(above, os.W_OK | os.X_OK)


def _port(config: Config, *, runs: bool) -> Finding:
    host, port = config.slack.http_host, config.slack.http_port
    if runs:
        return ok("slack.http", f"{host}:{port} is not tried, since the bot that runs listens there.")
    try:
        listen(host, port).close()
    except BotError as wrong:
        return of_error("slack.http", wrong)
    return judge_host(host, port)


def _shown(config: Config, name: str, says: str) -> str:
    secrets = config.secrets
    value = secrets.bot_token if name == "SLACK_BOT_TOKEN" else secrets.app_token
    return f"{masked(value)}: {says}."
