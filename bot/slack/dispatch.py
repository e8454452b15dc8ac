"""From Bolt to a listener and back: each request is handled once, in time, and in the pool.

A listener is a plain function that runs as a verb (``bot.slack.transport.workers``): it parses, stores, and
says what is to be acknowledged; what it has to tell Slack goes out after that. Nothing is acknowledged before
it is stored.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.slack.context import Ack, Body, ListenerContext
from bot.slack.transport.replays import Answer, id_of
from bot.slack.transport.workers import BACKGROUND_TASKS, BackgroundTask

Listener = Callable[[ListenerContext, Ack, Body], object]
Failed = Callable[[ListenerContext, Ack, Exception, Body], None]
"""Says what is acknowledged when a listener has failed."""

CONTEXT = "listener_context"
"""Under this name the counter lies in Bolt's context."""

ANSWERED_S = 2.0
"""A command or click that takes longer is acknowledged, and answered afterwards. Slack waits for three."""

BEGUN_S = 2.5
"""A submission that has not begun to be stored by then is not begun: it is told at the form."""


class Dispatcher:
    """Registers listeners on a Bolt app."""

    def __init__(self, app: AsyncApp, failed: Failed) -> None:
        """Register on ``app``; ``failed`` says what is acknowledged when a listener has failed."""
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
        """Call this listener when Slack tells of this event."""
        self._app.event(event)(self._handled(listener))

    def _handled(self, listener: Listener) -> Callable[..., Awaitable[None]]:
        async def handle(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
            listener_context: ListenerContext = context[CONTEXT]
            request = Request(listener_context, listener, self._failed, body)
            if key := id_of(body):
                await ack(**await listener_context.handled.once(key, request.answered))
            else:
                answer, _ = await request.answered()
                await ack(**answer)

        return handle


class Request:
    """One request of Slack's, and what becomes of it."""

    def __init__(
        self, listener_context: ListenerContext, listener: Listener, failed: Failed, body: Body
    ) -> None:
        """Hand ``body`` to the listener."""
        self._context = listener_context
        self._listener = listener
        self._failed = failed
        self._body = body
        self._is_form = body.get("type") == "view_submission"
        self._is_event = body.get("type") == "event_callback"

    async def answered(self) -> tuple[Answer, bool]:
        """Return what is acknowledged, in time, and whether it is done.

        So is what somebody was told has failed: they may have done it again, and otherwise. Only an event
        that has failed is not.
        """
        work = self._context.workers
        if self._is_form:
            return await self._handle(asyncio.get_running_loop().time() + BEGUN_S)
        handling = work.create_task(self._handle(None))
        await asyncio.wait({handling}, timeout=ANSWERED_S)
        if handling.done():
            return handling.result()
        work.start([lambda: self._answer_later(handling)])
        return {}, True

    async def _handle(self, until_s: float | None) -> tuple[Answer, bool]:
        listener_context, steps, done = self._context, list[BackgroundTask](), True

        def verb() -> Ack:
            ack = Ack()
            self._listener(listener_context, ack, self._body)
            return ack

        try:
            ack = await listener_context.workers.run_verb(verb, steps, writes=self._is_form, until_s=until_s)
            if ack.storing:
                await listener_context.workers.wait_for(ack.storing, until_s)
            ack.finish()
            for step in ack.before_sending:
                await step()
        except Exception as error:  # noqa: BLE001 - whatever it is, the member must hear of it
            ack, done = self._told(error, steps), not self._is_event
        listener_context.workers.start(steps)
        return ack.arguments, done

    def _told(self, error: Exception, steps: list[BackgroundTask]) -> Ack:
        """Return what is acknowledged where the listener has failed, whatever keeps the verbs busy."""
        ack, context = Ack(), copy_context()
        context.run(BACKGROUND_TASKS.set, steps)
        context.run(self._failed, self._context, ack, error, self._body)
        return ack

    async def _answer_later(self, handling: "asyncio.Task[tuple[Answer, bool]]") -> None:
        """Say at the response URL what was to be acknowledged, where something was."""
        answer, _ = await handling
        url = self._body.get("response_url")
        if url and answer.get("text"):
            await self._context.respond(str(url), answer["text"], answer.get("blocks") or ())


def add_context(app: AsyncApp, listener_context: ListenerContext) -> None:
    """Put the counter into Bolt's context, where every listener finds it."""

    async def put(context: AsyncBoltContext, next_: Callable[[], Awaitable[Any]]) -> None:
        context[CONTEXT] = listener_context
        await next_()

    app.use(put)
