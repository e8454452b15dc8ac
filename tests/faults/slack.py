"""A scriptable Slack: the strict local workspace behind two fronts that do to the bot what a script says.

The workspace checks whatever the bot sends, as it does in every journey. The fronts stand where the network
stands: they delay, cut, repeat, refuse and forget. Nothing in here knows the inside of the bot.
"""

import json
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from enum import StrEnum
from http.client import HTTPException
from pathlib import Path
from threading import Lock
from typing import Any, Self

from bot.demo.clock import AdjustableClock
from bot.demo.server import DemoServer
from bot.demo.workspace import Workspace
from tests.faults.socket_front import SocketFront, To
from tests.faults.web_front import Answer, Call, CutError, WebFront

MANIFEST = Path(__file__).resolve().parents[2] / "manifest.json"
POST = "chat.postMessage"


class Moment(StrEnum):
    """What a life of the bot has just been through with Slack."""

    ASKED = "asked"
    """Its call has come in."""
    APPLIED = "applied"
    """Slack has done what it was asked, and has not answered."""
    ANSWERED = "answered"
    """The answer is on its way."""
    HEARD = "heard"
    """Something that a member did is on its way to the bot."""
    ACKED = "acked"
    """The bot's acknowledgement has arrived at Slack."""


WHOEVER_LIVES = -1
"""The life that a request of Slack's reaches: it is sent to a port, and not to one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One moment of one life; ``what``: the method called, or the type of the envelope."""

    life: int
    moment: Moment
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A message that stands in a channel because a life of the bot has posted it, with this call."""

    call: Call = field(repr=False)
    channel: str
    text: str
    blocks: str = field(repr=False)

    @property
    def life(self) -> int:
        """Which life it was."""
        return self.call.life

    @property
    def content(self) -> tuple[str, str, str]:
        """What a reader sees: two posts of the same content are the same message, said twice."""
        return (self.channel, self.text, self.blocks)


Play = Callable[[Call], Answer]
"""What happens to a call in place of being handed on; may raise ``CutError``."""

Frames = Callable[[To, str], Iterable[str] | None]
"""Which frames go on in place of this one; None where it is left alone."""


@dataclass(slots=True, kw_only=True)
class Rule:
    """What is to happen to the next calls of a method (``*``: of any), and to how many of them."""

    method: str
    play: Play
    times: int
    where: Callable[[Call], bool]


class ScriptedSlack:
    """The Slack of a test. ``with ScriptedSlack(...) as slack:`` starts and stops it.

    ``skew``: how far Slack's clock, as the ``Date`` header tells it, is ahead of the clock of the story.
    ``posts``: what stands in channels, in order; ``lost_answers``: of these, the ones whose answer a script
    kept from the bot.
    ``requests``: in HTTP mode, everything that the bot was asked.
    ``watch``: told of every moment; where it returns False, the bot that asked is gone, and what it asked
    for is not done any more.
    """

    def __init__(self, workspace: Workspace, clock: AdjustableClock, port: int = 0) -> None:
        """``port``: where the bot listens in HTTP mode; 0 in Socket Mode."""
        manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
        self.workspace, self.clock = workspace, clock
        self.server = DemoServer(workspace, manifest=manifest, clock=clock)
        self.skew = timedelta(0)
        self.watch: Callable[[Seen], bool] = lambda _: True
        self.posts: list[Post] = []
        self.lost_answers: list[Post] = []
        self.requests: list[Call] = []
        self._rules: list[Rule] = []
        self._frames: list[Frames] = []
        self._lock = Lock()
        self._held = ExitStack()
        self._port = port
        self.web: WebFront
        self.sockets: SocketFront

    def __enter__(self) -> Self:
        with ExitStack() as held:
            held.enter_context(self.server)
            url = self.server.url
            front = WebFront(url, answer=self._answer, answered=self._answered, date=self._date)
            self.web = held.enter_context(front)
            self.sockets = held.enter_context(SocketFront(url, self._decide, self._passed))
            if self._port:
                bot = f"http://127.0.0.1:{self._port}"
                way = WebFront(bot, answer=self._heard, answered=self._acked, date=self._date)
                self.server.request_url = f"{held.enter_context(way).url}/slack/events"
            self.server.site.url = self.web.url  # response URLs lead through the front, too
            self._held = held.pop_all()
        return self

    def __exit__(self, *_error: object) -> None:
        self._held.close()

    def environ(self, life: int) -> dict[str, str]:
        """The environment in which this life of the bot is to run."""
        return {
            "SLACK_BOT_TOKEN": self.server.bot_token,
            "SLACK_APP_TOKEN": self.server.app_token,
            "SLACK_SIGNING_SECRET": self.server.signing_secret,
            "SLACK_API_URL": f"{self.web.url}/life-{life}/api/",
        }

    def play(
        self, method: str, play: Play, *, times: int = 1, where: Callable[[Call], bool] = lambda _: True
    ) -> None:
        """Let this happen to the next calls of the method that the condition holds for."""
        with self._lock:
            self._rules.append(Rule(method=method, play=play, times=times, where=where))

    def waits_for(self, method: str) -> bool:
        """Whether something that was scripted for this method has not happened yet."""
        with self._lock:
            return any(rule.method == method for rule in self._rules)

    def play_frames(self, frames: Frames) -> None:
        """Ask this of every frame from now on, after what was asked for before."""
        with self._lock:
            self._frames.append(frames)

    def stop_playing(self) -> None:
        """Let everything happen as it should, from now on."""
        with self._lock:
            self._rules.clear()
            self._frames.clear()

    def _date(self) -> str:
        return format_datetime((self.clock.now() + self.skew).replace(microsecond=0), usegmt=True)

    def _answer(self, call: Call) -> Answer:
        if not self.watch(Seen(life=call.life, moment=Moment.ASKED, what=call.method)):
            raise CutError
        call.done = self._done
        rule = self._rule_for(call)
        if rule:
            self.workspace.changed()  # whoever waits for what was scripted looks again
        given = None
        try:
            given = rule.play(call) if rule else call.apply()
        finally:
            if call.given is not None and given is not call.given:
                self._note_lost(call)
        return given

    def _heard(self, request: Call) -> Answer:
        """What the bot that lives now answers to something that a member did."""
        if not self.watch(Seen(life=WHOEVER_LIVES, moment=Moment.HEARD, what=request.method)):
            raise CutError
        with self._lock:
            self.requests.append(request)
        try:
            return request.apply()
        except (OSError, HTTPException):  # it has died, or does not listen yet
            raise CutError from None

    def _acked(self, request: Call) -> None:
        self.watch(Seen(life=WHOEVER_LIVES, moment=Moment.ACKED, what=request.method))

    def _note_lost(self, call: Call) -> None:
        with self._lock:
            self.lost_answers += [post for post in self.posts if post.call is call]

    def _done(self, call: Call, answer: Answer) -> Answer:
        """What the bot gets of an answer: Slack has done what the call asked for."""
        if call.method == POST and answer.ok:
            args = call.args
            said = {name: args.get(name, "") for name in ("channel", "text", "blocks")}
            with self._lock:
                self.posts.append(Post(call=call, **said))
        if call.method == "apps.connections.open" and answer.ok:
            body = json.loads(answer.body)
            body["url"] = self.sockets.instead_of(body["url"], call.life)
            answer = Answer(answer.status, answer.headers, json.dumps(body).encode())
        call.given = answer
        if not self.watch(Seen(life=call.life, moment=Moment.APPLIED, what=call.method)):
            raise CutError
        return answer

    def _answered(self, call: Call) -> None:
        self.watch(Seen(life=call.life, moment=Moment.ANSWERED, what=call.method))

    def _rule_for(self, call: Call) -> Rule | None:
        with self._lock:
            for rule in self._rules:
                if rule.method in {call.method, "*"} and rule.where(call):
                    rule.times -= 1
                    if rule.times == 0:
                        self._rules.remove(rule)
                    return rule
        return None

    def _decide(self, to: To, frame: str) -> Iterable[str]:
        with self._lock:
            scripted = list(self._frames)
        for frames in scripted:
            if (instead := frames(to, frame)) is not None:
                return instead
        return (frame,)

    def _passed(self, life: int, to: To, frame: str) -> None:
        envelope = parsed(frame)
        if "envelope_id" in envelope:
            moment = Moment.HEARD if to is To.BOT else Moment.ACKED
            self.watch(Seen(life=life, moment=moment, what=str(envelope.get("type", ""))))


def parsed(frame: str) -> dict[str, Any]:
    """The frame as JSON; empty for what is none, or no object."""
    try:
        found = json.loads(frame)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
