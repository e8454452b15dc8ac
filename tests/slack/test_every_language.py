"""Everything that the bot says: in a language that nobody speaks, and in all that it speaks."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from bot.config import load_pack, shipped_languages
from bot.core.language import Language
from bot.slack.kit.builders import escape
from bot.slack.kit.limits import fit_view
from tests.languages import BEGIN, END, PSEUDO
from tests.slack.reading import texts
from tests.slack.said import BULKY, EVERYTHING
from tests.slack.spoken import PARTS, everything

GIVEN = {"schedule form, preview, the question", "announcement, consent"}
"""The question as its channel would read it, in English; and a proposal inside a question."""

HERE = Path(__file__).parent
LANGUAGES = [language for language in shipped_languages() if language.code != "en"]
WHOLE = re.compile(re.escape(BEGIN) + r"(?:(?!\[!!!).)*?" + re.escape(END), re.DOTALL)
UNTRANSLATED = re.compile(
    r"`[^`]*`|<[^>]*>|\d+ (?:January|November|December) \d{4}|\w+/\w+|Bot|Belonging|English"
    r"|\d+ (?:day|hour)s?"
    r"|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
)
"""What is no message: what people type, links, days, time zones, the names of the bot and of its pack."""

BUTTON = 30
"""The most characters of a button that fit on a phone; Slack allows 75."""


def constants(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@cache
def given() -> tuple[str, ...]:
    """What people wrote, and texts of prompts, longest first: as it is and as it is shown."""
    pack = load_pack(HERE.parents[1] / "prompts" / "belonging")
    found = {text for name in (*PARTS, "samples") for text in constants(HERE / f"{name}.py")}
    found |= {text for one in pack.dimensions for text in (one.label, one.anchor.text)}
    found |= {text for one in pack.dimensions for tag in one.tags for text in [tag.text]}
    found |= {text for one in pack.prompts for text in (one.question, *(s.text for s in one.statements))}
    found |= {line for text in found for line in text.split("\n")}
    found |= {text.rstrip(".") for text in found}
    found |= {escape(text) for text in found}
    return tuple(sorted((one for one in found if re.search(r"\w \w|^[A-Z]\w+$", one)), key=len, reverse=True))


def without_messages(text: str) -> str:
    """What is left of a text without messages, which may hold others, and without what was given."""
    while (shorter := WHOLE.sub("", text)) != text:
        text = shorter
    if text.startswith(BEGIN) and text.endswith("…"):
        return ""  # it was cut where it stands in a short place
    for one in given():
        text = text.replace(one, "")
    return UNTRANSLATED.sub("", text)


def every_text(language: Language, name: str) -> list[str]:
    spoken = everything(language)[name]
    return [spoken.text, *texts(spoken.blocks)]


@pytest.mark.parametrize("name", sorted(EVERYTHING.keys() - GIVEN))
def test_no_word_is_left_that_is_not_a_message(name: str) -> None:
    left = [without_messages(text) for text in every_text(PSEUDO, name)]

    assert [] == [text for text in left if re.search(r"[A-Za-z]{3,}", text)]


class Words(SingleFileSnapshotExtension):
    """One readable file for each language."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_it_says_in_its_language(language: Language, snapshot: SnapshotAssertion) -> None:
    spoken = everything(language)
    said = "\n\n".join(f"--- {name}\n{spoken[name].read()}" for name in EVERYTHING if name not in BULKY)

    assert said == snapshot(extension_class=Words)


def objects(part: object) -> Iterator[dict[str, Any]]:
    """Every object in a block or view."""
    if isinstance(part, dict):
        yield part
    for one in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from objects(one)


def limits(one: dict[str, Any]) -> dict[str, int]:
    """The fields of an object that hold a text, with the longest that Slack allows; ours for buttons."""
    if one.get("type") == "modal":
        return {"title": 24, "submit": 24, "close": 24}
    if "deny" in one:
        return {"title": 100, "confirm": BUTTON, "deny": BUTTON}
    if "value" in one and "type" not in one:
        return {"text": 75, "description": 75}
    return {"button": {"text": BUTTON}, "header": {"text": 150}}.get(str(one.get("type")), {})


def too_long(language: Language, name: str) -> Iterator[str]:
    """The texts that are longer than Slack allows, but for those that are cut and say so by “…”."""
    spoken = everything(language)[name]
    for one in objects(spoken.view or spoken.blocks):
        for field, limit in limits(one).items():
            text = one.get(field, {}).get("text", "")
            if len(text) > limit and not text.endswith("…"):
                yield f"{name}: {field}: {text}"


@pytest.mark.parametrize("language", [*shipped_languages()], ids=lambda language: language.code)
def test_nothing_is_longer_than_slack_and_a_phone_allow(language: Language) -> None:
    assert [] == [text for name in EVERYTHING for text in too_long(language, name)]


@pytest.mark.parametrize("language", [*LANGUAGES, PSEUDO], ids=lambda language: language.code)
def test_no_view_is_cut_or_loses_a_block(language: Language) -> None:
    """But in the language that nobody speaks, whose words are two fifths longer."""
    views = {name: one.view for name, one in everything(language).items() if one.view and name not in BULKY}
    shorter = [name for name, view in views.items() if len(fit_view(view)["blocks"]) < len(view["blocks"])]

    assert [] == shorter
