"""Parse a person as Slack describes them: organisation, full member or not, names."""

from dataclasses import dataclass, field
from typing import Any

from bot.core.model import MemberId

GUEST_MARKS = ("is_restricted", "is_ultra_restricted")
ROBOT_MARKS = ("is_bot", "is_app_user", "is_workflow_bot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """The app's workspace and its Enterprise Grid organisation (empty outside Enterprise Grid).

    ``wide``: the token is of the whole organisation, so that list calls must name the workspace.
    """

    team: str
    enterprise: str = ""
    wide: bool = False

    def has(self, team: str, enterprise: str) -> bool:
        """Return whether somebody of this workspace and organisation belongs here; empty ids never do."""
        here = bool(team) and team == self.team
        return here or (bool(enterprise) and enterprise == self.enterprise)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What the bot may know of a person; never stored.

    ``own``: belongs to the app's workspace or organisation. ``counts``: a full member of it, no guest, bot or
    deactivated account. ``admin``: counts, and is an admin or owner. ``described``: Slack has said who it is.
    """

    id: MemberId
    own: bool = False
    counts: bool = False
    admin: bool = False
    described: bool = True
    team: str = ""
    enterprise: str = ""
    zone: str = "UTC"
    locale: str = field(default="", compare=False)
    names: frozenset[str] = field(default=frozenset(), repr=False)


def person_of(user: dict[str, Any], organisation: Organisation) -> Person:
    """Return the person in a user object of Slack.

    ``is_stranger`` is not read: in shared channels it is false for people of other companies, too.
    """
    team = str(user.get("team_id") or "")
    enterprise = str((user.get("enterprise_user") or {}).get("enterprise_id") or "")
    own = organisation.has(team, enterprise)
    robot = any(user.get(mark) for mark in ROBOT_MARKS) or user.get("id") == "USLACKBOT"
    counts = own and not robot and not user.get("deleted") and not any(user.get(mark) for mark in GUEST_MARKS)
    return Person(
        id=MemberId(str(user["id"])),
        own=own,
        counts=counts,
        admin=counts
        and bool(user.get("is_admin") or user.get("is_owner"))
        and _is_role_here(user, organisation),
        team=team,
        enterprise=enterprise,
        zone=str(user.get("tz") or "UTC"),
        locale=str(user.get("locale") or ""),
        names=_names(user),
    )


def _is_role_here(user: dict[str, Any], organisation: Organisation) -> bool:
    """Return whether ``is_admin`` and ``is_owner`` are roles in our workspace, and in no other.

    Slack says them of the workspace of the token. A token of the whole organisation has none, so there they
    are those of ``team_id``. Somebody who is not in our workspace has no role in it.
    """
    teams = (user.get("enterprise_user") or {}).get("teams") or ()
    if organisation.wide and user.get("team_id") != organisation.team:
        return False
    return not teams or organisation.team in teams


def is_described(user: Any) -> bool:
    """Return whether a user object says who somebody is: it has an id, and its profile is an object."""
    return isinstance(user, dict) and bool(user.get("id")) and isinstance(user.get("profile", {}), dict)


def undescribed(member: MemberId) -> Person:
    """Return a person whom Slack does not describe: they do not count and have no known names."""
    return Person(id=member, described=False)


def _names(user: dict[str, Any]) -> frozenset[str]:
    profile = user.get("profile") or {}
    fields = (
        *(user.get(key) for key in ("name", "real_name")),
        *(profile.get(key) for key in ("real_name", "display_name", "first_name", "last_name")),
    )
    return frozenset(str(name) for name in fields if name)
