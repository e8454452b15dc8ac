"""Flow (c) over several rounds: what a cycle says, how a channel has moved, and the rest after a cycle."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.config import load_pack
from bot.core.model import ChannelId, RoundState
from bot.core.release import Result
from bot.demo.workspace import Message, make_workspace
from bot.report.sample import sample_results
from tests.world import CHANNEL, ROOT, START, Json, World, a_world, channel_of, team_of, text_of

ASKERS = ("U07DIEG", "U02TOMA", "U01MAYA")
"""Two members and an admin."""

FIVE = ("U02TOMA", "U03INGR", "U04KWAM", "U05YUKI", "U06RUTH")
WORDS = {"cycle": "/belonging summary cycle", "trend": "/belonging trend"}
RESTS = "There is no question this time."
CYCLES = 28
"""So many rounds are two whole cycles of the invented channel, each with a decision and a look again."""


def lived(count: int = CYCLES) -> tuple[Result, ...]:
    """So many invented results of this channel, newest first; the last opened a week before the next."""
    results = sample_results(load_pack(ROOT / "prompts" / "belonging"), count)
    later = START + timedelta(minutes=1, days=-7) - results[0][0].opened_at
    return tuple(
        (
            replace(
                round_,
                channel=ChannelId(CHANNEL),
                opened_at=round_.opened_at + later,
                closes_at=round_.closes_at + later,
                summary="1763000000.000100",
            ),
            result,
        )
        for round_, result in results
    )


def remember(world: World, results: tuple[Result, ...]) -> World:
    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        for round_, result in reversed(results):
            tx.insert_round(round_)
            tx.insert_release(result, round_.closes_at)
    return world


@pytest.fixture
def old(world: World) -> World:
    """A channel that has two cycles behind it, one minute before the next fire time."""
    return remember(world, lived())


@pytest.fixture
def midway(tmp_path: Path) -> Iterator[World]:
    """A channel in the middle of its second cycle, so that the next fire time asks."""
    with a_world(tmp_path) as world:
        yield remember(world, lived(CYCLES - 4))


def ask(world: World, user: str, words: str) -> Message:
    world.answer(user, words)
    return world.told(user)[-1]


def share(world: World, user: str, what: str, where: Message) -> Message:
    before = len(world.messages())
    assert world.press(user, f"{what}.share", where)["ok"]
    world.wait(lambda: len(world.messages()) == before + 1)
    return world.messages()[-1]


def said(message: Message) -> list[Json]:
    """Its blocks but for its buttons, without the ids that the workspace gives them."""
    return [
        {key: part for key, part in block.items() if key != "block_id"}
        for block in message.blocks
        if block["type"] != "actions"
    ]


@pytest.mark.parametrize("what", WORDS)
def test_whoever_asks_reads_the_same_numbers(old: World, what: str) -> None:
    first, *others = (ask(old, user, WORDS[what]) for user in ASKERS)

    assert [said(first)] * 2 == [said(other) for other in others]
    assert {first.text} == {other.text for other in others}
    assert f"*🌱 {first.text}*" == said(first)[0]["text"]["text"]
    assert [] == old.messages()


def test_a_cycle_says_its_questions_both_sides_and_one_thing_to_try(old: World) -> None:
    read = text_of(ask(old, "U02TOMA", "/belonging summary cycle").blocks)

    assert "13 questions, 1 more with too few replies to show" in read
    assert "feel wanted here" in read
    assert "feel we shape how we work" in read
    assert "Try this" in read


def test_a_trend_says_every_cycle_and_every_repeated_statement(old: World) -> None:
    read = text_of(ask(old, "U02TOMA", "/belonging trend").blocks)

    assert 2 == read.count("feel wanted here")
    assert 9 == read.count("→")


@pytest.mark.parametrize("words", WORDS.values())
def test_before_the_first_result_there_is_nothing_to_say(world: World, words: str) -> None:
    assert "no summary" in text_of(ask(world, "U02TOMA", words).blocks)


@pytest.mark.parametrize("words", WORDS.values())
def test_in_a_first_open_round_the_answer_is_its_closing_date_and_nothing_else(
    asked: World, words: str
) -> None:
    empty = ask(asked, "U02TOMA", words)
    for user in FIVE:
        asked.reply(user, answers=["5", "4", "2"])
        asked.close_modals(user)

    later = ask(asked, "U02TOMA", words)

    (block,) = later.blocks
    assert "27 November, 10:00" in block["text"]["text"]
    assert (empty.text, said(empty)) == (later.text, said(later))


@pytest.mark.parametrize("what", WORDS)
def test_an_open_round_adds_its_closing_date_to_the_answer_and_nothing_of_itself(
    midway: World, what: str
) -> None:
    before = ask(midway, "U02TOMA", WORDS[what])
    midway.move(minutes=1)
    empty = ask(midway, "U02TOMA", WORDS[what])
    for user in FIVE:
        midway.reply(user, answers=["5", "4", "2"])
        midway.close_modals(user)

    later = ask(midway, "U02TOMA", WORDS[what])

    added = [block for block in said(later) if block not in said(before)]
    assert ["context"] == [block["type"] for block in added]
    assert "27 November, 10:00" in text_of(added)
    assert (empty.text, said(empty)) == (later.text, said(later))


@pytest.mark.parametrize("what", WORDS)
def test_sharing_says_the_same_to_the_channel_and_who_brought_it(old: World, what: str) -> None:
    answer = ask(old, "U07DIEG", WORDS[what])

    shared = share(old, "U07DIEG", what, answer)

    assert said(answer) == said(shared)[:-1]
    assert "<@U07DIEG> shared this." == text_of(shared.blocks[-1:])
    assert answer.text == shared.text


@pytest.mark.parametrize("what", WORDS)
def test_what_is_shared_is_what_the_asker_saw_even_after_another_round_has_closed(
    midway: World, what: str
) -> None:
    answer = ask(midway, "U07DIEG", WORDS[what])
    midway.move(minutes=1)
    for user in FIVE:
        midway.reply(user, answers=["1", "1", "1"])
        midway.close_modals(user)
    midway.move(days=3)

    shared = share(midway, "U07DIEG", what, answer)

    assert said(answer) == said(shared)[:-1]
    assert said(answer) != said(ask(midway, "U07DIEG", WORDS[what]))


def test_after_a_cycle_nothing_is_asked_and_the_channel_reads_the_cycle_once(old: World) -> None:
    old.move(minutes=1)
    old.move(minutes=1)
    old.stop_bot()
    old.start_bot().run_due()

    (rest,) = old.messages()

    assert RESTS in text_of(rest.blocks)
    assert "reply.open" not in json.dumps(rest.blocks)
    asked_for = ask(old, "U02TOMA", "/belonging summary cycle")
    assert said(asked_for) == said(rest)[:-1]


def test_a_week_after_the_rest_the_next_cycle_begins(old: World) -> None:
    old.move(minutes=1)

    old.move(days=7)

    assert [RESTS in text_of(message.blocks) for message in old.messages()] == [True, False]
    assert "reply.open" in json.dumps(old.messages()[-1].blocks)


def test_a_rest_that_slack_did_not_take_is_told_at_the_next_look_and_once(old: World) -> None:
    old.server.fail_next("chat.postMessage", error="internal_error")
    old.move(minutes=1)
    assert [] == old.messages()

    old.move(minutes=1)
    old.move(minutes=1)

    assert [RESTS in text_of(message.blocks) for message in old.messages()] == [True]


def test_a_bot_that_stopped_before_it_could_tell_tells_it_after_its_start(old: World) -> None:
    old.server.fail_next("chat.postMessage", error="internal_error")
    old.move(minutes=1)
    old.stop_bot()

    old.start_bot().run_due()

    assert [RESTS in text_of(message.blocks) for message in old.messages()] == [True]


def test_a_cycle_that_was_really_lived_ends_in_a_rest_with_its_own_numbers(tmp_path: Path) -> None:
    team = team_of(6)
    with a_world(tmp_path, make_workspace(team, [channel_of(team)])) as world:
        world.move(minutes=1)
        for _ in range(12):
            for member in team[:5]:
                world.reply(member.id, text="So it was.", answers=["5", "1", "1"])
                world.close_modals(member.id)
            world.move(days=3)
            world.move(days=4)
        assert world.bot
        with world.bot.services.store.transaction("test") as tx:
            states = [round_.state for round_ in tx.list_channel_rounds(ChannelId(CHANNEL))]

        rest = world.messages()[-1]

    assert [RoundState.CLOSED] * 12 == states
    assert RESTS in text_of(rest.blocks)
    assert "11 questions, 1 more with too few replies to show" in text_of(rest.blocks)
