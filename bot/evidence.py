"""Gather what ``belonging proof`` looks at, also beside a running bot."""

from datetime import datetime

from bot.config import Config, host_dir
from bot.core.audit import Evidence
from bot.core.model import WorkspaceId
from bot.daily_proof import ask_audiences
from bot.ports import Clock, Directory
from bot.proof_process import logging_now
from bot.slack.client.calls import web_client
from bot.slack.directory.lookup import live_directory
from bot.slack.startup import check_bot_token
from bot.store.audit.installation import read_installation

Slack = tuple[Directory, WorkspaceId]
"""The directory to ask about people, and its workspace."""


def gather(config: Config, at: datetime, slack: Slack | None = None, unasked: str = "") -> Evidence:
    """Return the evidence for ``bot.proof`` about this installation, without writing.

    Without Slack, attacks that need to know who is in the channels are not tried, and ``unasked`` says why.
    Raises ``StoreError`` when belonging.db cannot be read.
    """
    disk = read_installation(config.data_dir, config.ballots_dir, config.keys_dir, host_dir(config))
    people = None
    if slack:
        people, unasked = ask_audiences(*slack, disk.channels)
    return Evidence(at=at, disk=disk, logging=logging_now(), people=people, unasked=unasked)


def ask_slack(config: Config, clock: Clock) -> tuple[Slack, datetime | None]:
    """Return a directory for this bot token, also beside a running bot, and Slack's time (UTC), if it tells.

    Raises ``SlackError``.
    """
    client = web_client(config.secrets.bot_token, config.slack.api_url, patient=True)
    startup = check_bot_token(client)
    directory = live_directory(client, clock, startup.organisation)
    return (directory, WorkspaceId(startup.organisation.team)), startup.slack_at
