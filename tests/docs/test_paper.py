"""The pages for those who must approve the bot: complete, equal in both languages, true to the manifest."""

import json
import re
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

import pytest

from bot.config import load_packs
from bot.config.agreement import AgreementFile
from bot.core.co_creation import gather
from bot.core.model import CoCreateUse

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
MANIFEST = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))

PAIRS = {
    "data-protection.md": "de/datenschutz.md",
    "privacy.md": "de/datenschutz-mitglieder.md",
    "works-agreement.md": "de/betriebsvereinbarung.md",
    "notice.md": "de/mitteilung.md",
}
NUMBERS = {
    **dict.fromkeys(("two", "zwei", "zweimal", "zweierlei", "twice"), "2"),
    **dict.fromkeys(("three", "drei", "dreien"), "3"),
    **dict.fromkeys(("four", "vier"), "4"),
    **dict.fromkeys(("five", "fünf"), "5"),
    **dict.fromkeys(("ten", "zehn"), "10"),
}
WORDS_OF_TWO_PAGES = 1_000


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def blocks_of(name: str) -> list[tuple[str, list[str]]]:
    """What a page is made of, in order: the kind of each block, and the numbers in it."""
    text = re.sub(r"\]\([^)]*\)", "", read(name))
    found = []
    for line in (line for line in text.splitlines() if line.strip()):
        kind = re.match(r"#+|[-|>]|\d+\.|", line)
        words = re.findall(r"\d+|[^\W\d]+", line)
        numbers = [NUMBERS.get(word.lower(), word) for word in words]
        found.append((kind[0] if kind else "", sorted(one for one in numbers if one.isdigit())))
    return found


def cells(name: str, heading: str) -> list[list[str]]:
    """The rows of the first table under a heading, without its head."""
    section = read(name).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return rows[2:]


@pytest.mark.parametrize(("english", "german"), PAIRS.items())
def test_the_german_page_has_the_same_parts_rows_and_periods_as_the_english_one(
    english: str, german: str
) -> None:
    pairs = zip_longest(blocks_of(english), blocks_of(german))

    assert [] == [(number, one, other) for number, (one, other) in enumerate(pairs) if one != other]


@pytest.mark.parametrize(("english", "german"), PAIRS.items())
def test_the_german_page_names_the_same_keys_files_and_commands(english: str, german: str) -> None:
    def named(name: str) -> set[str]:
        return set(re.findall(r"`([^`]+)`", read(name)))

    assert named(english) == named(german)


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("works-agreement.md", "no legal advice"),
        ("dpia.md", "no legal advice"),
        ("notice.md", "no legal advice"),
        ("data-protection.md", "not legal advice"),
        ("de/betriebsvereinbarung.md", "keine Rechtsberatung"),
        ("de/datenschutz.md", "keine Rechtsberatung"),
        ("de/mitteilung.md", "keine Rechtsberatung"),
    ],
)
def test_a_page_that_prepares_a_decision_of_lawyers_says_that_it_is_no_advice(page: str, said: str) -> None:
    assert said in read(page)[:400]


@pytest.mark.parametrize(
    "point",
    [
        "**Purpose and scope.**",
        "**Closed uses.**",
        "**No comparison** of teams, departments or leaders",
        "**No identifying.**",
        "takes no measure on what was learned",
        "**No detriment** for silence",
        "⚙ Packs:",
        "with their fingerprints",
        "All questions, statements and tags are annexed",
        "Without its consent they are not used",
        "Each change of the configuration needs the council's consent",
        "**Threshold.**",
        "**Wellbeing.** ⚙ ☐ agreed",
        "named jointly",
        "**Proposals** are published",
        "**Readers.**",
        "**Marks.**",
        "everybody else who can enter the server",
        "At the council's demand, at any time and unannounced",
        "`belonging check --agreement FILE`",
        "the employer bears costs up to at least ___ (§ 40, § 80(3) BetrVG)",
        "Nothing more is asked until the council consents",
        "the council recommends",
        "There is no after-effect, except that numbers 2 to 5",
        "**Review** after two cycles",
        "**Notice** ___ months",
        "`belonging purge --all`",
    ],
)
def test_the_works_agreement_has_what_a_council_asks_for(point: str) -> None:
    assert point in read("works-agreement.md")


def clauses(name: str) -> list[str]:
    """The numbered clauses of an agreement, in order."""
    terms = read(name).partition("\n## ")[0]
    return re.findall(r"^\d+\. (.+)$", terms, re.MULTILINE)


def test_each_clause_of_the_agreement_has_the_same_blanks_and_settings_in_both_languages() -> None:
    pairs = zip_longest(clauses("works-agreement.md"), clauses("de/betriebsvereinbarung.md"), fillvalue="")

    def told(clause: str) -> tuple[int, int, int, set[str]]:
        named = set(re.findall(r"`([^`]+)`", clause))
        return clause.count("___"), clause.count("⚙"), clause.count("☐"), named

    assert [] == [one for one, other in pairs if told(one) != told(other)]


@pytest.mark.parametrize("name", ["works-agreement.md", "de/betriebsvereinbarung.md"])
def test_the_agreement_fits_on_two_pages(name: str) -> None:
    assert len(read(name).split()) <= WORDS_OF_TWO_PAGES


KEYS = {
    "channels": 1,
    "packs": 6,
    "prompts_off": 6,
    "fingerprints": 6,
    "threshold": 7,
    "quotes": 8,
    "min_open": 12,
    "tenure": 12,
    "admins": 12,
    "channel_creators": 12,
    "operator": 14,
    "retention": 18,
}
"""The keys of an agreement's file, and the clause of the form that agrees on each."""


def test_every_key_of_an_agreement_has_a_clause_that_is_marked_as_compared() -> None:
    marked = [number for number, clause in enumerate(clauses("works-agreement.md"), start=1) if "⚙" in clause]

    assert set(AgreementFile.model_fields) - {"date"} == KEYS.keys()
    assert set(KEYS.values()) | {9, 10} == set(marked)  # two more places for prompts_off


def test_proposals_are_off_without_the_questions_that_the_agreement_names() -> None:
    named = re.search(r"`prompts_off: \[(co-01[^\]]*)\]`", read("works-agreement.md"))
    (pack,) = load_packs([ROOT / "prompts" / "belonging"]).values()

    assert named
    off = set(named[1].split(", "))
    assert off == {one.id for one in pack.co_create if one.use in {CoCreateUse.COLLECT, CoCreateUse.DECIDE}}
    assert gather(replace(pack, co_create=tuple(one for one in pack.co_create if one.id not in off))) is None


RATINGS = {"low", "medium", "high"}


def test_the_impact_assessment_has_twelve_risks_each_with_measure_what_remains_and_ratings() -> None:
    rows = cells("dpia.md", "Risks")

    assert [str(number) for number in range(1, 13)] == [row[0] for row in rows]
    for _, *words, likelihood, severity, residual in rows:
        assert all(words)
        assert {likelihood, severity} <= RATINGS
        assert residual.strip("*").split()[0].strip("*") in RATINGS


@pytest.mark.parametrize(
    "named",
    ["Art. 9(2)(b)", "§ 26(3) BDSG", "§ 25 TDDDG", "Chapter V", "Art. 28", "33(2)", "Art. 21", "WP216"],
)
def test_the_impact_assessment_names_the_law_that_an_officer_looks_for(named: str) -> None:
    assert named in read("dpia.md")


def test_the_impact_assessment_tries_the_three_tests_of_recital_26_on_all_that_is_kept_or_shown() -> None:
    rows = cells("dpia.md", "Anonymous? (Recital 26)")

    assert ["open round", "marks", "numbers", "quotes", "proposals"] == [row[0].strip("*") for row in rows]
    assert all(len(row) == len(["what", "singling out", "linking", "inferring", "so"]) for row in rows)


def test_the_questionnaire_has_thirty_answers() -> None:
    answers = re.findall(r"^(\d+)\. \*\*(.+?\?)\*\* \S", read("security-answers.md"), re.MULTILINE)

    assert [str(number) for number in range(1, 31)] == [number for number, _ in answers]


@pytest.mark.parametrize(
    ("table", "asked_for"),
    [
        ("scope", MANIFEST["oauth_config"]["scopes"]["bot"]),
        ("event", MANIFEST["settings"]["event_subscriptions"]["bot_events"]),
    ],
)
def test_each_scope_and_event_of_the_manifest_has_its_why_and_there_is_no_other(
    table: str, asked_for: list[str]
) -> None:
    body = read("security-answers.md").partition(f"| {table} | why |")[2].partition("\n\n")[0]
    rows = [row.strip("| ").split(" | ") for row in body.splitlines()[2:]]

    assert sorted(asked_for) == sorted(name for row in rows for name in re.findall(r"`([\w:.]+)`", row[0]))
    assert all(why for _, why in rows)


def test_the_questionnaire_says_how_the_manifest_sets_rotation_and_organisations() -> None:
    page, settings = read("security-answers.md"), MANIFEST["settings"]

    assert ("automatic rotation is off" in page) is not settings["token_rotation_enabled"]
    assert ("deployment to the organisation is off" in page) is not settings["org_deploy_enabled"]


def test_the_runbook_has_the_clock_of_the_law() -> None:
    rows = dict(row for row in cells("security-answers.md", "After a break-in"))

    assert "Art. 33" in rows["within 72 hours"]
    assert "Art. 34" in rows["without delay"]


def test_the_index_lists_each_page_once() -> None:
    listed = re.findall(r"\]\(([^)#]+)\)", read("README.md"))

    assert [] == sorted({one for one in listed if listed.count(one) > 1})
