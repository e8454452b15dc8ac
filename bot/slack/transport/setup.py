"""Build the connection to Slack: the loop, the session, the Bolt app, and Socket Mode or the HTTP server."""

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, Protocol

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_sdk.web.async_client import AsyncWebClient

from bot.config import Config, SlackMode
from bot.slack.client.proxies import Route
from bot.slack.client.server_time import SlackTimes, TimeCall
from bot.slack.directory.cache import DirectoryCache
from bot.slack.startup import Startup
from bot.slack.transport.loop import Loop
from bot.slack.transport.session import Session
from bot.slack.transport.socket_mode import SocketMode
from bot.slack.transport.workers import Wait


class Transport(Protocol):
    """How requests of Slack reach the bot."""

    async def connect(self) -> None:
        """Begin to take requests. Raises a ``BotError`` with what to do."""

    async def close(self) -> None:
        """Take no more requests, and finish those under way."""

    def is_well(self) -> bool:
        """Return whether requests are taken, or will be as soon as Slack can be reached."""


class OneWorkspace(AsyncAuthorize):
    """Authorizes every request for the workspace of the bot token, without calling Slack."""

    def __init__(self, identity: AuthorizeResult) -> None:
        """Authorize as this bot."""
        self._identity = identity

    async def __call__(self, **_: Any) -> AuthorizeResult:
        """Return the bot's identity."""
        return self._identity


def start_loop(held: ExitStack) -> Loop:
    """Start the loop; ``held`` ends it."""
    loop = Loop()
    loop.start()
    held.callback(loop.close)
    return loop


def start_listening(
    token: str, route: Route, cache: DirectoryCache, time_call: TimeCall, wait: Wait, held: ExitStack
) -> tuple[Loop, Session]:
    """Start the loop, and open the session of the one workspace in it; ``held`` ends both."""
    loop = start_loop(held)
    session = loop.run(Session.open(token, route, cache, time_call, wait))
    if session.owned:
        loop.at_end.append(session.owned.http.close)
    held.callback(lambda: loop.finish(session.close()))
    return loop, session


def build_transport(
    config: Config, app: AsyncApp, session: Session, clock: SlackTimes, startup: Startup
) -> Transport:
    """Return the transport that the configuration names: Socket Mode or the HTTP server."""
    if config.slack.mode is SlackMode.HTTP:
        from bot.slack.transport.http_server import HttpServer, Site  # noqa: PLC0415 - uvicorn takes time and memory to import

        address = (config.slack.http_host, config.slack.http_port)
        started = startup.slack_at or clock.now()
        return HttpServer(
            Site(dispatch=app.async_dispatch), config.secrets.signing_secret, address, clock, started=started
        )
    return SocketMode(app, session.client, config.secrets.app_token)


class OfItsWorkspace(AsyncAuthorize):
    """Authorizes each request for the workspace that was found for it, without calling Slack."""

    def __init__(self) -> None:
        """Take the identity from the context of each request."""

    async def __call__(self, *, context: AsyncBoltContext, **_: Any) -> AuthorizeResult:
        """Return the bot's identity there."""
        identity: AuthorizeResult = context[IDENTITY]
        return identity


IDENTITY = "identity"
"""The key of the ``AuthorizeResult`` in the context of a request to one of many workspaces."""


def bolt_app_for_many(client: AsyncWebClient) -> AsyncApp:
    """Return the Bolt app for many workspaces. ``client``: without a token; Bolt copies its settings."""
    return AsyncApp(client=client, authorize=OfItsWorkspace(), **_COMMON)


_COMMON: Mapping[str, Any] = {
    "name": "belonging",
    "logger": logging.getLogger("bot.slack.bolt"),
    "process_before_response": True,
    "request_verification_enabled": False,
    "attaching_function_token_enabled": False,
    "attaching_conversation_kwargs_enabled": False,
}


def bolt_app(session: Session, startup: Startup) -> AsyncApp:
    """Return the Bolt app; with ``process_before_response`` a listener stores before it acknowledges."""
    identity = AuthorizeResult(
        enterprise_id=startup.auth_test.get("enterprise_id"),
        team_id=startup.auth_test["team_id"],
        bot_id=startup.auth_test.get("bot_id"),
        bot_user_id=startup.auth_test.get("user_id"),
        bot_token=session.client.token,
    )
    return AsyncApp(client=session.client, authorize=OneWorkspace(identity), **_COMMON)
