"""Run use cases in thread pools, with one for those that may wait for Slack, and the rest in the loop.

A use case for a member never calls Slack. Where it lacks a fact, it raises ``NotKnownError``: the loop finds
the fact out and runs the use case again. Its calls to Slack are background tasks, which run after the
acknowledgement.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import Executor, Future
from contextlib import AbstractAsyncContextManager, nullcontext
from contextvars import ContextVar, copy_context
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.errors import BotError, SlackError, SlackUnavailableError
from bot.slack.client.calls import call_async, translate_errors
from bot.slack.client.rate_limits import call_again, longest_wait_s
from bot.slack.client.stoppable import StoppableAsyncClient
from bot.slack.directory.cache import DirectoryCache, FactKey, FactKind
from bot.slack.directory.lookup import FOUND, Found, NotKnownError
from bot.slack.directory.questions import run_question_async
from bot.slack.transport.pools import Pools

T = TypeVar("T")
Wait = Callable[[float], Awaitable[object]]
"""Waits for a number of seconds."""

BackgroundTask = Callable[[], Awaitable[object]]
"""Runs in the loop after the acknowledgement."""

log = logging.getLogger(__name__)

MOST_RUNS = 60
"""Runs after which a use case that still lacks facts is given up."""

LIST_S = 2.0
"""How long a use case waits for the list of all people where none is cached."""

AT_ONCE = 20
"""People requested at once for one use case."""


class TooLateError(SlackUnavailableError):
    """A use case could not begin in time; nothing was done."""

    def __init__(self) -> None:
        """Set the code."""
        super().__init__("too_late")


class TooMuchUnknownError(SlackUnavailableError):
    """A use case lacks facts after ``MOST_RUNS`` runs; it may be run as one that may wait."""

    def __init__(self) -> None:
        """Set the code."""
        super().__init__("too_much_unknown")


BACKGROUND_TASKS: ContextVar[list[BackgroundTask]] = ContextVar("tasks")
"""The background tasks of the use case that runs now."""


class Workers:
    """Runs use cases and background tasks. Everything asynchronous runs in one loop."""

    def __init__(  # noqa: PLR0913 - only a session puts one together
        self,
        cache: DirectoryCache,
        client: StoppableAsyncClient,
        patient: StoppableAsyncClient,
        wait: Wait,
        pools: Pools,
        *,
        calls: AbstractAsyncContextManager[object] | None = None,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """Request facts through ``client``; in advance through ``patient``, which repeats as Slack asks.

        ``wait`` waits for a number of seconds. ``pools``: the threads for use cases; their owner closes them.
        ``calls`` is entered for each call of a member, where several workspaces share the connections.
        """
        self._calls = calls or nullcontext()
        self._wait = wait
        self.client = client
        self._patient = patient
        self._cache = cache
        self._pools = pools
        self._loop = loop
        self._asking: dict[FactKey, asyncio.Task[Any]] = {}
        self._refreshing: dict[FactKey, asyncio.Task[Any]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        cache.on_stale = self._refresh_from_any_thread

    @property
    def is_idle(self) -> bool:
        """Whether no background task and no question to Slack is under way."""
        return not self._tasks

    async def run_use_case(
        self,
        use_case: Callable[[], T],
        tasks: list[BackgroundTask],
        *,
        writes: bool = False,
        until_s: float | None = None,
    ) -> T:
        """Run a use case until all facts that it needs are known, and return its result.

        Its background tasks are added to ``tasks``. ``until_s``: the time of the loop after which it may not
        begin (``TooLateError``). A use case that has begun is waited for.
        """
        found: Found = {}
        pool: Executor = self._pools.writers if writes else self._pools.use_cases
        for _ in range(MOST_RUNS):
            context, left = copy_context(), list[BackgroundTask]()
            context.run(FOUND.set, found)
            context.run(BACKGROUND_TASKS.set, left)
            running = pool.submit(context.run, use_case)
            try:
                await self.wait_for(running, until_s)
                result = running.result()
            except NotKnownError as unknown:
                await self._find_out(unknown, found, until_s)
            except BaseException:
                tasks += left
                raise
            else:
                tasks += left
                return result
        raise TooMuchUnknownError

    async def wait_for(self, running: "Future[Any]", until_s: float | None) -> None:
        """Wait until this has ended or failed. Raises ``TooLateError`` where it has not begun in time."""
        waiting = asyncio.wrap_future(running)
        limit_s = None if until_s is None else max(0.0, until_s - self._loop.time())
        await asyncio.wait({waiting}, timeout=limit_s)
        if not waiting.done():
            if running.cancel():
                raise TooLateError
            await asyncio.wait({waiting})
        waiting.exception()  # retrieved, so that asyncio does not log it; the caller has it from ``running``

    async def run_waiting(self, use_case: Callable[[], T]) -> T:
        """Run a use case that may call Slack and wait, and return its result."""
        return await self._loop.run_in_executor(self._pools.waiting, copy_context().run, use_case)

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Call Slack at once, and return the answer. Raises ``SlackError``.

        After a 429 only this call waits (``rate_limits.call_again``).
        """
        call = partial(call_async, self.client, method, **arguments)
        async with self._calls:
            return await call_again(call, self._wait_unless_stopped, longest_wait_s(arguments))

    async def post(self, url: str, message: dict[str, Any]) -> int:
        """Post to a response URL, and return the HTTP status. Raises ``SlackError``."""
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
            answer = await self.client.unless_stopped(webhook.send_dict(message))
        return answer.status_code

    def start(self, tasks: list[BackgroundTask]) -> None:
        """Start these background tasks. A failure is logged by its code, never by its text."""
        for task in tasks:
            self.create_task(_logged(task))

    def create_task(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task, and keep a reference until it is done."""
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def refresh(self, wanted: FactKey) -> None:
        """Request a fact in the background, unless it is being requested."""
        if wanted not in self._asking and wanted not in self._refreshing:
            self._ask(wanted, self._patient)

    def refresh_people(self) -> None:
        """Request the list of all people in the background. Callable from any thread."""
        self._refresh_from_any_thread(FactKey(FactKind.PEOPLE))

    async def close(self) -> None:
        """Wait until everything has ended. Stop the clients first, or this waits for Slack."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _find_out(self, unknown: NotKnownError, found: Found, until_s: float | None) -> None:
        """Add each wanted fact to ``found``, or the ``SlackError`` with which its request failed."""
        free = asyncio.Semaphore(AT_ONCE)

        async def find(one: FactKey) -> None:
            async with free:
                try:
                    found[one] = await self._answer(one, unknown.max_age)
                except SlackError as error:
                    found[one] = error

        async def find_all() -> None:
            await asyncio.gather(*map(find, unknown.wanted))

        finding = self.create_task(find_all())
        limit_s = None if until_s is None else max(0.0, until_s - self._loop.time())
        await asyncio.wait({finding}, timeout=limit_s)
        if not finding.done():
            finding.cancel()
            raise TooLateError
        finding.result()

    async def _answer(self, wanted: FactKey, max_age: timedelta | None) -> Any:
        """Return a fact. A request in the background is shared only for the list of all people."""
        answer = self._cache.get(wanted, max_age)
        if answer is not None:
            return answer  # found out for another use case meanwhile
        asking = self._asking.get(wanted)
        if wanted.kind is FactKind.PEOPLE:
            asking = asking or self._refreshing.get(wanted) or self._ask(wanted, self._patient)
            await asyncio.wait({asking}, timeout=LIST_S)
            if not asking.done():
                raise SlackUnavailableError("people_not_listed")
        if asking:
            answer = await asyncio.shield(asking)
            if self._cache.get(wanted) is not None:
                return answer  # otherwise it was forgotten while it was requested
        return await asyncio.shield(self._ask(wanted, self.client))

    def _ask(self, wanted: FactKey, client: StoppableAsyncClient) -> "asyncio.Task[Any]":
        """Start to request a fact; others who want it meanwhile share the answer."""

        async def ask(method: str, arguments: dict[str, Any]) -> Mapping[str, Any]:
            if client is self.client:
                return await self.call(method, **arguments)
            return await call_async(client, method, **arguments)

        under_way = self._refreshing if client is self._patient else self._asking
        task = self.create_task(run_question_async(self._cache.request(wanted), ask))
        under_way[wanted] = task

        def done(ended: "asyncio.Task[Any]") -> None:
            if under_way.get(wanted) is ended:
                del under_way[wanted]
            if not ended.cancelled() and (error := ended.exception()):
                log.info("not found out", extra={"code": _code_of(error)})

        task.add_done_callback(done)
        return task

    async def _wait_unless_stopped(self, seconds: float) -> None:
        await self.client.unless_stopped(self._wait(seconds))

    def _refresh_from_any_thread(self, wanted: FactKey) -> None:
        self._loop.call_soon_threadsafe(self.refresh, wanted)


async def _logged(task: BackgroundTask) -> None:
    try:
        await task()
    except SlackError as error:
        log.warning("slack call failed", extra={"code": error.reason})
    except Exception as error:  # noqa: BLE001 - a text of a foreign exception may hold a reply
        log.error("slack call failed", extra={"code": _code_of(error)})  # noqa: TRY400


def _code_of(error: BaseException) -> str:
    return error.code if isinstance(error, BotError) else type(error).__name__
