"""Several workspaces in one local Slack, with the same ids: only team id and token tell them apart."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.demo.server import DemoServer
from bot.demo.workspace import Workspace
from tests.demo.conftest import MANIFEST, make_server, small_workspace
from tests.demo.http_app import HttpApp

ONE, TWO = "T0ONE", "T0TWO"


def named(team: str, name: str, enterprise: str = "") -> Workspace:
    workspace = small_workspace()
    workspace.team_id, workspace.name, workspace.domain = team, name, name.lower()
    workspace.enterprise_id, workspace.enterprise_name = enterprise, "Acme Corp" if enterprise else ""
    return workspace


@pytest.fixture
def slack() -> Iterator[DemoServer]:
    with make_server([named(ONE, "Harbour"), named(TWO, "Meadow")]) as server:
        yield server


@pytest.fixture
def app(slack: DemoServer, tmp_path: Path) -> Iterator[HttpApp]:
    with HttpApp(slack, tmp_path) as app:
        yield app


def client_of(slack: DemoServer, token: str) -> WebClient:
    return WebClient(token=token, base_url=slack.api_url)


def refusal(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        call()
    return str(caught.value.response["error"])


def test_before_anyone_installs_it_the_app_has_no_token_and_hears_nothing(
    slack: DemoServer, app: HttpApp
) -> None:
    assert "invalid_auth" == refusal(client_of(slack, slack.bot_token).auth_test)
    for act in ({"type": "open_home"}, {"type": "command", "channel": "COPEN", "text": "/belonging"}):
        assert not slack.act("UANN", team_id=TWO, **act)["ok"]
    assert [] == app.heard


def test_each_installation_has_a_token_of_its_own(slack: DemoServer, app: HttpApp) -> None:
    assert 200 == slack.install(TWO).status
    assert 200 == slack.install(ONE).status

    tokens = [found.bot_token or "" for team in (ONE, TWO) if (found := app.installation(team))]
    assert 2 == len(set(tokens))
    assert slack.bot_token == tokens[0]
    assert [ONE, TWO] == [client_of(slack, token).auth_test()["team_id"] for token in tokens]


def test_a_token_reads_and_writes_in_its_own_workspace_only(slack: DemoServer) -> None:
    one, two = (client_of(slack, slack.grant(team)) for team in (ONE, TWO))
    slack.sites[TWO].workspace.channels["COPEN"].name = "meadow"
    slack.sites[TWO].workspace.members["UANN"].name = "Ann of Meadow"

    two.chat_postMessage(channel="COPEN", text="only in Meadow")

    assert {} == slack.sites[ONE].workspace.messages
    assert [["only in Meadow"]] == [
        [m.text for m in found] for found in slack.sites[TWO].workspace.messages.values()
    ]
    assert ["open", "meadow"] == [
        one_of.conversations_info(channel="COPEN")["channel"]["name"] for one_of in (one, two)
    ]
    assert ["Ann Example", "Ann of Meadow"] == [
        one_of.users_info(user="UANN")["user"]["real_name"] for one_of in (one, two)
    ]


def test_a_trigger_and_a_view_of_one_workspace_are_unknown_in_the_other(
    slack: DemoServer, app: HttpApp, modal: Any
) -> None:
    one, two = (client_of(slack, slack.grant(team)) for team in (ONE, TWO))
    triggers = []
    for team in (ONE, TWO):
        slack.act("UANN", team_id=team, type="command", channel="COPEN", text="/belonging")
        triggers.append(app.heard[-1]["trigger_id"])
    assert triggers[0] != triggers[1]

    assert "invalid_trigger_id" == refusal(lambda: two.views_open(trigger_id=triggers[0], view=modal()))
    view = one.views_open(trigger_id=triggers[0], view=modal())["view"]["id"]

    assert "not_found" == refusal(lambda: two.views_update(view_id=view, view=modal()))
    assert [] == slack.sites[TWO].workspace.all_views()


def test_a_response_url_answers_in_its_own_workspace(slack: DemoServer, app: HttpApp) -> None:
    slack.grant(ONE)
    slack.grant(TWO)
    slack.act("UANN", team_id=TWO, type="command", channel="COPEN", text="/belonging")
    url = app.heard[-1]["response_url"]

    assert "ok" == httpx.post(url, json={"text": "here"}).text
    assert 404 == httpx.post(url.replace(TWO, ONE), json={"text": "there"}).status_code
    assert 404 == httpx.post(url.replace(TWO, "T0NONE"), json={"text": "nowhere"}).status_code
    assert {} == slack.sites[ONE].workspace.messages


def test_a_team_id_of_another_workspace_is_refused(slack: DemoServer) -> None:
    one = client_of(slack, slack.grant(ONE))
    assert one.users_list(team_id=ONE)["ok"]
    assert "team_access_not_granted" == refusal(lambda: one.users_list(team_id=TWO))
    assert "invalid_arguments" == refusal(
        lambda: one.api_call("users.info", params={"user": "UANN", "team_id": TWO})
    )


def test_conversations_list_shows_public_channels_and_the_private_ones_of_the_bot(slack: DemoServer) -> None:
    one = client_of(slack, slack.grant(ONE))
    types = "public_channel,private_channel"
    found = {channel["id"] for channel in one.conversations_list(types=types)["channels"]}
    assert {"COPEN", "CELSE", "CCLOSED", "CPAST"} == found
    assert "CPAST" not in str(one.conversations_list(exclude_archived=True)["channels"])


def test_what_people_do_names_their_workspace(slack: DemoServer, app: HttpApp, modal: Any) -> None:
    for team in (ONE, TWO):
        client = client_of(slack, slack.grant(team))
        slack.act("UANN", team_id=team, type="command", channel="COPEN", text="/belonging help")
        client.views_open(trigger_id=app.heard[-1]["trigger_id"], view=modal())
        (view,) = slack.sites[team].workspace.stack("UANN")
        slack.act(
            "UANN",
            team_id=team,
            type="view_submit",
            view_id=view.id,
            state={"text": {"word": {"type": "plain_text_input", "value": "hello"}}},
        )
        slack.send_event({"type": "app_home_opened", "user": "UANN"}, team_id=team)

        command, submission, event = app.heard[-3:]
        assert (team, "false") == (command["team_id"], command["is_enterprise_install"])
        assert "enterprise_id" not in command
        assert ({"id": team, "domain": command["team_domain"]}, None, False) == (
            submission["team"],
            submission["enterprise"],
            submission["is_enterprise_install"],
        )
        assert (team, team) == (submission["view"]["team_id"], submission["view"]["app_installed_team_id"])
        assert (team, None) == (event["team_id"], event["context_enterprise_id"])
        assert [
            {
                "enterprise_id": None,
                "team_id": team,
                "user_id": "U0BELONG",
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ] == event["authorizations"]


def test_faults_and_rate_limits_are_those_of_one_workspace(slack: DemoServer) -> None:
    one, two = (client_of(slack, slack.grant(team)) for team in (ONE, TWO))
    slack.fail_next("auth.test", error="fatal_error", team_id=TWO)
    assert one.auth_test()["ok"]
    assert "fatal_error" == refusal(two.auth_test)
    for site in slack.sites.values():
        site.rate_limits = True
    one.chat_postMessage(channel="COPEN", text="first")
    two.chat_postMessage(channel="COPEN", text="first")
    assert "ratelimited" == refusal(lambda: one.chat_postMessage(channel="COPEN", text="second"))


def test_all_workspaces_share_the_clock_and_each_bot_is_told_once(slack: DemoServer) -> None:
    told: list[str] = []
    slack.sites[ONE].hooks.on_time = slack.sites[TWO].hooks.on_time = lambda: told.append("both")
    before = [site.workspace.revision for site in slack.sites.values()]

    httpx.post(f"{slack.url}/control/clock", json={"advance_s": 60})

    assert ["both"] == told
    assert all(site.workspace.revision > old for site, old in zip(slack.sites.values(), before, strict=True))


def test_uninstalling_ends_the_token_and_the_bots_membership_in_channels(
    slack: DemoServer, app: HttpApp
) -> None:
    one, two = (client_of(slack, slack.grant(team)) for team in (ONE, TWO))
    slack.uninstall(TWO, events=())
    assert "account_inactive" == refusal(two.auth_test)
    assert one.auth_test()["ok"]
    assert [] == app.heard
    assert "U0BELONG" not in slack.sites[TWO].workspace.channels["COPEN"].members
    assert "U0BELONG" in slack.sites[ONE].workspace.channels["COPEN"].members

    again = slack.grant(TWO)
    assert again != two.token
    assert "account_inactive" == refusal(two.auth_test)
    slack.uninstall(TWO, error="token_revoked")
    assert "token_revoked" == refusal(client_of(slack, again).auth_test)
    with pytest.raises(ValueError, match="not installed"):
        slack.uninstall(TWO)


@pytest.mark.parametrize(
    "order", [("tokens_revoked", "app_uninstalled"), ("app_uninstalled", "tokens_revoked")]
)
def test_the_events_of_an_uninstall_come_in_the_order_of_the_test(tmp_path: Path, order: Any) -> None:
    manifest: dict[str, Any] = MANIFEST | {"settings": {"event_subscriptions": {"bot_events": list(order)}}}
    two = named(TWO, "Meadow", "E0ACME")
    with make_server([named(ONE, "Harbour"), two], manifest) as slack, HttpApp(slack, tmp_path) as app:
        slack.grant(ONE)
        slack.grant(TWO)
        slack.uninstall(ONE, events=order)
        slack.uninstall(TWO, events=order)

    assert [*order, *order] == [payload["event"]["type"] for payload in app.heard]
    assert [ONE, ONE, TWO, TWO] == [payload["team_id"] for payload in app.heard]
    assert [None, None, "E0ACME", "E0ACME"] == [payload.get("enterprise_id") for payload in app.heard]
    revoked = next(payload for payload in app.heard if payload["event"]["type"] == "tokens_revoked")
    assert {"oauth": [], "bot": ["U0BELONG"]} == revoked["event"]["tokens"]
    assert "authorizations" not in revoked


def test_two_workspaces_with_the_same_team_id_are_refused() -> None:
    with pytest.raises(ValueError, match="same team id"):
        make_server([named(ONE, "Harbour"), named(ONE, "Meadow")])
