"""Decide what the bot may do while the computer's clock is not trusted: nothing that cannot be undone."""

from bot.core.clock import Trust, believed
from bot.core.model import Round, RoundState
from bot.core.rounds import accepts
from bot.ports import Services


def may_decide(services: Services) -> bool:
    """Return whether the clock is trusted enough to open, close, publish or delete something."""
    return believed(services.clock_state(), services.clock())


def knows_time(services: Services) -> bool:
    """Return whether the clock is right: it agrees with Slack's clock, or it is trusted."""
    return services.clock_state().trust is not Trust.UNKNOWN or may_decide(services)


def takes_replies(services: Services, round_: Round) -> bool:
    """Return whether a round takes replies now. If the time is not known, an open round does."""
    if accepts(round_, services.clock()):
        return True
    return round_.state is RoundState.OPEN and not knows_time(services)
