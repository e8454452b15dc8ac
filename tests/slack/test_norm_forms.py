"""What comes back from the forms of a norm, and what Slack takes of what is said about one."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.counts import count_of, merged_end
from bot.core.model import ChannelId, NormId, Round, RoundKind, StatementId
from bot.core.norms import MOST_WEIGHED, Norm, NormState, NormStep, handle_of
from bot.core.release import Published, StatementRelease
from bot.core.replies import Draft
from bot.demo.block_kit import check_blocks, check_view, is_too_large
from bot.slack.kit.builders import Block, View
from bot.slack.kit.limits import fit, fit_message, fit_view
from bot.slack.kit.round_words import most_wanted
from bot.slack.norms import blocks as ledger
from bot.slack.norms import take_down_blocks as take_down
from bot.slack.norms.forms import parse_take_down
from bot.slack.reply import announcement_blocks as prompt
from bot.slack.reply import norm_blocks as norms
from bot.slack.reply.forms import parse_form
from bot.slack.results import result_blocks as outcome
from tests.slack.reading import texts
from tests.slack.said_norms import BOX, CHOOSE, COLLECT, COLLECTED, CONSENT, DECIDE, LOOK_AGAIN, weighing
from tests.slack.samples import OUTSIDE, written
from tests.slack.test_accepted import METADATA, few
from tests.slack.test_forms import json_values, view

LONGEST = ["x" * 300, "&" * 300, "🌱" * 300, "漢" * 300, "<!channel> " * 27, "a\n" * 150]
CHANNEL = ChannelId("C02PRODUCT")


def parsed(round_: Round, **values: Any) -> Any:
    """What becomes of a form with these values."""
    return parse_form(view(**values), round_)


@pytest.mark.parametrize("text", ["", "   ", "\n\r\n", "\u202e", "\x00"])
def test_an_empty_proposal_is_told_at_its_field(text: str) -> None:
    assert {"reply.text": "Please write what we could try; a sentence is enough."} == parsed(BOX, text=text)


def test_a_proposal_that_nobody_can_keep_in_mind_is_told_how_long_it_is() -> None:
    told = {"reply.text": "Please shorten this to 300 characters; it has 3,000."}

    assert told == parsed(COLLECT, text="x" * 3000)


@pytest.mark.parametrize("text", LONGEST)
def test_a_proposal_of_three_hundred_characters_is_taken_whole(text: str) -> None:
    draft = parsed(COLLECT, text=text)

    assert isinstance(draft, Draft)
    assert text.strip() == draft.text


def test_a_proposal_is_its_words_and_nothing_else_whatever_the_form_holds() -> None:
    draft = parsed(COLLECT, text="We try it", allow=True, tags=["left-out"], **{"item:x": "5"})

    assert Draft(answers={}, text="We try it", quotable=True) == draft


@pytest.mark.parametrize(
    ("round_", "offered"),
    [(CONSENT, {"5", "4", "1"}), (LOOK_AGAIN, {"5", "3", "1"})],
    ids=["consent", "look"],
)
@pytest.mark.parametrize("value", ["1", "2", "3", "4", "5"])
def test_only_what_is_offered_can_be_chosen(round_: Round, offered: set[str], value: str) -> None:
    statement = f"item:{round_.prompt.statements[0].id}"

    draft = parsed(round_, **{statement: value})

    assert (value in offered) == isinstance(draft, Draft)
    assert value in offered or draft == {statement: "Please choose one of the answers shown."}


@pytest.mark.parametrize("round_", [CONSENT, LOOK_AGAIN], ids=["consent", "look"])
def test_nothing_chosen_and_nothing_written_is_told_at_the_choice(round_: Round) -> None:
    statement = f"item:{round_.prompt.statements[0].id}"

    assert [statement] == list(parsed(round_, **{statement: "none"}))


@pytest.mark.parametrize("round_", [CONSENT, LOOK_AGAIN], ids=["consent", "look"])
def test_a_reason_alone_is_a_reply(round_: Round) -> None:
    assert isinstance(parsed(round_, tags=[round_.prompt.tags[0].id]), Draft)


def test_of_each_proposal_one_says_that_one_would_try_it_or_sees_harm_or_nothing() -> None:
    first, second, third = (statement.id for statement in CHOOSE.prompt.statements)

    draft = parsed(CHOOSE, **{f"item:{first}": "5", f"item:{second}": "1", f"item:{third}": "none"})

    assert Draft(answers={first: 5, second: 1, third: None}) == draft


def test_who_says_nothing_of_any_proposal_has_replied_all_the_same() -> None:
    assert Draft(answers=dict.fromkeys((one.id for one in CHOOSE.prompt.statements), None)) == parsed(CHOOSE)


@pytest.mark.parametrize("value", ["2", "3", "4"])
def test_of_a_proposal_nothing_else_can_be_said(value: str) -> None:
    statement = f"item:{CHOOSE.prompt.statements[0].id}"

    assert {statement: "Please choose one of the answers shown."} == parsed(CHOOSE, **{statement: value})


def test_a_decision_holds_no_text_no_tag_and_no_quote_whatever_the_form_holds() -> None:
    draft = parsed(CHOOSE, text="I see harm in it", allow=True, tags=["unclear"])

    assert isinstance(draft, Draft)
    assert ("", (), False) == (draft.text, draft.tags, draft.quotable)


def test_what_is_promised_in_a_form_is_the_rule() -> None:
    assert most_wanted().endswith("unless more than two of us see harm in it (three, from 12 replies on).")
    assert (2, 3) == (merged_end(11), merged_end(12))


def test_what_one_could_live_with_is_read_for_each_proposal() -> None:
    first, second, third = (statement.id for statement in DECIDE.prompt.statements)

    draft = parsed(DECIDE, **{f"item:{first}": "5", f"item:{second}": "none"})

    assert isinstance(draft, Draft)
    assert {first: 5, second: None, third: None} == draft.answers


@given(
    st.sampled_from([BOX, COLLECT, CHOOSE, DECIDE, CONSENT, LOOK_AGAIN]),
    st.dictionaries(
        st.sampled_from(
            [
                "reply.text",
                "reply.quote",
                "reply.tags",
                "item:consent",
                "item:look_again",
                "item:n00000000000",
            ]
        ),
        st.dictionaries(st.sampled_from(["text", "allow", "tags", "answer"]), json_values, max_size=4),
        max_size=6,
    ),
)
def test_a_state_without_sense_never_becomes_an_error_of_ours(round_: Round, values: dict[str, Any]) -> None:
    assert isinstance(parse_form({"state": {"values": values}}, round_), (Draft, dict))


@given(json_values, json_values)
def test_taking_down_what_is_not_offered_takes_nothing_down(choice: Any, reason: Any) -> None:
    values = {
        "proposal.choice": {"norm": {"selected_option": choice}},
        "proposal.reason": {"reason": {"value": reason}},
    }

    norm, why = parse_take_down({"state": {"values": values}})

    assert isinstance(norm, str)
    assert why == " ".join(why.split())
    assert ("", "") == parse_take_down({"state": values})


def many(count: int, text: str, *states: NormState) -> tuple[Norm, ...]:
    """So many proposals with these words, brought to this state by legal steps."""
    day = date(2026, 11, 27)
    steps = tuple(
        NormStep(state=state, on=day + timedelta(weeks=place), round=4 + place, reason="&" * 200)
        for place, state in enumerate((NormState.PROPOSED, *states))
    )
    return tuple(
        Norm(
            id=NormId(f"n{place:011}"),
            channel=CHANNEL,
            handle=handle_of(place),
            text="" if NormState.TAKEN_DOWN in states else f"{place} {text}"[:300],
            steps=steps,
            look_again_on=day if states[-1:] == (NormState.KEPT,) else None,
        )
        for place in range(count)
    )


def refused(blocks: list[Block], surface: str = "message") -> list[str]:
    return [issue.as_text() for issue in check_blocks(blocks, surface)]


def refused_view(shown: View) -> list[str]:
    assert not is_too_large(shown)
    return [issue.as_text() for issue in check_view(shown, shown["type"])]


@pytest.mark.parametrize("text", LONGEST)
def test_the_form_of_six_long_proposals_is_taken_whole(text: str) -> None:
    weighed = many(MOST_WEIGHED, text)

    form = norms.form_of(weighing(weighed), OUTSIDE, METADATA, weighed, change=True)

    assert [] == refused_view(fit_view(form))
    labels = [block["label"]["text"] for block in fit_view(form)["blocks"] if block["type"] == "input"]
    assert [f"{norm.handle}.  {norm.text}" for norm in weighed] == labels[:MOST_WEIGHED]


@pytest.mark.parametrize("text", LONGEST)
@pytest.mark.parametrize("kind", [RoundKind.CONSENT, RoundKind.LOOK_AGAIN])
def test_the_form_and_the_announcement_of_a_long_proposal_are_taken(kind: RoundKind, text: str) -> None:
    asked = {RoundKind.CONSENT: CONSENT, RoundKind.LOOK_AGAIN: LOOK_AGAIN}[kind]
    question = f'Proposal: "{text}", for four weeks. {"Choose one. " * 20}'
    round_ = replace(asked, prompt=replace(asked.prompt, question=question, asks_tenure=True))

    assert [] == refused_view(fit_view(norms.form_of(round_, OUTSIDE, METADATA)))
    announced = fit({"text": prompt.announcement_text(round_), "blocks": prompt.announcement(round_)})
    assert [] == refused(announced["blocks"])


@pytest.mark.parametrize("text", LONGEST)
@pytest.mark.parametrize("count", [3, 30, 200])
def test_as_many_proposals_are_shown_as_fit_and_of_the_others_is_said_how_many(count: int, text: str) -> None:
    made = many(count, text)
    result = replace(COLLECTED, proposals=tuple(norm.text for norm in made), replies=count)

    fitted = fit_message(outcome.result_message(COLLECT, result, (), made))

    said = texts(fitted)
    assert [] == refused(fitted)
    assert "Suggest, without your name" == said[-1]
    shown = sum(any(line.startswith(f"*{norm.handle}*  ") for line in said) for norm in made)
    assert shown == count or any(f"And {count - shown} more" in line for line in said)
    assert [] == refused_view(fit_view(outcome.result_modal(COLLECT, result, (), made)))


@pytest.mark.parametrize("text", LONGEST)
def test_what_six_long_proposals_were_supported_with_is_taken_whole(text: str) -> None:
    weighed = many(MOST_WEIGHED, text, NormState.CANDIDATE)
    round_ = replace(weighing(weighed), number=5)
    statements = tuple(
        StatementRelease(statement=StatementId(norm.id), count=count_of(5, 9)) for norm in weighed
    )
    result = Published(round_id=round_.id, replies=9, audience=9, statements=statements)

    fitted = fit_message(outcome.result_message(round_, result, (), weighed))

    assert [] == refused(fitted)
    assert MOST_WEIGHED == sum("can live with it" in line for line in texts(fitted))


WAYS = (
    (),
    (NormState.TIED,),
    (NormState.CANDIDATE, NormState.TRYING),
    (NormState.CANDIDATE, NormState.TRYING, *[NormState.KEPT] * 60),
    (NormState.CANDIDATE, NormState.TRYING, NormState.CHANGED),
    (NormState.CANDIDATE, NormState.TRYING, NormState.LET_GO),
    (NormState.TAKEN_DOWN,),
)


@pytest.mark.parametrize("text", LONGEST)
@pytest.mark.parametrize("count", [1, 11, 150])
def test_the_ledger_its_history_and_the_form_to_take_down_are_taken_however_long(
    count: int, text: str
) -> None:
    kept = tuple(norm for states in WAYS for norm in many(count, text, *states))

    blocks = fit_message(ledger.ledger_answer(kept, CHANNEL, admin=True)[1])

    assert [] == refused(blocks)
    assert ["Suggest, without your name", "History", "Take one down"] == texts(blocks)[-3:]
    assert [] == refused_view(fit_view(take_down.take_down_modal(kept, CHANNEL)))
    assert [] == refused_view(fit_view(ledger.history_modal(kept)))


@few
@given(written(300))
def test_words_of_a_proposal_cannot_call_anybody(text: str) -> None:
    made = many(3, f"<!channel> {text}")
    result = replace(COLLECTED, proposals=tuple(norm.text for norm in made))

    said = "\n".join(
        [
            outcome.result_notification(COLLECT, result, (), made),
            *texts(outcome.result_message(COLLECT, result, (), made)),
            *texts(ledger.ledger_answer(made, CHANNEL, admin=False)[1]),
            *texts(ledger.history_modal(made)["blocks"]),
        ]
    )

    assert "<!channel>" not in said


@settings(max_examples=50)
@given(st.sampled_from([COLLECT, DECIDE, CONSENT, LOOK_AGAIN]), st.data())
def test_of_votes_no_number_is_said_and_of_consent_one(round_: Round, data: st.DataObject) -> None:
    of = data.draw(st.integers(5, 60))
    statements = tuple(
        StatementRelease(statement=statement.id, count=count_of(data.draw(st.integers(0, of)), of))
        for statement in round_.prompt.statements
    )
    shown = () if round_ is LOOK_AGAIN or round_ is COLLECT else statements
    result = Published(round_id=round_.id, replies=of, audience=of, statements=shown)

    said = outcome.result_text(round_, result)

    assert (len(shown) if shown else 0) == said.count("see no harm in it.") + said.count("can live with it.")
