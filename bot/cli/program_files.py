"""Where the files lie that belong to the program itself, and what is made of them."""

import json
import os
from pathlib import Path

from bot.config import SlackMode, load_config

REQUEST_URL = "https://YOUR-HOST/slack/events"
"""Where Slack sends events, clicks and commands in http mode; the host is filled in by hand."""


def manifest_path() -> Path:
    """The Slack app manifest: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parents[1]
    beside = package.parent / "manifest.json"
    return beside if beside.exists() else package / "manifest.json"


def manifest_for(config: Path) -> str:
    """The manifest as text, for the mode that this configuration chooses; Socket Mode where there is none.

    For http mode everything that Slack sends goes to one address, in which the host is still to be filled in.
    Raises ``ConfigError`` where the file is there and cannot be used.
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
