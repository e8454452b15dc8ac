"""Ask Slack about a cell, through each of its workspaces."""

from dataclasses import dataclass
from datetime import datetime

from bot.app import system_clock
from bot.cli.installations import tokens_by_team
from bot.config import Config, shipped_languages
from bot.core.cells import CellKey
from bot.core.model import WorkspaceId
from bot.errors import SlackError
from bot.evidence import Slack
from bot.ports import Directory, Messenger
from bot.slack.client.calls import web_client
from bot.slack.directory.lookup import live_directory
from bot.slack.messenger import SlackMessenger
from bot.slack.organisation.directory import OrganisationDirectory
from bot.slack.organisation.workspaces import ServedWorkspaces
from bot.slack.startup import check_bot_token


@dataclass(frozen=True, slots=True, kw_only=True)
class _Workspace:
    team: str
    directory: Directory
    messenger: Messenger


def ask_cell(host: Config, key: CellKey) -> tuple[Slack, datetime | None]:
    """Return one directory over all workspaces of an organisation, and Slack's time (UTC), if it tells.

    One whose token Slack refuses is left out. Raises ``SlackError`` if none is left, and ``BotError``.
    """
    found: list[_Workspace] = []
    slack_at: datetime | None = None
    refused: SlackError | None = None
    for team, one in tokens_by_team(host, key).items():
        client = web_client(one.bot_token, host.slack.api_url, patient=True)
        try:
            startup = check_bot_token(client, team)
        except SlackError as error:
            refused = error
            continue
        slack_at = slack_at or startup.slack_at
        found.append(
            _Workspace(
                team=team,
                directory=live_directory(client, system_clock, startup.organisation),
                messenger=SlackMessenger(client, shipped_languages()),
            )
        )
    if not found:
        raise refused or SlackError("not_authed", "No workspace of the organisation has the bot.")
    directory = OrganisationDirectory(ServedWorkspaces(lambda: found, system_clock))
    return (directory, WorkspaceId(found[0].team)), slack_at
