"""Slack ends connections, asks for new ones, and warns before it does."""

import json
from collections.abc import Callable, Iterable
from threading import Event

import pytest

from bot.demo import payloads
from tests.faults import bad_days
from tests.faults.slack import Play, parsed
from tests.faults.socket_front import To
from tests.faults.web_front import Answer
from tests.patience import PATIENCE_S
from tests.transport.fronted import FrontedWorld
from tests.world import CHANNEL

OPEN = "apps.connections.open"
MOST_AT_FIRST = 3
"""So many connections may be asked for within ``AT_FIRST_S``, where each ends as soon as it is there."""

AT_FIRST_S = 1.0

LATE = 5
"""So many things happen after Slack's warning."""


def disconnect(reason: str) -> str:
    """Slack's frame that ends a connection, or says that it is about to."""
    return json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": "local"}})


def sent_away(reason: str) -> Callable[[To, str], Iterable[str] | None]:
    """After every hello Slack asks for another connection."""

    def frames(to: To, frame: str) -> Iterable[str] | None:
        is_hello = to is To.BOT and parsed(frame).get("type") == "hello"
        return [frame, disconnect(reason)] if is_hello else None

    return frames


def cut_after_hello(world: FrontedWorld) -> Callable[[To, str], Iterable[str] | None]:
    """After every hello the connection ends, without a word."""

    def frames(to: To, frame: str) -> Iterable[str] | None:
        return then_cut(frame) if to is To.BOT and parsed(frame).get("type") == "hello" else None

    def then_cut(frame: str) -> Iterable[str]:
        yield frame
        world.slack.sockets.cut()

    return frames


@pytest.mark.parametrize("how", ["warning", "refresh_requested", "a cut"])
def test_where_every_connection_ends_with_its_hello_the_next_ones_are_asked_for_later_and_later(
    world: FrontedWorld, how: str
) -> None:
    asked = world.calls(OPEN)
    world.slack.play_frames(cut_after_hello(world) if how == "a cut" else sent_away(how))

    world.server.drop_connections(None)

    assert world.workspace.wait_for(lambda _: world.calls(OPEN) > asked, PATIENCE_S)
    assert not world.workspace.wait_for(lambda _: world.calls(OPEN) > asked + MOST_AT_FIRST, AT_FIRST_S)


def test_a_bot_that_was_sent_away_again_and_again_answers_once_it_may_stay(world: FrontedWorld) -> None:
    asked = world.calls(OPEN)
    world.slack.play_frames(sent_away("refresh_requested"))
    world.server.drop_connections(None)
    assert world.workspace.wait_for(lambda _: world.calls(OPEN) > asked + 1, PATIENCE_S)

    world.slack.stop_playing()

    assert world.is_heard("U01MAYA", tries=15)


@pytest.mark.parametrize("next_one", ["at once", "late"])
def test_what_comes_over_the_old_connection_after_a_warning_is_acknowledged(
    world: FrontedWorld, next_one: str
) -> None:
    opened, heard, all_heard = Event(), set[str](), Event()
    if next_one == "late":
        world.slack.play(OPEN, bad_days.late(opened, applied=False))

    def acknowledged(to: To, frame: str) -> Iterable[str] | None:
        name = str(parsed(frame).get("envelope_id", ""))
        if to is not To.SLACK or not name.startswith("late-"):
            return None
        heard.add(name)
        if len(heard) == LATE:
            all_heard.set()
        return []

    world.slack.play_frames(acknowledged)
    old = world.slack.sockets.pairs()[-1].bot
    old.send(disconnect("warning"))
    for number in range(LATE):
        old.send(help_asked_for(world, f"late-{number}"))

    there = all_heard.wait(PATIENCE_S)
    opened.set()
    assert there, f"{len(heard)} of {LATE} were acknowledged"


def test_whoever_meets_a_warning_gets_through_by_pressing_again(world: FrontedWorld) -> None:
    world.slack.sockets.say(disconnect("warning"))

    assert world.is_heard("U01MAYA")


def made_up(body: object, status: int = 200) -> Play:
    """Slack, or something in between, answers with this."""
    return lambda _: Answer(status, bad_days.JSON, json.dumps(body).encode())


NO_WAY_IN: dict[str, Play] = {
    "refused": bad_days.refused("internal_error"),
    "refused for good": bad_days.refused("not_allowed_token_type"),
    "a bad gateway": bad_days.broken(502, applied=False),
    "cut": bad_days.cut(applied=False),
    "another word": made_up({"ok": False, "error": "a new word of Slack's"}),
    "a port where nobody listens": made_up({"ok": True, "url": "ws://127.0.0.1:1/"}),
    "an address that is none": made_up({"ok": True, "url": "nonsense"}),
    "another protocol": made_up({"ok": True, "url": "gopher://127.0.0.1/"}),
}


@pytest.mark.parametrize("what", NO_WAY_IN)
def test_whatever_comes_in_place_of_the_next_connection_the_bot_gets_back(
    world: FrontedWorld, what: str
) -> None:
    world.slack.play(OPEN, NO_WAY_IN[what])
    world.slack.sockets.cut()

    assert world.is_heard("U01MAYA")


def help_asked_for(world: FrontedWorld, envelope: str) -> str:
    """The envelope in which a member asks for help."""
    member, channel = world.member("maya"), world.workspace.channels[CHANNEL]
    payload = payloads.command(world.server.site, member, channel, "/belonging", "help")
    body = {"type": "slash_commands", "payload": payload, "accepts_response_payload": True}
    return json.dumps({**body, "envelope_id": envelope})
