"""A real Chromium and a running local workspace for the tests of the page."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from bot.cli.demo import Demo, demo_of
from bot.config import load_config
from bot.demo.workspace import demo_workspace
from tests.patience import PATIENCE_S
from tests.world import in_english

ROOT = Path(__file__).resolve().parents[2]
TODAY = datetime(2026, 11, 24, 12, tzinfo=UTC)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def chromium() -> str:
    """Where the system's Chromium is; without one a test is skipped, but in CI it fails."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    reason = "no Chromium on this machine (Debian: apt-get install chromium)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE_S * 1000)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
    yield browser
    browser.close()


@pytest.fixture
def demo() -> Iterator[Demo]:
    """The demo as ``belonging demo`` starts it, on a fixed day; everybody has set Slack to English."""
    workspace = in_english(demo_workspace())
    with demo_of(load_config(ROOT / "config.yaml", {}), today=TODAY, workspace=workspace) as demo:
        yield demo


def page_of(browser: Browser, demo: Demo, viewport: dict[str, int]) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": viewport["width"], "height": viewport["height"]}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(demo.server.url)
    yield page
    context.close()
    assert [] == complaints


@pytest.fixture
def page(browser: Browser, demo: Demo) -> Iterator[Page]:
    yield from page_of(browser, demo, DESKTOP)


@pytest.fixture
def phone(browser: Browser, demo: Demo) -> Iterator[Page]:
    yield from page_of(browser, demo, PHONE)
