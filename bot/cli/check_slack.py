"""Ask Slack for ``belonging check``: tokens, scopes, clock, admins, channels and how many can reply there."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from bot.app import system_clock
from bot.cli.schedule_tables import Entry, time_of
from bot.cli.slack_client import client_in_time
from bot.config import Config, SlackMode, masked, token_problems
from bot.core.check_rules import (
    ChannelFact,
    Judgement,
    from_error,
    judge_admin,
    judge_api_url,
    judge_channel,
    judge_clock,
    judge_events,
    judge_same_app,
    judge_scopes,
    ok,
    remark,
)
from bot.core.model import MemberId
from bot.core.shown_names import clean_name
from bot.errors import SlackError, SlackUnavailableError, StoppingError
from bot.slack.client.stoppable import StoppableClient
from bot.slack.directory.lookup import SlackDirectory, live_directory
from bot.slack.startup import Startup, check_app_token, check_bot_token
from bot.slack.transport.loop import Loop
from bot.slack.transport.socket_mode import count_connections
from bot.store.lock import is_held


def slack_judgements(
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
            yield from clock_judgement(config)
        return
    with client_in_time(config) as client:
        yield from _ask_slack(config, entries, usable, client, slack_at)


def clock_judgement(config: Config) -> Iterator[Judgement]:
    """Say that Slack was not asked, and whether the clock contradicts what is stored."""
    yield remark("Slack", "It was not asked.", "Run belonging check without --offline.")
    if (clock := time_of(config, system_clock())).doubtful:
        yield remark("clock", clock.said, "")


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
    yield from people_judgements(config, (directory,), entries)


def people_judgements(
    config: Config, directories: Sequence[SlackDirectory], entries: Sequence[Entry]
) -> Iterator[Judgement]:
    """Check admins and channels, in the directory of the workspace, or in those of an organisation."""
    yield from (judge_admin(one, counts=_counts(directories, one)) for one in sorted(config.settings.admins))
    yield from _channels(directories, entries)


def _counts(directories: Sequence[SlackDirectory], member: MemberId) -> bool | None:
    """Return whether this is a full member of the own workspace, or of one; None if Slack does not say."""
    said: bool | None = None
    for directory in directories:
        with suppress(SlackError):
            said = directory.counts(member)
            if said:
                break
    return said


def _not_tried(config: Config, usable: set[str]) -> Iterator[Judgement]:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"):
        if name in usable:
            yield ok(name, _shown(config, name, "looks like one, and was not tried"))


def _token_judgements(config: Config, startup: Startup) -> Iterator[Judgement]:
    place = f"{_named(startup, 'team')} ({_named(startup, 'team_id')})"
    who = f"Slack accepts it, as @{_named(startup, 'user')} in {place}"
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


def _channels(directories: Sequence[SlackDirectory], entries: Sequence[Entry]) -> Iterator[Judgement]:
    facts = _facts(entries)
    if not facts:
        what = "No channel has a schedule, so nothing is asked."
        yield remark(
            "channels", what, "/belonging schedule in a channel sets one, or schedules in config.yaml."
        )
    for number, fact in enumerate(facts):
        try:
            yield judge_channel(_seen_by_one(directories, fact))
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


def _seen_by_one(directories: Sequence[SlackDirectory], fact: ChannelFact) -> ChannelFact:
    """Fill in what the first workspace says that has the channel. Raises ``StoppingError``."""
    answers = (_with_answers(directory, fact) for directory in directories)
    found = fact
    for found in answers:
        if found.joined and not found.reason:
            break
    return found


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


def _named(startup: Startup, field: str) -> str:
    return clean_name(str(startup.auth_test.get(field, "?")))


def _shown(config: Config, name: str, says: str) -> str:
    secrets = config.secrets
    value = secrets.bot_token if name == "SLACK_BOT_TOKEN" else secrets.app_token
    return f"{masked(value)}: {says}."
