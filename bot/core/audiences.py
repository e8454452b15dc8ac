"""Decide which statements a round may ask, by how many of its people were asked them before.

Two published counts of one statement can be subtracted from one another. So within about four weeks a
statement is asked only if at most ``MOST_SHARED`` people were asked the same one before, in any channel.
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

from bot.core.addresses import NAME, PLACEHOLDERS
from bot.core.letters import CODE, letter_of, shape
from bot.core.model import Item, Period, Round, RoundId, RoundKind, RoundPrompt, ScheduleId, Tag

MOST_SHARED = 2
"""The most people of an audience who may have been asked a statement in all earlier audiences together."""

WINDOW_DAYS = 27
"""A round counts as earlier while it is open, and if it opened fewer calendar days ago than this."""

CLOSED_DAYS = 20
"""A round also counts as earlier if it was published fewer calendar days ago than this.

If rounds are open for weeks, their openings are far apart while their answers are close together. In a weekly
rhythm a round is open for seven days at most, and ``WINDOW_DAYS`` alone decides.
"""

KEPT_FOR = timedelta(days=28)
"""How long after a round's close its audience is stored, and how long a key is used for new rounds."""

Mark = NewType("Mark", bytes)
"""A keyed fingerprint of somebody who was asked a statement."""

StatementKey = NewType("StatementKey", str)
"""Identifies a statement in any channel, language and version of a pack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Something counted on its own: a statement, all tags of a topic, a proposal, or a question alone.

    ``keys``: whatever was asked under any of these is the same statement. ``steps`` and ``words``: of a
    proposal or norm, where names may have been taken out of it; empty for all else.
    """

    keys: tuple[StatementKey, ...]
    steps: frozenset[str] = frozenset()
    words: str = ""


Shared = Callable[[Statement], int]
"""Returns how many people of an audience were asked a statement in all earlier audiences together."""


def nobody(_: Statement) -> int:
    """Return 0: nobody was asked anything before."""
    return 0


_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Invisible letters and marks (Default_Ignorable_Code_Point of Unicode)."""

_SEEN_AS = {"0": "o", "1": "i"}

_DIGITS = string.digits + string.ascii_lowercase[:22]
"""The digits of a round id."""


def may_ask(shared: int) -> bool:
    """Return whether a statement may be asked if ``shared`` people of the audience were asked it before."""
    return shared <= MOST_SHARED


def letters(text: str) -> str:
    """Return the text in the form for comparing: NFKC, case folded, only letters, marks and numbers.

    >>> letters("People here want me — as I am.") == letters("people here WANT me, as i am")
    True
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(
        one for one in folded if unicodedata.category(one)[0] in "LMN" and not _INVISIBLE.match(one)
    )


def looks(text: str) -> str:
    """Return the letters of a text as a reader sees them, whatever their script and accents.

    A proposal rewritten with a letter of another script is the same proposal: people read and answer the
    same, and the two counts could be subtracted. Digits stay different, except for the two that look like
    letters. Emoji are no letters, even where Slack sends their codes.

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
    """Return the statement of a pack's item, identified by its id and by its letters."""
    return Statement(keys=(StatementKey(f"item:{item.id}"), StatementKey(f"text:{_digest(item.text)}")))


@lru_cache(maxsize=1024)
def tags_of(topic: str, tags: tuple[Tag, ...]) -> Statement:
    """Return all tags of a topic as one statement, identified by the topic and by their letters.

    Each tag has its own count, so one tag in common makes two topics the same.
    """
    letters_of = sorted({f"tag:{_digest(tag.text)}" for tag in tags})
    return Statement(keys=(StatementKey(f"tags:{topic}"), *map(StatementKey, letters_of)))


def statements_of(prompt: RoundPrompt, round_id: RoundId) -> tuple[Statement, ...]:
    """Return every statement that a round asks; none for a round that collects proposals.

    In a round about norms, a statement is identified by the step and its letters. A round that asks only a
    question is identified by its id, so that its audience is still frozen.
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
    """Return the proposal or norm that this step asks about. Reasons given with it are a part of it.

    What a channel chooses among now, it was asked about in two rounds before: either was the same statement.
    Of what such a round preferred (``norm``), the next one asks as it always did: that is another step.
    """
    steps: tuple[RoundKind, ...] = (prompt.kind,)
    if prompt.kind is RoundKind.CHOOSE:
        before = (RoundKind.CONSENT,) if prompt.norm else (RoundKind.DECIDE, RoundKind.CONSENT)
        steps = (prompt.kind, *before)
    keys = tuple(StatementKey(f"{step}:{_digest(item.text)}") for step in steps)
    return Statement(keys=keys, steps=frozenset(steps), words=item.text)


def may_read_alike(one: Statement, other: Statement) -> bool:
    """Whether two proposals may have been the same words before names were taken out, asked in the same step.

    Whose name is taken out depends on the channel. So what was taken out counts as whatever stands there in
    the other one. That two proposals are taken for one too often costs four weeks; too seldom, an answer.

    >>> named, bare = (
    ...     Statement(keys=(), steps=frozenset({"decide"}), words=words)
    ...     for words in ("We ask [name]'s team to write it up.", "We ask Maya’s team to write it up!")
    ... )
    >>> may_read_alike(named, bare)
    True
    """
    if one.steps.isdisjoint(other.steps) or not one.words or not other.words:
        return False
    found, there = _around_names(one.words), _around_names(other.words)
    if len(found) == 1:
        found, there = there, found
    if len(found) == 1:
        return found == there
    if len(there) == 1:
        return _fits(found, there[0])
    # Where both have gaps, whatever stands in the middle of the one may have stood in a gap of the other.
    return _begin_alike(found[0], there[0]) and _begin_alike(found[-1][::-1], there[-1][::-1])


def _around_names(text: str) -> list[str]:
    """The letters between the names that were taken out, in a form in which none depends on its neighbour."""
    parts = text.split(PLACEHOLDERS[NAME])
    return [looks(part).replace("m", "rn").replace("w", "vv") for part in parts]


def _fits(parts: list[str], whole: str) -> bool:
    """Whether these parts stand in a text in this order, the first at its begin and the last at its end."""
    first, *middle, last = parts
    if len(first) + len(last) > len(whole) or not (whole.startswith(first) and whole.endswith(last)):
        return False
    at, end = len(first), len(whole) - len(last)
    for part in middle:
        found = whole.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _begin_alike(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _digest(text: str) -> str:
    """Return 32 hexadecimal digits of SHA-256 (FIPS 180-4) over the visible letters of a text."""
    return hashlib.sha256(looks(text).encode()).hexdigest()[:32]


def every_key(prompt: RoundPrompt, round_id: RoundId) -> frozenset[StatementKey]:
    """Return the keys of all statements that a round asks."""
    return frozenset(key for statement in statements_of(prompt, round_id) for key in statement.keys)


def audience_key(round_id: RoundId) -> StatementKey:
    """Return the key under which everybody in a round's audience is marked, whatever the round asks."""
    return StatementKey(f"round:{round_id}")


def asks_the_same(one: Round, other: Round) -> bool:
    """Return whether two rounds have a statement in common, or ask the same question."""
    keys = every_key(one.prompt, one.id) & every_key(other.prompt, other.id)
    return bool(keys) or one.prompt.prompt_id == other.prompt.prompt_id


def opened_from(now: datetime, zone: str) -> datetime:
    """Return the time (UTC) since which a round opened fewer than ``WINDOW_DAYS`` calendar days ago.

    >>> opened_from(datetime(2026, 11, 30, 9, tzinfo=UTC), "Europe/Berlin").isoformat()
    '2026-11-03T23:00:00+00:00'
    """
    return _first_of(WINDOW_DAYS, now, zone)


def closed_from(now: datetime, zone: str) -> datetime:
    """Return the time (UTC) since which a round was published fewer than ``CLOSED_DAYS`` calendar days ago.

    >>> closed_from(datetime(2026, 11, 30, 9, tzinfo=UTC), "Europe/Berlin").isoformat()
    '2026-11-10T23:00:00+00:00'
    """
    return _first_of(CLOSED_DAYS, now, zone)


def _first_of(days: int, now: datetime, zone: str) -> datetime:
    """Return the midnight (UTC) at which the last ``days`` calendar days of a zone began, including today."""
    first = now.astimezone(ZoneInfo(zone)).date() - timedelta(days=days - 1)
    return datetime.combine(first, time(), ZoneInfo(zone)).astimezone(UTC)


def firing_id(schedule: ScheduleId, fire_at: datetime) -> RoundId:
    """Return the id of the round that opens at this firing.

    It is computed, so that an opening after a crash finds its own marks: 60 bits of SHA-256 (FIPS 180-4), in
    the digits of a round id.
    """
    firing = f"{schedule}\0{fire_at.astimezone(UTC).isoformat(timespec='microseconds')}"
    number = int.from_bytes(hashlib.sha256(firing.encode()).digest()[:8], "big") >> 4
    return RoundId("".join(_DIGITS[number >> 5 * place & 31] for place in range(12)))


def first_day(period: Period) -> date:
    """Return the day on which a period begins."""
    return date.fromisoformat(f"{period[:4]}-{period[4:6]}-{period[6:8]}")


def is_current(period: Period, today: date) -> bool:
    """Return whether rounds that open today may be marked under the key of this period."""
    return timedelta(0) <= today - first_day(period) < KEPT_FOR


def new_period(today: date, taken: Collection[Period]) -> Period:
    """Return the period that begins today. If its name is taken, a letter is added."""
    names = (Period(f"{today:%Y%m%d}{letter}") for letter in ("", *string.ascii_lowercase[1:]))
    return next(name for name in names if name not in taken)
