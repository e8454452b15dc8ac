"""The SDK's clients, told to stop: a call under way is given up at once, and none begins after that.

The synchronous one is for what the bot does by itself, and for the command line; the asynchronous one is for
what members wait for. Both hand on the time that Slack tells with each answer.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from threading import Thread
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
from bot.slack.client.server_time import Hear, Listen, told_at

T = TypeVar("T")

LOGGER = "bot.slack.sdk"
"""Where the SDK logs; it prints whole payloads, so this name is pinned (``bot.logs``)."""


class StoppableClient(WebClient):
    """A synchronous client whose calls end when the bot stops."""

    def __init__(
        self, token: str, route: Route, *, timeout_s: float, retry_handlers: list[RetryHandler]
    ) -> None:
        """Call Slack over this route. ``retry_handlers``: the SDK's, for who may wait in a call."""
        super().__init__(
            token=token,
            base_url=route.api_url,
            timeout=timeout_s,  # type: ignore[arg-type]  # a fraction of a second is as good
            ssl=route.tls,
            logger=logging.getLogger(LOGGER),
            retry_handlers=retry_handlers,
        )
        self.proxy = route.proxy
        self.listen: Listen | None = None
        self._over: Future[None] = Future()

    def api_call(self, *args: Any, **kwargs: Any) -> SlackResponse:
        """Call a method of the Web API, as the SDK does. Raises ``StoppingError`` after ``hang_up``."""
        hear = self.listen() if self.listen else None
        call = super().api_call
        try:
            answer = self._unless_over(lambda: call(*args, **kwargs))
        except SlackApiError as error:
            _hand_on(getattr(error.response, "headers", {}), hear)
            raise
        _hand_on(answer.headers, hear)
        return answer

    def hang_up(self) -> None:
        """Give up every call under way, and let none begin: all of them raise ``StoppingError``."""
        with suppress(Exception):  # it was called before
            self._over.set_result(None)

    def _unless_over(self, call: Callable[[], T]) -> T:
        """Return what the call returns; wait for it in a thread of its own, which nobody has to wait for."""
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(call())
            except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
                done.set_exception(error)

        if self._over.done():
            raise StoppingError
        Thread(target=run, name="slack-call", daemon=True).start()
        either: list[Future[Any]] = [done, self._over]
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
        """Call Slack over this route and this session, which others share."""
        super().__init__(
            token=token,
            base_url=route.api_url,
            timeout=timeout_s,  # type: ignore[arg-type]  # a fraction of a second is as good
            ssl=route.tls,
            session=session,
            logger=logging.getLogger(LOGGER),
            retry_handlers=retry_handlers,
        )
        self.proxy = route.proxy
        self.listen: Listen | None = None
        self._over = False
        self._under_way: set[asyncio.Timeout] = set()

    async def api_call(self, *args: Any, **kwargs: Any) -> AsyncSlackResponse:
        """Call a method of the Web API, as the SDK does. Raises ``StoppingError`` after ``hang_up``."""
        hear = self.listen() if self.listen else None
        try:
            answer = await self.unless_over(super().api_call(*args, **kwargs))
        except SlackApiError as error:
            _hand_on(getattr(error.response, "headers", {}), hear)
            raise
        _hand_on(answer.headers, hear)
        return answer

    def hang_up(self) -> None:
        """Give up every call under way, and let none begin. To be called in the loop."""
        self._over = True
        for until in self._under_way:
            until.reschedule(asyncio.get_running_loop().time())

    async def unless_over(self, call: Awaitable[T]) -> T:
        """Return what the call returns. Raises ``StoppingError`` when the bot stops first."""
        if self._over:
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


def _hand_on(headers: Any, hear: Hear | None) -> None:
    if hear and (moment := told_at(headers or {})):
        hear(moment)
