"""What a round's result says: the example of the design, ties, reversed statements, ground rounds."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.core.counts import Count, count_of
from bot.core.model import DimensionKey, Round, Side, Statement, StatementId
from bot.core.release import GroupCount, Published, Result, StatementRelease, TagRelease, Withheld
from bot.core.replies import Tenure
from bot.core.scoring import Pair
from bot.core.summary import (
    CountedStatement,
    Highlight,
    Idea,
    NamedStatement,
    Summary,
    TagCount,
    counts_by_side,
    highlight_of,
    summarise,
)
from tests.contracts.values import a_round

WANTED = Statement(
    id=StatementId("welcome-anchor"), text="People here show me that they want me in this team."
)
SHAPED = Statement(id=StatementId("cocreate-anchor"), text="I help shape how we work here.")
MARK = Statement(id=StatementId("cocreate-01-a"), text="I know how to get a change started here.")
GONE = Statement(id=StatementId("cocreate-05-a"), text="Suggestions tend to disappear here.", reversed=True)


def cocreation(*statements: Statement, side: Side = Side.BELONGING) -> Round:
    round_ = a_round()
    prompt = replace(
        round_.prompt,
        dimension=DimensionKey("cocreate"),
        label="Co-creation",
        side=side,
        statements=statements,
    )
    return replace(round_, prompt=prompt, audience_size=18)


def result(round_: Round, *counts: Count | None) -> Published:
    statements = tuple(
        StatementRelease(statement=statement.id, count=count)
        for statement, count in zip(round_.prompt.statements, counts, strict=True)
    )
    return Published(round_id=round_.id, replies=14, audience=18, statements=statements)


def of_14(agreed: int) -> Count:
    return count_of(agreed, 14)


def test_the_example_of_the_design() -> None:
    round_ = cocreation(MARK, SHAPED, WANTED)

    found = summarise(round_, result(round_, of_14(7), of_14(5), of_14(12)), ())

    assert found.strong
    assert found.still_open
    assert (WANTED, Count(of=14, low=11, high=14)) == (found.strong.statement, found.strong.count)
    assert SHAPED == found.still_open.statement
    assert [MARK] == [one.statement for one in found.others]
    assert found.gap
    assert Pair.WELCOMED_NOT_SHAPING is found.pair


def split(statement: Statement, newer: int, longer: int) -> StatementRelease:
    """A statement shown for nine who are newer and fifteen who are not."""
    groups = ((Tenure.NEWER, count_of(newer, 9)), (Tenure.LONGER, count_of(longer, 15)))
    return StatementRelease(
        statement=statement.id,
        count=None,
        groups=tuple(GroupCount(group=group, count=count) for group, count in groups),
    )


def test_what_was_shown_by_group_is_weighed_by_the_sum_of_its_bounds() -> None:
    round_ = cocreation(SHAPED, WANTED)
    shown = (split(SHAPED, 4, 5), split(WANTED, 8, 14))
    published = replace(result(round_, None, None), statements=shown, replies=24, audience=24)

    found = summarise(round_, published, ())

    assert found.strong
    assert found.still_open
    assert found.strong == CountedStatement(
        number=2, statement=WANTED, count=Count(of=24, low=19, high=24), groups=shown[1].groups
    )
    assert found.still_open.count == Count(of=24, low=9, high=9)
    assert found.still_open.groups == shown[0].groups
    assert {Side.BELONGING: Count(of=24, low=9, high=9), Side.INCLUSION: Count(of=24, low=19, high=24)} == (
        counts_by_side(round_, published)
    )
    assert found.gap


def test_two_statements_within_one_person_name_none() -> None:
    round_ = cocreation(MARK, SHAPED)

    found = summarise(round_, result(round_, of_14(5), of_14(5)), ())

    assert None is found.still_open
    assert 2 == len(found.others)


def test_a_reversed_statement_that_few_agree_with_is_strong() -> None:
    round_ = cocreation(GONE, SHAPED)

    found = summarise(round_, result(round_, of_14(1), of_14(5)), ())

    assert found.strong
    assert GONE == found.strong.statement


def test_a_reversed_statement_that_most_agree_with_is_open() -> None:
    round_ = cocreation(GONE, SHAPED)

    found = summarise(round_, result(round_, of_14(13), of_14(11)), ())

    assert found.still_open
    assert GONE == found.still_open.statement


def test_a_ground_round_has_no_gap() -> None:
    round_ = cocreation(MARK, SHAPED, WANTED, side=Side.GROUND)

    assert {} == counts_by_side(round_, result(round_, of_14(7), of_14(5), of_14(12)))


def test_in_an_inclusion_round_the_partner_is_belonging() -> None:
    round_ = cocreation(WANTED, SHAPED, side=Side.INCLUSION)
    round_ = replace(round_, prompt=replace(round_.prompt, dimension=DimensionKey("welcome")))

    sides = counts_by_side(round_, result(round_, of_14(12), of_14(5)))

    assert {Side.INCLUSION: of_14(12), Side.BELONGING: of_14(5)} == sides


def history(*agreed: int) -> list[Result]:
    """Rounds with one statement, oldest first, and how many of 14 agreed with it in each."""
    round_ = cocreation(SHAPED)
    return [(round_, result(round_, of_14(many))) for many in agreed]


def after(rounds: Sequence[Result]) -> Summary:
    """The summary of the newest of these rounds."""
    (round_, shown), earlier = rounds[-1], rounds[-2::-1]
    return summarise(round_, shown, earlier)


def test_the_newest_askings_are_compared_with_all_before_them_in_the_same_words() -> None:
    (claim,) = after(history(4, 4, 4, 4, 11, 11)).moved.claims

    assert ((SHAPED,), True) == (claim.statements, claim.up)


def test_a_withheld_round_between_changes_nothing_in_what_has_moved() -> None:
    round_ = cocreation(SHAPED)
    rounds = history(4, 4, 4, 4, 11, 11)

    assert (
        after(rounds).moved == after([*rounds[:5], (round_, Withheld(round_id=round_.id)), rounds[5]]).moved
    )


def test_other_words_are_never_compared() -> None:
    reworded = cocreation(replace(SHAPED, text="I shape how we work."))
    before = [(reworded, shown) for _, shown in history(4, 4, 4, 4)]

    moved = after([*before, *history(11, 11)]).moved

    assert {SHAPED} >= {one for claim in moved.claims for one in claim.statements if not claim.whole_side}
    assert () == moved.claims


def test_a_single_round_has_nothing_to_be_compared_with() -> None:
    assert not after(history(4)).moved.comparable


@given(st.lists(st.one_of(st.none(), st.integers(min_value=0, max_value=14)), min_size=3, max_size=3))
def test_every_statement_is_said_exactly_once(agreed: list[int | None]) -> None:
    round_ = cocreation(MARK, SHAPED, WANTED)
    shown = [None if one is None else of_14(one) for one in agreed]

    found = summarise(round_, result(round_, *shown), ())

    said = [one for one in (found.strong, found.still_open, *found.others) if one]
    assert {MARK.id, SHAPED.id, WANTED.id} == {one.statement.id for one in said}
    assert 3 == len(said)


def test_a_withheld_round_says_nothing_but_that() -> None:
    round_ = cocreation(MARK, SHAPED, WANTED)

    found = summarise(round_, Withheld(round_id=round_.id), ())

    assert found.withheld
    assert (None, None, (), None) == (found.replies, found.audience, found.statements, found.idea)


def test_the_example_suggests_one_thing_for_the_open_topic_and_always_the_same() -> None:
    round_ = cocreation(MARK, SHAPED, WANTED)
    shown = result(round_, of_14(7), of_14(5), of_14(12))

    assert (
        Idea(dimension=DimensionKey("cocreate"), turn=round_.number)
        == summarise(round_, shown).idea
        == summarise(round_, shown).idea
    )


def test_where_nothing_is_open_the_strength_is_carried_further() -> None:
    round_ = cocreation(WANTED)

    found = summarise(round_, result(round_, of_14(12)), ())

    assert Idea(dimension=DimensionKey("welcome"), turn=round_.number, carry=True) == found.idea


def test_both_sides_low_name_the_door_and_both_high_ask_who_comes() -> None:
    round_ = cocreation(MARK, SHAPED, WANTED)

    assert Pair.DOOR_FIRST is summarise(round_, result(round_, of_14(7), of_14(2), of_14(2))).pair
    assert Pair.SOME_SHAPE is summarise(round_, result(round_, of_14(7), of_14(12), of_14(2))).pair
    assert Pair.SHAPING is summarise(round_, result(round_, of_14(7), of_14(12), of_14(12))).pair
    assert None is summarise(round_, result(round_, of_14(7), of_14(7), of_14(7))).pair


def test_tags_come_in_the_words_of_the_round() -> None:
    round_ = a_round()
    tag = round_.prompt.tags[0]
    shown = replace(result(replace(round_, prompt=replace(round_.prompt, statements=()))), tags=())
    shown = replace(shown, tags=(TagRelease(tag=tag.id, count=of_14(6)),))

    assert (TagCount(text=tag.text, count=of_14(6)),) == summarise(round_, shown).tags


def test_a_finding_is_the_last_thing_named_with_its_count() -> None:
    round_ = cocreation(MARK, SHAPED, WANTED)
    shown = result(round_, of_14(7), of_14(5), of_14(12))
    results = ((round_, Withheld(round_id=round_.id)), (round_, shown))

    assert Highlight(
        dimension=DimensionKey("cocreate"),
        named=NamedStatement(statement=SHAPED),
        count=of_14(5),
        strength=NamedStatement(statement=WANTED),
    ) == highlight_of(results)


def test_a_strong_reversed_statement_is_no_strength_in_words() -> None:
    round_ = cocreation(GONE, SHAPED)

    found = highlight_of(((round_, result(round_, of_14(1), of_14(5))),))

    assert found
    assert None is found.strength


def test_where_nothing_was_shown_there_is_no_finding() -> None:
    round_ = cocreation(MARK)

    assert None is highlight_of(())
    assert None is highlight_of(((round_, Withheld(round_id=round_.id)),))
    assert None is highlight_of(((round_, result(round_, None)),))


counts_of_14 = st.integers(min_value=0, max_value=14).map(of_14)


@given(st.lists(counts_of_14, min_size=3, max_size=3), st.permutations(range(3)))
def test_the_order_of_the_statements_names_nothing_else(shown: list[Count], order: list[int]) -> None:
    statements = (MARK, SHAPED, WANTED)
    one, other = cocreation(*statements), cocreation(*(statements[at] for at in order))

    first = summarise(one, result(one, *shown))
    second = summarise(other, result(other, *(shown[at] for at in order)))

    def name(counted: CountedStatement | None) -> Statement | None:
        return counted.statement if counted else None

    assert (name(first.strong), name(first.still_open)) == (name(second.strong), name(second.still_open))
    assert (first.pair, first.gap) == (second.pair, second.gap)
