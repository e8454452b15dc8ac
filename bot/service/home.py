"""Collect the content of one member's Home tab: open rounds, their channels, and an admin's tasks."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice

from bot.core.cycle_summary import Circle, summarise_cycle
from bot.core.model import ChannelId, MemberId, Receipt, Round, RoundId, RoundState
from bot.core.norms import Norm, tried_now
from bot.core.release import Published, Result, warns_admin
from bot.core.replies import reply_id
from bot.core.schedule import Schedule
from bot.core.translation import round_in
from bot.errors import KeyLostError, SlackUnavailableError, StoreError
from bot.ports import Services
from bot.service.clock_trust import takes_replies
from bot.service.people import channels_of, is_admin, is_public
from bot.service.quotes import OpenRequest, open_requests
from bot.service.upcoming import PlannedSchedule, planned_all, without_expired_pause

log = logging.getLogger(__name__)

SCHEDULES = 20
"""The most schedules listed for an admin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRound:
    """An open round of the member: whether they have replied, and their receipt if it still fits."""

    round: Round
    replied: bool
    receipt: Receipt | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The circle of a channel's newest cycle, and the numbers of the cycle's first and last round."""

    circle: Circle
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCard:
    """The state of one channel of the member, without quotes.

    ``trying``: the norm that it tries now, if any. Before the first result, ``open_round`` is the open round
    that will have it, and ``next_at`` the time of the next question (UTC; shown in ``zone``).
    """

    channel: ChannelId
    latest: Result | None = None
    drawn: Drawn | None = None
    open_round: Round | None = None
    next_at: datetime | None = None
    zone: str = "UTC"
    trying: Norm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The content of one member's Home tab.

    ``cards``: the channel with the newest result comes first; channels without a result come last. ``boxes``:
    suggestion boxes that hold a proposal of the member and are not announced yet.

    An admin also gets these: ``requests``: requests to decide on. ``small``: open rounds with an audience so
    small that their results will often be withheld. ``schedules``: schedules that wait for their channel come
    first, then the others by their next time. ``unlisted``: how many more schedules there are. Private
    channels that the admin is not in are left out of all of these.
    """

    rounds: tuple[OpenRound, ...] = ()
    boxes: tuple[OpenRound, ...] = ()
    cards: tuple[ChannelCard, ...] = ()
    requests: tuple[OpenRequest, ...] = ()
    small: tuple[Round, ...] = ()
    schedules: tuple[PlannedSchedule, ...] = ()
    unlisted: int = 0


class VisibleChannels:
    """The channels that an admin may know of: the admin's ``own`` channels, and public ones.

    Slack is asked once about each other channel. After Slack has failed to answer once, it is not asked
    again, and no further channel counts as visible.
    """

    def __init__(self, services: Services, own: frozenset[ChannelId]) -> None:
        """Start with the channels that the admin is in."""
        self.own = own
        self._services = services
        self._public: dict[ChannelId, bool] = {}
        self._unavailable = False

    def includes(self, channel: ChannelId) -> bool:
        """Return whether the admin may know of this channel."""
        if channel in self.own:
            return True
        if channel not in self._public:
            self._public[channel] = not self._unavailable and self._is_public(channel)
        return self._public[channel]

    def _is_public(self, channel: ChannelId) -> bool:
        try:
            return is_public(self._services, channel)
        except SlackUnavailableError:
            self._unavailable = True
            return False


class CircleCache:
    """A cache of the channels' circles; an entry is valid until its channel has a newer result.

    The newest cycle depends on all results before it, and reading all results of twenty channels takes nearly
    100 ms, which is too long for everybody who opens the tab after a summary.
    """

    def __init__(self) -> None:
        self._known: dict[ChannelId, tuple[RoundId, Drawn | None]] = {}

    def of(self, services: Services, newest: Round) -> Drawn | None:
        """Return the circle of the channel of this round. The round must have the channel's newest result."""
        known = self._known.get(newest.channel)
        if known is None or known[0] != newest.id:
            known = self._known[newest.channel] = (newest.id, _draw(services, newest.channel))
        return known[1]


def home_of(
    services: Services,
    member: MemberId,
    receipts: Mapping[RoundId, Receipt],
    circles: CircleCache | None = None,
) -> Home:
    """Return the Home tab of this member. ``circles``: the cache to use."""
    mine = channels_of(services, member)
    with services.store.read("home") as tx:
        open_rounds = tx.list_rounds([RoundState.OPEN])
        boxes = [box for box in tx.list_rounds([RoundState.GATHERING]) if box.channel in mine]
        results = tx.list_latest_releases(channels=mine)
        new = sorted(mine & set(tx.list_channels()) - {round_.channel for round_, _ in results})
        first = [(channel, tx.list_channel_schedules(channel)) for channel in new]
        trying = {round_.channel: tried_now(tx.list_norms(round_.channel)) for round_, _ in results}
    asking = [round_ for round_ in open_rounds if round_.channel in mine and takes_replies(services, round_)]
    cards = [
        replace(_card(services, result, circles or CircleCache()), trying=trying[result[0].channel])
        for result in results
    ]
    cards += [_first_card(services, channel, asking, schedules) for channel, schedules in first]
    visible = VisibleChannels(services, mine) if is_admin(services, member) else None
    listed, unlisted = _planned(services, visible) if visible else ((), 0)
    small = [one for one in open_rounds if warns_admin(one.audience_size)] if visible else []
    waiting = (_open_round(services, one, member, receipts.get(one.id)) for one in boxes)
    return Home(
        rounds=tuple(_open_round(services, one, member, receipts.get(one.id)) for one in asking),
        boxes=tuple(one for one in waiting if one.replied),
        cards=tuple(sorted(cards, key=_newest_first)),
        requests=open_requests(services, member),
        small=tuple(one for one in small if visible and visible.includes(one.channel)),
        schedules=listed,
        unlisted=unlisted,
    )


def home_in(home: Home, code: str) -> Home:
    """Return a Home tab with the questions of its rounds in a language, where they have been translated."""
    return replace(
        home,
        rounds=tuple(replace(mine, round=round_in(mine.round, code)) for mine in home.rounds),
        cards=tuple(
            replace(card, latest=(round_in(card.latest[0], code), card.latest[1])) if card.latest else card
            for card in home.cards
        ),
    )


def schedules_of_admin(
    services: Services, member: MemberId, page: int
) -> tuple[tuple[PlannedSchedule, ...], int] | None:
    """Return one page (from 0) of the schedules that an admin may know of, and how many there are.

    None for somebody who is no admin.
    """
    if not is_admin(services, member):
        return None
    visible = VisibleChannels(services, channels_of(services, member))
    listed, unlisted = _planned(services, visible, page)
    return listed, page * SCHEDULES + len(listed) + unlisted


def _card(services: Services, result: Result, circles: CircleCache) -> ChannelCard:
    round_, release = result
    if isinstance(release, Published):
        release = replace(release, quotes=())
    return ChannelCard(
        channel=round_.channel, latest=(round_, release), drawn=circles.of(services, round_), zone=round_.zone
    )


def _first_card(
    services: Services, channel: ChannelId, asking: Iterable[Round], schedules: Iterable[Schedule]
) -> ChannelCard:
    """Return the card of a channel that has no result yet."""
    own = planned_all(services, list(schedules), 1)
    times = [(one.next_times[0], one.schedule.zone) for one in own if one.next_times and one.can_post]
    next_at, zone = min(times, default=(None, "UTC"))
    open_round = next((round_ for round_ in asking if round_.channel == channel), None)
    return ChannelCard(channel=channel, open_round=open_round, next_at=next_at, zone=zone)


def _draw(services: Services, channel: ChannelId) -> Drawn | None:
    with services.store.read("home_circle") as tx:
        results = tx.list_releases(channel)
    try:
        found = summarise_cycle(results)
    except Exception as error:  # noqa: BLE001 - the other cards must still be shown
        log.error("circle not drawn", extra={"channel_id": channel, "code": type(error).__name__})  # noqa: TRY400
        return None
    if found is None:
        return None
    return Drawn(circle=found.circle, first=found.first.number, last=found.last.number)


def _newest_first(card: ChannelCard) -> tuple[float, ChannelId]:
    return (-card.latest[0].closes_at.timestamp() if card.latest else 0.0, card.channel)


def _planned(
    services: Services, visible: VisibleChannels, page: int = 0
) -> tuple[tuple[PlannedSchedule, ...], int]:
    """Return ``SCHEDULES`` of the schedules that an admin may know of, and how many follow after them."""
    with services.store.read("home_schedules") as tx:
        schedules = tx.list_next_schedules(tx.count_schedules())
        known = {one: tx.fetch_channel(one) for one in {schedule.channel for schedule in schedules}}
    private = {channel for channel, found in known.items() if found and found.info.private} - visible.own
    shown = (one for one in schedules if one.channel not in private and visible.includes(one.channel))
    before = sum(1 for _ in islice(shown, page * SCHEDULES))
    listed = list(islice(shown, SCHEDULES))
    asked = {*visible.own, *(channel for channel, found in known.items() if found)} - private
    unlisted = sum(one.channel in asked for one in schedules) - before - len(listed)
    now = services.clock()
    never = datetime.max.replace(tzinfo=UTC)
    found = planned_all(services, [without_expired_pause(schedule, now) for schedule in listed], 1)
    in_order = sorted(
        found, key=lambda one: (not one.waiting, *(one.next_times or (never,)), one.schedule.id)
    )
    return tuple(in_order), max(0, unlisted) if len(listed) == SCHEDULES else 0


def _open_round(services: Services, round_: Round, member: MemberId, receipt: Receipt | None) -> OpenRound:
    try:
        replied = services.boxes.has_replied(round_.id, services.vault.token(round_.id, member))
        fits = receipt is not None and services.boxes.holds(round_.id, reply_id(receipt))
    except (KeyLostError, StoreError):
        return OpenRound(round=round_, replied=False)
    return OpenRound(round=round_, replied=replied, receipt=receipt if fits else None)
