"""Attacks on the release: what do observers who know some answers learn of another person's?

Every observer knows the result and the answers of ``known`` people, their own included. All worlds with
``n`` people are enumerated; what remains possible for another person is what they may have answered in any
world that gives the same result and contains the known answers.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations, combinations_with_replacement, cycle, islice, pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.audiences import may_ask
from bot.core.counts import count_of, merged_end
from bot.core.model import (
    ChannelId,
    DimensionKey,
    MemberId,
    PromptId,
    ReleasePolicy,
    Round,
    RoundId,
    RoundPrompt,
    Side,
    Statement,
    StatementId,
    Tag,
    TagId,
)
from bot.core.release import Published, release
from bot.core.replies import Reply

pytestmark = pytest.mark.attack

World = tuple[int, ...]
"""Of each possible choice, how many people made it."""

Statistic = Callable[[World], Hashable]

OWN, ANCHOR = StatementId("own"), StatementId("anchor")
TAGS = tuple(TagId(name) for name in ("easy", "heavy", "alone", "calm"))
OPENED = datetime(2026, 11, 23, 9, tzinfo=UTC)


def round_of(*statements: StatementId, tags: Sequence[TagId] = ()) -> Round:
    return Round(
        id=RoundId("r1"),
        channel=ChannelId("C0HARBOUR"),
        schedule=None,
        number=1,
        prompt=RoundPrompt(
            prompt_id=PromptId("welcome-1"),
            dimension=DimensionKey("welcome"),
            label="The Welcome",
            side=Side.INCLUSION,
            question="When did you last feel welcome here?",
            statements=tuple(Statement(id=statement, text=statement) for statement in statements),
            tags=tuple(Tag(id=tag, text=tag) for tag in tags),
        ),
        policy=ReleasePolicy(),
        audience_size=30,
        opened_at=OPENED,
        closes_at=OPENED + timedelta(days=3),
        zone="Europe/Berlin",
        closing_key=b"public",
    )


def worlds(people: int, choices: int) -> Iterator[World]:
    for bars in combinations(range(people + choices - 1), choices - 1):
        edges = (-1, *bars, people + choices - 1)
        yield tuple(right - left - 1 for left, right in pairwise(edges))


def possibilities(
    all_worlds: Iterator[World], shown: Statistic, *, known: int
) -> dict[tuple[Hashable, tuple[int, ...]], set[int]]:
    """By result and known answers: the choices that another person may have made."""
    possible: dict[tuple[Hashable, tuple[int, ...]], set[int]] = defaultdict(set)
    for world in all_worlds:
        result = shown(world)
        for answers in combinations_with_replacement(range(len(world)), known):
            others = [number - answers.count(choice) for choice, number in enumerate(world)]
            if min(others) >= 0:
                possible[result, answers].update(choice for choice, number in enumerate(others) if number)
    return possible


def remaining(all_worlds: Iterator[World], shown: Statistic, *, known: int) -> list[set[int]]:
    """For every result and every set of known answers: the choices that another person may have made."""
    return list(possibilities(all_worlds, shown, known=known).values())


def least_left(all_worlds: Iterator[World], shown: Statistic, *, known: int) -> int:
    return min(map(len, remaining(all_worlds, shown, known=known)))


def crowd(world: World, replies: Sequence[Reply]) -> list[Reply]:
    return [reply for reply, number in zip(replies, world, strict=True) for _ in range(number)]


def released(round_: Round, replies: Sequence[Reply]) -> Statistic:
    """The real thing: what ``release`` shows of a world in which choice i is the reply i."""
    return lambda world: release(round_, crowd(world, replies), seed=1, names=frozenset())


ANSWERS = [Reply(answers={OWN: answer}) for answer in range(1, 6)]
STATEMENT_RELEASE = released(round_of(OWN), ANSWERS)


@pytest.mark.parametrize("known", [0, 1])
@pytest.mark.parametrize("people", range(5, 15))
def test_one_colleague_who_knows_their_own_answer_rules_out_no_answer_of_another(
    people: int, known: int
) -> None:
    assert least_left(worlds(people, 5), STATEMENT_RELEASE, known=known) == 5


@pytest.mark.parametrize("people", [12, 13, 14])
def test_two_colleagues_who_compare_rule_out_nothing_from_twelve_answers_on(people: int) -> None:
    assert least_left(worlds(people, 5), STATEMENT_RELEASE, known=2) == 5


@pytest.mark.parametrize("people", range(5, 12))
def test_under_twelve_answers_two_who_compare_learn_at_most_the_side_of_another(people: int) -> None:
    """The residual that the promise states."""
    assert least_left(worlds(people, 5), STATEMENT_RELEASE, known=2) == 2


def agree(world: World) -> int:
    return world[3] + world[4]


def mean_to_a_tenth(world: World) -> Hashable:
    return round(sum(place * number for place, number in enumerate(world, 1)) / sum(world), 1)


def count_unless_unanimous(world: World) -> Hashable:
    return "all of one mind" if agree(world) in {0, sum(world)} else agree(world)


def count_with_ends_of_one(world: World) -> Hashable:
    return min(max(agree(world), 1), sum(world) - 1)


def count_and_top_answer(world: World) -> Hashable:
    return count_of(agree(world), sum(world)), count_of(world[4], sum(world))


@pytest.mark.parametrize("people", [5, 8, 12])
@pytest.mark.parametrize(
    ("mutant", "known", "left"),
    [
        (lambda world: world, 0, 1),
        (mean_to_a_tenth, 0, 1),
        (agree, 0, 2),
        (count_unless_unanimous, 1, 2),
        (count_with_ends_of_one, 1, 2),
    ],
    ids=["histogram", "mean", "exact", "unless-unanimous", "ends-of-one"],
)
def test_every_weaker_rule_gives_somebody_away(mutant: Statistic, known: int, left: int, people: int) -> None:
    assert least_left(worlds(people, 5), mutant, known=known) <= left


@pytest.mark.parametrize("people", [8, 12])
def test_a_second_statistic_gives_somebody_away_even_with_merged_ends(people: int) -> None:
    assert least_left(worlds(people, 5), count_and_top_answer, known=1) < 5


def test_ends_of_two_would_not_do_for_two_who_compare() -> None:
    def ends_of_two(world: World) -> Hashable:
        return min(max(agree(world), 2), sum(world) - 2)

    assert least_left(worlds(12, 5), ends_of_two, known=1) == 5
    assert least_left(worlds(12, 5), ends_of_two, known=2) == 2


def two_groups(here: int, there: int) -> Iterator[World]:
    """Agree and not, in a group of ``here`` people and in one of ``there``."""
    for one, other in product(range(here + 1), range(there + 1)):
        yield one, here - one, other, there - other


def groups(world: World) -> tuple[Hashable, ...]:
    return count_of(world[0], world[0] + world[1]), count_of(world[2], world[2] + world[3])


def groups_and_total(world: World) -> Hashable:
    return (*groups(world), count_of(world[0] + world[2], sum(world)))


@pytest.mark.parametrize(("here", "there"), [(5, 5), (5, 8), (7, 12)])
def test_groups_may_be_shown_but_not_groups_and_their_total(here: int, there: int) -> None:
    assert least_left(two_groups(here, there), groups, known=1) == 4
    assert least_left(two_groups(here, there), groups_and_total, known=0) < 4


BOTH = [
    Reply(
        answers={statement: answer for statement, answer in zip((OWN, ANCHOR), pair, strict=True) if answer}
    )
    for pair in product((4, 2, None), repeat=2)
]
ANSWERED_BOTH = {0, 1, 3, 4}
"""The places in ``BOTH`` of those who gave an answer to either item."""


@pytest.mark.parametrize("known", [0, 1])
@pytest.mark.parametrize("people", [5, 6])
def test_no_pair_of_published_numbers_says_more_than_each_alone(people: int, known: int) -> None:
    """Two statements and the numbers who answered them, jointly, with people who would rather not say."""
    shown = released(round_of(OWN, ANCHOR), BOTH)
    assert all(left >= ANSWERED_BOTH for left in remaining(worlds(people, 9), shown, known=known))


def tag_choices(tags: int) -> list[Reply]:
    """Every choice of up to two of these tags."""
    return [
        Reply(answers={}, tags=chosen) for number in range(3) for chosen in combinations(TAGS[:tags], number)
    ]


@pytest.mark.parametrize(("people", "tags"), [(5, 4), (5, 3), (6, 3), (7, 3), (8, 3)])
def test_tags_leave_every_choice_of_another_possible(people: int, tags: int) -> None:
    choices = tag_choices(tags)
    shown = released(round_of(OWN, tags=TAGS[:tags]), choices)
    for known in (0, 1):
        assert least_left(worlds(people, len(choices)), shown, known=known) == len(choices)


def test_tags_that_use_up_all_choices_would_rule_the_other_tags_out_for_everyone() -> None:
    choices = tag_choices(4)

    def every_tag_past_the_end(world: World) -> Hashable:
        replies = crowd(world, choices)
        numbers = [sum(tag in reply.tags for reply in replies) for tag in TAGS]
        return tuple(count_of(number, 5) for number in numbers if number > 2), tuple(
            number > 2 for number in numbers
        )

    assert least_left(worlds(5, len(choices)), every_tag_past_the_end, known=1) < len(choices)


@st.composite
def tagged_teams(draw: st.DrawFn) -> list[Reply]:
    """Teams in which favourites are frequent, so that many tags are shown and the choices run out."""
    favourites = draw(st.permutations(tag_choices(4)))[: draw(st.integers(1, 4))]
    return draw(st.lists(st.sampled_from(favourites), min_size=5, max_size=16))


@settings(max_examples=150)
@given(tagged_teams(), st.sampled_from(tag_choices(4)), st.data())
def test_for_any_choice_of_another_there_is_a_world_with_the_same_tags(
    team: list[Reply], other: Reply, data: st.DataObject
) -> None:
    """One observer under twelve people, two from twelve on; the rest of the world is built to fit."""
    round_ = round_of(OWN, tags=TAGS)
    result = release(round_, team, seed=1, names=frozenset())
    assert isinstance(result, Published)
    seen = data.draw(st.permutations(team))[: merged_end(len(team)) - 1]
    spoken_for = [*seen, other]
    rest = len(team) - len(spoken_for)
    needed = [
        tag.tag
        for tag in result.tags
        for _ in range(max(0, tag.count.low - sum(tag.tag in reply.tags for reply in spoken_for)))
    ]
    chosen: list[list[TagId]] = [[] for _ in range(rest)]
    for person, tag in zip(islice(cycle(chosen), len(needed)), needed, strict=True):
        person.append(tag)
    assert all(len(tags) <= 2 and len(set(tags)) == len(tags) for tags in chosen)
    world = [*spoken_for, *(Reply(answers={}, tags=tuple(tags)) for tags in chosen)]
    assert result == release(round_, world, seed=1, names=frozenset())


def members(*numbers: int) -> frozenset[MemberId]:
    return frozenset(MemberId(f"U{number}") for number in numbers)


@pytest.mark.parametrize("more", [1, 2, 3, 4])
def test_a_channel_whose_count_could_be_subtracted_is_refused(more: int) -> None:
    """Twelve people are asked, and soon the same and a few more: the difference would be the few."""
    team, with_some_more = members(*range(12)), members(*range(12 + more))
    without_refusal = {
        count_of(agreed + extra, 12 + more).low - count_of(agreed, 12).low
        for agreed in range(6, 8)
        for extra in range(more + 1)
    }
    assert set(range(more + 1)) == without_refusal  # exact in the middle: it tells how many of the few agreed
    assert not may_ask(len(team & with_some_more))
