"""Slack's own description of its methods, where it lies beside the checkout, and what is held against it."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from bot.demo.api_spec import METHODS
from bot.demo.workspace import ApiCall

ROOT = Path(__file__).resolve().parents[1]
SPEC = ROOT.parent / "shared" / "slack-spec"
ABSENT = "Slack's own method descriptions are not beside the checkout"
NOT_IN_A_ROUND = {
    "api.test",
    "auth.teams.list",
    "blocks.validate",
    "conversations.list",
    "oauth.v2.access",
    "views.push",
}
CALLED = tuple(sorted(METHODS.keys() - NOT_IN_A_ROUND))
"""Every method that the bot calls in the course of a round. The local Slack knows some more."""

OF_THE_SDK = frozenset({"team_id"})
"""What Slack's own client adds to every call."""


@cache
def described(method: str) -> Mapping[str, Any]:
    """Slack's description of this method."""
    text = (SPEC / "methods" / f"{method}.json").read_text(encoding="utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


def misuses(calls: Iterable[ApiCall]) -> list[str]:
    """What is wrong with these calls by Slack's own description; nothing where that is absent."""
    return [wrong for call in calls for wrong in _misuse(call)] if SPEC.is_dir() else []


def _misuse(call: ApiCall) -> list[str]:
    if not (SPEC / "methods" / f"{call.method}.json").is_file():
        return []
    args = described(call.method)["args"]
    known = set(args.get("properties", {}))
    required = set(args.get("required", ())) - {"token"}
    unknown = sorted(set(call.args) - known - OF_THE_SDK)
    missing = sorted(name for name in required if call.args.get(name) in (None, ""))
    return [
        *(f"{call.method} takes no {name}" for name in unknown),
        *(f"{call.method} needs {name}" for name in missing),
        *_too_long(call, args.get("properties", {})),
        *([f"{call.method}: blocks without a text are silent"] if _is_silent(call) else []),
    ]


def _is_silent(call: ApiCall) -> bool:
    """Whether a screen reader and a notification have nothing to say of this message."""
    return call.method.startswith("chat.") and bool(call.args.get("blocks")) and not call.args.get("text")


def _too_long(call: ApiCall, properties: Mapping[str, Any]) -> list[str]:
    limits = {name: about["maxLength"] for name, about in properties.items() if "maxLength" in about}
    return [
        f"{call.method}: {name} is too long"
        for name, limit in limits.items()
        if isinstance(call.args.get(name), str) and len(call.args[name]) > limit
    ]
