"""The rules for wording: what they find, what they leave in peace, and what they say of our own pack."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import load_pack
from bot.core.idioms import IDIOMS
from bot.core.model import Accepted, PromptPack
from bot.core.wording import (
    Rule,
    every_remark,
    is_english,
    near_anchor,
    question_remarks,
    remarks,
    statement_remarks,
    tag_remarks,
)

SHIPPED = load_pack(Path(__file__).parents[2] / "prompts" / "belonging")


def in_the_words_of(text: str) -> PromptPack:
    """Our own pack with one text for everything that is asked."""
    return replace(
        SHIPPED,
        accepted=(),
        dimensions=tuple(replace(one, anchor=replace(one.anchor, text=text)) for one in SHIPPED.dimensions),
        prompts=tuple(
            replace(
                one,
                question=text,
                statements=tuple(replace(statement, text=text) for statement in one.statements),
            )
            for one in SHIPPED.prompts
        ),
    )


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
        ("The same few people get talked over again and again.", Rule.IDIOM),
        ("We look past the familiar faces.", Rule.IDIOM),
        ('I can say "I need a hand" here.', Rule.IDIOM),
        ("I have helped shape how we work here.", Rule.PAST),
        ("I’ve already changed something here.", Rule.PAST),
        ("I was trusted early on with something that mattered.", Rule.PAST),
        ("In my first weeks here someone made time for me.", Rule.PAST),
        ("My first honest question here was met kindly.", Rule.PAST),
        ("Getting started was simpler than I had feared.", Rule.PAST),
        ("If I have ever had a doubt, I said so.", Rule.PAST),
        ("My team sees my work / my ideas.", Rule.DOUBLE),
        ("I am seen/asked here.", Rule.DOUBLE),
        ("I am heard; I am paid well.", Rule.DOUBLE),
        ("I am heard. My team is kind.", Rule.DOUBLE),
        ("I am heard as well as paid.", Rule.DOUBLE),
        ("I am heard & paid well.", Rule.DOUBLE),
        ("I am heard but underpaid.", Rule.DOUBLE),
        ("I am heard because my lead is kind.", Rule.DOUBLE),
        ("I am heard, paid, thanked here.", Rule.DOUBLE),
        ("My ideas get heard, my work gets thanks.", Rule.DOUBLE),
        ("We are asked, yet others decide.", Rule.DOUBLE),
        ("I am heard, whereas others wait.", Rule.DOUBLE),
        ("We refuse to leave people out.", Rule.NEGATION),
        ("We see eye to eye here.", Rule.IDIOM),
        ("It is a piece of cake to join in.", Rule.IDIOM),
        ("I am unable to ask here.", Rule.NEGATION),
        ("Meetings here are unfair.", Rule.NEGATION),
        ("I hardly hear about opportunities here.", Rule.NEGATION),
        ("I seldom get thanks here.", Rule.NEGATION),
        ("I ask for help here without fear.", Rule.NEGATION),
        ("We fail to notice new people.", Rule.NEGATION),
        ("I lack support here.", Rule.NEGATION),
        ("It is impossible to disagree here.", Rule.NEGATION),
        ("We dont ask first.", Rule.NEGATION),
        ("No-one is left out.", Rule.ABSOLUTE),
        ("Nobody's idea is lost.", Rule.ABSOLUTE),
        ("Every person is heard.", Rule.ABSOLUTE),
        ("Each idea is heard.", Rule.ABSOLUTE),
        ("Anyone can speak here.", Rule.ABSOLUTE),
        ("I am 100% heard.", Rule.ABSOLUTE),
        ("I used to be heard here.", Rule.PAST),
        ("We have changed a rule here.", Rule.PAST),
        ("I changed something here.", Rule.PAST),
        ("My team welcomed me.", Rule.PAST),
        ("My first weeks were good.", Rule.PAST),
        ("My work flies under the radar.", Rule.IDIOM),
        ("I am kept in the loop here.", Rule.IDIOM),
        ("People have each other's backs.", Rule.IDIOM),
    ],
)
def test_a_statement_that_is_hard_to_answer_is_remarked_on(text: str, rule: Rule) -> None:
    assert [rule] == rules(text)


@pytest.mark.parametrize(
    "text",
    [
        " ".join(["word"] * 16),
        "I am asked again and again.",
        "Lately I have changed how I work so that others could take part.",
        "I have learned something here in the last year.",
        "I usually have some energy left after work.",
        "I have a say in decisions that affect my work.",
        "I would ask for help here well before I was stuck.",
        "We look again, now and then, at who is invited.",
        "Two or three people know me well here.",
        "It is easy to say “I don’t know and never did” here.",
        'It is easy to say "I don\'t understand" here.',
        "I am heard here after all.",
        "Andrea's ideas reach the board.",
        "An all-hands meeting is worth my time.",
        "We take note of knots in our plans.",
        "Orders come with reasons.",
        "People here understand our unit until it is changed.",
        "The union is told in time.",
        "Our plans hold for 24/7 work.",
        "A new person finds his/her tasks quickly.",
        "Tools, e.g. lifts, are within reach.",
        "We ask every week what works well.",
        "Here, too, people ask me early.",
        "We need to know each other, which takes time.",
        "We proceed when people agree.",
        "When we decide against what I suggested, I hear why.",
        "We change our ways for those who needed us to.",
        "I learn here from people unlike me.",
        "We unload the trucks together.",
        "In this team, I am asked early.",
        "When I am new to a task, I get help.",
        "I understand unusual words here.",
        "I can raise a doubt here while it is still small.",
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


def test_a_question_may_turn_and_join_but_not_be_long() -> None:
    assert () == question_remarks("What did you not say, and to what end, and why, never mind when?")
    (remark,) = question_remarks(" ".join(["word"] * 37))
    assert remark.rule is Rule.LENGTH


@pytest.mark.parametrize(
    "question",
    [
        "Who comes to mind first?",
        "Whose work do we depend on?",
        "Which person told you?",
        "When did someone last disagree with you?",
        "Think of the last few people whose ideas you used.",
        "Before we choose: whom does this affect?",
        "Name a colleague you trust.",
        "Which of your managers helped most?",
        "Which team member talks most?",
        "Think of your boss. What could be better?",
        "What is the name of the team you trust?",
        "Is there anybody you would thank?",
        "Do you have a friend here?",
        "What is your neighbour at work like?",
        "Think of a new doctor. What helped him or her?",
    ],
)
def test_a_question_that_may_be_answered_with_a_name_says_that_none_is_needed(question: str) -> None:
    assert [Rule.NAMES] == [remark.rule for remark in question_remarks(question)]
    assert () == question_remarks(f"{question} (No names needed.)")


@pytest.mark.parametrize(
    "question",
    [
        "What have people who joined lately shown us?",
        "Which of our rules no longer fits those who are here now?",
        "Which habit keeps coming back?",
        "Name a rule here that nobody wrote down.",
        "Which of our rules helps?",
        "Think of a group in which people knew each other.",
        "What do those who lead do?",
        "What could the whole team try?",
        "What is hard for anyone who is new?",
        "How does a person learn this here?",
        "What helped you? (Without names.)",
    ],
)
def test_a_question_about_people_in_general_needs_no_note(question: str) -> None:
    assert () == question_remarks(question)


@pytest.mark.parametrize(
    "tag",
    [
        "People who speak less in a group",
        "Those with shorter hours",
        "The colleagues who joined late",
        "people working nights",
        "everybody from sales",
        "our manager",
        "older people",
        "newcomers",
        "being the only woman",
        "remote workers",
        "the quiet ones",
        "juniors",
        "mothers on leave",
        "non-native speakers",
    ],
)
def test_a_tag_that_labels_people_is_remarked_on(tag: str) -> None:
    assert [Rule.LABEL] == [remark.rule for remark in tag_remarks(tag)]


@pytest.mark.parametrize(
    "tag",
    [
        "When few of us speak",
        "being asked early",
        "the same people every time",
        "meeting new people",
        "new people's questions used",
        "when we work nights",
    ],
)
def test_a_tag_that_names_a_situation_is_left_in_peace(tag: str) -> None:
    assert () == tag_remarks(tag)


def test_labels_and_tags_of_a_topic_are_looked_at_for_idioms() -> None:
    door = replace(SHIPPED.dimensions[0], label="The Door")
    tagged = replace(door, tags=(replace(door.tags[0], text="over our heads"), *door.tags[1:]))
    found = remarks(replace(SHIPPED, dimensions=(tagged, *SHIPPED.dimensions[1:])))

    assert [("door", Rule.IDIOM), ("door-tag-told", Rule.IDIOM)] == [(one.place, one.rule) for one in found]


@pytest.mark.parametrize(
    ("statement", "anchor"),
    [
        ("Time spent with this team does me good.", "Working with this team does me good."),
        ("I have a real say in what touches my work.", "I have a say in decisions that affect my work."),
        ("People help to shape how we all work here.", "I help shape how we work here."),
        ("Shaping our work is something I help with.", "I help shape how we work here."),
        (
            "Decisions affecting my work are influenced by me.",
            "I can influence decisions that affect my work.",
        ),
    ],
)
def test_a_statement_that_asks_what_its_anchor_asks_is_near_it(statement: str, anchor: str) -> None:
    assert near_anchor(statement, anchor)


@pytest.mark.parametrize(
    ("statement", "anchor"),
    [
        ("I work here with good help.", "I help shape how we work here."),
        ("When my work here changes, I get the help that I need.", "People who are new here help to decide."),
    ],
)
def test_words_that_every_statement_has_bring_none_near_another(statement: str, anchor: str) -> None:
    assert not near_anchor(statement, anchor)


def test_a_statement_in_the_words_of_another_is_remarked_on_once() -> None:
    topic = SHIPPED.dimensions[0]
    prompt = next(one for one in SHIPPED.prompts if one.dimension == topic.key)
    same = replace(prompt, statements=(replace(prompt.statements[0], text=topic.anchor.text.upper()),))
    pack = replace(SHIPPED, prompts=(same, *(one for one in SHIPPED.prompts if one is not prompt)))
    (found,) = remarks(pack)

    assert (prompt.statements[0].id, Rule.SAME) == (found.place, found.rule)
    assert topic.anchor.id in found.text


GERMAN = "Wir ändern hier eine Gewohnheit, die jemanden ausschließt, und reden immer darüber."
JAPANESE = "私たちは習慣を変える。"


@pytest.mark.parametrize("text", [GERMAN, JAPANESE, "Cambiamos aquí una costumbre que no sirve."])
def test_a_pack_in_another_language_gets_no_remark_on_its_words(text: str) -> None:
    assert is_english(SHIPPED)
    pack = in_the_words_of(text)

    assert not is_english(pack)
    assert {Rule.SAME} == {one.rule for one in remarks(pack)}


def test_a_pack_of_a_few_words_counts_as_english() -> None:
    few = replace(
        SHIPPED,
        dimensions=(
            replace(SHIPPED.dimensions[0], anchor=replace(SHIPPED.dimensions[0].anchor, text="Bien.")),
        ),
        prompts=(replace(SHIPPED.prompts[0], question="Bien?"),),
    )

    assert is_english(replace(few, prompts=tuple(replace(one, statements=()) for one in few.prompts)))


def test_every_statement_of_a_pack_is_held_against_its_anchor() -> None:
    topic = SHIPPED.dimensions[0]
    prompt = next(one for one in SHIPPED.prompts if one.dimension == topic.key)
    same = replace(
        prompt, statements=(replace(prompt.statements[0], text=f"I think so: {topic.anchor.text}"),)
    )
    pack = replace(SHIPPED, prompts=(same, *(one for one in SHIPPED.prompts if one is not prompt)))

    assert [(prompt.statements[0].id, Rule.NEAR)] == [(one.place, one.rule) for one in remarks(pack)]


def test_every_idiom_of_the_list_has_plain_words_and_they_are_none_themselves() -> None:
    for plain in IDIOMS.values():
        assert not tag_remarks(plain), plain


def test_our_own_pack_leaves_no_remark_unexplained() -> None:
    assert () == remarks(SHIPPED)
    assert [("cocreate-04-a", Rule.DOUBLE)] == [(one.place, one.rule) for one in every_remark(SHIPPED)]


def test_what_is_accepted_is_no_remark_and_keeps_its_reason() -> None:
    silent = replace(SHIPPED, accepted=())

    assert len(SHIPPED.accepted) == len(remarks(silent))
    assert {one.reason for one in SHIPPED.accepted} == {one.reason for one in every_remark(SHIPPED)}


def test_a_reason_counts_for_its_text_and_its_rule_alone() -> None:
    wrong_rule = Accepted(place="cocreate-04-a", rule="idiom", reason="Because.")
    wrong_text = Accepted(place="cocreate-04", rule="double-barrelled", reason="Because.")

    for accepted in (wrong_rule, wrong_text):
        found = [
            (one.place, one.rule) for one in remarks(replace(SHIPPED, accepted=(accepted,))) if not one.reason
        ]
        assert ("cocreate-04-a", Rule.DOUBLE) in found
        assert (accepted.place, Rule.NEEDLESS) in found


def test_what_is_accepted_for_a_text_that_is_switched_off_is_no_matter() -> None:
    off = replace(SHIPPED, prompts=tuple(one for one in SHIPPED.prompts if one.id != "cocreate-04"))

    assert () == remarks(off)


@given(st.text(max_size=200))
def test_any_text_gets_at_most_one_remark_a_rule(text: str) -> None:
    found = rules(text)

    assert len(found) == len(set(found))
