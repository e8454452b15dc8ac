"""axe-core finds nothing, at three widths, in light and dark, in each state of the page and in the report."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.cli.demo import Demo
from bot.core.language import ENGLISH, Language
from bot.report.sample import sample_ledger, sample_results
from tests.browser import states
from tests.browser.axe import WIDTHS, hits
from tests.report.conftest import PACK, page_of
from tests.world import a_world

pytestmark = pytest.mark.browser

SOME = 5
"""So many of the tables in the report are open; all come from one template."""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    width, height = WIDTHS[0]
    page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
    page.set_default_timeout(10_000)
    yield page
    page.close()


@pytest.mark.parametrize("journey", [states.look_around, states.reply, states.schedules])
def test_axe_finds_nothing_in_the_workspace(
    page: Page, demo: Demo, journey: Callable[[Page, states.Look], None]
) -> None:
    found: list[str] = []
    page.goto(demo.server.url)
    expect(page.get_by_test_id("message").last).to_be_visible()

    journey(page, lambda state: found.extend(hits(page, state)))

    assert [] == found


def test_axe_finds_nothing_where_a_team_decides(page: Page, tmp_path: Path) -> None:
    found: list[str] = []
    with a_world(tmp_path) as world:
        page.goto(world.server.url)
        states.decisions(page, world, lambda state: found.extend(hits(page, state)))

    assert [] == found


@pytest.mark.parametrize("language", [ENGLISH, Language("de")], ids=["in English", "questions in English"])
def test_axe_finds_nothing_in_the_report(page: Page, language: Language) -> None:
    html = page_of(sample_results(PACK), sample=True, ledger=sample_ledger(PACK), language=language)
    page.set_content(html)
    for table in page.locator("details").all()[:SOME]:
        table.evaluate("table => { table.open = true }")

    assert [] == hits(page, "report")
