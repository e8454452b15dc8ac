"""Where things run: verbs in a bounded pool, flows in threads that may wait, and all else in the loop.

A verb never calls Slack. What it wants to know and does not, it names (``NotKnownError``); that is found out
in the loop, and the verb is run again. What it has to say it leaves behind as steps, which are taken after
the acknowledgement.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from datetime import timedelta
from typing import Any, TypeVar

from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.errors import BotError, RateLimitedError, SlackError, SlackUnavailableError
from bot.slack.client.calls import RETRIES, call_soon, translate_errors
from bot.slack.client.stoppable import StoppableAsyncClient
from bot.slack.directory.facts import About, Facts, Wanted
from bot.slack.directory.lookup import FOUND, Found, NotKnownError
from bot.slack.directory.questions import answered_soon

T = TypeVar("T")
Pause = Callable[[float], Awaitable[object]]
"""Waits so many seconds."""

Step = Callable[[], Awaitable[object]]
"""Something to do in the loop after the acknowledgement."""

log = logging.getLogger(__name__)

VERBS = 8
"""So many verbs run at once. Some wait until a box that is being written can be read."""

WRITERS = 4
"""So many submissions are handed in at once, beside the other verbs: they wait for no box (``ended``)."""

FLOWS = 4
"""So many flows that members have begun may wait for Slack at once, besides the timer's."""

MOST_RUNS = 60
"""A verb that still does not know enough after so many runs is given up."""

LIST_S = 2.0
"""So long a verb waits for the list of all people where there is none yet."""

TRIGGER_S = 3.0
"""So long Slack lets a click open something."""

LONGEST_PAUSE_S = 60.0
"""A call that may only be made again after a longer pause is given up."""

AT_ONCE = 20
"""So many people are asked about at once for one verb."""


class TooLateError(SlackUnavailableError):
    """There was no time left to begin this."""

    def __init__(self) -> None:
        """Nothing was done."""
        super().__init__("too_late")


class TooMuchUnknownError(SlackUnavailableError):
    """A verb wants to know more than it can be told."""

    def __init__(self) -> None:
        """It may be run as a flow."""
        super().__init__("too_much_unknown")


STEPS: ContextVar[list[Step]] = ContextVar("steps")
"""What the verb that runs now leaves behind."""


class Work:
    """Runs verbs and flows, and the steps that they leave behind. All that is async runs in one loop."""

    def __init__(
        self, facts: Facts, client: StoppableAsyncClient, patient: StoppableAsyncClient, pause: Pause
    ) -> None:
        """Find out through ``client``; through ``patient``, which waits out pauses, what nobody waits for.

        ``pause`` returns after so many seconds.
        """
        self._pause = pause
        self.client = client
        self._patient = patient
        self._facts = facts
        self._verbs = ThreadPoolExecutor(VERBS, thread_name_prefix="verb")
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="writer")
        self._flows = ThreadPoolExecutor(FLOWS, thread_name_prefix="flow")
        self._loop = asyncio.get_running_loop()
        self._asking: dict[Wanted, asyncio.Task[Any]] = {}
        self._refreshing: dict[Wanted, asyncio.Task[Any]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        facts.on_stale = self._refresh_from_any_thread

    async def verb(
        self, verb: Callable[[], T], steps: list[Step], *, writes: bool = False, until_s: float | None = None
    ) -> T:
        """Return what a verb returns, run as often as it takes to know what it asks for.

        Its steps are added to ``steps``. ``until_s``: the time of the loop after which it is not begun any
        more: then ``TooLateError`` is raised. One that has begun is waited for.
        """
        found: Found = {}
        pool = self._writers if writes else self._verbs
        for _ in range(MOST_RUNS):
            context, left = copy_context(), list[Step]()
            context.run(FOUND.set, found)
            context.run(STEPS.set, left)
            running = pool.submit(context.run, verb)
            try:
                await self.ended(running, until_s)
                result = running.result()
            except NotKnownError as unknown:
                await self._find_out(unknown, found, until_s)
            except BaseException:
                steps += left
                raise
            else:
                steps += left
                return result
        raise TooMuchUnknownError

    async def ended(self, running: "Future[Any]", until_s: float | None) -> None:
        """Return when this has ended, well or not; raise ``TooLateError`` where it has not begun in time."""
        waiting = asyncio.wrap_future(running)
        limit_s = None if until_s is None else max(0.0, until_s - self._loop.time())
        await asyncio.wait({waiting}, timeout=limit_s)
        if not waiting.done():
            if running.cancel():
                raise TooLateError
            await asyncio.wait({waiting})
        waiting.exception()  # taken note of here; whoever wants it has it from ``running``

    async def flow(self, flow: Callable[[], T]) -> T:
        """Return what a flow returns, which may call Slack and wait."""
        return await self._loop.run_in_executor(self._flows, copy_context().run, flow)

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Return what Slack answers to this call at once. Raises ``SlackError``.

        Where Slack asks for a pause, this call alone waits for its end, as long as it is of use then.
        """
        longest_s = TRIGGER_S if "trigger_id" in arguments else LONGEST_PAUSE_S
        for _ in range(RETRIES):
            try:
                return await call_soon(self.client, method, **arguments)
            except RateLimitedError as pause:
                if pause.retry_after_s > longest_s:
                    raise
                await self.client.unless_over(self._pause(pause.retry_after_s))
        return await call_soon(self.client, method, **arguments)

    async def post(self, url: str, said: dict[str, Any]) -> int:
        """Answer at a response URL; return the status with which Slack takes it. Raises ``SlackError``."""
        webhook = AsyncWebhookClient(
            url,
            timeout=self.client.timeout,
            ssl=self.client.ssl,
            session=self.client.session,
            logger=self.client.logger,
            retry_handlers=[],
        )
        webhook.proxy = self.client.proxy
        with translate_errors():
            answer = await self.client.unless_over(webhook.send_dict(said))
        return answer.status_code

    def take(self, steps: list[Step]) -> None:
        """Take these steps, beside all else; what fails is logged by its code, never by its text."""
        for step in steps:
            self.spawn(_logged(step))

    def spawn(self, step: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run this beside all else, and keep hold of it until it is done."""
        task = self._loop.create_task(step)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def refresh(self, wanted: Wanted) -> None:
        """Ask for this in the background, unless it is being asked for."""
        if wanted not in self._asking and wanted not in self._refreshing:
            self._ask(wanted, self._patient)

    def refresh_people(self) -> None:
        """Ask for the list of all people in the background; from any thread."""
        self._refresh_from_any_thread(Wanted(About.PEOPLE))

    async def close(self) -> None:
        """Return when everything that was begun has ended. Hang up before, or this waits for Slack."""
        while self._tasks:
            await asyncio.wait(self._tasks)
        for pool in (self._verbs, self._writers, self._flows):
            await asyncio.to_thread(pool.shutdown)

    async def _find_out(self, unknown: NotKnownError, found: Found, until_s: float | None) -> None:
        """Add to ``found`` what is wanted, or the ``SlackError`` with which Slack did not say."""
        free = asyncio.Semaphore(AT_ONCE)

        async def find(one: Wanted) -> None:
            async with free:
                try:
                    found[one] = await self._answer(one, unknown.within)
                except SlackError as error:
                    found[one] = error

        finding = self.spawn(_all(find, unknown.wanted))
        limit_s = None if until_s is None else max(0.0, until_s - self._loop.time())
        await asyncio.wait({finding}, timeout=limit_s)
        if not finding.done():
            finding.cancel()
            raise TooLateError
        finding.result()

    async def _answer(self, wanted: Wanted, within: timedelta | None) -> Any:
        """Return the answer; only the list of all people is waited for where the background asks for it."""
        answer = self._facts.known(wanted, within)
        if answer is not None:
            return answer  # it was found out for another verb while this one came back from its thread
        asking = self._asking.get(wanted)
        if wanted.about is About.PEOPLE:
            asking = asking or self._refreshing.get(wanted) or self._ask(wanted, self._patient)
            await asyncio.wait({asking}, timeout=LIST_S)
            if not asking.done():
                raise SlackUnavailableError("people_not_listed")
        if asking:
            answer = await asyncio.shield(asking)
            if self._facts.known(wanted) is not None:
                return answer  # else it was forgotten while it was asked for
        return await asyncio.shield(self._ask(wanted, self.client))

    def _ask(self, wanted: Wanted, client: StoppableAsyncClient) -> "asyncio.Task[Any]":
        """Begin to ask for this; those who want it meanwhile share the answer."""

        async def ask(method: str, arguments: dict[str, Any]) -> Mapping[str, Any]:
            if client is self.client:
                return await self.call(method, **arguments)
            return await call_soon(client, method, **arguments)

        under_way = self._refreshing if client is self._patient else self._asking
        task = self.spawn(answered_soon(self._facts.asking(wanted), ask))
        under_way[wanted] = task

        def done(ended: "asyncio.Task[Any]") -> None:
            if under_way.get(wanted) is ended:
                del under_way[wanted]
            if not ended.cancelled() and (error := ended.exception()):
                log.info("not found out", extra={"code": _code_of(error)})

        task.add_done_callback(done)
        return task

    def _refresh_from_any_thread(self, wanted: Wanted) -> None:
        self._loop.call_soon_threadsafe(self.refresh, wanted)


async def _all(find: Callable[[Wanted], Awaitable[None]], wanted: tuple[Wanted, ...]) -> None:
    await asyncio.gather(*map(find, wanted))


async def _logged(step: Step) -> None:
    try:
        await step()
    except SlackError as error:
        log.warning("slack call failed", extra={"code": error.reason})
    except Exception as error:  # noqa: BLE001 - a text of a foreign exception may hold a reply
        log.error("slack call failed", extra={"code": _code_of(error)})  # noqa: TRY400


def _code_of(error: BaseException) -> str:
    return error.code if isinstance(error, BotError) else type(error).__name__
