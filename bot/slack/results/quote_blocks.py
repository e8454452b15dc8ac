"""Taking a published quote down: the form, the answers, and what admins find in their Home tab."""

from collections.abc import Mapping, Sequence

from bot.core.model import MemberId, QuoteId, Round
from bot.service.quotes import OpenRequest, QuoteOutcome
from bot.slack.kit.builders import (
    Block,
    View,
    actions,
    button,
    confirm,
    context,
    date_in_words,
    header,
    input_block,
    modal,
    notice,
    option,
    plain,
    quoted,
    section,
)
from bot.slack.kit.limits import cut

CHOICE_BLOCK = "quote.choice"
CHOICE_ACTION = "quote"

RADIOS_MAX = 10
LISTED = 60
"""At most so many quotes in the form: a view holds 100 blocks and 250 kB."""

ROOM_IN_A_MODAL = 36_000
"""What quotes may take up in a modal: 250 kB at the most, where a character takes at most six bytes."""

TEXT_ROOM = 2800
"""What one quote may take up, so that one section holds it: every quote that is not all but made of ``&``."""

_FOR_MEMBERS = (
    "Is there a quote that should not stand here, about you or about anybody? Choose it and ask. Nobody learns "
    "that it was you: neither your name nor the time is kept, only the day. An admin decides."
)
_FOR_ADMINS = (
    "You are an admin, so the quote you choose is taken out of the summary at once and for good. A line will say "
    "on which day. That it was you is recorded; what the quote said is not."
)


def choice_modal(round_: Round, quotes: Mapping[QuoteId, str], *, admin: bool) -> View:
    """The form in which a quote is chosen; for an admin it removes, for everybody else it asks."""
    listed = list(quotes.items())[:LISTED]
    room = min(TEXT_ROOM, ROOM_IN_A_MODAL // len(listed))
    return modal(
        "Take a quote down",
        [
            section(_FOR_ADMINS if admin else _FOR_MEMBERS),
            *(
                section(f"*{number}.*\n{cut(quoted(text), room)}")
                for number, (_, text) in enumerate(listed, start=1)
            ),
            input_block(CHOICE_BLOCK, "Which one?", _choice(listed)),
            context("The numbers of the summary never change."),
        ],
        submit="Take it down" if admin else "Ask",
        close="Not now",
        callback_id="quote.remove" if admin else "quote.ask",
        private_metadata=round_.id,
    )


def outcome_notice(outcome: QuoteOutcome, admins: Sequence[MemberId] = ()) -> View:
    """What became of it. ``admins`` are whom to tell when it is urgent."""
    whom = " or ".join(f"<@{admin}>" for admin in admins) or "an admin of this workspace"
    titles_and_texts = {
        QuoteOutcome.ASKED: (
            "Asked",
            (
                "Thank you. Every admin who may see this channel finds your request in the Home tab of Belonging Bot, "
                "without your name. In a private channel that must be one of its members. If there is none, or it is "
                f"urgent, tell {whom}; they will then know that it was you."
            ),
        ),
        QuoteOutcome.REMOVED: (
            "Taken down",
            (
                "The quote is gone from the summary, and from what the bot has stored. A line in its place says on "
                "which day. What Slack itself has kept or exported is out of the bot’s reach."
            ),
        ),
        QuoteOutcome.KEPT: ("It stays", "The quote stays in the summary, and the request is gone."),
        QuoteOutcome.GONE: (
            "Gone already",
            "This quote has been taken down already. There is nothing left to do.",
        ),
        QuoteOutcome.NOT_AN_ADMIN: (
            "For admins",
            (
                "Only admins decide whether a quote is taken down. You can ask for it: press *Take a quote down* in "
                f"the summary, or tell {whom}."
            ),
        ),
    }
    return notice(*titles_and_texts[outcome])


def request_blocks(requests: Sequence[OpenRequest]) -> list[Block]:
    """The requests that wait for an admin, each with both decisions; nothing where there are none."""
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
    """What the two buttons of a request carry."""
    return f"{round_.id}.{quote}"


def _request(request: OpenRequest) -> list[Block]:
    round_ = request.round
    about = f"<#{round_.channel}>, round {round_.number}, asked on {date_in_words(request.asked_on)}:"
    words = (
        "_Its words are shown only to people of that channel. Ask one of them, or join it._"
        if request.text is None
        else cut(quoted(request.text), TEXT_ROOM)
    )
    value = request_value(round_, request.quote)
    take = button("Take it down", "quote.remove", value, style="danger", confirm=_removal_question())
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


def _choice(listed: Sequence[tuple[QuoteId, str]]) -> Block:
    # Slack's limit on an option cuts a long one short; the whole text stands above.
    options = [option(f"{number}. {text}", key) for number, (key, text) in enumerate(listed, start=1)]
    if len(options) <= RADIOS_MAX:
        return {"type": "radio_buttons", "action_id": CHOICE_ACTION, "options": options}
    return {
        "type": "static_select",
        "action_id": CHOICE_ACTION,
        "placeholder": plain("Choose a quote"),
        "options": options,
    }
