"""Names from Slack, for an operator's terminal and log: one printable line, and not a long one."""

import unicodedata

MOST_LETTERS = 80
"""The length of a name. Slack's own limits are near it; an answer may hold anything."""


def clean_name(name: str) -> str:
    """Return a name without control characters and direction marks, which could change what a terminal shows.

    A line break becomes a space; a longer name is cut.
    """
    kept = " ".join("".join(map(_shown, name[: 20 * MOST_LETTERS])).split())
    return kept if len(kept) <= MOST_LETTERS else f"{kept[: MOST_LETTERS - 1].rstrip()}…"


def _shown(letter: str) -> str:
    if letter.isprintable():
        return letter
    return "" if unicodedata.category(letter) == "Cf" else " "
