"""Take a published quote down: any member asks, an admin decides, everybody sees that it was done.

The member who asks is unknown here. The admin who decides is recorded with the day.
"""

import logging
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bot.core.model import MemberId, QuoteId, Round, RoundId
from bot.core.posts import PostKind, post_about
from bot.core.quotes import QuoteRemoval, QuoteRequest, quotes_by_id, take_down
from bot.ports import Services, Tx
from bot.service.close_rounds import remove_button
from bot.service.norms import ledger_up_to
from bot.service.people import decides_in, is_admin, is_in, may_know_of
from bot.service.posting import retry_until_done
from bot.service.summaries import earlier_results

log = logging.getLogger(__name__)


class QuoteOutcome(StrEnum):
    """What became of a request about a quote."""

    ASKED = "asked"
    REMOVED = "removed"
    KEPT = "kept"
    GONE = "gone"
    NOT_AN_ADMIN = "not_an_admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRequest:
    """A request as an admin sees it; ``text`` is None if the admin is not in the channel of the quote."""

    round: Round
    quote: QuoteId
    asked_on: date
    text: str | None = field(default=None, repr=False)


def ask_to_remove(services: Services, round_id: RoundId, quote: QuoteId) -> QuoteOutcome:
    """Record that somebody asked; return ``GONE`` where the quote is not published any more."""
    with services.store.read("quote_there") as tx:
        known = _is_asked(tx, round_id, quote)
        there = _is_published(tx, round_id, quote)
    if known or not there:
        return QuoteOutcome.ASKED if there else QuoteOutcome.GONE
    with services.store.transaction("quote_ask") as tx:
        round_ = tx.fetch_round(round_id)
        if round_ is None or not _is_published(tx, round_id, quote):
            return QuoteOutcome.GONE
        tx.put_quote_request(
            QuoteRequest(round_id=round_id, quote=quote, asked_on=services.today(round_.zone))
        )
    return QuoteOutcome.ASKED


def remove_quote(services: Services, round_id: RoundId, quote: QuoteId, member: MemberId) -> QuoteOutcome:
    """Take a quote out of its result, if this member may decide; record the admin and the day.

    The next ``run_due`` changes the posted summary and removes the text from the disk.
    """
    if not _decides(services, round_id, member):
        return QuoteOutcome.NOT_AN_ADMIN
    with services.store.read("quote_there") as tx:
        if not _is_asked(tx, round_id, quote) and not _is_published(tx, round_id, quote):
            return QuoteOutcome.GONE
    with services.store.transaction("quote_remove") as tx:
        tx.delete_quote_request(round_id, quote)
        round_, release = tx.fetch_round(round_id), tx.fetch_release(round_id)
        if round_ is None or release is None:
            return QuoteOutcome.GONE
        today = services.today(round_.zone)
        rest = take_down(release, quote, today)
        if rest is None:
            return QuoteOutcome.GONE
        tx.rewrite_release(rest)
        tx.insert_quote_removal(QuoteRemoval(round_id=round_id, removed_on=today, admin=member))
        tx.request_scrub()
    log.info("quote removed", extra={"round_id": round_id, "channel_id": round_.channel})
    return QuoteOutcome.REMOVED


def keep_quote(services: Services, round_id: RoundId, quote: QuoteId, member: MemberId) -> QuoteOutcome:
    """Keep a quote and delete the request, if this member may decide."""
    if not _decides(services, round_id, member):
        return QuoteOutcome.NOT_AN_ADMIN
    with services.store.read("quote_asked") as tx:
        asked = _is_asked(tx, round_id, quote)
    if asked:
        with services.store.transaction("quote_keep") as tx:
            tx.delete_quote_request(round_id, quote)
    return QuoteOutcome.KEPT


def open_requests(services: Services, member: MemberId) -> tuple[OpenRequest, ...]:
    """Return the requests that wait for a decision, for an admin; nothing for anybody else.

    Being an admin opens no channel: the words of a quote are shown only to people in its channel, and nothing
    at all about a private channel to others.
    """
    with services.store.read("quote_requests") as tx:
        asked = [
            (request, tx.fetch_round(request.round_id), tx.fetch_release(request.round_id))
            for request in tx.list_quote_requests()
        ]
    if not asked or not is_admin(services, member):
        return ()
    return tuple(
        OpenRequest(
            round=round_,
            quote=request.quote,
            asked_on=request.asked_on,
            text=quotes_by_id(release).get(request.quote)
            if is_in(services, round_.channel, member)
            else None,
        )
        for request, round_, release in asked
        if round_ and release and may_know_of(services, round_.channel, member)
    )


def show_removal(services: Services, round_id: RoundId) -> None:
    """Change the posted summary to what is stored, and leave no trace of the old one on disk.

    Not safe for two callers at once: the later one could post the older result. Raises ``SlackError`` or
    ``StoreError`` where one of the two failed; the next call does both again.
    """
    with services.store.read("outdated_summary") as tx:
        round_, release = tx.fetch_round(round_id), tx.fetch_release(round_id)
    if round_ is None or release is None:
        return

    def correct() -> None:
        if round_.prompt.norm:  # the announcement also shows the words of a norm that was taken down
            remove_button(services, round_)
        earlier, ledger = earlier_results(services, round_), ledger_up_to(services, round_)
        services.messenger.update_summary(round_, release, earlier, ledger)

    try:
        retry_until_done(services, post_about(PostKind.CORRECTION, round_, services.clock()), correct)
    finally:
        services.store.scrub()
    with services.store.transaction("mark_summary_updated") as tx:
        if tx.fetch_release(round_id) == release:  # else another quote was taken down meanwhile
            tx.mark_summary_updated(round_id)


def _is_asked(tx: Tx, round_id: RoundId, quote: QuoteId) -> bool:
    return any((one.round_id, one.quote) == (round_id, quote) for one in tx.list_quote_requests())


def _is_published(tx: Tx, round_id: RoundId, quote: QuoteId) -> bool:
    release = tx.fetch_release(round_id)
    return tx.fetch_round(round_id) is not None and release is not None and quote in quotes_by_id(release)


def _decides(services: Services, round_id: RoundId, member: MemberId) -> bool:
    with services.store.read("quote_to_decide") as tx:
        round_ = tx.fetch_round(round_id)
    return decides_in(services, round_.channel, member) if round_ else is_admin(services, member)
