"""Requests to take a quote down, in an admin's Home tab."""

from collections.abc import Sequence

from bot.core.language import Language
from bot.core.model import QuoteId, Round
from bot.service.quotes import OpenRequest
from bot.slack.kit.builders import (
    Block,
    actions,
    button,
    channel_link,
    confirm,
    danger_button,
    header,
    quoted,
    section,
)
from bot.slack.kit.limits import TEXT_ROOM, cut


def request_blocks(requests: Sequence[OpenRequest], language: Language) -> list[Block]:
    """Return the requests that wait for an admin, each with both decisions."""
    if not requests:
        return []
    blocks = [
        header(language.gettext("Quotes to decide on")),
        section(
            language.gettext(
                "Someone asked for these to be taken down; who, is not kept. You see this as an admin. What you take "
                "down is gone for good, and your name and the day are recorded."
            )
        ),
    ]
    for request in requests:
        blocks += _request(request, language)
    return blocks


def request_value(round_: Round, quote: QuoteId) -> str:
    """Return the value of the two buttons of a request."""
    return f"{round_.id}.{quote}"


def _request(request: OpenRequest, language: Language) -> list[Block]:
    round_ = request.round
    # Translators: the quote follows. {channel} is a channel, {number} counts its questions.
    about = language.gettext(
        "{channel}, question {number}, asked on {day}:",
        channel=channel_link(round_.channel),
        number=language.number(round_.number),
        day=language.day(request.asked_on),
    )
    words = (
        language.gettext("_Its words are shown only to people of that channel. Ask one of them, or join it._")
        if request.text is None
        else cut(quoted(request.text), TEXT_ROOM)
    )
    value = request_value(round_, request.quote)
    take, keep = language.gettext("Take it down"), language.gettext("Keep it")
    question = confirm(
        # Translators: a title, at most 100 characters; then the text and the two buttons below it.
        language.gettext("Take this quote down?"),
        language.gettext("It leaves the summary for good, and a line says on which day. The numbers stay."),
        language.gettext("Take it down"),
        language.pgettext("button", "Not now"),
    )
    return [
        section(f"{about}\n{words}"),
        actions(
            f"home.quote:{value}",
            danger_button(take, "quote.remove", value, question),
            button(keep, "quote.keep", value),
        ),
    ]
