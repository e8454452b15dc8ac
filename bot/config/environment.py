"""The secrets and overrides of the environment, with a .env file beside config.yaml behind it."""

from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from bot.config.effective import Secrets
from bot.config.yaml_documents import read_text
from bot.errors import ConfigError


def read_environment(folder: Path, environ: Mapping[str, str]) -> Mapping[str, str]:
    """The variables of ``environ`` over those of ``folder``/.env; ``os.environ`` is left alone."""
    path = folder / ".env"
    if not path.exists():
        return dict(environ)
    from dotenv import dotenv_values  # noqa: PLC0415 - only where there is such a file

    text = read_text(path, ".env", ConfigError)
    found = dotenv_values(stream=StringIO(text), interpolate=False)
    return {**{key: value for key, value in found.items() if value is not None}, **environ}


def secrets_of(environ: Mapping[str, str]) -> Secrets:
    """The secrets that are set, without blanks around them; the others are empty."""

    def read(name: str) -> str:
        return environ.get(name, "").strip()

    return Secrets(
        bot_token=read("SLACK_BOT_TOKEN"),
        app_token=read("SLACK_APP_TOKEN"),
        signing_secret=read("SLACK_SIGNING_SECRET"),
        key_secret=read("BELONGING_KEY_SECRET"),
    )
