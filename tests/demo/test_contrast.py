"""The colours of page, people and report differ enough to be seen (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re
from pathlib import Path

import pytest

from bot.demo.companies import MOST_COMPANIES, companies
from bot.demo.people import Member

ROOT = Path(__file__).resolve().parents[2] / "bot"
TEXT, SHAPE = 4.5, 3.0
THEMES = ("light", "dark")

GROUNDS = ("paper", "side", "card", "raise")
ON_PAGE = (
    *(("ink", ground, TEXT) for ground in GROUNDS),
    *(("soft", ground, TEXT) for ground in GROUNDS),
    *(("accent", ground, SHAPE) for ground in (*GROUNDS, "pine-wash", "pine-card")),
    *(("edge", ground, SHAPE) for ground in ("paper", "card", "raise")),
    ("accent", "side", TEXT),
    ("accent", "pine-card", TEXT),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-deep", TEXT),
    ("accent-deep", "accent-wash", TEXT),
    ("accent-deep", "warn-wash", TEXT),
    ("accent-deep", "raise", TEXT),
    ("danger", "card", TEXT),
    ("danger", "paper", TEXT),
    ("danger", "danger-wash", TEXT),
    ("good", "good-wash", TEXT),
    ("ink", "warn-wash", TEXT),
    ("ink", "good-wash", TEXT),
    ("soft", "warn-wash", TEXT),
    ("soft", "good-wash", TEXT),
    ("link", "paper", TEXT),
    ("link", "mention", TEXT),
    ("on-pine", "pine", TEXT),
    ("on-pine", "pine-2", TEXT),
    ("on-pine-soft", "pine", TEXT),
    ("c2", "pine", SHAPE),
    ("pine-ink", "pine-wash", TEXT),
    ("pine-ink", "pine-card", TEXT),
    ("soft", "pine-wash", TEXT),
    ("soft", "pine-card", TEXT),
)
ON_REPORT = (
    ("ink", "paper", TEXT),
    ("ink", "card", TEXT),
    ("soft", "paper", TEXT),
    ("soft", "card", TEXT),
    ("belonging", "paper", TEXT),
    *((side, f"{side}-wash", TEXT) for side in ("inclusion", "belonging", "ground")),
    *((side, "paper", SHAPE) for side in ("inclusion", "belonging", "ground", "edge")),
)
SHEETS = {"demo/page/base.css": ON_PAGE, "report/templates/report.css": ON_REPORT}
PAIRS = [(sheet, *pair) for sheet, pairs in SHEETS.items() for pair in pairs]


def colour(sheet: str, name: str, theme: str) -> str:
    """The value of a token in this theme."""
    text = (ROOT / sheet).read_text(encoding="utf-8")
    value = re.search(rf"--{name}: (?:light-dark\((#\w+), (#\w+)\)|(#\w+));", text)
    assert value, f"{sheet} has no token --{name}"
    return value[3] or value[1 + THEMES.index(theme)]


def luminance(colour: str) -> float:
    """Relative luminance. Source: WCAG 2.2, definition of relative luminance."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("sheet", "front", "ground", "least"), PAIRS)
def test_what_is_read_differs_from_its_ground(
    sheet: str, front: str, ground: str, least: float, theme: str
) -> None:
    assert contrast(colour(sheet, front, theme), colour(sheet, ground, theme)) >= least


PEOPLE = [
    one for here in companies(MOST_COMPANIES) for one in here.workspace.members.values() if one.is_human
]


@pytest.mark.parametrize("member", PEOPLE, ids=lambda member: member.handle)
def test_the_initials_of_a_person_can_be_read(member: Member) -> None:
    assert contrast("#ffffff", member.color) >= TEXT


def test_the_contrast_of_black_on_white_is_the_largest() -> None:
    assert round(contrast("#000000", "#ffffff"), 6) == 21
