"""The reply form as somebody sees it who has a minute: few presses, no scrolling, nothing lost."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bot.cli.demo import Demo
from tests.browser.conftest import page_of

pytestmark = pytest.mark.browser

WORDS = "Quokkas made the Monday meeting lighter"
MOST_PRESSES = 8
"""From the message to *sent*, with three statements; a list takes two, to open it and to choose."""


class Hand:
    """Presses, and counts."""

    def __init__(self) -> None:
        """Nothing was pressed yet."""
        self.presses = 0

    def press(self, target: Locator) -> None:
        """Press a button."""
        target.click()
        self.presses += 1

    def choose(self, select: Locator, label: str) -> None:
        """Open a list, and press one of its entries."""
        select.select_option(label=label)
        self.presses += 2


@pytest.fixture
def laptop(browser: Browser, demo: Demo) -> Iterator[Page]:
    yield from page_of(browser, demo, {"width": 1280, "height": 800})


def opened(page: Page, hand: Hand) -> Locator:
    """Press *Reply*, and return the form."""
    hand.press(page.locator('[data-action-id="reply.open"]').last)
    modal = page.get_by_test_id("modal")
    expect(modal).to_contain_text("No name is kept")
    return modal


def statements(modal: Locator) -> Locator:
    return modal.locator('[data-input-block^="item:"] select')


def test_from_message_to_sent_it_takes_eight_presses_and_no_scrolling(laptop: Page) -> None:
    hand = Hand()
    modal = opened(laptop, hand)
    assert statements(modal).count() == 3
    assert modal.locator(".modal-body").evaluate("body => body.scrollHeight <= body.clientHeight")

    for select in statements(modal).all():
        hand.choose(select, "Agree")
    hand.press(laptop.get_by_test_id("modal-submit"))

    expect(modal).to_contain_text("Saved, without your name")
    assert hand.presses <= MOST_PRESSES


def test_on_a_phone_all_statements_are_seen_without_scrolling(phone: Page) -> None:
    modal = opened(phone, Hand())

    assert statements(modal).count() == 3
    for select in statements(modal).all():
        expect(select).to_be_in_viewport(ratio=1)
    foot = modal.locator(".modal-foot").bounding_box()
    last = statements(modal).last.bounding_box()
    assert foot
    assert last
    assert last["y"] + last["height"] <= foot["y"]


def test_no_field_says_that_it_is_optional_before_yes(page: Page) -> None:
    modal = opened(page, Hand())

    expect(modal).not_to_contain_text("(optional)")
    expect(modal).to_contain_text("Anything may stay at Not said")


def test_what_is_filled_in_stays_and_a_text_under_no_can_still_be_sent(page: Page) -> None:
    modal = opened(page, Hand())
    statements(modal).first.select_option(label="Disagree")
    modal.get_by_label("Yes, and it may be quoted").check()
    box = modal.locator("textarea")
    expect(modal).to_contain_text("Everyone in this channel may read what you write")
    box.fill(WORDS)

    modal.get_by_label("No", exact=True).check()
    expect(modal).to_contain_text("is not sent")
    expect(box).to_have_value(WORDS)
    modal.get_by_label("Yes, but do not quote it").check()
    expect(modal).to_contain_text("Nobody reads what you write")
    expect(box).to_have_value(WORDS)
    assert statements(modal).first.input_value() == "2"
    page.get_by_test_id("modal-submit").click()

    expect(modal).to_contain_text("Saved, without your name")


def test_a_change_from_the_thank_you_step_starts_from_an_empty_form(page: Page) -> None:
    modal = opened(page, Hand())
    statements(modal).first.select_option(label="Disagree")
    modal.get_by_label("Yes, but do not quote it").check()
    modal.locator("textarea").fill(WORDS)
    page.get_by_test_id("modal-submit").click()

    page.locator('[data-action-id="reply.change"]').click()

    expect(modal).to_contain_text("What you send now takes its place")
    assert statements(modal).first.input_value() == "none"
    expect(modal.get_by_label("No", exact=True)).to_be_checked()
    expect(modal.locator("textarea")).to_have_count(0)


def test_keep_my_receipt_opens_the_home_tab_from_which_the_reply_can_be_withdrawn(page: Page) -> None:
    modal = opened(page, Hand())
    statements(modal).first.select_option(label="Agree")
    page.get_by_test_id("modal-submit").click()

    modal.get_by_role("link", name="Keep my receipt").click()
    expect(page.get_by_test_id("home-view")).to_contain_text("You have replied")
    page.get_by_test_id("modal-close").click()
    expect(modal).to_have_count(0)

    page.locator('[data-action-id="reply.withdraw"]').click()
    page.get_by_role("button", name="Withdraw it").click()
    expect(modal).to_contain_text("Your reply is gone")
