"""Hold the state of a workspace: members, channels, messages, open modals, Home tabs."""

import copy
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

from bot.demo.block_kit import elements_of
from bot.demo.people import Member, harbour_studio, slackbot

PATIENCE_S = 30.0
"""The default timeout of ``wait_for``; long, since a busy machine is slow."""

POLL_S = 0.05
"""How often ``wait_for`` checks its condition without a change."""

Json = dict[str, Any]

BOT_USER_ID = "U0BELONG"


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel, a direct message between a member and the bot (``im_user``), or a group message.

    ``shared_with``: the workspaces of other companies in it (Slack Connect).
    """

    id: str
    name: str
    topic: str = ""
    created: int = 1_700_000_000
    private: bool = False
    archived: bool = False
    im_user: str | None = None
    group: bool = False
    shared_with: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    previous_names: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Message:
    """One message. ``ephemeral_to`` names the only member who sees it."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    by_bot: bool = False
    ephemeral_to: str | None = None
    edited_ts: str | None = None


@dataclass(slots=True, kw_only=True)
class View:
    """A modal or a Home tab. ``body``: what the app sent, with ids added."""

    id: str
    user: str
    hash: str
    body: Json
    state: dict[str, Json] = field(default_factory=dict)
    root_id: str = ""
    previous_id: str | None = None
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """One call of a Web API method by the bot, and the outcome."""

    method: str
    args: Json
    ok: bool
    error: str | None


@dataclass(slots=True, kw_only=True)
class Workspace:
    """One Slack workspace. Hold ``lock`` while reading or changing it; call ``changed`` after a change."""

    name: str = "Harbour Studio"
    domain: str = "harbour-studio"
    team_id: str = "T0HARBOUR"
    enterprise_id: str = ""
    enterprise_name: str = ""
    members: dict[str, Member] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: dict[str, list[Message]] = field(default_factory=dict)
    stacks: dict[str, list[View]] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    notices: dict[str, str] = field(default_factory=dict)
    read_until: dict[tuple[str, str], str] = field(default_factory=dict)
    calls: list[ApiCall] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    revision: int = 0
    lock: threading.Condition = field(default_factory=threading.Condition, repr=False)
    listeners: list[Callable[[int], None]] = field(default_factory=list, repr=False)
    _last_id: int = 0
    _last_us: int = 0

    def __post_init__(self) -> None:
        self.members.setdefault(slackbot().id, slackbot())
        bot = Member(id=BOT_USER_ID, name="Belonging Bot", handle="belonging", is_bot=True, color="#4a7c6f")
        self.members.setdefault(BOT_USER_ID, bot)

    @property
    def bot(self) -> Member:
        """The bot's own account."""
        return self.members[BOT_USER_ID]

    def changed(self) -> None:
        """Count a change, wake waiting threads, and call the listeners."""
        with self.lock:
            self.revision += 1
            revision = self.revision
            self.lock.notify_all()
        for listener in list(self.listeners):
            listener(revision)

    def wait_for(self, seen: Callable[["Workspace"], bool], timeout_s: float = PATIENCE_S) -> bool:
        """Wait until ``seen`` is true. Return False after the timeout (real seconds).

        ``seen`` is called after every change, and also regularly, since it may depend on other things.
        """
        ends_at = monotonic() + timeout_s
        with self.lock:
            while not seen(self):
                left_s = ends_at - monotonic()
                if left_s <= 0:
                    return False
                self.lock.wait(min(left_s, POLL_S))
        return True

    def start_ids_at(self, number: int) -> None:
        """Let new ids begin at this number, so that those of two workspaces differ."""
        self._last_id = max(self._last_id, number)

    def new_id(self, prefix: str) -> str:
        """Return an unused id, such as ``V000000A3``."""
        with self.lock:
            self._last_id += 1
            return f"{prefix}{self._last_id:08X}"

    def stamp(self, now: datetime) -> str:
        """Return a message ts (seconds and microseconds) at ``now``, later than every ts before it."""
        with self.lock:
            self._last_us = max(self._last_us + 1, int(now.timestamp()) * 1_000_000 + now.microsecond)
            return f"{self._last_us // 1_000_000}.{self._last_us % 1_000_000:06d}"

    def add_member(self, member: Member) -> Member:
        """Add a member."""
        with self.lock:
            self.members[member.id] = member
        self.changed()
        return member

    def add_channel(self, channel: Channel) -> Channel:
        """Add a channel."""
        with self.lock:
            self.channels[channel.id] = channel
        self.changed()
        return channel

    def is_own(self, member: Member) -> bool:
        """Return True for a member of this workspace, or of its Enterprise Grid."""
        if not member.team_id or member.team_id == self.team_id:
            return True
        return bool(self.enterprise_id) and member.enterprise_id == self.enterprise_id

    def channel_named(self, name: str) -> Channel:
        """Return the channel with this name, without ``#``. Raises ``KeyError`` if there is none."""
        for channel in self.channels.values():
            if channel.name == name:
                return channel
        raise KeyError(f"There is no channel named {name!r} in {self.name}.")

    def post(self, message: Message) -> Message:
        """Post a message in its channel."""
        with self.lock:
            self.messages.setdefault(message.channel, []).append(message)
        self.changed()
        return message

    def message(self, channel: str, ts: str) -> Message | None:
        """Return the message with this ts, which may be ephemeral, or None."""
        return next((m for m in reversed(self.messages.get(channel, [])) if m.ts == ts), None)

    def direct_message(self, user: str) -> Channel:
        """Return the direct message channel between this member and the bot; create it if needed."""
        with self.lock:
            for channel in self.channels.values():
                if channel.im_user == user:
                    return channel
            channel = Channel(
                id=self.new_id("D"),
                name="directmessage",
                private=True,
                im_user=user,
                members=[user, BOT_USER_ID],
            )
            self.channels[channel.id] = channel
            return channel

    def view(self, view_id: str) -> View | None:
        """Return the open modal or the Home tab with this id, or None."""
        return next((view for view in self.all_views() if view.id == view_id), None)

    def all_views(self) -> list[View]:
        """Return every open modal and every Home tab."""
        return [view for stack in self.stacks.values() for view in stack] + list(self.homes.values())

    def stack(self, user: str) -> list[View]:
        """Return the open modals of a member; the last is on top."""
        return self.stacks.setdefault(user, [])

    def copy_blocks(self, blocks: list[Json]) -> list[Json]:
        """Return a copy of these blocks with ids added, as Slack does."""
        copied = copy.deepcopy(blocks)
        for block in copied:
            block.setdefault("block_id", self.new_id("b"))
            for element in elements_of(block):
                element.setdefault("action_id", self.new_id("a"))
        return copied


def make_workspace(
    members: Iterable[Member], channels: Iterable[Channel], *, name: str = "Test team"
) -> Workspace:
    """Return a workspace of these members and channels, plus Slackbot and the bot."""
    workspace = Workspace(name=name, domain=name.lower().replace(" ", "-"), team_id="T0TESTTEAM")
    for member in members:
        workspace.members[member.id] = member
    for channel in channels:
        workspace.channels[channel.id] = channel
    return workspace


def demo_workspace() -> Workspace:
    """Return Harbour Studio: 14 people in #general, #product-team (with the bot) and #random."""
    people = harbour_studio()
    ids = [member.id for member in people]
    topic = "How we build the harbour app, and how we work together"
    channels = [
        Channel(id="C01GENERAL", name="general", topic="News for everyone", members=list(ids)),
        Channel(id="C02PRODUCT", name="product-team", topic=topic, members=[*ids, BOT_USER_ID]),
        Channel(id="C03RANDOM", name="random", topic="Bread, boats, birthdays", members=list(ids)),
    ]
    workspace = make_workspace(people, channels, name="Harbour Studio")
    workspace.team_id = "T0HARBOUR"
    return workspace
