"""The SDK's clients, made stoppable: calls under way are given up at once, and no further call begins.

The synchronous client serves background runs and the command line, the asynchronous one serves members. Both
report Slack's time from each answer.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import aiohttp
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry import RetryHandler
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.web import SlackResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import StoppingError
from bot.slack.client.proxies import Route
from bot.slack.client.server_time import TimeCall, server_time
from bot.slack.client.threads import start_call

T = TypeVar("T")
Answer = TypeVar("Answer")

LOGGER = "bot.slack.sdk"
"""The SDK's logger; it logs whole payloads, so ``bot.logs`` pins its level."""


def _settings(token: str, route: Route, timeout_s: float) -> dict[str, Any]:
    """Return the arguments that both kinds of clients take."""
    return {
        "token": token,
        "base_url": route.api_url,
        "timeout": timeout_s,
        "ssl": route.tls,
        "logger": logging.getLogger(LOGGER),
    }


class StoppableClient(WebClient):
    """A synchronous client whose calls end when the bot stops."""

    def __init__(
        self, token: str, route: Route, *, timeout_s: float, retry_handlers: list[RetryHandler]
    ) -> None:
        """Call Slack over this route."""
        super().__init__(**_settings(token, route, timeout_s), retry_handlers=retry_handlers)
        self.proxy = route.proxy
        self.time_call: TimeCall | None = None
        self._stopped: Future[None] = Future()

    def api_call(self, *args: Any, **kwargs: Any) -> SlackResponse:
        """Call a method of the Web API, as the SDK does. Raises ``StoppingError`` after ``stop_calls``."""
        call = super().api_call
        with _reporting_time(self.time_call) as reported:
            return reported(self._unless_stopped(lambda: call(*args, **kwargs)))

    def stop_calls(self) -> None:
        """Give up every call under way, and let none begin: all raise ``StoppingError``."""
        with suppress(Exception):  # already stopped
            self._stopped.set_result(None)

    def _unless_stopped(self, call: Callable[[], T]) -> T:
        """Run the call in a daemon thread, and return its result."""
        if self._stopped.done():
            raise StoppingError
        done = start_call(call, "slack-call")
        either: list[Future[Any]] = [done, self._stopped]
        wait(either, return_when=FIRST_COMPLETED)
        if not done.done():
            raise StoppingError(sent=True)
        return done.result()


class StoppableAsyncClient(AsyncWebClient):
    """An asynchronous client whose calls end when the bot stops."""

    def __init__(
        self,
        token: str,
        route: Route,
        session: aiohttp.ClientSession,
        *,
        timeout_s: float,
        retry_handlers: list[AsyncRetryHandler],
    ) -> None:
        """Call Slack over this route and this shared session."""
        super().__init__(**_settings(token, route, timeout_s), session=session, retry_handlers=retry_handlers)
        self.proxy = route.proxy
        self.time_call: TimeCall | None = None
        self._stopped = False
        self._under_way: set[asyncio.Timeout] = set()

    async def api_call(self, *args: Any, **kwargs: Any) -> AsyncSlackResponse:
        """Call a method of the Web API, as the SDK does. Raises ``StoppingError`` after ``stop_calls``."""
        with _reporting_time(self.time_call) as reported:
            return reported(await self.unless_stopped(super().api_call(*args, **kwargs)))

    def stop_calls(self) -> None:
        """Give up every call under way, and let none begin. Call it in the loop."""
        self._stopped = True
        for until in self._under_way:
            until.reschedule(asyncio.get_running_loop().time())

    async def unless_stopped(self, call: Awaitable[T]) -> T:
        """Await the call. Raises ``StoppingError`` when the bot stops first."""
        if self._stopped:
            if asyncio.iscoroutine(call):
                call.close()
            raise StoppingError
        try:
            async with asyncio.timeout(None) as until:
                self._under_way.add(until)
                return await call
        except TimeoutError:
            if until.expired():
                raise StoppingError(sent=True) from None
            raise
        finally:
            self._under_way.discard(until)


@contextmanager
def _reporting_time(time_call: TimeCall | None) -> Iterator[Callable[[Answer], Answer]]:
    """Report Slack's time from the answer of the call within, also from one that is an error."""
    report = time_call() if time_call else None

    def reported(answer: Answer) -> Answer:
        if report and (moment := server_time(getattr(answer, "headers", None) or {})):
            report(moment)
        return answer

    try:
        yield reported
    except SlackApiError as error:
        reported(error.response)
        raise
