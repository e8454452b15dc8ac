"""What people do, what the app is sent, and what they see of its answer."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.demo.server import DemoServer
from bot.demo.workspace import View

BUTTONS = [
    {
        "type": "actions",
        "block_id": "row",
        "elements": [
            {
                "type": "button",
                "action_id": "go",
                "value": "7",
                "text": {"type": "plain_text", "text": "Reply"},
            }
        ],
    }
]


def refusal(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        call()
    return str(caught.value.response["error"])


def press(server: DemoServer, bot: WebClient, *, ephemeral: bool = False) -> Any:
    if ephemeral:
        ts = server.site.post_as_bot(
            "COPEN", "x", server.workspace.copy_blocks(BUTTONS), ephemeral_to="UANN"
        ).ts
    else:
        ts = bot.chat_postMessage(channel="COPEN", text="x", blocks=BUTTONS)["ts"]
    container = {"type": "message", "channel": "COPEN", "ts": ts}
    return server.act("UANN", type="block_action", container=container, block_id="row", action_id="go")


@pytest.fixture
def opened(server: DemoServer, bot: WebClient, app: Any, modal: Any) -> View:
    assert press(server, bot) == {"ok": True}
    bot.views_open(trigger_id=app.wait(1)[0]["trigger_id"], view=modal(private_metadata="r1"))
    return server.workspace.stack("UANN")[-1]


def submit(server: DemoServer, view: View, word: str | None = "hello") -> Any:
    state = {"text": {"word": {"type": "plain_text_input", "value": word}}}
    return server.act("UANN", type="view_submit", view_id=view.id, state=state)


def test_a_button_of_a_message_sends_what_slack_sends(server: DemoServer, bot: WebClient, app: Any) -> None:
    press(server, bot)
    (payload,) = app.wait(1)
    assert payload["type"] == "block_actions"
    assert payload["user"] == {"id": "UANN", "username": "ann", "name": "ann", "team_id": "T0TESTTEAM"}
    assert payload["container"]["type"] == "message"
    assert payload["message"]["blocks"][0]["block_id"] == "row"
    (action,) = payload["actions"]
    assert (action["action_id"], action["block_id"], action["value"], action["type"]) == (
        "go",
        "row",
        "7",
        "button",
    )
    assert payload.keys() >= {"api_app_id", "token", "trigger_id", "team", "channel", "response_url", "state"}


def test_an_ephemeral_message_is_not_quoted(server: DemoServer, bot: WebClient, app: Any) -> None:
    press(server, bot, ephemeral=True)
    (payload,) = app.wait(1)
    assert payload["container"]["is_ephemeral"] is True
    assert "message" not in payload


def test_a_trigger_opens_one_modal(server: DemoServer, bot: WebClient, app: Any, modal: Any) -> None:
    press(server, bot)
    trigger = app.wait(1)[0]["trigger_id"]
    assert bot.views_open(trigger_id=trigger, view=modal())["view"]["type"] == "modal"
    assert refusal(lambda: bot.views_open(trigger_id=trigger, view=modal())) == "exchanged_trigger_id"


def test_a_trigger_does_not_live_for_long(server_with: Any, modal: Any, quick: Any) -> None:
    now = [0.0]
    server = server_with(monotonic=lambda: now[0])
    bot = WebClient(token=server.bot_token, base_url=server.api_url)
    with quick(server) as app:
        server.act("UANN", type="command", channel="COPEN", text="/belonging")
        now[0] = server.site.deadlines.trigger_s + 0.01
        trigger = app.wait(1)[0]["trigger_id"]
        assert refusal(lambda: bot.views_open(trigger_id=trigger, view=modal())) == "expired_trigger_id"


def test_an_empty_ack_closes_the_modal(server: DemoServer, app: Any, opened: View) -> None:
    assert submit(server, opened) == {"ok": True}
    assert server.workspace.stack("UANN") == []
    payload = app.wait(2)[1]
    assert payload["type"] == "view_submission"
    view = payload["view"]
    assert view["state"]["values"] == {"text": {"word": {"type": "plain_text_input", "value": "hello"}}}
    assert (view["private_metadata"], view["callback_id"], view["root_view_id"]) == (
        "r1",
        "reply",
        view["id"],
    )
    assert view.keys() >= {"hash", "app_id", "bot_id", "team_id", "previous_view_id", "external_id"}
    assert payload["response_urls"] == []


@pytest.mark.parametrize("word", [None, "", "  ", "x" * 21])
def test_a_form_that_slack_would_not_send_does_not_reach_the_app(
    server: DemoServer, app: Any, opened: View, word: str | None
) -> None:
    result = submit(server, opened, word)
    assert result["ok"] is False
    assert result["errors"].keys() == {"text"}
    assert len(app.seen) == 1


def test_errors_of_the_app_stand_beside_the_inputs(server: DemoServer, app: Any, opened: View) -> None:
    app.answer = lambda _: {"response_action": "errors", "errors": {"text": "Too kind."}}
    assert submit(server, opened)["errors"] == {"text": "Too kind."}
    assert server.control.state("UANN")["views"][0]["errors"] == {"text": "Too kind."}


def test_update_replaces_the_modal_and_keeps_its_id(
    server: DemoServer, app: Any, opened: View, modal: Any
) -> None:
    before = opened.hash
    app.answer = lambda _: {"response_action": "update", "view": modal(callback_id="thanks")}
    assert submit(server, opened)["ok"]
    (view,) = server.workspace.stack("UANN")
    assert (view.id, view.body["callback_id"]) == (opened.id, "thanks")
    assert view.hash != before


def test_push_adds_up_to_three_modals(server: DemoServer, app: Any, opened: View, modal: Any) -> None:
    app.answer = lambda _: {"response_action": "push", "view": modal()}
    for _ in range(2):
        assert submit(server, server.workspace.stack("UANN")[-1])["ok"]
    stack = server.workspace.stack("UANN")
    assert [v.previous_id for v in stack] == [None, stack[0].id, stack[1].id]
    assert {v.root_id for v in stack} == {opened.id}
    assert submit(server, stack[-1])["ok"] is False
    assert "push_limit_reached" in server.workspace.problems[0]


def test_views_push_is_refused_for_a_fourth_modal(
    server: DemoServer, bot: WebClient, app: Any, opened: View, modal: Any
) -> None:
    for expected in ("", "", "push_limit_reached"):
        submit_trigger = _trigger_of_top(server, app, modal)
        if expected:
            assert expected == refusal(lambda t=submit_trigger: bot.views_push(trigger_id=t, view=modal()))
        else:
            assert bot.views_push(trigger_id=submit_trigger, view=modal())["ok"]


def _trigger_of_top(server: DemoServer, app: Any, modal: Any) -> str:
    count = len(app.seen)
    app.answer = lambda _: {"response_action": "errors", "errors": {"text": "Once more."}}
    submit(server, server.workspace.stack("UANN")[-1])
    return str(app.wait(count + 1)[-1]["trigger_id"])


def test_clear_closes_the_whole_stack(server: DemoServer, app: Any, opened: View, modal: Any) -> None:
    app.answer = lambda _: {"response_action": "push", "view": modal()}
    submit(server, opened)
    app.answer = lambda _: {"response_action": "clear"}
    assert submit(server, server.workspace.stack("UANN")[-1])["ok"]
    assert server.workspace.stack("UANN") == []


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "dance"},
        {"response_action": "errors", "errors": {"nowhere": "x"}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "update"},
    ],
)
def test_an_answer_that_slack_refuses_is_trouble_for_the_member(
    server: DemoServer, app: Any, opened: View, answer: Any
) -> None:
    app.answer = lambda _: answer
    assert submit(server, opened)["error"].startswith("We had some trouble")
    assert len(server.workspace.problems) == 1
    assert server.workspace.stack("UANN") == [opened]


def test_closing_a_modal_is_not_told_to_the_app(server: DemoServer, app: Any, opened: View) -> None:
    assert server.act("UANN", type="view_close", view_id=opened.id)["ok"]
    assert server.workspace.stack("UANN") == []
    assert len(app.seen) == 1


def test_views_update_keeps_what_was_typed_and_refuses_a_stale_hash(
    server: DemoServer, bot: WebClient, app: Any, opened: View, modal: Any
) -> None:
    stale = opened.hash
    app.answer = lambda _: {"response_action": "errors", "errors": {"text": "Hm."}}
    submit(server, opened)
    view = bot.views_update(view_id=opened.id, view=modal(), hash=stale)["view"]
    assert view["state"]["values"]["text"]["word"]["value"] == "hello"
    assert refusal(lambda: bot.views_update(view_id=opened.id, view=modal(), hash=stale)) == "hash_conflict"


def test_an_element_of_a_modal_sends_the_view_with_its_state(
    server: DemoServer, bot: WebClient, app: Any, opened: View, modal: Any
) -> None:
    options = [{"text": {"type": "plain_text", "text": t}, "value": t} for t in ("a", "b")]
    radios = {"type": "radio_buttons", "action_id": "pick", "options": options}
    bot.views_update(
        view_id=opened.id, view=modal(blocks=[{"type": "actions", "block_id": "r", "elements": [radios]}])
    )
    state = {"type": "radio_buttons", "selected_option": options[1]}
    container = {"type": "view", "view_id": opened.id}
    act = {"type": "block_action", "container": container, "block_id": "r", "action_id": "pick"}
    assert server.act("UANN", **act, value=state) == {"ok": True}
    payload = app.wait(2)[1]
    assert payload["view"]["state"]["values"]["r"]["pick"] == state
    assert payload["actions"][0]["selected_option"] == options[1]
    assert payload["container"] == container
    assert "response_url" not in payload


def test_a_home_opened_again_carries_its_private_metadata(
    server: DemoServer, bot: WebClient, app: Any
) -> None:
    server.act("UANN", type="open_home")
    assert "view" not in app.wait(1)[0]["event"]
    bot.views_publish(
        user_id="UANN", view={"type": "home", "private_metadata": "page 2", "blocks": [{"type": "divider"}]}
    )
    server.act("UANN", type="open_home")
    event = app.wait(2)[1]["event"]
    assert (event["tab"], event["view"]["private_metadata"]) == ("home", "page 2")


def test_the_ack_of_a_command_is_shown_to_the_asker_alone(server: DemoServer, app: Any) -> None:
    app.answer = lambda _: {"text": "for you"}
    server.act("UANN", type="command", channel="COPEN", text="/belonging")
    shown = [server.control.state(user)["messages"]["COPEN"] for user in ("UANN", "UBEN")]
    assert [[m["text"] for m in messages] for messages in shown] == [["for you"], []]


def test_an_unknown_command_is_refused_as_slack_does(server: DemoServer) -> None:
    result = server.act("UANN", type="command", channel="COPEN", text="/dance")
    assert result["error"].startswith("/dance is not a valid command.")


def test_a_response_url_takes_five_answers_in_thirty_minutes(
    server: DemoServer, bot: WebClient, app: Any
) -> None:
    press(server, bot)
    press(server, bot)
    first, second = (payload["response_url"] for payload in app.wait(2))
    for _ in range(5):
        assert httpx.post(first, json={"text": "x"}).text == "ok"
    assert httpx.post(first, json={"text": "x"}).text == "used_url"
    server.advance(timedelta(minutes=31))
    assert httpx.post(second, json={"text": "x"}).text == "expired_url"


def test_a_response_url_replaces_an_ephemeral_original(server: DemoServer, bot: WebClient, app: Any) -> None:
    press(server, bot, ephemeral=True)
    url = app.wait(1)[0]["response_url"]
    httpx.post(url, json={"replace_original": True, "text": "new"})
    (message,) = server.workspace.messages["COPEN"]
    assert (message.text, message.blocks, message.ephemeral_to) == ("new", [], "UANN")


def test_a_response_url_refuses_what_slack_refuses(server: DemoServer, bot: WebClient, app: Any) -> None:
    press(server, bot)
    url = app.wait(1)[0]["response_url"]
    bodies = [{}, {"text": "x", "colour": "red"}, {"blocks": [{"type": "poem"}]}, []]
    assert [httpx.post(url, json=body).status_code for body in bodies] == [400] * 4
