"""The report in a real browser: no request leaves it, it fits a phone with longer words, and it prints."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from bot.core.language import ENGLISH, Language
from bot.report.sample import sample_ledger, sample_results
from tests.browser.conftest import DESKTOP, PHONE
from tests.languages import PSEUDO
from tests.report.conftest import PACK, page_of

pytestmark = pytest.mark.browser


@pytest.fixture
def report(tmp_path: Path) -> str:
    """The address of the report of the invented channel, on disk."""
    path = tmp_path / "report.html"
    path.write_text(page_of(sample_results(PACK), sample=True), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(params=["light", "dark"])
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    context = browser.new_context(color_scheme=request.param, java_script_enabled=False)
    yield context
    context.close()


OUTSIDE = """() => [...document.querySelectorAll("svg text")].filter(text => {
    const frame = text.ownerSVGElement.getBoundingClientRect(), box = text.getBoundingClientRect()
    return box.left < frame.left - 1 || box.right > frame.right + 1
}).map(text => text.textContent)"""
"""The labels of drawings that stick out of them."""


@pytest.mark.parametrize(
    "language", [ENGLISH, PSEUDO, Language("ar", PSEUDO.load)], ids=["en", "long", "rtl"]
)
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_longer_words_and_the_other_direction_fit_the_screen_and_the_drawings(
    browser: Browser, size: dict[str, int], language: Language
) -> None:
    page = browser.new_page(viewport={"width": size["width"], "height": size["height"]})
    page.set_content(page_of(sample_results(PACK), ledger=sample_ledger(PACK), language=language))

    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert page.evaluate("document.querySelectorAll('svg text').length") > 20
    assert [] == page.evaluate(OUTSIDE)
    page.close()


def test_letters_without_capitals_and_italics_are_set_upright_and_close(browser: Browser) -> None:
    def style(language: Language, element: str, what: str) -> str:
        page.set_content(page_of(sample_results(PACK), language=language))
        return str(page.evaluate(f"getComputedStyle(document.querySelector('{element}')).{what}"))

    page = browser.new_page()
    japanese = Language("ja")

    assert ["italic", "normal"] == [style(one, "q", "fontStyle") for one in (ENGLISH, japanese)]
    assert ["uppercase", "none"] == [style(one, "h5", "textTransform") for one in (ENGLISH, japanese)]
    assert style(japanese, ".eyebrow", "letterSpacing") in {"normal", "0px"}
    assert "auto-phrase" == style(japanese, "p", "wordBreak")
    assert "strict" == style(japanese, "p", "lineBreak")
    page.close()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_is_requested_and_nothing_is_wider_than_the_screen(
    browser: Browser, report: str, size: dict[str, int]
) -> None:
    page = browser.new_page(viewport={"width": size["width"], "height": size["height"]})
    requested: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("console", lambda said: complaints.append(said.text))

    page.goto(report)

    assert [report] == requested
    assert [] == complaints
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.close()


def test_it_reads_without_scripts_in_light_and_dark(context: BrowserContext, report: str) -> None:
    page = context.new_page()
    page.goto(report)

    assert page.get_by_role("heading", level=1).inner_text() == "#team"
    assert page.get_by_role("img").count() > 50
    assert page.get_by_role("img", name="The circle, Questions 15 to 28").is_visible()


def test_it_prints_on_paper_in_the_colours_of_daylight(browser: Browser, report: str) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto(report)
    page.emulate_media(media="print", color_scheme="dark")

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert page.pdf().startswith(b"%PDF")
    page.close()
