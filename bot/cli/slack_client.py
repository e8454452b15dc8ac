"""Ask Slack from a command, for a limited time."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

from bot.config import Config
from bot.slack.client.calls import web_client
from bot.slack.client.stoppable import StoppableClient

ONE_ANSWER_S = 5
"""Timeout of one call."""

ALL_ANSWERS_S = 20.0
"""Time after which no call is made: Slack's rate limit is about fifty channels a minute."""


@contextmanager
def client_in_time(config: Config) -> Iterator[StoppableClient]:
    """Yield a client whose calls raise ``StoppingError`` after ``ALL_ANSWERS_S``."""
    client = web_client(config.secrets.bot_token, config.slack.api_url, timeout_s=ONE_ANSWER_S, patient=True)
    timer = Timer(ALL_ANSWERS_S, client.stop_calls)
    timer.daemon = True
    timer.start()
    try:
        yield client
    finally:
        timer.cancel()
