"""Read secrets and overrides from the environment and .env, and check the tokens before Slack is asked."""

from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from bot.config.model import Config, Secrets, SlackMode
from bot.config.yaml_documents import read_text
from bot.errors import ConfigError

KINDS = {
    "xoxb-": "the Bot User OAuth Token",
    "xapp-": "an app-level token",
    "xoxp-": "a user token",
    "xoxe": "a token that is exchanged",
}
"""The kind of a token, by its prefix."""

TOKENS = {
    "SLACK_BOT_TOKEN": ("xoxb-", "Copy it from OAuth & Permissions in the app's settings."),
    "SLACK_APP_TOKEN": ("xapp-", "Copy it from Basic Information, App-Level Tokens, in the app's settings."),
}
"""The tokens, each with its prefix and where to copy it."""

SECRET_LENGTH = 32
"""The number of hexadecimal digits of a signing secret."""

LAST = 4
LEAST_HIDDEN = 12
"""At most ``LAST`` characters of a token are shown, and only if at least ``LEAST_HIDDEN`` stay hidden."""


def read_environment(folder: Path, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return ``environ`` together with ``folder``/.env; ``environ`` wins. ``os.environ`` is not changed."""
    path = folder / ".env"
    if not path.exists():
        return dict(environ)
    from dotenv import dotenv_values  # noqa: PLC0415 - imported only if there is such a file

    text = read_text(path, ".env", ConfigError)
    found = dotenv_values(stream=StringIO(text), interpolate=False)
    return {**{key: value for key, value in found.items() if value is not None}, **environ}


def secrets_of(environ: Mapping[str, str]) -> Secrets:
    """Return the secrets, stripped of whitespace; a secret that is not set is empty."""

    def read(name: str) -> str:
        return environ.get(name, "").strip()

    return Secrets(
        bot_token=read("SLACK_BOT_TOKEN"),
        app_token=read("SLACK_APP_TOKEN"),
        signing_secret=read("SLACK_SIGNING_SECRET"),
        key_secret=read("BELONGING_KEY_SECRET"),
    )


def check_tokens(config: Config) -> None:
    """Raise ``ConfigError`` if a token is missing or cannot be the right one. The error quotes no token."""
    for wrong in token_problems(config).values():
        if wrong:
            raise wrong


def token_problems(config: Config) -> dict[str, ConfigError | None]:
    """Return, for each variable that the mode needs, what is wrong with it, or None."""
    secrets = config.secrets
    bot = token_problem("SLACK_BOT_TOKEN", secrets.bot_token)
    if config.slack.mode is SlackMode.HTTP:
        signing = signing_problem(secrets.signing_secret)
        return {"SLACK_BOT_TOKEN": bot, "SLACK_SIGNING_SECRET": signing}
    return {"SLACK_BOT_TOKEN": bot, "SLACK_APP_TOKEN": token_problem("SLACK_APP_TOKEN", secrets.app_token)}


def masked(secret: str) -> str:
    """Return a token's kind and at most four of its characters; of another secret, only whether it is set."""
    start = next((start for start in KINDS if secret.startswith(start)), "")
    if not start:
        return "set, and not shown" if secret else "not set"
    rest = secret.removeprefix(start)
    return f"{start}…{rest[-LAST:] if len(rest) >= LEAST_HIDDEN + LAST else ''}"


def token_problem(name: str, value: str) -> ConfigError | None:
    """Return what is wrong with this token of ``TOKENS``, or None. The error does not quote it."""
    start, where = TOKENS[name]
    if not value:
        return ConfigError(f"{name} is not set.", remedy="Put it in the environment or in a .env file.")
    if not value.startswith(start):
        kind = next((kind for prefix, kind in KINDS.items() if value.startswith(prefix)), None)
        what = f"holds {kind}" if kind else f"does not look like a token that starts with {start}"
        needs = f" It needs {KINDS[start]}, which starts with {start}." if kind else ""
        return ConfigError(f"{name} {what}.{needs}", remedy=where)
    if any(character.isspace() for character in value):
        return ConfigError(f"{name} has a space or a line break in it.", remedy=where)
    if not (value.isascii() and value.isprintable()):
        # It could not be sent, and Slack would seem to be away.
        what = f"{name} has a character in it that no token has, such as an ellipsis or an invisible one."
        return ConfigError(what, remedy=where)
    return None


def signing_problem(secret: str) -> ConfigError | None:
    """Return what is wrong with this signing secret, or None. The error does not quote it."""
    where = "Copy the Signing Secret from Basic Information in the app's settings."
    if not secret:
        return ConfigError("SLACK_SIGNING_SECRET is not set, and slack.mode is http.", remedy=where)
    if len(secret) != SECRET_LENGTH or set(secret) - set("0123456789abcdef"):
        return ConfigError(
            f"SLACK_SIGNING_SECRET does not look like a signing secret ({SECRET_LENGTH} digits 0-9 and a-f).",
            remedy=where,
        )
    return None
