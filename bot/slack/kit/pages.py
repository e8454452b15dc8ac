"""Pages of a long list in a view: which part is shown, and the buttons to the others."""

from collections.abc import Sequence
from typing import TypeVar

from bot.core.language import Language
from bot.slack.kit.builders import Block, actions, button, context

T = TypeVar("T")

SHOWN = 20
"""Entries on a page; a view holds 100 blocks."""


def page_of(entries: Sequence[T], page: int) -> tuple[int, Sequence[T]]:
    """Return the number of a page (from 0) and its entries; the last page where there are fewer."""
    page = max(0, min(page, last_page(len(entries))))
    return page, entries[page * SHOWN : (page + 1) * SHOWN]


def last_page(count: int) -> int:
    """Return the number of the last page of so many entries."""
    return max(0, count - 1) // SHOWN


def page_buttons(prefix: str, page: int, count: int, language: Language) -> list[Block]:
    """Return which part of so many entries a page shows, and buttons to its neighbours; none for one page.

    Their actions are ``<prefix>.previous`` and ``<prefix>.next``; the value is the number of the page.
    """
    if count <= SHOWN:
        return []
    first, last = page * SHOWN + 1, min(count, (page + 1) * SHOWN)
    # Translators: goes to the page before.
    previous = language.pgettext("button", "Previous")
    # Translators: goes to the page after.
    following = language.pgettext("button", "Next")
    turns = [
        *([button(previous, f"{prefix}.previous", str(page - 1))] if page else []),
        *([button(following, f"{prefix}.next", str(page + 1))] if page < last_page(count) else []),
    ]
    # Translators: which entries of a long list are shown, such as “21 to 40 of 73”.
    shown = language.gettext(
        "{first} to {last} of {count}",
        first=language.number(first),
        last=language.number(last),
        count=language.number(count),
    )
    return [context(shown), actions(f"{prefix}.pages", *turns)]
