"""Answer a request of a cell that cannot be opened now, or whose worker does not answer."""

import json

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncBoltRequest

from bot.core.language import Languages
from bot.slack.kit import failures
from bot.slack.kit.view_state import first_field


def refused(request: AsyncBoltRequest, languages: Languages, *, uncertain: bool = False) -> BoltResponse:
    """Return an answer in words to a command or a form; to anything else, one after which Slack tries again.

    A form stays open with its text, in the language of its buttons. ``uncertain``: another worker may have
    done what was asked.
    """
    body = request.body
    view = body.get("view") or {}
    language = failures.language_shown(view, languages)
    if body.get("type") == "view_submission":
        text = failures.busy
        if uncertain:
            is_reply = view.get("callback_id") == "reply.submit"
            text = failures.uncertain_reply if is_reply else failures.uncertain
        errors = dict.fromkeys(first_field(body), text(language))
        return _json({"response_action": "errors", "errors": errors})
    if body.get("command"):
        return _json(
            {
                "response_type": "ephemeral",
                "text": (failures.uncertain if uncertain else failures.away)(language),
            }
        )
    return BoltResponse(status=503, body="")


def _json(answer: dict[str, object]) -> BoltResponse:
    return BoltResponse(
        status=200, body=json.dumps(answer), headers={"Content-Type": "application/json;charset=utf-8"}
    )
