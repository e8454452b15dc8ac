"""Answer a request of a cell that cannot be opened now, or whose worker does not answer."""

import json

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncBoltRequest

from bot.core.language import Languages
from bot.slack.kit import failures
from bot.slack.kit.view_state import first_field

_OF_OTHERS = failures.away, failures.uncertain
"""What is said of anything but a reply: that nothing was done, or that nobody knows."""


def refused(request: AsyncBoltRequest, languages: Languages, *, uncertain: bool = False) -> BoltResponse:
    """Return an answer in words to a command or a form; to anything else, one after which Slack tries again.

    A form stays open with its text, in the language of its buttons. ``uncertain``: another worker may have
    done what was asked.
    """
    body = request.body
    view = body.get("view") or {}
    language = failures.language_shown(view, languages)
    if body.get("type") == "view_submission":
        is_reply = view.get("callback_id") == "reply.submit"
        certain, perhaps = (failures.busy, failures.uncertain_reply) if is_reply else _OF_OTHERS
        errors = dict.fromkeys(first_field(body), (perhaps if uncertain else certain)(language))
        return _json({"response_action": "errors", "errors": errors})
    if body.get("command"):
        certain, perhaps = _OF_OTHERS
        return _json({"response_type": "ephemeral", "text": (perhaps if uncertain else certain)(language)})
    return BoltResponse(status=503, body="")


def _json(answer: dict[str, object]) -> BoltResponse:
    return BoltResponse(
        status=200, body=json.dumps(answer), headers={"Content-Type": "application/json;charset=utf-8"}
    )
