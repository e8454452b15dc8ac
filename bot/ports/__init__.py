"""What the use cases need from the world, as Protocols.

Each port has one real adapter and one hand-written fake, and both pass the same contract suite
(``tests/contracts``). No method of a store or ballot file takes the id of a member, but a keyed fingerprint
made of it. The only ids that are stored are those of admins: who took a quote down, who changed a schedule.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.core.clock import ClockState
from bot.core.language import Languages
from bot.core.schedule import HolidayCalendar
from bot.core.settings import Settings
from bot.ports.audiences import AudienceKeys, Audiences
from bot.ports.ballots import BallotBoxes, ClaimNewest, KeyVault, SealedReply, Submission, always_newest
from bot.ports.slack import AdminNote, ChannelInfo, ChannelNote, Directory, KnownChannel, Messenger
from bot.ports.store import CountingRound, DueSchedule, FiringOutcome, Store, Tx

__all__ = [
    "AdminNote",
    "AudienceKeys",
    "Audiences",
    "BallotBoxes",
    "ChannelInfo",
    "ChannelNote",
    "ClaimNewest",
    "Clock",
    "CountingRound",
    "Directory",
    "DueSchedule",
    "FiringOutcome",
    "KeyVault",
    "KnownChannel",
    "Messenger",
    "SealedReply",
    "Services",
    "Store",
    "Submission",
    "Timer",
    "Tx",
    "always_newest",
]

Clock = Callable[[], datetime]
"""Returns the time as an aware UTC datetime."""


class Timer(Protocol):
    """Wakes ``run_due`` at the next due time. All state is in the store; without it, a minute is lost."""

    def arm(self, times: Sequence[datetime]) -> None:
        """Call ``run_due`` at these times (UTC) only, in place of those set before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The dependencies of the use cases, built once in ``bot.app``.

    ``clock_state``: whether the clock agrees with Slack's (``bot.service.clock_trust``). ``message``: a block
    that sends a message to Slack and records it; it may limit how many do so at once.
    """

    store: Store
    boxes: BallotBoxes
    vault: KeyVault
    audiences: Audiences
    audience_keys: AudienceKeys
    messenger: Messenger
    directory: Directory
    timer: Timer
    clock: Clock
    clock_state: Callable[[], ClockState]
    holidays: HolidayCalendar
    settings: Settings
    languages: Languages = field(default_factory=Languages)
    message: Callable[[], AbstractContextManager[object]] = nullcontext

    def today(self, zone: str) -> date:
        """Return the day that it is in this time zone."""
        return self.clock().astimezone(ZoneInfo(zone)).date()
