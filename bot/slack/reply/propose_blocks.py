"""Why no proposal can be made in a channel yet."""

from datetime import datetime

from bot.core.model import Round
from bot.slack.kit.builders import (
    moment,
)

NO_COLLECTING = "The questions of this channel have no round in which proposals are collected."
"""Said where the prompts of a channel have no such question."""


def no_box_text(open_round: Round | None, next_at: datetime | None, zone: str) -> str:
    """Why no proposal can be made in a channel yet, and when it can."""
    opens = "There is no box for proposals in this channel yet."
    if open_round:
        closes = moment(open_round.closes_at, open_round.zone)
        return f"{opens} It opens as soon as the round that is open now has closed, {closes}."
    if next_at:
        return (
            f"{opens} It opens once a round has closed here; the next question comes {moment(next_at, zone)}."
        )
    return f"{opens} It opens once a round has closed here, and no question is planned for now."
