"""Serve the demo page: return the state that a member sees, and do what they do. JSON in, JSON out."""

import asyncio
import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.demo import changes
from bot.demo.forms import BadFormError
from bot.demo.interactions import Interactions
from bot.demo.people import Group, Member
from bot.demo.site import Site
from bot.demo.team import Team
from bot.demo.workspace import Channel, Json, Message, View

MAX_MESSAGES = 200
MAX_RAW_BYTES = 65_536
LINE_BYTES = 16
MAX_ADVANCE = timedelta(days=3660)
LOCALE = re.compile("[a-z]{2}-[A-Z]{2}")
"""What Slack says of the language that somebody has chosen."""


class BadRequestError(Exception):
    """A malformed control call; the text says what to send instead."""


_KINDS: Mapping[str, tuple[type, ...]] = {"text": (str,), "object": (dict,), "number": (int, float)}


def needed(body: Any, name: str, kind: str = "text") -> Any:
    """Return this field of the body. Raises ``BadRequestError`` if it is missing or of another kind."""
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, _KINDS[kind]) or isinstance(value, bool):
        raise BadRequestError(f"The field {name!r} is missing or is no {kind}.")
    return value


@dataclass(slots=True)
class Control:
    """The API that the demo page uses."""

    site: Site
    people: Interactions
    team: Team

    def member(self, user: str | None) -> Member:
        """Return the person to act as: the member with this id, or by default an admin."""
        everyone = [m for m in self.site.workspace.members.values() if m.is_human]
        if user is None and everyone:
            return min(everyone, key=lambda m: m.group is not Group.ADMIN)
        for member in everyone:
            if member.id == user:
                return member
        raise BadRequestError(f"There is no member {user!r} in this workspace who could act.")

    def channel(self, channel_id: str) -> Channel:
        """Return the channel with this id. Raises ``BadRequestError`` if there is none."""
        channel = self.site.workspace.channels.get(channel_id)
        if channel is None:
            raise BadRequestError(f"There is no channel {channel_id!r} in this workspace.")
        return channel

    def state(self, user: str | None) -> Json:
        """Return what the Slack client of this member shows."""
        workspace, app = self.site.workspace, self.site.app
        with workspace.lock:
            you = self.member(user)
            seen = [c for c in workspace.channels.values() if _sees(you, c)]
            home = workspace.homes.get(you.id)
            bot = workspace.bot
            return {
                "revision": workspace.revision,
                "now": _iso(self.site.clock.now()),
                "you": you.id,
                "team": {"name": workspace.name},
                "app": {"id": app.id, "bot_user": bot.id, "name": app.name, "color": bot.color},
                "members": [_member(m) for m in workspace.members.values() if m.is_human],
                "channels": [self._channel(you, c) for c in seen],
                "messages": {c.id: self._messages(you, c) for c in seen},
                "views": [_view(view) for view in workspace.stack(you.id)],
                "home": None if home is None else _view(home),
                "commands": [_command(entry) for entry in app.commands.values() if self.site.installed],
                "notice": workspace.notices.get(you.id),
                "installed": self.site.installed,
                "connected": self._is_connected(),
            }

    def _is_connected(self) -> bool:
        return self.site.installed and (self.site.connections > 0 or bool(self.site.request_url))

    def _channel(self, you: Member, channel: Channel) -> Json:
        return {
            "id": channel.id,
            "name": channel.name,
            "topic": channel.topic,
            "private": channel.private,
            "direct": channel.im_user is not None,
            "archived": channel.archived,
            "member_count": sum(1 for m in channel.members if self.site.workspace.members[m].is_human),
            "you_are_in": you.id in channel.members,
            "bot_is_in": self.site.installed and self.site.bot_is_in(channel),
            "unread": self._unread(you, channel),
        }

    def _unread(self, you: Member, channel: Channel) -> bool:
        until = self.site.workspace.read_until.get((you.id, channel.id), "")
        return any(m.ts > until and m.user != you.id for m in self._visible(you, channel))

    def _visible(self, you: Member, channel: Channel) -> list[Message]:
        messages = self.site.workspace.messages.get(channel.id, [])
        return [m for m in messages if m.ephemeral_to in (None, you.id)][-MAX_MESSAGES:]

    def _messages(self, you: Member, channel: Channel) -> list[Json]:
        return [_message(m) for m in self._visible(you, channel)]

    async def act(self, body: Any) -> Json:
        """Do what this body says, as the member it names.

        Raises ``BadRequestError`` for a malformed body, and ``NotPossibleError`` with a sentence if it cannot
        be done.
        """
        member = self.member(needed(body, "as"))
        doers = {
            "block_action": self._block_action,
            "view_submit": self._view_submit,
            "view_close": self._view_close,
            "command": self._command,
            "message": self._message,
            "open_home": self._open_home,
            "read": self._read,
            "set_locale": self._set_locale,
        }
        kind = needed(body, "type")
        if kind not in doers:
            raise BadRequestError(f"There is no act {kind!r}. Send one of {', '.join(sorted(doers))}.")
        self.site.workspace.notices.pop(member.id, None)
        try:
            return await doers[kind](member, body)
        except BadFormError as error:
            raise BadRequestError(str(error)) from None

    async def _block_action(self, member: Member, body: Json) -> Json:
        container = needed(body, "container", "object")
        where = self._container(member, container)
        if isinstance(where, View) and body.get("state"):
            self.people.fill(where, body["state"])
        block_id, action_id = needed(body, "block_id"), needed(body, "action_id")
        return await self.people.press(member, where, block_id, action_id, body.get("value"))

    def _container(self, member: Member, container: Json) -> Message | View:
        if container.get("type") == "view":
            return self._own_view(member, needed(container, "view_id"))
        if container.get("type") != "message":
            raise BadRequestError("The container's type must be message or view.")
        channel = self.channel(needed(container, "channel"))
        ts = needed(container, "ts")
        for message in self._visible(member, channel):
            if message.ts == ts and _sees(member, channel):
                return message
        raise BadRequestError(f"There is no message {ts!r} in that channel for {member.name}.")

    def _own_view(self, member: Member, view_id: str) -> View:
        view = self.site.workspace.view(view_id)
        if view is None or view.user != member.id:
            raise BadRequestError(f"{member.name} has no view {view_id!r} open.")
        return view

    async def _view_submit(self, member: Member, body: Json) -> Json:
        view = self._own_view(member, needed(body, "view_id"))
        return await self.people.submit(member, view, body.get("state", {}))

    async def _view_close(self, member: Member, body: Json) -> Json:
        return await self.people.close(member, self._own_view(member, needed(body, "view_id")))

    async def _command(self, member: Member, body: Json) -> Json:
        channel, text = self.channel(needed(body, "channel")), needed(body, "text")
        if not text.startswith("/"):
            raise BadRequestError("A command starts with a slash, such as /belonging.")
        return await self.people.command(member, channel, text)

    async def _message(self, member: Member, body: Json) -> Json:
        text = needed(body, "text")
        if not text.strip():
            raise BadRequestError("A message needs a text.")
        return self.people.say(member, self.channel(needed(body, "channel")), text)

    async def _open_home(self, member: Member, _body: Json) -> Json:
        return self.people.open_home(member)

    async def _read(self, member: Member, body: Json) -> Json:
        channel = self.channel(needed(body, "channel"))
        self.site.workspace.read_until[member.id, channel.id] = self.site.ts()
        return {"ok": True}

    async def _set_locale(self, member: Member, body: Json) -> Json:
        locale = needed(body, "locale")
        if not LOCALE.fullmatch(locale):
            raise BadRequestError("A locale is a language and a region, such as de-DE.")
        changes.set_locale(self.site, member, locale)
        return {"ok": True}

    async def move_clock(self, body: Any, on_time: Callable[[], None] | None) -> Json:
        """Move the clock, do what became due, and return the new time."""
        step = self._step(body)
        self.site.clock.advance(step)
        self.site.workspace.changed()
        if on_time is not None:
            await asyncio.to_thread(on_time)
        self.site.workspace.changed()
        return {"ok": True, "now": _iso(self.site.clock.now())}

    def _step(self, body: Any) -> timedelta:
        if isinstance(body, dict) and "to" in body:
            try:
                to = datetime.fromisoformat(needed(body, "to"))
            except ValueError:
                raise BadRequestError(
                    "The time in 'to' is no ISO time, such as 2026-11-24T09:00:00Z."
                ) from None
            if to.tzinfo is None:
                raise BadRequestError("The time in 'to' has no time zone; end it with Z for UTC.")
            step = to - self.site.clock.now()
        else:
            seconds = needed(body, "advance_s", "number")
            step = timedelta(seconds=min(max(seconds, -1.0), MAX_ADVANCE.total_seconds() + 1))
        if not timedelta(0) <= step <= MAX_ADVANCE:
            raise BadRequestError("The clock moves forward only, and by ten years at most.")
        return step

    async def team_answer(self, body: Any) -> Json:
        """Let the other members answer a message, and return how many did."""
        member = self.member(needed(body, "as"))
        channel = self.channel(needed(body, "channel"))
        message = self.site.workspace.message(channel.id, needed(body, "ts"))
        if message is None or message.ephemeral_to is not None:
            raise BadRequestError("There is no such message in that channel.")
        return {"ok": True, "answered": await self.team.answer(member, channel, message)}


def raw_page(path: str, offset: int, content: bytes) -> Json:
    """Return up to 64 kB of a file from ``offset`` on, as lines of 16 bytes in hex and as text."""
    part = content[offset : offset + MAX_RAW_BYTES]
    lines = []
    for start in range(0, len(part), LINE_BYTES):
        line = part[start : start + LINE_BYTES]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in line)  # noqa: PLR2004 - printable ASCII
        lines.append({"offset": offset + start, "hex": line.hex(" "), "text": text})
    return {"path": path, "size": len(content), "offset": offset, "lines": lines}


def _sees(you: Member, channel: Channel) -> bool:
    return you.id in channel.members or not (channel.private or you.is_restricted or you.is_ultra_restricted)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _member(member: Member) -> Json:
    return {
        "id": member.id,
        "name": member.name,
        "handle": member.handle,
        "title": member.title,
        "since": member.since,
        "group": member.group.value,
        "admin": member.is_admin or member.is_owner,
        "guest": member.is_restricted or member.is_ultra_restricted,
        "zone": member.zone,
        "locale": member.locale,
        "color": member.color,
        "initials": member.initials,
    }


def _message(message: Message) -> Json:
    return {
        "ts": message.ts,
        "at": _iso_of(message.ts),
        "user": None if message.by_bot else message.user,
        "bot": message.by_bot,
        "text": message.text,
        "blocks": copy.deepcopy(message.blocks),
        "ephemeral": message.ephemeral_to is not None,
        "edited": message.edited_ts is not None,
    }


def _iso_of(ts: str) -> str:
    return _iso(datetime.fromtimestamp(int(ts.partition(".")[0]), UTC))


def _view(view: View) -> Json:
    body = view.body
    return {
        "id": view.id,
        "view": view.id,
        "type": body["type"],
        "title": body.get("title"),
        "submit": body.get("submit"),
        "close": body.get("close"),
        "blocks": copy.deepcopy(body["blocks"]),
        "callback_id": body.get("callback_id", ""),
        "hash": view.hash,
        "state": copy.deepcopy(view.state),
        "errors": dict(view.errors),
    }


def _command(entry: Json) -> Json:
    return {
        "command": entry["command"],
        "description": entry.get("description", ""),
        "usage_hint": entry.get("usage_hint", ""),
    }
