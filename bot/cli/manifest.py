"""Find the Slack app manifest, and adapt it to http mode."""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bot.config import SlackMode, load_config, shipped

REQUEST_PATH = "/slack/events"
REQUEST_URL = f"https://YOUR-HOST{REQUEST_PATH}"
"""The request URL in http mode; the admin fills in the host."""

NEW_APP = "https://api.slack.com/apps?new_app=1&manifest_json="
"""Slack's page for a new app, filled in with the manifest that follows."""


def manifest_path() -> Path:
    """Return the path of the manifest.json that comes with the program."""
    return shipped("manifest.json")


def manifest_for(config: Path, *, http: bool = False) -> str:
    """Return the manifest as text for the mode of this configuration; without a file, for Socket Mode.

    With ``http``, for http mode, whatever the file says; then Slack sends everything to ``REQUEST_URL``. For
    many workspaces, Slack sends it to their public address, and whole organisations may install the app.
    Raises ``ConfigError`` for a file with errors.
    """
    text = manifest_path().read_text(encoding="utf-8").rstrip()
    loaded = load_config(config, os.environ) if config.exists() and not http else None
    if not http and (loaded is None or loaded.slack.mode is SlackMode.SOCKET):
        return text
    manifest = json.loads(text)
    hosting = loaded.hosting if loaded else None
    _to_http(manifest, hosting.request_url if hosting else REQUEST_URL)
    if hosting:
        manifest["oauth_config"] = {"redirect_urls": [hosting.redirect_url], **manifest["oauth_config"]}
        manifest["settings"]["org_deploy_enabled"] = True
    return json.dumps(manifest, indent=2, ensure_ascii=False)


def _to_http(manifest: dict[str, Any], url: str) -> None:
    settings = manifest["settings"]
    settings["socket_mode_enabled"] = False
    for part in (settings["event_subscriptions"], settings["interactivity"]):
        part["request_url"] = url
    for command in manifest["features"]["slash_commands"]:
        command["url"] = url


def link_for(config: Path, *, http: bool = False) -> str:
    """Return the link to Slack's page for a new app with this manifest. Raises ``ConfigError`` likewise."""
    manifest = json.loads(manifest_for(config, http=http))
    return NEW_APP + quote(json.dumps(manifest, separators=(",", ":"), ensure_ascii=False), safe="")


def manifest_data(config: Path, *, http: bool = False) -> dict[str, Any]:
    """Return the link and the manifest as data. Raises ``ConfigError`` likewise."""
    return {"link": link_for(config, http=http), "manifest": json.loads(manifest_for(config, http=http))}
