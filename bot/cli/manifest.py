"""Find the Slack app manifest, and adapt it to http mode."""

import json
import os
from pathlib import Path

from bot.config import SlackMode, load_config, shipped

REQUEST_URL = "https://YOUR-HOST/slack/events"
"""The request URL in http mode; the admin fills in the host."""


def manifest_path() -> Path:
    """Return the path of the manifest.json that comes with the program."""
    return shipped("manifest.json")


def manifest_for(config: Path) -> str:
    """Return the manifest as text for the mode of this configuration; without a file, for Socket Mode.

    In http mode, Slack sends everything to ``REQUEST_URL``. Raises ``ConfigError`` for a file with errors.
    """
    text = manifest_path().read_text(encoding="utf-8").rstrip()
    if not config.exists() or load_config(config, os.environ).slack.mode is SlackMode.SOCKET:
        return text
    manifest = json.loads(text)
    settings = manifest["settings"]
    settings["socket_mode_enabled"] = False
    for part in (settings["event_subscriptions"], settings["interactivity"]):
        part["request_url"] = REQUEST_URL
    for command in manifest["features"]["slash_commands"]:
        command["url"] = REQUEST_URL
    return json.dumps(manifest, indent=2, ensure_ascii=False)
