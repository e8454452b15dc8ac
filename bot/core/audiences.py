"""Decide which statements a round may ask, by how many of its people were asked them before.

Two published counts of one statement can be subtracted from one another. So within about four weeks a
statement is asked only if at most ``MOST_SHARED`` people were asked the same one before, in any channel.
docs/threat-model.md explains the reasons and how the number was found.
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
from bot.core.model import Period, Round, RoundId, RoundKind, RoundPrompt, ScheduleId, Statement, Tag

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
class Askable:
    """What is counted by itself: a statement, all tags of a topic, a proposal, or a bare question.

    ``keys``: two statements with a common key are the same. ``steps`` and ``words`` belong to a proposal or
    norm, because names may have been taken out of its words. They are empty for everything else.
    """

    keys: tuple[StatementKey, ...]
    steps: frozenset[str] = frozenset()
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenAudience:
    """A stored audience besides its marks: the period of its key, its size, and until when it is kept (UTC).

    ``whole``: all of its marks are stored.
    """

    period: Period
    people: int
    until: datetime
    whole: bool = True


Shared = Callable[[Askable], int]
"""Returns how many people of an audience were asked a statement in all earlier audiences together."""


def nobody(_: Askable) -> int:
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
    """Return the letters of a text as a reader sees them, without differences of script or accents.

    A proposal rewritten with a letter of another script is the same proposal: people read and answer the
    same, and the two counts could be subtracted. Digits stay different, except for the two that look like
    letters. Emoji are not letters, even if Slack sends them as codes.

    >>> looks("W\u0435 begin with news.") == looks("We begin with news")
    True
    >>> looks("We end at 6") == looks("We end at 9")
    False
    """
    pictured = CODE.sub(lambda code: letter_of(code[1]), text)
    seen = "".join(_SEEN_AS.get(one) or (one if one.isdecimal() else shape(one)) for one in letters(pictured))
    return seen.replace("'", "").replace("rn", "m").replace("vv", "w")


@lru_cache(maxsize=4096)
def askable_of(statement: Statement) -> Askable:
    """Return what is counted of a statement, identified by its id and by its letters in its pack.

    Its translations have the same id, and add no keys of their own. With five of them a round with three
    statements and six tags would store 58 keys in place of 13, for everybody who is asked, and take as much
    longer to open. ``core.same_words`` compares their letters before a round opens.
    """
    return Askable(keys=(item_key(statement.id), text_key(statement.text)))


@lru_cache(maxsize=1024)
def tags_of(topic: str, tags: tuple[Tag, ...]) -> Askable:
    """Return all tags of a topic as one statement, identified by the topic and by their letters.

    Each tag has its own count, so two topics are the same if they have one tag in common.
    """
    return Askable(keys=(topic_key(topic), *sorted({tag_key(tag.text) for tag in tags})))


def item_key(statement: str) -> StatementKey:
    """Return the key of a statement by its id."""
    return StatementKey(f"item:{statement}")


def text_key(text: str) -> StatementKey:
    """Return the key of a statement by its letters."""
    return StatementKey(f"text:{_digest_in_pack(text)}")


def topic_key(topic: str) -> StatementKey:
    """Return the key of all tags of a topic."""
    return StatementKey(f"tags:{topic}")


def tag_key(text: str) -> StatementKey:
    """Return the key of a tag by its letters."""
    return StatementKey(f"tag:{_digest_in_pack(text)}")


def askables_of(prompt: RoundPrompt, round_id: RoundId) -> tuple[Askable, ...]:
    """Return every statement that a round asks; none for a round that collects proposals.

    In a round about norms, a statement is identified by the step and its letters. A round that asks only a
    question is identified by its id, so that its audience is still frozen.
    """
    if prompt.kind is RoundKind.COLLECT:
        return ()
    if prompt.kind is RoundKind.REFLECT:
        found = [
            *map(askable_of, prompt.statements),
            *([tags_of(prompt.dimension, prompt.tags)] if prompt.tags else []),
        ]
    else:
        found = [_step_of(prompt, statement) for statement in prompt.statements]
    return tuple(found) or (Askable(keys=(audience_key(round_id),)),)


def _step_of(prompt: RoundPrompt, statement: Statement) -> Askable:
    """Return the statement of a proposal or norm, as this step asks about it, including its reasons.

    In earlier versions a channel decided in two rounds: the first asked how far people agree, the second
    whether they see harm. Both asked the same statement as a round that chooses now. If a round of an earlier
    version preferred the proposal (``norm``), only the second of these is the same statement, as it was in
    that version.
    """
    steps: tuple[RoundKind, ...] = (prompt.kind,)
    if prompt.kind is RoundKind.CHOOSE:
        before = (RoundKind.CONSENT,) if prompt.norm else (RoundKind.DECIDE, RoundKind.CONSENT)
        steps = (prompt.kind, *before)
    keys = tuple(StatementKey(f"{step}:{_digest(statement.text)}") for step in steps)
    return Askable(keys=keys, steps=frozenset(steps), words=statement.text)


def may_read_alike(one: Askable, other: Askable) -> bool:
    """Return whether two proposals in the same step may have had the same words before names were removed.

    The channel determines which names are removed. So a removed name matches any words at that place in the
    other proposal. If two proposals are wrongly taken as one, the second waits four weeks. If one is wrongly
    taken as two, an answer may be revealed. Therefore the function returns True in doubt.

    >>> named, bare = (
    ...     Askable(keys=(), steps=frozenset({"decide"}), words=words)
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
    # If both have gaps, the middle part of one may have been in a gap of the other. So compare only the ends.
    return _begin_alike(found[0], there[0]) and _begin_alike(found[-1][::-1], there[-1][::-1])


def _around_names(text: str) -> list[str]:
    """Return the letters between the removed names, in a form in which no letter depends on the next."""
    parts = text.split(PLACEHOLDERS[NAME])
    return [looks(part).replace("m", "rn").replace("w", "vv") for part in parts]


def _fits(parts: list[str], whole: str) -> bool:
    """Return whether a text begins with the first part, ends with the last, and has the others in order."""
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


@lru_cache(maxsize=16384)  # all texts of several packs in all languages
def _digest_in_pack(text: str) -> str:
    """Return the same. What members have written must not go into this cache: it may be taken down."""
    return _digest(text)


def every_key(prompt: RoundPrompt, round_id: RoundId) -> frozenset[StatementKey]:
    """Return the keys of all statements that a round asks."""
    return frozenset(key for statement in askables_of(prompt, round_id) for key in statement.keys)


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
