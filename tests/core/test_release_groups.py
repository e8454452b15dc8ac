"""The release rule where a round asks how long people have been in the team: groups or total, never both."""

from dataclasses import replace

import pytest

from bot.core.counts import Count, count_of
from bot.core.model import ReleasePolicy, StatementId
from bot.core.release import GroupCount, Published, StatementRelease, can_ask_tenure
from bot.core.replies import Reply, Tenure
from tests.core.test_release import ANCHOR, OWN, PARTNER, ROUND, counts, published, reply

ASKING = replace(ROUND, prompt=replace(ROUND.prompt, asks_tenure=True))
"""The round, which also asks how long people have been there."""


def grouped(agreed: int, number: int, tenure: Tenure) -> list[Reply]:
    """So many of a group, so many of them agreeing to every statement."""
    return [replace(reply(4 if place < agreed else 2), tenure=tenure) for place in range(number)]


def team(newer: int, longer: int, unsaid: int = 0) -> list[Reply]:
    """Groups of these sizes, in which three of each agree."""
    sizes = {Tenure.LONGER: longer, Tenure.UNSAID: unsaid, Tenure.NEWER: newer}
    return [one for group, size in sizes.items() for one in grouped(min(3, size), size, group)]


def split(result: Published, statement: StatementId = OWN) -> dict[Tenure, Count]:
    (found,) = (one for one in result.statements if one.statement == statement)
    return {one.group: one.count for one in found.groups}


def test_both_groups_take_the_place_of_the_total() -> None:
    replies = [*grouped(15, 15, Tenure.LONGER), *grouped(6, 9, Tenure.NEWER)]
    groups = (
        GroupCount(group=Tenure.NEWER, count=Count(of=9, low=6, high=6)),
        GroupCount(group=Tenure.LONGER, count=Count(of=15, low=12, high=15)),
    )
    result = published(replies, ASKING)
    assert [
        StatementRelease(statement=one, count=None, groups=groups) for one in (OWN, ANCHOR, PARTNER)
    ] == list(result.statements)
    assert (result.statements[0].total, result.replies) == (Count(of=24, low=18, high=21), 24)


@pytest.mark.parametrize(
    ("newer", "longer", "unsaid", "shown"),
    [
        (5, 5, 0, True),
        (4, 20, 0, False),
        (20, 4, 0, False),
        (0, 20, 0, False),
        (0, 10, 10, False),
        (10, 0, 10, False),
        (9, 10, 1, False),
        (9, 10, 4, False),
        (9, 10, 5, True),
    ],
)
def test_groups_are_shown_only_where_none_of_them_is_small(
    newer: int, longer: int, unsaid: int, *, shown: bool
) -> None:
    result = published(team(newer, longer, unsaid), ASKING)
    assert shown is bool(split(result))
    if not shown:
        assert published(team(newer, longer, unsaid)) == result
    else:
        assert [newer, longer, *([unsaid] if unsaid else [])] == [one.of for one in split(result).values()]


def test_tenure_is_asked_from_twenty_people_on_and_not_where_there_is_no_statement_to_show() -> None:
    wordless = replace(ROUND.prompt, statements=())
    assert [False, True] == [can_ask_tenure(ROUND.prompt, size) for size in (19, 20)]
    assert not can_ask_tenure(wordless, 20)


def test_a_higher_threshold_holds_for_each_group_and_for_those_who_did_not_say() -> None:
    strict = replace(ASKING, policy=ReleasePolicy(threshold=8))
    assert split(published(team(8, 8), strict))
    assert split(published(team(8, 8, 8), strict))
    assert not split(published(team(7, 12), strict))
    assert not split(published(team(8, 8, 7), strict))


def test_each_statement_goes_by_those_who_answered_it() -> None:
    replies = team(5, 6)
    replies[-1] = Reply(answers={ANCHOR: 4, PARTNER: 2}, tenure=Tenure.NEWER)
    result = published(replies, ASKING)
    assert split(result, OWN) == {}
    assert counts(result)[OWN] == Count(of=10, low=6, high=6)
    assert split(result, ANCHOR) == {
        Tenure.NEWER: Count(of=5, low=3, high=5),
        Tenure.LONGER: Count(of=6, low=3, high=3),
    }
    assert counts(result)[ANCHOR] is None


def test_of_a_statement_that_too_few_answered_nothing_is_shown_by_group_either() -> None:
    replies = [*(Reply(answers={}, tenure=group) for group in Tenure for _ in range(6)), *team(2, 2)]
    assert [StatementRelease(statement=one, count=None) for one in (OWN, ANCHOR, PARTNER)] == list(
        published(replies, ASKING).statements
    )


def test_a_total_beside_its_groups_cannot_be_made() -> None:
    groups = (GroupCount(group=Tenure.NEWER, count=count_of(3, 6)),)
    with pytest.raises(ValueError, match=r"^a statement is shown in total or by group, never both$"):
        StatementRelease(statement=OWN, count=count_of(3, 6), groups=groups)


def test_the_total_of_a_statement_is_what_was_shown_where_it_was_shown_in_total() -> None:
    assert StatementRelease(statement=OWN, count=count_of(3, 6)).total == count_of(3, 6)
    assert StatementRelease(statement=OWN, count=None).total is None
