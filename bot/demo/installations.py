"""Hold where the app is installed, in workspaces and organizations, and the token of each installation."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.demo.site import BOT_TOKEN, Site, SlackRefusal
from bot.demo.workspace import BOT_USER_ID

TOKEN_LETTERS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The app in one workspace; or in a whole organization, then ``team_id`` is empty."""

    team_id: str
    enterprise_id: str
    scopes: frozenset[str]
    token: str = field(repr=False)

    @property
    def is_enterprise_install(self) -> bool:
        """Whether a whole organization has installed the app."""
        return not self.team_id

    @property
    def key(self) -> str:
        """The id of the workspace or of the organization."""
        return self.team_id or self.enterprise_id


class Installations:
    """The workspaces by team id, and the installations of the app in them.

    Ids of channels, people and bots may be the same in two workspaces: the token says which one is meant.
    """

    def __init__(self, sites: Sequence[Site]) -> None:
        self.sites: Mapping[str, Site] = {site.workspace.team_id: site for site in sites}
        if len(self.sites) != len(sites):
            raise ValueError("Two workspaces have the same team id. Give each one its own.")
        for site in sites:
            if site.workspace.enterprise_id:
                site.siblings = self.of_organization(site.workspace.enterprise_id)
        self._by_key: dict[str, Installation] = {}
        self._by_token: dict[str, Installation] = {}
        self._revoked: dict[str, str] = {}
        self._issued = 0

    @property
    def first(self) -> Site:
        """The first workspace."""
        return next(iter(self.sites.values()))

    def of_organization(self, enterprise_id: str) -> tuple[Site, ...]:
        """Return the workspaces of this organization."""
        return tuple(s for s in self.sites.values() if s.workspace.enterprise_id == enterprise_id)

    def at(self, key: str) -> Installation | None:
        """Return the installation in this workspace or organization by its id, or None."""
        return self._by_key.get(key)

    def by_token(self, token: str) -> Installation:
        """Return the installation with this token.

        Raises ``SlackRefusal``: ``invalid_auth`` for an unknown token, or the error of a revoked one.
        """
        if token in self._revoked:
            raise SlackRefusal(self._revoked[token])
        if token not in self._by_token:
            raise SlackRefusal("invalid_auth")
        return self._by_token[token]

    def sites_of(self, installation: Installation) -> tuple[Site, ...]:
        """Return the workspaces that this installation serves."""
        if installation.is_enterprise_install:
            return self.of_organization(installation.enterprise_id)
        return (self.sites[installation.team_id],)

    def grant(
        self, team_id: str, *, organization: bool = False, scopes: Iterable[str] | None = None
    ) -> Installation:
        """Install the app. Like on Slack, a second time returns the same token, with the scopes of both.

        ``team_id``: the workspace. With ``organization``, its whole organization installs the app; the id may
        then also be that of the organization. ``scopes``: by default all of the manifest.

        Raises ``SlackRefusal``: ``cannot_install_an_org_installed_app`` for a workspace whose organization
        has installed the app; and ``ValueError`` if there is no such workspace or organization.
        """
        team, enterprise = self._place(team_id, organization=organization)
        if team and enterprise in self._by_key:
            raise SlackRefusal("cannot_install_an_org_installed_app")
        before = self._by_key.get(team or enterprise)
        granted = frozenset(self.first.app.scopes if scopes is None else scopes)
        installation = Installation(
            team_id=team,
            enterprise_id=enterprise,
            scopes=granted | (before.scopes if before else frozenset()),
            token=before.token if before else self._new_token(team or enterprise),
        )
        self._by_key[installation.key] = self._by_token[installation.token] = installation
        self._update(installation)
        return installation

    def _place(self, key: str, *, organization: bool) -> tuple[str, str]:
        if not organization:
            if key not in self.sites:
                raise ValueError(f"There is no workspace {key!r} here.")
            return key, self.sites[key].workspace.enterprise_id
        if not self.first.app.org_deploy:
            raise ValueError("The manifest does not say org_deploy_enabled: no organization may install it.")
        enterprise = self.sites[key].workspace.enterprise_id if key in self.sites else key
        if not enterprise or not self.of_organization(enterprise):
            raise ValueError(f"There is no organization {key!r} here.")
        return "", enterprise

    def _new_token(self, key: str) -> str:
        self._issued += 1
        if key == self.first.workspace.team_id and BOT_TOKEN not in self._revoked:
            return BOT_TOKEN
        digest = hashlib.sha256(f"{key}/{self._issued}".encode()).hexdigest()[:TOKEN_LETTERS]
        return f"xoxb-0001-{self._issued:04d}-{digest}"

    def revoke(self, key: str, error: str) -> Installation:
        """End the installation with this id. ``error``: what Slack answers to its token from now on.

        The bot leaves all channels, as on Slack. Raises ``ValueError`` if the app is not installed there.
        """
        installation = self._by_key.pop(key, None)
        if installation is None:
            raise ValueError(f"The app is not installed in {key!r}.")
        del self._by_token[installation.token]
        self._revoked[installation.token] = error
        self._update(installation)
        return installation

    def _update(self, installation: Installation) -> None:
        for site in self.sites_of(installation):
            workspace = site.workspace
            site.org_wide = workspace.enterprise_id in self._by_key
            site.installed = site.org_wide or workspace.team_id in self._by_key
            with workspace.lock:
                workspace.bot.deleted = not site.installed
                if not site.installed:
                    for channel in workspace.channels.values():
                        if channel.im_user is None and BOT_USER_ID in channel.members:
                            channel.members.remove(BOT_USER_ID)
            workspace.changed()
