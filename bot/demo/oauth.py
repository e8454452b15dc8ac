"""Serve OAuth: check what an app asks for, remember what a person allowed, and exchange codes for tokens."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from bot.demo.credentials import Credentials
from bot.demo.installations import Installation, Installations
from bot.demo.people import Group
from bot.demo.site import Site, SlackRefusal
from bot.demo.workspace import BOT_USER_ID, Json

CODE_LIFETIME = timedelta(minutes=10)
_ASKED = frozenset({"client_id", "scope", "user_scope", "redirect_uri", "state", "team"})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class NotAuthorizableError(Exception):
    """Slack shows an error page instead of asking anyone. ``code``: Slack's word for it."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an app asks a person to allow."""

    scopes: tuple[str, ...]
    redirect_uri: str
    sent_uri: str
    """The ``redirect_uri`` as the app sent it; empty if it sent none."""
    state: str | None
    team: str
    fields: Mapping[str, str]
    """The parameters as they came, for the form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A workspace or a whole organization, where a person may install the app."""

    key: str
    name: str
    organization: bool
    about: str = ""


@dataclass(slots=True, kw_only=True)
class _Code:
    place: Place
    asked: Asked
    installer: str
    issued: datetime
    used: bool = False


class OAuth:
    """The OAuth pages and ``oauth.v2.access`` of one app."""

    def __init__(self, installations: Installations, redirect_urls: list[str]) -> None:
        """``redirect_urls``: those that the app has registered; the list may grow."""
        self.installations = installations
        self.redirect_urls = redirect_urls
        self._codes: dict[str, _Code] = {}

    @property
    def _credentials(self) -> Credentials:
        return self.installations.first.app.credentials

    @property
    def app_name(self) -> str:
        """The name of the app."""
        return self.installations.first.app.name

    def asked(self, params: Mapping[str, str]) -> Asked:
        """Return what the app asks for. Raises ``NotAuthorizableError`` for what Slack refuses."""
        unknown = sorted(params.keys() - _ASKED)
        if unknown:
            raise NotAuthorizableError("invalid_arguments", f"There is no parameter {unknown[0]!r} here.")
        if params.get("client_id") != self._credentials.client_id:
            raise NotAuthorizableError("invalid_client_id", "No app has this client_id.")
        redirect_uri = params.get("redirect_uri") or next(iter(self.redirect_urls), "")
        if not any(_is_below(redirect_uri, registered) for registered in self.redirect_urls):
            raise NotAuthorizableError(
                "bad_redirect_uri", "The redirect_uri does not match one that the app has registered."
            )
        return Asked(
            scopes=self._scopes(params),
            redirect_uri=redirect_uri,
            sent_uri=params.get("redirect_uri", ""),
            state=params.get("state"),
            team=params.get("team", ""),
            fields=dict(params),
        )

    def _scopes(self, params: Mapping[str, str]) -> tuple[str, ...]:
        scopes = [scope for scope in re.split(r"[,\s]+", params.get("scope", "")) if scope]
        if not scopes:
            raise NotAuthorizableError("no_scopes", "The app asks for no scopes.")
        foreign = sorted(set(scopes) - self.installations.first.app.scopes)
        foreign += [scope for scope in params.get("user_scope", "").split(",") if scope]
        if foreign:
            raise NotAuthorizableError(
                "invalid_scope", f"The manifest of the app does not have the scope {foreign[0]}."
            )
        return tuple(dict.fromkeys(scopes))

    def places(self) -> list[Place]:
        """Return where the app may be installed: organizations, then workspaces."""
        app, found = self.installations.first.app, {}
        for site in self.installations.sites.values():
            enterprise = site.enterprise
            if enterprise and app.org_deploy and enterprise["id"] not in found:
                names = [one.workspace.name for one in site.siblings]
                about = "The whole organization: " + ", ".join(names)
                found[enterprise["id"]] = Place(
                    key=enterprise["id"], name=enterprise["name"], organization=True, about=about
                )
        return [*found.values(), *(_workspace(site) for site in self.installations.sites.values())]

    def allow(self, asked: Asked, key: str) -> str:
        """Return the address to which Slack sends the person after *Allow*, with a code.

        Raises ``NotAuthorizableError`` if there is no such place.
        """
        place = next((place for place in self.places() if place.key == key), None)
        if place is None:
            raise NotAuthorizableError("invalid_team", "Choose a workspace in which to install the app.")
        site = self._site(place)
        serial = len(self._codes) + 1
        secret = self._credentials.client_secret.encode()
        signed = hmac.new(secret, f"{key}/{serial}".encode(), "sha256").hexdigest()
        code = f"100000000001.{serial:012d}.{signed}"
        self._codes[code] = _Code(
            place=place, asked=asked, installer=_installer(site), issued=site.clock.now()
        )
        return _address(asked, {"code": code})

    def cancel(self, asked: Asked) -> str:
        """Return the address to which Slack sends the person after *Cancel*."""
        return _address(asked, {"error": "access_denied"})

    def access(self, client_id: str, client_secret: str, args: Json) -> Json:
        """Implement ``oauth.v2.access``: install the app, and return its token.

        Raises ``SlackRefusal`` with the error that Slack documents.
        """
        if client_id != self._credentials.client_id:
            raise SlackRefusal("invalid_client_id")
        if not hmac.compare_digest(client_secret.encode(), self._credentials.client_secret.encode()):
            raise SlackRefusal("bad_client_secret")
        if args.get("grant_type", "authorization_code") != "authorization_code":
            raise SlackRefusal("invalid_grant_type")
        code = self._codes.get(str(args.get("code", "")))
        if code is None or self._site(code.place).clock.now() - code.issued > CODE_LIFETIME:
            raise SlackRefusal("invalid_code")
        if code.used:
            raise SlackRefusal("code_already_used")
        if args.get("redirect_uri", "") != code.asked.sent_uri:
            raise SlackRefusal("bad_redirect_uri")
        code.used = True
        place = code.place
        installation = self.installations.grant(
            place.key, organization=place.organization, scopes=code.asked.scopes
        )
        return self._answer(installation, self._site(place), code.installer)

    def _site(self, place: Place) -> Site:
        if place.organization:
            return self.installations.of_organization(place.key)[0]
        return self.installations.sites[place.key]

    def _answer(self, installation: Installation, site: Site, installer: str) -> Json:
        whole = installation.is_enterprise_install
        team = {"id": site.workspace.team_id, "name": site.workspace.name}
        return {
            "app_id": site.app.id,
            "authed_user": {"id": installer},
            "scope": ",".join(sorted(installation.scopes)),
            "token_type": "bot",
            "access_token": installation.token,
            "bot_user_id": BOT_USER_ID,
            "team": None if whole else team,
            "enterprise": site.enterprise,
            "is_enterprise_install": whole,
        }


def _workspace(site: Site) -> Place:
    about = f"{site.workspace.domain}.slack.com"
    if site.enterprise:
        about += f", in {site.enterprise['name']}"
    return Place(key=site.workspace.team_id, name=site.workspace.name, organization=False, about=about)


def _installer(site: Site) -> str:
    people = [member for member in site.workspace.members.values() if member.is_human]
    first = min(people, key=lambda member: member.group is not Group.ADMIN, default=None)
    return first.id if first else ""


def _is_below(uri: str, registered: str) -> bool:
    """Return whether this address is the registered one or below it, over HTTPS or on this machine."""
    asked, allowed = urlsplit(uri), urlsplit(registered)
    if asked.scheme != "https" and not (asked.scheme == "http" and asked.hostname in _LOOPBACK):
        return False
    if (asked.scheme, asked.netloc) != (allowed.scheme, allowed.netloc) or ".." in asked.path:
        return False
    base = allowed.path.rstrip("/")
    return asked.path.rstrip("/") == base or asked.path.startswith(f"{base}/")


def _address(asked: Asked, result: Mapping[str, str]) -> str:
    parts = urlsplit(asked.redirect_uri)
    state = {} if asked.state is None else {"state": asked.state}
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *result.items(), *state.items()])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
