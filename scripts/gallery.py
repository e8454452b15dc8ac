"""Write docs/gallery.md and take its pictures from the running demo: ``make gallery``.

The real bot posts every message into the local workspace, from the same objects as the page. The script stops
if a message differs from the page.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

from bot.cli.demo import Demo, demo_of
from bot.config import load_config, load_pack
from bot.core.model import ChannelId, MessageTs, PromptPack, Round
from bot.core.release import Result
from bot.demo.workspace import BOT_USER_ID, Channel
from bot.logs import set_up_logs
from bot.report.sample import SAMPLE_CHANNEL, sample_results
from bot.slack.results.cycle_blocks import asked_trend, resting
from bot.slack.schedule.blocks import GO_ON_TEXT
from scripts.gallery_page import (
    PORTRAIT,
    SIZES,
    decision_of,
    decision_text,
    gallery_page,
    results_of,
    summary_text_of,
)
from scripts.screenshots import CHROMIUM, FLAGS, IMAGES, ROOT, TODAY, Theme

PAGE = ROOT / "docs" / "gallery.md"
MOST_BYTES = 250_000
DESKTOP: ViewportSize = {"width": 1440, "height": 3600}
PHONE: ViewportSize = {"width": 390, "height": 3600}
"""Tall, so that the longest message is seen at once: what has to be scrolled to is not in a picture."""

VISITOR = "U01MAYA"
DECISION_CHANNEL = ChannelId("C0DECIDED001")


def main() -> None:
    """Write the page, take every picture, and refuse pictures that are too large."""
    set_up_logs("error")
    pack = load_pack(ROOT / "prompts" / "belonging")
    PAGE.write_text(gallery_page(pack), encoding="utf-8")
    with (
        sync_playwright() as playwright,
        demo_of(load_config(ROOT / "config.yaml", {}), today=TODAY) as demo,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        _post_everything(demo, pack)
        _take_everything(browser, demo)
        browser.close()
    _check_sizes()


def _post_everything(demo: Demo, pack: PromptPack) -> None:
    """Store the results, and let the bot post them as it does after a crash."""
    for size in SIZES:
        _add_channel(demo, size.channel, f"sample-of-{size.audience}")
        (round_, found), *earlier = results_of(size, pack)
        _store(demo, [*((_posted(before), result) for before, result in earlier), (round_, found)])
    demo.bot.run_due()
    for size in SIZES:
        _insist(demo, size.channel, summary_text_of(size, pack))
    results = sample_results(pack)
    _add_channel(demo, SAMPLE_CHANNEL, "sample-team")
    _store(demo, [(_posted(round_), found) for round_, found in reversed(results)])
    with demo.bot.services.store.transaction("gallery") as tx:
        schedule = replace(tx.list_schedules()[0], channel=SAMPLE_CHANNEL)
    demo.bot.services.messenger.post_cycle(schedule, results)
    _insist(demo, SAMPLE_CHANNEL, resting(results)[0])
    demo.server.act(VISITOR, type="command", channel=SAMPLE_CHANNEL, text="/belonging trend")
    _insist(demo, SAMPLE_CHANNEL, asked_trend(results)[0])
    demo.bot.services.messenger.ask_to_go_on(schedule)
    _insist(demo, SAMPLE_CHANNEL, GO_ON_TEXT)
    _add_channel(demo, DECISION_CHANNEL, "sample-decision")
    (round_, found), norms = decision_of(pack)
    demo.bot.services.messenger.post_summary(replace(round_, channel=DECISION_CHANNEL), found, (), norms)
    _insist(demo, DECISION_CHANNEL, decision_text(pack))


def _add_channel(demo: Demo, channel: ChannelId, name: str) -> None:
    members = [*demo.server.workspace.channel_named("product-team").members, BOT_USER_ID]
    demo.server.workspace.add_channel(Channel(id=channel, name=name, topic="All invented", members=members))


def _posted(round_: Round) -> Round:
    """Return the round as one that was posted long ago."""
    return replace(round_, summary=MessageTs(f"{int(round_.closes_at.timestamp())}.000100"))


def _store(demo: Demo, results: Sequence[Result]) -> None:
    with demo.bot.services.store.transaction("gallery") as tx:
        for round_, found in results:
            tx.insert_round(round_)
            tx.insert_release(found, round_.closes_at)


def _insist(demo: Demo, channel: ChannelId, text: str) -> None:
    """Stop unless the newest message of a channel says this."""
    workspace = demo.server.workspace

    def said(_: object) -> bool:
        messages = workspace.messages.get(channel, [])
        return bool(messages) and messages[-1].text == text

    if not workspace.wait_for(said):
        sys.exit(f"The newest message in {channel} does not say what docs/gallery.md says: {text[:60]}…")


def _take_everything(browser: Browser, demo: Demo) -> None:
    with _page(browser, demo, DESKTOP) as page:
        for size in SIZES:
            _take(_message(page, f"sample-of-{size.audience}"), size.name)
        for name, words in (
            ("cycle", "There is no question this time"),
            ("trend", "In the same words each time"),
            ("go-on", "Shall we go on?"),
        ):
            _take(_message(page, "sample-team", words), name)
        _take(_message(page, "sample-decision"), "decision")
    portrait = next(size for size in SIZES if size.name == PORTRAIT)
    with _page(browser, demo, DESKTOP, theme="dark") as page:
        _take(_message(page, f"sample-of-{portrait.audience}"), f"{PORTRAIT}-dark")
    with _page(browser, demo, PHONE) as page:
        page.get_by_test_id("tab-channels").click()
        _take(_message(page, f"sample-of-{portrait.audience}"), f"{PORTRAIT}-phone")
    with _page(browser, demo, DESKTOP) as page:
        page.get_by_test_id("home-tab").click()
        _take(page.locator(".home-view"), "home")


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


def _message(page: Page, channel: str, words: str = "replied") -> Locator:
    page.get_by_test_id(f"channel-{channel}").click()
    return page.get_by_test_id("message").filter(has_text=words).last


def _take(part: Locator, name: str) -> None:
    expect(part).to_be_visible()
    part.page.mouse.move(0, 0)
    part.screenshot(path=IMAGES / f"gallery-{name}.png", animations="disabled", caret="hide")


def _check_sizes() -> None:
    for path in sorted(IMAGES.glob("gallery-*.png")):
        size = path.stat().st_size
        print(f"{path.relative_to(ROOT)}  {size / 1000:.0f} kB")
        if size > MOST_BYTES:
            sys.exit(f"{path.name} is larger than {MOST_BYTES // 1000} kB; take it smaller.")


if __name__ == "__main__":
    main()
