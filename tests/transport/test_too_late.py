"""What comes too late for Slack: the member is told, and nothing is lost or stored unasked."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event

import pytest

from bot.demo.site import Deadlines
from bot.demo.workspace import Message
from tests.another_program import another_program
from tests.faults import bad_days
from tests.patience import PATIENCE_S, UNHURRIED
from tests.transport.fronted import FrontedWorld
from tests.world import text_of

ADMIN, MEMBER, OTHER = "U01MAYA", "U02TOMA", "U03INGR"

OVER = Deadlines(trigger_s=-1.0)
"""Every trigger is too old when it is used."""

HELD_S = 2.7
"""Longer than a reply may wait before it is begun, and shorter than anybody waits for a file."""

ABOUT_PEOPLE = ("conversations.members", "users.info", "users.list", "users.conversations")

UNACKNOWLEDGED = pytest.mark.xfail(
    strict=True,
    raises=AssertionError,
    reason="what Slack must be asked for is waited for without end, and acknowledged too late",
)


def says_too_late(text: str) -> bool:
    """Whether this says that it took too long, and what to do."""
    return "too long" in text and "again" in text


def said_to(world: FrontedWorld, user: str) -> str:
    """What the member alone has read in the channel."""
    return "\n".join(f"{one.text}\n{text_of(one.blocks)}" for one in world.told(user))


@contextmanager
def slack_hangs(world: FrontedWorld) -> Iterator[Event]:
    """What was known of people is too old, and Slack does not say who they are until the event is set."""
    until = Event()
    world.pass_time(minutes=2)
    for method in ABOUT_PEOPLE:
        world.slack.play(method, bad_days.late(until), times=1000)
    yield until
    until.set()


def test_a_form_that_comes_too_late_for_a_button_in_the_channel_is_told(world: FrontedWorld) -> None:
    world.server.site.deadlines = OVER

    assert world.press(MEMBER, "reply.open", world.announcement())["ok"]

    world.wait(lambda: says_too_late(said_to(world, MEMBER)))
    assert [] == world.workspace.stack(MEMBER)


def test_a_list_that_comes_too_late_for_a_command_is_told(world: FrontedWorld) -> None:
    world.server.site.deadlines = OVER

    assert world.command(ADMIN, "/belonging schedule")["ok"]

    world.wait(lambda: says_too_late(said_to(world, ADMIN)))


def test_a_form_that_comes_too_late_for_a_button_in_the_home_tab_is_told_there(world: FrontedWorld) -> None:
    world.reply(MEMBER, answers=["4"])
    world.close_modals(MEMBER)
    home = world.open_home(MEMBER)
    world.server.site.deadlines = OVER

    assert world.press(MEMBER, "reply.change", home)["ok"]

    world.wait(lambda: says_too_late(text_of(world.workspace.homes[MEMBER].body["blocks"])))
    world.server.site.deadlines = UNHURRIED
    assert "submit" in world.press_for_modal(MEMBER, "reply.change", world.workspace.homes[MEMBER]).body


def test_a_form_that_comes_too_late_for_a_button_in_a_modal_is_told_there(world: FrontedWorld) -> None:
    listed = world.command_for_modal(ADMIN, "/belonging schedule")
    world.server.site.deadlines = OVER

    assert world.press(ADMIN, "schedule.new", listed)["ok"]

    world.wait(lambda: says_too_late(text_of(world.workspace.stack(ADMIN)[-1].body["blocks"])))
    world.server.site.deadlines = UNHURRIED
    shown = world.workspace.stack(ADMIN)[-1]
    assert "submit" in world.press_for_modal(ADMIN, "schedule.new", shown).body


def test_a_click_that_takes_too_long_is_acknowledged_and_answered_afterwards(world: FrontedWorld) -> None:
    world.server.site.deadlines = Deadlines()
    with slack_hangs(world) as until:
        acknowledged = world.press(MEMBER, "reply.open", world.announcement())["ok"]
        world.server.site.deadlines = OVER
        until.set()

        assert acknowledged
        world.wait(lambda: says_too_late(said_to(world, MEMBER)))


def test_a_command_that_takes_too_long_is_acknowledged_and_answered_afterwards(world: FrontedWorld) -> None:
    world.server.site.deadlines = Deadlines()
    before = len(world.told(MEMBER))
    with slack_hangs(world) as until:
        acknowledged = world.command(MEMBER, "/belonging summary")["ok"]
        until.set()

        assert acknowledged
        world.wait(lambda: len(world.told(MEMBER)) > before)


def test_a_reply_that_cannot_be_begun_in_time_is_given_back_and_is_stored_only_if_it_is_sent_again(
    world: FrontedWorld,
) -> None:
    forms = {user: world.open_form(user) for user in (MEMBER, OTHER)}
    receipts = {user: form.body["private_metadata"] for user, form in forms.items()}

    def send(user: str) -> dict[str, object]:
        return world.submit(user, world.workspace.stack(user)[-1], text="something only I know")

    with slack_hangs(world) as until, ThreadPoolExecutor() as together:
        answers = list(together.map(send, forms))
        until.set()

    for user, answer in zip(forms, answers, strict=True):
        assert answer.get("errors"), answer
        assert "something only I know" in str(world.workspace.stack(user)[-1].state)
        assert receipts[user] == world.workspace.stack(user)[-1].body["private_metadata"]
    assert send(MEMBER)["ok"]  # the other one gives up
    for handle in ("kwame", "yuki", "ruth", "maya"):
        world.reply(world.member(handle).id, answers=["4"])
    world.move(days=3)
    assert "5 of 14 replied" in str(newest(world).blocks)


def test_a_reply_that_is_begun_is_waited_for_and_thanked_for(world: FrontedWorld) -> None:
    """Another program holds the file for longer than a reply may wait before it is begun."""
    form = world.open_form(MEMBER)
    (ballots,) = (path for path in world.data_dir.rglob("*") if is_ballot_file(path))
    with ThreadPoolExecutor() as pool, ExitStack() as held:
        held.enter_context(another_program(ballots, "BEGIN IMMEDIATE"))
        sent = pool.submit(world.submit, MEMBER, form, answers=["4"])
        with suppress(TimeoutError):
            sent.result(HELD_S)
        waited = not sent.done()
        held.close()

        assert waited
        assert sent.result(PATIENCE_S)["ok"]
    assert "reply.change" in str(world.workspace.stack(MEMBER)[-1].body["blocks"])


def is_ballot_file(path: Path) -> bool:
    """Whether this is where the replies of a round lie."""
    return path.parent.name == "ballots" and path.is_file() and path.read_bytes()[:6] == b"SQLite"


def newest(world: FrontedWorld) -> Message:
    """What the bot has said last in the channel."""
    return world.messages()[-1]
