"""Attacks by whoever reads the log, at its most verbose: a whole journey in which everything goes wrong."""

import io
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.frames import Frame

from bot.demo.request_url import RequestUrl
from bot.demo.workspace import BOT_USER_ID, Channel, View, Workspace, demo_workspace
from bot.errors import StoreError
from bot.logs import PINNED, AllowListFormatter
from tests import workspace_changes
from tests.privacy.installation import KINDS
from tests.world import CHANNEL, CONFIG, World, a_world, filled_in, in_english, team_of

pytestmark = pytest.mark.attack

ADMIN = "U01MAYA"
NEW = "C0NEW0000"
FIVE = ["U02TOMA", "U03INGR", "U04KWAM", "U05YUKI", "U06RUTH"]
WORDS = "Quokkas walked over the harbour wall"
NAMED = "quokkas-and-friends"
ASKING = CONFIG.replace("pack: belonging}}", "pack: belonging, tenure: true}}")

MODES = pytest.mark.parametrize("mode", ["socket", "http", "hosted"])


def large_team() -> Workspace:
    """The demo team, so many that they can be asked how long they have been there; and another channel."""
    workspace = in_english(demo_workspace())
    for member in team_of(12):
        workspace.add_member(member)
        workspace.channels[CHANNEL].members.append(member.id)
    workspace.channels[NEW] = Channel(id=NEW, name="quiet-corner", members=[ADMIN, *FIVE])
    return workspace


def how(mode: str) -> dict[str, Any]:
    """Return how ``a_world`` runs the bot in this mode."""
    return {"http": mode == "http", "kind": KINDS.get(mode, World)}


def _raising(error: Exception) -> Callable[..., object]:
    def fail(*_: object) -> None:
        raise error

    return fail


def reply_of_a_newcomer(world: World, user: str) -> View:
    """A reply in words, to be quoted, of somebody who says that they are new; returns the thank-you step."""
    form = world.say_more(user, world.open_form(user), "quoted")
    (asked,) = (block for block in form.body["blocks"] if block["block_id"] == "reply.tenure")
    newer = next(one for one in asked["element"]["options"] if one["value"] == "newer")
    state = filled_in(form, text=WORDS, answers=["4"], quotable=True)
    state["reply.tenure"] = {"tenure": {"type": "static_select", "selected_option": newer}}
    assert world.server.act(user, type="view_submit", view_id=form.id, state=state)["ok"]
    return world.workspace.stack(user)[-1]


def submissions_go_wrong(world: World, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Replies are refused, fail and are changed; returns the receipts of those who replied."""
    assert world.bot
    thanks = reply_of_a_newcomer(world, "U02TOMA")
    receipts = {thanks.body["private_metadata"].partition(".")[2]}
    world.close_modals("U02TOMA")
    form = world.open_form("U03INGR")
    with monkeypatch.context() as patch:
        for error in (StoreError(f"disk full while writing {WORDS}"), RuntimeError(f"{WORDS} of U03INGR")):
            patch.setattr(world.bot.services.boxes, "submit", _raising(error))
            world.submit("U03INGR", form, text=WORDS)
    world.submit("U03INGR", form, text=WORDS)
    home = world.open_home("U02TOMA")
    receipts.update(json.loads(home.body["private_metadata"]).values())
    changing = world.press_for_modal("U02TOMA", "reply.change", home)
    with monkeypatch.context() as patch:
        patch.setattr(world.bot.services.boxes, "submit", _raising(StoreError(f"{WORDS} {receipts}")))
        world.submit("U02TOMA", changing, text=WORDS)
    world.submit("U02TOMA", changing, text=WORDS)
    return receipts


def slack_goes_wrong(world: World) -> None:
    """Slack breaks, cuts, takes the token, and says what makes no sense."""
    for fault in ({"error": "internal_error"}, {"error": "token_revoked"}, {"status": 503}):
        world.server.fail_next("views.open", **fault)  # type: ignore[arg-type]
        world.press("U04KWAM", "reply.open", world.announcement())
    if not world.server.request_url:
        (socket,) = world.server._hub._connections
        for said in (WORDS, f'{{"type": "{WORDS}", "envelope_id": "{WORDS}", "payload": {{}}}}'):
            world.server.run(socket.send_text(said))
        world.server.drop_connections(None)
        assert world.server.wait_connected()
        return
    with httpx.Client() as stranger:
        for body in (WORDS.encode(), f'{{"type": "{WORDS}"}}'.encode(), b"payload=" + WORDS.encode()):
            for headers in ({}, RequestUrl(world.server.site).signature(body)):
                stranger.post(world.server.request_url, content=body, headers=headers)


def commands_and_schedules_go_wrong(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that can be typed is, with words that are none; a schedule cannot be stored."""
    assert world.bot
    typed = ("ask", "pause", f"pause until {WORDS}", "resume", "trend", "summary", "summary cycle", "cancel")
    for word in (*typed, "privacy", "help", WORDS):
        for user in (ADMIN, "U05YUKI"):
            world.answer(user, f"/belonging {word}")
    with monkeypatch.context() as patch:
        patch.setattr(
            "bot.slack.schedule.commands.pause_schedules", _raising(RuntimeError(f"{WORDS} of {ADMIN}"))
        )
        assert "Reference" in world.answer(ADMIN, "/belonging pause").text
    listed = world.command_for_modal(ADMIN, "/belonging schedule")
    form = world.press_for_modal(ADMIN, "schedule.new", listed)
    with monkeypatch.context() as patch:
        patch.setattr(
            "bot.slack.schedule.form_listeners.save_schedule", _raising(RuntimeError(f"{WORDS} of {ADMIN}"))
        )
        refused = world.server.act(ADMIN, type="view_submit", view_id=form.id, state={})
        assert "Reference" in str(refused["errors"])
    world.close_modals(ADMIN)


def channels_change(world: World) -> None:
    """The bot is invited, the channel renamed, left and joined; what is said of it fails."""
    world.server.fail_next("chat.postMessage", error="invalid_blocks")
    workspace_changes.join(world.server, NEW, BOT_USER_ID, ADMIN)
    workspace_changes.rename(world.server, CHANNEL, NAMED)
    workspace_changes.leave(world.server, CHANNEL, "U08LENA")
    world.server.fail_next("conversations.info", error="fatal_error")
    workspace_changes.archive(world.server, NEW, ADMIN)
    world.server.act("U05YUKI", type="message", channel=CHANNEL, text=WORDS)


def everything_goes_wrong(world: World, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """A whole journey with every kind of failure in it; returns the receipts that were handed out."""
    receipts = submissions_go_wrong(world, monkeypatch)
    slack_goes_wrong(world)
    commands_and_schedules_go_wrong(world, monkeypatch)
    channels_change(world)
    world.server.fail_next("chat.postMessage", error="invalid_blocks")
    world.move(days=3)
    world.move(days=4)
    world.stop_bot()
    return receipts


MARKS = ("Quokkas", "quokkas", "harbour wall", "Herrera", "Ingrid", "newer", "xoxb-", "xapp-", "5eafb0a7")


def secrets_of(world: World) -> set[str]:
    """Every person's id, names and handle."""
    people = [member for member in world.workspace.members.values() if member.is_human]
    return {word for member in people for word in (member.id, member.name, f"@{member.handle}")}


@MODES
def test_no_log_line_holds_a_word_a_name_an_id_a_receipt_or_a_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: io.StringIO, mode: str
) -> None:
    with a_world(tmp_path, large_team(), **how(mode), config=ASKING) as world:
        world.move(minutes=1)
        receipts = everything_goes_wrong(world, monkeypatch)

    lines = log.getvalue()
    unsigned = ["request not signed"]
    of_the_mode = {"http": unsigned, "hosted": unsigned, "socket": ["connection lost", "malformed message"]}
    happened = ["listener failed", "slack call failed", "channel has changed", *of_the_mode[mode]]
    assert [] == [event for event in happened if event not in lines]
    assert all(len(receipt) == 32 for receipt in receipts)
    assert [] == [mark for mark in {*MARKS, *receipts, *secrets_of(world)} if mark in lines]


@MODES
def test_no_log_line_says_that_somebody_has_just_replied(tmp_path: Path, log: io.StringIO, mode: str) -> None:
    with a_world(tmp_path, **how(mode)) as world:
        world.move(minutes=1)
        before = log.getvalue()
        for user in FIVE:
            world.reply(user, text=WORDS, answers=["5", "4", "2"])
            world.close_modals(user)
            world.open_home(user)

        assert before == log.getvalue()


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_mutant_with_a_plain_formatter_and_loud_libraries_the_words_are_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: io.StringIO, mode: str
) -> None:
    for name in PINNED:
        logging.getLogger(name).setLevel(logging.DEBUG)
    monkeypatch.setattr(Frame, "MAX_LOG_SIZE", 1 << 20)  # even websockets' own ellipsis is switched off
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, AllowListFormatter):
            handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    with a_world(tmp_path, large_team(), **how(mode), config=ASKING) as world:
        world.move(minutes=1)
        everything_goes_wrong(world, monkeypatch)

    assert "Quokkas" in log.getvalue()
