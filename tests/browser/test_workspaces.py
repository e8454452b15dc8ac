"""Several workspaces in one page, and the page on which a person allows the app."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.demo.server import DemoServer
from bot.demo.workspace import Workspace, demo_workspace
from tests.browser.axe import WIDTHS, hits
from tests.browser.conftest import PHONE
from tests.demo.conftest import make_server
from tests.demo.http_app import SCOPES, HttpApp
from tests.demo.test_organizations import for_organizations
from tests.world import in_english

pytestmark = pytest.mark.browser
ONE, TWO = "T0HARBOUR", "T0MEADOW"


def named(team: str, name: str, enterprise: str = "") -> Workspace:
    workspace = in_english(demo_workspace())
    workspace.team_id, workspace.name, workspace.enterprise_id = team, name, enterprise
    workspace.enterprise_name = "Northern Coast" if enterprise else ""
    return workspace


@pytest.fixture
def slack() -> Iterator[DemoServer]:
    with make_server(
        [named(ONE, "Harbour Studio"), named(TWO, "Meadow Works", "E0COAST")], for_organizations()
    ) as server:
        server.grant(ONE)
        yield server


@pytest.fixture
def app(slack: DemoServer, tmp_path: Path) -> Iterator[HttpApp]:
    with HttpApp(slack, tmp_path) as app:
        yield app


@pytest.fixture
def page(browser: Browser, slack: DemoServer) -> Iterator[Page]:
    width, height = WIDTHS[0]
    page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
    page.set_default_timeout(10_000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield page
    page.context.close()
    assert [] == complaints


def question_of(slack: DemoServer, app: HttpApp) -> str:
    asked = {
        "client_id": slack.client_id,
        "scope": ",".join(SCOPES),
        "redirect_uri": f"{app.url}/slack/oauth_redirect",
    }
    return f"{slack.url}/oauth/v2/authorize?{urlencode(asked)}"


def test_two_workspaces_stand_side_by_side_each_with_its_own_people(page: Page, slack: DemoServer) -> None:
    page.goto(slack.url)
    one, two = (
        page.frame_locator(f"iframe[title='Slack of {name}']") for name in ("Harbour Studio", "Meadow Works")
    )
    for pane in (page.get_by_test_id(f"pane-{team}") for team in (ONE, TWO)):
        expect(pane).to_be_visible()
    expect(one.get_by_test_id("person-switch")).to_contain_text("Maya")

    one.get_by_test_id("person-switch").click()
    one.get_by_test_id("person-kwame").click()

    expect(one.get_by_test_id("person-switch")).to_contain_text("Kwame")
    page.reload()
    expect(one.get_by_test_id("person-switch")).to_contain_text("Kwame")
    expect(two.get_by_test_id("person-switch")).to_contain_text("Maya")


def test_the_clock_of_one_moves_both(page: Page, slack: DemoServer) -> None:
    page.goto(slack.url)
    one, two = (page.frame_locator(f"#pane-{team} iframe") for team in (ONE, TWO))
    expect(two.locator(".clock-now")).to_contain_text("24 Nov")

    one.get_by_test_id("clock-plus-day").click()

    expect(one.locator(".clock-now")).to_contain_text("25 Nov")
    expect(two.locator(".clock-now")).to_contain_text("25 Nov")


def test_a_person_uninstalls_and_installs_in_a_pane(page: Page, slack: DemoServer, app: HttpApp) -> None:
    page.goto(slack.url)
    pane = page.get_by_test_id(f"pane-{ONE}")
    pane.get_by_test_id("uninstall").click()
    assert slack.sites[ONE].installed, "it asks once more"
    pane.get_by_test_id("uninstall").click()
    expect(pane).to_contain_text("not installed")

    with page.expect_popup() as opened:
        pane.get_by_test_id("install").click()
    question = opened.value
    question.get_by_role("link").click()
    question.get_by_label("Harbour Studio").check()
    question.get_by_role("button", name="Allow").click()

    expect(question.get_by_text("Thank you!")).to_be_visible()
    expect(pane.get_by_test_id("uninstall")).to_be_visible()
    expect(page.frame_locator(f"#pane-{ONE} iframe").locator("#room-head")).to_contain_text("product-team")
    assert app.installation(ONE)


def test_whoever_cancels_comes_back_to_the_app(browser: Browser, slack: DemoServer, app: HttpApp) -> None:
    page = browser.new_page()
    page.goto(question_of(slack, app))
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_url(f"{app.url}/slack/oauth_redirect?error=access_denied")
    page.close()


def test_on_a_phone_the_workspaces_lie_behind_tabs(browser: Browser, slack: DemoServer) -> None:
    page = browser.new_page(viewport={"width": PHONE["width"], "height": PHONE["height"]})
    page.goto(slack.url)
    expect(page.get_by_test_id(f"pane-{ONE}")).to_be_visible()
    expect(page.get_by_test_id(f"pane-{TWO}")).to_be_hidden()

    page.get_by_test_id(f"tab-{TWO}").click()

    expect(page.get_by_test_id(f"pane-{ONE}")).to_be_hidden()
    expect(page.frame_locator(f"#pane-{TWO} iframe").get_by_test_id("person-switch")).to_be_visible()
    page.close()


def test_another_theme_reaches_every_pane(page: Page, slack: DemoServer) -> None:
    page.goto(slack.url)
    within = page.frame_locator(f"#pane-{TWO} iframe")
    expect(within.get_by_test_id("person-switch")).to_be_visible()
    expect(within.get_by_test_id("theme-toggle")).to_have_count(0)

    page.get_by_test_id("theme-toggle").click()

    expect(within.locator("html")).to_have_attribute("data-theme", "dark")


def test_axe_finds_nothing(page: Page, slack: DemoServer, app: HttpApp) -> None:
    found: list[str] = []
    page.goto(slack.url)
    expect(page.get_by_test_id(f"pane-{TWO}")).to_be_visible()
    found += hits(page, "side by side")
    page.goto(question_of(slack, app))
    found += hits(page, "the question")

    assert [] == found


def test_axe_finds_nothing_where_slack_refuses(browser: Browser, slack: DemoServer, app: HttpApp) -> None:
    page = browser.new_page(reduced_motion="reduce")
    page.goto(f"{slack.url}/oauth/v2/authorize")
    assert [] == hits(page, "refused")
    page.close()
