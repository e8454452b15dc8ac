"""The demo with two workspaces in a browser: the real bot is uninstalled from one, and installed again."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.cli.demo_of_several import DemoOfSeveral, demo_of_several
from bot.config import load_config
from bot.demo.companies import BAOBAB
from tests.browser.axe import hits
from tests.browser.conftest import ROOT, TODAY
from tests.patience import UNHURRIED

pytestmark = pytest.mark.browser
HARBOUR = "T0HARBOUR"


@pytest.fixture
def several() -> Iterator[DemoOfSeveral]:
    with demo_of_several(load_config(ROOT / "config.yaml", {}), 2, today=TODAY) as demo:
        for site in demo.server.sites.values():
            site.deadlines = UNHURRIED
        yield demo


@pytest.fixture
def page(browser: Browser, several: DemoOfSeveral) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page.set_default_timeout(10_000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(several.server.url)
    yield page
    page.context.close()
    assert [] == complaints


def test_whoever_uninstalls_sees_the_keys_go_and_installs_it_again(page: Page) -> None:
    pane, within = page.get_by_test_id(f"pane-{BAOBAB}"), page.frame_locator(f"#pane-{BAOBAB} iframe")
    expect(within.locator("#messages")).to_contain_text("Remember a recent moment")
    within.get_by_test_id("tab-stored").click()
    stored = within.get_by_test_id("stored-panel")
    expect(stored).to_contain_text(".close")
    expect(pane.get_by_test_id("without-the-bot")).to_be_hidden()

    pane.get_by_test_id("uninstall").click()
    pane.get_by_test_id("uninstall").click()

    expect(pane.get_by_test_id("without-the-bot")).to_be_visible()
    expect(stored).not_to_contain_text(".close")
    expect(stored).to_contain_text("belonging.db")
    assert [] == hits(page, "one uninstalled")
    within.get_by_test_id("channel-general").dispatch_event("click")  # behind a menu in a pane

    with page.expect_popup() as opened:
        pane.get_by_test_id("install").click()
    slack = opened.value
    slack.get_by_role("link", name="Add to Slack").first.click()
    slack.get_by_label("Baobab Health").check()
    slack.get_by_role("button", name="Allow").click()

    expect(slack.locator("body")).to_contain_text("/invite @belonging")
    expect(pane.get_by_test_id("uninstall")).to_be_visible()
    expect(pane.get_by_test_id("without-the-bot")).to_be_hidden()
    expect(within.locator("#room-title")).to_have_text("product-team")


def test_a_reply_in_one_pane_leaves_the_other_as_it_is(page: Page) -> None:
    one, two = (page.frame_locator(f"#pane-{team} iframe") for team in (HARBOUR, BAOBAB))
    expect(two.get_by_test_id("message")).to_have_count(2)
    one.locator('[data-action-id="reply.open"]').last.click()
    modal = one.get_by_test_id("modal")
    modal.locator('[data-input-block^="item:"] select').first.select_option(label="Agree")
    one.get_by_test_id("modal-submit").click()

    expect(modal).to_contain_text("Saved, without your name")
    expect(two.get_by_test_id("modal")).to_have_count(0)
    expect(two.get_by_test_id("message")).to_have_count(2)
