"""docs/languages.md, followed step by step: a new language is files and nothing else."""

import re
import subprocess
from pathlib import Path
from shutil import copytree

import pytest
from babel.messages.pofile import read_po
from typer.testing import CliRunner

import scripts.messages
from bot.cli.main import app
from bot.config import languages_in, load_pack
from bot.core.language import Language, Languages
from bot.core.prompts import choose
from bot.core.translation import has_language, round_in
from bot.slack.reply.norm_blocks import form_of
from tests.slack.reading import read_view
from tests.slack.samples import SUPPORT, a_round

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "languages.md").read_text(encoding="utf-8")
MARK = "«"
"""Before each word of the invented translation."""


def arabic(folder: Path) -> Language:
    """Step 1: the catalogue, with every form translated, here by a mark and the number of the form."""
    path = scripts.messages.add(folder, "ar")
    with path.open("rb") as file:
        catalogue = read_po(file, locale="ar")
    for message in catalogue:
        if message.id:
            sources = message.id if isinstance(message.id, tuple) else (message.id,)
            forms = [f"{MARK}{place} {sources[-1]}" for place in range(catalogue.num_plurals)]
            message.string = tuple(forms) if len(sources) > 1 else f"{MARK}{sources[0]}"
    path.write_bytes(scripts.messages.as_bytes(catalogue))
    return languages_in(folder).named("ar")


def arabic_pack(folder: Path) -> Path:
    """Step 2: the pack, with its German file copied."""
    copytree(ROOT / "prompts", folder / "prompts")
    pack = folder / "prompts" / "belonging"
    german = (pack / "de.yaml").read_text(encoding="utf-8")
    (pack / "ar.yaml").write_text(german.replace("language: de", "language: ar", 1), encoding="utf-8")
    return pack


def test_the_page_names_the_files_and_the_command() -> None:
    named = re.findall(r"`((?:bot|prompts)/[\w/.-]+)`", PAGE)

    assert {"bot/locale/ar.po", "prompts/belonging/de.yaml"} <= set(named)
    assert 'make messages ARGS="--new ar"' in PAGE
    assert (ROOT / "prompts" / "belonging" / "de.yaml").exists()


def test_a_new_catalogue_has_the_plural_forms_of_its_language(tmp_path: Path) -> None:
    language = arabic(tmp_path)
    said = [language.ngettext("{number} quote", "{number} quotes", number) for number in (0, 1)]
    forms = [
        language.load().ngettext("{number} proposal", "{number} proposals", n) for n in (0, 1, 2, 3, 11, 100)
    ]

    assert language.name == "العربية"
    assert len(said) == 2
    assert len(set(forms)) in {2, 6}  # six where the message is in the catalogue


def test_a_form_is_in_the_new_language_with_files_alone(tmp_path: Path) -> None:
    pack, language = load_pack(arabic_pack(tmp_path)), arabic(tmp_path)
    prompt = choose(pack, [], languages=Languages([language]))
    assert prompt
    round_ = a_round(prompt=prompt)
    shown = read_view(form_of(round_in(round_, "ar"), SUPPORT, "m", (), language=language))

    assert has_language(prompt, "ar")
    assert MARK in shown
    assert prompt.question not in shown
    assert prompt.translations["ar"]["question"] in shown


def test_the_check_finds_nothing_missing(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["prompts", "check", str(arabic_pack(tmp_path))])

    assert answer.exit_code == 0, answer.output
    assert "ar" in answer.output


def test_every_language_of_the_page_is_there_with_its_pack_and_its_notes() -> None:
    names = {
        "de": "German",
        "es": "Spanish",
        "fr": "French",
        "ja": "Japanese",
        "pt-BR": "Brazilian Portuguese",
    }
    terms = (ROOT / "prompts" / "terms.md").read_text(encoding="utf-8")

    for code, name in names.items():
        assert name in PAGE
        assert (ROOT / "bot" / "locale" / f"{code}.po").exists()
        assert (ROOT / "prompts" / "belonging" / f"{code}.yaml").exists()
        assert f"### {name}" in terms


def test_the_target_of_the_makefile_passes_the_arguments_on() -> None:
    said = subprocess.run(
        ["make", "-n", "messages", "ARGS=--new ar"], cwd=ROOT, text=True, capture_output=True, check=True
    )

    assert "scripts.messages --new ar" in said.stdout


@pytest.mark.parametrize("arguments", [["--new"], ["--new", "xx"], ["--new", "de"]])
def test_a_code_that_cannot_be_added_gets_one_sentence(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert scripts.messages.main(arguments) == 1
    assert "Give the code of a language that is not there yet" in capsys.readouterr().out
