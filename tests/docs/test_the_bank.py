"""The pages about the pack say what the pack says."""

import re

import pytest
from babel import Locale

from bot.config import load_pack
from bot.core.cycle_plan import CYCLE
from bot.core.wording import Rule, every_remark, remarks
from tests.docs.test_docs import ROOT

PACK = load_pack(ROOT / "prompts" / "belonging")
PROMPTS = (ROOT / "docs" / "prompts.md").read_text(encoding="utf-8")
TERMS = (ROOT / "prompts" / "terms.md").read_text(encoding="utf-8")
PILOT = (ROOT / "docs" / "pilot.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
ANCHORS = {topic.key: topic.anchor.text for topic in PACK.dimensions}


def test_the_page_counts_right() -> None:
    statements = sum(len(prompt.statements) for prompt in PACK.prompts)

    assert f"nine topics, {len(PACK.prompts)} questions with {statements} statements" in PROMPTS
    assert f"the {len(PACK.prompts)} questions" in PILOT


def test_the_order_on_the_page_is_that_of_the_cycle() -> None:
    labels = {topic.key: topic.label for topic in PACK.dimensions}
    rows = re.findall(r"^\| (\d+) \| (.*?) \| (.*?) ?\|$", PROMPTS, re.MULTILINE)

    assert len(CYCLE) == len(rows)
    for slot, (_, about, instead) in zip(CYCLE, rows, strict=True):
        topics = [labels[key] for key in (slot.dimension, slot.partner) if key]
        assert [] == [label for label in topics if label not in about]
        assert not slot.filler or labels[slot.filler] == instead


def test_translators_read_every_anchor_word_for_word() -> None:
    anchors = TERMS.split("## ")[2]
    rows = dict(re.findall(r"^\| (\w+) \| (.*?) \|", anchors, re.MULTILINE))

    assert {key: rows[key] for key in ANCHORS} == ANCHORS


def test_translators_find_the_terms_of_the_essay_which_no_question_uses() -> None:
    for term in ("inclusion", "belonging", "circle", "co-create", "stake", "norms", "newcomer"):
        assert f"\n| {term} |" in TERMS
    texts = [prompt.question for prompt in PACK.prompts]
    texts += [statement.text for prompt in PACK.prompts for statement in prompt.statements]
    assert not re.search(
        r"\b(circle|stake|co-?create)\b", " ".join((*texts, *ANCHORS.values())), re.IGNORECASE
    )


@pytest.mark.parametrize("code", list(PACK.translations))
def test_translators_read_what_was_chosen_for_each_term_in_their_language(code: str) -> None:
    name = Locale.parse(code, sep="-").get_display_name("en") or ""
    called = {"Portuguese (Brazil)": "Brazilian Portuguese"}.get(name, name)
    _, _, languages = TERMS.partition("\n## Languages\n")
    section = languages.partition(f"\n### {called}\n")[2].partition("\n### ")[0].lower()

    for term in ("belonging", "inclusion", "circle", "co-create", "stake", "norm", "newcomer"):
        assert term in section
    for term in ("statement", "summary", "reply", "question", "proposal"):
        assert term in section


def test_the_readme_shows_statements_as_they_are() -> None:
    shown = re.findall(r"^> `[●◐○]{10}` \*\*[^*]+\*\* · (.*?)$", README, re.MULTILINE)
    texts_asked = {statement.text for prompt in PACK.prompts for statement in prompt.statements}

    assert 3 == len(shown)
    assert {f"{text}." for text in shown} <= texts_asked | set(ANCHORS.values())
    assert {f"{text}." for text in shown} & set(ANCHORS.values())


def test_the_readme_asks_a_question_that_is_there() -> None:
    asked = re.findall(r"^> .* · asked: (.*\?)$", README, re.MULTILINE)

    assert asked
    assert set(asked) <= {prompt.question for prompt in PACK.prompts}


def test_the_pilot_says_that_it_was_not_done_and_names_texts_that_are_there() -> None:
    assert PILOT.splitlines()[2].startswith("**Not yet done.**")
    there = {prompt.id for prompt in PACK.prompts} | {topic.anchor.id for topic in PACK.dimensions}
    assert [] == [name for name in re.findall(r"`([a-z]+-(?:\d+|anchor))`", PILOT) if name not in there]


def test_the_page_tells_every_rule_and_how_many_reasons_our_own_pack_has() -> None:
    found = every_remark(PACK)

    assert [] == [one.rule for one in found if f"`{one.rule}`" not in PROMPTS]
    assert not remarks(PACK)
    assert "one reason and no remark" in PROMPTS
    assert 1 == len(found)


@pytest.mark.parametrize("rule", [rule.value for rule in Rule if rule is not Rule.NEEDLESS])
def test_every_rule_stands_in_the_table(rule: str) -> None:
    assert f"\n| `{rule}`: " in PROMPTS
