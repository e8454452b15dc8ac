"""Call listeners for Bolt: handle each request once, in time, and in the thread pool.

A listener is a plain function that runs as a use case (``bot.slack.transport.workers``): it parses,
stores and acknowledges. Its calls to Slack are made afterwards, and nothing is acknowledged before it is
stored.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from dataclasses import dataclass

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_bolt.middleware.async_middleware import AsyncMiddleware

from bot.errors import BotError
from bot.slack.context import Ack, Body, ListenerContext
from bot.slack.kit.storing import changes
from bot.slack.transport.replays import SENT, Answer, id_of
from bot.slack.transport.workers import BACKGROUND_TASKS, BackgroundTask

Listener = Callable[[ListenerContext, Ack, Body], object]
Failed = Callable[[ListenerContext, Ack, Exception, Body], None]
"""Acknowledges when a listener has failed."""

FindContext = Callable[[AsyncBoltRequest], ListenerContext]
"""Returns the context for the workspace of a request."""

CONTEXT = "listener_context"
"""The key of the ``ListenerContext`` in Bolt's context."""

ANSWERED_S = 2.0
"""A command or click that takes longer is acknowledged first, and answered later. Slack waits 3 s."""

BEGUN_S = 2.5
"""A submission that has not begun by then is refused, with an error at the form."""


class HandledUnknownError(BotError):
    """Another process may have handled this request, and nothing of that is known here; nothing was done."""

    code = "handled_unknown"


class Dispatcher:
    """Registers listeners on a Bolt app."""

    def __init__(self, app: AsyncApp, failed: Failed) -> None:
        """Register on ``app``; ``failed`` acknowledges when a listener has failed."""
        self._app = app
        self._failed = failed

    def action(self, action_id: str, listener: Listener) -> None:
        """Call this listener when the button, field or choice of this id is used."""
        self._app.action(action_id)(self._handled(listener))

    def view(self, callback_id: str, listener: Listener) -> None:
        """Call this listener when the form of this id is sent."""
        self._app.view(callback_id)(self._handled(listener))

    def command(self, command: str, listener: Listener) -> None:
        """Call this listener when this command is typed."""
        self._app.command(command)(self._handled(listener))

    def event(self, event: str, listener: Listener) -> None:
        """Call this listener when Slack sends this event."""
        self._app.event(event)(self._handled(listener))

    def _handled(self, listener: Listener) -> Callable[..., Awaitable[None]]:
        async def handle(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
            listener_context: ListenerContext = context[CONTEXT]
            request = Request(listener_context, listener, self._failed, body)
            signed_s, _ = SENT.get()
            refuses = listener_context.is_unknown(signed_s) and changes(body)
            handle_it = request.refused if refuses else request.answered
            if key := id_of(body):
                await ack(**await listener_context.handled.once(key, handle_it))
            else:
                answer, _ = await handle_it()
                await ack(**answer)

        return handle


@dataclass(slots=True)
class Request:
    """One request of Slack, handled by one listener; ``failed`` acknowledges when the listener has failed."""

    context: ListenerContext
    listener: Listener
    failed: Failed
    body: Body

    async def answered(self) -> tuple[Answer, bool]:
        """Return the acknowledgement, in time, and whether the request is done.

        A click or form that failed is done, too: its member was told, and may have tried again. Only an event
        that failed is not done.
        """
        work = self.context.workers
        if self.body.get("type") == "view_submission":
            return await self._handle(asyncio.get_running_loop().time() + BEGUN_S)
        handling = work.create_task(self._handle(None))
        await asyncio.wait({handling}, timeout=ANSWERED_S)
        if handling.done():
            return handling.result()
        work.start([lambda: self._answer_later(handling)])
        return {}, True

    async def refused(self) -> tuple[Answer, bool]:
        """Return the acknowledgement of a request that may have been handled by a process that has failed."""
        tasks: list[BackgroundTask] = []
        ack = self._failure(HandledUnknownError(), tasks)
        self.context.workers.start(tasks)
        return ack.arguments, True

    async def _handle(self, until_s: float | None) -> tuple[Answer, bool]:
        work, tasks, done = self.context.workers, list[BackgroundTask](), True

        def use_case() -> Ack:
            ack = Ack()
            self.listener(self.context, ack, self.body)
            return ack

        try:
            ack = await work.run_use_case(use_case, tasks, writes=until_s is not None, until_s=until_s)
            if ack.storing:
                await work.wait_for(ack.storing, until_s)
            ack.finish()
            for awaited in ack.before_sending:
                await awaited()
        except Exception as error:  # noqa: BLE001 - the member must be told of any failure
            ack, done = self._failure(error, tasks), self.body.get("type") != "event_callback"
        work.start(tasks)
        return ack.arguments, done

    def _failure(self, error: Exception, tasks: list[BackgroundTask]) -> Ack:
        """Return the acknowledgement of a failed listener, without using the thread pool."""
        ack, context = Ack(), copy_context()
        context.run(BACKGROUND_TASKS.set, tasks)
        context.run(self.failed, self.context, ack, error, self.body)
        return ack

    async def _answer_later(self, handling: "asyncio.Task[tuple[Answer, bool]]") -> None:
        """Send the acknowledgement's text to the response URL, where it has one."""
        answer, _ = await handling
        if self.body.get("response_url") and answer.get("text"):
            await self.context.respond(self.body, answer["text"], answer.get("blocks") or ())


class AddContext(AsyncMiddleware):
    """Puts the ``ListenerContext`` into Bolt's context of each request.

    A plain function would be one line, and Bolt would gather for it whatever a listener might ask for.
    """

    def __init__(self, find: FindContext) -> None:
        """Put the one that ``find`` returns."""
        self._find = find

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 - Bolt's
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - Bolt's
    ) -> BoltResponse | None:
        """Go on with the next middleware."""
        req.context[CONTEXT] = self._find(req)
        return await next()
