"""How the bot listens to Slack: the loop, the session, the Bolt app, and one of two ways in."""

import logging
from contextlib import ExitStack
from datetime import datetime
from typing import Protocol

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.config import Config, SlackMode
from bot.slack.client.proxies import Route
from bot.slack.client.server_time import Listen
from bot.slack.directory.facts import Facts
from bot.slack.startup import Startup
from bot.slack.transport.authorize import OneWorkspace
from bot.slack.transport.loop import Loop
from bot.slack.transport.session import Session
from bot.slack.transport.socket_mode import SocketMode
from bot.slack.transport.workers import Pause


class Transport(Protocol):
    """The way in through which Slack reaches the bot."""

    async def connect(self) -> None:
        """Begin to take what comes; raises a ``BotError`` with what to do."""

    async def close(self) -> None:
        """Take no more, and finish what is under way."""

    def is_well(self) -> bool:
        """Whether what comes is taken, or will be as soon as Slack can be reached."""


class SlackTimes(Protocol):
    """The clock by which requests are judged, and what hears when they were signed."""

    def now(self) -> datetime:
        """The time (UTC), as Slack has it."""

    def hear_request(self, slack_at: datetime) -> None:
        """Take the time at which Slack has signed a request (UTC)."""


def start_listening(
    token: str, route: Route, facts: Facts, listen: Listen, pause: Pause, held: ExitStack
) -> tuple[Loop, Session]:
    """Return the loop that listens to Slack, and what Slack is asked with there; ``held`` ends both."""
    loop = Loop()
    loop.start()
    held.callback(loop.close)
    session = loop.run(Session.open(token, route, facts, listen, pause))
    loop.at_end.append(session.http.close)
    held.callback(lambda: loop.finish(session.close()))
    return loop, session


def line_of(config: Config, app: AsyncApp, session: Session, clock: SlackTimes, met: Startup) -> Transport:
    """Return the way in, as the configuration says: a socket that the bot opens, or signed requests."""
    if config.slack.mode is SlackMode.HTTP:
        from bot.slack.transport.http_server import HttpServer  # noqa: PLC0415 - uvicorn takes time and memory to import

        address = (config.slack.http_host, config.slack.http_port)
        started = met.slack_at or clock.now()
        return HttpServer(app, config.secrets.signing_secret, address, clock, started=started)
    return SocketMode(app, session.client, config.secrets.app_token)


def bolt_app(session: Session, met: Startup) -> AsyncApp:
    """Return the Bolt app. With ``process_before_response`` what is acknowledged was stored before."""
    identity = AuthorizeResult(
        enterprise_id=met.who.get("enterprise_id"),
        team_id=met.who["team_id"],
        bot_id=met.who.get("bot_id"),
        bot_user_id=met.who.get("user_id"),
        bot_token=session.client.token,
    )
    return AsyncApp(
        client=session.client,
        name="belonging",
        logger=logging.getLogger("bot.slack.bolt"),
        authorize=OneWorkspace(identity),
        process_before_response=True,
        request_verification_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
