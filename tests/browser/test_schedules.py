"""An admin sets a schedule in the browser, and a member looks at it."""

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

ADMIN, MEMBER = "maya", "tomas"


def become(page: Page, handle: str) -> None:
    page.get_by_test_id("person-switch").click()
    page.get_by_test_id(f"person-{handle}").click()
    expect(page.get_by_test_id("person-switch")).to_contain_text(handle.title().replace("as", "ás"))


def type_command(page: Page, command: str) -> Locator:
    """The modal that a slash command opens in the team's channel."""
    page.get_by_test_id("channel-product-team").click()
    composer = page.get_by_test_id("composer")
    composer.fill(command)
    composer.press("Enter")
    modal = page.get_by_test_id("modal")
    expect(modal).to_contain_text("Schedules")
    return modal


def field(modal: Locator, name: str) -> Locator:
    return modal.locator(f'[data-block-id="schedule.{name}"]').first


def preview(modal: Locator) -> Locator:
    return modal.locator('[data-block="schedule.preview"]')


def test_an_admin_sees_the_preview_follow_and_saves(page: Page) -> None:
    become(page, ADMIN)
    modal = type_command(page, "/belonging schedule")
    modal.get_by_role("button", name="New schedule").click()
    expect(preview(modal)).to_contain_text("It would never ask: a question of this channel is still open")
    expect(preview(modal)).to_be_in_viewport()

    field(modal, "weekdays").click()
    modal.get_by_role("checkbox", name="Tuesday").uncheck()
    expect(preview(modal)).to_contain_text("Please choose at least one weekday.")
    modal.get_by_role("checkbox", name="Friday").check()
    expect(preview(modal)).to_contain_text("Friday 11 December 2026, 10:00")
    field(modal, "at").fill("14:30")
    expect(preview(modal)).to_contain_text("Friday 27 November 2026, 14:30")
    field(modal, "zone").fill("")
    field(modal, "zone").press_sequentially("new york")
    expect(preview(modal)).to_contain_text("14:30 (20:30 for you)")
    expect(field(modal, "zone")).to_have_value("new york")
    page.get_by_test_id("modal-submit").click()

    expect(modal).to_contain_text("Saved.")
    expect(modal).to_contain_text("every 2 weeks on Friday at 14:30 (America/New_York)")
    page.get_by_test_id("modal-close").click()
    expect(modal).to_have_count(0)
    expect(page.get_by_test_id("message").last).to_contain_text("set a schedule for questions here")


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(page: Page) -> None:
    become(page, ADMIN)
    modal = type_command(page, "/belonging schedule")
    modal.get_by_role("button", name="New schedule").click()
    modal.get_by_role("button", name="More options").click()
    days = modal.locator("textarea")
    days.fill("2027-01-03..2026-12-24")
    page.get_by_test_id("modal-submit").click()

    wrong = modal.locator('[data-input-block="schedule.quiet"]')
    expect(wrong).to_contain_text("ends before it begins")
    expect(days).to_have_value("2027-01-03..2026-12-24")


def test_trying_it_leads_back_to_the_form(page: Page) -> None:
    become(page, ADMIN)
    modal = type_command(page, "/belonging schedule")
    modal.get_by_role("button", name="New schedule").click()
    field(modal, "weekdays").click()
    modal.get_by_role("checkbox", name="Tuesday").uncheck()
    modal.get_by_role("checkbox", name="Friday").check()
    field(modal, "zone").fill("Lisbon")
    expect(preview(modal)).to_contain_text("Europe/Lisbon")

    modal.get_by_role("button", name="Preview").click()
    expect(modal).to_contain_text("Only you see this. Nothing is stored")
    modal.get_by_role("button", name="Reply without your name").click()
    expect(modal).to_contain_text("No name is kept")
    page.get_by_test_id("modal-close").click()

    expect(field(modal, "zone")).to_have_value("Lisbon")


def test_a_member_looks_and_is_told_whom_to_ask(page: Page) -> None:
    become(page, MEMBER)
    modal = type_command(page, "/belonging schedule")

    expect(modal).to_contain_text("ask an admin or owner of this workspace")
    expect(modal.get_by_role("button", name="New schedule")).to_have_count(0)


def test_a_schedule_can_be_set_at_phone_width(phone: Page) -> None:
    become(phone, ADMIN)
    composer = phone.get_by_test_id("composer")
    composer.fill("/belonging schedule")
    composer.press("Enter")
    modal = phone.get_by_test_id("modal")
    modal.get_by_role("button", name="New schedule").click()

    expect(preview(modal)).to_be_in_viewport()
    field(modal, "weekdays").click()
    modal.get_by_role("checkbox", name="Tuesday").uncheck()
    modal.get_by_role("checkbox", name="Friday").check()
    field(modal, "rhythm").select_option(label="Monthly, on the first such weekday")
    expect(preview(modal)).to_contain_text("Friday 5 February 2027")
    phone.get_by_test_id("modal-submit").click()

    expect(modal).to_contain_text("every month on the first Friday")
