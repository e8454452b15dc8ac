"""The tenure question: in channels of twenty and more, shown for both groups or in total, never both."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.demo.workspace import View, make_workspace
from bot.report import as_json
from bot.service.summaries import standing
from tests.privacy.installation import finding
from tests.world import CHANNEL, CONFIG, World, a_world, channel_of, filled_in, team_of, text_of

ASKING = CONFIG.replace("pack: belonging}}", "pack: belonging, tenure: true}}")
QUESTION = "How long have you been in this team?"


@contextmanager
def asked(folder: Path, people: int, config: str = ASKING) -> Iterator[World]:
    """A world of so many people in which the first prompt has just been asked."""
    team = team_of(people)
    workspace = make_workspace(team, [channel_of(team)])
    with a_world(folder, workspace, config=config) as world:
        world.move(minutes=1)
        yield world


def reply(world: World, user: str, tenure: str | None, answers: Sequence[str]) -> None:
    """Answer every statement, and how long one has been there; None leaves that question alone."""
    view = world.open_form(user)
    state = filled_in(view, answers=answers)
    if tenure:
        state["reply.tenure"] = {"tenure": chosen(view, tenure)}
    answer = world.server.act(user, type="view_submit", view_id=view.id, state=state)
    assert answer["ok"], answer
    world.close_modals(user)


def chosen(view: View, tenure: str) -> dict[str, Any]:
    (block,) = (block for block in view.body["blocks"] if block["block_id"] == "reply.tenure")
    option = next(option for option in block["element"]["options"] if option["value"] == tenure)
    return {"type": block["element"]["type"], "selected_option": option}


def answer_as(world: World, newer: int, longer: int, unsaid: int = 0) -> None:
    """All reply: the first three agree with nothing, the others with everything."""
    groups = ["newer"] * newer + ["longer"] * longer + [None, "unsaid", None, "unsaid", None][:unsaid]
    for place, (user, tenure) in enumerate(zip(world.everyone(), groups, strict=True)):
        reply(world, user, tenure, ["2" if place < 3 else "4"] * 3)


def stored(world: World) -> list[dict[str, Any]]:
    """The items of the one stored result."""
    with closing(sqlite3.connect(world.data_dir / "belonging.db")) as connection:
        (body,) = connection.execute("SELECT body FROM release").fetchone()
    items: list[dict[str, Any]] = json.loads(body)["items"]
    return items


def test_in_a_channel_of_24_both_groups_are_shown_and_no_total(tmp_path: Path) -> None:
    with asked(tmp_path, 24) as world:
        answer_as(world, 9, 15)
        world.move(days=3)

        summary = world.messages()[-1]
        said = text_of(summary.blocks)
        both = "`●●●●●●●○○○` *6 of 9* newer here\n`●●●●●●●●◐◐` *12 or more of 15* longer here  ·  "
        statements = stored(world)
        assert said.count(both) == len(statements) >= 2
        assert "24 of 24 replied, without names" in said
        assert "of 24*" not in said
        assert all(one["count"] is None and len(one["groups"]) == 2 for one in statements)
        assert finding(world, "published numbers").verdict.value == "pass"


def test_what_is_exported_holds_the_groups_and_no_total(tmp_path: Path) -> None:
    with asked(tmp_path, 24) as world:
        answer_as(world, 9, 10, 5)
        world.move(days=3)

        assert world.bot
        (data,) = json.loads(as_json(standing(world.bot.services, CHANNEL).results))
        for item in data["items"]:
            assert item["agree"] is None
            assert [9, 10, 5] == [group["of"] for group in item["agree_by_group"]]
        assert "*3 or more of 5* did not say" in text_of(world.messages()[-1].blocks)


@pytest.mark.parametrize(("newer", "longer", "unsaid"), [(4, 20, 0), (9, 14, 1), (9, 11, 4)])
def test_in_a_channel_of_24_with_one_group_of_fewer_than_five_there_is_the_total_only(
    tmp_path: Path, newer: int, longer: int, unsaid: int
) -> None:
    with asked(tmp_path, 24) as world:
        answer_as(world, newer, longer, unsaid)
        world.move(days=3)

        message = world.messages()[-1]
        said = text_of(message.blocks)
        statements = stored(world)
        assert said.count("*21 or more of 24*") == len(statements)
        assert "newer here" not in said.lower()
        modal = world.press_for_modal(world.everyone()[0], "summary.open", message)
        assert "every number is of all together" in text_of(modal.body["blocks"])
        assert all(one["count"] and one["groups"] == [] for one in statements)


def test_in_a_channel_of_19_it_is_not_asked(tmp_path: Path) -> None:
    with asked(tmp_path, 19) as world:
        view = world.open_form(world.everyone()[0])

        assert QUESTION not in text_of(view.body["blocks"])
        assert "reply.tenure" not in json.dumps(view.body)


def test_where_the_schedule_does_not_say_so_it_is_not_asked(tmp_path: Path) -> None:
    with asked(tmp_path, 24, CONFIG) as world:
        assert QUESTION not in text_of(world.open_form(world.everyone()[0]).body["blocks"])


def test_the_form_and_the_promise_say_who_sees_what(tmp_path: Path) -> None:
    with asked(tmp_path, 24) as world:
        user = world.everyone()[0]
        form = text_of(world.open_form(user).body["blocks"])
        world.close_modals(user)
        promise = text_of(world.press_for_modal(user, "privacy.open", world.announcement()).body["blocks"])

        assert QUESTION in form
        assert "shown only if at least five people of each group answer" in form
        assert "A question may also ask how long people have been in the team" in promise


def test_a_channel_that_shrinks_meanwhile_keeps_question_and_rule(
    tmp_path: Path,
) -> None:
    with asked(tmp_path, 20) as world:
        everyone = world.everyone()
        for place, user in enumerate(everyone[:10]):
            reply(world, user, "newer" if place < 5 else "longer", ["4", "2", "4"])
        here = world.workspace.channels[CHANNEL]
        here.members = [user for user in here.members if user not in everyone[11:]]
        reply(world, everyone[10], "longer", ["4", "2", "4"])
        world.move(days=3)

        assert "*4 or more of 6* longer here" in text_of(world.messages()[-1].blocks)
