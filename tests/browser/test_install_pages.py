"""The pages around an installation in a real browser: accessible, in both themes, and under their policy."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from bot.slack.install.pages import Failure, failed_page, install_page, installed_page, page_headers
from bot.slack.install.scopes import bot_scopes
from tests.browser.axe import hits
from tests.slack.install.test_pages import INSTALLATION, START

pytestmark = pytest.mark.browser

PAGES = {
    "install": install_page(START, bot_scopes()),
    "installed": installed_page(INSTALLATION, START),
    "failed": failed_page(Failure.SCOPES, START, missing=["commands"]),
}
ADDRESS = "https://belonging.example.org/"


@pytest.fixture
def heard() -> list[str]:
    """What the browser complains of, such as what the policy forbids."""
    return []


@pytest.fixture
def page(browser: Browser, heard: list[str]) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    page.on("console", lambda message: heard.append(message.text))
    page.route("**/*", _answer)
    yield page
    context.close()


def _answer(route: Route) -> None:
    name = route.request.url.removeprefix(ADDRESS)
    route.fulfill(status=200, body=PAGES[name], headers=page_headers())


@pytest.mark.parametrize("name", list(PAGES))
def test_a_page_keeps_to_its_policy_and_looks_as_it_should(page: Page, heard: list[str], name: str) -> None:
    page.goto(f"{ADDRESS}{name}")

    assert [] == heard
    assert page.evaluate("getComputedStyle(document.querySelector('.button')).borderRadius") == "12px"


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("name", list(PAGES))
def test_no_page_is_wider_than_the_window(page: Page, name: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{ADDRESS}{name}")

    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", list(PAGES))
def test_axe_finds_nothing(page: Page, name: str) -> None:
    page.set_content(PAGES[name])  # the policy would refuse axe itself

    assert [] == hits(page, name)
