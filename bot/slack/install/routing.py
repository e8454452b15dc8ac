"""Find out from which workspace a request comes. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

Ids = tuple[str, str]
"""The ids of an organization and of a workspace; one that is not named is empty."""


def ids_of(body: Mapping[str, Any]) -> Ids:
    """Return the organization and the workspace that a request names.

    Bolt's own search finds no workspace where a whole organization has installed the app: then Slack leaves
    ``team`` empty and names the workspace of the person (https://docs.slack.dev/enterprise).
    """
    organisation = next((one for one in _organisations(body) if one.startswith("E")), "")
    workspace = next((one for one in _workspaces(body) if one.startswith("T")), "")
    return organisation, workspace


def _organisations(body: Mapping[str, Any]) -> Iterator[str]:
    view = _dict(body.get("view"))
    yield _text(body.get("enterprise_id"))
    yield _text(_dict(body.get("enterprise")).get("id"))
    for one in _authorizations(body):
        yield _text(one.get("enterprise_id"))
    yield _text(view.get("app_installed_team_id"))
    yield _text(_dict(body.get("user")).get("enterprise_id"))


def _workspaces(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield what may be the workspace, first the one whose installation Slack means."""
    view = _dict(body.get("view"))
    for one in _authorizations(body):
        yield _text(one.get("team_id"))
    yield _text(view.get("app_installed_team_id"))
    yield _text(body.get("team_id"))
    yield _text(_dict(body.get("team")).get("id"))
    yield _text(_dict(body.get("user")).get("team_id"))
    yield _text(view.get("team_id"))


def _authorizations(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    found = body.get("authorizations")
    yield from map(_dict, found[:1] if isinstance(found, list) else ())


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
