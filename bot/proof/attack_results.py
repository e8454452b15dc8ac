"""Define the result of an attack: what it tried, how it ended, what it found, what to do."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.core.audit import Evidence
from bot.core.model import Round

SHOWN = 5
"""How many results are named. The others are counted."""

_ID = re.compile(r"\b[UW][A-Z0-9]{5,}\b")
_ODD = re.compile(r"[^\w.~/ -]")


class Verdict(StrEnum):
    """How an attack ended. ``pass``: it found nothing."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    WARNING = "warning"
    FAIL = "fail"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackResult:
    """A finished attack: what it tried, how it ended, what it found, and what to do then."""

    attack: str
    tried: str
    verdict: Verdict
    found: str
    remedy: str = ""


Attack = Callable[[Evidence], AttackResult]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackDescription:
    """An attack before it has ended: its name, what it tries, and what to do if it finds something."""

    attack: str
    tried: str
    remedy: str

    def result(self, found: Iterable[str], *, clean: str, verdict: Verdict = Verdict.FAIL) -> AttackResult:
        """Return the result: ``verdict`` if anything was found, otherwise a pass that says ``clean``."""
        several = list(dict.fromkeys(found))
        if not several:
            return AttackResult(attack=self.attack, tried=self.tried, verdict=Verdict.PASS, found=clean)
        return AttackResult(
            attack=self.attack,
            tried=self.tried,
            verdict=verdict,
            found=_together(several),
            remedy=self.remedy,
        )

    def not_tried(self, why: str) -> AttackResult:
        """Return the result of an attack that could not be tried."""
        return AttackResult(attack=self.attack, tried=self.tried, verdict=Verdict.NOT_TRIED, found=why)


def count(number: int, what: str) -> str:
    """Return the number with its noun: ``1 file``, ``2 files``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def called(round_: Round) -> str:
    """Return the name of a round in results."""
    return f"round {round_.number} in {round_.channel}"


def safe(name: str) -> str:
    """Return a file name for printing, without member ids and control characters."""
    return _ODD.sub("?", _ID.sub("U…", name)).replace("U?", "U…")


def _together(several: Sequence[str]) -> str:
    more = len(several) - SHOWN
    return "; ".join(several[:SHOWN]) + (f"; and {more} more" if more > 0 else "")
