"""Why no proposal can be made in a channel yet."""

from datetime import datetime

from bot.core.model import Round
from bot.slack.kit.builders import moment

NO_COLLECTING = "The questions of this channel have none that asks for proposals."
"""Said where the prompts of a channel have no such question."""


NOT_YET = "No proposals are taken in this channel yet."


def no_box_text(open_round: Round | None, next_at: datetime | None, zone: str) -> str:
    """Why no proposal can be made in a channel yet, and when it can."""
    if open_round:
        closes = moment(open_round.closes_at, open_round.zone)
        return f"{NOT_YET} They are taken as soon as the question that is open now has closed, {closes}."
    first = "They are taken once the first question has closed here"
    if next_at:
        return f"{NOT_YET} {first}; the next one comes {moment(next_at, zone)}."
    return f"{NOT_YET} {first}, and none is planned for now."
