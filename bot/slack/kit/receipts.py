"""Keep receipts of open replies in the Home tab's metadata, and in memory until the member opens the tab.

Slack has no method to read a view: the bot receives the current Home tab only when its owner opens it or
clicks in it. So only a listener that has the current view may publish it, and new receipts are kept in memory
until then. A restart loses them; the form says so.
"""

import json
import re
from collections.abc import Callable, Collection, Mapping
from threading import Lock

from bot.core.model import MemberId, Receipt, Round, RoundId
from bot.core.replies import RECEIPT_BYTES

METADATA_LIMIT = 3000
"""Slack's limit for private metadata, in characters."""

_RECEIPT = rf"[0-9a-f]{{{2 * RECEIPT_BYTES}}}"

Receipts = Mapping[RoundId, Receipt]


class PendingReceipts:
    """Receipts of members who have not opened the Home tab since they replied; never written to disk."""

    def __init__(self) -> None:
        """Start with none."""
        self._lock = Lock()
        self._pending: dict[MemberId, dict[RoundId, Receipt | None]] = {}

    def keep(self, member: MemberId, round_: Round, receipt: Receipt) -> None:
        """Keep a receipt until the member opens their Home tab."""
        self._put(member, round_, receipt)

    def drop(self, member: MemberId, round_: Round) -> None:
        """Remember that a receipt has been used, so that it is removed from the Home tab."""
        self._put(member, round_, None)

    def rounds(self) -> frozenset[RoundId]:
        """Return the rounds with a pending receipt."""
        with self._lock:
            return frozenset(round_id for held in self._pending.values() for round_id in held)

    def forget(self, ended: Collection[RoundId]) -> None:
        """Forget the receipts of rounds that are over.

        A receipt must not outlive its round: it tells which reply was whose.
        """
        with self._lock:
            for member in list(self._pending):
                self._retain(member, lambda round_id, _: round_id not in ended)

    def merged(self, member: MemberId, held: Receipts) -> dict[RoundId, Receipt]:
        """Return the receipts in a member's Home tab, with pending ones added and used ones removed."""
        with self._lock:
            merged: dict[RoundId, Receipt | None] = {**held, **self._pending.get(member, {})}
        return {round_id: receipt for round_id, receipt in merged.items() if receipt is not None}

    def delivered(self, member: MemberId, published: Receipts) -> None:
        """Forget the receipts that the member's published Home tab now holds."""
        with self._lock:
            self._retain(member, lambda round_id, receipt: published.get(round_id) != receipt)

    def _put(self, member: MemberId, round_: Round, receipt: Receipt | None) -> None:
        with self._lock:
            self._pending.setdefault(member, {})[round_.id] = receipt

    def _retain(self, member: MemberId, wanted: Callable[[RoundId, Receipt | None], bool]) -> None:
        pending = self._pending.pop(member, {})
        if left := {key: value for key, value in pending.items() if wanted(key, value)}:
            self._pending[member] = left


def parse_receipts(metadata: str | None) -> dict[RoundId, Receipt]:
    """Return the receipts in a Home tab's metadata; ignore anything else."""
    try:
        data = json.loads(metadata or "{}")
    except (ValueError, RecursionError):
        return {}
    entries = data.items() if isinstance(data, dict) else ()
    return {
        RoundId(round_id): Receipt(bytes.fromhex(receipt))
        for round_id, receipt in entries
        if isinstance(receipt, str) and re.fullmatch(_RECEIPT, receipt)
    }


def receipts_metadata(receipts: Receipts) -> str:
    """Return a Home tab's metadata with as many receipts as fit, the last added first."""
    kept: dict[str, str] = {}
    for round_id, receipt in reversed(list(receipts.items())):
        longer = {round_id: receipt.hex(), **kept}
        if len(json.dumps(longer, separators=(",", ":"))) > METADATA_LIMIT:
            break
        kept = dict(longer)
    return json.dumps(kept, separators=(",", ":"))
