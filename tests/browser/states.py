"""Lead the page of the local workspace through its states, once each, and show each to whoever looks."""

import json
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.world import CHANNEL, World, text_of

WORDS = "Quokkas made the Monday meeting lighter"

Look = Callable[[str], None]
"""Called in each state with its name; it may change the size and the colours of the page."""


def press(page: Page, action_id: str) -> None:
    """Press the last button with this action."""
    page.locator(f'[data-action-id="{action_id}"]').last.click()


def type_command(page: Page, text: str) -> None:
    """Type a slash command, and send it."""
    composer = page.get_by_test_id("composer")
    composer.fill(text)
    composer.press("Escape")
    composer.press("Enter")


def answered(page: Page, text: str) -> None:
    """Type a slash command, and wait for the bot's answer."""
    before = page.get_by_text("Only visible to you").count()
    type_command(page, text)
    expect(page.get_by_text("Only visible to you")).to_have_count(before + 1)


def a_modal(page: Page, text: str) -> Locator:
    """Wait for a dialog that says this, and return it."""
    modal = page.get_by_test_id("modal")
    expect(modal).to_contain_text(text)
    return modal


def close(page: Page) -> None:
    """Close the dialog, and what lies under it."""
    while page.get_by_test_id("modal").count():
        title = page.locator("#modal-title").inner_text()
        page.keyboard.press("Escape")
        page.wait_for_function(
            "title => document.querySelector('#modal-title')?.innerText !== title", arg=title
        )


def let_the_team_answer(page: Page, world: World) -> None:
    """Let everybody else answer the open question."""
    body = {"as": "U01MAYA", "channel": CHANNEL, "ts": world.announcement().ts}
    done = page.request.post(f"{world.server.url}/control/team-answer", data=body)
    assert done.json()["ok"], done.text()


def until_asked(page: Page, world: World, what: str) -> None:
    """Weeks go by, and the team answers whatever it is asked, until it is asked this."""
    for _ in range(12):
        before = len(world.messages())
        world.move(days=4)
        new = world.messages()[before:]
        if any(what in text_of(message.blocks) for message in new):
            return
        if any("reply.open" in json.dumps(message.blocks) for message in new):
            let_the_team_answer(page, world)
        world.move(days=3)
    raise AssertionError(what)


def on_the_phone(page: Page, tab: str) -> None:
    """Choose what a phone shows, which a larger window shows beside the rest."""
    before = page.viewport_size
    assert before
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_test_id(f"tab-{tab}").click()
    page.set_viewport_size(before)


def look_around(page: Page, look: Look) -> None:
    """Show the page without a dialog: as it opens, its lists, its other rooms, and what is stored."""
    look("page")
    page.get_by_test_id("person-switch").click()
    look("people")
    page.keyboard.press("Escape")
    page.get_by_test_id("clock-to-date").click()
    look("clock")
    page.get_by_test_id("clock-go").evaluate("go => go.blur()")
    page.keyboard.press("Escape")
    page.get_by_test_id("composer").fill("/belonging ")
    expect(page.get_by_test_id("suggestions")).to_be_visible()
    look("suggestions")
    page.get_by_test_id("composer").fill("")
    page.get_by_test_id("home-tab").click()
    expect(page.get_by_test_id("home-view")).to_be_visible()
    look("home")
    page.get_by_test_id("channel-random").click()
    look("another channel")
    on_the_phone(page, "channels")
    look("channels")
    page.get_by_test_id("channel-product-team").click()
    on_the_phone(page, "stored")
    for table in page.locator(".stored-table").all()[:3]:
        table.locator("summary").click()
    look("tables")
    page.get_by_test_id("stored-file-belonging.db").click()
    expect(page.get_by_test_id("raw-view")).to_contain_text("53 51 4c")
    look("raw bytes")
    page.get_by_test_id("raw-back").click()


def reply(page: Page, look: Look) -> None:
    """Show the form, what comes of it, and the summary with all that it leads to."""
    press(page, "reply.open")
    modal = a_modal(page, "No name is kept")
    look("form")
    page.get_by_test_id("modal-submit").click()
    expect(modal).to_contain_text("an empty reply says nothing")
    look("form with errors")
    modal.get_by_label("Yes, and it may be quoted").check()
    modal.locator("textarea").fill(WORDS)
    press(page, "quote.preview")
    expect(modal).to_contain_text("This is how it would read")
    look("form with a preview")
    modal.locator('[data-input-block^="item:"] select').first.select_option(label="Agree")
    page.get_by_test_id("modal-submit").click()
    expect(modal).to_contain_text("Saved, without your name")
    look("thank-you")
    close(page)
    press(page, "privacy.open")
    a_modal(page, "cannot prevent")
    look("privacy")
    close(page)
    page.get_by_test_id("home-tab").click()
    expect(page.get_by_test_id("home-view")).to_contain_text("You have replied")
    look("home with a reply")
    press(page, "reply.withdraw")
    expect(page.get_by_test_id("confirm")).to_be_visible()
    look("withdraw")
    page.get_by_test_id("confirm-no").click()
    page.get_by_test_id("channel-product-team").click()
    on_the_phone(page, "stored")
    find(page, "Quokkas")
    look("not found")
    find(page, "SQLite format 3")
    look("found")
    page.get_by_test_id("team-answer").click()
    expect(page.locator(".team-text")).to_contain_text("colleagues have answered")
    summary(page, look)


def find(page: Page, words: str) -> None:
    """Search the raw files for these words."""
    page.get_by_test_id("find-words").fill(words)
    page.get_by_test_id("find-go").click()
    expect(page.get_by_test_id("find-go")).not_to_have_attribute("aria-busy", "true")
    expect(page.get_by_test_id("find-result")).to_be_visible()


def summary(page: Page, look: Look) -> None:
    """Show the summary of a round that three days end, and what its buttons open."""
    for day in ("Wed 25", "Thu 26", "Fri 27"):
        page.get_by_test_id("clock-plus-day").click()
        expect(page.get_by_test_id("clock-now")).to_contain_text(day)
    expect(page.get_by_test_id("message").last).to_contain_text("replied, without names")
    look("summary")
    for action, says in SUMMARY_MODALS:
        press(page, action)
        a_modal(page, says)
        look(action)
        close(page)
    for command in ("summary", "trend", "norms", "privacy", "help", "ask", "cancel", "sumary"):
        answered(page, f"/belonging {command}")
    look("commands")


SUMMARY_MODALS = (
    ("summary.open", "Quotes"),
    ("quote.ask", "Take a quote down"),
    ("proposal.open", "You make this text public"),
)


def schedules(page: Page, look: Look) -> None:
    """Show the list of schedules and the form for a new one."""
    type_command(page, "/belonging schedule")
    modal = a_modal(page, "Schedules")
    look("schedules")
    modal.get_by_role("button", name="New schedule").click()
    a_modal(page, "How often")
    look("new schedule")
    modal.get_by_role("button", name="More options").click()
    expect(modal.locator("textarea")).to_be_visible()
    modal.locator('[data-block-id="schedule.weekdays"]').first.click()
    look("more options")
    modal.locator("textarea").fill("2027-01-03..2026-12-24")
    page.get_by_test_id("modal-submit").click()
    expect(modal).to_contain_text("ends before it begins")
    look("schedule with errors")


def decisions(page: Page, world: World, look: Look) -> None:
    """Show how a team proposes and decides, from the first question to what it tries."""
    page.get_by_test_id("channel-product-team").click()
    world.move(minutes=1)
    let_the_team_answer(page, world)
    world.move(days=3)
    type_command(page, "/belonging propose")
    modal = a_modal(page, "You make this text public")
    modal.locator("textarea").fill(WORDS)
    press(page, "quote.preview")
    expect(modal).to_contain_text("This is how it would read")
    look("propose")
    page.get_by_test_id("modal-submit").click()
    expect(modal).to_contain_text("It waits sealed")
    close(page)
    until_asked(page, world, "For proposals")
    let_the_team_answer(page, world)
    world.move(days=3)
    until_asked(page, world, "To decide")
    look("proposals")
    press(page, "reply.open")
    a_modal(page, "see harm in it")
    look("decide")
    close(page)
    let_the_team_answer(page, world)
    world.move(days=3)
    answered(page, "/belonging norms")
    look("what we try")
    press(page, "norm.history")
    a_modal(page, "How it came about")
    look("history")
    close(page)
    press(page, "proposal.remove")
    a_modal(page, "Take a proposal down")
    page.get_by_test_id("modal-submit").click()
    look("take a proposal down")
