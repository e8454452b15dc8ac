"""Requests to take a quote down, in an admin's Home tab."""

from collections.abc import Sequence

from bot.core.model import QuoteId, Round
from bot.service.quotes import OpenRequest
from bot.slack.kit.builders import (
    Block,
    actions,
    button,
    confirm,
    danger_button,
    date_in_words,
    header,
    quoted,
    section,
)
from bot.slack.kit.limits import TEXT_ROOM, cut


def request_blocks(requests: Sequence[OpenRequest]) -> list[Block]:
    """Return the requests that wait for an admin, each with both decisions."""
    if not requests:
        return []
    blocks = [
        header("Quotes to decide on"),
        section(
            "Someone asked for these to be taken down; who, is not kept. You see this as an admin. What you take "
            "down is gone for good, and your name and the day are recorded."
        ),
    ]
    for request in requests:
        blocks += _request(request)
    return blocks


def request_value(round_: Round, quote: QuoteId) -> str:
    """Return the value of the two buttons of a request."""
    return f"{round_.id}.{quote}"


def _request(request: OpenRequest) -> list[Block]:
    round_ = request.round
    about = f"<#{round_.channel}>, question {round_.number}, asked on {date_in_words(request.asked_on)}:"
    words = (
        "_Its words are shown only to people of that channel. Ask one of them, or join it._"
        if request.text is None
        else cut(quoted(request.text), TEXT_ROOM)
    )
    value = request_value(round_, request.quote)
    take = danger_button("Take it down", "quote.remove", value, _removal_question())
    return [
        section(f"{about}\n{words}"),
        actions(f"home.quote:{value}", take, button("Keep it", "quote.keep", value)),
    ]


def _removal_question() -> Block:
    return confirm(
        "Take this quote down?",
        "It leaves the summary for good, and a line says on which day. The numbers stay.",
        "Take it down",
        "Not now",
    )
