"""The context that every listener gets: services, caches, and helpers for acknowledging and answering."""

import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any, TypeVar

from bot.core.language import ENGLISH, Language
from bot.core.model import MemberId, RoundId
from bot.core.schedule import Schedule
from bot.errors import BotError, SlackError
from bot.ports import Services
from bot.service.channels import reason_of
from bot.service.home import CircleCache
from bot.service.people import language_for
from bot.slack.directory.lookup import NotKnownError
from bot.slack.kit import failures
from bot.slack.kit.builders import Answer, Block, View, section
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
"""Slack's reasons for a trigger_id that has expired."""

HTTP_OK = 200
"""The HTTP status with which Slack accepts an answer."""


class Ack:
    """Collects the acknowledgement: empty, or the arguments of the last call."""

    def __init__(self) -> None:
        """Start with an empty acknowledgement."""
        self.arguments: dict[str, Any] = {}
        self.before_sending: list[Callable[[], Awaitable[object]]] = []
        """Awaited before the acknowledgement is sent."""
        self.storing: Future[Any] | None = None
        """What is being stored; ``finish`` is called once it is."""
        self.finish: Callable[[], None] = lambda: None

    def __call__(self, **arguments: Any) -> None:
        """Acknowledge with these arguments of Bolt's ``ack``."""
        self.arguments = arguments

    def when_stored(self, storing: "Future[T]", finish: Callable[["Future[T]"], None]) -> None:
        """Wait until this is stored or has failed, then let ``finish`` acknowledge."""
        self.storing, self.finish = storing, partial(finish, storing)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerContext:
    """Dependencies of the listeners, built once in ``bot.slack.app``.

    ``services``: for use cases that serve a member; they never call Slack. ``waiting_services``: for use
    cases that members start and that may wait for Slack. ``bot_user``: the bot's own id. ``run_due``: makes
    the timer do what is due, and returns at once. ``render_home``, ``render_preview``: what one feature does
    for the others. ``is_unknown``: whether another process may have handled what Slack signed at this second,
    of which nothing is remembered here. ``on_user_change``: takes a changed user object. ``end_all``: ends
    every round and stops the bot, with the reason as a code.
    """

    services: Services
    waiting_services: Services
    workers: Workers
    bot_user: str
    receipts: PendingReceipts
    run_due: Callable[[], None]
    forms: FormCache
    render_home: Callable[["ListenerContext", MemberId, View], None]
    render_preview: Callable[["ListenerContext", Body, Schedule], None]
    handled: HandledRequests
    circle_cache: CircleCache = field(default_factory=CircleCache)
    previews: Previews = field(default_factory=Previews)
    shares: Shares = field(default_factory=Shares)
    is_unknown: Callable[[int], bool] = lambda _: False
    on_user_change: Callable[[dict[str, Any]], None] = lambda _: None
    end_all: Callable[[str], None] = lambda _: None
    newest: NewestForms = field(default_factory=NewestForms)
    one_event: Lock = field(default_factory=Lock)
    """One event at a time: of two that come together, the one stored last has then asked Slack last."""

    def language_of(self, member: MemberId, *others: str) -> Language:
        """Return the language in which a member reads what only they see.

        ``others``: the locales to use where the bot does not speak the member's, first the channel's; else
        English.
        """
        return language_for(self.services, member, *others)

    def language(self, body: Body, *others: str) -> Language:
        """Return the language of whoever typed, clicked or sent this. ``others``: as in ``language_of``."""
        return self.language_of(asker_of(body), *others)

    def language_if_known(self, body: Body) -> Language:
        """Return the language of whoever sent this, as far as it is cached.

        Else that of the modal in which it was sent, else English. It never fails, and asks nobody: it is for
        what is said outside a use case.
        """
        shown = ENGLISH
        try:
            shown = failures.language_shown(body.get("view") or {}, self.services.languages)
            return self.language(body, shown.code)
        except (Exception, NotKnownError):  # noqa: BLE001 - what is to be said matters more than its language
            return shown

    def add_task(self, task: BackgroundTask) -> None:
        """Run a task in the loop after the acknowledgement of the use case that runs now."""
        BACKGROUND_TASKS.get().append(task)

    def call(self, method: str, **arguments: Any) -> None:
        """Call Slack after the acknowledgement."""
        self.add_task(lambda: self.workers.call(method, **arguments))

    def run_later(self, use_case: Callable[[], object]) -> None:
        """Run another use case after the acknowledgement."""
        self.add_task(lambda: self.run(use_case))

    def run_waiting_later(self, use_case: Callable[[], object]) -> None:
        """Run a use case that may wait for Slack, after the acknowledgement."""
        self.add_task(lambda: self.workers.run_waiting(use_case))

    async def run(self, use_case: Callable[[], Any], until_s: float | None = None) -> Any:
        """Run a use case, start its background tasks, and return its result.

        ``until_s``: the time of the loop after which it is too late (``SlackUnavailableError``).
        """
        tasks: list[BackgroundTask] = []
        try:
            return await self.workers.run_use_case(use_case, tasks, until_s=until_s)
        finally:
            self.workers.start(tasks)

    def open_view(self, body: Body, view: View, *, push: bool = False) -> None:
        """Open a modal after the acknowledgement; ``push``: on top of the modal that was clicked in."""
        self.add_task(partial(self.open_now, body, view, push=push))

    async def open_now(self, body: Body, view: View, *, push: bool = False) -> dict[str, Any]:
        """Open a modal, and return Slack's answer. Where it is too late for that, tell the member."""
        method = "views.push" if push else "views.open"
        try:
            return await self.workers.call(method, trigger_id=body["trigger_id"], view=view)
        except SlackError as error:
            if error.reason in TOO_LATE:
                await self._tell_too_late(body)
            raise

    async def respond(
        self, body: Body, text: str, blocks: Sequence[Block] = (), *, replaces: bool = False
    ) -> None:
        """Answer at the response URL of a command or click, visible only to the asker.

        ``replaces``: the answer stands in place of the message that was clicked in.
        """
        answer = {"text": text, "blocks": list(blocks)} if blocks else {"text": text}
        fitted = fit(answer, self.language_if_known(body))
        ephemeral = {"response_type": "ephemeral", "replace_original": False}
        how = {"replace_original": True} if replaces else ephemeral
        if await self.workers.post(str(body["response_url"]), {**fitted, **how}) != HTTP_OK:
            log.warning("answer not taken")

    def answer_later(self, body: Body, task: Callable[[], Awaitable[Answer | None]]) -> None:
        """Run a task after the acknowledgement, and show its answer to the asker alone.

        The answer to a button replaces its message. A failure is answered with a reference, as in
        ``bot.slack.app.on_error``; in the Home tab, which has no response URL, it is only logged.
        """

        async def run() -> None:
            replaces = "actions" in body
            try:
                answer = await task()
            except Exception as error:  # noqa: BLE001 - the asker must be told of any failure
                text = failures.failed_command(log_failure(error), self.language_if_known(body))
                answer, replaces = (text, [section(text)]), False
            if answer and body.get("response_url"):
                await self.respond(body, *answer, replaces=replaces)

        self.add_task(run)

    async def _tell_too_late(self, body: Body) -> None:
        """Tell a member, in the view or message where they clicked, that it took too long."""
        shown, language = body.get("view") or {}, self.language_if_known(body)
        if body.get("response_url"):
            await self.respond(body, language.gettext(failures.TOO_LATE))
        elif shown.get("type") == "home":
            view = failures.too_late(shown, language)
            # Without the hash, an older tab would bring back older receipts.
            await self.workers.call("views.publish", user_id=member_of(body), view=view, hash=shown["hash"])
        elif shown:
            view = failures.too_late(shown, language)
            await self.workers.call("views.update", view_id=shown["id"], hash=shown["hash"], view=view)

    def update_view(self, body: Body, view: View) -> None:
        """Replace the view that was clicked in."""
        shown = body["view"]
        self.call("views.update", view_id=shown["id"], hash=shown["hash"], view=view)


def log_failure(error: Exception) -> str:
    """Log that a listener failed, and return the reference for the member."""
    reference = secrets.token_hex(3)
    code = reason_of(error) if isinstance(error, BotError) else type(error).__name__
    log.error("listener failed", extra={"code": code, "ref": reference})
    return reference


def show(ack: Ack, view: View) -> None:
    """Acknowledge a form by replacing it with a view."""
    ack(response_action="update", **fit({"view": view}, ENGLISH))  # nothing is said in place of what is cut


def round_id_of(body: Body) -> RoundId:
    """Return the round in the value of the clicked button."""
    return RoundId(value_of(body))


def value_of(body: Body) -> str:
    """Return the value of the clicked button; empty where it has none."""
    return str(body["actions"][0].get("value") or "")


def asker_of(body: Body) -> MemberId:
    """Return who typed a command, clicked, or sent the form."""
    return MemberId(str(body["user_id"])) if "user_id" in body else member_of(body)


def member_of(body: Body) -> MemberId:
    """Return who clicked, or sent the form."""
    return MemberId(str(body["user"]["id"]))
