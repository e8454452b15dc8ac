"""What a cycle says together, and how one compares with the one before."""

import random
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.core.counts import Count, count_of
from bot.core.cycle_summary import (
    LEAST_SHOWN,
    Circle,
    Span,
    Trend,
    circle_of,
    cycles_of,
    summarise_cycle,
    trend_of,
)
from bot.core.model import DimensionKey, RoundId, Side, Statement, StatementId
from bot.core.release import GroupCount, Published, Result, StatementRelease, Withheld
from bot.core.replies import Tenure
from bot.core.scoring import Pair
from tests.contracts.values import a_round

SIDES = {
    "welcome": Side.INCLUSION,
    "cocreate": Side.BELONGING,
    "safety": Side.GROUND,
    "norms": Side.BELONGING,
}


def anchor(key: str) -> Statement:
    return Statement(id=StatementId(f"{key}-anchor"), text=f"Anchor of {key}.")


def asked(number: int, key: str, agreed: dict[str, int] | None, of: int = 14) -> Result:
    """A round about this topic: how many agree with each anchor asked in it; None where withheld."""
    statements = tuple(anchor(one) for one in agreed or {key: 0})
    round_ = a_round()
    prompt = replace(
        round_.prompt,
        dimension=DimensionKey(key),
        label=key.title(),
        side=SIDES[key],
        statements=statements,
        tags=(),
    )
    round_ = replace(round_, id=RoundId(f"r{number:011}"), number=number, prompt=prompt)
    if agreed is None:
        return round_, Withheld(round_id=round_.id)
    shown = tuple(
        StatementRelease(statement=anchor(one).id, count=count_of(many, of)) for one, many in agreed.items()
    )
    return round_, Published(round_id=round_.id, replies=of, audience=18, statements=shown)


def newest_first(*results: Result) -> tuple[Result, ...]:
    return tuple(reversed(results))


FIRST = (
    asked(1, "welcome", {"welcome": 12, "cocreate": 5}),
    asked(2, "safety", {"safety": 8}),
    asked(3, "cocreate", {"cocreate": 4, "welcome": 11}),
    asked(4, "norms", None),
)
SECOND = (
    asked(5, "welcome", {"welcome": 12, "cocreate": 12}),
    asked(6, "safety", {"safety": 9}),
    asked(7, "cocreate", {"cocreate": 13, "welcome": 13}),
)


def test_a_cycle_begins_where_a_topic_comes_again() -> None:
    assert (FIRST, SECOND) == cycles_of(newest_first(*FIRST, *SECOND))


def placed(result: Result, place: int) -> Result:
    round_, shown = result
    return replace(round_, prompt=replace(round_.prompt, place=place)), shown


def test_a_cycle_begins_where_a_place_comes_again_though_a_topic_fills_two_of_its_places() -> None:
    first = [placed(FIRST[at], place) for at, place in ((0, 1), (1, 2))]
    filled, second = placed(asked(3, "safety", {"safety": 8}), 8), placed(SECOND[0], 1)

    assert ((*first, filled), (second,)) == cycles_of(newest_first(*first, filled, second))


def test_rounds_with_and_without_their_place_meet_in_one_cycle() -> None:
    later = placed(asked(5, "safety", {"safety": 8}), 8)

    assert ((FIRST[0], placed(FIRST[2], 5), later),) == cycles_of(
        newest_first(FIRST[0], placed(FIRST[2], 5), later)
    )


def test_of_a_statement_that_rested_for_a_whole_cycle_no_movement_is_said() -> None:
    first = [placed(asked(1, "safety", {"safety": 1}), 2), placed(asked(2, "norms", {"norms": 5}), 11)]
    again = [placed(asked(3, "welcome", {"welcome": 13}), 1), placed(asked(4, "norms", {"norms": 6}), 11)]

    begun = trend_of(newest_first(*first, again[0])).moved
    whole = trend_of(newest_first(*first, *again)).moved

    assert ((), False) == (begun.claims, begun.comparable)
    assert ((), True) == (whole.claims, whole.comparable)


def test_a_round_of_co_creation_begins_no_cycle() -> None:
    round_, shown = asked(2, "welcome", {"welcome": 12})
    empty = (replace(round_, prompt=replace(round_.prompt, statements=())), replace(shown, statements=()))

    assert 1 == len(cycles_of(newest_first(FIRST[0], empty, FIRST[1])))


def test_a_cycle_pools_every_asking_of_an_anchor() -> None:
    found = summarise_cycle(newest_first(*FIRST))

    assert found
    welcome, cocreate, safety = found.topics
    assert (Count(of=28, low=22, high=28), 2) == (welcome.count, welcome.askings)
    assert (Count(of=28, low=9, high=9), 2) == (cocreate.count, cocreate.askings)
    assert (Count(of=14, low=8, high=8), 1) == (safety.count, safety.askings)
    assert (4, 1, 1, 4) == (found.rounds, found.withheld, found.first.number, found.last.number)


def test_a_cycle_says_welcomed_but_not_yet_shaping_and_names_both_ends() -> None:
    found = summarise_cycle(newest_first(*FIRST))

    assert found
    assert found.strong
    assert found.still_open
    assert ("welcome", "cocreate") == (found.strong.dimension, found.still_open.dimension)
    assert Pair.WELCOMED_NOT_SHAPING is found.circle.pair
    assert found.circle.gap
    assert found.circle.gap.inclusion.low > found.circle.gap.belonging.high
    assert found.idea
    assert ("cocreate", False) == (found.idea.dimension, found.idea.carry)


def test_two_topics_within_one_person_name_none() -> None:
    found = summarise_cycle(newest_first(asked(1, "safety", {"safety": 5}), asked(2, "norms", {"norms": 5})))

    assert found
    assert None is found.still_open


def test_a_small_team_meets_the_gap_over_a_cycle_and_not_in_one_round() -> None:
    rounds = [asked(at, "welcome", {"welcome": 5, "cocreate": 0}, of=5) for at in range(1, 8)]

    assert None is circle_of(rounds[:1]).gap
    assert circle_of(rounds).gap


def test_a_cycle_that_has_just_begun_leaves_the_floor_to_the_one_before() -> None:
    begun = summarise_cycle(newest_first(*FIRST, *SECOND[: LEAST_SHOWN - 1]))
    grown = summarise_cycle(newest_first(*FIRST, *SECOND))

    assert begun
    assert grown
    assert (1, 5) == (begun.first.number, grown.first.number)


def test_without_results_or_with_withheld_ones_alone_nothing_is_said() -> None:
    assert None is summarise_cycle(())
    assert Circle() == circle_of(())
    found = summarise_cycle(newest_first(asked(1, "norms", None)))
    assert found
    assert ((), Circle(), None) == (found.topics, found.circle, found.idea)


def numbers(spans: Sequence[Span]) -> tuple[tuple[int, int], ...]:
    """The number of the first and the last round of each cycle."""
    return tuple((first.number, last.number) for first, last in spans)


def topics_moved(found: Trend) -> dict[str, bool]:
    """The statements that have moved, by topic, and whether up."""
    return {
        one.id.removesuffix("-anchor"): claim.up for claim in found.moved.claims for one in claim.statements
    }


def test_a_trend_compares_each_anchor_with_the_cycle_before() -> None:
    found = trend_of(newest_first(*FIRST, *SECOND))

    assert ((1, 4), (5, 7)) == numbers(found.spans)
    assert {"cocreate": True} == topics_moved(found)


def test_a_cycle_and_the_trend_say_the_same_movement() -> None:
    found = summarise_cycle(newest_first(*FIRST, *SECOND))

    assert found
    assert trend_of(newest_first(*FIRST, *SECOND)).moved == found.moved


def test_in_a_first_cycle_there_is_nothing_to_compare() -> None:
    assert not trend_of(newest_first(*FIRST)).moved.comparable


def test_an_anchor_in_other_words_begins_its_series_anew() -> None:
    round_, shown = asked(8, "safety", {"safety": 2})
    reworded = replace(round_.prompt, statements=(replace(anchor("safety"), text="Other words."),))

    found = trend_of(newest_first(*FIRST, (replace(round_, prompt=reworded), shown)))

    safety = next(one for one in found.anchors if one.anchor.id == "safety-anchor")
    assert ("Other words.", (None, count_of(2, 14))) == (safety.anchor.text, safety.counts)
    assert not found.moved.comparable


def in_other_words(*results: Result) -> tuple[Result, ...]:
    """The same rounds, with every repeated statement reworded."""
    return tuple(
        (
            replace(
                round_,
                prompt=replace(
                    round_.prompt,
                    statements=tuple(
                        replace(one, text=f"New: {one.text}") for one in round_.prompt.statements
                    ),
                ),
            ),
            shown,
        )
        for round_, shown in results
    )


THIRD = tuple(
    asked(number, key, agreed)
    for number, key, agreed in (
        (8, "welcome", {"welcome": 13, "cocreate": 3}),
        (9, "safety", {"safety": 2}),
        (10, "cocreate", {"cocreate": 3, "welcome": 13}),
    )
)


def test_nothing_is_compared_across_a_change_of_words_and_that_is_told() -> None:
    found = trend_of(newest_first(*FIRST, *in_other_words(*SECOND)))

    assert not found.moved.comparable
    assert (1, ((5, 7),)) == (len(found.circles), numbers(found.circle_spans))
    assert found.reworded


def test_once_two_cycles_have_the_new_words_they_are_compared_and_nothing_is_told_any_more() -> None:
    found = trend_of(newest_first(*FIRST, *in_other_words(*SECOND, *THIRD)))

    assert ((5, 7), (8, 10)) == numbers(found.circle_spans)
    assert {"cocreate": False} == topics_moved(found)
    assert not found.reworded


def test_where_no_words_changed_nothing_is_told_and_all_is_compared() -> None:
    found = trend_of(newest_first(*FIRST, *SECOND))

    assert ((1, 4), (5, 7)) == numbers(found.circle_spans)
    assert not found.reworded


def test_where_only_a_statement_outside_the_two_sides_changed_they_are_still_compared() -> None:
    found = trend_of(newest_first(*FIRST, SECOND[0], *in_other_words(SECOND[1]), SECOND[2]))

    assert ((1, 4), (5, 7)) == numbers(found.circle_spans)
    assert found.reworded


def test_where_words_change_within_a_cycle_only_the_newest_count_in_it() -> None:
    mixed = newest_first(FIRST[0], FIRST[1], *in_other_words(FIRST[2]))

    found = summarise_cycle(mixed)

    assert found
    assert circle_of(in_other_words(FIRST[2])) == found.circle
    assert {("Welcome", 1), ("Cocreate", 1), ("Safety", 1)} == {
        (one.label, one.askings) for one in found.topics
    }
    assert trend_of(mixed).reworded


def test_a_cycle_without_an_anchor_has_a_place_without_a_count_in_its_trend() -> None:
    lonely = asked(5, "welcome", {"welcome": 12})

    found = trend_of(newest_first(*FIRST, lonely, asked(6, "welcome", {"cocreate": 13})))

    cocreate = next(one for one in found.anchors if one.label == "Cocreate")
    assert (Count(of=28, low=9, high=9), None, count_of(13, 14)) == cocreate.counts
    assert not found.moved.comparable


agreeing = st.integers(min_value=0, max_value=14)


@given(st.lists(st.tuples(agreeing, agreeing), min_size=1, max_size=7), st.randoms(use_true_random=False))
def test_the_order_of_the_rounds_of_a_cycle_changes_no_number(
    pairs: list[tuple[int, int]], chance: random.Random
) -> None:
    rounds = [
        asked(at, "welcome", {"welcome": one, "cocreate": other}) for at, (one, other) in enumerate(pairs, 1)
    ]
    shuffled = rounds[:]
    chance.shuffle(shuffled)

    assert circle_of(rounds) == circle_of(shuffled)


@given(st.lists(st.sampled_from([*FIRST, *SECOND]), max_size=30))
def test_every_result_lies_in_exactly_one_cycle(results: list[Result]) -> None:
    assert tuple(reversed(results)) == tuple(one for cycle in cycles_of(results) for one in cycle)


@given(st.lists(st.sampled_from([*FIRST, *SECOND]), min_size=1, max_size=30), st.data())
def test_a_round_with_too_few_replies_never_lets_a_trend_show_more(
    results: list[Result], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(results) - 1))
    round_, _ = results[at]
    fewer = [*results[:at], (round_, Withheld(round_id=round_.id)), *results[at + 1 :]]
    less, more = trend_of(fewer), trend_of(results)

    assert numbers(more.spans) == numbers(less.spans)
    assert all(
        before.inclusion or not after.inclusion
        for before, after in zip(more.circles, less.circles, strict=True)
    )
    shown = {one.anchor: one.counts for one in more.anchors}
    for one in less.anchors:
        for before, after in zip(shown[one.anchor], one.counts, strict=True):
            assert after is None or (before and after.of <= before.of)


def test_what_was_shown_by_group_is_pooled_with_what_was_shown_in_total() -> None:
    round_, result = asked(1, "welcome", {"welcome": 12, "cocreate": 5})
    assert isinstance(result, Published)
    parts = ((Tenure.NEWER, count_of(9, 9)), (Tenure.LONGER, count_of(5, 5)))
    groups = tuple(GroupCount(group=group, count=count) for group, count in parts)
    split = StatementRelease(statement=result.statements[0].statement, count=None, groups=groups)
    by_group = (round_, replace(result, statements=(split, *result.statements[1:])))

    pooled = circle_of((by_group, FIRST[2]))

    assert pooled.inclusion == Count(of=28, low=10 + 11, high=14 + 14)
    assert pooled.belonging == Count(of=28, low=5 + 4, high=5 + 4)

    found = summarise_cycle((FIRST[2], by_group))
    assert found
    welcome = next(one for one in found.topics if one.dimension == "welcome")
    assert (pooled.inclusion, 2) == (welcome.count, welcome.askings)
