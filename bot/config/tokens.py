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

LAST = 4
LEAST_HIDDEN = 12
"""So many characters of a token are shown at most, and only where at least so many stay hidden."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A token that is needed: the variable, its beginning, and where to find it in the app's settings."""

    name: str
    value: str
    start: str
    where: str


def check_tokens(config: Config) -> None:
    """Raise ``ConfigError``, quoting nothing, where a token is missing or cannot be the right one."""
    for wrong in token_problems(config).values():
        if wrong:
            raise wrong


def token_problems(config: Config) -> dict[str, ConfigError | None]:
    """What is wrong with each token and secret that the mode needs, by its variable; None: nothing is."""
    found = {wanted.name: _problem(wanted) for wanted in _wanted(config)}
    if config.slack.mode is SlackMode.HTTP:
        found["SLACK_SIGNING_SECRET"] = _signing_problem(config.secrets.signing_secret)
    return found


def masked(secret: str) -> str:
    """A token as it may be shown: its kind and at most four characters of it; of any other secret nothing."""
    start = next((start for start in KINDS if secret.startswith(start)), "")
    if not start:
        return "set, and not shown" if secret else "not set"
    rest = secret.removeprefix(start)
    return f"{start}…{rest[-LAST:] if len(rest) >= LEAST_HIDDEN + LAST else ''}"


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


def _problem(wanted: Wanted) -> ConfigError | None:
    name, value = wanted.name, wanted.value
    if not value.strip():
        return ConfigError(f"{name} is not set.", remedy="Put it in the environment or in a .env file.")
    if not value.startswith(wanted.start):
        kind = next((kind for start, kind in KINDS.items() if value.startswith(start)), None)
        what = f"holds {kind}" if kind else f"does not look like a token that starts with {wanted.start}"
        needs = f" It needs {KINDS[wanted.start]}, which starts with {wanted.start}" if kind else ""
        return ConfigError(f"{name} {what}.{needs}{'.' if needs else ''}", remedy=wanted.where)
    if any(character.isspace() for character in value):
        return ConfigError(f"{name} has a space or a line break in it.", remedy=wanted.where)
    return None


def _signing_problem(secret: str) -> ConfigError | None:
    where = "Copy the Signing Secret from Basic Information in the app's settings."
    if not secret:
        return ConfigError("SLACK_SIGNING_SECRET is not set, and slack.mode is http.", remedy=where)
    if len(secret) != SECRET_LENGTH or set(secret) - set("0123456789abcdef"):
        return ConfigError(
            f"SLACK_SIGNING_SECRET does not look like a signing secret ({SECRET_LENGTH} digits 0-9 and a-f).",
            remedy=where,
        )
    return None
