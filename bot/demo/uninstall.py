"""Uninstall the app from a workspace or an organization: its token ends, then the app is told."""

from collections.abc import Mapping, Sequence

from bot.demo import payloads
from bot.demo.installations import Installations
from bot.demo.socket_mode import Hub
from bot.demo.workspace import Json

EVENTS = ("tokens_revoked", "app_uninstalled")
INACTIVE = "account_inactive"


async def uninstall(
    installations: Installations,
    hubs: Mapping[str, Hub],
    key: str,
    *,
    events: Sequence[str] = EVENTS,
    error: str = INACTIVE,
) -> None:
    """Revoke the token, then send these events in this order, each after the ack of the one before.

    ``hubs``: by team id. ``key``: the workspace or the organization. ``error``: what Slack answers to the
    token from now on. Raises ``ValueError`` if the app is not installed there.
    """
    installation = installations.revoke(key, error)
    site = installations.sites_of(installation)[0]
    hub = hubs[site.workspace.team_id]
    whole = installation.enterprise_id if installation.is_enterprise_install else ""
    for kind in events:
        event: Json = {"type": kind}
        if kind == "tokens_revoked":
            event["tokens"] = {"oauth": [], "bot": [site.workspace.bot.id]}
        if kind in site.app.events:
            await hub.send(event, payloads.of_installation(site, event, whole))
