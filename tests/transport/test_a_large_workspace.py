"""A workspace of thousands: to list all its people takes long, and no click waits for it."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from bot.demo.workspace import make_workspace
from tests.faults import bad_days
from tests.patience import PATIENCE_S
from tests.transport.fronted import FrontedWorld, a_fronted_world
from tests.world import channel_of, filled_in, team_of, text_of

PEOPLE = 6_000
PAGE = 1_000
MEDIUM = 300
HERE = 50
"""So many are in the channel; more than the bot asks about one by one."""


Large = tuple[FrontedWorld, list[str]]


@pytest.fixture(params=[PEOPLE])
def large(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Large]:
    """A workspace of 6,000 (or of as many as a test asks for), of whom 50 have been asked."""
    team = team_of(request.param)
    here = team[:HERE]
    with a_fronted_world(tmp_path, make_workspace(team, [channel_of(here)])) as world:
        world.move(minutes=1)
        yield world, [one.id for one in here]


@pytest.fixture
def held(large: Large) -> Iterator[Large]:
    """The same when everything known of its people is old, and Slack does not say who they are."""
    world, people = large
    until = Event()
    world.pass_time(minutes=11)
    world.slack.play("users.list", bad_days.late(until), times=100)
    yield world, people
    until.set()


def test_everybody_of_the_channel_gets_a_form_while_the_list_of_all_people_is_not_there(held: Large) -> None:
    world, people = held

    assert [True] * HERE == world.press_all(people, world.announcement())
    assert world.have_forms(people, PATIENCE_S)


@pytest.mark.parametrize("large", [MEDIUM], indirect=True)
def test_everybody_gets_a_form_in_a_smaller_workspace_too(held: Large) -> None:
    world, people = held

    assert [True] * HERE == world.press_all(people, world.announcement())
    assert world.have_forms(people, PATIENCE_S)


def test_a_quote_is_previewed_by_the_older_list_while_the_new_one_is_not_there(held: Large) -> None:
    world, people = held
    form = world.say_more(people[0], world.open_form(people[0]), "quoted")
    block = next(block for block in form.body["blocks"] if "quote.preview" in str(block))

    answer = world.server.act(
        people[0],
        type="block_action",
        container={"type": "view", "view_id": form.id},
        block_id=block["block_id"],
        action_id="quote.preview",
        state=filled_in(form, text="It was Person 04 who has helped me to settle in", quotable=True),
    )

    assert answer["ok"]
    world.wait(lambda: "who has helped me" in text_of(world.workspace.stack(people[0])[-1].body["blocks"]))
    assert "Person 04" not in text_of(world.workspace.stack(people[0])[-1].body["blocks"])


def test_the_home_tab_opens_while_the_list_of_all_people_is_not_there(
    held: Large,
) -> None:
    world, people = held

    assert world.open_home(people[0])


def test_all_people_are_listed_in_pages_of_1000(large: Large) -> None:
    world, _people = large
    pages = [call for call in world.workspace.calls if call.method == "users.list"]

    assert pages
    assert {str(PAGE)} == {str(call.args["limit"]) for call in pages}
    assert 0 == len(pages) % (1 + PEOPLE // PAGE)  # the bot itself is one more
