"""The invented channel, and a reader of pages."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.config import load_pack
from bot.core.language import ENGLISH, Language
from bot.core.norms import Norm
from bot.core.release import Result
from bot.report import Subject, report_page
from bot.report.sample import sample_ledger, sample_results

MADE_AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
PACK = load_pack(Path(__file__).parents[2] / "prompts" / "belonging")


class Page(HTMLParser):
    """What a browser makes of a page: its elements in order, with attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if not self.elements or self.elements[-1][0] != "style":
            self.words.append(data)

    @property
    def tags(self) -> list[str]:
        """The names of its elements, in order."""
        return [name for name, _ in self.elements]

    @property
    def text(self) -> str:
        """Its text, in one line."""
        return " ".join("".join(self.words).split())


def page_of(
    results: tuple[Result, ...],
    name: str = "#team",
    *,
    sample: bool = False,
    ledger: tuple[Norm, ...] = (),
    language: Language = ENGLISH,
) -> str:
    """The page of these results and norms."""
    subject = Subject(name=name, results=results, made_at=MADE_AT, sample=sample, ledger=ledger)
    return report_page(subject, language)


@pytest.fixture(scope="session")
def sample() -> tuple[Result, ...]:
    """Two cycles of an invented channel, newest first."""
    return sample_results(PACK)


@pytest.fixture(scope="session")
def ledger() -> tuple[Norm, ...]:
    """The norms of the invented channel."""
    return sample_ledger(PACK)


@pytest.fixture(scope="session")
def page(sample: tuple[Result, ...], ledger: tuple[Norm, ...]) -> Page:
    """The page of the invented channel, read."""
    return Page(page_of(sample, sample=True, ledger=ledger))
