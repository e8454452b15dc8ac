"""Calls to Slack: its errors in our words, and arguments that fit its limits."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPException
from typing import Any, cast

from aiohttp import ClientError
from slack_sdk.errors import SlackClientError
from slack_sdk.http_retry import RetryHandler
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler, RateLimitErrorRetryHandler
from slack_sdk.web import SlackResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import RateLimitedError
from bot.slack.client.deadlines import within
from bot.slack.client.errors import error_of
from bot.slack.client.proxies import Route, route_to
from bot.slack.client.rate_limits import wake_up
from bot.slack.client.server_time import Listen
from bot.slack.client.stoppable import StoppableClient
from bot.slack.kit.limits import fit

log = logging.getLogger(__name__)

TIMEOUT_S = 10

LONGEST_CALL_S = 30.0
"""So long the bot waits for an answer to what it does by itself, however slowly its bytes come."""

RETRIES = 5
"""So often a call is made again that may wait for Slack."""


def web_client(
    token: str,
    api_url: str | Route,
    *,
    timeout_s: float = TIMEOUT_S,
    listen: Listen | None = None,
    patient: bool = False,
) -> StoppableClient:
    """Return a client that makes each call once; ``patient``: again after a pause that Slack asks for.

    ``listen`` is asked before each call for what takes the time that Slack tells with its answer.
    Raises ``ConfigError`` where Slack can only be reached through a proxy that the bot cannot use.
    """
    route = api_url if isinstance(api_url, Route) else route_to(api_url)
    handlers: list[RetryHandler] = []
    if patient:
        handlers = [ConnectionErrorRetryHandler(), RateLimitErrorRetryHandler(max_retry_count=RETRIES)]
    client = StoppableClient(token, route, timeout_s=timeout_s, retry_handlers=handlers)
    client.listen = listen
    return client


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn the SDK's errors into ``SlackError`` with Slack's own reason, and nothing of the payload."""
    try:
        yield
    except (
        SlackClientError,
        ClientError,
        OSError,
        HTTPException,
        ValueError,
        AttributeError,
        TypeError,
    ) as error:
        raise error_of(error) from None


def call(method: Callable[..., SlackResponse], **arguments: Any) -> dict[str, Any]:
    """Return what Slack answers to these arguments, made to fit its limits first.

    What the bot does by itself waits until the limits allow it (``rate_limits``). Where Slack asks for a
    pause, this method is not called again in this channel until the pause is over. Wait ``LONGEST_CALL_S``
    for the answer at most; after that the call counts as lost. Raises ``SlackError`` as ``translate_errors``
    does, and for a view that no limit lets through; ``StoppingError`` when the bot stops.
    """
    fitted = fit(arguments)
    name, channel = _api_name(method), str(arguments.get("channel", ""))
    work = wake_up()
    if work:
        work.limiter.before(name, channel)
    ask = partial(method, **fitted)
    try:
        if work:
            return cast(dict[str, Any], ask_in_time(ask).data)
        with translate_errors():
            return cast(dict[str, Any], ask().data)
    except RateLimitedError as pause:
        if work:
            work.limiter.put_off(name, channel, pause.retry_after_s)
        raise


def ask_in_time(ask: Callable[[], SlackResponse]) -> SlackResponse:
    """Return what Slack answers; after ``LONGEST_CALL_S`` it is as an answer that got lost.

    For what nobody but the bot waits for. Raises ``SlackError`` as ``translate_errors`` does, and
    ``StoppingError``.
    """
    with translate_errors():
        return within(LONGEST_CALL_S, ask)


async def call_soon(client: AsyncWebClient, method: str, **arguments: Any) -> dict[str, Any]:
    """Return what Slack answers, as ``call`` does, for what members wait for. It keeps to no limits.

    ``method``: its name in the Web API, such as ``views.open``.
    """
    fitted = fit(arguments)
    with translate_errors():
        answer = await getattr(client, method.replace(".", "_"))(**fitted)
        data = answer.data
        if not isinstance(data, dict):
            raise TypeError(method)  # told as no sense
        return data


def _api_name(method: Callable[..., SlackResponse]) -> str:
    """The Web API's name of a method of the SDK, such as ``chat.postMessage``."""
    return method.__name__.replace("_", ".", 1)
