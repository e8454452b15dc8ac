"""What may be done by which clock: by one that is not believed, nothing that cannot be undone."""

from bot.core.clock import Trust, believed
from bot.core.model import Round, RoundState
from bot.core.rounds import accepts
from bot.ports import Desk


def may_decide(desk: Desk) -> bool:
    """Whether what cannot be undone may be begun now: a question, a close, a summary, forgetting."""
    return believed(desk.clock_state(), desk.clock())


def knows_time(desk: Desk) -> bool:
    """Whether the desk's clock tells the time: it is Slack's, or one that is believed."""
    return desk.clock_state().trust is not Trust.UNKNOWN or may_decide(desk)


def takes_replies(desk: Desk, round_: Round) -> bool:
    """Whether a round takes replies now; where nobody knows the time, until it begins to close."""
    if accepts(round_, desk.clock()):
        return True
    return round_.state is RoundState.OPEN and not knows_time(desk)
