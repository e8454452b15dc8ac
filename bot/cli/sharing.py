"""Find out from Slack which channels with a schedule share so many people that statements will often rest."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Timer

from bot.app import system_clock
from bot.cli.schedule_tables import Entry, Finding
from bot.config import Config, token_problems
from bot.core.advice import AskedChannel, Crowded, crowded, statements_in
from bot.core.audiences import StatementKey
from bot.core.model import ChannelId, MemberId
from bot.errors import SlackError, SlackUnavailableError
from bot.slack.client.calls import web_client
from bot.slack.directory.cache import DirectoryCache
from bot.slack.directory.lookup import LiveSource, SlackDirectory
from bot.slack.startup import check_bot_token

ONE_ANSWER_S = 5
"""So long one answer of Slack may take."""

ALL_ANSWERS_S = 20.0
"""After so long nothing more is asked: Slack lets a bot ask about some fifty channels a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """What was found, and a sentence on what could not be looked at; empty where all was."""

    findings: tuple[Finding, ...]
    missed: str = ""


def look_for_sharing(config: Config, entries: Sequence[Entry], *, offline: bool) -> Sharing:
    """Ask Slack who is in the channels that have a schedule, and compare these with one another."""
    first: dict[ChannelId, Entry] = {}
    for entry in entries:
        first.setdefault(entry.schedule.channel, entry)
    if len(first) < 2:  # noqa: PLR2004 - two are compared
        return Sharing(findings=())
    if offline or token_problems(config)["SLACK_BOT_TOKEN"]:
        why = "Slack was not asked" if offline else "that needs SLACK_BOT_TOKEN"
        return Sharing(findings=(), missed=f"Whether channels share people was not looked at: {why}.")
    people = _people_of(config, tuple(first))
    asked = [
        AskedChannel(channel=channel, people=there, statements=_statements(config, entries, channel))
        for channel, there in people.items()
    ]
    missing = len(first) - len(people)
    return Sharing(
        findings=tuple(_finding(first[one.channel], one) for one in crowded(asked)),
        missed=f"Who is in {missing} of {len(first)} channels Slack did not say." if missing else "",
    )


def _people_of(config: Config, channels: Sequence[ChannelId]) -> Mapping[ChannelId, frozenset[MemberId]]:
    """Who can reply in each of these channels, as far as Slack says so in time."""
    client = web_client(config.secrets.bot_token, config.slack.api_url, timeout_s=ONE_ANSWER_S, patient=True)
    enough = Timer(ALL_ANSWERS_S, client.stop_calls)
    enough.daemon = True
    enough.start()
    try:
        cache = DirectoryCache(system_clock, check_bot_token(client).organisation)
        return dict(_answers(SlackDirectory(cache, LiveSource(cache, client)), channels))
    except SlackError:
        return {}  # none of them is counted as looked at
    finally:
        enough.cancel()


def _answers(
    directory: SlackDirectory, channels: Sequence[ChannelId]
) -> Iterator[tuple[ChannelId, frozenset[MemberId]]]:
    for channel in channels:
        try:
            yield channel, directory.audience(channel)
        except SlackUnavailableError:
            return
        except SlackError:
            continue  # this one is counted as not looked at


def _statements(config: Config, entries: Sequence[Entry], channel: ChannelId) -> frozenset[StatementKey]:
    schedules = [entry.schedule for entry in entries if entry.schedule.channel == channel]
    packs = (config.settings.packs.get(one.pack) for one in schedules)
    return frozenset(key for pack in packs if pack for key in statements_in(pack))


def _finding(entry: Entry, one: Crowded) -> Finding:
    return Finding(
        schedule=entry.schedule,
        what=f"{one.shared} of {one.people} people who can reply are also in channels that may be asked the "
        f"same ({', '.join(one.others)}), so statements will often rest.",
        remedy="Channels that share people share statements: ask less often, or from different packs.",
        error=False,
    )
