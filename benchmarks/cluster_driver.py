"""The people of the benchmark of a cluster: send forms to the workers, and note what was acknowledged.

It reads orders from standard input, one JSON object a line, and answers each with one.
"""

import asyncio
import hashlib
import hmac
import json
import secrets
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

from benchmarks.cluster_slack import PEOPLE
from benchmarks.raw_http import Clients, Message

SLACK_WAITS_S = 3.0
AGAIN_S = 0.1
"""After a failure somebody sends the same form again, as soon as this."""

ACKNOWLEDGED = b'"reply.thanks"'
"""Part of the view that says that a reply is stored."""

ROUNDS = tuple(f"bench{number:07}" for number in range(6))
"""The rounds of each workspace. Every measurement has its own: a reply costs more where many are stored."""

TEAM, PERSON, ROUND, RECEIPT, TRIGGER = "T0TEMPLATE", "U0TEMPLATE", ROUNDS[0], "0" * 32, "1.2.template"
"""What stands in the template of a form for what differs from one to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form that somebody fills in: it has one receipt, however often it is sent."""

    team: str
    person: str
    round: str
    receipt: str


@dataclass(slots=True, kw_only=True)
class Seen:
    """What became of forms: seconds until each answer, by when it was sent, and how many were not taken."""

    took_s: list[float] = field(default_factory=list)
    not_taken: Counter[str] = field(default_factory=Counter)


class Driver:
    """Sends forms. ``template``: the payload of one."""

    def __init__(self, template: str, secret: str, teams: Sequence[str]) -> None:
        """Send forms of these workspaces, signed with this secret."""
        self._parts = _split(quote_plus(template))
        self._secret = secret.encode()
        self._next = dict.fromkeys(teams, 0)
        self._trigger = self._turn = 0
        self.ports: Mapping[str, Sequence[int]] = {}
        self.round = ROUND
        self.acknowledged: list[Form] = []
        self.tried: list[Form] = []

    def form(self, team: str) -> Form:
        """Return a new form of somebody who has not replied there yet."""
        number = self._next[team]
        self._next[team] += 1
        made = Form(team=team, person=PEOPLE[number], round=self.round, receipt=secrets.token_hex(16))
        self.tried.append(made)
        return made

    def signed(self, form: Form) -> bytes:
        """Return a signed request with this form; each time with a trigger of its own, as Slack does."""
        self._trigger += 1
        values = {
            TEAM: form.team,
            PERSON: form.person,
            ROUND: form.round,
            RECEIPT: form.receipt,
            TRIGGER: f"1.{self._trigger}",
        }
        body = b"payload=" + "".join(values.get(part, part) for part in self._parts).encode()
        now = str(int(time.time()))
        mac = hmac.new(self._secret, f"v0:{now}:".encode() + body, hashlib.sha256).hexdigest()
        head = (
            "POST /slack/events HTTP/1.1\r\nHost: bench\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"X-Slack-Request-Timestamp: {now}\r\nX-Slack-Signature: v0={mac}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    async def send(self, clients: Clients, form: Form, request: bytes, port: int, seen: Seen) -> bool:
        """Send a form; return whether it was acknowledged."""
        began = time.monotonic()
        try:
            taken = verdict(await clients.ask(port, request, SLACK_WAITS_S))
        except OSError as error:
            taken = type(error).__name__
        seen.took_s.append(time.monotonic() - began)
        if taken:
            seen.not_taken[taken] += 1
            return False
        self.acknowledged.append(form)
        return True

    async def load(self, teams: Sequence[str], at_once: int, seconds: float) -> dict[str, Any]:
        """Send a form to each of these workspaces, as fast as they are taken, for so long at most."""
        ready = [(form, self.signed(form)) for form in map(self.form, teams)]
        waiting, seen = iter(ready), Seen()
        before, began = len(self.acknowledged), time.monotonic()

        async def sender() -> None:
            clients = Clients()
            for form, request in waiting:
                await self.send(clients, form, request, self._port(form.team), seen)
                if time.monotonic() - began > seconds:
                    break
            clients.close()

        await asyncio.gather(*(sender() for _ in range(at_once)))
        took_s = time.monotonic() - began
        return _told(seen) | {"taken": len(self.acknowledged) - before, "took_s": took_s}

    async def pace(self, teams: Sequence[str], a_second: float, seconds: float) -> dict[str, Any]:
        """Send so many forms a second, however long the answers take; tell when each was sent."""
        seen, answers, clients = Seen(), [], [Clients() for _ in range(64)]
        began = time.monotonic()
        for number, form in enumerate(map(self.form, teams)):
            await asyncio.sleep(began + number / a_second - time.monotonic())
            if time.monotonic() - began > seconds:
                break
            own = clients[number % len(clients)]
            answers.append(asyncio.ensure_future(self._timed(own, form, seen)))
        sent = await asyncio.gather(*answers)
        for one in clients:
            one.close()
        return {"sent": sent, "not_taken": seen.not_taken}

    async def _timed(self, clients: Clients, form: Form, seen: Seen) -> tuple[float, float, str, int]:
        """Send a form; return when it was sent, the seconds that it took, and from where to where."""
        port, began = self._port(form.team), time.monotonic()
        await self.send(clients, form, self.signed(form), port, seen)
        return began, time.monotonic() - began, form.team, port

    async def insist(
        self, lost: Sequence[str], others: Sequence[str], at_once: int, seconds: float
    ) -> dict[str, Any]:
        """Send a form to each lost workspace until it is taken, amid forms to the others; tell when it was."""
        seen, aside, waiting, taken_at = Seen(), Seen(), iter(lost), dict[str, float]()
        until = time.monotonic() + seconds

        async def sender() -> None:
            clients = Clients()
            for team in waiting:
                form = self.form(team)
                while time.monotonic() < until:
                    if await self.send(clients, form, self.signed(form), self._port(team), seen):
                        taken_at[team] = time.monotonic()
                        break
                    await asyncio.sleep(AGAIN_S)
            clients.close()

        async def beside(teams: Iterator[str]) -> None:
            clients = Clients()
            for team in teams:
                if len(taken_at) == len(lost) or time.monotonic() > until:
                    break
                form = self.form(team)
                await self.send(clients, form, self.signed(form), self._port(team), aside)
            clients.close()

        amid = iter(others)
        await asyncio.gather(*(sender() for _ in range(at_once)), *(beside(amid) for _ in range(8)))
        return _told(seen) | {"taken_at": list(taken_at.values()), "aside": _told(aside)}

    def _port(self, team: str) -> int:
        """Return the port of a worker that may be asked for a workspace; each in turn."""
        self._turn += 1
        return self.ports[team][self._turn % len(self.ports[team])]


def verdict(answered: Message) -> str:
    """Return why a form was not taken; empty if it was."""
    status = answered.head.split(b" ", 2)[1].decode()
    if status != "200":
        return status
    return "" if ACKNOWLEDGED in answered.body else "refused"


def _told(seen: Seen) -> dict[str, Any]:
    slowest = sorted(seen.took_s)
    return {
        "asked": len(slowest),
        "not_taken": dict(seen.not_taken),
        "slowest_s": slowest[-1] if slowest else 0.0,
        "p50_s": slowest[len(slowest) // 2] if slowest else 0.0,
    }


def _split(template: str) -> list[str]:
    """Return the parts of the template between which something differs, and these as parts of their own."""
    parts, places = [template], (TEAM, PERSON, ROUND, RECEIPT, TRIGGER)
    for place in places:
        divided = []
        for part in parts:
            first, *rest = part.split(place) if part not in places else [part]
            divided += [first, *(piece for one in rest for piece in (place, one))]
        parts = divided
    return parts


async def _obey() -> None:
    first = json.loads(sys.stdin.readline())
    driver = Driver(first["template"], first["secret"], first["teams"])
    acts: dict[str, Callable[..., Awaitable[dict[str, Any]]]] = {
        "load": driver.load,
        "pace": driver.pace,
        "insist": driver.insist,
    }
    while line := await asyncio.to_thread(sys.stdin.readline):
        order = json.loads(line)
        act = order.pop("act")
        if act == "ports":
            driver.ports, driver.round, told = order["ports"], order["round"], dict[str, Any]()
        elif act == "report":
            told = {
                name: [(form.team, form.receipt) for form in forms]
                for name, forms in (("acknowledged", driver.acknowledged), ("tried", driver.tried))
            }
        else:
            told = await acts[act](**order)
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_obey())
