"""Results are shown in a language, and compared in the words in which the rounds were asked."""

import ast
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from bot.config import load_pack
from bot.core.language import Language, Languages
from bot.core.norms import Norm
from bot.core.release import Result
from bot.core.translation import texts_in
from bot.report.page import report_page
from bot.report.sample import sample_ledger, sample_results
from bot.report.views import Subject
from bot.slack.kit.result_lines import result_line
from bot.slack.results.cycle_blocks import asked_cycle, asked_trend
from bot.slack.results.result_blocks import result_message, result_modal
from tests.architecture.test_house_rules import BOT, FILES

PACK = load_pack(Path(__file__).parents[2] / "prompts" / "belonging")
GERMAN = Language("de")


@cache
def lived() -> Sequence[Result]:
    """Two cycles of the invented team, asked in German, too; newest first."""
    return sample_results(PACK, languages=Languages([GERMAN]))


@cache
def agreed() -> Sequence[Norm]:
    """What the invented team has agreed."""
    return sample_ledger(PACK)


def statements() -> set[str]:
    """The English statements, which nobody who reads German may see."""
    own = [topic.anchor.text for topic in PACK.dimensions]
    return {text.rstrip(".") for text in (*own, *(s.text for one in PACK.prompts for s in one.statements))}


def english_in(shown: object) -> list[str]:
    text = json.dumps(shown, ensure_ascii=False) if not isinstance(shown, str) else shown
    return sorted(one for one in statements() | {one.question for one in PACK.prompts} if one in text)


def test_a_result_of_any_kind_has_its_question_and_statements_in_the_language() -> None:
    for place, (round_, release) in enumerate(lived(), start=1):
        earlier = lived()[place:]
        message = result_message(round_, release, earlier, agreed(), GERMAN)
        view = result_modal(round_, release, earlier, agreed(), GERMAN)

        assert [] == english_in(message)
        assert [] == english_in(view)
        assert round_.prompt.translations["de"]["label"] in result_line(round_, release, GERMAN)


def test_a_cycle_and_a_trend_have_their_statements_in_the_language() -> None:
    for text, blocks in (asked_cycle(lived(), None, GERMAN), asked_trend(lived(), None, GERMAN)):
        assert [] == english_in([text, blocks])
    assert english_in(asked_trend(lived())[1])


def test_the_report_has_its_questions_statements_and_topics_in_the_language() -> None:
    newest = lived()[0][0].closes_at
    page = report_page(Subject(name="x", results=lived(), made_at=newest), GERMAN)

    assert [] == english_in(page)
    shown = texts_in((round_ for round_, _ in lived()), "de")
    for topic in PACK.dimensions:
        assert shown.text_of("label", topic.label) in page


def test_rounds_from_before_a_translation_are_still_compared() -> None:
    """The first cycle in German is not the beginning of a new series."""
    results = lived()
    old = [(replace(r, prompt=replace(r.prompt, translations={})), release) for r, release in results[14:]]
    mixed = [*results[:14], *old]

    assert asked_trend(mixed, None, GERMAN) == asked_trend(results, None, GERMAN)
    for place in range(14):
        (round_, release), earlier = mixed[place], mixed[place + 1 :]
        assert result_message(round_, release, earlier, (), GERMAN) == result_message(
            round_, release, results[place + 1 :], (), GERMAN
        )


def named(path: Path) -> str:
    return str(path.relative_to(BOT))


def calls(path: Path, names: set[str]) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return sorted({one.id for one in found if isinstance(one, ast.Name) and one.id in names})


@pytest.mark.parametrize("path", [path for path in FILES if BOT / "core" not in path.parents], ids=named)
def test_who_shows_a_result_says_in_which_language(path: Path) -> None:
    """What is computed for people goes through ``core.translation``; without words of a prompt it may not."""
    allowed = {
        BOT / "service" / "home.py": ["summarise_cycle"],  # the two sides alone
        BOT / "slack" / "results" / "norm_blocks.py": ["summarise"],  # quotes alone
        BOT / "slack" / "results" / "voice_blocks.py": ["summarise"],  # of a round that is in the language
    }
    assert allowed.get(path, []) == calls(path, {"summarise", "summarise_cycle", "trend_of"})
