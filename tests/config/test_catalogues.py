"""The catalogues of all languages are complete, with the placeholders, marks and commands of the English."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po

from bot.config.languages import FOLDER, languages_in, shipped_languages

CODES = sorted(path.stem for path in FOLDER.glob("*.po"))
COMMAND = re.compile(r"`[^`]+`")
MARKS = re.compile(r"(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])|`|\n|•|·|<|>")
STRAIGHT = re.compile(r"(?<![\w=])\"|\"(?!\w)|(?<=\w)'(?=\w)")
"""Typewriter's marks: each language has its own."""


@cache
def catalogue(code: str) -> Catalog:
    with (FOLDER / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code.replace("-", "_"))


def messages(code: str) -> Iterator[Message]:
    return (message for message in catalogue(code) if message.id)


def sources(message: Message) -> tuple[str, ...]:
    return message.id if isinstance(message.id, tuple) else (message.id,)


def translations(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def placeholders(text: str) -> set[str]:
    return {name for _, name, *_ in Formatter().parse(text) if name is not None}


def shown(message: Message) -> str:
    return f"{message.context or ''}|{sources(message)[-1]}"


def test_there_are_six_languages() -> None:
    assert ["en", "de", "es", "fr", "ja", "pt-BR"] == [language.code for language in shipped_languages()]


@pytest.mark.parametrize("code", CODES)
def test_every_message_is_translated_in_every_plural_form(code: str) -> None:
    empty = [shown(one) for one in messages(code) if not all(translations(one)) or one.fuzzy]

    assert [] == empty


@pytest.mark.parametrize("code", CODES)
def test_a_catalogue_has_the_plural_forms_of_its_language(code: str) -> None:
    forms = get_plural(code.replace("-", "_"))

    assert (forms.num_plurals, forms.plural_expr) == (
        catalogue(code).num_plurals,
        catalogue(code).plural_expr,
    )
    assert {forms.num_plurals} == {
        len(translations(one)) for one in messages(code) if isinstance(one.id, tuple)
    }


@pytest.mark.parametrize("code", CODES)
def test_a_translation_has_the_placeholders_of_its_message(code: str) -> None:
    """The form for one thing may leave out the number."""
    wrong = [
        shown(one)
        for one in messages(code)
        for text in translations(one)
        if placeholders(text) not in (wanted := [placeholders(source) for source in sources(one)])
        and placeholders(text) | {"number"} not in wanted
    ]
    assert [] == wrong


@pytest.mark.parametrize("code", CODES)
def test_no_placeholder_reaches_into_its_value(code: str) -> None:
    reaching = [
        shown(one)
        for one in messages(code)
        for text in translations(one)
        if not all(re.fullmatch(r"\w+", name) for name in placeholders(text))
    ]
    assert [] == reaching


@pytest.mark.parametrize("code", CODES)
def test_no_placeholder_stretches_or_uncovers_its_value(code: str) -> None:
    """``{n:>999999999}`` fills the memory, and ``{n!r}`` shows what Python calls the value."""
    formatted = [
        shown(one)
        for one in messages(code)
        for text in translations(one)
        if any(spec or conversion for _, _, spec, conversion in Formatter().parse(text))
    ]
    assert [] == formatted


@pytest.mark.parametrize("code", CODES)
def test_a_translation_holds_no_invisible_character_and_no_letter_of_another_script(code: str) -> None:
    """Direction marks and look-alikes show members something else than who reviewed the catalogue."""
    scripts = {"LATIN"} | ({"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "CJK"} if code == "ja" else set())
    strange = [
        f"{shown(one)} -> U+{ord(character):04X}"
        for one in messages(code)
        for text in translations(one)
        for character in text.replace("\n", "")
        if unicodedata.category(character) in {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
        or (character.isalpha() and unicodedata.name(character).split()[0] not in scripts)
    ]
    assert [] == strange


@pytest.mark.parametrize("code", CODES)
def test_a_translation_mentions_and_links_nothing_that_its_message_does_not(code: str) -> None:
    tag = re.compile(r"<[^<>]*>|https?:|www\.|\w\.\w{2,}/|@\w+")
    added = [
        f"{shown(one)} -> {text}"
        for one in messages(code)
        for text in translations(one)
        if not set(tag.findall(text)) <= set(tag.findall(" ".join(sources(one))))
    ]
    assert [] == added


@pytest.mark.parametrize("code", CODES)
def test_a_translation_has_the_marks_and_commands_of_its_message(code: str) -> None:
    wrong = [
        f"{shown(one)} -> {text}"
        for one in messages(code)
        for text in translations(one)
        if not any(
            Counter(MARKS.findall(text)) == Counter(MARKS.findall(source))
            and Counter(COMMAND.findall(text)) == Counter(COMMAND.findall(source))
            for source in sources(one)
        )
    ]
    assert [] == wrong


@pytest.mark.parametrize("code", CODES)
def test_a_translation_begins_and_ends_as_its_message(code: str) -> None:
    wrong = [
        shown(one)
        for one in messages(code)
        for text in translations(one)
        if (text != text.strip() and sources(one)[0].strip() == sources(one)[0])
        or "  " in text.replace("  ·  ", "")
    ]
    assert [] == wrong


@pytest.mark.parametrize("code", CODES)
def test_quotation_marks_are_those_of_the_language(code: str) -> None:
    strange = {"de": "”«»「」", "es": "„«»「」", "fr": "„“”「」", "ja": "„“”«»", "pt-BR": "„«»「」"}.get(
        code, ""
    )
    wrong = [
        f"{shown(one)} -> {text}"
        for one in messages(code)
        for text in translations(one)
        if one.context != "quotation within a quotation"  # the inner kind: French has “…” there
        if set(text) & set(strange) or STRAIGHT.search(COMMAND.sub("", text))
    ]
    assert [] == wrong


def test_french_has_its_spaces_before_double_signs() -> None:
    wrong = [
        text
        for one in messages("fr")
        for text in translations(one)
        if re.search(
            r"(?<![\s\d\u00a0\u202f<!^])[?!;»]|«(?![\u00a0\u202f])|(?<=[ \w*_])(?<![\u00a0\d]):(?=[ *_])",
            COMMAND.sub("", text),
        )
    ]
    assert [] == wrong


def test_an_unfinished_catalogue_says_the_rest_in_english(tmp_path: Path) -> None:
    (tmp_path / "de.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "Send"\nmsgstr "Senden"\n\nmsgid "Not now"\nmsgstr ""\n\n'
        '#, fuzzy\nmsgid "Keep"\nmsgstr "Weg"\n',
        encoding="utf-8",
    )
    german = languages_in(tmp_path).named("de")

    assert ["Senden", "Not now", "Keep"] == [german.gettext(one) for one in ("Send", "Not now", "Keep")]
