"""An app in a whole organization: one token, ``team_id`` where Slack needs it, payloads without a team."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.demo.server import DemoServer
from bot.demo.site import SlackRefusal
from bot.demo.workspace import BOT_USER_ID, Channel
from tests.demo.conftest import MANIFEST, make_server
from tests.demo.http_app import HttpApp
from tests.demo.test_several_workspaces import ONE, TWO, named, refusal

ACME, ALONE = "E0ACME", "T0ALONE"


def for_organizations() -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(json.dumps(MANIFEST))
    manifest["settings"]["org_deploy_enabled"] = True
    manifest["settings"]["event_subscriptions"]["bot_events"] += ["app_uninstalled", "tokens_revoked"]
    return manifest


@pytest.fixture
def slack() -> Iterator[DemoServer]:
    """Two workspaces of an organization, and one of no organization."""
    one, two = named(ONE, "Harbour", ACME), named(TWO, "Meadow", ACME)
    two.channels["CONLYTWO"] = Channel(id="CONLYTWO", name="meadow", members=["UBEN", BOT_USER_ID])
    with make_server([one, two, named(ALONE, "Alone")], for_organizations()) as server:
        yield server


@pytest.fixture
def app(slack: DemoServer, tmp_path: Path) -> Iterator[HttpApp]:
    with HttpApp(slack, tmp_path) as app:
        yield app


@pytest.fixture
def bot(slack: DemoServer) -> WebClient:
    return WebClient(token=slack.grant(ACME, organization=True), base_url=slack.api_url)


def test_bolts_own_flow_installs_the_app_in_the_organization(slack: DemoServer, app: HttpApp) -> None:
    assert 200 == slack.install(TWO, organization=True).status

    found = app.installation(None, ACME)
    assert found
    assert (True, None, ACME, "Acme Corp") == (
        found.is_enterprise_install,
        found.team_id,
        found.enterprise_id,
        found.enterprise_name,
    )
    assert "https://acme-corp.enterprise.slack.com/" == found.enterprise_url


def test_a_workspace_of_an_organization_may_install_the_app_by_itself(
    slack: DemoServer, app: HttpApp
) -> None:
    slack.install(TWO)

    found = app.installation(TWO, ACME)
    assert found
    assert (False, TWO, ACME) == (found.is_enterprise_install, found.team_id, found.enterprise_id)
    assert [False, True] == [slack.sites[team].installed for team in (ONE, TWO)]
    slack.act("UANN", team_id=TWO, type="open_home")
    assert slack.workspace.wait_for(lambda _: bool(app.heard))
    (event,) = app.heard
    assert (TWO, ACME) == (event["team_id"], event["enterprise_id"])
    assert (TWO, ACME, False) == tuple(
        event["authorizations"][0][name] for name in ("team_id", "enterprise_id", "is_enterprise_install")
    )


def test_what_the_organization_has_installed_no_workspace_installs(slack: DemoServer, app: HttpApp) -> None:
    slack.grant(ONE, organization=True)

    assert slack.install(TWO).status >= 400
    with pytest.raises(SlackRefusal, match="cannot_install_an_org_installed_app"):
        slack.grant(TWO)
    assert slack.grant(ALONE)


def test_without_leave_in_the_manifest_no_organization_installs_the_app(tmp_path: Path) -> None:
    with make_server([named(ONE, "Harbour", ACME)]) as slack, HttpApp(slack, tmp_path) as app:
        assert 400 == slack.install(ONE, organization=True).status
        with pytest.raises(ValueError, match="org_deploy_enabled"):
            slack.grant(ACME, organization=True)
        assert app.installation(None, ACME) is None


def test_a_workspace_of_no_organization_cannot_stand_for_one(slack: DemoServer) -> None:
    with pytest.raises(ValueError, match="no organization"):
        slack.grant(ALONE, organization=True)


def test_auth_test_tells_of_the_organization(bot: WebClient) -> None:
    answer = bot.auth_test()
    assert (ACME, ACME, "Acme Corp", True, "B0BELONG") == tuple(
        answer[name] for name in ("team_id", "enterprise_id", "team", "is_enterprise_install", "bot_id")
    )


@pytest.mark.parametrize("method", ["users.list", "users.conversations", "conversations.list"])
def test_what_lists_needs_a_team_id(bot: WebClient, method: str) -> None:
    assert "missing_argument" == refusal(lambda: bot.api_call(method))
    for foreign in (ALONE, "T0NONE", ACME):
        assert "team_access_not_granted" == refusal(
            lambda team=foreign: bot.api_call(method, params={"team_id": team})
        )
    assert bot.api_call(method, params={"team_id": TWO})["ok"]


def test_lists_are_those_of_the_workspace_that_is_named(bot: WebClient) -> None:
    found = [
        [channel["id"] for channel in bot.users_conversations(team_id=team)["channels"]]
        for team in (ONE, TWO)
    ]
    assert [["COPEN", "CPAST"], ["COPEN", "CPAST", "CONLYTWO"]] == found


def test_a_channel_is_found_in_whichever_workspace_it_is(slack: DemoServer, bot: WebClient) -> None:
    assert "meadow" == bot.conversations_info(channel="CONLYTWO")["channel"]["name"]
    bot.chat_postMessage(channel="CONLYTWO", text="hello")
    assert ["CONLYTWO"] == list(slack.sites[TWO].workspace.messages)
    assert {} == slack.sites[ONE].workspace.messages
    slack.sites[ALONE].workspace.channels["CALONE"] = Channel(
        id="CALONE", name="alone", members=[BOT_USER_ID]
    )
    assert "channel_not_found" == refusal(lambda: bot.conversations_info(channel="CALONE"))


def test_a_client_that_adds_a_team_to_every_call_means_that_workspace(
    slack: DemoServer, bot: WebClient
) -> None:
    client = WebClient(token=bot.token, base_url=slack.api_url, team_id=TWO)
    client.chat_postMessage(channel="COPEN", text="hello")
    assert ["COPEN"] == list(slack.sites[TWO].workspace.messages)


def test_people_know_the_workspaces_of_the_organization_that_they_are_in(
    slack: DemoServer, bot: WebClient
) -> None:
    del slack.sites[ONE].workspace.members["UBEN"]

    ann, ben = (bot.users_info(user=user)["user"] for user in ("UANN", "UBEN"))

    assert {
        "id": "UANN",
        "enterprise_id": ACME,
        "enterprise_name": "Acme Corp",
        "is_admin": False,
        "is_owner": False,
        "teams": [ONE, TWO],
    } == ann["enterprise_user"]
    assert (TWO, [TWO]) == (ben["team_id"], ben["enterprise_user"]["teams"])


def test_the_home_tab_of_a_person_is_the_same_in_each_workspace(slack: DemoServer, bot: WebClient) -> None:
    bot.views_publish(user_id="UANN", view={"type": "home", "blocks": [{"type": "divider"}]})
    assert [["UANN"], ["UANN"], []] == [list(site.workspace.homes) for site in slack.sites.values()]


def test_what_people_do_names_the_organization(
    slack: DemoServer, bot: WebClient, app: HttpApp, modal: Any
) -> None:
    slack.act("UANN", team_id=TWO, type="command", channel="COPEN", text="/belonging")
    command = app.heard[-1]
    bot.views_open(trigger_id=command["trigger_id"], view=modal())
    (view,) = slack.sites[TWO].workspace.stack("UANN")
    state = {"text": {"word": {"type": "plain_text_input", "value": "hello"}}}
    slack.act("UANN", team_id=TWO, type="view_submit", view_id=view.id, state=state)
    submission = app.heard[-1]
    slack.send_event({"type": "app_home_opened", "user": "UANN"}, team_id=TWO)
    event = app.heard[-1]

    assert (TWO, ACME, "Acme Corp", "true") == tuple(
        command[name] for name in ("team_id", "enterprise_id", "enterprise_name", "is_enterprise_install")
    )
    assert (None, {"id": ACME, "name": "Acme Corp"}, True) == tuple(
        submission[name] for name in ("team", "enterprise", "is_enterprise_install")
    )
    assert TWO == submission["user"]["team_id"]
    assert (TWO, ACME) == (submission["view"]["team_id"], submission["view"]["app_installed_team_id"])
    assert (TWO, ACME, ACME) == (event["team_id"], event["enterprise_id"], event["context_enterprise_id"])
    assert [
        {
            "enterprise_id": ACME,
            "team_id": None,
            "user_id": "U0BELONG",
            "is_bot": True,
            "is_enterprise_install": True,
        }
    ] == event["authorizations"]


def test_uninstalling_from_the_organization_names_no_workspace(
    slack: DemoServer, bot: WebClient, app: HttpApp
) -> None:
    slack.uninstall(ACME)

    assert "account_inactive" == refusal(bot.auth_test)
    assert ["tokens_revoked", "app_uninstalled"] == [payload["event"]["type"] for payload in app.heard]
    assert all(payload["enterprise_id"] == ACME and "team_id" not in payload for payload in app.heard)
    assert not any(site.installed for site in slack.sites.values())


def test_an_unknown_view_of_the_organization_is_not_found(bot: WebClient, modal: Any) -> None:
    with pytest.raises(SlackApiError, match="not_found"):
        bot.views_update(view_id="V0NONE", view=modal())
