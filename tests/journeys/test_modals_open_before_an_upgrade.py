"""What an admin had open of *Preview* before an upgrade goes on, although its buttons have other ids now."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.views import replace
from bot.demo.workspace import View
from tests.world import Json, World, a_world, chosen, filled_in, text_of

ADMIN = "U01MAYA"
FORMER = {
    '"schedule.show"': '"schedule.try"',
    '"preview.open"': '"trial.open"',
    '"preview.reply"': '"trial.reply"',
    '"preview.privacy"': '"trial.privacy"',
    '"preview.quote"': '"trial.quote"',
    '"preview.read"': '"trial.read"',
    '"preview.send"': '"trial.send"',
}
"""The ids of an earlier version, by today's."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world with a schedule, before its first question."""
    with a_world(tmp_path) as world:
        yield world


def of_before(world: World, view: View) -> View:
    """Give a view that is open the ids that an earlier version drew."""
    body = json.dumps(view.body)
    for now, then in FORMER.items():
        body = body.replace(now, then)
    replace(world.server.site, view, json.loads(body))
    return view


def listed(world: World) -> View:
    """The list of schedules, as an earlier version drew it."""
    return of_before(world, world.command_for_modal(ADMIN, "/belonging schedule"))


def question(world: World) -> View:
    """The question that the schedule would ask, as an earlier version drew it."""
    return of_before(world, world.press_for_modal(ADMIN, "schedule.try", listed(world)))


def form(world: World) -> tuple[View, Json]:
    """Open the form of a preview, choose to say more, and draw it as an earlier version did; with a text."""
    view = world.press_for_modal(ADMIN, "trial.reply", question(world))
    more = next(block for block in view.body["blocks"] if block.get("block_id") == "reply.more")
    before = view.hash
    world.server.act(
        ADMIN,
        type="block_action",
        container={"type": "view", "view_id": view.id},
        block_id="reply.more",
        action_id=more["element"]["action_id"],
        value=chosen(more, "quoted"),
    )
    world.wait(lambda: view.hash != before)
    return of_before(world, view), filled_in(
        view, text="Ingrid Solberg was there when the new room was opened.", quotable=True
    )


def test_the_list_still_shows_what_a_schedule_would_ask(world: World) -> None:
    shown = question(world)

    assert "Preview" == shown.body["title"]["text"]


def test_the_schedule_form_still_shows_what_is_to_be_filled_in(world: World) -> None:
    new = of_before(world, world.press_for_modal(ADMIN, "schedule.new", listed(world)))

    world.press_for_modal(ADMIN, "trial.open", new)

    assert new is not world.workspace.stack(ADMIN)[-1]


def test_the_question_still_shows_how_it_stays_anonymous(world: World) -> None:
    shown = world.press_for_modal(ADMIN, "trial.privacy", question(world))

    assert "What stays confidential" == shown.body["title"]["text"]


def test_the_form_still_previews_a_quote(world: World) -> None:
    view, state = form(world)
    block = next(block for block in view.body["blocks"] if "trial.quote" in json.dumps(block))
    before = view.hash

    answer = world.server.act(
        ADMIN,
        type="block_action",
        container={"type": "view", "view_id": view.id},
        block_id=block["block_id"],
        action_id="trial.quote",
        state=state,
    )

    assert answer["ok"], answer
    world.wait(lambda: view.hash != before)
    assert "[name] was there" in text_of(view.body["blocks"])


def test_the_form_is_still_sent_and_nothing_is_stored(world: World) -> None:
    view, state = form(world)

    answer = world.server.act(ADMIN, type="view_submit", view_id=view.id, state=state)

    assert answer["ok"], answer
    assert "Nothing was stored" in text_of(world.workspace.stack(ADMIN)[-1].body["blocks"])
