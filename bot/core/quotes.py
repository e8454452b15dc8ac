"""Take a published quote down: any member asks, an admin decides, and everybody sees that it was done.

This is the one exception to the rule that results never change, because a quote may hurt somebody in spite of
redaction. Who asked is not stored; who took it down, and on which day, is.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import date

from bot.core.model import MemberId, QuoteId, RoundId
from bot.core.release import Published, Release

_ID_CHARACTERS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRequest:
    """A request to take a quote down: which one, and on which day; not by whom."""

    round_id: RoundId
    quote: QuoteId
    asked_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRemoval:
    """A removal of a quote: the round, the day and the admin; not the text."""

    round_id: RoundId
    removed_on: date
    admin: MemberId


def quote_id(round_id: RoundId, quote: str) -> QuoteId:
    """Return the id of a published quote: 16 hex digits of SHA-256 (FIPS 180-4) over its round and text.

    It is stored only while the quote itself is published, so it reveals nothing.
    """
    digest = hashlib.sha256(f"quote:{round_id}:{quote}".encode()).hexdigest()
    return QuoteId(digest[:_ID_CHARACTERS])


def quotes_by_id(release: Release) -> dict[QuoteId, str]:
    """Return the quotes that a result shows, by id, in the order shown. Equal quotes are one."""
    if not isinstance(release, Published):
        return {}
    return {quote_id(release.round_id, quote): quote for quote in release.quotes}


def take_down(release: Release, quote: QuoteId, on: date) -> Published | None:
    """Return the result without this quote and with the day of removal; None if it shows no such quote.

    Nothing else changes, including the order of the other quotes. All quotes with the same words are removed.
    """
    unwanted = quotes_by_id(release).get(quote)
    if unwanted is None or not isinstance(release, Published):
        return None
    return replace(
        release,
        quotes=tuple(text for text in release.quotes if text != unwanted),
        removed=(*release.removed, on),
    )
