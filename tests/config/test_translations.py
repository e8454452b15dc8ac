"""Translations beside a pack: what is loaded, and what is refused with file, line and a sentence."""

from pathlib import Path

import pytest

from bot.config import load_config, load_pack, load_packs, pack_notes
from bot.core.pack_texts import Fault, problems_of
from bot.errors import PromptPackError
from tests.config.test_packs import DIMENSION, HEAD, PROMPT

CO_CREATE = (
    "co_create:\n  - {id: co-01, name: Try, question: 'For {weeks}?', gives: A try., tags: {new: new}}\n"
)
GERMAN = """language: de
title: "Meins"
note: "Alle Antworten zählen zusammen."
dimensions:
  door:
    label: "Tür"
    asks: "Hinein?"
    anchor: "Sie ist offen."
    tags: {far: "ferne Türen"}
prompts:
  door-01:
    question: "Wie?"
    items: {a: "Gut."}
co_create:
  co-01:
    name: "Probieren"
    question: "{weeks} lang?"
    gives: "Ein Versuch."
    tags: {new: "neu"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a pack."""
    folder = tmp_path / "mine"
    folder.mkdir()
    topic = DIMENSION.replace("open.}", "open., tags: {far: doors far away}}")
    (folder / "pack.yaml").write_text(HEAD + "note: All count.\n" + topic + PROMPT + CO_CREATE)
    return folder


def refusal(folder: Path, text: str, name: str = "de.yaml") -> str:
    """What is said of a translation; it is refused."""
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(PromptPackError) as caught:
        load_pack(folder)
    return str(caught.value)


def test_every_text_of_a_translation_is_loaded_by_its_id(folder: Path) -> None:
    (folder / "de.yaml").write_text(GERMAN, encoding="utf-8")
    pack = load_pack(folder)

    assert {
        "title": "Meins",
        "note": "Alle Antworten zählen zusammen.",
        "door.label": "Tür",
        "door.asks": "Hinein?",
        "door-anchor": "Sie ist offen.",
        "tag:door-tag-far": "ferne Türen",
        "door-01.question": "Wie?",
        "door-01-a": "Gut.",
        "co-01.name": "Probieren",
        "co-01.question": "{weeks} lang?",
        "co-01.gives": "Ein Versuch.",
        "tag:co-01-tag-new": "neu",
    } == pack.translations["de"]
    assert ("en", "All count.", ()) == (pack.language, pack.note, problems_of(pack))
    assert () == pack_notes(pack)


def test_a_pack_says_its_own_language(folder: Path) -> None:
    pack = folder / "pack.yaml"
    pack.write_text(pack.read_text() + "language: de\n")
    (folder / "en.yaml").write_text(GERMAN.replace("language: de", "language: en"), encoding="utf-8")

    found = load_pack(folder)

    assert ("de", ["en"]) == (found.language, list(found.translations))


def test_no_break_spaces_stay_and_line_breaks_become_spaces(folder: Path) -> None:
    text = GERMAN.replace("language: de", "language: fr").replace(
        '"Wie?"', '"Comment\u202f?\n      Oui\u00a0:"'
    )
    (folder / "fr.yaml").write_text(text, encoding="utf-8")

    assert "Comment\u202f? Oui\u00a0:" == load_pack(folder).translations["fr"]["door-01.question"]


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u2028", "\ufeff", "\x1b", "\x7f"])
def test_no_character_that_nobody_sees_makes_a_text_read_otherwise_in_slack_than_in_its_file(
    folder: Path, hidden: str
) -> None:
    (folder / "fr.yaml").write_text(f'language: fr\ntitle: "a\\u{ord(hidden):04x}b"\n')

    with pytest.raises(PromptPackError, match="holds an invisible character"):
        load_pack(folder)


def test_an_incomplete_translation_loads_and_what_is_missing_is_known(folder: Path) -> None:
    begun = "language: de\ndimensions:\n  door: {label: Tür, tags: {far: }}\nprompts:\n  door-01:\n"
    (folder / "de.yaml").write_text(begun, encoding="utf-8")
    pack = load_pack(folder)

    found = {one.place: one.fault for one in problems_of(pack)}
    assert Fault.EMPTY is found.pop("tag:door-tag-far")
    assert "door.label" not in found
    assert {Fault.MISSING} == set(found.values())
    assert (
        "Pack mine: in de, 11 texts cannot be used; 'belonging prompts check' names them.",
    ) == pack_notes(pack)


def test_an_empty_translation_has_no_text_yet(folder: Path) -> None:
    (folder / "de.yaml").write_text("language: de\n")

    assert {"de": {}} == load_pack(folder).translations


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("door:", "dor:", "mine/de.yaml, line 5, dimensions.dor: the pack has no topic 'dor'"),
        ("door-01:", "door-1:", "line 11, prompts.door-1: the pack has no prompt 'door-1'"),
        ("co-01:", "co-02:", "line 15, co_create.co-02: the pack has no question of co-creation 'co-02'"),
        ("far:", "fare:", "line 9, dimensions.door.tags.fare: 'door' has no tag 'fare'"),
        ("{a:", "{b:", "line 13, prompts.door-01.items.b: 'door-01' has no statement 'b'"),
        ("{new:", "{old:", "line 19, co_create.co-01.tags.old: 'co-01' has no tag 'old'"),
        ("label:", "lable:", "dimensions.door.lable: is no key that is known here"),
        ("gives:", "give:", "co_create.co-01.give: is no key that is known here"),
        ("language: de", "language: german", "line 1, language: 'german' is no code of a language"),
        ("language: de", "language: xx", "line 1, language: 'xx' is no code of a language"),
        ("language: de", "language: de_DE", "line 1, language: 'de_DE' is no code of a language"),
        ("language: de", "language: fr", "line 1, language: is fr, and the file is called de.yaml"),
        ("language: de", "language: en", "line 1, language: en is the language of the pack itself"),
        ("language: de\n", "", "line 1, language: is missing"),
    ],
)
def test_a_translation_that_cannot_be_used_is_refused_with_its_line(
    folder: Path, old: str, new: str, sentence: str
) -> None:
    assert sentence in refusal(folder, GERMAN.replace(old, new, 1))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("language: de\nprompts: [door-01]\n", "line 2, prompts: is to be a section"),
        ("language: de\nprompts:\n  door-01: Wie?\n", "line 3, prompts.door-01: is to be a section"),
        ("language: de\ntitle: [Meins]\n", "line 2, title: is to be one value, not a list or a section"),
        ("language:\nprompts: {}\n", "line 1, language: is missing"),
        (f"language: de\n{PROMPT}", "line 2, prompts: is to be a section"),
    ],
)
def test_what_is_no_translation_is_told_so(folder: Path, text: str, sentence: str) -> None:
    assert sentence in refusal(folder, text)


def test_two_files_in_one_language_are_refused(folder: Path) -> None:
    (folder / "de.yaml").write_text(GERMAN, encoding="utf-8")

    assert "there are two files in de" in refusal(folder, GERMAN, "de.yml")


def test_a_translation_without_a_pack_beside_it_is_told_where_it_belongs(tmp_path: Path) -> None:
    (tmp_path / "de.yaml").write_text(GERMAN, encoding="utf-8")

    with pytest.raises(PromptPackError, match=r"de\.yaml: is a translation, and there is no pack beside it"):
        load_packs([tmp_path])


def test_a_part_of_a_pack_may_be_called_like_a_language(folder: Path) -> None:
    (folder / "so.yaml").write_text(PROMPT.replace("door-01", "door-02"))

    assert 2 == len(load_pack(folder).prompts)


def test_what_is_switched_off_is_not_translated_either(folder: Path, tmp_path: Path) -> None:
    (folder / "de.yaml").write_text(GERMAN, encoding="utf-8")
    config = tmp_path / "config.yaml"
    config.write_text("prompts: [./mine]\nprompts_off: [co-01]\n")

    (pack,) = load_config(config, {}).settings.packs.values()

    assert () == pack.co_create
    assert () == problems_of(pack)
    assert not [place for place in pack.translations["de"] if "co-01" in place]


@pytest.mark.parametrize(
    ("written", "code"), [("de-AT", "de"), ("pt", "pt-BR"), ("en-GB", "en"), ("nl", "nl")]
)
def test_a_pack_in_another_region_is_in_the_language_that_the_bot_speaks(
    folder: Path, written: str, code: str
) -> None:
    pack = folder / "pack.yaml"
    pack.write_text(f"language: {written}\n" + pack.read_text())

    assert code == load_pack(folder).language


@pytest.mark.parametrize("name", ["de.yaml", "de-AT.yaml"])
def test_a_translation_for_another_region_is_in_the_language_that_the_bot_speaks(
    folder: Path, name: str
) -> None:
    (folder / name).write_text(GERMAN.replace("de", "de-AT", 1), encoding="utf-8")

    assert ["de"] == list(load_pack(folder).translations)


def test_two_regions_of_a_language_are_one_language(folder: Path) -> None:
    (folder / "de.yaml").write_text(GERMAN, encoding="utf-8")

    assert "there are two files in de" in refusal(folder, GERMAN.replace("de", "de-AT", 1), "de-AT.yaml")
