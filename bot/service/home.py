"""What a member finds in the Home tab: their open rounds, and the results of their channels."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core.model import MemberId, Receipt, Round, RoundId, RoundState
from bot.core.release import Release, warns_admin
from bot.core.replies import reply_id
from bot.core.rounds import accepts
from bot.errors import KeyLostError
from bot.ports import Desk
from bot.service.people import is_admin, is_in
from bot.service.quotes import OpenRequest, open_requests


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRound:
    """An open round of the member: whether they have replied, and the receipt they hold if it still fits."""

    round: Round
    replied: bool
    receipt: Receipt | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The Home tab of one member.

    For an admin also: ``requests`` to decide on, and ``small``, the open rounds asked of so few people that
    their results will often be withheld.
    """

    rounds: tuple[OpenRound, ...]
    latest: tuple[tuple[Round, Release], ...]
    requests: tuple[OpenRequest, ...] = ()
    small: tuple[Round, ...] = ()


def home_of(desk: Desk, member: MemberId, receipts: Mapping[RoundId, Receipt]) -> Home:
    """The open rounds of the member's channels and the latest result of each, in the order of opening."""
    with desk.store.transaction("home") as tx:
        open_rounds = tx.list_rounds([RoundState.OPEN])
        results = tx.list_latest_releases()
    now = desk.clock()
    mine = tuple(
        _open_round(desk, round_, member, receipts.get(round_.id))
        for round_ in open_rounds
        if accepts(round_, now) and is_in(desk, round_.channel, member)
    )
    latest = tuple(result for result in results if is_in(desk, result[0].channel, member))
    small = tuple(round_ for round_ in open_rounds if warns_admin(round_.audience_size))
    return Home(
        rounds=mine,
        latest=latest,
        requests=open_requests(desk, member),
        small=small if small and is_admin(desk, member) else (),
    )


def _open_round(desk: Desk, round_: Round, member: MemberId, receipt: Receipt | None) -> OpenRound:
    try:
        replied = desk.boxes.has_replied(round_.id, desk.vault.token(round_.id, member))
    except KeyLostError:
        return OpenRound(round=round_, replied=False)
    fits = receipt is not None and desk.boxes.holds(round_.id, reply_id(receipt))
    return OpenRound(round=round_, replied=replied, receipt=receipt if fits else None)
