"""The Web API over HTTP, as slack_sdk speaks to it."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.demo.people import Member
from bot.demo.server import DemoServer
from bot.demo.workspace import BOT_USER_ID, Channel, Message, make_workspace

Servers = Callable[..., DemoServer]


def refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(SlackApiError) as caught:
        call()
    return str(caught.value.response["error"])


def client_of(server: DemoServer, token: str | None = None) -> WebClient:
    return WebClient(token=token or server.bot_token, base_url=server.api_url)


def test_auth_test_tells_who_the_bot_is(bot: WebClient) -> None:
    answer = bot.auth_test()
    assert (answer["user_id"], answer["bot_id"]) == (BOT_USER_ID, "B0BELONG")


@pytest.mark.parametrize(("token", "error"), [("", "not_authed"), ("xoxb-else", "invalid_auth")])
def test_a_call_without_the_right_token_is_refused(server: DemoServer, token: str, error: str) -> None:
    client = WebClient(token=token, base_url=server.api_url)
    assert error == refusal(client.auth_test)


def test_each_kind_of_token_is_for_its_own_methods(server: DemoServer, bot: WebClient) -> None:
    assert refusal(lambda: bot.apps_connections_open(app_token=server.bot_token)) == "not_allowed_token_type"
    assert refusal(lambda: client_of(server, server.app_token).users_list()) == "not_allowed_token_type"


def test_a_method_that_the_bot_does_not_use_is_refused(bot: WebClient) -> None:
    for method in ("chat.shout", "team.info"):
        assert refusal(lambda name=method: bot.api_call(name)) == "unknown_method"


def test_an_argument_that_slack_does_not_have_or_the_bot_does_not_use_is_refused(bot: WebClient) -> None:
    for argument in ("colour", "username"):
        call = lambda name=argument: bot.chat_postMessage(channel="COPEN", text="x", **{name: "red"})  # noqa: E731 - one call
        assert refusal(call) == "invalid_arguments"


def test_a_missing_argument_is_refused(bot: WebClient) -> None:
    assert refusal(lambda: bot.api_call("users.info")) == "invalid_arguments"


def test_a_json_body_is_not_read_by_a_method_that_takes_none(bot: WebClient) -> None:
    assert (
        refusal(lambda: bot.api_call("conversations.info", json={"channel": "COPEN"})) == "invalid_arguments"
    )


def test_a_missing_scope_says_what_is_needed_and_what_is_there(server_with: Servers, manifest: Any) -> None:
    manifest["oauth_config"]["scopes"]["bot"] = ["commands"]
    client = client_of(server_with(manifest=manifest))
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel="COPEN", text="x")
    answer = caught.value.response
    assert (answer["error"], answer["needed"], answer["provided"]) == (
        "missing_scope",
        "chat:write",
        "commands",
    )


def test_a_private_channel_needs_its_own_scope(server_with: Servers, manifest: Any) -> None:
    manifest["oauth_config"]["scopes"]["bot"] = ["channels:read"]
    client = client_of(server_with(manifest=manifest))
    assert client.conversations_info(channel="COPEN")["ok"]
    assert refusal(lambda: client.conversations_info(channel="CCLOSED")) == "missing_scope"


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("CNONE", "channel_not_found"),
        ("CSECRET", "channel_not_found"),
        ("CELSE", "not_in_channel"),
        ("CPAST", "is_archived"),
        ("UANN", "messages_tab_disabled"),
    ],
)
def test_posting_is_refused_where_the_bot_may_not_post(bot: WebClient, channel: str, error: str) -> None:
    assert error == refusal(lambda: bot.chat_postMessage(channel=channel, text="x"))


def test_a_message_needs_a_text_or_blocks(bot: WebClient) -> None:
    assert (
        refusal(lambda: bot.api_call("chat.postMessage", json={"channel": "COPEN", "text": " "})) == "no_text"
    )


def test_a_text_of_more_than_40000_characters_is_refused(bot: WebClient) -> None:
    assert bot.chat_postMessage(channel="COPEN", text="x" * 40_000)["ok"]
    assert refusal(lambda: bot.chat_postMessage(channel="COPEN", text="x" * 40_001)) == "msg_too_long"


def test_bad_blocks_are_refused_with_pointers(bot: WebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        bot.chat_postMessage(channel="COPEN", text="x", blocks=[{"type": "poem"}])
    answer = caught.value.response
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"] == ["unsupported type: poem [json-pointer:/blocks/0/type]"]


def test_posted_blocks_get_ids_and_a_ts_that_grows(bot: WebClient) -> None:
    first = bot.chat_postMessage(channel="COPEN", text="x", blocks=[{"type": "divider"}])
    second = bot.chat_postMessage(channel="COPEN", text="y")
    assert first["message"]["blocks"][0]["block_id"]
    assert float(first["ts"]) < float(second["ts"])


def test_updating_with_text_alone_takes_the_blocks_away(bot: WebClient) -> None:
    ts = bot.chat_postMessage(channel="COPEN", text="x", blocks=[{"type": "divider"}])["ts"]
    message = bot.chat_update(channel="COPEN", ts=ts, text="new")["message"]
    assert message["text"] == "new"
    assert "blocks" not in message


def test_the_bot_changes_only_messages_of_its_own(server: DemoServer, bot: WebClient) -> None:
    ts = server.act("UANN", type="message", channel="COPEN", text="mine")["ts"]
    assert refusal(lambda: bot.chat_update(channel="COPEN", ts=ts, text="no")) == "cant_update_message"
    assert refusal(lambda: bot.chat_update(channel="COPEN", ts="1.000001", text="no")) == "message_not_found"


def test_an_ephemeral_message_is_seen_by_one_member_and_cannot_be_updated(
    server: DemoServer, bot: WebClient
) -> None:
    ts = bot.chat_postEphemeral(channel="COPEN", user="UANN", text="psst")["message_ts"]
    seen = {user: server.control.state(user)["messages"]["COPEN"] for user in ("UANN", "UBEN")}
    assert [m["text"] for m in seen["UANN"]] == ["psst"]
    assert seen["UBEN"] == []
    assert refusal(lambda: bot.chat_update(channel="COPEN", ts=ts, text="x")) == "message_not_found"


def test_an_ephemeral_message_needs_a_member_of_the_channel(bot: WebClient) -> None:
    call = lambda: bot.chat_postEphemeral(channel="COPEN", user="UOWN", text="psst")  # noqa: E731 - one call
    assert refusal(call) == "user_not_in_channel"


def test_users_list_shows_bots_slackbot_and_the_deactivated(bot: WebClient) -> None:
    members = {m["id"]: m for m in bot.users_list()["members"]}
    assert members["USLACKBOT"]["is_bot"] is False
    assert members[BOT_USER_ID]["is_bot"] is True
    assert members["UOLD"]["deleted"] is True
    assert "tz" not in members["UOLD"]
    assert members["UGUEST"]["is_restricted"] is True
    assert (members["UANN"]["is_admin"], members["UOWN"]["is_owner"]) == (True, True)


def test_a_locale_is_told_where_it_is_asked_for_alone(server: DemoServer, bot: WebClient) -> None:
    server.workspace.members["UANN"].locale = "de-DE"

    for asked, locale in ((True, "de-DE"), (False, None)):
        found = bot.users_info(user="UANN", include_locale=asked)["user"]
        listed = bot.users_list(include_locale=asked)["members"]
        assert [locale] * 2 == [one.get("locale") for one in (found, *listed) if one["id"] == "UANN"]


def test_users_info_of_nobody_is_refused(bot: WebClient) -> None:
    assert refusal(lambda: bot.users_info(user="UNONE")) == "user_not_found"


def test_the_list_of_own_channels_has_private_ones_with_the_bot_alone(bot: WebClient) -> None:
    own = bot.users_conversations(types="public_channel,private_channel")
    assert [c["id"] for c in own["channels"]] == ["COPEN", "CCLOSED", "CPAST"]
    hers = bot.users_conversations(user="UANN", types="public_channel,private_channel")
    assert [c["id"] for c in hers["channels"]] == ["COPEN", "CELSE", "CCLOSED", "CPAST"]


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"limit": 1001}, "invalid_limit"),
        ({"cursor": "bm8="}, "invalid_cursor"),
        ({"cursor": "%"}, "invalid_cursor"),
    ],
)
def test_a_bad_page_is_refused(bot: WebClient, args: Any, error: str) -> None:
    assert error == refusal(lambda: bot.conversations_members(channel="COPEN", **args))


def test_pages_together_hold_every_member_once(server_with: Servers) -> None:
    people = [Member(id=f"U{n:04}", name=f"Person {n}", handle=f"p{n}") for n in range(450)]
    everyone = [*(p.id for p in people), BOT_USER_ID]
    channels = [Channel(id=f"C{n:04}", name=f"c{n}", members=everyone) for n in range(250)]
    client = client_of(server_with(workspace=make_workspace(people, channels)))
    pages = [page["members"] for page in client.conversations_members(channel="C0000", limit=200)]
    assert [len(page) for page in pages] == [200, 200, 51]
    assert everyone == [user for page in pages for user in page]
    assert [len(page["channels"]) for page in client.users_conversations()] == [100, 100, 50]
    assert sum(len(page["members"]) for page in client.users_list(limit=100)) == 452


def test_a_fault_meets_the_next_call_only(server: DemoServer, bot: WebClient) -> None:
    server.fail_next("auth.test", error="internal_error")
    assert refusal(bot.auth_test) == "internal_error"
    assert bot.auth_test()["ok"]


def test_a_call_can_be_made_to_meet_a_page_in_place_of_slack(server: DemoServer, bot: WebClient) -> None:
    server.fail_next("auth.test", status=503)

    answer = httpx.post(f"{server.api_url}auth.test", headers={"Authorization": f"Bearer {bot.token}"})

    assert answer.status_code == 503
    assert "<html>" in answer.text
    assert bot.auth_test()["ok"]


def test_whoever_hangs_up_on_a_slow_call_has_not_made_it(server: DemoServer, bot: WebClient) -> None:
    server.fail_next("chat.postMessage", delay_s=30)

    with pytest.raises(httpx.TimeoutException):
        httpx.post(
            f"{server.api_url}chat.postMessage",
            headers={"Authorization": f"Bearer {bot.token}"},
            data={"channel": "COPEN", "text": "never said"},
            timeout=0.1,
        )

    assert bot.chat_postMessage(channel="COPEN", text="said")["ok"]
    assert ["said"] == [message.text for message in server.workspace.messages["COPEN"]]


def test_a_rate_limited_call_is_told_how_long_to_wait(server: DemoServer, bot: WebClient) -> None:
    server.fail_next("auth.test", retry_after=7)
    with pytest.raises(SlackApiError) as caught:
        bot.auth_test()
    answer = caught.value.response
    assert (answer.status_code, answer.headers["Retry-After"], answer["error"]) == (429, "7", "ratelimited")


def test_with_rate_limits_on_a_channel_takes_one_message_a_second(server_with: Servers) -> None:
    now = [0.0]
    server = server_with(monotonic=lambda: now[0])
    server.site.rate_limits = True
    client = client_of(server)
    assert client.chat_postMessage(channel="COPEN", text="1")["ok"]
    assert client.chat_postMessage(channel="CCLOSED", text="1")["ok"]
    assert refusal(lambda: client.chat_postMessage(channel="COPEN", text="2")) == "ratelimited"
    now[0] = 1.5
    assert client.chat_postMessage(channel="COPEN", text="2")["ok"]


def test_with_rate_limits_on_a_tier_2_method_takes_twenty_calls_a_minute(server_with: Servers) -> None:
    server = server_with(monotonic=lambda: 0.0)
    server.site.rate_limits = True
    client = client_of(server)
    for _ in range(20):
        client.users_list()
    assert refusal(client.users_list) == "ratelimited"


@pytest.mark.parametrize("view", [{"type": "modal"}, "no json", 7])
def test_a_bad_view_is_refused_before_its_trigger_is_used(bot: WebClient, view: Any) -> None:
    assert refusal(lambda: bot.views_open(trigger_id="1.2.3", view=view)) == "invalid_arguments"


def test_a_made_up_trigger_is_refused(bot: WebClient, modal: Any) -> None:
    assert refusal(lambda: bot.views_open(trigger_id="1.2.3", view=modal())) == "invalid_trigger_id"


def test_a_view_that_is_too_large_is_refused(bot: WebClient) -> None:
    assert refusal(lambda: bot.views_publish(user_id="UANN", view={"type": "home", "x": "y" * 250_001})) == (
        "view_too_large"
    )


HOME = {"type": "home", "private_metadata": "page 2", "blocks": [{"type": "divider"}]}


def test_publishing_with_a_stale_hash_is_refused(bot: WebClient) -> None:
    first = bot.views_publish(user_id="UANN", view=HOME)["view"]
    second = bot.views_publish(user_id="UANN", view=HOME, hash=first["hash"])["view"]
    assert first["id"] == second["id"]
    assert (
        refusal(lambda: bot.views_publish(user_id="UANN", view=HOME, hash=first["hash"])) == "hash_conflict"
    )


def test_a_home_is_published_for_people_only(bot: WebClient) -> None:
    assert refusal(lambda: bot.views_publish(user_id=BOT_USER_ID, view=HOME)) == "invalid_arguments"


def test_without_a_home_tab_in_the_manifest_none_is_published(server_with: Servers, manifest: Any) -> None:
    manifest["features"]["app_home"]["home_tab_enabled"] = False
    client = client_of(server_with(manifest=manifest))
    assert refusal(lambda: client.views_publish(user_id="UANN", view=HOME)) == "not_enabled"


def test_updating_a_view_that_is_not_open_is_refused(bot: WebClient, modal: Any) -> None:
    assert refusal(lambda: bot.views_update(view_id="VNONE", view=modal())) == "not_found"


def test_blocks_validate_needs_no_token_and_points_at_what_is_wrong(server: DemoServer) -> None:
    client = WebClient(base_url=server.api_url)
    assert client.blocks_validate(blocks=[{"type": "divider"}])["ok"]
    with pytest.raises(SlackApiError) as caught:
        client.blocks_validate(view={"type": "modal", "blocks": [{"type": "divider"}]})
    assert caught.value.response["error"] == "invalid_view"
    assert caught.value.response["errors"][0]["code"] == "missing_field"


def test_every_call_is_kept_for_tests_to_look_at(server: DemoServer, bot: WebClient) -> None:
    bot.users_info(user="UANN")
    call = server.workspace.calls[-1]
    assert (call.method, call.args, call.ok) == ("users.info", {"user": "UANN"}, True)


def test_broken_json_is_refused(server: DemoServer) -> None:
    headers = {"Authorization": f"Bearer {server.bot_token}", "Content-Type": "application/json"}
    for body, error in [("{", "invalid_json"), ("[]", "json_not_object")]:
        answer = httpx.post(f"{server.api_url}chat.postMessage", content=body, headers=headers)
        assert error == answer.json()["error"]


def test_a_token_in_a_json_body_is_not_read(server: DemoServer) -> None:
    answer = httpx.post(f"{server.api_url}auth.test", json={"token": server.bot_token})
    assert answer.json()["error"] == "not_authed"


def test_messages_of_people_stay_when_the_bot_posts(server: DemoServer) -> None:
    message = Message(ts=server.site.ts(), channel="COPEN", user="UANN", text="hello")
    server.workspace.post(message)
    assert message is server.workspace.message("COPEN", message.ts)
