"""A published quote can be taken down: any member asks, an admin does it, everybody sees that it was done.

It is the one exception to "for ever": a quote may hurt somebody in spite of redaction. Who asked is not
kept; who took it down, and on which day, is.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import date

from bot.core.model import MemberId, QuoteId, RoundId
from bot.core.release import Published, Release

_ID_CHARACTERS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRequest:
    """Somebody asked to have a quote taken down: which one, and on which day; not who."""

    round_id: RoundId
    quote: QuoteId
    asked_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRemoval:
    """An admin took a quote down: of which round, on which day, and who; not what it said."""

    round_id: RoundId
    removed_on: date
    admin: MemberId


def quote_id(round_id: RoundId, quote: str) -> QuoteId:
    """The id of a published quote: 16 hex digits of a SHA-256 (FIPS 180-4) over its round and its text.

    It is kept only while the quote itself is published, so it gives nobody anything to guess.
    """
    digest = hashlib.sha256(f"quote:{round_id}:{quote}".encode()).hexdigest()
    return QuoteId(digest[:_ID_CHARACTERS])


def quotes_by_id(release: Release) -> dict[QuoteId, str]:
    """The quotes that a result shows, by id, in the order shown; two with the same words are one."""
    if not isinstance(release, Published):
        return {}
    return {quote_id(release.round_id, quote): quote for quote in release.quotes}


def take_down(release: Release, quote: QuoteId, on: date) -> Published | None:
    """The result without this quote, and with the day it went; None where it shows no such quote.

    Everything else stays as it is, the order of the other quotes, too. Of quotes with the same words none is
    left.
    """
    unwanted = quotes_by_id(release).get(quote)
    if unwanted is None or not isinstance(release, Published):
        return None
    return replace(
        release,
        quotes=tuple(text for text in release.quotes if text != unwanted),
        removed=(*release.removed, on),
    )
