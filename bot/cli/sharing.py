"""Ask Slack which channels with a schedule share so many people that statements will often rest."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.app import system_clock
from bot.cli.schedule_tables import Entry, Remark
from bot.cli.slack_client import client_in_time
from bot.config import Config, token_problems
from bot.core.advice import AskedChannel, Overlap, overlaps, statements_in
from bot.core.audiences import StatementKey
from bot.core.model import ChannelId, MemberId
from bot.errors import SlackError, SlackUnavailableError
from bot.slack.directory.lookup import SlackDirectory, live_directory
from bot.slack.startup import check_bot_token


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """The remarks, and a sentence about what could not be checked; empty if everything was."""

    remarks: tuple[Remark, ...]
    missed: str = ""


def look_for_sharing(config: Config, entries: Sequence[Entry], *, offline: bool) -> Sharing:
    """Ask Slack who is in the channels with a schedule, and compare the channels."""
    first: dict[ChannelId, Entry] = {}
    for entry in entries:
        first.setdefault(entry.schedule.channel, entry)
    if len(first) < 2:  # noqa: PLR2004 - two are compared
        return Sharing(remarks=())
    if offline or token_problems(config)["SLACK_BOT_TOKEN"]:
        why = "Slack was not asked" if offline else "that needs SLACK_BOT_TOKEN"
        return Sharing(remarks=(), missed=f"Whether channels share people was not looked at: {why}.")
    people = _people_of(config, tuple(first))
    asked = [
        AskedChannel(channel=channel, people=there, statements=_statements(config, entries, channel))
        for channel, there in people.items()
    ]
    missing = len(first) - len(people)
    return Sharing(
        remarks=tuple(_remark(first[one.channel], one) for one in overlaps(asked)),
        missed=f"Who is in {missing} of {len(first)} channels Slack did not say." if missing else "",
    )


def _people_of(config: Config, channels: Sequence[ChannelId]) -> Mapping[ChannelId, frozenset[MemberId]]:
    """Return who can reply in each of these channels, as far as Slack answers in time."""
    with client_in_time(config) as client:
        try:
            organisation = check_bot_token(client).organisation
            return dict(_answers(live_directory(client, system_clock, organisation), channels))
        except SlackError:
            return {}  # no channel was checked


def _answers(
    directory: SlackDirectory, channels: Sequence[ChannelId]
) -> Iterator[tuple[ChannelId, frozenset[MemberId]]]:
    for channel in channels:
        try:
            yield channel, directory.audience(channel)
        except SlackUnavailableError:
            return
        except SlackError:
            continue  # this channel was not checked


def _statements(config: Config, entries: Sequence[Entry], channel: ChannelId) -> frozenset[StatementKey]:
    schedules = [entry.schedule for entry in entries if entry.schedule.channel == channel]
    packs = (config.settings.packs.get(one.pack) for one in schedules)
    return frozenset(key for pack in packs if pack for key in statements_in(pack))


def _remark(entry: Entry, one: Overlap) -> Remark:
    return Remark(
        schedule=entry.schedule,
        what=f"{one.shared} of {one.people} people who can reply are also in channels that may be asked the "
        f"same ({', '.join(one.others)}), so statements will often rest.",
        remedy="Channels that share people share statements: ask less often, or from different packs.",
        error=False,
    )
