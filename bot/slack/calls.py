"""Calls to Slack: one client, its errors in our words, and a pool sized for bursts."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.client import HTTPException
from typing import Any, cast

from slack_sdk.errors import SlackClientError
from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryState
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler, RateLimitErrorRetryHandler
from slack_sdk.web import SlackResponse

from bot.errors import SlackError
from bot.slack.dates import Listen, TimeTellingClient
from bot.slack.failures import error_of
from bot.slack.in_time import within
from bot.slack.limits import fit
from bot.slack.pace import Pace, wake_up

log = logging.getLogger(__name__)

LONGEST_CALL_S = 30.0
"""So long the bot waits for an answer to what it does by itself, however slowly its bytes come."""

POOL = 96
"""Outbound calls under way at once: 500 people who press *Reply* together all get their form within 3 s."""

A_MOMENT_S = 0.25
"""Waited on top of what Slack asks for: its clock is not ours."""


def web_client(
    token: str, api_url: str, *, timeout_s: int = 10, pace: Pace | None = None, listen: Listen | None = None
) -> TimeTellingClient:
    """A client that waits out rate limits and tries a lost connection once more.

    With a pace, what waits for Slack raises ``StoppingError`` as soon as the bot stops. ``listen`` is
    asked before each call for what takes the time that Slack tells with its answer.
    """
    quiet = logging.getLogger("bot.slack.sdk")
    client = TimeTellingClient(token, api_url, timeout_s=timeout_s, logger=quiet)
    client.listen = listen
    client.retry_handlers = [Reconnecting(), Patience(pace)]
    return client


class Reconnecting(ConnectionErrorRetryHandler):
    """Tries a lost connection once more, but never for a message: it may have arrived."""

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        return not _is_message(request) and super()._can_retry(
            state=state, request=request, response=response, error=error
        )


class Patience(RateLimitErrorRetryHandler):
    """Tries again after the pause that Slack asks for, up to five times, unless the bot stops first.

    Not what the bot asks by itself: it puts off that channel, and goes on with the others. And no message.
    """

    def __init__(self, pace: Pace | None) -> None:
        """Wait as this pace does; without one, as the SDK does, whom nothing wakes."""
        super().__init__(max_retry_count=5)
        self._pace = pace

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if wake_up() is not None or _is_message(request):
            return False
        return super()._can_retry(state=state, request=request, response=response, error=error)

    def prepare_for_next_attempt(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        """Wait as long as ``Retry-After`` says, and a moment more. Raises ``StoppingError``."""
        if self._pace is None or response is None:
            super().prepare_for_next_attempt(state=state, request=request, response=response, error=error)
            return
        self._pace.pause(_retry_after_s(response) + A_MOMENT_S)
        state.next_attempt_requested = True
        state.increment_current_attempt()


def _is_message(request: HttpRequest) -> bool:
    return request.url.partition("?")[0].endswith("/chat.postMessage")


def _retry_after_s(response: HttpResponse) -> int:
    """Whole seconds; one, where Slack does not say."""
    said = next((value for name, value in response.headers.items() if name.lower() == "retry-after"), ["1"])
    return int(said[0]) if said[0].isdigit() else 1


@contextmanager
def in_our_words() -> Iterator[None]:
    """Turn the SDK's errors into ``SlackError`` with Slack's own reason, and nothing of the payload."""
    try:
        yield
    except (SlackClientError, OSError, HTTPException, ValueError, AttributeError) as error:
        raise error_of(error) from None


def call(method: Callable[..., SlackResponse], **arguments: Any) -> dict[str, Any]:
    """What Slack answers to these arguments, made to fit its limits first.

    What the bot does by itself waits until the pace allows it (``bot.slack.pace``), and no longer than
    ``LONGEST_CALL_S`` for the answer: then it is as one that got lost. Raises ``SlackError`` as
    ``in_our_words`` does, and for a view that no limit lets through; ``StoppingError`` when the bot stops.
    """
    fitted = fit(arguments)
    if work := wake_up():
        work.pace.before(_api_name(method), str(arguments.get("channel", "")))
    ask = partial(method, **fitted)
    if work:
        return cast(dict[str, Any], ask_in_time(ask).data)
    with in_our_words():
        return cast(dict[str, Any], ask().data)


def ask_in_time(ask: Callable[[], SlackResponse]) -> SlackResponse:
    """Return what Slack answers; after ``LONGEST_CALL_S`` it is as an answer that got lost.

    For what nobody but the bot waits for. Raises ``SlackError`` as ``in_our_words`` does, and
    ``StoppingError``.
    """
    with in_our_words():
        return within(LONGEST_CALL_S, ask)


def _api_name(method: Callable[..., SlackResponse]) -> str:
    """The Web API's name of a method of the SDK, such as ``chat.postMessage``."""
    return method.__name__.replace("_", ".", 1)


class Outbox:
    """Runs calls to Slack beside the listener that asked for them, so that an acknowledgement never waits."""

    def __init__(self) -> None:
        """Open the pool."""
        self._pool = ThreadPoolExecutor(max_workers=POOL, thread_name_prefix="outbox")
        self._held = threading.local()

    def send(self, step: Callable[[], object]) -> None:
        """Run this soon; what fails is logged by its class and code, never by its text."""
        waiting: list[Callable[[], object]] | None = getattr(self._held, "steps", None)
        if waiting is None:
            self._pool.submit(self._run, step)
        else:
            waiting.append(step)

    @contextmanager
    def after_ack(self) -> Iterator[None]:
        """Hold what this thread sends until the block is left.

        A call that starts before the acknowledgement has gone out competes with it for the processor.
        """
        self._held.steps = []
        try:
            yield
        finally:
            steps, self._held.steps = self._held.steps, None
            for step in steps:
                self._pool.submit(self._run, step)

    def close(self) -> None:
        """Wait for the calls under way, and take no more."""
        self._pool.shutdown(wait=True)

    @staticmethod
    def _run(step: Callable[[], object]) -> None:
        try:
            step()
        except SlackError as error:
            log.warning("slack call failed", extra={"code": error.reason})
        except Exception as error:  # noqa: BLE001 - a text of a foreign exception may hold a reply
            log.error("slack call failed", extra={"code": type(error).__name__})  # noqa: TRY400
