"""What every listener works with, and the few things that several of them do."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from bot.core.model import MemberId, RoundId
from bot.core.schedule import Schedule
from bot.errors import SlackError
from bot.ports import Services
from bot.service.home import Circles
from bot.slack.kit import failures
from bot.slack.kit.builders import Block, View
from bot.slack.kit.form_cache import FormCache
from bot.slack.kit.limits import fit
from bot.slack.kit.receipts import PendingReceipts
from bot.slack.kit.shares import Shares
from bot.slack.transport.latest_preview import Previews
from bot.slack.transport.replays import HandledRequests, NewestForms
from bot.slack.transport.workers import BACKGROUND_TASKS, BackgroundTask, Workers

log = logging.getLogger(__name__)

T = TypeVar("T")

Body = dict[str, Any]

TOO_LATE = frozenset({"expired_trigger_id", "trigger_expired"})
"""Slack's words for a click whose time to open something is over."""

TAKEN = 200
"""The HTTP status with which Slack takes an answer."""


class Ack:
    """What is acknowledged in the end: empty, or the arguments of the last call."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        self.arguments: dict[str, Any] = {}
        self.before_sending: list[Callable[[], Awaitable[object]]] = []
        """What is awaited before the acknowledgement goes out."""
        self.storing: Future[Any] | None = None
        """What is being stored; until it is, ``tell`` cannot say what is acknowledged."""
        self.finish: Callable[[], None] = lambda: None

    def __call__(self, **arguments: Any) -> None:
        """Acknowledge with these arguments of Bolt's ``ack``."""
        self.arguments = arguments

    def when_stored(self, storing: "Future[T]", tell: Callable[["Future[T]"], None]) -> None:
        """Acknowledge nothing before this is stored, or has failed; then have ``tell`` say what."""
        self.storing, self.finish = storing, partial(tell, storing)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerContext:
    """Everything the listeners work with: two sets of services, Slack, the waiting receipts.

    ``services``: for the verbs that serve a member; they never call Slack. ``flows``: for what members begin
    and may wait for Slack. ``bot_user``: the bot's own id. ``run_due``: has the timer do whatever is
    due, and returns at once. ``render_home``, ``render_preview``: what one feature does for the others.
    ``circles`` are drawn once for each result.
    ``forms`` are laid out once for each round.
    ``previews`` keep each form's preview in step with what is typed. ``shares`` knows what was shared today.
    ``on_user_change`` is told what Slack tells of somebody who has changed. ``handled``: what was answered.
    ``newest``: which form of a reply was sent last.
    """

    services: Services
    flows: Services
    workers: Workers
    bot_user: str
    receipts: PendingReceipts
    run_due: Callable[[], None]
    forms: FormCache
    render_home: Callable[["ListenerContext", MemberId, View], None]
    render_preview: Callable[["ListenerContext", Body, Schedule], None]
    handled: HandledRequests
    circles: Circles = field(default_factory=Circles)
    previews: Previews = field(default_factory=Previews)
    shares: Shares = field(default_factory=Shares)
    on_user_change: Callable[[dict[str, Any]], None] = lambda _: None
    newest: NewestForms = field(default_factory=NewestForms)

    def add_task(self, step: BackgroundTask) -> None:
        """Take this step in the loop, after the acknowledgement. Of a verb that runs now."""
        BACKGROUND_TASKS.get().append(step)

    def call(self, method: str, **arguments: Any) -> None:
        """Call Slack after the acknowledgement."""
        self.add_task(lambda: self.workers.call(method, **arguments))

    def run_later(self, verb: Callable[[], object]) -> None:
        """Run another verb after the acknowledgement."""
        self.add_task(lambda: self.run(verb))

    def run_flow_later(self, flow: Callable[[], object]) -> None:
        """Run something after the acknowledgement that may wait for Slack."""
        self.add_task(lambda: self.workers.run_flow(flow))

    async def run(self, verb: Callable[[], Any]) -> Any:
        """Return what a verb returns, and take the steps that it leaves behind."""
        steps: list[BackgroundTask] = []
        try:
            return await self.workers.run_verb(verb, steps)
        finally:
            self.workers.start(steps)

    def open_view(self, body: Body, view: View, *, push: bool = False) -> None:
        """Open a modal after the acknowledgement; ``push``: on top of the one that was clicked in."""
        self.add_task(partial(self.open_now, body, view, push=push))

    async def open_now(self, body: Body, view: View, *, push: bool = False) -> dict[str, Any]:
        """Open a modal, and return what Slack answers. Who has waited too long for it is told so."""
        method = "views.push" if push else "views.open"
        try:
            return await self.workers.call(method, trigger_id=body["trigger_id"], view=view)
        except SlackError as error:
            if error.reason in TOO_LATE:
                await self._tell_too_late(body)
            raise

    async def respond(self, url: str, text: str, blocks: Sequence[Block] = (), **how: Any) -> None:
        """Answer at a response URL, to the one who has asked alone. ``how``: fields of the answer."""
        said = {"text": text, "blocks": list(blocks)} if blocks else {"text": text}
        ephemeral = {"response_type": "ephemeral", "replace_original": False}
        if await self.workers.post(url, {**fit(said), **(how or ephemeral)}) != TAKEN:
            log.warning("answer not taken")

    async def _tell_too_late(self, body: Body) -> None:
        """Say where somebody has pressed something that it took too long."""
        shown = body.get("view") or {}
        if url := body.get("response_url"):
            await self.respond(str(url), failures.TOO_LATE)
        elif shown.get("type") == "home":
            view = failures.too_late(shown)
            await self.workers.call(
                "views.publish", user_id=member_of(body), view=view, hash=shown["hash"]
            )  # of an older tab would bring back older receipts
        elif shown:
            view = failures.too_late(shown)
            await self.workers.call("views.update", view_id=shown["id"], hash=shown["hash"], view=view)

    def update_view(self, body: Body, view: View) -> None:
        """Put another view in place of the one that was clicked in."""
        shown = body["view"]
        self.call("views.update", view_id=shown["id"], hash=shown["hash"], view=view)

    def publish_home(self, member: MemberId, shown: View) -> None:
        """Publish the Home tab of this member after the acknowledgement; ``shown``: as they see it."""
        self.render_home(self, member, shown)

    def preview(self, body: Body, schedule: Schedule) -> None:
        """Show what this schedule would ask next, on top of the modal that was clicked in."""
        self.render_preview(self, body, schedule)


def show(ack: Ack, view: View) -> None:
    """Acknowledge a form with the view that takes its place."""
    ack(response_action="update", **fit({"view": view}))


def round_id_of(body: Body) -> RoundId:
    """The round whose button was clicked."""
    return RoundId(str(body["actions"][0].get("value") or ""))


def member_of(body: Body) -> MemberId:
    """Who did it."""
    return MemberId(str(body["user"]["id"]))
