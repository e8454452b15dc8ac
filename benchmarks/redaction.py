"""Measure how long it takes to remove names from a quote, for slow texts and many colleagues."""

import random
from collections.abc import Callable
from time import process_time

from benchmarks.figures import Figure
from bot.core.model import TEXT_LIMIT
from bot.core.redaction import redactor

PEOPLE = 1000
RUNS = 5
BUDGET_MS = 100

_SYLLABLES = (
    "ma",
    "ya",
    "o",
    "ka",
    "for",
    "li",
    "ber",
    "son",
    "ji",
    "wen",
    "tar",
    "el",
    "mi",
    "ro",
    "kü",
    "né",
)

# One name in four is of another script.
_SIGNS = ("王李张刘陈楊黄趙吳周", "김이박최정강조윤장임", "АнДмиЕлОсВе")

# Texts that are slow to search: many word boundaries, single letters, look-alike letters, addresses that
# never come to an end, and names inside a longer text of another script.
TEXTS = {
    "words": "the way we decide is kind, and slow; ",
    "letters with spaces": "m a y ",
    "letters with dots": "m.a.y.",
    "digits for letters": "m4y4 ",
    "look-alike letters": "мауа ",
    "colons": "a:b:",
    "Chinese": "王小明",
    "Korean": "김민수",
    "Japanese": "川原藤",
    "syllables": "min su ",
    "at signs": "a@",
    "brackets": "<@" * 500 + ">" * 500,
    "numbers": "1-1 ",
}


def figures() -> list[Figure]:
    """Measure preparing 1,000 names, and redacting the slowest text of 2,000 characters."""
    names = _names()
    prepared = _ms(lambda: redactor(names))
    found = {what: _ms(lambda unit=unit: _redacted(names, unit)) for what, unit in TEXTS.items()}  # type: ignore[misc]
    worst = max(found, key=lambda what: found[what])
    return [
        Figure(name="a quote redacted, 1,000 names, 2,000 characters, worst text", value=found[worst], unit="ms",
               budget=BUDGET_MS, baseline=found["words"],
               note=f"{worst}; beside a text of plain words; {prepared:.0f} ms of it to prepare the names"),
    ]  # fmt: skip


def _redacted(names: list[str], unit: str) -> None:
    redactor(names)((unit * TEXT_LIMIT)[:TEXT_LIMIT])


def _names() -> list[str]:
    chance = random.Random(1)  # noqa: S311 - invented names

    def word() -> str:
        return "".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))).title()

    def of_signs() -> str:
        return "".join(chance.choices(chance.choice(_SIGNS), k=3))

    return [of_signs() if number % 4 == 0 else f"{word()} {word()}" for number in range(PEOPLE)]


def _ms(verb: Callable[[], object]) -> float:
    """Return the best of some runs in processor time, so that other load does not count."""
    times = []
    for _ in range(RUNS):
        began = process_time()
        verb()
        times.append((process_time() - began) * 1000)
    return min(times)
