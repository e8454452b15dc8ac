"""Define each Web API method: its arguments, scopes, rate tier, and kind of token."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

TokenKind = Literal["bot", "app", "none"]
CALLS_PER_MINUTE: Mapping[str, int] = {"t1": 1, "t2": 20, "t3": 50, "t4": 100, "t5": 200}
"""The calls per minute that Slack promises for each tier; ``t5`` stands for 'special'."""

POSTS_PER_MINUTE = 300
"""Our low reading of Slack's "several hundred messages per minute"; each channel also takes one a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodSpec:
    """One method.

    ``scopes`` lists alternatives; ``takes_json``: a JSON body is read; ``kind``: of the token.
    """

    required: frozenset[str]
    optional: frozenset[str]
    scopes: tuple[str, ...]
    tier: str
    takes_json: bool
    kind: TokenKind

    @property
    def arguments(self) -> frozenset[str]:
        """All arguments except the token."""
        return self.required | self.optional


def _m(
    required: str,
    optional: str = "",
    *scopes: str,
    tier: str = "t4",
    json: bool = True,
    kind: TokenKind = "bot",
) -> MethodSpec:
    return MethodSpec(
        required=frozenset(required.split()),
        optional=frozenset(optional.split()),
        scopes=scopes,
        tier=tier,
        takes_json=json,
        kind=kind,
    )


CONVERSATION_SCOPES = ("channels:read", "groups:read", "im:read", "mpim:read")

METHODS: Mapping[str, MethodSpec] = {
    "api.test": _m("", "error", kind="none"),
    "auth.test": _m("", tier="t5"),
    "auth.teams.list": _m("", "cursor limit include_icon", tier="t2", json=False),
    "apps.connections.open": _m("", tier="t3", kind="app"),
    "blocks.validate": _m("", "blocks message view", kind="none"),
    "chat.postMessage": _m("channel", "blocks text", "chat:write", tier="t5"),
    "chat.postEphemeral": _m("channel user", "blocks text", "chat:write"),
    "chat.update": _m("channel ts", "blocks text", "chat:write", tier="t3"),
    "views.open": _m("view", "trigger_id"),
    "views.push": _m("view", "trigger_id"),
    "views.update": _m("view", "view_id hash"),
    "views.publish": _m("user_id view", "hash"),
    "conversations.info": _m("channel", "", *CONVERSATION_SCOPES, tier="t3", json=False),
    "conversations.members": _m("channel", "cursor limit", *CONVERSATION_SCOPES, json=False),
    "conversations.list": _m(
        "", "cursor exclude_archived limit team_id types", *CONVERSATION_SCOPES, tier="t2", json=False
    ),
    "oauth.v2.access": _m(
        "", "client_id client_secret code grant_type redirect_uri", tier="t5", json=False, kind="none"
    ),
    "users.conversations": _m(
        "", "cursor limit team_id types user", *CONVERSATION_SCOPES, tier="t3", json=False
    ),
    "users.info": _m("user", "include_locale", "users:read", json=False),
    "users.list": _m("", "cursor limit include_locale team_id", "users:read", tier="t2", json=False),
}
"""The methods and arguments that the bot uses. Every other method or argument is refused."""
