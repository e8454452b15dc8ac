"""Socket Mode, as slack_sdk's own client speaks it."""

from typing import Any

from bot.demo.server import DemoServer
from bot.demo.workspace import BOT_USER_ID
from tests import workspace_changes
from tests.demo.conftest import MANIFEST, OVER


def say(server: DemoServer, text: str = "/belonging") -> Any:
    return server.act("UANN", type="command", channel="COPEN", text=text)


def test_an_envelope_is_acknowledged_by_its_id(server: DemoServer, app: Any) -> None:
    assert say(server, "/belonging summary now") == {"ok": True}
    (payload,) = app.wait(1)
    assert (payload["command"], payload["text"], payload["user_id"]) == ("/belonging", "summary now", "UANN")
    assert (payload["channel_id"], payload["channel_name"]) == ("COPEN", "open")
    assert payload["is_enterprise_install"] == "false"


def test_without_an_ack_in_time_the_member_is_told(server: DemoServer, app: Any) -> None:
    server.site.deadlines = OVER
    app.answer = lambda _request: None
    assert say(server)["error"] == "/belonging failed because the app did not respond."
    assert server.control.state("UANN")["notice"] == "/belonging failed because the app did not respond."
    assert server.workspace.problems == ["The app did not acknowledge /belonging in time."]


def test_a_redelivered_envelope_has_the_same_id(server: DemoServer, app: Any) -> None:
    server.redeliver_next()
    say(server)
    app.wait(2)
    assert len({request.envelope_id for request in app.seen}) == 1


def test_after_a_disconnect_the_client_comes_back(server: DemoServer, app: Any) -> None:
    assert server.drop_connections("refresh_requested") == 1
    assert server.wait_connected()
    assert say(server) == {"ok": True}


def test_an_event_without_ack_is_sent_again_and_says_so(server: DemoServer, app: Any) -> None:
    server.site.deadlines = OVER
    app.answer = lambda _request: None if not app.seen else {}
    server.act("UANN", type="open_home")
    first, second = app.wait(2)
    assert first["event_id"] == second["event_id"]
    assert [request.retry_attempt for request in app.seen] == [0, 1]
    assert app.seen[1].retry_reason == "timeout"


def test_an_event_is_wrapped_as_slack_wraps_it(server: DemoServer, app: Any) -> None:
    workspace_changes.join(server, "COPEN", "UOWN", inviter="UANN")
    (payload,) = app.wait(1)
    assert payload["type"] == "event_callback"
    assert payload["event_id"].startswith("Ev")
    assert payload["authorizations"][0]["user_id"] == BOT_USER_ID
    event = payload["event"]
    assert (event["type"], event["user"], event["inviter"]) == ("member_joined_channel", "UOWN", "UANN")


def test_the_bot_hears_of_its_own_coming_and_going(server: DemoServer, app: Any) -> None:
    workspace_changes.join(server, "CELSE", BOT_USER_ID)
    app.wait(1)
    workspace_changes.leave(server, "CELSE", BOT_USER_ID)
    app.wait(2)
    workspace_changes.rename(server, "COPEN", "wide-open")
    app.wait(3)
    workspace_changes.archive(server, "COPEN", "UANN")
    events = [payload["event"] for payload in app.wait(4)]
    assert [e["type"] for e in events] == [
        "member_joined_channel",
        "channel_left",
        "channel_rename",
        "channel_archive",
    ]
    assert events[2]["channel"]["name"] == "wide-open"


def test_an_event_that_the_manifest_does_not_name_is_not_sent(server: DemoServer, app: Any) -> None:
    workspace_changes.leave(server, "COPEN", "UBEN")
    server.act("UANN", type="open_home")
    assert app.wait(1)[0]["event"]["type"] == "app_home_opened"


def test_an_app_hears_of_channels_that_come_back_or_are_deleted_and_that_it_may_see(
    server: DemoServer, app: Any
) -> None:
    workspace_changes.unarchive(server, "CPAST", "UANN")
    workspace_changes.delete(server, "CELSE")
    workspace_changes.delete(server, "CSECRET")
    workspace_changes.delete(server, "CCLOSED")

    heard = [payload["event"] for payload in app.wait(3)]

    assert [
        {"type": "channel_unarchive", "channel": "CPAST", "user": "UANN"},
        {"type": "channel_deleted", "channel": "CELSE"},
        {"type": "group_deleted", "channel": "CCLOSED"},
    ] == [{key: event[key] for key in ("type", "channel", "user") if key in event} for event in heard]
    assert {"CSECRET", "CELSE", "CCLOSED"}.isdisjoint(server.workspace.channels)


def test_nobody_writes_to_an_app_whose_messages_tab_is_read_only_or_off(server_with: Any) -> None:
    for tab in ({"messages_tab_enabled": True, "messages_tab_read_only_enabled": True}, {}):
        features = MANIFEST["features"] | {"app_home": {"messages_tab_enabled": False} | tab}
        server = server_with(manifest=MANIFEST | {"features": features})
        talk = server.workspace.direct_message("UANN")

        answer = server.act("UANN", type="message", channel=talk.id, text="Hello?")

        assert {"ok": False, "error": "Sending messages to this app has been turned off."} == answer
