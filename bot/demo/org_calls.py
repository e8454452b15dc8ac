"""Find the workspace of an organization that a call with an organization-wide token is about."""

from collections.abc import Callable, Mapping, Sequence

from bot.demo.args import text_arg
from bot.demo.site import Site, SlackRefusal
from bot.demo.workspace import Json

NEED_TEAM = frozenset({"conversations.list", "users.conversations", "users.list"})
"""The methods that need a ``team_id`` with an organization-wide token."""


def find_site(sites: Sequence[Site], method: str, args: Json) -> Site:
    """Return the workspace that holds the channel, view, trigger or person of the call; else the first.

    ``sites``: the workspaces of the organization.

    Raises ``SlackRefusal``: ``missing_argument`` without a needed ``team_id``, and
    ``team_access_not_granted`` for one of another organization.
    """
    team = text_arg(args, "team_id")
    if method in NEED_TEAM and not team:
        raise SlackRefusal("missing_argument", "missing required field: team_id")
    named = [site for site in sites if site.workspace.team_id == team]
    if method in NEED_TEAM and not named:
        raise SlackRefusal("team_access_not_granted")
    if named or team == sites[0].workspace.enterprise_id:
        del args["team_id"]
    if named:
        return named[0]
    return next((site for site in sites if _holds(site, args)), sites[0])


def _holds(site: Site, args: Json) -> bool:
    return any(name in args and holds(site, str(args[name])) for name, holds in _HOLDS.items())


def _has_channel(site: Site, name: str) -> bool:
    channels, members = site.workspace.channels, site.workspace.members
    return name in channels or name in members or any(name == f"#{one.name}" for one in channels.values())


_HOLDS: Mapping[str, Callable[[Site, str], bool]] = {
    "channel": _has_channel,
    "trigger_id": lambda site, trigger: trigger in site.triggers,
    "view_id": lambda site, view: site.workspace.view(view) is not None,
    "user": lambda site, user: user in site.workspace.members,
    "user_id": lambda site, user: user in site.workspace.members,
}
"""By argument: whether a workspace holds what the argument names. The first one that is there counts."""
