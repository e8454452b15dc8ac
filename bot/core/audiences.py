"""Which statements a round asks, and of how many people asked before it may ask them again.

Two published counts of one statement can be subtracted from one another. So within about four weeks a
statement is asked only where at most ``MOST_SHARED`` people were asked the same one before, in any channel.
Reasons, and the enumeration behind the number: docs/threat-model.md.
"""

import hashlib
import re
import string
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NewType
from zoneinfo import ZoneInfo

from bot.core.letters import CODE, letter_of, shape
from bot.core.model import Item, Period, Round, RoundId, RoundKind, RoundPrompt, ScheduleId, Tag

MOST_SHARED = 2
"""So many people of an audience may have been asked a statement before, all earlier audiences united."""

WINDOW_DAYS = 27
"""A round counts as earlier while it is open, and if it opened fewer calendar days ago than this."""

CLOSED_DAYS = 20
"""A round counts as earlier, too, if it was published fewer calendar days ago than this.

Where a round is open for weeks, two openings lie far apart, and what was answered still lies close together.
In a weekly rhythm a round is open for seven days at most, and this says no more than ``WINDOW_DAYS``.
"""

KEPT_FOR = timedelta(days=28)
"""Who was asked is kept for so long after a round's close, and a key is used for new rounds for so long."""

Mark = NewType("Mark", bytes)
"""A keyed fingerprint: somebody was asked a statement."""

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


_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks that nobody sees (Default_Ignorable_Code_Point of Unicode)."""

_SEEN_AS = {"0": "o", "1": "i"}

_DIGITS = string.digits + string.ascii_lowercase[:22]
"""The digits of a round id."""


def may_ask(shared: int) -> bool:
    """Whether a statement may be asked where so many people of the audience were asked it before."""
    return shared <= MOST_SHARED


def letters(text: str) -> str:
    """Return the text as it is compared: NFKC, case folded, only letters, marks and numbers kept.

    >>> letters("People here want me — as I am.") == letters("people here WANT me, as i am")
    True
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(
        one for one in folded if unicodedata.category(one)[0] in "LMN" and not _INVISIBLE.match(one)
    )


def looks(text: str) -> str:
    """Return the letters of a text as a reader sees them, whatever script and accents they are written in.

    Whoever writes a proposal anew with a letter of another script has not written another proposal: people
    read the same, answer the same, and the two counts could be subtracted. Digits stay apart, but for the two
    that pass for letters. Emoji are no letters, also where Slack sends their codes.

    >>> looks("W\u0435 begin with news.") == looks("We begin with news")
    True
    >>> looks("We end at 6") == looks("We end at 9")
    False
    """
    pictured = CODE.sub(lambda code: letter_of(code[1]), text)
    seen = "".join(_SEEN_AS.get(one) or (one if one.isdecimal() else shape(one)) for one in letters(pictured))
    return seen.replace("'", "").replace("rn", "m").replace("vv", "w")


@lru_cache(maxsize=4096)
def statement_of(item: Item) -> Statement:
    """Return the statement of an item of a pack: known by its id, and by its letters."""
    return Statement(keys=(StatementKey(f"item:{item.id}"), StatementKey(f"text:{_digest(item.text)}")))


@lru_cache(maxsize=1024)
def tags_of(topic: str, tags: tuple[Tag, ...]) -> Statement:
    """Return all tags of a topic, which are one statement together: known by the topic, and by their letters.

    Each tag has a count of its own, so one in common with another topic makes the two the same.
    """
    letters_of = sorted({f"tag:{_digest(tag.text)}" for tag in tags})
    return Statement(keys=(StatementKey(f"tags:{topic}"), *map(StatementKey, letters_of)))


def statements_of(prompt: RoundPrompt, round_id: RoundId) -> tuple[Statement, ...]:
    """Return every statement that a round asks; none for a round that collects suggestions.

    In a round about norms a statement is known by the step and its letters. A round that asks a question
    alone is known by its id, so that its audience is still frozen.
    """
    if prompt.kind is RoundKind.COLLECT:
        return ()
    if prompt.kind is RoundKind.REFLECT:
        found = [
            *map(statement_of, prompt.items),
            *([tags_of(prompt.dimension, prompt.tags)] if prompt.tags else []),
        ]
    else:
        found = [_step_of(prompt, item) for item in prompt.items]
    return tuple(found) or (Statement(keys=(audience_key(round_id),)),)


def _step_of(prompt: RoundPrompt, item: Item) -> Statement:
    """The proposal or norm as this step asks about it; reasons given beside it are a part of it.

    What a channel chooses among now, it was asked about in two rounds before: either was the same statement.
    Of what such a round preferred (``norm``), the next one asks as it always did: that is another step.
    """
    kinds: tuple[RoundKind, ...] = (prompt.kind,)
    if prompt.kind is RoundKind.CHOOSE:
        before = (RoundKind.CONSENT,) if prompt.norm else (RoundKind.DECIDE, RoundKind.CONSENT)
        kinds = (prompt.kind, *before)
    return Statement(keys=tuple(StatementKey(f"{kind}:{_digest(item.text)}") for kind in kinds))


def _digest(text: str) -> str:
    """Return 32 hexadecimal digits of SHA-256 (FIPS 180-4) over the letters of a text as they look."""
    return hashlib.sha256(looks(text).encode()).hexdigest()[:32]


def every_key(prompt: RoundPrompt, round_id: RoundId) -> frozenset[StatementKey]:
    """Return the keys of all statements that a round asks."""
    return frozenset(key for statement in statements_of(prompt, round_id) for key in statement.keys)


def audience_key(round_id: RoundId) -> StatementKey:
    """Return the key under which everybody in a round's audience is marked, whatever the round asks."""
    return StatementKey(f"round:{round_id}")


def asks_the_same(one: Round, other: Round) -> bool:
    """Whether two rounds have a statement in common, or ask the same question."""
    keys = every_key(one.prompt, one.id) & every_key(other.prompt, other.id)
    return bool(keys) or one.prompt.prompt_id == other.prompt.prompt_id


def opened_from(now: datetime, zone: str) -> datetime:
    """Return the moment (UTC) from which on a round has opened fewer calendar days ago than the window has.

    >>> opened_from(datetime(2026, 11, 30, 9, tzinfo=UTC), "Europe/Berlin").isoformat()
    '2026-11-03T23:00:00+00:00'
    """
    return _first_of(WINDOW_DAYS, now, zone)


def closed_from(now: datetime, zone: str) -> datetime:
    """Return the moment (UTC) from which on a round was published fewer than ``CLOSED_DAYS`` days ago.

    >>> closed_from(datetime(2026, 11, 30, 9, tzinfo=UTC), "Europe/Berlin").isoformat()
    '2026-11-10T23:00:00+00:00'
    """
    return _first_of(CLOSED_DAYS, now, zone)


def _first_of(days: int, now: datetime, zone: str) -> datetime:
    """Return the midnight (UTC) with which so many calendar days of a zone began, today included."""
    first = now.astimezone(ZoneInfo(zone)).date() - timedelta(days=days - 1)
    return datetime.combine(first, time(), ZoneInfo(zone)).astimezone(UTC)


def firing_id(schedule: ScheduleId, fire_at: datetime) -> RoundId:
    """Return the id of the round that opens at this firing, so that a crashed opening finds its own marks.

    60 bits of SHA-256 (FIPS 180-4), in the digits of a round id.
    """
    firing = f"{schedule}\0{fire_at.astimezone(UTC).isoformat(timespec='microseconds')}"
    number = int.from_bytes(hashlib.sha256(firing.encode()).digest()[:8], "big") >> 4
    return RoundId("".join(_DIGITS[number >> 5 * place & 31] for place in range(12)))


def begun_on(period: Period) -> date:
    """Return the day on which a period begins."""
    return date.fromisoformat(f"{period[:4]}-{period[4:6]}-{period[6:8]}")


def is_current(period: Period, today: date) -> bool:
    """Whether rounds that open today may be marked under the key of this period."""
    return timedelta(0) <= today - begun_on(period) < KEPT_FOR


def fresh_period(today: date, taken: Collection[Period]) -> Period:
    """Return the period that begins today, under a name that is not taken: a letter tells it from others."""
    names = (Period(f"{today:%Y%m%d}{letter}") for letter in ("", *string.ascii_lowercase[1:]))
    return next(name for name in names if name not in taken)
