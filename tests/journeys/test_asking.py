"""``/belonging`` and its words."""

import pytest

from tests.world import World, text_of


@pytest.mark.parametrize("words", ["/belonging", "/belonging help", "/belonging HELP  "])
def test_help_explains_and_names_the_people_to_turn_to(world: World, words: str) -> None:
    world.answer("U02TOMA", words)

    said = text_of(world.told("U02TOMA")[-1].blocks)
    assert "/belonging summary" in said
    assert "people@example.org" in said


def test_a_word_it_does_not_know_is_answered_with_those_it_knows(world: World) -> None:
    world.command("U02TOMA", "/belonging sumary")

    assert "/belonging summary" in text_of(world.told("U02TOMA")[-1].blocks)


def test_a_summary_before_the_first_round_says_when_there_will_be_one(world: World) -> None:
    world.answer("U02TOMA", "/belonging summary")

    assert "no summary" in text_of(world.told("U02TOMA")[-1].blocks)


def test_privacy_says_the_promise_to_the_asker_alone(world: World) -> None:
    world.answer("U02TOMA", "/belonging privacy")

    assert "What we cannot prevent" in text_of(world.told("U02TOMA")[-1].blocks)
    assert world.messages() == []


def test_the_home_tab_of_someone_new_says_that_nothing_is_open(world: World) -> None:
    home = world.open_home("U02TOMA")

    assert "Nothing is open right now" in text_of(home.body["blocks"])


def test_the_home_tab_offers_the_open_round_and_later_the_summary(asked: World) -> None:
    home = asked.open_home("U02TOMA")
    form = asked.press_for_modal("U02TOMA", "reply.open", home)
    asked.submit("U02TOMA", form, answers=["4"])
    asked.close_modals("U02TOMA")
    asked.move(days=3)

    later = asked.open_home("U02TOMA")

    assert "too few replies" in text_of(later.body["blocks"])
    shown = asked.press_for_modal("U02TOMA", "summary.open", later)
    assert "Fewer than 5 people replied" in text_of(shown.body["blocks"])
