"""The record of processing names all that is stored, and each period in the docs is the one in the code."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.config.schema import RetentionSection
from bot.core.audiences import CLOSED_DAYS, KEPT_FOR, WINDOW_DAYS
from bot.core.cells import KEPT_AFTER_REMOVAL
from bot.core.counts import LEAST_ANSWERS
from bot.core.model import ReleasePolicy
from bot.core.numbers import number_in_words
from bot.core.release import LEAST_PROPOSALS
from bot.service.retention import COPY_KEPT
from bot.slack.directory.cache import MEMBERS_FOR, PEOPLE_FOR, STANDING_FOR
from bot.slack.install.states import LIFETIME_S
from bot.slack.transport.replays import REMEMBERED_FOR

DOCS = Path(__file__).resolve().parents[2] / "docs"
MONTHS = RetentionSection().summaries_months


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def section(page: str, heading: str) -> str:
    return page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def record() -> list[list[str]]:
    """The cells of each row of the record."""
    lines = section(read("data-protection.md"), "What is processed").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return rows[1:]


def stored() -> set[str]:
    """Every table and every file that docs/DATA_MODEL.md lists; a test compares that page with the disk."""
    page = read("DATA_MODEL.md")
    tables = re.findall(r"^\| `(\w+)` \| (?:`|none)", page, re.MULTILINE)
    keys = re.findall(r"^\| `([^`]+)` \|", section(page, "keys/"), re.MULTILINE)
    tree = page.partition("```")[2].partition("```")[0]
    files = set(re.findall(r"^  (\S+)", tree, re.MULTILINE))
    for heading in ("Many workspaces", "Several machines"):
        of_many = section(page, heading).partition("```")[2].partition("```")[0]
        files.update(re.findall(r"^ +(\S+)", of_many, re.MULTILINE))
    return {one for one in (*tables, *keys, *files) if not one.endswith("/")} - {"config.yaml"}


def test_the_record_has_a_row_for_every_table_and_every_file_and_for_nothing_that_is_not_there() -> None:
    named = {name for cells in record() for name in re.findall(r"`([^`]+)`", cells[0])}

    assert stored() == named - {"config.yaml", "agreement.yaml", ".env"}


def test_the_two_tables_of_one_name_have_their_rows() -> None:
    cells = " ".join(cells[0] for cells in record())

    assert "`audiences.db` `asked`" in cells
    assert "`belonging.db` `asked`" in cells


def test_every_row_says_until_when() -> None:
    assert [] == [cells for cells in record() if len(cells) != 3 or not all(cells)]


def days(length: timedelta) -> str:
    return f"{length.days} days"


PERIODS = {
    "data-protection.md": {
        f"{days(KEPT_FOR)} after the close",
        f"| {days(COPY_KEPT)}; earlier",
        f"{MONTHS} months by default",
        f"after {MEMBERS_FOR.seconds} seconds where somebody acts or is asked,",
        f" else {PEOPLE_FOR.seconds // 60} minutes",
        f"{('one', 'two')[REMEMBERED_FOR.days - 1]} to two days",
        f"marks for {days(KEPT_FOR)}",
        f"group (of {number_in_words(LEAST_ANSWERS)} or more)",
        f"({number_in_words(LEAST_PROPOSALS)} or more)",
    },
    "DATA_MODEL.md": {
        f"{days(KEPT_FOR)} after the planned close",
        f"after {days(COPY_KEPT)}",
        f"A cell goes {days(KEPT_AFTER_REMOVAL)} after",
        f"used once; {LIFETIME_S // 60} minutes",
    },
    "dpia.md": {
        f"for {WINDOW_DAYS} days from the opening, or {CLOSED_DAYS} from the publication; {KEPT_FOR.days}",
    },
    "operate.md": {f"after {days(COPY_KEPT)}"},
    "configuration.md": {f"({MONTHS} by default)", f"| `{MONTHS}` |"},
    "privacy.md": {
        f"about {number_in_words((CLOSED_DAYS + 1) // 7)} weeks we never publish the same statement twice",
        f"replied or not, for {number_in_words(KEPT_FOR.days // 7)} weeks",
    },
}
"""What the pages say of periods and least numbers, made of the constants of the code."""


@pytest.mark.parametrize(
    ("name", "said"), [(name, one) for name, all_ in PERIODS.items() for one in sorted(all_)]
)
def test_a_period_in_the_docs_is_the_one_in_the_code(name: str, said: str) -> None:
    assert said in read(name)


def test_the_record_says_no_other_period_than_those_of_the_code() -> None:
    numbers = re.findall(r"\d+ (?:seconds|minutes|hours|days|weeks|months)", " ".join(c[2] for c in record()))
    known = {
        days(KEPT_FOR),
        days(COPY_KEPT),
        days(KEPT_AFTER_REMOVAL),
        f"{LIFETIME_S // 60} minutes",
        f"{STANDING_FOR.seconds} seconds",
        f"{PEOPLE_FOR.seconds // 60} minutes",
    }

    assert numbers
    assert set(numbers) <= known


def test_four_weeks_are_what_marks_are_kept() -> None:
    assert timedelta(weeks=4) == KEPT_FOR


@pytest.mark.parametrize(
    "page", [*sorted(DOCS.glob("*.md")), DOCS.parent / "README.md"], ids=lambda one: one.name
)
def test_no_page_says_what_reassures_falsely(page: Path) -> None:
    said = page.read_text(encoding="utf-8").lower()

    for phrase in (
        "nothing left to leak",
        "nothing to find",
        "nothing to opt out",
        "art. 11",
        "open, anonymous once",
    ):
        assert phrase not in said


def test_the_least_numbers_for_quotes_in_the_readme_are_those_of_the_policy() -> None:
    policy = ReleasePolicy()
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")

    assert f"fewer than {number_in_words(policy.threshold)} replies" in readme
    assert (
        f"Quotes need {number_in_words(policy.quote_replies)} replies and "
        f"{number_in_words(policy.quotes_allowed)} writers, proposals {number_in_words(LEAST_PROPOSALS)}"
        in readme
    )
