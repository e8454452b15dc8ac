"""``belonging proof`` on what was published: what the release rule would not have shown is found."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.audit import Evidence, StoredResult
from bot.core.counts import Count, count_of
from bot.core.model import ReleasePolicy, RoundState, StatementId, TagId
from bot.core.release import GroupCount, Published, StatementRelease, TagRelease, Withheld
from bot.core.replies import Tenure
from bot.proof import AttackResult, Verdict
from tests.privacy.installation import an_installation, evidence, finding, judged
from tests.world import World

pytestmark = pytest.mark.attack

NUMBERS = "published numbers"


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evidence]:
    """What is found after a round of five replies has closed."""
    with an_installation(tmp_path_factory.mktemp("closed")) as world:
        world.move(days=3)
        yield evidence(world)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world whose round has closed."""
    with an_installation(tmp_path) as world:
        world.move(days=3)
        yield world


def with_results(found: Evidence, *results: StoredResult) -> Evidence:
    return replace(found, disk=replace(found.disk, results=results))


def only(found: Evidence) -> StoredResult:
    (result,) = found.disk.results
    return result


def published(found: Evidence) -> Published:
    release = only(found).release
    assert isinstance(release, Published)
    return release


def numbers(found: Evidence, **changes: Any) -> AttackResult:
    """What is made of the result with these changes."""
    forged = replace(only(found), release=replace(published(found), **changes))
    return judged(with_results(found, forged), NUMBERS)


def of_one(found: Evidence, *, of: int, low: int, high: int) -> tuple[StatementRelease, ...]:
    return (
        StatementRelease(
            statement=published(found).statements[0].statement, count=Count(of=of, low=low, high=high)
        ),
    )


def tag(found: Evidence, place: int = 0, **count: int) -> TagRelease:
    return TagRelease(tag=only(found).round.prompt.tags[place].id, count=Count(**count))


def test_the_real_result_withstands(closed: Evidence) -> None:
    assert Verdict.PASS is judged(closed, NUMBERS).verdict


@pytest.mark.parametrize(
    ("of", "low", "high"),
    [
        (5, 5, 5),  # all of them, exactly
        (5, 0, 0),
        (5, 4, 4),
        (5, 1, 5),  # an end wider than the rule's
        (5, 2, 2),
        (4, 2, 2),  # under the threshold
        (4, 0, 2),
    ],
)
def test_a_number_that_the_rule_would_not_show_is_found(
    closed: Evidence, of: int, low: int, high: int
) -> None:
    found = numbers(closed, statements=of_one(closed, of=of, low=low, high=high))

    assert Verdict.FAIL is found.verdict
    assert "a number that the rule does not show" in found.found


def test_from_twelve_answers_on_the_ends_are_wider(closed: Evidence) -> None:
    two, three = (of_one(closed, of=14, low=low, high=14) for low in (12, 11))

    assert Verdict.FAIL is numbers(closed, replies=14, statements=two).verdict
    assert Verdict.PASS is numbers(closed, replies=14, audience=14, statements=three).verdict


FORGERIES: dict[str, Callable[[Evidence], dict[str, Any]]] = {
    "under the threshold": lambda _: {"replies": 4},
    "more replies than people": lambda found: {"audience": published(found).replies - 1},
    "with more than one number": lambda found: {"statements": published(found).statements[:1] * 2},
    "or of another round": lambda _: {
        "statements": (StatementRelease(statement=StatementId("other"), count=None),)
    },
    "more answers than replies": lambda found: {"statements": of_one(found, of=6, low=3, high=3)},
    "too few writers": lambda found: {"tags": (tag(found, of=5, low=0, high=2),)},
    "of writers who are not all": lambda found: {"tags": (tag(found, of=6, low=3, high=3),)},
    "two numbers of a tag": lambda found: {"tags": (tag(found, of=5, low=3, high=5),) * 2},
    "a tag of another round": lambda _: {
        "tags": (TagRelease(tag=TagId("other"), count=Count(of=5, low=3, high=5)),)
    },
    "tags that leave nothing open": lambda found: {
        "tags": tuple(tag(found, place, of=5, low=3, high=5) for place in range(3))
    },
    "quotes from too few replies": lambda _: {"quotes": ("one", "two", "three")},
    "two quotes alone": lambda _: {"replies": 10, "audience": 10, "quotes": ("one", "two")},
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_result_is_found(closed: Evidence, forgery: str) -> None:
    assert Verdict.FAIL is numbers(closed, **FORGERIES[forgery](closed)).verdict


def by_group(found: Evidence, *parts: tuple[Tenure, int], audience: int = 24) -> AttackResult:
    """What is made of a statement shown by group, each of this size, in a round of 24 that asked for it."""
    round_ = replace(only(found).round, audience_size=audience)
    round_ = replace(round_, prompt=replace(round_.prompt, asks_tenure=True))
    groups = tuple(GroupCount(group=group, count=count_of(3, size)) for group, size in parts)
    statements = (
        StatementRelease(statement=published(found).statements[0].statement, count=None, groups=groups),
    )
    result = replace(published(found), replies=24, audience=24, statements=statements)
    return judged(with_results(found, replace(only(found), round=round_, release=result)), NUMBERS)


NEWER, LONGER, UNSAID = Tenure


def test_a_statement_shown_for_both_groups_withstands(closed: Evidence) -> None:
    assert Verdict.PASS is by_group(closed, (NEWER, 9), (LONGER, 15)).verdict
    assert Verdict.PASS is by_group(closed, (NEWER, 9), (LONGER, 10), (UNSAID, 5)).verdict


@pytest.mark.parametrize(
    "parts",
    [
        ((NEWER, 9),),
        ((NEWER, 9), (UNSAID, 9)),
        ((LONGER, 9), (NEWER, 9)),
        ((NEWER, 9), (NEWER, 9)),
        ((NEWER, 9), (LONGER, 16)),  # more than replied
    ],
)
def test_groups_that_the_rule_would_not_show_are_found(
    closed: Evidence, parts: tuple[tuple[Tenure, int], ...]
) -> None:
    assert Verdict.FAIL is by_group(closed, *parts).verdict


def test_a_group_under_the_threshold_is_found(closed: Evidence) -> None:
    few = GroupCount(group=NEWER, count=Count(of=4, low=0, high=2))
    enough = GroupCount(group=LONGER, count=count_of(3, 9))
    statements = (
        StatementRelease(
            statement=published(closed).statements[0].statement, count=None, groups=(few, enough)
        ),
    )

    found = numbers(closed, replies=14, audience=14, statements=statements).found

    assert "a number that the rule does not show" in found
    assert "did not ask for groups" in found


def test_the_tenure_question_in_a_small_channel_is_found(closed: Evidence) -> None:
    assert "of too few" in by_group(closed, (NEWER, 9), (LONGER, 10), audience=19).found


def test_a_stored_total_beside_its_groups_is_found(world: World) -> None:
    stored = body(world)
    part = {"kind": "GroupCount", "group": "newer", "count": stored["items"][0]["count"]}
    stored["items"][0]["groups"] = [part]
    change(world, "UPDATE release SET body = ?", json.dumps(stored))

    assert "is below a minimum" in finding(world, NUMBERS).found


def test_quotes_of_a_round_that_quotes_nobody_are_found(closed: Evidence) -> None:
    result = only(closed)
    unquoted = replace(result.round, policy=replace(result.round.policy, quotes=False))
    quoting = replace(published(closed), replies=10, audience=10, quotes=("one", "two", "three"))
    forged = with_results(closed, replace(result, round=unquoted, release=quoting))

    assert "quotes in a round that quotes nobody" in judged(forged, NUMBERS).found


def test_quotes_that_were_taken_down_leave_fewer(closed: Evidence) -> None:
    day = closed.at.date()

    assert Verdict.PASS is numbers(closed, replies=10, audience=10, quotes=("one",), removed=(day,)).verdict


@pytest.mark.parametrize(
    "state", [RoundState.OPEN, RoundState.CLOSING, RoundState.CANCELLED, RoundState.KEY_LOST]
)
def test_a_result_of_a_round_that_has_not_closed_is_found(closed: Evidence, state: RoundState) -> None:
    early = replace(only(closed), round=only(closed).round.with_state(state))

    assert "has not closed" in judged(with_results(closed, early), NUMBERS).found


def test_a_result_from_before_the_closing_time_is_found(closed: Evidence) -> None:
    early = replace(only(closed), released_at=only(closed).round.closes_at - timedelta(seconds=1))

    assert "before its closing time" in judged(with_results(closed, early), NUMBERS).found


def test_a_round_that_was_open_too_short_is_found(closed: Evidence) -> None:
    result = only(closed)
    strict = ReleasePolicy(min_open=timedelta(days=9))
    short = replace(result, round=replace(result.round, policy=strict))

    assert "shorter time" in judged(with_results(closed, short), NUMBERS).found


def test_a_second_result_of_a_round_is_found(closed: Evidence) -> None:
    assert "2 results" in judged(with_results(closed, only(closed), only(closed)), NUMBERS).found


def change(world: World, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(world.data_dir / "belonging.db", isolation_level=None)) as connection:
        connection.execute(sql, values)


def body(world: World) -> dict[str, Any]:
    with closing(sqlite3.connect(world.data_dir / "belonging.db")) as connection:
        (text,) = connection.execute("SELECT body FROM release").fetchone()
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_withheld_result_that_holds_a_number_is_found(world: World) -> None:
    kept = {"kind": "Withheld", "round_id": body(world)["round_id"]}
    change(world, "UPDATE release SET body = ?", json.dumps(kept))
    assert Verdict.PASS is finding(world, NUMBERS).verdict
    assert isinstance(only(evidence(world)).release, Withheld)

    change(world, "UPDATE release SET body = ?", json.dumps(kept | {"replies": 3}))

    assert "does not belong there" in finding(world, NUMBERS).found


@pytest.mark.parametrize("where", ["", "items"])
def test_a_result_with_something_more_in_it_is_found(world: World, where: str) -> None:
    stored = body(world)
    (stored[where][0] if where else stored)["scores"] = [1, 5, 5, 4, 2]
    change(world, "UPDATE release SET body = ?", json.dumps(stored))

    assert "does not belong there" in finding(world, NUMBERS).found


def test_an_older_result_that_lacks_a_newer_field_withstands(world: World) -> None:
    stored = body(world)
    del stored["removed"]
    change(world, "UPDATE release SET body = ?", json.dumps(stored))

    assert Verdict.PASS is finding(world, NUMBERS).verdict


def test_a_policy_below_the_floors_is_found(world: World) -> None:
    change(world, "UPDATE round SET policy = json_set(policy, '$.threshold', 2)")

    found = finding(world, NUMBERS)

    assert Verdict.FAIL is found.verdict
    assert "is below a minimum" in found.found


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE release SET body = 'not json'",
        "UPDATE release SET body = '{}'",
        "UPDATE release SET released_at = 'yesterday'",
        "UPDATE release SET round_id = 'another'",
        "ALTER TABLE release RENAME COLUMN body TO bodies",
        "DROP TABLE quote_removal",
    ],
)
def test_what_cannot_be_read_is_found_and_nothing_breaks(world: World, sql: str) -> None:
    change(world, sql)

    assert Verdict.FAIL is finding(world, NUMBERS).verdict
