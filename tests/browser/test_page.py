"""The page of the local workspace, as a visitor uses it."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

WORDS = "Quokkas made the Monday meeting lighter"


def become(page: Page, handle: str) -> None:
    page.get_by_test_id("person-switch").click()
    page.get_by_test_id(f"person-{handle}").click()


def open_channel(page: Page) -> None:
    page.get_by_test_id("channel-product-team").click()


def press(page: Page, action_id: str) -> None:
    page.locator(f'[data-action-id="{action_id}"]').last.click()


def answer(page: Page, label: str, text: str = "") -> None:
    """Reply as whoever is chosen: the text, and the same answer to every statement."""
    press(page, "reply.open")
    modal = page.get_by_test_id("modal")
    expect(modal).to_contain_text("No name is kept")
    for select in modal.locator('[data-input-block^="item:"] select').all():
        select.select_option(label=label)
    if text:
        modal.get_by_label("Yes, but do not quote it").check()
        modal.locator("textarea").fill(text)
    page.get_by_test_id("modal-submit").click()
    expect(modal).to_contain_text("Saved, without your name")
    page.get_by_test_id("modal-close").click()
    expect(modal).to_have_count(0)


def without_clock(text: str) -> str:
    """A message without its times, which each member reads in their own zone."""
    return re.sub(r"\d\d:\d\d", "--:--", text)


def three_days_on(page: Page) -> None:
    for day in ("Wed 25", "Thu 26", "Fri 27"):
        page.get_by_test_id("clock-plus-day").click()
        expect(page.get_by_test_id("clock-now")).to_contain_text(day)


def test_three_members_answer_the_team_follows_and_everyone_reads_the_same_summary(page: Page) -> None:
    open_channel(page)
    for handle, label in (("maya", "Agree"), ("tomas", "Strongly agree"), ("ingrid", "Disagree")):
        become(page, handle)
        open_channel(page)
        answer(page, label, WORDS if handle == "maya" else "")
    page.get_by_test_id("team-answer").click()
    expect(page.locator(".team-text")).to_contain_text("colleagues have answered")

    three_days_on(page)

    summary = page.get_by_test_id("message").last
    expect(summary).to_contain_text("🌱")
    expect(summary).to_contain_text(re.compile(r"\d+ of 14 replied, without names"))
    expect(summary).to_contain_text("●")
    seen = without_clock(summary.inner_text())
    become(page, "kwame")
    open_channel(page)
    assert seen == without_clock(page.get_by_test_id("message").last.inner_text())


def test_the_words_that_someone_wrote_are_in_no_file(page: Page) -> None:
    open_channel(page)
    answer(page, "Agree", WORDS)

    page.get_by_test_id("find-words").fill("Quokkas")
    page.get_by_test_id("find-go").click()

    verdict = page.get_by_test_id("find-result")
    expect(verdict).to_contain_text("Every byte of")
    expect(verdict).to_contain_text("Does the search work?")
    expect(verdict).not_to_contain_text(".db")


def test_a_search_begins_anew_when_a_round_that_closes_destroys_a_file_meanwhile(page: Page) -> None:
    open_channel(page)
    answer(page, "Agree", WORDS)
    page.route(
        "**/control/raw?*",
        lambda route: route.fulfill(json={"ok": False, "error": "file_not_found"}),
        times=1,
    )

    page.get_by_test_id("find-words").fill("Quokkas")
    page.get_by_test_id("find-go").click()

    expect(page.get_by_test_id("find-result")).to_contain_text("Every byte of")


def test_the_raw_bytes_of_a_ballot_can_be_looked_at(page: Page) -> None:
    open_channel(page)
    answer(page, "Agree", WORDS)

    page.locator('[data-testid^="stored-file-ballots/"]').click()

    expect(page.get_by_test_id("raw-view")).to_contain_text("53 51 4c 69 74 65 20 66")


def test_a_slash_command_is_suggested_and_answered_for_the_asker_alone(page: Page) -> None:
    open_channel(page)
    composer = page.get_by_test_id("composer")
    composer.fill("/belonging help")
    composer.press("Enter")

    expect(page.get_by_text("Only visible to you").last).to_be_visible()
    become(page, "tomas")
    open_channel(page)
    expect(page.get_by_text("Only visible to you")).to_have_count(0)


def test_what_is_wrong_in_a_form_is_said_at_the_field_and_the_rest_stays(page: Page) -> None:
    open_channel(page)
    press(page, "reply.open")
    page.get_by_test_id("modal-submit").click()

    expect(page.get_by_test_id("modal")).to_contain_text("an empty reply says nothing")
    page.get_by_test_id("modal").get_by_label("Yes, and it may be quoted").check()
    page.get_by_test_id("modal").locator("textarea").fill(WORDS)
    press(page, "quote.preview")
    expect(page.get_by_test_id("modal")).to_contain_text("This is how it would read")
    expect(page.get_by_test_id("modal").locator("textarea")).to_have_value(WORDS)


def test_the_home_tab_lets_someone_change_and_withdraw(page: Page) -> None:
    open_channel(page)
    answer(page, "Agree")
    page.get_by_test_id("home-tab").click()
    press(page, "reply.change")
    modal = page.get_by_test_id("modal")
    modal.locator("select").first.select_option(label="Disagree")
    page.get_by_test_id("modal-submit").click()
    expect(modal).to_contain_text("Changed.")
    page.get_by_test_id("modal-close").click()
    expect(modal).to_have_count(0)  # its own button to withdraw is gone with it

    press(page, "reply.withdraw")
    page.get_by_role("button", name="Withdraw it").click()

    expect(page.get_by_test_id("modal")).to_contain_text("Your reply is gone")


def test_the_keyboard_alone_can_reply(page: Page) -> None:
    open_channel(page)
    page.locator('[data-action-id="reply.open"]').focus()
    page.keyboard.press("Enter")
    modal = page.get_by_test_id("modal")
    expect(modal).to_be_visible()
    statements = modal.locator('[data-input-block^="item:"] select')
    expect(statements.first).to_be_focused()
    for _ in range(statements.count()):
        page.keyboard.press("A")  # Agree
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # Yes, and it may be quoted
    expect(modal.locator("textarea")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.type(WORDS)
    expect(modal.locator("textarea")).to_have_value(WORDS)

    modal.get_by_test_id("modal-submit").focus()
    page.keyboard.press("Enter")

    expect(modal).to_contain_text("Saved, without your name")
    page.keyboard.press("Escape")
    expect(modal).to_have_count(0)


def test_the_whole_journey_works_at_phone_width(phone: Page) -> None:
    answer(phone, "Agree", WORDS)
    phone.get_by_test_id("team-answer").click()
    expect(phone.locator(".team-text")).to_contain_text("colleagues have answered")

    three_days_on(phone)

    summary = phone.get_by_test_id("message").last
    expect(summary).to_contain_text(re.compile(r"\d+ of 14 replied, without names"))
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_dark_theme_can_be_chosen(page: Page) -> None:
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")

    page.get_by_test_id("theme-toggle").click()

    assert before != page.evaluate("getComputedStyle(document.body).backgroundColor")
