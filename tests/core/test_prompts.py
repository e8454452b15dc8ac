"""Which prompt comes next: the cycle, the turns that statements take, and the odd histories."""

import itertools
from dataclasses import replace

import pytest

from bot.core.counts import Count
from bot.core.cycle_plan import TOPICS, reflections
from bot.core.model import (
    CoCreatePrompt,
    CoCreateUse,
    Dimension,
    DimensionKey,
    Lens,
    PackId,
    Prompt,
    PromptId,
    PromptPack,
    RoundKind,
    RoundPrompt,
    Side,
    Statement,
    StatementId,
    Tag,
    TagId,
)
from bot.core.pack_texts import fill
from bot.core.prompts import begins_cycle, choose, preview
from bot.core.summary import Highlight, NamedStatement


def dimension(key: str, side: Side = Side.GROUND) -> Dimension:
    return Dimension(
        key=DimensionKey(key),
        label=key.title(),
        side=side,
        asks="?",
        anchor=Statement(id=StatementId(f"{key}-anchor"), text=f"Anchor of {key}."),
        tags=(Tag(id=TagId(f"{key}-tag-x"), text="x"),),
    )


def prompt(
    key: str, number: int, *, statements: int = 1, backwards: bool = False, lens: Lens = Lens.ALL
) -> Prompt:
    return Prompt(
        id=PromptId(f"{key}-{number}"),
        dimension=DimensionKey(key),
        question=f"Question {number}?",
        statements=tuple(
            Statement(
                id=StatementId(f"{key}-{number}-{one}"),
                text=f"Words of {key} {number} {one}.",
                reversed=backwards,
            )
            for one in "ab"[:statements]
        ),
        lens=lens,
    )


def pack(*prompts: Prompt, dimensions: tuple[str, ...] = TOPICS) -> PromptPack:
    return PromptPack(
        id=PackId("p"),
        title="P",
        dimensions=tuple(dimension(key) for key in dimensions),
        prompts=prompts,
    )


def ask(pack_: PromptPack, times: int, before: tuple[RoundPrompt, ...] = ()) -> list[RoundPrompt]:
    asked = list(before)
    for _ in range(times):
        asked.append(preview(pack_, asked))
    return asked[len(before) :]


FULL = pack(*(prompt(key, number) for key in TOPICS for number in (1, 2)))


def test_no_statement_comes_in_two_rounds_running_where_the_cycle_begins_again() -> None:
    ids = [{statement.id for statement in asked.statements} for asked in ask(FULL, 30)]

    assert all(not before & after for before, after in itertools.pairwise(ids))


ORDER = [*TOPICS[:3], "newcomers", *TOPICS[3:6], "safety", *TOPICS[6:], "wellbeing"]
"""The topics where there is nothing to suggest, to decide or to look at again."""


def test_the_topics_come_in_the_order_of_the_cycle_and_begin_again() -> None:
    asked = ask(FULL, 24)

    assert ORDER * 2 == [one.dimension for one in asked]
    assert [*range(1, 13)] * 2 == [one.place for one in asked]


def test_a_round_asks_the_prompt_its_anchor_and_the_partner_anchor() -> None:
    first, second = ask(FULL, 2)

    assert [one.id for one in first.statements] == ["welcome-1-a", "welcome-anchor", "cocreate-anchor"]
    assert [statement.id for statement in second.statements] == ["safety-1-a", "safety-anchor"]
    assert (
        first.label,
        first.question,
        tuple(tag.id for tag in first.tags),
    ) == ("Welcome", "Question 1?", ("welcome-tag-x",))


def test_two_statements_of_a_prompt_take_turns() -> None:
    pair = pack(prompt("safety", 1, statements=2))

    assert [asked.statements[0].id for asked in ask(pair, 3)] == ["safety-1-a", "safety-1-b", "safety-1-a"]


def test_a_pack_may_leave_topics_out_and_bring_its_own() -> None:
    mixed = pack(
        prompt("own", 1),
        prompt("norms", 1),
        prompt("safety", 1),
        dimensions=("own", "norms", "safety", "stake"),
    )

    assert [slot.dimension for slot in reflections(mixed)] == ["safety", "norms", "own"]
    assert [statement.id for statement in ask(mixed, 2)[1].statements] == ["norms-1-a", "norms-anchor"]


def test_a_pack_without_prompts_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one prompt"):
        preview(pack(), [])


def test_prompts_that_the_pack_no_longer_holds_are_passed_over() -> None:
    welcome, gone = ask(FULL, 2)
    gone = replace(gone, prompt_id=PromptId("old-1"))

    assert preview(FULL, [welcome, gone]).dimension == "safety"


def test_a_topic_that_the_pack_no_longer_has_begins_the_cycle_anew() -> None:
    moved = [replace(preview(FULL, []), dimension=DimensionKey("old"), place=None)]

    assert preview(FULL, moved).dimension == "welcome"


def test_a_prompt_added_later_comes_once_and_not_until_it_has_caught_up() -> None:
    before = tuple(ask(pack(prompt("safety", 1), prompt("safety", 2)), 6))
    grown = pack(prompt("safety", 1), prompt("safety", 2), prompt("safety", 3))

    assert [asked.prompt_id for asked in ask(grown, 3, before)].count(PromptId("safety-3")) == 1


def test_a_reversed_statement_waits_while_the_last_round_had_one() -> None:
    pair = pack(
        prompt("welcome", 1, backwards=True), prompt("safety", 1, backwards=True), prompt("safety", 2)
    )

    assert [asked.prompt_id for asked in ask(pair, 2)] == ["welcome-1", "safety-2"]


def test_a_lens_waits_while_the_cycle_has_had_its_share() -> None:
    lens = {"lens": Lens.LEADING}
    trio = pack(
        prompt("welcome", 1, **lens), prompt("safety", 1, **lens), prompt("safety", 2), prompt("door", 1)
    )

    assert [asked.prompt_id for asked in ask(trio, 2)] == ["welcome-1", "safety-2"]


def speaking(name: str, question: str, use: CoCreateUse | None) -> CoCreatePrompt:
    tags = (Tag(id=TagId(f"{name}-why"), text="why"),)
    return CoCreatePrompt(
        id=PromptId(name), name=name.title(), question=question, gives="", use=use, tags=tags
    )


SPEAKING = (
    speaking("habit", 'We said: "{finding}". Why?', CoCreateUse.COLLECT),
    speaking("try", "{weeks} weeks for {dimension}?", CoCreateUse.COLLECT),
    speaking("who", "Whom does this touch?", CoCreateUse.DECIDE),
    speaking("consent", '"{proposal}" for {weeks} weeks?', CoCreateUse.CONSENT),
    speaking("again", '{weeks} weeks ago: "{norm}".', CoCreateUse.LOOK_AGAIN),
    speaking("further", 'Where could "{strength}" go?', CoCreateUse.CARRY),
    speaking("never", "Never asked by itself?", None),
)
WHOLE = replace(FULL, co_create=SPEAKING)
FOUND = Highlight(
    dimension=DimensionKey("norms"),
    named=NamedStatement(statement=Statement(id=StatementId("x"), text="X.")),
    count=Count(of=14, low=5, high=5),
    strength=NamedStatement(statement=Statement(id=StatementId("y"), text="Y.")),
)


def ask_whole(times: int, highlight: Highlight | None = FOUND) -> list[RoundPrompt]:
    asked: list[RoundPrompt] = []
    for _ in range(times):
        asked.append(preview(WHOLE, asked, highlight))
    return asked


def test_without_a_norm_two_rounds_of_the_cycle_speak_of_the_last_summary() -> None:
    asked = ask_whole(24)

    assert [4, 12, 16, 24] == [at for at, one in enumerate(asked, 1) if not one.statements]
    assert [
        'We said: "5 of 14 agree: X". Why?',
        'Where could "Y" go?',
        "four weeks for Norms?",
        'Where could "Y" go?',
    ] == [one.question for one in asked if not one.statements]
    assert [*range(1, 13)] * 2 == [one.place for one in asked]


def test_a_round_of_co_creation_has_the_side_of_what_it_speaks_of_and_its_own_tags() -> None:
    fourth, twelfth = ask_whole(12)[3], ask_whole(12)[11]

    assert (RoundKind.COLLECT, "Habit", "norms", ("habit-why",)) == (
        fourth.kind,
        fourth.label,
        fourth.dimension,
        tuple(tag.id for tag in fourth.tags),
    )
    assert (RoundKind.REFLECT, "Further", "norms") == (twelfth.kind, twelfth.label, twelfth.dimension)


def test_a_strength_is_carried_further_by_a_question_alone_and_only_where_it_could_be_quoted() -> None:
    eleven = ask_whole(11)
    many, few = (choose(WHOLE, eleven, FOUND, audience_size=size) for size in (10, 9))

    assert many
    assert few
    assert ("further", (), ()) == (many.prompt_id, many.statements, many.tags)
    assert ("wellbeing", 12) == (few.dimension, few.place)


def test_while_no_summary_has_named_anything_only_what_needs_no_finding_is_asked() -> None:
    plain = replace(
        FULL, co_create=(*SPEAKING, speaking("free", "Drop what for {weeks} weeks?", CoCreateUse.COLLECT))
    )

    assert "Drop what for four weeks?" == ask(plain, 4)[3].question
    assert ORDER == [one.dimension for one in ask_whole(12, None)]


def test_without_a_strength_the_last_place_has_its_topic() -> None:
    asked = ask_whole(12, replace(FOUND, strength=None))

    assert ("wellbeing", 12) == (asked[11].dimension, asked[11].place)


def test_a_finding_about_a_topic_of_another_pack_is_not_spoken_of() -> None:
    asked = ask_whole(4, replace(FOUND, dimension=DimensionKey("elsewhere")))

    assert "newcomers" == asked[3].dimension


def test_no_anchor_comes_in_two_rounds_running_in_the_whole_cycle_either() -> None:
    anchors = [{statement.id for statement in one.statements[1:]} for one in ask_whole(36)]

    assert all(not before & after for before, after in itertools.pairwise(anchors))
    assert 6 == sum(len(one) == 2 for one in anchors[:12])


def test_what_was_just_asked_in_the_channel_for_another_pack_is_not_asked_again() -> None:
    other = replace(FULL, id=PackId("q"), prompts=(prompt("welcome", 9),))

    first = preview(other, [])
    second = preview(FULL, [first])

    assert "welcome-anchor" in {statement.id for statement in first.statements}
    assert ["welcome-1-a", "cocreate-anchor"] == [statement.id for statement in second.statements]


def test_a_rest_is_due_after_a_whole_cycle_and_not_before_the_first() -> None:
    asked = ask_whole(24)

    assert [12, 24] == [at for at in range(25) if begins_cycle(WHOLE, asked[:at], FOUND)]


def test_a_pack_of_few_topics_never_rests() -> None:
    small = pack(prompt("welcome", 1), prompt("safety", 1))

    assert not any(begins_cycle(small, ask(small, times)) for times in range(6))


def test_braces_are_filled_word_for_word_and_never_read_twice() -> None:
    assert "{weeks} {x}" == fill("{finding} {dimension}", {"finding": "{weeks}", "dimension": "{x}"})
    assert None is fill("{finding.__class__} {finding}", {})
    assert None is fill("{strength}", {"strength": ""})
