"""Attacks on the whole bot over loopback: what a colleague, an admin, a stranger would try."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.audiences import StatementKey, every_key
from bot.core.model import ChannelId, RoundState
from bot.core.release import Published
from bot.demo.workspace import BOT_USER_ID, Channel, View, make_workspace
from bot.service import audiences
from tests.privacy.installation import KINDS
from tests.world import (
    CHANNEL,
    CONFIG,
    World,
    a_world,
    channel_of,
    filled_in,
    stored_replies,
    team_of,
    text_of,
)

pytestmark = pytest.mark.attack

OTHER = "C0OTHER00"
FIVE = ["U02TOMA", "U03INGR", "U04KWAM", "U05YUKI", "U06RUTH"]
WORDS = "Quokkas walked over the harbour wall"

TWO_CHANNELS = (
    CONFIG
    + '  - {{channel: C0OTHER00, every: week, on: [wed], at: "10:00", pack: belonging, open_for: 1d}}\n'
)


@pytest.fixture(params=list(KINDS.values()), ids=list(KINDS))
def asked(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    """The demo team with its first prompt."""
    with a_world(tmp_path, kind=request.param) as world:
        world.move(minutes=1)
        yield world


def answer_as(world: World, people: list[str], answers: tuple[str, ...] = ("5", "4", "2")) -> None:
    for user in people:
        world.reply(user, answers=list(answers))
        world.close_modals(user)


def results(world: World, channel: str = CHANNEL) -> list[Published]:
    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        return [found for _, found in tx.list_releases(ChannelId(channel)) if isinstance(found, Published)]


# Change the rules in the middle of a round


def test_a_rule_changed_while_a_round_is_open_changes_nothing_for_it(asked: World) -> None:
    answer_as(asked, FIVE)
    asked.stop_bot()
    config = asked.folder / "config.yaml"
    config.write_text(
        config.read_text(encoding="utf-8").replace("threshold: 5", "threshold: 14"), encoding="utf-8"
    )

    asked.start_bot()
    asked.move(days=3)

    assert [5] == [result.replies for result in results(asked)]


def test_the_next_round_has_the_new_rule(asked: World) -> None:
    asked.stop_bot()
    config = asked.folder / "config.yaml"
    config.write_text(
        config.read_text(encoding="utf-8").replace("threshold: 5", "threshold: 14"), encoding="utf-8"
    )
    asked.start_bot()
    asked.move(days=3)
    asked.move(days=4)
    answer_as(asked, FIVE)
    asked.move(days=3)

    assert [] == results(asked)


# Subtract one channel from another


def two_channels(folder: Path, here: int, there: int) -> "World":
    team = team_of(max(here, there))
    other = Channel(id=OTHER, name="other", members=[*(one.id for one in team[:there]), BOT_USER_ID])
    return World(folder, make_workspace(team, [channel_of(team[:here]), other]), config=TWO_CHANNELS)


def ask_both(world: World) -> None:
    """The first channel replies and closes; the next day the other one is due."""
    world.move(minutes=1)
    for member in world.everyone():
        odd_one = member == "U0MEMBER05"
        world.reply(member, answers=["1", "1", "1"] if odd_one else ["5", "5", "1"])
        world.close_modals(member)
    world.move(days=1)


def asked_in(world: World, channel: str) -> frozenset[StatementKey]:
    """What was asked in a channel."""
    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        rounds = tx.list_channel_rounds(ChannelId(channel))
    return frozenset().union(*(every_key(one.prompt, one.id) for one in rounds))


@pytest.mark.parametrize(("here", "there"), [(6, 7), (7, 6), (6, 12)])
def test_a_channel_whose_count_could_be_subtracted_is_not_asked_the_same(
    tmp_path: Path, here: int, there: int
) -> None:
    world = two_channels(tmp_path, here, there)
    with world.server:
        world.start_bot()
        ask_both(world)

        assert not asked_in(world, CHANNEL) & asked_in(world, OTHER)
        world.stop_bot()


def test_mutant_without_the_refusal_one_persons_answer_is_the_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audiences, "_count", lambda *_: 0)
    world = two_channels(tmp_path, 6, 7)
    with world.server:
        world.start_bot()
        ask_both(world)

        assert asked_in(world, CHANNEL) & asked_in(world, OTHER)
        world.stop_bot()


# Be a nosy admin


def test_an_admin_reads_what_everyone_reads(asked: World) -> None:
    answer_as(asked, FIVE)
    asked.move(days=3)
    asked.member("diego").zone = asked.member("maya").zone
    for words in (
        "/belonging summary",
        "/belonging privacy",
        "/belonging help",
        "/belonging replies",
        "/belonging",
    ):
        asked.answer("U01MAYA", words)
        asked.answer("U07DIEG", words)

        assert text_of(asked.told("U01MAYA")[-1].blocks) == text_of(asked.told("U07DIEG")[-1].blocks)


def test_the_home_tab_of_an_admin_holds_no_more_of_a_round(asked: World) -> None:
    answer_as(asked, FIVE)

    admin, member = asked.open_home("U01MAYA"), asked.open_home("U07DIEG")

    everybodys, _, schedules = text_of(admin.body["blocks"]).partition("Schedules\n")
    whens, _, promise = schedules.partition("\n*Confidential how?*")
    assert "every week on Tuesday" in whens
    assert f"{everybodys}*Confidential how?*{promise}" == text_of(member.body["blocks"])
    assert not any(number in text_of(admin.body["blocks"]) for number in ("5 of", "5 repl", "replied: 5"))


# Send what no form of ours sends


def state_of(form: View, **what: object) -> object:
    return filled_in(form, **what)  # type: ignore[arg-type]


def last_words(world: World, user: str) -> str:
    return text_of(world.workspace.stack(user)[-1].body["blocks"])


def test_a_forged_receipt_makes_no_second_reply(asked: World) -> None:
    thanks = asked.reply("U02TOMA", answers=["4"])
    form = asked.press_for_modal("U02TOMA", "reply.change", thanks)
    round_id, _, _ = form.body["private_metadata"].partition(".")
    form.body["private_metadata"] = f"{round_id}.{'00' * 16}"

    asked.submit("U02TOMA", form, answers=["1"])

    assert 1 == stored_replies(asked)
    assert "already replied" in last_words(asked, "U02TOMA")


def test_somebody_without_a_reply_cannot_use_another_persons_receipt(asked: World) -> None:
    asked.reply("U02TOMA", answers=["4"])
    theirs = asked.workspace.stack("U02TOMA")[-1].body["private_metadata"]
    form = asked.open_form("U03INGR")
    form.body["private_metadata"] = theirs

    asked.submit("U03INGR", form, answers=["1"])

    assert 1 == stored_replies(asked)


def test_the_receipt_of_another_round_changes_nothing(asked: World) -> None:
    asked.reply("U02TOMA", answers=["4"])
    old = asked.workspace.stack("U02TOMA")[-1].body["private_metadata"]
    asked.close_modals("U02TOMA")
    asked.move(days=3)
    asked.move(days=4)
    form = asked.open_form("U02TOMA")
    new_round = form.body["private_metadata"].partition(".")[0]
    asked.submit("U02TOMA", form, answers=["4"])
    thanks = asked.workspace.stack("U02TOMA")[-1]
    form = asked.press_for_modal("U02TOMA", "reply.change", thanks)
    form.body["private_metadata"] = f"{new_round}.{old.partition('.')[2]}"

    asked.submit("U02TOMA", form, answers=["1"])

    assert 1 == stored_replies(asked)


@pytest.mark.parametrize(
    "text",
    [
        "\u202egnihtyna ro\u202c \u2066hidden\u2069",
        "bell\x07 and null\x00 and escape\x1b[31m",
        "👩‍👩‍👧 " * 250,
    ],
    ids=["reading direction", "control characters", "families"],
)
def test_odd_texts_are_stored_without_their_tricks(asked: World, text: str) -> None:
    asked.reply("U02TOMA", text=text)

    assert 1 == stored_replies(asked)


def test_three_thousand_emoji_are_sent_back_with_the_number_and_stay_in_the_form(asked: World) -> None:
    form = asked.say_more("U02TOMA", asked.open_form("U02TOMA"), "unquoted")
    state = {"reply.text": {"text": {"type": "plain_text_input", "value": "🦘" * 3000}}}

    answer = asked.server.act("U02TOMA", type="view_submit", view_id=form.id, state=state)

    assert not answer["ok"]
    assert "reply.text" in answer["errors"]
    assert 0 == stored_replies(asked)
    assert form.id == asked.workspace.stack("U02TOMA")[-1].id


def test_a_ballot_replaced_by_garbage_is_said_and_nothing_half_written(asked: World) -> None:
    form = asked.open_form("U02TOMA")
    (ballot,) = (asked.data_dir / "ballots").glob("*.db")
    ballot.write_bytes(b"garbage " * 2000)

    answer = asked.submit("U02TOMA", form, text=WORDS)

    assert not answer["ok"]
    assert "your reply was not saved" in next(iter(answer["errors"].values()))
    assert b"garbage " * 2000 == ballot.read_bytes()


def test_a_clock_that_goes_back_opens_no_round_again(asked: World) -> None:
    answer_as(asked, FIVE)
    asked.move(days=3)
    assert asked.bot
    before = len(asked.messages())
    earlier = asked.clock.now().replace(day=25)
    object.__setattr__(asked.bot.services, "clock", lambda: earlier)

    asked.bot.run_due()

    with asked.bot.services.store.transaction("test") as tx:
        (round_,) = tx.list_channel_rounds(ChannelId(CHANNEL))
    assert RoundState.CLOSED is round_.state
    assert before == len(asked.messages())


def test_below_the_threshold_the_same_bytes_whoever_replied(tmp_path: Path) -> None:
    said = []
    for number in (0, 1, 4):
        (folder := tmp_path / str(number)).mkdir()
        with a_world(folder) as world:
            world.move(minutes=1)
            answer_as(world, FIVE[:number])
            world.move(days=3)
            said.append(text_of(world.messages()[-1].blocks))

    assert 1 == len(set(said))
