"""Receipts on their way to the person: in the Home tab's metadata, and in memory until it is opened.

Slack has no method to read a view: the current Home tab arrives only when its owner opens it or clicks in
it. So only a handler that holds the current view may publish it, and new receipts wait here, in memory
only, until then. A restart forgets them; the form says so.
"""

import json
import re
from collections.abc import Mapping
from threading import Lock

from bot.core.model import MemberId, Receipt, RoundId
from bot.core.replies import RECEIPT_BYTES

METADATA_LIMIT = 3000
"""What Slack lets a view carry unseen, in characters."""

_RECEIPT = rf"[0-9a-f]{{{2 * RECEIPT_BYTES}}}"

Receipts = Mapping[RoundId, Receipt]


class PendingReceipts:
    """Receipts of members who have not opened the Home tab since; never written anywhere."""

    def __init__(self) -> None:
        """Start with none."""
        self._lock = Lock()
        self._pending: dict[MemberId, dict[RoundId, Receipt | None]] = {}

    def keep(self, member: MemberId, round_id: RoundId, receipt: Receipt) -> None:
        """Hold a receipt until the member opens their Home tab."""
        with self._lock:
            self._pending.setdefault(member, {})[round_id] = receipt

    def drop(self, member: MemberId, round_id: RoundId) -> None:
        """Remember that a receipt is spent, so that it leaves the Home tab, too."""
        with self._lock:
            self._pending.setdefault(member, {})[round_id] = None

    def merged(self, member: MemberId, held: Receipts) -> dict[RoundId, Receipt]:
        """The receipts in the member's Home tab with the pending ones in and the spent ones out."""
        with self._lock:
            merged: dict[RoundId, Receipt | None] = {**held, **self._pending.get(member, {})}
        return {round_id: receipt for round_id, receipt in merged.items() if receipt is not None}

    def delivered(self, member: MemberId, published: Receipts) -> None:
        """Forget what the member's published Home tab now holds."""
        with self._lock:
            pending = self._pending.get(member, {})
            left = {key: value for key, value in pending.items() if published.get(key) != value}
            if left:
                self._pending[member] = left
            else:
                self._pending.pop(member, None)


def parse_receipts(metadata: str | None) -> dict[RoundId, Receipt]:
    """The receipts in a Home tab's metadata; anything that is not one of ours is passed over."""
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
    """Receipts as a Home tab's metadata: as many as fit, the last added first to stay."""
    kept: dict[str, str] = {}
    for round_id, receipt in reversed(list(receipts.items())):
        longer = {round_id: receipt.hex(), **kept}
        if len(json.dumps(longer, separators=(",", ":"))) > METADATA_LIMIT:
            break
        kept = dict(longer)
    return json.dumps(kept, separators=(",", ":"))
