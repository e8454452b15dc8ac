"""What comes back from Slack is taken apart with care: nothing in it is taken on trust."""

import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Receipt, Round, RoundId
from bot.core.replies import Draft, Tenure
from bot.slack.kit.view_state import BIDI_CONTROLS, clean_text
from bot.slack.reply.forms import FormMetadata, form_metadata, parse_form_metadata, parse_reply, typed_text
from tests.slack.samples import PROMPT, a_round, rounds

ROUND = a_round()
FIRST = "item:welcome-anchor"
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def view(**values: Any) -> dict[str, Any]:
    """A submitted form with these values: ``text``, ``allow``, ``tags``, or answers by block id."""
    state: dict[str, Any] = {}
    if "text" in values:
        state["reply.text"] = {"text": {"type": "plain_text_input", "value": values.pop("text")}}
    if "allow" in values:
        chosen = [{"value": "yes"}] if values.pop("allow") else []
        state["reply.quote"] = {"allow": {"type": "checkboxes", "selected_options": chosen}}
    if "tags" in values:
        chosen = [{"value": tag} for tag in values.pop("tags")]
        state["reply.tags"] = {"tags": {"type": "multi_static_select", "selected_options": chosen}}
    for block_id, value in values.items():
        state[block_id] = {"answer": {"type": "radio_buttons", "selected_option": value and {"value": value}}}
    return {"state": {"values": state}}


def draft_of(**values: Any) -> Draft:
    draft = parse_reply(view(**values), ROUND)
    assert isinstance(draft, Draft), draft
    return draft


@given(
    st.from_regex(r"[0-9a-v]{12}", fullmatch=True),
    st.binary(min_size=16, max_size=16),
    st.integers(0, 4_102_444_800_000),
)
def test_a_ticket_comes_back_as_it_went(round_id: str, receipt: bytes, opened: int) -> None:
    ticket = FormMetadata(round_id=RoundId(round_id), receipt=Receipt(receipt), opened=opened)

    assert parse_form_metadata(form_metadata(ticket)) == ticket
    assert receipt.hex() not in repr(ticket)


@given(st.text(max_size=80))
def test_metadata_that_is_not_ours_holds_no_ticket(metadata: str) -> None:
    ticket = parse_form_metadata(metadata)

    assert ticket is None or (ticket.round_id and len(ticket.receipt) == 16)


@pytest.mark.parametrize(
    "metadata",
    [
        "",
        ".",
        "r1",
        "r1.",
        f".{'00' * 16}",
        f"r1.{'00' * 15}",
        f"r1.{'00' * 17}",
        f"r1.{'zz' * 16}",
        f"r1.{'00' * 16}.x",
    ],
)
def test_a_forged_ticket_is_none(metadata: str) -> None:
    assert parse_form_metadata(metadata) is None


@given(rounds, st.data())
def test_every_answer_that_the_form_offers_comes_back(round_: Round, data: st.DataObject) -> None:
    answers = {f"item:{one.id}": str(data.draw(st.integers(1, 5))) for one in round_.prompt.statements}
    offered = [tag.id for tag in round_.prompt.tags]
    tags = data.draw(st.lists(st.sampled_from(offered), unique=True, max_size=2)) if offered else []

    draft = parse_reply(view(text="x", tags=tags, allow=True, **answers), round_)

    assert isinstance(draft, Draft)
    assert {f"item:{statement}": str(answer) for statement, answer in draft.answers.items()} == answers
    assert list(draft.tags) == tags
    assert draft.quotable


@given(st.dictionaries(st.sampled_from(["reply.text", "reply.quote", "reply.tags", FIRST]), json_values))
def test_a_state_without_sense_never_becomes_an_error_of_ours(values: dict[str, Any]) -> None:
    """Slack sends no such thing; whoever forges it learns nothing and breaks nothing."""
    parsed = parse_reply({"state": {"values": values}}, ROUND)

    assert isinstance(parsed, (Draft, dict))


@pytest.mark.parametrize("value", ["0", "6", "-1", "\uff11", "yes", "5.0", "1e0", " 3", "\u0663", "none "])
def test_an_answer_off_the_scale_is_refused_at_its_statement(value: str) -> None:
    parsed = parse_reply(view(text="x", **{FIRST: value}), ROUND)

    assert isinstance(parsed, dict)
    assert set(parsed) == {FIRST}


def test_a_statement_of_another_prompt_is_not_taken() -> None:
    draft = draft_of(text="x", **{"item:other": "5"})

    assert "other" not in draft.answers


def test_tags_that_the_form_does_not_offer_are_dropped_and_repeated_ones_count_once() -> None:
    draft = draft_of(text="x", tags=["other", "welcome-tag-names", "welcome-tag-names"])

    assert draft.tags == ("welcome-tag-names",)


def test_more_tags_than_two_are_refused_at_the_tags() -> None:
    tags = [tag.id for tag in ROUND.prompt.tags]

    parsed = parse_reply(view(text="x", tags=tags), ROUND)

    assert isinstance(parsed, dict)
    assert set(parsed) == {"reply.tags"}


def test_not_touched_and_rather_not_say_are_the_same() -> None:
    draft = draft_of(text="x", **{FIRST: "none"})

    assert set(draft.answers.values()) == {None}


@pytest.mark.parametrize("text", ["", "   ", "\n\r\n", "\u202e", "\x00\x07"])
def test_a_text_of_nothing_is_an_empty_reply(text: str) -> None:
    parsed = parse_reply(view(text=text), ROUND)

    assert isinstance(parsed, dict)
    assert set(parsed) == {"reply.text"}


@pytest.mark.parametrize("character", ["x", "é", "漢", "\u095f", "\u09dc", "\ufb2a"])
def test_a_text_that_slacks_counter_let_through_is_taken_whole(character: str) -> None:
    """Some letters are two in composed form; nobody is asked to shorten what Slack counted as 2,000."""
    assert len(draft_of(text=character * 2000).text) == 2000


def test_a_thousand_emoji_are_what_slacks_counter_lets_through_and_two_thousand_fit_as_well() -> None:
    assert draft_of(text="🌱" * 2000).text == "🌱" * 2000


def test_a_text_beyond_the_limit_is_told_by_how_much() -> None:
    parsed = parse_reply(view(text="x" * 2001), ROUND)

    assert parsed == {"reply.text": "Please shorten this to 2,000 characters; it has 2,001."}


@given(st.text())
def test_a_clean_text_has_no_controls_and_is_clean_already(text: str) -> None:
    clean = clean_text(text)

    kept = {character for character in clean if unicodedata.category(character) in {"Cc", "Cs"}}
    assert kept <= {"\n"}
    assert not BIDI_CONTROLS & set(clean)
    assert clean == clean.strip() == clean_text(clean)


@given(st.text(st.characters(exclude_categories=("Cc", "Cs"))))
def test_cleaning_never_makes_a_text_longer(text: str) -> None:
    assert len(clean_text(text)) <= len(text)


def test_letters_written_in_parts_are_put_together() -> None:
    assert clean_text("e\u0301") == "é"


def test_a_control_between_the_parts_of_a_letter_keeps_them_not_apart() -> None:
    assert clean_text("e\x07\u0301") == "é"


def test_families_and_flags_stay_whole() -> None:
    assert clean_text("👩‍👩‍👧 🏳️‍🌈 नमस्ते") == "👩‍👩‍👧 🏳️‍🌈 नमस्ते"


def test_the_text_to_preview_is_the_one_that_stands_in_the_form() -> None:
    assert typed_text(view(text=" one\r\ntwo\x07 ")) == "one\ntwo"
    assert typed_text({}) == ""


ASKING = a_round(prompt=replace(PROMPT, asks_tenure=True))


def tenure(choice: Any, round_: Round = ASKING) -> Tenure:
    """The group in a reply whose form holds this choice."""
    form = view(text="so")
    form["state"]["values"]["reply.tenure"] = {"tenure": {"type": "radio_buttons", "selected_option": choice}}
    draft = parse_reply(form, round_)
    assert isinstance(draft, Draft), draft
    return draft.tenure


@pytest.mark.parametrize("group", Tenure)
def test_how_long_somebody_has_been_there_is_read(group: Tenure) -> None:
    assert group is tenure({"value": group.value})


@pytest.mark.parametrize(
    "choice", [None, {}, {"value": "n"}, {"value": None}, "newer", ["newer"], {"value": []}]
)
def test_no_choice_and_one_that_is_not_offered_read_as_rather_not_say(choice: Any) -> None:
    assert Tenure.UNSAID is tenure(choice)


def test_where_it_was_not_asked_how_long_somebody_has_been_there_is_not_kept() -> None:
    assert Tenure.UNSAID is tenure({"value": "newer"}, ROUND)


def test_how_long_somebody_has_been_there_is_no_reply_by_itself() -> None:
    form = {"state": {"values": {"reply.tenure": {"tenure": {"selected_option": {"value": "newer"}}}}}}

    assert list(parse_reply(form, ASKING)) == ["reply.text"]  # type: ignore[arg-type]


def more(choice: Any, **values: Any) -> Any:
    """What becomes of a form in which this is chosen under *Say more?*."""
    form = view(**values)
    form["state"]["values"]["reply.more"] = {
        "reply.more": {"type": "radio_buttons", "selected_option": choice and {"value": choice}}
    }
    return parse_reply(form, ROUND)


@pytest.mark.parametrize(("choice", "quotable"), [("quoted", True), ("unquoted", False)])
def test_a_text_may_be_quoted_or_not_as_was_chosen(choice: str, quotable: bool) -> None:  # noqa: FBT001
    draft = more(choice, text="So it was", tags=["welcome-tag-names"], **{FIRST: "4"})

    assert ("So it was", ("welcome-tag-names",), quotable) == (draft.text, draft.tags, draft.quotable)


@pytest.mark.parametrize("choice", ["no", "yes", "", None, ["quoted"], {}])
def test_under_no_and_whatever_is_not_offered_nothing_of_the_text_is_part_of_the_reply(choice: Any) -> None:
    draft = more(choice, text="So it was", tags=["welcome-tag-names"], allow=True, **{FIRST: "4"})

    assert ("", (), False) == (draft.text, draft.tags, draft.quotable)
    assert draft.answers[ROUND.prompt.statements[0].id] == 4


def test_a_text_under_no_is_no_reply_by_itself_and_told_at_the_first_statement() -> None:
    assert [FIRST] == list(more("no", text="So it was"))


def test_a_text_under_no_is_not_measured() -> None:
    assert isinstance(more("no", text="x" * 3000, **{FIRST: "4"}), Draft)


def test_a_quote_without_a_text_is_told_at_the_box_or_where_there_is_none_yet_at_the_choice() -> None:
    assert ["reply.text"] == list(more("quoted", text=" ", **{FIRST: "4"}))
    assert ["reply.more"] == list(more("quoted", **{FIRST: "4"}))


def test_tags_alone_can_be_said_beside_an_answer_where_nothing_is_quoted() -> None:
    assert ("welcome-tag-names",) == more("unquoted", tags=["welcome-tag-names"], **{FIRST: "4"}).tags


@given(st.dictionaries(st.sampled_from(["reply.more", "reply.text", "reply.tags", FIRST]), json_values))
def test_a_choice_without_sense_never_becomes_an_error_of_ours(values: dict[str, Any]) -> None:
    assert isinstance(parse_reply({"state": {"values": values}}, ROUND), (Draft, dict))
