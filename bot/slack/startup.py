"""The first words with Slack: whose tokens these are, what they may do, and what time it is there."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, cast
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackError, SlackUnavailableError, StoppingError
from bot.slack.client.calls import ask_in_time, call, call_soon, translate_errors
from bot.slack.client.server_time import header, told_at
from bot.slack.client.unreachable import is_unreachable
from bot.slack.directory.person import Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Startup:
    """What Slack says of a bot token.

    ``who``: the answer of ``auth.test``. ``scopes``: what the token may do; None where Slack does not say.
    ``slack_at``: Slack's time, to the second (UTC); None likewise.
    """

    who: dict[str, Any]
    scopes: frozenset[str] | None
    slack_at: datetime | None

    @property
    def organisation(self) -> Organisation:
        """To which workspace and organisation the app belongs."""
        return Organisation(
            team=str(self.who["team_id"]), enterprise=str(self.who.get("enterprise_id") or "")
        )


def introduce(client: WebClient) -> Startup:
    """Who the bot token says that we are.

    Raises ``SlackError`` where Slack refuses it, ``SlackUnavailableError`` where Slack cannot be reached,
    and ``StoppingError``.
    """
    try:
        who, headers = _auth_test(client)
    except StoppingError:
        raise
    except SlackError as error:
        if is_unreachable(error):
            raise SlackUnavailableError(
                error.reason,
                f"Slack could not be reached at {client.base_url}.",
                remedy="Check the network, and slack.api_url in config.yaml.",
            ) from None
        raise SlackError(
            error.reason,
            f"Slack refused the bot token: {error.reason}.",
            remedy="Install the app again with the manifest that 'belonging manifest' prints."
            if error.reason == "missing_scope"
            else "SLACK_BOT_TOKEN must be the Bot User OAuth Token (xoxb-…) of the installed app.",
        ) from None
    return Startup(who=who, scopes=_scopes(headers), slack_at=told_at(headers))


async def ask_for_socket(client: AsyncWebClient, app_token: str) -> str:
    """Return an address to connect to in Socket Mode; nothing opens before it is dialled.

    Raises ``SlackError`` where Slack refuses the app token, ``SlackUnavailableError`` where it is away.
    """
    try:
        return _address(await call_soon(client, "apps.connections.open", app_token=app_token))
    except StoppingError:
        raise
    except SlackError as error:
        if is_unreachable(error):
            raise
        raise _refused_app_token(error) from None


def try_app_token(client: WebClient, app_token: str) -> str:
    """Return such an address, and wait for it."""
    try:
        return _address(
            cast(dict[str, Any], ask_in_time(partial(client.apps_connections_open, app_token=app_token)).data)
        )
    except StoppingError:
        raise
    except SlackError as error:
        if is_unreachable(error):
            raise
        raise _refused_app_token(error) from None


def ask_the_time(client: WebClient) -> None:
    """Have Slack answer something, so that its time is heard; nothing is, where it cannot be reached.

    Raises ``StoppingError``.
    """
    try:
        call(client.api_test)
    except StoppingError:
        raise
    except SlackError:
        return


def _address(answer: Mapping[str, Any]) -> str:
    """The address of a WebSocket; raises ``SlackUnavailableError`` where the answer holds none."""
    url = answer.get("url")
    with suppress(ValueError):  # a bracket is open
        if isinstance(url, str) and urlsplit(url).scheme in {"ws", "wss"}:
            return url
    raise SlackUnavailableError("no_sense", "What answered is not Slack.")


def _refused_app_token(error: SlackError) -> SlackError:
    return SlackError(
        error.reason,
        f"Slack refused the app token: {error.reason}.",
        remedy="SLACK_APP_TOKEN must be an app-level token with the scope connections:write.",
    )


def _auth_test(client: WebClient) -> tuple[dict[str, Any], Any]:
    with translate_errors():
        answer = ask_in_time(client.auth_test)
        who = dict(cast(dict[str, Any], answer.data))
    if not who.get("team_id"):
        raise SlackUnavailableError("no_sense")
    return who, answer.headers


def _scopes(headers: Any) -> frozenset[str] | None:
    said = header(headers, "x-oauth-scopes")
    return frozenset(scope.strip() for scope in said.split(",") if scope.strip()) or None
