"""Slack for the benchmark of a cluster: every workspace has one channel with the same people, and says yes.

It prints its port; then each line on standard input is answered with how many tokens it was asked about.
"""

import asyncio
import json
import re
import sys
from contextlib import suppress
from functools import partial
from urllib.parse import parse_qsl

from benchmarks.raw_http import Message, Server, answer

CHANNEL = "C0BENCH00"
PEOPLE = tuple(f"U{number:06}" for number in range(200))

_METHOD = re.compile(rb"^\S+ \S*/([\w.]+)[? ]")
_TOKEN = re.compile(rb"Bearer xoxb-(\w+)")


class Slack:
    """Answers the calls of the bot. ``starts``: how often it asked about a token, as it does first of all."""

    def __init__(self) -> None:
        """Start with none."""
        self.starts = 0

    def respond(self, message: Message) -> bytes:
        """Answer a call to the Web API."""
        method, token = _METHOD.search(message.head), _TOKEN.search(message.head)
        team = token[1].decode() if token else "T0NOBODY"
        name = method[1].decode() if method else ""
        self.starts += name == "auth.test"
        found = facts(name, message, team)
        return answer(json.dumps({"ok": True, **found}).encode())


def facts(method: str, message: Message, team: str) -> dict[str, object]:
    """Return what a method answers."""
    match method:
        case "conversations.members":
            return {"members": PEOPLE}
        case "users.info":
            return {"user": person(dict(_arguments(message)).get("user", PEOPLE[0]), team)}
        case "users.list":
            return {"members": [person(member, team) for member in PEOPLE]}
        case "conversations.info":
            return {"channel": {"id": CHANNEL, "name": "bench", "is_member": True}}
        case "users.conversations" | "conversations.list":
            return {"channels": [{"id": CHANNEL, "name": "bench", "is_member": True}]}
    return {"team_id": team, "user_id": "U0BOT", "bot_id": "B0BOT", "ts": "1.2", "channel": CHANNEL}


def person(member: str, team: str) -> dict[str, object]:
    """Return what Slack says of somebody."""
    return {"id": member, "team_id": team, "name": member.lower(), "locale": "en-GB", "profile": {}}


def _arguments(message: Message) -> list[tuple[str, str]]:
    body = message.body.decode()
    if body.startswith("{"):
        return [(name, str(value)) for name, value in json.loads(body).items()]
    query = message.head.split(b" ", 2)[1].partition(b"?")[2].decode()
    return parse_qsl(body) + parse_qsl(query)


async def _serve() -> None:
    slack, loop = Slack(), asyncio.get_running_loop()
    server = await loop.create_server(partial(Server, slack.respond), "127.0.0.1", 0, backlog=1024)
    _say(server.sockets[0].getsockname()[1])
    while await asyncio.to_thread(sys.stdin.readline):
        _say(slack.starts)


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve())
