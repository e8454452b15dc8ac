"""Exchange the code that Slack hands out for an installation, and check what Slack answers."""

import asyncio
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.oauth.installation_store import Installation
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.cells import parse_cell_key
from bot.errors import BotError, SlackError
from bot.slack.client.calls import call_async, translate_errors
from bot.slack.client.errors import is_unreachable
from bot.slack.install.installation import cell_of
from bot.slack.install.pages import Failure

DEADLINE_S = 20.0
"""How long both calls may take together: somebody waits before a blank page."""


class InstallationFailedError(Exception):
    """An installation did not come about. ``code``, ``missing``, ``error``: as in ``failed_page``."""

    def __init__(
        self, failure: Failure, *, code: str = "", missing: Sequence[str] = (), error: BotError | None = None
    ) -> None:
        super().__init__(failure.value)
        self.failure = failure
        self.code = code
        self.missing = missing
        self.error = error


async def exchange(
    client: AsyncWebClient,
    code: str,
    *,
    client_id: str,
    client_secret: str,
    redirect_uri: str,
    scopes: frozenset[str],
) -> Installation:
    """Return the installation for this code, which Slack gives once.

    Raises ``InstallationFailedError`` where Slack refuses or cannot be reached, where it does not grant all
    ``scopes``, and where the token expires: nothing here would renew it, and the bot would stop after hours.

    Source: RFC 6749, section 4.1.3; https://docs.slack.dev/reference/methods/oauth.v2.access.
    """
    try:
        async with asyncio.timeout(DEADLINE_S):
            answer = await _exchange(client, f"{client_id}:{client_secret}", code, redirect_uri)
            _check_grant(answer, scopes)
            who = await call_async(client, "auth.test", token=_text(answer, "access_token"))
    except TimeoutError:
        raise InstallationFailedError(Failure.UNAVAILABLE, code="too_slow") from None
    except SlackError as error:
        raise _failure_of(error) from None
    return _installation_of(answer, who)


async def _exchange(
    client: AsyncWebClient, credentials: str, code: str, redirect_uri: str
) -> Mapping[str, Any]:
    """Call ``oauth.v2.access``, with the code in the body: the SDK would put it into the address.

    Raises ``SlackError``.
    """
    basic = b64encode(credentials.encode()).decode()
    with translate_errors():
        answer = await client.api_call(
            "oauth.v2.access",
            data={"code": code, "redirect_uri": redirect_uri},
            headers={"Authorization": f"Basic {basic}"},
        )
        if not isinstance(answer.data, dict):
            raise TypeError  # translated to a malformed response
        return answer.data


def _check_grant(answer: Mapping[str, Any], scopes: frozenset[str]) -> None:
    if not _text(answer, "access_token"):
        raise _malformed()
    if "refresh_token" in answer or "expires_in" in answer:
        raise InstallationFailedError(Failure.ROTATION)
    granted = frozenset(scope.strip() for scope in _text(answer, "scope").split(","))
    if missing := scopes - granted:
        raise InstallationFailedError(Failure.SCOPES, missing=sorted(missing))


def _installation_of(answer: Mapping[str, Any], who: Mapping[str, Any]) -> Installation:
    """Return what Slack answered as the SDK keeps it. Tokens of users and webhooks are left behind."""
    whole = answer.get("is_enterprise_install") is True
    team, enterprise = _part(answer, "team"), _part(answer, "enterprise")
    installation = Installation(
        app_id=_text(answer, "app_id"),
        enterprise_id=_text(enterprise, "id") or None,
        enterprise_name=_text(enterprise, "name") or None,
        team_id=None if whole else _text(team, "id") or None,
        team_name=None if whole else _text(team, "name") or None,
        bot_token=_text(answer, "access_token"),
        bot_id=_text(who, "bot_id"),
        bot_user_id=_text(answer, "bot_user_id") or _text(who, "user_id"),
        bot_scopes=_text(answer, "scope"),
        user_id="",
        is_enterprise_install=whole,
        token_type=_text(answer, "token_type"),
    )
    try:
        cell_of(installation)
        if installation.team_id:
            parse_cell_key(installation.team_id)
    except ValueError:
        raise _malformed() from None
    if not whole and _text(who, "team_id") != installation.team_id:
        raise _malformed()
    return installation


def _failure_of(error: SlackError) -> InstallationFailedError:
    """Return the failure to show: a new attempt helps with a code, but not with the app."""
    if error.reason in {"invalid_code", "code_already_used", "code_expired"}:
        return InstallationFailedError(Failure.CODE)
    if is_unreachable(error):
        return InstallationFailedError(Failure.UNAVAILABLE, code=error.reason)
    return InstallationFailedError(Failure.SLACK, code=error.reason)


def _malformed() -> InstallationFailedError:
    return InstallationFailedError(Failure.UNAVAILABLE, code="malformed_response")


def _part(answer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = answer.get(name)
    return part if isinstance(part, dict) else {}


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    return value if isinstance(value, str) else ""
