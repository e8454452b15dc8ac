"""Find out for which installation a request is, and from which workspace it comes. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_ID = re.compile(r"[ET][A-Z0-9]{2,30}")
"""What an id of a workspace or of an organization looks like: it becomes part of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Whose installation Slack means, by the ids of an organization and of a workspace; empty if not named.

    ``perhaps``: further workspaces, the likeliest first. They say where somebody belongs, and may be of
    another company, which may have the bot, too: they never choose the installation.
    """

    organisation: str = ""
    workspace: str = ""
    perhaps: tuple[str, ...] = ()


def source_of(body: Mapping[str, Any]) -> Source:
    """Return the source of a request.

    In a channel that companies share, ``team_id`` of an event may be the other company's, and so may
    ``user.team_id`` of a click and ``team`` of a form: ``authorizations`` names the installation of an event,
    ``view.app_installed_team_id`` that of a form, ``team`` that of a click. Where a whole organization has
    installed the app, ``team`` is empty, and only ``enterprise`` tells
    (https://docs.slack.dev/reference/interaction-payloads, https://docs.slack.dev/enterprise).
    """
    organisation, workspace = next(filter(any, _installations(body)), ("", ""))
    if not workspace and organisation:
        pairs = (
            (_enterprise(body, ""), _workspace(body, "")),
            (_enterprise(body, "context_"), _workspace(body, "context_")),
        )
        workspace = next((team for owner, team in pairs if owner == organisation), "")
    people = (one for one in _of_people(body) if one and one != workspace)
    return Source(organisation=organisation, workspace=workspace, perhaps=tuple(dict.fromkeys(people)))


def _installations(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the organization and the workspace of an installation; the first one that names any counts."""
    authorizations = body.get("authorizations")
    for one in map(_dict, authorizations[:1] if isinstance(authorizations, list) else ()):
        yield _enterprise(one, ""), _workspace(one, "")
    team, installed_in = _dict(body.get("team")), _dict(body.get("view")).get("app_installed_team_id")
    here, where = _enterprise_of(body, team), _id(team.get("id"), "T")
    if own := _id(installed_in, "T"):
        # Somebody of another company has sent the form from their own workspace.
        yield (here if where in {"", own} else ""), own
    if whole := _id(installed_in, "E"):
        yield whole, ""
    yield here, where
    yield _enterprise(body, ""), _workspace(body, "")


def _enterprise_of(body: Mapping[str, Any], team: Mapping[str, Any]) -> str:
    """Return the organization of a click or form, unless ``team`` may be a workspace of another one."""
    owner, of_team = _id(_dict(body.get("enterprise")).get("id"), "E"), _enterprise(team, "")
    if not team or body.get("is_enterprise_install") is True:
        return owner if of_team in {"", owner} else ""
    return of_team if owner in {"", of_team} else ""


def _of_people(body: Mapping[str, Any]) -> Iterator[str]:
    for name in ("user", "view", "message"):
        part = _dict(body.get(name))
        yield _workspace(part, "")
        yield _id(part.get("team"), "T")


def _enterprise(part: Mapping[str, Any], prefix: str) -> str:
    return _id(part.get(f"{prefix}enterprise_id"), "E")


def _workspace(part: Mapping[str, Any], prefix: str) -> str:
    return _id(part.get(f"{prefix}team_id"), "T")


def _id(value: Any, letter: str) -> str:
    return value if isinstance(value, str) and value.startswith(letter) and _ID.fullmatch(value) else ""


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
