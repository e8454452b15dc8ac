"""A configuration of many workspaces, for tests."""

from pathlib import Path

from bot.config import Config, load_config

ROOT = Path(__file__).parents[2]
PUBLIC = "https://belonging.example.org"
HOSTING = f"slack: {{mode: http}}\nworkspaces: {{public_url: '{PUBLIC}'}}\n"
KEY = "0123456789abcdef" * 4
OTHER_KEY = "fedcba9876543210" * 4
VARIABLES = {
    "SLACK_CLIENT_ID": "1234567890.1234567890123",
    "SLACK_CLIENT_SECRET": "0123456789abcdef0123456789abcdef",
    "SLACK_SIGNING_SECRET": "fedcba9876543210fedcba9876543210",
    "BELONGING_TOKEN_KEYS": KEY,
}
CLUSTER = f"{HOSTING}cluster: {{}}\n"
CLUSTER_VARIABLES = VARIABLES | {
    "BELONGING_DATABASE_URL": "postgresql://belonging:A0SECRET1@db.example.org/belonging",
    "BELONGING_CLUSTER_KEYS": OTHER_KEY,
}


def load(folder: Path, text: str = HOSTING, environ: dict[str, str] | None = None) -> Config:
    path = folder / "config.yaml"
    path.write_text(f"prompts: ['{ROOT / 'prompts'}']\n{text}")
    return load_config(path, VARIABLES if environ is None else environ)
