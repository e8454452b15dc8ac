"""Slack asks for a pause: only what it was asked for waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from bot.demo.workspace import make_workspace
from tests.faults import bad_days
from tests.faults.slack import POST
from tests.patience import PATIENCE_S
from tests.transport.fronted import FrontedWorld, a_fronted_world, a_team
from tests.world import CONFIG, channel_of, team_of

LONG_S = 60
"""A pause that no test waits for."""

MANY = 60
"""More people than are served at once."""

MANY_ASKED = 8
"""So many channels are asked by hand while Slack takes no message in them."""

CHANNELS = ("C02PRODUCT", "C03SECOND", "C04THIRD")
THREE_SCHEDULES = CONFIG + "".join(
    f'  - {{{{channel: {channel}, every: week, on: [tue], at: "10:00", pack: belonging}}}}\n'
    for channel in CHANNELS[1:]
)


@pytest.fixture
def crowd(tmp_path: Path) -> Iterator[tuple[FrontedWorld, list[str]]]:
    """A channel of many, who have been asked; what was known of each is too old to decide by."""
    workspace, people = a_team(MANY + 1)
    with a_fronted_world(tmp_path, workspace, in_real_time=True) as world:
        world.move(minutes=1)
        world.move(minutes=1)
        yield world, people


WHO = {"who they are": ("users.info", "users.list"), "who is here": ("conversations.members",)}


@contextmanager
def say_nothing(world: FrontedWorld, of: str) -> Iterator[None]:
    """Slack asks for a pause whenever it is asked about people."""
    for method in WHO[of]:
        world.slack.play(method, bad_days.too_many(LONG_S), times=10 * MANY)
    yield
    world.slack.stop_playing()


@pytest.mark.parametrize("of", WHO)
def test_while_slack_says_nothing_of_people_every_click_is_acknowledged(
    crowd: tuple[FrontedWorld, list[str]], of: str
) -> None:
    world, people = crowd
    with say_nothing(world, of):
        assert [True] * MANY == world.press_all(people[:MANY], world.announcement())


@pytest.mark.parametrize("of", WHO)
def test_while_slack_says_nothing_of_the_people_who_press_others_are_helped(
    crowd: tuple[FrontedWorld, list[str]], of: str
) -> None:
    world, people = crowd
    with say_nothing(world, of):
        world.press_all(people[:MANY], world.announcement())

        assert world.is_heard(people[MANY], tries=1)


def test_one_form_that_is_to_wait_keeps_no_other_waiting(world: FrontedWorld) -> None:
    world.slack.play("views.open", bad_days.too_many(LONG_S))
    first, *others = world.everyone()[:6]
    assert [True] == world.press_all([first], world.announcement())
    assert world.workspace.wait_for(lambda _: not world.slack.waits_for("views.open"))

    assert [True] * len(others) == world.press_all(others, world.announcement())
    assert world.have_forms(others, PATIENCE_S)


def test_a_home_tab_that_is_to_wait_keeps_no_form_waiting(world: FrontedWorld) -> None:
    world.slack.play("views.publish", bad_days.too_many(LONG_S))
    first, other = world.everyone()[:2]
    world.server.act(first, type="open_home")
    assert world.workspace.wait_for(lambda _: not world.slack.waits_for("views.publish"))

    assert [True] == world.press_all([other], world.announcement())
    assert world.have_forms([other], PATIENCE_S)


@contextmanager
def three_channels(folder: Path) -> Iterator[FrontedWorld]:
    """Three channels that are asked at the same time."""
    team = team_of(9)
    channels = [channel_of(team, id_=channel, name=channel.lower()) for channel in CHANNELS]
    workspace = make_workspace(team, channels)
    with a_fronted_world(folder, workspace, in_real_time=True, config=THREE_SCHEDULES) as world:
        yield world


def asked(world: FrontedWorld) -> set[str]:
    """The channels in which a question stands."""
    return {channel for channel in CHANNELS if world.messages(channel)}


def test_where_one_channel_is_to_wait_the_others_are_asked(tmp_path: Path) -> None:
    with three_channels(tmp_path) as world:
        refused: list[str] = []

        def first_one(call: object) -> bool:
            return not refused or call.args["channel"] == refused[0]  # type: ignore[attr-defined]

        def too_many(call: object) -> object:
            refused.append(call.args["channel"])  # type: ignore[attr-defined]
            return bad_days.too_many(LONG_S)(call)  # type: ignore[arg-type]

        world.slack.play(POST, too_many, times=10, where=first_one)  # type: ignore[arg-type]
        due = Thread(target=lambda: world.move(minutes=1), daemon=True)
        due.start()

        there = world.workspace.wait_for(lambda _: asked(world) == {*CHANNELS} - {*refused[:1]}, PATIENCE_S)
        world.stop_bot()
        due.join()

        assert there, f"asked in {len(asked(world))} of the other channels"


def test_a_channel_that_was_to_wait_is_asked_in_the_end_and_once(tmp_path: Path) -> None:
    with three_channels(tmp_path) as world:
        world.slack.play(POST, bad_days.too_many(1))
        for _ in range(4):
            world.move(minutes=1)
            if world.workspace.wait_for(lambda _: asked(world) == {*CHANNELS}, PATIENCE_S / 4):
                break

        assert dict.fromkeys(CHANNELS, 1) == {one: len(world.messages(one)) for one in CHANNELS}


def test_questions_that_were_asked_for_and_are_to_wait_keep_no_other_one_waiting(tmp_path: Path) -> None:
    """More of them than may be under way at once."""
    team = team_of(17)
    others, free_team = team[:9], [team[0], *team[9:]]  # who shares many people with others cannot be asked
    channels = [
        channel_of(others, id_=f"C{number:08}", name=f"team-{number}") for number in range(MANY_ASKED)
    ]
    channels.append(channel_of(free_team, id_="C00000099", name="free"))
    *waiting, free = (channel.id for channel in channels)
    config = f"admins: [{team[0].id}]\n{CONFIG.partition('schedules:')[0]}"
    with a_fronted_world(tmp_path, make_workspace(team, channels), in_real_time=True, config=config) as world:
        world.slack.play(
            POST, bad_days.too_many(LONG_S), times=1000, where=lambda call: call.args["channel"] != free
        )
        for channel in waiting:
            world.ask(team[0].id, channel)
        world.ask(team[0].id, free)

        assert world.workspace.wait_for(lambda _: bool(world.messages(free)), PATIENCE_S / 2)
        assert not any(world.messages(channel) for channel in waiting)
