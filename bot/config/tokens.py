"""The tokens and secrets that a mode needs, looked at before Slack is asked."""

from dataclasses import dataclass

from bot.config.effective import Config, SlackMode
from bot.errors import ConfigError

KINDS = {
    "xoxb-": "the Bot User OAuth Token",
    "xapp-": "an app-level token",
    "xoxp-": "a user token",
    "xoxe": "a token that is exchanged",
}
"""What a token is, by its beginning."""

SECRET_LENGTH = 32
"""A signing secret has so many hexadecimal digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A token that is needed: the variable, its beginning, and where to find it in the app's settings."""

    name: str
    value: str
    start: str
    where: str


def check_tokens(config: Config) -> None:
    """Raise ``ConfigError``, quoting nothing, where a token is missing or cannot be the right one."""
    for wanted in _wanted(config):
        _check(wanted)
    if config.slack.mode is SlackMode.HTTP:
        _check_signing_secret(config.secrets.signing_secret)


def _wanted(config: Config) -> tuple[Wanted, ...]:
    bot = Wanted(
        name="SLACK_BOT_TOKEN",
        value=config.secrets.bot_token,
        start="xoxb-",
        where="Copy it from OAuth & Permissions in the app's settings.",
    )
    if config.slack.mode is SlackMode.HTTP:
        return (bot,)
    return (
        bot,
        Wanted(
            name="SLACK_APP_TOKEN",
            value=config.secrets.app_token,
            start="xapp-",
            where="Copy it from Basic Information, App-Level Tokens, in the app's settings.",
        ),
    )


def _check(wanted: Wanted) -> None:
    name, value = wanted.name, wanted.value
    if not value.strip():
        raise ConfigError(f"{name} is not set.", remedy="Put it in the environment or in a .env file.")
    if not value.startswith(wanted.start):
        kind = next((kind for start, kind in KINDS.items() if value.startswith(start)), None)
        what = f"holds {kind}" if kind else f"does not look like a token that starts with {wanted.start}"
        needs = f" It needs {KINDS[wanted.start]}, which starts with {wanted.start}" if kind else ""
        raise ConfigError(f"{name} {what}.{needs}", remedy=wanted.where)
    if any(character.isspace() for character in value):
        raise ConfigError(f"{name} has a space or a line break in it.", remedy=wanted.where)


def _check_signing_secret(secret: str) -> None:
    where = "Copy the Signing Secret from Basic Information in the app's settings."
    if not secret:
        raise ConfigError("SLACK_SIGNING_SECRET is not set, and slack.mode is http.", remedy=where)
    if len(secret) != SECRET_LENGTH or set(secret) - set("0123456789abcdef"):
        raise ConfigError(
            f"SLACK_SIGNING_SECRET does not look like a signing secret ({SECRET_LENGTH} digits 0-9 and a-f).",
            remedy=where,
        )
