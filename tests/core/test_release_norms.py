"""What is shown of a round in which proposals are collected, and of one that looks again."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.choosing import SEES_HARM, WOULD_TRY
from bot.core.model import GONE, Outcome, RoundKind, Statement, StatementId, TagId
from bot.core.release import VOTES, Published, Withheld, can_ask_tenure, outcome_of, release
from bot.core.replies import Reply
from bot.store.serialization import dumps
from tests.core.norm_rounds import asking

COLLECT = asking(RoundKind.COLLECT)
AGAIN = asking(RoundKind.LOOK_AGAIN, "look_again", norm="a", tags=("newer", "busy"))
KEEP, CHANGE, LET_GO = (VOTES[way] for way in Outcome)
TEXTS = ("When we plan, we ask who is away", "From now on we write decisions down", "We start at ten past")


def proposed(texts: Sequence[str], *, names: frozenset[str] = frozenset(), seed: int = 1) -> tuple[str, ...]:
    """The published proposals; none where the round is withheld."""
    replies = [Reply(answers={}, text=text, quotable=True) for text in texts]
    result = release(COLLECT, replies, seed=seed, names=names)
    return result.proposals if isinstance(result, Published) else ()


def votes(keep: int = 0, change: int = 0, let_go: int = 0, *, tags: Sequence[str] = ()) -> list[Reply]:
    given_ = [KEEP] * keep + [CHANGE] * change + [LET_GO] * let_go
    chosen = tuple(map(TagId, tags))
    return [Reply(answers={StatementId("look_again"): vote}, tags=chosen) for vote in given_]


def test_three_proposals_are_published_together_and_nothing_else() -> None:
    replies = [Reply(answers={StatementId("x"): 5}, text=text, quotable=True) for text in TEXTS]

    result = release(COLLECT, replies, seed=1, names=frozenset())

    assert isinstance(result, Published)
    assert set(TEXTS) == set(result.proposals)
    assert (3, 9, (), (), (), None) == (
        result.replies,
        result.audience,
        result.statements,
        result.tags,
        result.quotes,
        result.outcome,
    )


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_are_discarded_and_no_number_is_stored(count: int) -> None:
    replies = [Reply(answers={}, text=text, quotable=True) for text in TEXTS[:count]]

    result = release(COLLECT, replies, seed=1, names=frozenset())

    assert Withheld(round_id=COLLECT.id) == result
    assert '{"kind":"Withheld","round_id":"r1"}' == dumps(result)


def test_twenty_times_the_same_is_one_proposal() -> None:
    same = ["We  start at ten PAST"] * 10 + ["we start at ten past"] * 10

    assert () == proposed(same)
    assert 3 == len(proposed([*same, *TEXTS[:2]]))


def test_an_empty_proposal_and_one_of_names_alone_count_as_none() -> None:
    names = frozenset({"Maya Okafor"})

    assert () == proposed([*TEXTS[:2], "", "   ", "Maya Okafor!"], names=names)


def test_a_colleague_is_named_in_no_proposal() -> None:
    texts = [*TEXTS[:2], "When Maya Okafor speaks, we let <@U0MAYA123> finish: maya@example.com"]

    shown = proposed(texts, names=frozenset({"Maya Okafor"}))

    assert "When [name] speaks, we let [name] finish: [address]" in shown


def test_what_was_not_made_public_is_not_published() -> None:
    silent = [Reply(answers={}, text=text, quotable=False) for text in TEXTS]

    assert isinstance(release(COLLECT, silent, seed=1, names=frozenset()), Withheld)


@given(st.permutations(TEXTS), st.integers(0, 99))
def test_the_order_of_writing_says_nothing(order: list[str], seed: int) -> None:
    assert proposed(TEXTS, seed=seed) == proposed(order, seed=seed)


def test_every_proposal_comes_first_as_often() -> None:
    first = [proposed(TEXTS, seed=seed)[0] for seed in range(3000)]

    assert all(900 < first.count(text) < 1100 for text in TEXTS)


@given(*[st.integers(0, 6)] * 3)
def test_what_most_want_wins_and_a_tie_keeps(keep: int, change: int, let_go: int) -> None:
    outcome, tied = outcome_of(keep, change, let_go)
    counts = dict(zip(Outcome, (keep, change, let_go), strict=True))
    best = [way for way, number in counts.items() if number == max(counts.values())]

    assert tied is (len(best) > 1)
    assert outcome is (Outcome.KEEP if tied else best[0])


@given(*[st.integers(0, 6)] * 3)
def test_of_looking_again_only_what_won_is_shown(keep: int, change: int, let_go: int) -> None:
    cast = keep + change + let_go
    result = release(AGAIN, votes(keep, change, let_go), seed=1, names=frozenset())

    if cast < 5:
        assert Withheld(round_id=AGAIN.id) == result
        return
    outcome, tied = outcome_of(keep, change, let_go)
    assert (
        Published(
            round_id=AGAIN.id, replies=cast, audience=max(9, cast), statements=(), outcome=outcome, tied=tied
        )
        == result
    )


def test_who_would_rather_not_say_casts_no_vote() -> None:
    silent = [Reply(answers={}) for _ in range(9)]

    assert isinstance(release(AGAIN, [*votes(4), *silent], seed=1, names=frozenset()), Withheld)
    result = release(AGAIN, [*votes(1, 4), *silent], seed=1, names=frozenset())
    assert isinstance(result, Published)
    assert Outcome.CHANGE is result.outcome


CHOOSE = asking(RoundKind.CHOOSE, "a", "b", "c")


def choices(**columns: str) -> list[Reply]:
    """Replies of which each letter is one person's: t would try, h sees harm, anything else says nothing."""
    how = {"t": WOULD_TRY, "h": SEES_HARM}
    everybody = (dict(zip(columns, person, strict=True)) for person in zip(*columns.values(), strict=True))
    return [
        Reply(answers={StatementId(statement): how[one] for statement, one in said.items() if one in how})
        for said in everybody
    ]


@pytest.mark.parametrize(
    ("columns", "won", "low", "tied"),
    [
        ({"a": "tttt----", "b": "ttttt---"}, "b", 5, False),
        ({"a": "tttttttt", "b": "ttttttt-"}, "a", 6, False),
        ({"a": "ttttthhh", "b": "ttt-----"}, "b", 3, False),
        ({"a": "ttttthh-", "b": "tttt----"}, "a", 5, False),
        ({"a": "tttt----", "b": "----tttt"}, "a", 4, True),
        ({"a": "tttt-hhh", "b": "----tttt", "c": "tttt----"}, "b", 4, True),
    ],
    ids=["most", "exact, not as shown", "harm", "two may see harm", "tie", "tie of those that qualify"],
)
def test_what_most_would_try_is_chosen_among_what_few_see_harm_in(
    columns: dict[str, str], won: str, low: int, *, tied: bool
) -> None:
    result = release(CHOOSE, choices(**columns), seed=1, names=frozenset())

    assert isinstance(result, Published)
    assert [(won, 8, low)] == [
        (one.statement, one.count.of, one.count.low) for one in result.statements if one.count
    ]
    assert (tied, 8, 9) == (result.tied, result.replies, result.audience)


@pytest.mark.parametrize(
    "columns", [{"a": "tt------"}, {"a": "ttttthhh"}, {"a": "--------"}, {"a": "hhhhhhhh", "b": "tt------"}]
)
def test_where_none_qualifies_the_result_is_the_same_whatever_the_reason(columns: dict[str, str]) -> None:
    result = release(CHOOSE, choices(**columns), seed=1, names=frozenset())

    assert Published(round_id=CHOOSE.id, replies=8, audience=9, statements=()) == result


def test_from_twelve_replies_on_three_may_see_harm_and_four_must_want_to_try() -> None:
    def won(column: str) -> bool:
        result = release(CHOOSE, choices(a=column), seed=1, names=frozenset())
        return isinstance(result, Published) and bool(result.statements)

    assert [True, False] == [won("tttthhh-----"), won("tttthhhh----")]
    assert [False, True] == [won("ttt---------"), won("ttt--------")]


def test_under_the_threshold_nothing_is_decided() -> None:
    assert Withheld(round_id=CHOOSE.id) == release(CHOOSE, choices(a="tttt"), seed=1, names=frozenset())


def test_what_was_taken_down_while_it_was_decided_about_cannot_win() -> None:
    statements = (Statement(id=StatementId("a"), text=GONE), *CHOOSE.prompt.statements[1:])
    round_ = replace(CHOOSE, prompt=replace(CHOOSE.prompt, statements=statements))

    result = release(round_, choices(a="tttttt--", b="ttt-----"), seed=1, names=frozenset())

    assert isinstance(result, Published)
    assert ["b"] == [one.statement for one in result.statements]


def test_for_whom_it_worked_less_well_is_counted_as_any_tags_are() -> None:
    several = [*votes(4, tags=("newer",)), *votes(2, tags=("busy",))]

    result = release(AGAIN, several, seed=1, names=frozenset())

    assert isinstance(result, Published)
    assert [("newer", 4, 6)] == [(tag.tag, tag.count.low, tag.count.high) for tag in result.tags]


def test_how_long_people_have_been_there_is_asked_only_where_it_can_be_shown() -> None:
    rounds = (
        asking(kind, *statements) for kind, *statements in ((RoundKind.DECIDE, "a"), (RoundKind.CONSENT, "c"))
    )

    assert not can_ask_tenure(asking(RoundKind.CHOOSE, "a").prompt, 20)
    assert [True, True] == [can_ask_tenure(round_.prompt, 20) for round_ in rounds]
    assert not can_ask_tenure(AGAIN.prompt, 20)
    assert not can_ask_tenure(COLLECT.prompt, 20)
    assert not can_ask_tenure(asking(RoundKind.DECIDE, "a").prompt, 19)
