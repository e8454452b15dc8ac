"""The page without a mouse, without eyes, enlarged, and in the colours of the system."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.cli.demo import Demo
from tests.browser.conftest import page_of
from tests.browser.states import a_modal, press

pytestmark = pytest.mark.browser

CONTROLS = "button, a[href], input, textarea, select, summary, [tabindex='0']"
REACHABLE = f"""() => [...document.querySelectorAll("{CONTROLS}")]
  .filter(node => !node.disabled && node.checkVisibility()).length"""
FOCUSED = """() => {
  const node = document.activeElement;
  const drawn = [];
  for (let one = node; one; one = one.parentElement) {
    const style = getComputedStyle(one);
    drawn.push(style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
    if (one.matches(".composer")) drawn.push(style.boxShadow !== "none");
  }
  window.reached = (window.reached ?? new Set()).add(node);
  return {name: node.outerHTML.slice(0, 120), end: node === document.body, seen: drawn.includes(true)};
}"""
LARGER_TEXT = """() => {
  const all = [...document.querySelectorAll("body *")];
  const sizes = all.map(node => parseFloat(getComputedStyle(node).fontSize));
  all.forEach((node, at) => { node.style.fontSize = `${2 * sizes[at]}px`; });
}"""
OUTSIDE = """() => [...document.querySelectorAll(".strip *, .guide *, .stage *")]
  .filter(node => node.checkVisibility() && node.getBoundingClientRect().right > innerWidth + 1)
  .map(node => node.outerHTML.slice(0, 120))"""
WITHOUT_BORDER = """() => [...document.querySelectorAll("button, a.button")]
  .filter(node => node.checkVisibility() && !parseFloat(getComputedStyle(node).borderTopWidth))
  .map(node => node.outerHTML.slice(0, 120))"""


@pytest.fixture
def enlarged(browser: Browser, demo: Demo) -> Iterator[Page]:
    """A window of 1280 by 1024 at 400 %."""
    yield from page_of(browser, demo, {"width": 320, "height": 256})


def test_tab_reaches_every_control_and_the_focus_is_seen(page: Page) -> None:
    expect(page.get_by_test_id("message").last).to_be_visible()
    expect(page.get_by_test_id("stored-file-belonging.db")).to_be_visible()
    unseen = []
    for _ in range(120):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["end"]:
            break
        unseen += [] if focused["seen"] else [focused["name"]]

    assert [] == unseen
    assert page.evaluate("window.reached.size - 1") == page.evaluate(REACHABLE)


def test_the_keyboard_scrolls_the_promise_to_its_end(page: Page) -> None:
    press(page, "privacy.open")
    modal = a_modal(page, "In short")
    last = modal.get_by_text("In short")
    expect(last).not_to_be_in_viewport()

    page.keyboard.press("End")

    expect(last).to_be_in_viewport()


def test_the_focus_starts_on_the_harmless_button_and_the_other_looks_dangerous(page: Page) -> None:
    press(page, "reply.open")
    modal = a_modal(page, "No name is kept")
    modal.locator("select").first.select_option(label="Agree")
    page.get_by_test_id("modal-submit").click()
    expect(modal).to_contain_text("Saved, without your name")
    expect(modal.get_by_role("link", name="Keep my receipt")).to_be_focused()

    press(page, "reply.withdraw")

    expect(page.get_by_test_id("confirm-no")).to_be_focused()
    expect(page.get_by_test_id("confirm-yes")).to_contain_class("danger")
    expect(page.locator('[data-action-id="reply.withdraw"]')).to_contain_class("danger")


def test_a_list_of_choices_is_named_by_its_label_and_by_what_is_chosen(page: Page) -> None:
    page.get_by_test_id("composer").fill("/belonging schedule")
    page.get_by_test_id("composer").press("Enter")
    modal = a_modal(page, "Schedules")
    modal.get_by_role("button", name="New schedule").click()

    expect(modal.locator("summary").first).to_have_accessible_name("On Tuesday")


def test_what_is_announced_is_whole_says_the_finding_first_and_stays(page: Page) -> None:
    page.get_by_test_id("team-answer").click()
    expect(page.locator(".team-text")).to_contain_text("colleagues have answered")
    for day in ("Wed 25", "Thu 26", "Fri 27"):
        page.get_by_test_id("clock-plus-day").click()
        expect(page.get_by_test_id("clock-now")).to_contain_text(day)
    expect(page.get_by_test_id("message").last).to_contain_text("replied, without names")
    finding = page.get_by_test_id("message").last.locator("strong").first.inner_text().removeprefix("🌱 ")

    said = page.locator("#live p")
    expect(said.last).to_have_text("It is now Fri 27 Nov, 10:00. 1 new message.")
    heard = said.all_inner_texts()
    assert heard[-2] == f"{finding} (New message from Belonging Bot)"
    assert "It is now Thu 26 Nov" in " ".join(heard[:-2])
    assert page.locator("#live").get_attribute("role") == "log"


def test_at_400_percent_messages_can_be_read(enlarged: Page) -> None:
    message = enlarged.get_by_test_id("message").last
    expect(message).to_contain_text("The Welcome")

    box = message.bounding_box()
    assert box
    assert min(box["y"] + box["height"], 256) - max(box["y"], 0) > 200
    assert enlarged.evaluate("document.documentElement.scrollWidth") <= 320
    enlarged.get_by_test_id("tab-stored").click()
    expect(enlarged.locator("#stored-title")).to_be_in_viewport()


def test_with_text_twice_as_large_nothing_leaves_the_window(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(page.get_by_test_id("message").last).to_contain_text("The Welcome")

    page.evaluate(LARGER_TEXT)

    assert [] == page.evaluate(OUTSIDE)
    assert page.locator(".skip").first.evaluate("node => node.getBoundingClientRect().bottom") <= 0
    assert page.get_by_test_id("message").last.bounding_box()


def test_in_the_colours_of_the_system_every_button_has_a_border(page: Page) -> None:
    page.emulate_media(forced_colors="active")
    expect(page.get_by_test_id("message").last).to_contain_text("The Welcome")
    seen = page.evaluate(WITHOUT_BORDER)
    press(page, "reply.open")
    a_modal(page, "No name is kept")

    assert [] == seen + page.evaluate(WITHOUT_BORDER)


def test_on_a_phone_the_home_tab_opens_at_its_top(phone: Page) -> None:
    phone.get_by_test_id("tab-channels").click()
    phone.get_by_test_id("home-tab").click()
    expect(phone.get_by_test_id("home-view")).to_be_visible()
    phone.get_by_test_id("tab-channels").click()
    phone.get_by_test_id("channel-product-team").click()
    for _ in range(3):
        phone.get_by_test_id("composer").fill("/belonging help")
        phone.get_by_test_id("composer").press("Escape")
        phone.get_by_test_id("composer").press("Enter")
    expect(phone.get_by_text("Only visible to you")).to_have_count(3)

    phone.get_by_test_id("tab-channels").click()
    phone.get_by_test_id("home-tab").click()

    expect(phone.get_by_test_id("home-view").locator(".header").first).to_be_in_viewport()
