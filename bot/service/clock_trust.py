"""What may be done by which clock: by one that is not believed, nothing that cannot be undone."""

from bot.core.clock import Trust, believed
from bot.core.model import Round, RoundState
from bot.core.rounds import accepts
from bot.ports import Services


def may_decide(services: Services) -> bool:
    """Whether what cannot be undone may be begun now: a question, a close, a summary, forgetting."""
    return believed(services.clock_state(), services.clock())


def knows_time(services: Services) -> bool:
    """Whether the desk's clock tells the time: it is Slack's, or one that is believed."""
    return services.clock_state().trust is not Trust.UNKNOWN or may_decide(services)


def takes_replies(services: Services, round_: Round) -> bool:
    """Whether a round takes replies now; where nobody knows the time, until it begins to close."""
    if accepts(round_, services.clock()):
        return True
    return round_.state is RoundState.OPEN and not knows_time(services)
