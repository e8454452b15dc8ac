"""The configuration as the rest of the house sees it: frozen, resolved, with secrets out of its repr."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from bot.core.schedule import Schedule
from bot.core.settings import Settings

NOT_YET_APPLIED = datetime(1970, 1, 1, tzinfo=UTC)
"""``created_at`` of a schedule that was only read; whoever stores it first puts the time of that in place."""


class SlackMode(StrEnum):
    """How events reach the bot: over a socket that it opens, or as signed requests."""

    SOCKET = "socket"
    HTTP = "http"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackConfig:
    """How the bot reaches Slack and, in http mode, where it listens. ``api_url`` ends in a slash."""

    mode: SlackMode
    api_url: str
    http_host: str
    http_port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What only the environment or .env may hold; empty where it is not set."""

    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    key_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that config.yaml, the prompt packs and the environment say. All paths are absolute.

    ``notes`` are sentences about packs that work but deserve a look; ``belonging check`` shows them.
    """

    path: Path
    slack: SlackConfig
    secrets: Secrets = field(repr=False)
    data_dir: Path
    ballots_dir: Path
    keys_dir: Path
    settings: Settings
    schedules: tuple[Schedule, ...]
    notes: tuple[str, ...] = ()
