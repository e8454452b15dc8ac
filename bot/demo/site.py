"""Hold what all parts of the local Slack share: the app, the clock, the deadlines, the triggers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from bot.demo.clock import AdjustableClock
from bot.demo.credentials import Credentials
from bot.demo.workspace import BOT_USER_ID, Channel, Json, Message, Workspace

BOT_TOKEN = "xoxb-0001-0002-local-workspace"  # noqa: S105 - invented; valid in this workspace only
APP_TOKEN = "xapp-1-A0BELONG-0003-local-workspace"  # noqa: S105 - invented
MAX_RESPONSES = 5
RESPONSE_LIFETIME = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """How long Slack waits for an ack, and how long a trigger id is valid; in real seconds."""

    ack_s: float = 3.0
    trigger_s: float = 3.0


class SlackRefusal(Exception):  # noqa: N818 - an answer of Slack, and no error of this program
    """An error answer of the Web API: its code and further fields."""

    def __init__(self, code: str, *messages: str, **extra: Any) -> None:
        super().__init__(code, *messages)
        self.code = code
        self.extra: Json = dict(extra)
        if messages:
            self.extra["response_metadata"] = {"messages": [f"[ERROR] {text}" for text in messages]}


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The installed app, with what its manifest grants."""

    name: str
    scopes: frozenset[str]
    events: frozenset[str]
    commands: Mapping[str, Json]
    home_tab: bool
    messages_tab: bool
    redirect_urls: tuple[str, ...] = ()
    org_deploy: bool = False
    """Whether a whole organization may install it."""
    messages_read_only: bool = False
    credentials: Credentials = field(default_factory=Credentials)
    id: str = "A0BELONG"
    bot_id: str = "B0BELONG"
    verification_token: str = "local-verification-token"  # noqa: S105 - invented

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, Any], credentials: Credentials | None = None) -> "App":
        """Return the app that this manifest describes."""
        features = manifest.get("features", {})
        home = features.get("app_home", {})
        settings = manifest.get("settings", {})
        commands = {str(entry["command"]): dict(entry) for entry in features.get("slash_commands", [])}
        return cls(
            name=manifest["display_information"]["name"],
            scopes=frozenset(manifest.get("oauth_config", {}).get("scopes", {}).get("bot", [])),
            events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", [])),
            commands=commands,
            home_tab=bool(home.get("home_tab_enabled", False)),
            messages_tab=bool(home.get("messages_tab_enabled", True)),
            messages_read_only=bool(home.get("messages_tab_read_only_enabled", False)),
            redirect_urls=tuple(manifest.get("oauth_config", {}).get("redirect_urls", [])),
            org_deploy=bool(settings.get("org_deploy_enabled", False)),
            credentials=credentials or Credentials(),
        )


@dataclass(slots=True, kw_only=True)
class Trigger:
    """Permission to open one modal for one member."""

    user: str
    issued_s: float
    used: bool = False


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    """A URL where an app may answer an interaction, five times in thirty minutes."""

    user: str
    channel: str
    message_ts: str | None
    issued: Any
    uses: int = 0


@dataclass(slots=True, kw_only=True)
class Fault:
    """An error for the next call of one method."""

    method: str
    error: str | None = None
    retry_after: int | None = None
    delay_s: float = 0.0
    status: int | None = None
    """Answer with this HTTP status and a page of HTML, as a proxy would."""


@dataclass(slots=True)
class Hooks:
    """Calls into the bot's side; None if there is no bot.

    ``on_time`` runs after the clock was moved and returns when what was due is done. ``read_file`` raises
    ``KeyError`` or ``OSError`` for an unknown file.
    """

    on_time: Callable[[], None] | None = None
    stored: Callable[[], Json] | None = None
    read_file: Callable[[str], bytes] | None = None
    upcoming: Callable[[], Json | None] | None = None


@dataclass(slots=True, kw_only=True)
class Site:
    """The workspace and its app, with clock, deadlines, triggers and response URLs."""

    workspace: Workspace
    app: App
    clock: AdjustableClock
    monotonic: Callable[[], float]
    deadlines: Deadlines = field(default_factory=Deadlines)
    url: str = ""
    request_url: str = ""
    """Where the app listens in HTTP mode; empty in Socket Mode."""
    signs_late_s: int = 0
    """Seconds added to the time of signatures; for tests."""
    tells_time: bool = True
    """Whether answers have a ``Date`` header with the time of the workspace."""
    rate_limits: bool = False
    connections: int = 0
    triggers: dict[str, Trigger] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    emit: Callable[[Json], None] = lambda _event: None
    """Sends an event if the app subscribes to it."""
    hooks: Hooks = field(default_factory=Hooks)
    installed: bool = True
    """Whether the app is installed here, by itself or with the whole organization."""
    org_wide: bool = False
    """Whether the whole organization has installed the app, as events and interactions then say."""
    siblings: "Sequence[Site]" = field(default=(), repr=False, compare=False)
    """The workspaces of the same organization, with this one."""

    @property
    def enterprise(self) -> Json | None:
        """The organization of the workspace, with its id and name, or None."""
        return organization_json(self.workspace)

    @property
    def installed_team(self) -> str:
        """The id of the workspace that has installed the app, or of the organization."""
        return self.workspace.enterprise_id if self.org_wide else self.workspace.team_id

    def with_scopes(self, scopes: frozenset[str]) -> "Site":
        """Return this site as an installation with these scopes sees it."""
        return self if scopes == self.app.scopes else replace(self, app=replace(self.app, scopes=scopes))

    def ts(self) -> str:
        """Return a new message ts at the time of the clock."""
        return self.workspace.stamp(self.clock.now())

    def post_as_bot(self, channel: str, text: str, blocks: list[Json], **fields: Any) -> Message:
        """Post a message of the bot in a channel."""
        return self.workspace.post(
            Message(
                ts=self.ts(),
                channel=channel,
                user=BOT_USER_ID,
                text=text,
                blocks=blocks,
                by_bot=True,
                **fields,
            )
        )

    def missing_scope(self, needed: str) -> SlackRefusal:
        """Return the error for a missing scope."""
        return SlackRefusal("missing_scope", needed=needed, provided=",".join(sorted(self.app.scopes)))

    def new_trigger(self, user: str) -> str:
        """Return a trigger id for this member, valid once and for ``deadlines.trigger_s``."""
        number = self.workspace.new_id("")
        trigger = f"{int(number, 36)}.{len(self.triggers) + 1}.{number.lower()}f00d"
        self.triggers[trigger] = Trigger(user=user, issued_s=self.monotonic())
        return trigger

    def redeem(self, trigger_id: str | None) -> Trigger:
        """Use up this trigger, and return it.

        Raises ``SlackRefusal``: ``invalid_trigger_id``, ``exchanged_trigger_id`` or ``expired_trigger_id``.
        """
        trigger = self.triggers.get(trigger_id or "")
        if trigger is None:
            raise SlackRefusal("invalid_trigger_id")
        if trigger.used:
            raise SlackRefusal("exchanged_trigger_id")
        if self.monotonic() - trigger.issued_s > self.deadlines.trigger_s:
            raise SlackRefusal("expired_trigger_id")
        trigger.used = True
        return trigger

    def new_response_url(self, user: str, channel: str, message_ts: str | None) -> str:
        """Return a response URL for an interaction of this member in this channel."""
        key = self.workspace.new_id("R")
        self.response_urls[key] = ResponseUrl(
            user=user, channel=channel, message_ts=message_ts, issued=self.clock.now()
        )
        return f"{self.url}/response/{self.workspace.team_id}/{key}"

    def bot_is_in(self, channel: Channel) -> bool:
        """Return True if the bot is a member of the channel."""
        return BOT_USER_ID in channel.members

    def problem(self, sentence: str) -> None:
        """Add a mistake of the app to ``workspace.problems``."""
        self.workspace.problems.append(sentence)
        self.workspace.changed()


def organization_json(workspace: Workspace) -> Json | None:
    """Return the id and the name of the organization of a workspace, or None."""
    if not workspace.enterprise_id:
        return None
    return {
        "id": workspace.enterprise_id,
        "name": workspace.enterprise_name or workspace.enterprise_id.lower(),
    }


def after_moving_the_clock(sites: Sequence[Site]) -> Callable[[], None] | None:
    """Return a call that runs ``hooks.on_time`` of every site, each once; None if no site has one."""
    hooks: list[Callable[[], None]] = []
    for site in sites:
        if site.hooks.on_time is not None and site.hooks.on_time not in hooks:
            hooks.append(site.hooks.on_time)

    def run() -> None:
        for hook in hooks:
            hook()

    return run if hooks else None
