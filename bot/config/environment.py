"""Read secrets and overrides from the environment and .env, and check the tokens before Slack is asked."""

import re
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

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
"""The number of hexadecimal digits of a signing secret, and of a client secret."""

KEY_LENGTH = 64
"""The number of hexadecimal digits of a key that seals tokens, or what workers say to each other."""

NEW_KEY = "Make one with: openssl rand -hex 32"

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
        client_id=read("SLACK_CLIENT_ID"),
        client_secret=read("SLACK_CLIENT_SECRET"),
        token_keys=_keys(read("BELONGING_TOKEN_KEYS")),
        database_url=read("BELONGING_DATABASE_URL"),
        cluster_keys=_keys(read("BELONGING_CLUSTER_KEYS")),
    )


def _keys(text: str) -> tuple[bytes, ...]:
    return tuple(map(_key, re.findall(r"[^,\s]+", text)))


def _key(text: str) -> bytes:
    """Return a key of 32 bytes from its hexadecimal digits; empty if it is none."""
    return bytes.fromhex(text) if re.fullmatch(rf"[0-9a-fA-F]{{{KEY_LENGTH}}}", text) else b""


def check_tokens(config: Config) -> None:
    """Raise ``ConfigError`` if a token is missing or cannot be the right one. The error quotes no token."""
    for wrong in token_problems(config).values():
        if wrong:
            raise wrong


def token_problems(config: Config) -> dict[str, ConfigError | None]:
    """Return, for each variable that the mode needs, what is wrong with it, or None."""
    secrets = config.secrets
    if config.hosting:
        return hosting_problems(secrets) | (cluster_problems(secrets) if config.cluster else {})
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
    if not _is_secret(secret):
        return ConfigError(
            f"SLACK_SIGNING_SECRET does not look like a signing secret ({SECRET_LENGTH} digits 0-9 and a-f).",
            remedy=where,
        )
    return None


def hosting_problems(secrets: Secrets) -> dict[str, ConfigError | None]:
    """Return, for each variable that many workspaces need, what is wrong with it, or None. Quotes nothing."""
    return {
        "SLACK_CLIENT_ID": _client_id_problem(secrets.client_id),
        "SLACK_CLIENT_SECRET": _client_secret_problem(secrets),
        "SLACK_SIGNING_SECRET": signing_problem(secrets.signing_secret),
        "BELONGING_TOKEN_KEYS": _keys_problem(
            "BELONGING_TOKEN_KEYS", secrets.token_keys, "and the tokens of workspaces are stored sealed"
        ),
    }


def cluster_problems(secrets: Secrets) -> dict[str, ConfigError | None]:
    """Return, for each further variable of a cluster, what is wrong with it, or None. Quotes nothing."""
    name, keys = "BELONGING_CLUSTER_KEYS", secrets.cluster_keys
    wrong = _keys_problem(name, keys, "and the workers seal what they say to each other")
    if not wrong and set(keys) & set(secrets.token_keys):
        wrong = ConfigError(f"{name} has a key that is in BELONGING_TOKEN_KEYS, too.", remedy=NEW_KEY)
    return {"BELONGING_DATABASE_URL": _database_url_problem(secrets.database_url), name: wrong}


def _database_url_problem(url: str) -> ConfigError | None:
    name, example = (
        "BELONGING_DATABASE_URL",
        "Write an address such as postgresql://user:password@host/database.",
    )
    if not url:
        return ConfigError(f"{name} is not set, and config.yaml has cluster.", remedy=example)
    try:
        parts = urlsplit(url)
        fits = parts.scheme == "postgresql" and parts.port != 0 and len(parts.path) > 1
    except ValueError:
        fits = False
    if not fits or not url.isprintable() or " " in url:
        return ConfigError(f"{name} is no address of a PostgreSQL database.", remedy=example)
    return None


def _client_id_problem(client: str) -> ConfigError | None:
    where = "Copy the Client ID from Basic Information in the app's settings."
    if not client:
        return ConfigError("SLACK_CLIENT_ID is not set, and config.yaml has workspaces.", remedy=where)
    if not re.fullmatch(r"[0-9]+\.[0-9]+", client):
        what = "SLACK_CLIENT_ID does not look like a client id (two numbers with a dot between them)."
        return ConfigError(what, remedy=where)
    return None


def _client_secret_problem(secrets: Secrets) -> ConfigError | None:
    where = "Copy the Client Secret from Basic Information in the app's settings."
    secret = secrets.client_secret
    if not secret:
        return ConfigError("SLACK_CLIENT_SECRET is not set, and config.yaml has workspaces.", remedy=where)
    if secret == secrets.signing_secret:
        return ConfigError("SLACK_CLIENT_SECRET is the same as SLACK_SIGNING_SECRET.", remedy=where)
    if not _is_secret(secret):
        what = f"SLACK_CLIENT_SECRET does not look like a client secret ({SECRET_LENGTH} digits 0-9 and a-f)."
        return ConfigError(what, remedy=where)
    return None


def _is_secret(text: str) -> bool:
    return len(text) == SECRET_LENGTH and not set(text) - set("0123456789abcdef")


def _keys_problem(name: str, keys: Sequence[bytes], need: str) -> ConfigError | None:
    if not keys:
        return ConfigError(f"{name} is not set, {need}.", remedy=NEW_KEY)
    for number, key in enumerate(keys, start=1):
        which = f"Key {number} of {len(keys)} in {name}" if len(keys) > 1 else name
        if not key:
            return ConfigError(f"{which} is not {KEY_LENGTH} digits 0-9 and a-f.", remedy=NEW_KEY)
        if len(set(key)) == 1:
            return ConfigError(
                f"{which} is one digit again and again, which anybody can guess.", remedy=NEW_KEY
            )
    if len(set(keys)) < len(keys):
        return ConfigError(f"{name} has the same key twice.", remedy="Keep one of them.")
    return None
