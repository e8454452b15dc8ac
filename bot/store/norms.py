"""The norm ledger and the boxes that gather proposals, as rows of the application database."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from bot.core.model import ChannelId, NormId, Round
from bot.core.norms import Norm
from bot.store.codec import dumps, loads
from bot.store.mapping import round_of

T = TypeVar("T")
Row = Mapping[str, Any]


class _Rows(Protocol):
    def _first(self, name: str, values: Row, read: Callable[[Row], T]) -> T | None: ...
    def _all(self, name: str, values: Row, read: Callable[[Row], T]) -> tuple[T, ...]: ...
    def _change(self, name: str, values: Row) -> int: ...


class NormRows:
    """The part of a transaction that is about norms."""

    def put_norm(self: _Rows, norm: Norm) -> None:
        """Keep a norm, in place of what was known of it."""
        self._change("put_norm", {"id": norm.id, "channel": norm.channel, "body": dumps(norm)})

    def fetch_norm(self: _Rows, norm_id: NormId) -> Norm | None:
        """The norm of this id, if there is one."""
        return self._first("fetch_norm", {"id": norm_id}, _norm_of)

    def list_norms(self: _Rows, channel: ChannelId) -> tuple[Norm, ...]:
        """The ledger of a channel, in the order in which it was first written."""
        return self._all("list_norms", {"channel": channel}, _norm_of)

    def fetch_box(self: _Rows, channel: ChannelId) -> Round | None:
        """The box that gathers proposals for a channel's next collecting round, if there is one."""
        return self._first("fetch_box", {"channel": channel}, round_of)


def _norm_of(row: Row) -> Norm:
    norm: Norm = loads(Norm, row["body"])
    return norm
