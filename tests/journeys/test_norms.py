"""A team makes a rule of its own: it suggests, decides, tries, and looks again. Never a name."""

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from bot.demo.workspace import Message, View, make_workspace
from tests.world import World, a_world, channel_of, team_of, text_of

TEAM = [member.id for member in team_of(5)]
ADMIN = TEAM[0]
NEWEST = "When we decide something, whoever is newest speaks first"
QUIET = "On Wednesdays we leave the morning free of meetings"
NOTES = "After each meeting, one of us writes down what we decided"
PROPOSALS = (NEWEST, QUIET, NOTES)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Five people, one of them an admin, one minute before their first question."""
    team = team_of(len(TEAM))
    team[0].is_admin = True
    with a_world(tmp_path, make_workspace(team, [channel_of(team)])) as world:
        yield world


@pytest.fixture
def gathering(world: World) -> World:
    """The same after their first round: its box for proposals is open."""
    world.move(minutes=1)
    a_round(world)
    return world


@pytest.fixture
def proposed(gathering: World) -> World:
    """The same after their round of proposals, of which three were made."""
    until_asked(gathering, "For proposals")
    a_round(gathering, texts=PROPOSALS)
    return gathering


def a_round(
    world: World, answer: str = "4", *, texts: Sequence[str] = (), favour: str = "", harm: int = 0
) -> None:
    """Everybody replies to the open question, and it closes.

    ``favour``: what alone they would try; ``harm``: how many see harm in it instead.
    """
    for number, user in enumerate(TEAM):
        form = world.open_form(user)
        items = [block for block in form.body["blocks"] if block.get("block_id", "").startswith("item:")]
        mine = "1" if number >= len(TEAM) - harm else "5"
        answers = [
            mine if favour and favour in item["label"]["text"] else "none" if favour else answer
            for item in items
        ]
        text = texts[number] if number < len(texts) else ""
        if items or text:
            done = world.submit(user, form, answers=answers, text=text)
            assert done["ok"], done
        world.close_modals(user)
    world.move(days=3)


def until_asked(world: World, what: str) -> None:
    """Weeks go by, everybody replies to what is asked, until something of this kind is."""
    for _ in range(20):
        before = len(world.messages())
        world.move(days=4)
        new = world.messages()[before:]
        if any(what in text_of(message.blocks) for message in new):
            return
        if any("reply.open" in json.dumps(message.blocks) for message in new):
            a_round(world)
        else:
            world.move(days=3)  # the week between two cycles
    raise AssertionError(what)


def suggest(world: World, user: str, text: str) -> View:
    """Type ``/belonging propose``, write this, send it; returns what is shown then."""
    form = world.command_for_modal(user, "/belonging propose")
    done = world.submit(user, form, text=text)
    assert done["ok"], done
    return world.workspace.stack(user)[-1]


def said(message: Message | View) -> str:
    return text_of(message.blocks if isinstance(message, Message) else message.body["blocks"])


def newest(world: World) -> str:
    return said(world.messages()[-1])


def on_disk(world: World, word: str) -> bool:
    return any(word.encode() in path.read_bytes() for path in world.data_dir.rglob("*") if path.is_file())


def test_before_a_round_has_closed_it_is_said_when_there_will_be_a_box(world: World) -> None:
    assert "the next one comes" in said(world.answer(TEAM[1], "/belonging propose"))
    world.move(minutes=1)

    assert "as soon as the question that is open now has closed" in said(
        world.answer(TEAM[1], "/belonging propose")
    )


def test_a_proposal_waits_sealed_and_is_changed_and_withdrawn_with_its_receipt(gathering: World) -> None:
    thanks = suggest(gathering, TEAM[1], QUIET)
    assert "waits sealed" in said(thanks)
    assert not on_disk(gathering, QUIET)

    form = gathering.press_for_modal(TEAM[1], "reply.change", thanks)
    assert gathering.submit(TEAM[1], form, text=NOTES)["ok"]
    assert "has taken the place of the old one" in said(gathering.workspace.stack(TEAM[1])[-1])
    gathering.close_modals(TEAM[1])

    home = gathering.open_home(TEAM[1])
    assert "Your proposal waits sealed" in said(home)
    assert "Nothing is open right now" in said(home)
    gone = gathering.press_for_modal(TEAM[1], "reply.withdraw", home)
    assert "Your proposal is gone" in said(gone)
    gathering.close_modals(TEAM[1])
    assert "Your proposal waits" not in said(gathering.open_home(TEAM[1]))
    assert "waits sealed" in said(suggest(gathering, TEAM[1], QUIET))


def test_there_is_one_proposal_for_each_of_us(gathering: World) -> None:
    suggest(gathering, TEAM[1], QUIET)
    gathering.close_modals(TEAM[1])

    assert "one for each of us" in said(gathering.command_for_modal(TEAM[1], "/belonging propose"))


def test_who_has_not_proposed_sees_nothing_of_a_box_in_the_home_tab(gathering: World) -> None:
    suggest(gathering, TEAM[1], QUIET)

    assert "proposal" not in said(gathering.open_home(TEAM[2]))


def test_what_was_suggested_from_a_summary_is_published_with_what_comes_later(gathering: World) -> None:
    form = gathering.press_for_modal(TEAM[4], "proposal.open", gathering.messages()[-1])
    assert gathering.submit(TEAM[4], form, text=QUIET)["ok"]
    gathering.close_modals(TEAM[4])
    until_asked(gathering, "For proposals")

    for user, text in zip(TEAM[:2], (NEWEST, NOTES), strict=True):
        assert gathering.submit(user, gathering.open_form(user), text=text)["ok"]
        gathering.close_modals(user)
    gathering.move(days=3)

    assert all(text in newest(gathering) for text in PROPOSALS)
    assert "Three proposals" in newest(gathering)


def test_two_proposals_are_not_published_and_nobody_reads_how_many_there_were(gathering: World) -> None:
    until_asked(gathering, "For proposals")
    a_round(gathering, texts=PROPOSALS[:2])

    assert "Fewer than three proposals were made, so none is shown" in newest(gathering)
    assert not any(on_disk(gathering, text) for text in PROPOSALS)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("   ", "required field"), ("Hello!", "Too little"), ("x" * 3000, "300 characters")],
)
def test_a_proposal_that_cannot_be_published_is_told_at_its_field(
    gathering: World, text: str, wrong: str
) -> None:
    form = gathering.command_for_modal(TEAM[1], "/belonging propose")

    answer = gathering.submit(TEAM[1], form, text=text)

    assert wrong in json.dumps(answer)
    assert "reply.text" in json.dumps(answer)


def test_a_name_is_taken_out_of_a_proposal_and_its_writer_sees_it_before(gathering: World) -> None:
    form = gathering.command_for_modal(TEAM[1], "/belonging propose")
    block = next(block for block in form.body["blocks"] if "quote.preview" in json.dumps(block))
    state = {"reply.text": {"text": {"type": "plain_text_input", "value": "Person 03 chairs our meetings"}}}

    gathering.server.act(
        TEAM[1],
        type="block_action",
        container={"type": "view", "view_id": form.id},
        block_id=block["block_id"],
        action_id="quote.preview",
        state=state,
    )

    gathering.wait(lambda: "[name]" in said(gathering.workspace.stack(TEAM[1])[-1]))


def test_five_people_suggest_decide_try_and_keep(gathering: World) -> None:
    """Two rounds, 14 days from the first suggestion to the trial, at a weekly rhythm."""
    suggested = gathering.clock.now()
    for user, text in zip(TEAM, PROPOSALS, strict=False):
        suggest(gathering, user, text)
        gathering.close_modals(user)
    assert not any(on_disk(gathering, text) for text in PROPOSALS)

    until_asked(gathering, "A minute is enough")
    a_round(gathering)
    assert "Three proposals to choose from" in newest(gathering)
    assert all(text in newest(gathering) for text in PROPOSALS)

    gathering.move(days=4)
    assert "To decide" in said(gathering.announcement())
    a_round(gathering, favour=NEWEST, harm=2)
    assert f"We try this until 8 January 2027: {NEWEST}" in newest(gathering)
    assert "*3 or more of 5* would try it" in newest(gathering)
    assert "So few see harm in it that it cannot be shown." in newest(gathering)
    assert timedelta(days=14) == gathering.clock.now() - suggested

    ledger = gathering.answer(TEAM[3], "/belonging norms")
    assert "We try now" in said(ledger)
    assert NEWEST in said(ledger)
    assert f"We try now: {NEWEST}" in said(gathering.open_home(TEAM[3]))

    until_asked(gathering, "Looking again")
    a_round(gathering, "5")
    assert "We keep it." in newest(gathering)
    assert "of 5 see" not in newest(gathering)

    until_asked(gathering, "A minute is enough")
    a_round(gathering)
    kept = next(
        text
        for text in map(said, reversed(gathering.messages()))
        if "What came of an earlier proposal" in text
    )
    assert f"You kept: “{NEWEST}”" in kept


def test_what_three_of_five_see_harm_in_is_not_tried_and_nobody_reads_why(proposed: World) -> None:
    until_asked(proposed, "To decide")
    a_round(proposed, favour=QUIET, harm=3)

    assert "None was chosen." in newest(proposed)
    assert "harm" not in newest(proposed)
    history = proposed.press_for_modal(TEAM[1], "norm.history", proposed.answer(TEAM[1], "/belonging norms"))
    assert "put to rest" in said(history)


def test_who_leaves_everything_unsaid_has_replied(proposed: World) -> None:
    until_asked(proposed, "To decide")
    form = proposed.open_form(TEAM[0])

    assert proposed.submit(TEAM[0], form)["ok"]

    assert "Saved, without your name" in said(proposed.workspace.stack(TEAM[0])[-1])


def test_anyone_can_have_the_channel_look_again_sooner(proposed: World) -> None:
    until_asked(proposed, "To decide")
    a_round(proposed, favour=NEWEST)

    notice = proposed.press_for_modal(TEAM[4], "norm.revisit", proposed.answer(TEAM[4], "/belonging norms"))
    proposed.move(days=4)

    assert "We look again" == notice.body["title"]["text"]
    assert "Looking again" in newest(proposed)
    assert not on_disk(proposed, TEAM[4])


def take_down(world: World, user: str, word: str, reason: str) -> object:
    """Choose the proposal with this word, give a reason, send; returns Slack's answer."""
    form = world.press_for_modal(user, "proposal.remove", world.messages()[-1])
    inputs = {block["block_id"]: block for block in form.body["blocks"] if block["type"] == "input"}
    options = inputs["proposal.choice"]["element"]["options"]
    chosen = next(one for one in options if word in one["text"]["text"])
    state = {
        "proposal.choice": {"norm": {"type": "radio_buttons", "selected_option": chosen}},
        "proposal.reason": {"reason": {"type": "plain_text_input", "value": reason}},
    }
    return world.server.act(user, type="view_submit", view_id=form.id, state=state)


def test_an_admin_takes_a_proposal_down_and_everybody_reads_why(proposed: World) -> None:
    message = proposed.messages()[-1]

    take_down(proposed, ADMIN, "Wednesdays", "It is about one of us.")

    proposed.wait(lambda: QUIET not in json.dumps(message.blocks) + message.text)
    assert "Taken down by an admin on 18 December 2026: It is about one of us." in said(message)
    assert NEWEST in said(message)
    assert "It is about one of us." in said(proposed.answer(TEAM[2], "/belonging norms"))
    assert proposed.bot
    proposed.bot.run_due()
    assert not on_disk(proposed, QUIET)


def test_what_was_taken_down_is_not_weighed(proposed: World) -> None:
    take_down(proposed, ADMIN, "Wednesdays", "It is about one of us.")
    proposed.close_modals(ADMIN)
    until_asked(proposed, "To decide")

    form = said(proposed.open_form(TEAM[1]))

    assert NEWEST in form
    assert QUIET not in form


def test_a_proposal_that_is_being_weighed_leaves_every_message_when_it_is_taken_down(
    proposed: World,
) -> None:
    until_asked(proposed, "To decide")
    a_round(proposed, favour=QUIET)
    answer = proposed.answer(ADMIN, "/belonging norms")
    form = proposed.press_for_modal(ADMIN, "proposal.remove", answer)
    options = next(b for b in form.body["blocks"] if b.get("block_id") == "proposal.choice")["element"]
    chosen = next(one for one in options["options"] if "Wednesdays" in one["text"]["text"])
    state = {
        "proposal.choice": {"norm": {"type": "radio_buttons", "selected_option": chosen}},
        "proposal.reason": {"reason": {"type": "plain_text_input", "value": "It names somebody."}},
    }

    assert proposed.server.act(ADMIN, type="view_submit", view_id=form.id, state=state)["ok"]

    proposed.wait(lambda: not any(QUIET in said(one) + one.text for one in proposed.messages()))
    assert proposed.bot
    proposed.bot.run_due()
    assert not on_disk(proposed, QUIET)


def test_without_a_reason_nothing_is_taken_down(proposed: World) -> None:
    answer = take_down(proposed, ADMIN, "Wednesdays", "  ")

    assert "proposal.reason" in json.dumps(answer)
    assert QUIET in newest(proposed)


def test_a_member_is_told_kindly_whom_to_tell(proposed: World) -> None:
    notice = proposed.press_for_modal(TEAM[1], "proposal.remove", proposed.messages()[-1])

    assert "Only admins can take a proposal down" in said(notice)
    assert "Take one down" not in said(proposed.answer(TEAM[1], "/belonging norms"))
