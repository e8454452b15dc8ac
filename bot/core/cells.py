"""Name a cell: the data of one workspace, or of one organisation with all its workspaces."""

import re
from datetime import timedelta
from typing import NewType

CellKey = NewType("CellKey", str)
"""An organisation's id (``E...``) wherever there is one, else a workspace's (``T...``)."""

KEPT_AFTER_REMOVAL = timedelta(days=30)
"""How long the directory of a cell stays after its last workspace has uninstalled the app."""

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
