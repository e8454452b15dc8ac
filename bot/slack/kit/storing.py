"""Which requests would change something, and which only read. Pure.

A process that took over a cell does not know which requests were handled before. It answers those that only
read, and refuses the others (``Dispatcher``). A form or button in none of these lists counts as one that
changes something; another word of the command is answered with the help.
"""

from collections.abc import Mapping
from typing import Any

CHANGING_FORMS = frozenset({"reply.submit", "schedule.save", "proposal.remove", "quote.ask", "quote.remove"})

READING_FORMS = frozenset({"preview.send", "trial.send"})
"""Forms of which nothing is stored."""

CHANGING_ACTIONS = frozenset(
    {
        "reply.withdraw",
        "norm.revisit",
        "question.ask",
        "round.cancel",
        "schedule.ask",
        "schedule.delete",
        "schedule.pause",
        "schedule.resume",
        "schedule.unpause",
        "summary.share",
        "cycle.share",
        "trend.share",
        "quote.keep",
        "quote.remove",
    }
)
"""Buttons that store something, or post in a channel."""

READING_ACTIONS = frozenset(
    {
        "reply.open",
        "reply.change",
        "reply.more",
        "reply.keep",
        "quote.preview",
        "privacy.open",
        "promise.open",
        "proposal.open",
        "proposal.remove",
        "norm.history",
        "summary.open",
        "quote.ask",
        "schedule.first",
        "schedule.open",
        "schedule.new",
        "schedule.edit",
        "schedule.show",
        "schedule.try",
        "schedule.preview",
        "schedule.more",
        "schedule.previous",
        "schedule.next",
        "schedules.open",
        "schedules.previous",
        "schedules.next",
        "preview.open",
        "preview.reply",
        "preview.privacy",
        "preview.quote",
        "preview.more",
        "trial.open",
        "trial.reply",
        "trial.privacy",
        "trial.quote",
    }
)
"""Buttons and fields that open or redraw a view."""

CHANGING_WORDS = frozenset({"pause", "resume"})

READING_WORDS = frozenset(
    {"ask", "cancel", "schedule", "propose", "summary", "trend", "norms", "privacy", "help"}
)
"""Words of the command that answer or open something. *Ask* and *cancel* answer with a button."""


def changes(body: Mapping[str, Any]) -> bool:
    """Return whether a request would store something, or post in a channel.

    An event says how things are now: to hear it twice changes nothing. Of an uninstallation, Slack is asked.
    """
    kind = body.get("type")
    if kind == "view_submission":
        return body["view"].get("callback_id") not in READING_FORMS
    if kind == "block_actions":
        return body["actions"][0].get("action_id") not in READING_ACTIONS
    if body.get("command"):
        first, *_ = [*str(body.get("text") or "").lower().split(), ""]
        return first in CHANGING_WORDS
    return kind != "event_callback"
