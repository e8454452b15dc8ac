"""Quotes that somebody asked to take down, and those that were, as rows of the application database."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from bot.core.model import QuoteId, RoundId
from bot.core.quotes import QuoteRemoval, QuoteRequest
from bot.store.mapping import removal_of, request_of

T = TypeVar("T")
Row = Mapping[str, Any]


class _Rows(Protocol):
    def _all(self, name: str, values: Row, read: Callable[[Row], T]) -> tuple[T, ...]: ...
    def _change(self, name: str, values: Row) -> int: ...


class QuoteRows:
    """The part of a transaction that is about quotes and the summaries that show them."""

    def list_outdated_summaries(self: _Rows) -> tuple[RoundId, ...]:
        """The rounds whose posted summary, or the disk, may still hold a quote taken down; by id."""
        return self._all("list_outdated_summaries", {}, lambda row: RoundId(row["round_id"]))

    def settle_summary(self: _Rows, round_id: RoundId) -> None:
        """Say that the posted summary of a round shows what is stored, and that the disk holds no more."""
        self._change("settle_summary", {"round_id": round_id})

    def put_quote_request(self: _Rows, request: QuoteRequest) -> None:
        """Store a request; one for the same quote that is there already stays, with its day."""
        row = {"round_id": request.round_id, "quote": request.quote, "asked_on": request.asked_on.isoformat()}
        self._change("put_quote_request", row)

    def list_quote_requests(self: _Rows) -> tuple[QuoteRequest, ...]:
        """The requests that nobody has decided on, by day, round and quote."""
        return self._all("list_quote_requests", {}, request_of)

    def delete_quote_request(self: _Rows, round_id: RoundId, quote: QuoteId) -> None:
        """Forget the request for a quote; none is no error."""
        self._change("delete_quote_request", {"round_id": round_id, "quote": quote})

    def insert_quote_removal(self: _Rows, removal: QuoteRemoval) -> None:
        """Record that a quote was taken down."""
        row = {
            "round_id": removal.round_id,
            "removed_on": removal.removed_on.isoformat(),
            "admin": removal.admin,
        }
        self._change("insert_quote_removal", row)

    def list_quote_removals(self: _Rows, round_id: RoundId) -> tuple[QuoteRemoval, ...]:
        """The removals of a round, oldest day first."""
        return self._all("list_quote_removals", {"round_id": round_id}, removal_of)
