"""*Shall we go on?*: asked once, after two rounds running with fewer than half; anybody answers."""

import json

import pytest

from bot.demo.workspace import Message
from tests.world import World, text_of

SIX = ("U02TOMA", "U03INGR", "U04KWAM", "U05YUKI", "U06RUTH", "U07DIEG")
SEVEN = (*SIX, "U01MAYA")
"""Half of a channel of fourteen."""


def live_through(world: World, *weeks: tuple[str, ...]) -> None:
    """Let weeks pass in which a prompt comes on Tuesday, and these people reply."""
    for people in weeks:
        for user in people:
            world.reply(user, text="So it was.")
            world.close_modals(user)
        world.move(days=3)
        world.move(days=4)


def asked_to_go_on(world: World) -> list[Message]:
    """Every message that asks, or has asked, whether to go on."""
    return [one for one in world.messages() if "hall we go on" in one.text or "We go on" in one.text]


@pytest.fixture
def quiet(asked: World) -> World:
    """A channel of fourteen in which six replied, and then nobody; the next fire time has come."""
    live_through(asked, SIX, ())
    return asked


def test_after_two_rounds_under_half_the_channel_is_asked_instead_of_prompted(quiet: World) -> None:
    question = quiet.messages()[-1]

    assert "Shall we go on?" in text_of(question.blocks)
    assert "reply.open" not in json.dumps(question.blocks)
    assert [question] == asked_to_go_on(quiet)


def test_it_is_asked_once_also_after_weeks_and_a_restart(quiet: World) -> None:
    before = len(quiet.messages())

    quiet.move(days=7)
    quiet.stop_bot()
    quiet.start_bot().run_due()
    quiet.move(days=7)

    assert before == len(quiet.messages())


def test_half_is_enough_to_go_on_without_a_word(asked: World) -> None:
    live_through(asked, SIX, SEVEN)

    assert [] == asked_to_go_on(asked)
    assert "reply.open" in json.dumps(asked.messages()[-1].blocks)


def test_two_quiet_rounds_that_are_not_neighbours_ask_nothing(asked: World) -> None:
    live_through(asked, SIX, SEVEN, ())

    assert [] == asked_to_go_on(asked)


def test_what_slack_did_not_take_is_asked_at_the_next_look_and_once(asked: World) -> None:
    live_through(asked, ())
    asked.move(days=3)
    asked.server.fail_next("chat.postMessage", error="internal_error")
    asked.move(days=4)
    assert [] == asked_to_go_on(asked)

    asked.move(minutes=1)
    asked.move(minutes=1)

    assert 1 == len(asked_to_go_on(asked))


@pytest.mark.parametrize("user", ["U02TOMA", "U14ALEK", "U01MAYA"])
def test_anybody_presses_and_everybody_reads_when_the_next_one_comes(quiet: World, user: str) -> None:
    (question,) = asked_to_go_on(quiet)

    told = quiet.press_for_modal(user, "schedule.resume", question)
    quiet.wait(lambda: "We go on" in text_of(question.blocks))

    assert "Tuesday 15 December, 10:00" in text_of(told.body["blocks"])
    assert "Tuesday 15 December, 10:00" in text_of(question.blocks)
    assert user not in json.dumps(question.blocks)
    assert "schedule.resume" not in json.dumps(question.blocks)


def test_the_next_fire_time_asks_again(quiet: World) -> None:
    (question,) = asked_to_go_on(quiet)
    quiet.press_for_modal("U02TOMA", "schedule.resume", question)
    quiet.move(minutes=1)
    assert question is quiet.messages()[-1]

    quiet.move(days=7)

    assert "reply.open" in json.dumps(quiet.messages()[-1].blocks)


def test_after_going_on_the_question_comes_again_only_after_two_more_quiet_rounds(quiet: World) -> None:
    quiet.press_for_modal("U02TOMA", "schedule.resume", asked_to_go_on(quiet)[0])
    quiet.wait(lambda: "We go on" in text_of(asked_to_go_on(quiet)[0].blocks))
    quiet.close_modals("U02TOMA")
    quiet.move(days=7)

    live_through(quiet, ())
    live_through(quiet, ())  # proposals are collected: nobody has to make one, so it does not count
    assert 1 == len(asked_to_go_on(quiet))
    live_through(quiet, ())

    assert 2 == len(asked_to_go_on(quiet))


def test_who_pressed_is_written_nowhere(quiet: World) -> None:
    quiet.press_for_modal("U05YUKI", "schedule.resume", asked_to_go_on(quiet)[0])

    stored = b"".join(path.read_bytes() for path in quiet.data_dir.rglob("*") if path.is_file())

    assert b"U05YUKI" not in stored


def test_two_who_press_at_the_same_time_both_hear_that_it_goes_on(quiet: World) -> None:
    (question,) = asked_to_go_on(quiet)
    quiet.server.fail_next("chat.update", error="internal_error")

    first = quiet.press_for_modal("U02TOMA", "schedule.resume", question)
    second = quiet.press_for_modal("U03INGR", "schedule.resume", question)

    assert "Thank you" in text_of(first.body["blocks"])
    assert "go on already" in text_of(second.body["blocks"])
