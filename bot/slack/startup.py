"""Check the tokens at start: workspace and bot user (auth.test), scopes, Slack's time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, cast
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackError, SlackUnavailableError, StoppingError
from bot.slack.client.calls import call, call_async, call_with_deadline, translate_errors
from bot.slack.client.errors import is_unreachable
from bot.slack.client.server_time import header, server_time
from bot.slack.directory.person import Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Startup:
    """What Slack says of a bot token.

    ``auth_test``: the answer of that method. ``scopes``: of the token; None where Slack does not say.
    ``slack_at``: Slack's time, to the second (UTC); None likewise.
    """

    auth_test: dict[str, Any]
    scopes: frozenset[str] | None
    slack_at: datetime | None

    @property
    def organisation(self) -> Organisation:
        """Return the app's workspace and organisation."""
        return Organisation(
            team=str(self.auth_test["team_id"]),
            enterprise=str(self.auth_test.get("enterprise_id") or ""),
            wide=self.auth_test.get("is_enterprise_install") is True,
        )


def check_bot_token(client: WebClient, team: str = "") -> Startup:
    """Call ``auth.test``, and return what Slack says of the bot token.

    ``team``: the workspace to serve. With the token of a whole organisation, Slack names no workspace, or the
    organisation in place of one.

    Raises ``SlackError`` where Slack refuses it, ``SlackUnavailableError`` where Slack cannot be reached,
    and ``StoppingError``.
    """
    try:
        with translate_errors():
            answer = call_with_deadline(client.auth_test)
            who = dict(cast(dict[str, Any], answer.data))
        if team and who.get("is_enterprise_install"):
            who["team_id"] = team
        if not who.get("team_id"):
            raise SlackUnavailableError("malformed_response")
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
    return Startup(auth_test=who, scopes=_scopes(answer.headers), slack_at=server_time(answer.headers))


async def open_socket_url(client: AsyncWebClient, app_token: str) -> str:
    """Return a WebSocket address for Socket Mode; requesting it opens no connection.

    Raises ``SlackError`` where Slack refuses the app token, ``SlackUnavailableError`` where it cannot be
    reached.
    """
    with _explained_refusal():
        return _address(await call_async(client, "apps.connections.open", app_token=app_token))


def check_app_token(client: WebClient, app_token: str) -> str:
    """Do the same as ``open_socket_url``, without a loop."""
    with _explained_refusal():
        answer = call_with_deadline(partial(client.apps_connections_open, app_token=app_token))
        return _address(cast(dict[str, Any], answer.data))


def request_server_time(client: WebClient) -> None:
    """Call ``api.test``, so that the client reports Slack's time. Raises ``StoppingError`` only."""
    try:
        call(client.api_test)
    except StoppingError:
        raise
    except SlackError:
        return


def _address(answer: Mapping[str, Any]) -> str:
    """Return the WebSocket address in an answer. Raises ``SlackUnavailableError`` where there is none."""
    url = answer.get("url")
    with suppress(ValueError):  # an invalid URL
        if isinstance(url, str) and urlsplit(url).scheme in {"ws", "wss"}:
            return url
    raise SlackUnavailableError("malformed_response", "What answered is not Slack.")


@contextmanager
def _explained_refusal() -> Iterator[None]:
    """Add what to do to the error with which Slack refuses the app token."""
    try:
        yield
    except StoppingError:
        raise
    except SlackError as error:
        if is_unreachable(error):
            raise
        raise SlackError(
            error.reason,
            f"Slack refused the app token: {error.reason}.",
            remedy="SLACK_APP_TOKEN must be an app-level token with the scope connections:write.",
        ) from None


def _scopes(headers: Any) -> frozenset[str] | None:
    value = header(headers, "x-oauth-scopes")
    return frozenset(scope.strip() for scope in value.split(",") if scope.strip()) or None
