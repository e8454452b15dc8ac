"""The norm ledger and the boxes that gather proposals, as rows of the application database."""

from bot.core.model import ChannelId, NormId, Round
from bot.core.norms import Norm
from bot.store.mapping import round_of
from bot.store.row_reader import Row
from bot.store.serialization import dumps, loads
from bot.store.statements import Statements


class NormRows(Statements):
    """The part of a transaction that is about norms."""

    def put_norm(self, norm: Norm) -> None:
        """Keep a norm, in place of what was known of it."""
        self._change("put_norm", {"id": norm.id, "channel": norm.channel, "body": dumps(norm)})

    def fetch_norm(self, norm_id: NormId) -> Norm | None:
        """Return the norm of this id, if there is one."""
        return self._first("fetch_norm", {"id": norm_id}, _norm_of)

    def list_norms(self, channel: ChannelId) -> tuple[Norm, ...]:
        """Return the ledger of a channel, in the order in which it was first written."""
        return self._all("list_norms", {"channel": channel}, _norm_of)

    def fetch_box(self, channel: ChannelId) -> Round | None:
        """Return the box that gathers proposals for a channel's next collecting round, if there is one."""
        return self._first("fetch_box", {"channel": channel}, round_of)


def _norm_of(row: Row) -> Norm:
    norm: Norm = loads(Norm, row["body"])
    return norm
