"""The scopes that the bot needs: those of the manifest."""

import json

from bot.config.shipped import shipped


def bot_scopes() -> tuple[str, ...]:
    """Return the bot scopes of the manifest that comes with the program, in its order."""
    manifest = json.loads(shipped("manifest.json").read_text(encoding="utf-8"))
    return tuple(str(scope) for scope in manifest["oauth_config"]["scopes"]["bot"])
