"""Quotes that somebody asked to take down, and those that were, as rows of the application database."""

from bot.core.model import QuoteId, RoundId
from bot.core.quotes import QuoteRemoval, QuoteRequest
from bot.store.mapping import removal_of, request_of
from bot.store.statements import Statements


class QuoteRows(Statements):
    """The part of a transaction that is about quotes and the summaries that show them."""

    def list_outdated_summaries(self) -> tuple[RoundId, ...]:
        """Return the rounds whose posted summary, or the disk, may still hold a quote taken down; by id."""
        return self._all("list_outdated_summaries", {}, lambda row: RoundId(row["round_id"]))

    def settle_summary(self, round_id: RoundId) -> None:
        """Say that the posted summary of a round shows what is stored, and that the disk holds no more."""
        self._change("settle_summary", {"round_id": round_id})

    def put_quote_request(self, request: QuoteRequest) -> None:
        """Store a request; one for the same quote that is there already stays, with its day."""
        row = {"round_id": request.round_id, "quote": request.quote, "asked_on": request.asked_on.isoformat()}
        self._change("put_quote_request", row)

    def list_quote_requests(self) -> tuple[QuoteRequest, ...]:
        """Return the requests that nobody has decided on, by day, round and quote."""
        return self._all("list_quote_requests", {}, request_of)

    def delete_quote_request(self, round_id: RoundId, quote: QuoteId) -> None:
        """Forget the request for a quote; none is no error."""
        self._change("delete_quote_request", {"round_id": round_id, "quote": quote})

    def insert_quote_removal(self, removal: QuoteRemoval) -> None:
        """Record that a quote was taken down."""
        row = {
            "round_id": removal.round_id,
            "removed_on": removal.removed_on.isoformat(),
            "admin": removal.admin,
        }
        self._change("insert_quote_removal", row)

    def list_quote_removals(self, round_id: RoundId) -> tuple[QuoteRemoval, ...]:
        """Return the removals of a round, oldest day first."""
        return self._all("list_quote_removals", {"round_id": round_id}, removal_of)
