"""Which statements a round asks, and of how many people asked before it may ask them again.

Two published counts of one statement can be subtracted from one another. So within about four weeks a
statement is asked only where at most ``MOST_SHARED`` people were asked the same one before, in any channel.
Reasons, and the enumeration behind the number: docs/threat-model.md.
"""

import hashlib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NewType

from bot.core.model import Item, RoundId, RoundKind, RoundPrompt

MOST_SHARED = 2
"""So many people of an audience may have been asked a statement before, all earlier audiences united."""

WINDOW_DAYS = 27
"""A round counts as earlier while it is open, and if it opened fewer calendar days ago than this."""

StatementKey = NewType("StatementKey", str)
"""What a statement is recognised by, in any channel, language and version of a pack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One thing that is counted on its own: a statement, all tags of a topic, a proposal, or a bare question.

    ``keys``: whatever was asked under any of these is the same statement.
    """

    keys: tuple[StatementKey, ...]


Shared = Callable[[Statement], int]
"""How many people of an audience were asked a statement before, in all earlier audiences together."""


def nobody(_: Statement) -> int:
    """Return 0: nobody was asked anything before."""
    return 0


def may_ask(shared: int) -> bool:
    """Whether a statement may be asked where so many people of the audience were asked it before."""
    return shared <= MOST_SHARED


def letters(text: str) -> str:
    """Return the text as it is compared: NFKC, case folded, only letters, marks and numbers kept.

    >>> letters("People here want me — as I am.") == letters("people here WANT me, as i am")
    True
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(one for one in folded if unicodedata.category(one)[0] in "LMN")


@lru_cache(maxsize=4096)
def statement_of(item: Item) -> Statement:
    """Return the statement of an item of a pack: known by its id, and by its letters."""
    return Statement(keys=(StatementKey(f"item:{item.id}"), StatementKey(f"text:{_digest(item.text)}")))


def tags_of(topic: str) -> Statement:
    """Return all tags of a topic, which are one statement together."""
    return Statement(keys=(StatementKey(f"tags:{topic}"),))


def statements_of(prompt: RoundPrompt, round_id: RoundId) -> tuple[Statement, ...]:
    """Return every statement that a round asks; none for a round that collects suggestions.

    In a round about norms a statement is known by the step and its letters. A round that asks a question
    alone is known by its id, so that its audience is still frozen.
    """
    if prompt.kind is RoundKind.COLLECT:
        return ()
    if prompt.kind is RoundKind.REFLECT:
        found = [*map(statement_of, prompt.items), *([tags_of(prompt.dimension)] if prompt.tags else [])]
    else:
        found = [_step_of(prompt, item) for item in prompt.items]
    return tuple(found) or (Statement(keys=(StatementKey(f"round:{round_id}"),)),)


def _step_of(prompt: RoundPrompt, item: Item) -> Statement:
    """The proposal or norm as this step asks about it; reasons given beside it are a part of it."""
    return Statement(keys=(StatementKey(f"{prompt.kind}:{_digest(item.text)}"),))


def _digest(text: str) -> str:
    """Return 32 hexadecimal digits of SHA-256 (FIPS 180-4) over the letters of a text."""
    return hashlib.sha256(letters(text).encode()).hexdigest()[:32]
