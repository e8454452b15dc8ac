"""Sum up what a command found in many workspaces."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.cli.cells import MOST_NAMED
from bot.core.check_rules import Level
from bot.proof import Verdict


def sum_up(found: Sequence[Mapping[str, Any]]) -> str:
    """Return one line: how many workspaces are well, and of each other one its key and first reason.

    ``found``: their data as ``each_cell`` returns them.
    """
    ill = [one for one in found if "error" in one or not one.get("passed", True)]
    are = "workspace is well" if len(found) == 1 else "workspaces are well"
    told = [f"{one['workspace']}: {_reason(one)}" for one in ill[:MOST_NAMED]]
    told += [f"and {len(ill) - MOST_NAMED} more"] if len(ill) > MOST_NAMED else []
    return f"{len(found) - len(ill)} of {len(found)} {are}{'; ' if told else '.'}{'; '.join(told)}"


def _reason(one: Mapping[str, Any]) -> str:
    """Return the first thing that is wrong in a workspace, on one line."""
    said = one["error"]["message"] if "error" in one else ""
    for each in one.get("findings", ()):
        if each["level"] == Level.ERROR:
            said = said or f"{each['where']}: {each['what']}"
    for each in one.get("attacks", ()):
        if each["verdict"] == Verdict.FAIL:
            said = said or f"{each['attack']}: {each['found']}"
    return " ".join(said.split())
