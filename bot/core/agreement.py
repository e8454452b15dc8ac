"""Compare the settings with what was agreed, such as with a works council."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The settings that can be agreed.

    ``quotes``: least number of replies, and of writers who allow it; None where nobody is quoted. ``months``:
    how long results and norms are kept; None: for ever. ``operator``: who runs the bot.
    """

    threshold: int
    quotes: tuple[int, int] | None
    packs: AbstractSet[str]
    prompts_off: AbstractSet[str]
    months: int | None
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What was agreed, and the day on which it was signed."""

    signed_on: date
    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A setting that is not as agreed: its name, and both values in words."""

    name: str
    agreed: str
    actual: str

    @property
    def sentence(self) -> str:
        """Both values, in one sentence."""
        return f"{self.name}: {self.agreed} was agreed, and config.yaml says {self.actual}."


_NAMES = {
    "threshold": "threshold",
    "quotes": "quotes",
    "packs": "packs",
    "prompts_off": "prompts_off",
    "months": "retention",
    "operator": "operator",
}


def differences(agreed: Terms, actual: Terms) -> tuple[Difference, ...]:
    """Return every setting that is not as agreed, stricter ones too."""
    names = [one.name for one in fields(Terms)]
    return tuple(
        Difference(name=_NAMES[name], agreed=_words(name, agreed), actual=_words(name, actual))
        for name in names
        if getattr(agreed, name) != getattr(actual, name)
    )


def _words(name: str, terms: Terms) -> str:
    """Return the value of a setting in words."""
    match name, getattr(terms, name):
        case "quotes", (replies, writers):
            return f"from {replies} replies and {writers} writers on"
        case "quotes", _:
            return "off"
        case "months", months:
            return f"{months} months" if months else "for ever"
        case "threshold", replies:
            return f"{replies} replies"
        case "operator", operator:
            return f"“{operator}”" if operator else "nobody"
        case _, several:
            return ", ".join(sorted(several)) or "none"
