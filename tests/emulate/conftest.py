"""A Slack of emulate for each test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from tests.emulate.server import SCOPES, Emulate, seed

NOBODY = "http://127.0.0.1:9/slack/oauth_redirect"

Serve = Callable[..., Emulate]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts emulate, with our app for this redirect URI, and these scopes of the bot's token."""
    with ExitStack() as open_ones:

        def start(redirect_uri: str = NOBODY, scopes: list[str] = SCOPES) -> Emulate:
            return open_ones.enter_context(closing(Emulate(seed(redirect_uri, scopes))))

        yield start


@pytest.fixture
def slack(serve: Serve) -> Emulate:
    """One in which nobody has asked for anything special."""
    return serve()
