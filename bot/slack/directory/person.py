"""What Slack says of a person: to which company they belong, whether they count, what they are called."""

from dataclasses import dataclass, field
from typing import Any

from bot.core.model import MemberId

GUEST_MARKS = ("is_restricted", "is_ultra_restricted")
ROBOT_MARKS = ("is_bot", "is_app_user", "is_workflow_bot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """To whom the app belongs: its workspace and, on Enterprise Grid, the organisation of that workspace.

    ``enterprise`` is empty outside Enterprise Grid.
    """

    team: str
    enterprise: str = ""

    def has(self, team: str, enterprise: str) -> bool:
        """Whether somebody of this workspace and organisation belongs here; empty ids belong nowhere."""
        here = bool(team) and team == self.team
        return here or (bool(enterprise) and enterprise == self.enterprise)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What the bot may know of a person; never stored.

    ``own``: they belong to the app's workspace or organisation. ``counts``: they are a full member of it, no
    guest, no bot, and still there. ``admin``: one of those who is an admin or owner of the workspace.
    ``described``: Slack has told who it is; nobody else counts.
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
    """Return the person whom Slack describes so.

    ``is_stranger`` is not asked: Slack says false of people of other companies in a shared channel.
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
        admin=counts and bool(user.get("is_admin") or user.get("is_owner")),
        team=team,
        enterprise=enterprise,
        zone=str(user.get("tz") or "UTC"),
        locale=str(user.get("locale") or ""),
        names=_names(user),
    )


def is_described(user: Any) -> bool:
    """Return whether Slack says who somebody is: an object with an id, and a profile if there is one."""
    return isinstance(user, dict) and bool(user.get("id")) and isinstance(user.get("profile", {}), dict)


def undescribed(member: MemberId) -> Person:
    """Return somebody whom Slack does not describe: they do not count, and nobody knows their names."""
    return Person(id=member, described=False)


def _names(user: dict[str, Any]) -> frozenset[str]:
    profile = user.get("profile") or {}
    fields = (
        *(user.get(key) for key in ("name", "real_name")),
        *(profile.get(key) for key in ("real_name", "display_name", "first_name", "last_name")),
    )
    return frozenset(str(name) for name in fields if name)
