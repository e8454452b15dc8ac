"""Take the pictures of the docs from the running demo: ``make screenshots``.

The bot is the real one, the workspace is the local one, and the day is always the same. Round ids, keys and
receipts are random, so the bytes in the picture of the raw files differ from run to run.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from bot.cli.demo import Demo, demo_of
from bot.cli.demo_of_several import DemoOfSeveral, demo_of_several
from bot.config import Config, load_config, shipped_languages
from bot.core.model import PackId
from bot.logs import set_up_logs
from bot.report import Subject, report_page
from bot.report.sample import SAMPLE_NAME, sample_ledger, sample_results

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
)
TODAY = datetime(2026, 11, 24, 12, tzinfo=UTC)
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
REPORT: ViewportSize = {"width": 1180, "height": 900}
MOST_BYTES = 400_000
"""A picture that is larger makes every clone slow."""

WORDS = "In my first week somebody asked what I would change about our planning, and then we changed it."
SOUGHT = "asked what I would change"

Theme = Literal["light", "dark"]
SUMMARIES: tuple[tuple[str, Theme], ...] = (("summary", "light"), ("dark", "dark"))


def main() -> None:
    """Take every picture, and refuse pictures that are too large."""
    set_up_logs("warning")
    IMAGES.mkdir(parents=True, exist_ok=True)
    config = load_config(ROOT / "config.yaml", {})
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with demo_of(config, today=TODAY) as demo:
            _desktop(browser, demo)
        with demo_of(config, today=TODAY) as demo:
            _phone(browser, demo)
        with demo_of(config, today=TODAY, language="de") as demo:
            _languages(browser, demo)
        with demo_of_several(config, 2, today=TODAY) as demos:
            _side_by_side(browser, demos)
        _report(browser, config)
        browser.close()
    _check_sizes()


def _desktop(browser: Browser, demo: Demo) -> None:
    with _page(browser, demo, DESKTOP) as page:
        _take(page, "prompt")
        _fill_in(page)
        _take(page, "reply-form")
        _say_more(page)
        _send(page)
        _find(page, SOUGHT)
        _take(page, "raw-files")
        page.get_by_test_id("home-tab").click()
        expect(page.locator('[data-action-id="reply.withdraw"]')).to_be_visible()
        _take(page, "home")
        page.get_by_test_id("channel-product-team").click()
        _close_the_round(page)
    for name, theme in SUMMARIES:
        with _page(browser, demo, DESKTOP, theme=theme) as page:
            _take(page, name)


def _phone(browser: Browser, demo: Demo) -> None:
    with _page(browser, demo, PHONE) as page:
        _take(page, "phone-prompt")
        _fill_in(page)
        _take(page, "phone-reply-form")
        _say_more(page)
        _send(page)
        _close_the_round(page)
        _take(page, "phone-summary")


def _languages(browser: Browser, demo: Demo) -> None:
    """Open the form of a German question as somebody who reads Japanese."""
    with _page(browser, demo, DESKTOP) as page:
        page.get_by_test_id("person-switch").click()
        page.get_by_test_id("person-yuki").click()
        page.locator('[data-action-id="reply.open"]').last.click()
        expect(page.get_by_test_id("modal")).to_be_visible()
        _take(page, "languages")


def _side_by_side(browser: Browser, demo: DemoOfSeveral) -> None:
    """Let the people of two workspaces answer the same question, and show the two summaries."""
    page = browser.new_page(viewport=DESKTOP, color_scheme="light", reduced_motion="reduce", locale="en-GB")
    page.set_default_timeout(10_000)
    page.goto(demo.server.url)
    panes = [page.frame_locator(f"#pane-{team} iframe") for team in demo.server.sites]
    for pane in panes:
        pane.get_by_test_id("guide-close").click()
        pane.get_by_test_id("team-answer").click()
        expect(pane.locator(".team-text")).to_contain_text("colleagues have answered", timeout=30_000)
    for day in ("Wed 25", "Thu 26", "Fri 27"):
        panes[0].get_by_test_id("clock-plus-day").click()
        for pane in panes:
            expect(pane.get_by_test_id("clock-now")).to_contain_text(day)
    for pane in panes:
        expect(pane.get_by_test_id("message").last).to_contain_text("replied, without names", timeout=30_000)
    _take(page, "two-workspaces")
    page.close()


def _report(browser: Browser, config: Config) -> None:
    """Write the report of the invented channel, which is marked as invented."""
    pack = config.settings.packs[PackId("belonging")]
    subject = Subject(
        name=SAMPLE_NAME,
        results=sample_results(pack, languages=shipped_languages()),
        made_at=TODAY,
        sample=True,
        ledger=sample_ledger(pack),
    )
    pictures: tuple[tuple[str, ViewportSize, Theme, str], ...] = (
        ("report", REPORT, "light", "top"),
        ("report-dark", REPORT, "dark", "moved"),
        ("report-round", REPORT, "light", "round-23"),
        ("report-phone", PHONE, "light", "top"),
    )
    for name, size, theme, part in pictures:
        page = browser.new_page(viewport=size, color_scheme=theme, reduced_motion="reduce")
        page.set_content(report_page(subject))
        if part != "top":
            page.locator(f"#{part}").evaluate("part => part.scrollIntoView()")
        _take(page, name)
        page.close()


@contextmanager
def _page(browser: Browser, demo: Demo, size: ViewportSize, *, theme: Theme = "light") -> Iterator[Page]:
    context = browser.new_context(viewport=size, color_scheme=theme, reduced_motion="reduce", locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(demo.server.url)
    expect(page.get_by_test_id("message").last).to_be_visible()
    page.get_by_test_id("guide-close").click()
    yield page
    context.close()


def _fill_in(page: Page) -> None:
    """Open the form as the visitor, and answer every statement."""
    page.locator('[data-action-id="reply.open"]').last.click()
    modal = page.get_by_test_id("modal")
    expect(modal).to_contain_text("No name is kept")
    for select in modal.locator('[data-input-block^="item:"] select').all():
        select.select_option(label="Agree")


def _say_more(page: Page) -> None:
    """Write something that may be quoted."""
    modal = page.get_by_test_id("modal")
    modal.get_by_label("Yes, and it may be quoted").check()
    modal.locator("textarea").fill(WORDS)


def _send(page: Page) -> None:
    page.get_by_test_id("modal-submit").click()
    expect(page.get_by_test_id("modal")).to_contain_text("Saved, without your name")
    page.get_by_test_id("modal-close").click()
    expect(page.get_by_test_id("modal")).to_have_count(0)


def _find(page: Page, words: str) -> None:
    """Search all bytes that the bot has stored for these words."""
    page.get_by_test_id("find-words").fill(words)
    page.get_by_test_id("find-go").click()
    expect(page.get_by_test_id("find-result")).to_contain_text("Every byte of")


def _close_the_round(page: Page) -> None:
    """Let the team answer, and move the clock until the summary is posted."""
    page.get_by_test_id("team-answer").click()
    expect(page.locator(".team-text")).to_contain_text("colleagues have answered", timeout=30_000)
    for day in ("Wed 25", "Thu 26", "Fri 27"):
        page.get_by_test_id("clock-plus-day").click()
        expect(page.get_by_test_id("clock-now")).to_contain_text(day)
    expect(page.get_by_test_id("message").last).to_contain_text("replied, without names", timeout=30_000)


def _take(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    page.screenshot(path=IMAGES / f"{name}.png", animations="disabled", caret="hide")


def _check_sizes() -> None:
    for path in sorted(IMAGES.glob("*.png")):
        size = path.stat().st_size
        print(f"{path.relative_to(ROOT)}  {size / 1000:.0f} kB")
        if size > MOST_BYTES:
            sys.exit(f"{path.name} is larger than {MOST_BYTES // 1000} kB; take it smaller.")


if __name__ == "__main__":
    main()
