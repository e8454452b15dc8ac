"""Serve the page that shows several workspaces side by side, and what it asks."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.demo.control import BadRequestError, needed
from bot.demo.installations import Installations
from bot.demo.site import Site
from bot.demo.socket_mode import Hub
from bot.demo.uninstall import uninstall
from bot.demo.workspace import Json

INSTALL_PATH = "/slack/install"
"""Where people install the app, by the convention of Bolt."""


class Overview:
    """All workspaces, and where the app is installed."""

    def __init__(self, installations: Installations, hubs: Mapping[str, Hub]) -> None:
        self.installations = installations
        self.hubs = hubs

    def list(self) -> Json:
        """Return the workspaces and their installations."""
        app = urlsplit(self.installations.first.request_url)
        return {
            "app": {"name": self.installations.first.app.name},
            "install_url": f"{app.scheme}://{app.netloc}{INSTALL_PATH}" if app.netloc else None,
            "workspaces": [_shown(site) for site in self.installations.sites.values()],
        }

    async def uninstall(self, body: Any) -> Json:
        """Uninstall the app where a workspace has it from: itself, or its organization."""
        site = self.installations.sites.get(needed(body, "team_id"))
        if site is None or not site.installed:
            raise BadRequestError("The app is not installed in such a workspace.")
        await uninstall(self.installations, self.hubs, site.installed_team)
        return {"ok": True}


def _shown(site: Site) -> Json:
    workspace = site.workspace
    return {
        "id": workspace.team_id,
        "name": workspace.name,
        "organization": site.enterprise["name"] if site.enterprise else None,
        "installed": site.installed,
        "org_wide": site.org_wide,
        "page": f"/w/{workspace.team_id}/",
    }
