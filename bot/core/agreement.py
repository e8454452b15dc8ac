"""Compare the settings with what was agreed, such as with a works council."""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot.core.numbers import spell


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The settings that can be agreed.

    ``quotes``: least number of replies, and of writers who allow it; None where nobody is quoted. ``months``:
    how long results and norms are kept; None: for ever. ``operator``: who runs the bot.

    The others may be left out of an agreement; None: not agreed, or not known to whoever compares.
    ``fingerprints``: of the words of each pack. ``channels``: those with a schedule. ``admins``: member ids.
    ``creators``: whether whoever created a channel may set its schedules. ``tenure``: whether any schedule
    asks how long people have been in the team. ``min_open``: the shortest time that a round stays open.
    """

    threshold: int
    quotes: tuple[int, int] | None
    packs: AbstractSet[str]
    prompts_off: AbstractSet[str]
    months: int | None
    operator: str
    fingerprints: Mapping[str, str] | None = None
    channels: AbstractSet[str] | None = None
    admins: AbstractSet[str] | None = None
    creators: bool | None = None
    tenure: bool | None = None
    min_open: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What was agreed, and the day on which it was signed."""

    signed_on: date
    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A setting that is not as agreed: its name, and both values in one sentence."""

    name: str
    sentence: str


_ALWAYS = {
    "threshold": "threshold",
    "quotes": "quotes",
    "packs": "packs",
    "prompts_off": "prompts_off",
    "months": "retention",
    "operator": "operator",
}
_IF_AGREED = {
    "channels": "channels",
    "admins": "admins",
    "creators": "channel_creators",
    "tenure": "tenure",
    "min_open": "min_open",
}
"""The names of the settings, as an agreement writes them."""

_OF_SCHEDULES = frozenset({"channels", "tenure"})


def differences(agreed: Terms, actual: Terms) -> tuple[Difference, ...]:
    """Return every setting that is not as agreed, stricter ones too."""
    names = [
        *_ALWAYS,
        *(one for one in _IF_AGREED if None not in (getattr(agreed, one), getattr(actual, one))),
    ]
    settings = [
        _difference(one, agreed, actual) for one in names if getattr(agreed, one) != getattr(actual, one)
    ]
    return (*settings, *_changed_packs(agreed.fingerprints or {}, actual.fingerprints or {}))


def _difference(field: str, agreed: Terms, actual: Terms) -> Difference:
    name = (_ALWAYS | _IF_AGREED)[field]
    says = "the schedules say" if field in _OF_SCHEDULES else "config.yaml says"
    values = _words(field, agreed), _words(field, actual)
    return Difference(name=name, sentence=f"{name}: {values[0]} was agreed, and {says} {values[1]}.")


def _changed_packs(agreed: Mapping[str, str], actual: Mapping[str, str]) -> Iterator[Difference]:
    """Yield the packs whose words are not those agreed; which packs there are is compared elsewhere."""
    for pack in sorted(agreed.keys() & actual.keys()):
        if agreed[pack] != actual[pack]:
            what = f"the words of the pack {pack} are not those that were agreed"
            sentence = f"fingerprints: {what}: its fingerprint is {actual[pack]}."
            yield Difference(name=f"the words of {pack}", sentence=sentence)


def _words(name: str, terms: Terms) -> str:
    """Return the value of a setting in words."""
    value = getattr(terms, name)
    return _IN_WORDS[name](value) if name in _IN_WORDS else ", ".join(sorted(value)) or "none"


_IN_WORDS: Mapping[str, Callable[[Any], str]] = {
    "threshold": lambda replies: f"{replies} replies",
    "quotes": lambda least: f"from {least[0]} replies and {least[1]} writers on" if least else "off",
    "months": lambda months: f"{months} months" if months else "for ever",
    "operator": lambda operator: f"“{operator}”" if operator else "nobody",
    "creators": lambda may: str(may).lower(),
    "tenure": lambda asked: str(asked).lower(),
    "min_open": spell,
}
