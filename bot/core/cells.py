"""Name a cell: the data of one workspace, or of one organisation with all its workspaces."""

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NewType
from zlib import crc32

SHARDS = 64
"""How many shards there are. It never changes: a cell lies in the directory of its shard."""

CELLS_DIR = "cells"
SHARDS_DIR = "shards"
WORKERS_DIR = "workers"
"""What lies in the directory of many workspaces: their cells; of a cluster its shards, and its workers."""

KEPT_AFTER_REMOVAL = timedelta(days=30)
"""How long the directory of a cell stays after its last workspace has uninstalled the app."""

CellKey = NewType("CellKey", str)
"""An organisation's id (``E...``) wherever there is one, else a workspace's (``T...``)."""

_KEY = re.compile(r"[ET][A-Z0-9]{2,30}")


def cell_key(team: str, enterprise: str = "") -> CellKey:
    """Return the key of the cell to which this workspace belongs.

    All workspaces of an organisation share a cell, since results of separate ones could be compared and
    subtracted. ``team``: may be empty where an organisation installs the app. Raises ``ValueError`` for an id
    that cannot be one of Slack's.
    """
    return parse_cell_key(enterprise or team)


def parse_cell_key(text: str) -> CellKey:
    """Return the text as a key, which is safe as the name of a directory. Raises ``ValueError`` otherwise."""
    if not _KEY.fullmatch(text):
        message = "a key of a cell is the id of a workspace (T...) or of an organisation (E...)"
        raise ValueError(message)
    return CellKey(text)


def shard_of(key: CellKey) -> int:
    """Return the shard of a cell, from 0 to 63; always the same one."""
    return int.from_bytes(sha256(key.encode()).digest()[:8]) % SHARDS


def next_slot(now: datetime, every: timedelta, key: CellKey) -> datetime:
    """Return the next time (UTC) at which this cell has its turn, once in each ``every``.

    The turns of different cells are spread, so that they do not all come at once.
    """
    every_s = int(every.total_seconds())
    epoch_s = int(now.timestamp())
    offset_s = crc32(key.encode()) % every_s
    return datetime.fromtimestamp(epoch_s + 1 + (offset_s - epoch_s - 1) % every_s, UTC)
