"""Installing an app as Slack lets one install it: Bolt's own flow, and what Slack refuses."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.demo.install_flow import AUTHORIZE, WrongPageError
from bot.demo.server import DemoServer
from tests.demo.conftest import make_server, small_workspace
from tests.demo.http_app import SCOPES, HttpApp

TEAM = "T0TESTTEAM"
BACK = "https://app.example/slack/oauth_redirect"


@pytest.fixture
def slack() -> Iterator[DemoServer]:
    """A workspace in which the app is not installed."""
    with make_server([small_workspace()]) as server:
        server.redirect_urls.append("https://app.example/slack")
        yield server


@pytest.fixture
def app(slack: DemoServer, tmp_path: Path) -> Iterator[HttpApp]:
    with HttpApp(slack, tmp_path) as app:
        yield app


def asking(slack: DemoServer, **more: str) -> dict[str, str]:
    """What a well-behaved app puts into the link."""
    asked = {"client_id": slack.client_id, "scope": ",".join(SCOPES), "redirect_uri": BACK, "state": "s1"}
    return {name: value for name, value in (asked | more).items() if value != "-"}


def shown(slack: DemoServer, **more: str) -> httpx.Response:
    return httpx.get(slack.url + AUTHORIZE, params=asking(slack, **more))


def decided(slack: DemoServer, decision: str = "allow", place: str = TEAM, **more: str) -> httpx.Response:
    form = asking(slack, **more) | {"place": place, "decision": decision}
    return httpx.post(slack.url + AUTHORIZE, data=form, headers={"Origin": slack.url})


def code_of(slack: DemoServer, **more: str) -> str:
    return parse_qs(urlsplit(decided(slack, **more).headers["location"]).query)["code"][0]


def exchange(slack: DemoServer, code: str, **more: str) -> Any:
    credentials = {"client_id": slack.client_id, "client_secret": slack.client_secret, "redirect_uri": BACK}
    return WebClient(base_url=slack.api_url).oauth_v2_access(**(credentials | {"code": code} | more)).data


def refusal(slack: DemoServer, code: str, **more: str) -> str:
    with pytest.raises(SlackApiError) as caught:
        exchange(slack, code, **more)
    return str(caught.value.response["error"])


def test_bolts_own_flow_installs_the_app(slack: DemoServer, app: HttpApp) -> None:
    page = slack.install(TEAM)

    assert (200, "Thank you!") == (page.status, page.text[page.text.index("Thank") :][:10])
    found = app.installation(TEAM)
    assert found
    assert (TEAM, "Test team", "U0BELONG", "B0BELONG") == (
        found.team_id,
        found.team_name,
        found.bot_user_id,
        found.bot_id,
    )
    assert slack.bot_token == found.bot_token
    assert sorted(SCOPES) == list(found.bot_scopes or ())
    assert found.user_token is None


def test_the_answer_of_oauth_v2_access_is_slacks(slack: DemoServer) -> None:
    answer = exchange(slack, code_of(slack))

    assert {
        "ok": True,
        "app_id": "A0BELONG",
        "authed_user": {"id": "UANN"},
        "scope": ",".join(sorted(SCOPES)),
        "token_type": "bot",
        "access_token": slack.bot_token,
        "bot_user_id": "U0BELONG",
        "team": {"id": TEAM, "name": "Test team"},
        "enterprise": None,
        "is_enterprise_install": False,
    } == answer


def test_whoever_cancels_is_sent_back_with_access_denied(slack: DemoServer, app: HttpApp) -> None:
    location = urlsplit(decided(slack, "cancel").headers["location"])
    assert {"error": ["access_denied"], "state": ["s1"]} == parse_qs(location.query)

    assert "access_denied" in slack.install(TEAM, allow=False).text
    assert app.installation(TEAM) is None


def test_a_browser_that_the_app_does_not_know_installs_nothing(slack: DemoServer, app: HttpApp) -> None:
    assert 400 == slack.install(TEAM, keeps_cookies=False).status
    assert app.installation(TEAM) is None


def test_a_page_before_slacks_may_lead_to_it_in_two_steps(slack: DemoServer, app: HttpApp) -> None:
    app.page = '<a href="/help">Help</a><a href="https://app.example/slack/install?start=1">Add to Slack</a>'
    assert 200 == slack.install(TEAM).status
    assert app.installation(TEAM)


def test_the_callback_works_once(slack: DemoServer, app: HttpApp) -> None:
    page = slack.install(TEAM)
    state = parse_qs(urlsplit(page.path).query)["state"][0]
    cookies = {"Cookie": f"slack-app-oauth-state={state}"}

    assert 401 == httpx.get(app.url + page.path, headers=cookies).status_code


def test_an_app_page_that_leads_nowhere_is_an_error_of_the_test(slack: DemoServer, app: HttpApp) -> None:
    app.flow.settings.authorize_url_generator.authorization_url = "https://elsewhere.example/"
    with pytest.raises(WrongPageError, match="no link to /oauth/v2/authorize"):
        slack.install(TEAM)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"client_id": "-"}, "invalid_client_id"),
        ({"redirect_uri": "https://evil.example/slack/oauth_redirect"}, "bad_redirect_uri"),
        ({"redirect_uri": "https://app.example/slacker"}, "bad_redirect_uri"),
        ({"redirect_uri": "https://app.example/slack/../evil"}, "bad_redirect_uri"),
        ({"redirect_uri": "http://app.example/slack/oauth_redirect"}, "bad_redirect_uri"),
        ({"redirect_uri": "https://app.example@evil.example/slack"}, "bad_redirect_uri"),
        ({"scope": "chat:write,files:read"}, "invalid_scope"),
        ({"scope": ""}, "no_scopes"),
        ({"user_scope": "chat:write"}, "invalid_scope"),
        ({"granted": "all"}, "invalid_arguments"),
    ],
)
def test_slack_shows_an_error_page_and_asks_nobody(
    slack: DemoServer, changed: dict[str, str], code: str
) -> None:
    for answer in (shown(slack, **changed), decided(slack, **changed)):
        assert (400, True) == (answer.status_code, code in answer.text)


def test_the_page_says_what_is_asked_and_where(slack: DemoServer) -> None:
    page = shown(slack, user_scope="").text

    assert "Test Bot is requesting permission" in page
    assert "View people in your workspace" in page
    assert 'value="T0TESTTEAM" required checked' in page


def test_what_an_app_puts_into_the_link_is_shown_as_text(slack: DemoServer) -> None:
    assert "<b>" not in shown(slack, state='"><b>').text.split("<form")[1].split("<img")[0]


def test_no_page_elsewhere_can_press_allow(slack: DemoServer) -> None:
    form = asking(slack) | {"place": TEAM, "decision": "allow"}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert 403 == httpx.post(slack.url + AUTHORIZE, data=form, headers=headers).status_code
    assert 200 == shown(slack).status_code


def test_a_link_of_the_app_may_be_followed(slack: DemoServer) -> None:
    marks = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert 200 == httpx.get(slack.url + AUTHORIZE, params=asking(slack), headers=marks).status_code


def test_there_is_no_workspace_of_that_name(slack: DemoServer) -> None:
    assert 400 == decided(slack, place="T0ELSEWHERE").status_code


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"client_secret": "wrong"}, "bad_client_secret"),
        ({"code": "1.2.3"}, "invalid_code"),
        ({"redirect_uri": "https://app.example/slack/other"}, "bad_redirect_uri"),
        ({"grant_type": "refresh_token"}, "invalid_grant_type"),
    ],
)
def test_a_code_is_exchanged_only_with_what_belongs_to_it(
    slack: DemoServer, changed: dict[str, str], error: str
) -> None:
    code = code_of(slack)
    assert error == refusal(slack, **({"code": code} | changed))
    assert exchange(slack, code)["ok"], "what was refused has not used the code up"


def test_a_code_is_exchanged_once(slack: DemoServer) -> None:
    code = code_of(slack)
    exchange(slack, code)
    assert "code_already_used" == refusal(slack, code)


def test_a_code_lives_for_ten_minutes(slack: DemoServer) -> None:
    old, older = code_of(slack), code_of(slack)
    slack.advance(timedelta(minutes=10))
    exchange(slack, old)
    slack.advance(timedelta(seconds=1))
    assert "invalid_code" == refusal(slack, older)


def test_the_credentials_may_stand_in_the_form(slack: DemoServer) -> None:
    form = {"client_id": slack.client_id, "client_secret": slack.client_secret, "code": code_of(slack)}
    answer = httpx.post(f"{slack.api_url}oauth.v2.access", data=form | {"redirect_uri": BACK}).json()
    assert answer["access_token"] == slack.bot_token
    assert not {"client_secret", "code"} & slack.workspace.calls[-1].args.keys(), "no secret is kept"


def test_without_a_redirect_uri_the_first_registered_one_counts(slack: DemoServer) -> None:
    answer = decided(slack, redirect_uri="-")
    assert answer.headers["location"].startswith("https://app.example/slack?code=")
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    assert "bad_redirect_uri" == refusal(slack, code)
    assert exchange(slack, code, redirect_uri="")["ok"]


def test_fewer_scopes_are_granted_if_a_person_changes_the_link(slack: DemoServer, app: HttpApp) -> None:
    slack.install(TEAM, scopes=["commands"])

    client = WebClient(token=slack.bot_token, base_url=slack.api_url)
    assert "commands" == client.auth_test().headers["x-oauth-scopes"]
    with pytest.raises(SlackApiError, match="missing_scope"):
        client.users_list()


def test_installing_again_returns_the_same_token_with_the_scopes_of_both(slack: DemoServer) -> None:
    first = exchange(slack, code_of(slack, scope="commands"))
    second = exchange(slack, code_of(slack, scope="users:read"))

    assert first["access_token"] == second["access_token"]
    assert "commands,users:read" == second["scope"]
