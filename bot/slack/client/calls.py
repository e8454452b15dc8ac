"""Call Slack's Web API: arguments are fitted to its limits, and its errors translated."""

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

from bot.core.language import ENGLISH
from bot.errors import RateLimitedError
from bot.slack.client.deadlines import within
from bot.slack.client.errors import error_of
from bot.slack.client.proxies import Route, route_to
from bot.slack.client.rate_limits import RETRIES, background_run
from bot.slack.client.server_time import TimeCall
from bot.slack.client.stoppable import StoppableClient
from bot.slack.client.under_way import POST, wait_for_turn
from bot.slack.kit.limits import fit

log = logging.getLogger(__name__)

TIMEOUT_S = 10

LONGEST_CALL_S = 30.0
"""How long a background call waits for its answer, however slowly its bytes come."""


def web_client(
    token: str,
    api_url: str | Route,
    *,
    timeout_s: float = TIMEOUT_S,
    time_call: TimeCall | None = None,
    patient: bool = False,
) -> StoppableClient:
    """Return a client that makes each call once; ``patient``: and repeats it as Slack asks (``RETRIES``).

    Raises ``ConfigError`` where Slack can only be reached through a proxy that the bot cannot use.
    """
    route = api_url if isinstance(api_url, Route) else route_to(api_url)
    handlers: list[RetryHandler] = []
    if patient:
        handlers = [ConnectionErrorRetryHandler(), RateLimitErrorRetryHandler(max_retry_count=RETRIES)]
    client = StoppableClient(token, route, timeout_s=timeout_s, retry_handlers=handlers)
    client.time_call = time_call
    return client


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn errors of the SDK into ``SlackError`` with Slack's reason and nothing of the payload."""
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
    """Fit the arguments to Slack's limits, call a method of the SDK, and return the answer.

    A background run waits until the rate limits allow the call, and at most ``LONGEST_CALL_S`` for the
    answer; after that the call counts as lost. After a 429 (``rate_limits``), the method is not called in
    this channel again until Slack allows it. Raises ``SlackError``, also for a view that is too large, and
    ``StoppingError`` when the bot stops.
    """
    fitted = fit(arguments, ENGLISH)  # who speaks another language has fitted it
    name, channel = _api_name(method), str(arguments.get("channel", ""))
    run = background_run()
    if run:
        run.limiter.acquire(name, channel)
        if name == POST:
            wait_for_turn(run.limiter.wait)
    ask = partial(method, **fitted)
    try:
        if run:
            return cast(dict[str, Any], call_with_deadline(ask).data)
        with translate_errors():
            return cast(dict[str, Any], ask().data)
    except RateLimitedError as error:
        if run:
            run.limiter.refuse(name, channel, error.retry_after_s)
        raise


def call_with_deadline(ask: Callable[[], SlackResponse]) -> SlackResponse:
    """Return Slack's answer; after ``LONGEST_CALL_S`` it counts as lost.

    For background calls. Raises ``SlackError`` and ``StoppingError``.
    """
    with translate_errors():
        return within(LONGEST_CALL_S, ask)


async def call_async(client: AsyncWebClient, method: str, **arguments: Any) -> dict[str, Any]:
    """Do the same as ``call`` for a member who waits: without rate limits.

    ``method``: its name in the Web API, such as ``views.open``.
    """
    fitted = fit(arguments, ENGLISH)  # who speaks another language has fitted it
    with translate_errors():
        answer = await getattr(client, method.replace(".", "_"))(**fitted)
        data = answer.data
        if not isinstance(data, dict):
            raise TypeError(method)  # translated to a malformed response
        return data


def _api_name(method: Callable[..., SlackResponse]) -> str:
    """Return the Web API's name of a method of the SDK, such as ``chat.postMessage``."""
    return method.__name__.replace("_", ".", 1)
