"""The loaded configuration: frozen, with defaults filled in, and with secrets left out of its repr."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from bot.core.cells import CellKey
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
    """Secrets, which come from the environment or .env only. A secret that is not set is empty.

    ``client_id``, ``client_secret`` and ``token_keys`` are for many workspaces. ``token_keys`` seal their
    tokens: the first seals, all open. One that cannot be read is empty; ``check_tokens`` tells.
    ``database_url`` (of PostgreSQL) and ``cluster_keys`` are for a cluster. ``cluster_keys`` seal what its
    workers say to each other, in the same way.
    """

    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    key_secret: str = field(default="", repr=False)
    client_id: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)
    token_keys: tuple[bytes, ...] = field(default=(), repr=False)
    database_url: str = field(default="", repr=False)
    cluster_keys: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosting:
    """Where people install the bot into their workspaces. ``public_url`` has no slash at its end."""

    public_url: str

    @property
    def install_url(self) -> str:
        """Return the address of the page on which people install the bot."""
        return f"{self.public_url}/slack/install"

    @property
    def redirect_url(self) -> str:
        """Return the address to which Slack sends people back."""
        return f"{self.public_url}/slack/oauth_redirect"

    @property
    def request_url(self) -> str:
        """Return the address to which Slack sends events, commands and clicks."""
        return f"{self.public_url}/slack/events"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterConfig:
    """Where the workers of a cluster reach each other. ``{worker}`` in it stands for the name of one."""

    address_template: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All of config.yaml, the prompt packs and the environment. All paths are absolute.

    ``notes``: remarks on the packs, which ``belonging check`` shows. ``hosting``: None for one workspace. Of
    many, each has a ``Config`` of its own (``cell_config``), with ``cell`` as its key and no ``hosting``.
    ``cluster``: None where one machine serves all of them.
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
    hosting: Hosting | None = None
    cell: CellKey | None = None
    cluster: ClusterConfig | None = None
