"""Suggest, decide and read what is tried, as a visitor of the local workspace does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP
from tests.browser.states import let_the_team_answer, type_command, until_asked
from tests.world import World, a_world

pytestmark = pytest.mark.browser

MINE = "When we plan, whoever disagrees is asked first"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The demo team with its bot, one minute before the first prompt; time passes at once."""
    with a_world(tmp_path) as world:
        yield world


@pytest.fixture
def page(browser: Browser, world: World) -> Iterator[Page]:
    """The page of that workspace."""
    context = browser.new_context(
        viewport={"width": DESKTOP["width"], "height": DESKTOP["height"]}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(world.server.url)
    yield page
    context.close()


def test_a_visitor_proposes_decides_and_reads_the_ledger(page: Page, world: World) -> None:
    page.get_by_test_id("channel-product-team").click()
    world.move(minutes=1)
    let_the_team_answer(page, world)
    world.move(days=3)

    type_command(page, "/belonging propose")
    modal = page.get_by_test_id("modal")
    expect(modal).to_contain_text("You make this text public")
    modal.locator("textarea").fill(MINE)
    modal.locator('[data-action-id="quote.preview"]').click()
    expect(modal).to_contain_text("This is how it would read")
    page.get_by_test_id("modal-submit").click()
    expect(modal).to_contain_text("It waits sealed")
    page.get_by_test_id("modal-close").click()
    page.get_by_test_id("home-tab").click()
    expect(page.get_by_test_id("home-view")).to_contain_text("Your proposal waits sealed")
    page.get_by_test_id("channel-product-team").click()

    until_asked(page, world, "For proposals")
    let_the_team_answer(page, world)
    world.move(days=3)
    proposals = page.get_by_test_id("message").last
    expect(proposals).to_contain_text("proposals to choose from")
    expect(proposals).to_contain_text(MINE)

    until_asked(page, world, "To decide")
    page.locator('[data-action-id="reply.open"]').last.click()
    expect(modal).to_contain_text(
        "We try the one with the most “I would try it”, unless more than two of us see harm in it"
    )
    for choice in modal.locator("select").all():
        expect(choice.locator("option:checked")).to_have_text("Not said")
        choice.select_option(label="I would try it")
    page.get_by_test_id("modal-submit").click()
    expect(modal).to_contain_text("Saved, without your name")
    page.get_by_test_id("modal-close").click()
    expect(modal).to_have_count(0)
    let_the_team_answer(page, world)
    world.move(days=3)
    decided = page.get_by_test_id("message").last
    expect(decided).to_contain_text("We try this until")
    expect(decided).to_contain_text("So few see harm in it that it cannot be shown.")

    type_command(page, "/belonging norms")
    ledger = page.get_by_test_id("message").last
    expect(ledger).to_contain_text("How we do things here")
    expect(ledger).to_contain_text("We try now")
    ledger.locator('[data-action-id="norm.history"]').click()
    expect(modal).to_contain_text("How it came about")
    expect(modal).to_contain_text(MINE)
