"""The loaded configuration: frozen, with defaults filled in, and with secrets left out of its repr."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from bot.core.schedule import Schedule
from bot.core.settings import Settings

NOT_YET_APPLIED = datetime(1970, 1, 1, tzinfo=UTC)
"""``created_at`` of a schedule that is not stored yet. Storing it sets the real time."""


class SlackMode(StrEnum):
    """How events reach the bot: over a WebSocket that it opens, or as signed HTTP requests."""

    SOCKET = "socket"
    HTTP = "http"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackConfig:
    """How the bot reaches Slack, and where it listens in http mode. ``api_url`` ends in a slash."""

    mode: SlackMode
    api_url: str
    http_host: str
    http_port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Secrets, which come from the environment or .env only. A secret that is not set is empty."""

    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    key_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All of config.yaml, the prompt packs and the environment. All paths are absolute.

    ``notes``: remarks on the packs, which ``belonging check`` shows.
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
