"""The rules for wording: what they find, what they leave in peace, and what they say of our own pack."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import load_pack
from bot.core.wording import Rule, question_remarks, remarks, statement_remarks

SHIPPED = load_pack(Path(__file__).parents[2] / "prompts" / "belonging")


def rules(text: str) -> list[Rule]:
    return [remark.rule for remark in statement_remarks(text)]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (" ".join(["word"] * 17), Rule.LENGTH),
        ("I am heard and paid well here.", Rule.DOUBLE),
        ("My lead or my team thanks me.", Rule.DOUBLE),
        ("Praise and/or thanks reach me.", Rule.DOUBLE),
        ("We always ask first.", Rule.ABSOLUTE),
        ("Never are we late.", Rule.ABSOLUTE),
        ("Everyone is asked.", Rule.ABSOLUTE),
        ("Nobody is left out.", Rule.ABSOLUTE),
        ("No one is left out.", Rule.ABSOLUTE),
        ("All of us decide.", Rule.ABSOLUTE),
        ("I am not left out.", Rule.NEGATION),
        ("I don't feel left out.", Rule.NEGATION),
        ("I don’t feel left out.", Rule.NEGATION),
        ("There are no closed doors here.", Rule.NEGATION),
        ("I cannot get in.", Rule.NEGATION),
    ],
)
def test_a_statement_that_is_hard_to_answer_is_remarked_on(text: str, rule: Rule) -> None:
    assert [rule] == rules(text)


@pytest.mark.parametrize(
    "text",
    [
        " ".join(["word"] * 16),
        "The same few people get talked over again and again.",
        "We look again, now and then, at who is invited.",
        "Two or three people know me well here.",
        "It is easy to say “I don’t know and never did” here.",
        'It is easy to say "I don\'t understand" here.',
        "I am heard here after all.",
        "Andrea's ideas reach the board.",
        "An all-hands meeting is worth my time.",
        "We take note of knots in our plans.",
        "Orders come with reasons.",
    ],
)
def test_a_plain_statement_is_left_in_peace(text: str) -> None:
    assert [] == rules(text)


def test_one_statement_may_break_several_rules() -> None:
    assert [Rule.DOUBLE, Rule.ABSOLUTE, Rule.NEGATION] == rules("I am not always heard and seen.")


def test_a_remark_names_the_word_and_the_place() -> None:
    (remark,) = statement_remarks("We ALWAYS ask.", "mine-01-a")

    assert remark.place == "mine-01-a"
    assert "“ALWAYS”" in remark.text


def test_a_question_is_measured_by_its_length_alone() -> None:
    assert () == question_remarks("What did you not say, and to whom, and why, never mind when?")
    (remark,) = question_remarks(" ".join(["word"] * 37))
    assert remark.rule is Rule.LENGTH


def test_our_own_pack_has_one_remark_and_it_is_meant() -> None:
    """door-04 speaks of rooms that one "cannot" get into: there is no plainer word, and it is reversed."""
    assert [("door-04-a", Rule.NEGATION)] == [(found.place, found.rule) for found in remarks(SHIPPED)]


@given(st.text(max_size=200))
def test_any_text_gets_at_most_one_remark_a_rule(text: str) -> None:
    found = rules(text)

    assert len(found) == len(set(found))
