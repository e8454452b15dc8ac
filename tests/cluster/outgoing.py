"""What the workers ask of Slack: each has an address of its own, so that it is known who asked for what."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from enum import StrEnum
from threading import Lock
from typing import Self

from bot.demo.server import DemoServer
from tests.faults.web_front import Answer, Call, CutError, WebFront

POST = "chat.postMessage"


class Moment(StrEnum):
    """How far a call is."""

    ASKED = "asked"
    """It has come in, and Slack has done nothing."""
    APPLIED = "applied"
    """Slack has done it, and has not answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message that stands in a channel because a worker has posted it."""

    worker: int
    team: str
    channel: str
    text: str
    blocks: str = field(repr=False)

    @property
    def content(self) -> tuple[str, str, str, str]:
        """What a reader sees, and where: two of the same content are one message said twice."""
        return (self.team, self.channel, self.text, self.blocks)


Watch = Callable[[int, Moment, Call], bool]
"""Told of each moment with the number of the worker; where it returns False, the worker hears no answer."""


class Outgoing:
    """The front of the Web API. ``with Outgoing(server) as outgoing:`` starts and ends it.

    ``said``: every message, in order. ``most_under_way``: how many messages each worker was posting at once,
    at most.
    """

    def __init__(self, server: DemoServer) -> None:
        self._server = server
        self._lock = Lock()
        self._under_way: Counter[int] = Counter()
        self.tokens: Mapping[str, str] = {}
        """The workspace of each token."""
        self.said: list[Said] = []
        self.most_under_way: Counter[int] = Counter()
        self.watch: Watch = lambda *_: True

    def __enter__(self) -> Self:
        self._front = WebFront(
            self._server.url, answer=self._answer, answered=self._answered, date=self._date
        ).__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._front.__exit__(*error)

    def api_url(self, worker: int) -> str:
        """The address of the Web API for a worker of this number, from 1."""
        return f"{self._front.url}/life-{worker}/api/"

    def repeated(self) -> Counter[int]:
        """How many messages each worker has posted that had been said already."""
        seen: set[tuple[str, ...]] = set()
        found: Counter[int] = Counter()
        for one in self.said:
            found[one.worker] += one.content in seen
            seen.add(one.content)
        return +found

    def most_said(self) -> int:
        """How often the message was said that was said most often."""
        return max(Counter(one.content for one in self.said).values(), default=0)

    def _date(self) -> str:
        return format_datetime(self._server.site.clock.now().replace(microsecond=0), usegmt=True)

    def _answer(self, call: Call) -> Answer:
        if call.method == POST:
            with self._lock:
                self._under_way[call.life] += 1
                now = self._under_way[call.life]
                self.most_under_way[call.life] = max(self.most_under_way[call.life], now)
        try:
            self._tell(Moment.ASKED, call)
            answer = call.apply()
            if call.method == POST and answer.ok:
                self._note(call)
            self._tell(Moment.APPLIED, call)
        except CutError:
            self._answered(call)
            raise
        return answer

    def _tell(self, moment: Moment, call: Call) -> None:
        if not self.watch(call.life, moment, call):
            raise CutError

    def _note(self, call: Call) -> None:
        args = call.args
        token = call.headers.get("Authorization", "").removeprefix("Bearer ") or args.get("token", "")
        said = Said(
            worker=call.life,
            team=self.tokens.get(token, ""),
            channel=args.get("channel", ""),
            text=args.get("text", ""),
            blocks=args.get("blocks", ""),
        )
        with self._lock:
            self.said.append(said)

    def _answered(self, call: Call) -> None:
        if call.method == POST:
            with self._lock:
                self._under_way[call.life] -= 1
