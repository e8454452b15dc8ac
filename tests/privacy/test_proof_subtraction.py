"""``belonging proof`` finds what can be subtracted, and never says pass where it could not look."""

import sqlite3
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.audiences import FrozenAudience, StatementKey, askable_of
from bot.core.audit import Asked, AudiencesFact, Evidence, StoredResult
from bot.core.counts import Count
from bot.core.model import (
    ChannelId,
    DimensionKey,
    MemberId,
    Period,
    RoundId,
    RoundKind,
    RoundState,
    StatementId,
    Tag,
    TagId,
)
from bot.core.norms import GONE
from bot.core.release import Published, TagRelease, Withheld
from bot.demo.workspace import BOT_USER_ID
from bot.proof import AttackResult, Verdict
from bot.proof.audiences import AUDIENCE_TABLES
from bot.store.audiences import AudienceFile
from bot.store.audit.audiences import read_audiences
from bot.store.backup import back_up
from tests.privacy.installation import WORKSPACE, an_installation, evidence, judged
from tests.world import CHANNEL, World

pytestmark = pytest.mark.attack

SUBTRACTION, WHO = "subtraction", "who was asked"
X, Y = ChannelId("C0PRIVATE"), ChannelId("C0OTHER")
PEOPLE = frozenset(MemberId(f"U0PERSON{number:02}") for number in range(13))
FIRST, SECOND, THIRD = (RoundId(f"r0000000000{number}") for number in range(3))
PERIOD = Period("20261123")
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evidence]:
    """What is found after a round of five replies has closed."""
    with an_installation(tmp_path_factory.mktemp("closed")) as world:
        world.move(days=3)
        yield evidence(world)


def result_of(
    closed: Evidence, round_id: RoundId, channel: ChannelId, *, ago: float, **changes: Any
) -> StoredResult:
    """The result of the one real round again, in this channel, opened so many days ago."""
    (real,) = closed.disk.results
    opened = closed.at - ago * DAY
    round_ = replace(
        real.round,
        id=round_id,
        channel=channel,
        opened_at=opened,
        closes_at=opened + 3 * DAY,
        **({"period": PERIOD, "shared": 0, "audience_size": len(PEOPLE)} | changes),
    )
    return replace(real, round=round_, release=replace(real.release, round_id=round_id))


def old(
    closed: Evidence, round_id: RoundId, channel: ChannelId, *, ago: float, **changes: Any
) -> StoredResult:
    """The same, from before it was kept who was asked."""
    return result_of(closed, round_id, channel, ago=ago, period=None, shared=None, **changes)


def found_in(
    closed: Evidence,
    *results: StoredResult,
    people: Mapping[ChannelId, frozenset[MemberId]] | None = None,
    repeated: Mapping[frozenset[RoundId], int] | None = None,
    **changes: Any,
) -> AttackResult:
    """What is made of these results; ``repeated``: of how many people marks stand in several rounds."""
    frozen = {
        one.round.id: FrozenAudience(period=one.round.period, people=len(PEOPLE), until=closed.at, whole=True)
        for one in results
        if one.round.period
    }
    marks = {(key(closed), rounds): number for rounds, number in (repeated or {}).items()}
    disk = replace(
        closed.disk,
        rounds=tuple(one.round for one in results),
        results=results,
        **({"audiences": AudiencesFact(tables={}, frozen=frozen, repeated=marks)} | changes),
    )
    asked = None if people is None else Asked(workspace=WORKSPACE, audiences=people)
    return judged(replace(closed, disk=disk, people=asked, unasked="no Slack token"), SUBTRACTION)


def key(closed: Evidence) -> StatementKey:
    (real,) = closed.disk.results
    return askable_of(real.round.prompt.statements[0]).keys[0]


BOTH = frozenset({FIRST, SECOND})


def test_an_installation_of_this_version_withstands(closed: Evidence) -> None:
    assert Verdict.PASS is judged(closed, SUBTRACTION).verdict


# What lies on the disk.


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world whose round has closed."""
    with an_installation(tmp_path) as world:
        world.move(days=3)
        yield world


def change(world: World, sql: str, *values: object, file: str = "belonging.db") -> None:
    with closing(sqlite3.connect(world.data_dir / file, isolation_level=None)) as connection:
        connection.execute(sql, values)


OLD = "prompt, policy, audience_size, closes_at, zone, closing_key, state, announcement, summary, remind_at"


def published_by_the_old_code(world: World, round_id: str, channel: str, *, ago: int) -> None:
    """A round with its result, in the columns that there were, as the old code stored them."""
    opened = (world.clock.now() - ago * DAY).isoformat(timespec="microseconds")
    change(
        world,
        f"INSERT INTO round (id, channel, schedule, number, opened_at, {OLD}) "  # noqa: S608 - our own columns
        f"SELECT ?, ?, schedule, number + 1, ?, {OLD} FROM round WHERE period IS NOT NULL LIMIT 1",
        round_id,
        channel,
        opened,
    )
    change(
        world,
        "INSERT INTO release (round_id, body, released_at) "
        "SELECT ?, json_set(body, '$.round_id', ?), released_at FROM release LIMIT 1",
        round_id,
        round_id,
    )


def test_a_pair_that_the_old_code_published_in_two_channels_is_found(world: World) -> None:
    """Product team asked and published; then five of them, in another channel, with one person less."""
    published_by_the_old_code(world, FIRST, CHANNEL, ago=9)
    published_by_the_old_code(world, SECOND, "C03RANDOM", ago=8)
    world.workspace.channels["C03RANDOM"].members.append(BOT_USER_ID)

    found = judged(evidence(world), SUBTRACTION)

    assert Verdict.FAIL is found.verdict
    assert "in C03RANDOM show the same statement within four weeks, of partly the same people" in found.found


def test_what_the_old_code_published_twice_in_one_channel_is_found(world: World) -> None:
    published_by_the_old_code(world, FIRST, CHANNEL, ago=9)

    assert Verdict.FAIL is judged(evidence(world), SUBTRACTION).verdict


def test_a_pair_of_which_the_old_code_left_one_channel_is_not_called_good(world: World) -> None:
    """The old proof said that it passed."""
    published_by_the_old_code(world, FIRST, "C0PRIVATE", ago=9)

    assert Verdict.WARNING is judged(evidence(world), SUBTRACTION).verdict


@pytest.mark.parametrize(("again", "verdict"), [(2, Verdict.PASS), (3, Verdict.FAIL)])
def test_marks_on_the_disk_that_stand_in_two_rounds_are_counted(
    world: World, again: int, verdict: Verdict
) -> None:
    """A second round whose audience has some of the same marks, as a fault of this version would store it."""
    opened = (world.clock.now() - 2 * DAY).isoformat(timespec="microseconds")
    change(
        world,
        f"INSERT INTO round (id, channel, schedule, number, opened_at, {OLD}, period, shared, void) "  # noqa: S608
        f"SELECT ?, 'C0OTHER', schedule, number, ?, {OLD}, period, 2, void FROM round LIMIT 1",
        SECOND,
        opened,
    )
    change(
        world,
        "INSERT INTO asked SELECT statement, CASE WHEN place <= ? THEN mark ELSE randomblob(16) END, ? FROM "
        "(SELECT *, row_number() OVER (PARTITION BY statement ORDER BY mark) AS place FROM asked)",
        again,
        SECOND,
        file="audiences.db",
    )
    change(
        world,
        "INSERT INTO audience SELECT ?, period, people, marks, until FROM audience",
        SECOND,
        file="audiences.db",
    )

    found = judged(evidence(world), SUBTRACTION)

    assert verdict is found.verdict, found
    assert Verdict.PASS is judged(evidence(world), WHO).verdict


def test_marks_that_are_missing_on_the_disk_are_not_called_good(world: World) -> None:
    change(world, "DELETE FROM asked WHERE mark = (SELECT min(mark) FROM asked)", file="audiences.db")

    assert Verdict.WARNING is judged(evidence(world), SUBTRACTION).verdict


def test_another_layout_of_audiences_is_found(world: World) -> None:
    assert Verdict.PASS is judged(evidence(world), WHO).verdict

    change(world, "ALTER TABLE audience ADD COLUMN asked_at TEXT", file="audiences.db")

    assert Verdict.FAIL is judged(evidence(world), WHO).verdict


def test_marks_that_are_kept_too_long_are_found(world: World) -> None:
    for ago, verdict in ((0, Verdict.PASS), (2, Verdict.FAIL)):
        until = (world.clock.now() - ago * DAY).isoformat(timespec="microseconds")
        change(world, "UPDATE audience SET until = ?", until, file="audiences.db")
        assert verdict is judged(evidence(world), WHO).verdict


def test_audiences_that_cannot_be_read_are_not_called_good(world: World) -> None:
    assert world.bot
    found = evidence(world)

    for name in (SUBTRACTION, WHO):
        without = replace(found, disk=replace(found.disk, audiences=None))
        assert Verdict.WARNING is judged(without, name).verdict


def test_reading_the_audiences_makes_no_file_and_changes_none(world: World) -> None:
    before = {path: path.read_bytes() for path in world.data_dir.iterdir() if path.is_file()}
    evidence(world)
    after = {path: path.read_bytes() for path in world.data_dir.iterdir() if path.is_file()}

    assert before.keys() == after.keys()
    assert before[world.data_dir / "audiences.db"] == after[world.data_dir / "audiences.db"]


def test_the_layout_that_is_looked_for_is_that_of_a_new_file(tmp_path: Path) -> None:
    AudienceFile(tmp_path / "audiences.db").close()

    laid_out = read_audiences(tmp_path / "audiences.db")

    assert laid_out
    assert AUDIENCE_TABLES == laid_out.tables
    assert all("WITHOUT ROWID" in sql for sql in laid_out.tables.values())


def test_a_copy_of_the_audiences_beside_the_data_is_found_also_in_an_archive(world: World) -> None:
    copies = "copies and leftovers"
    assert Verdict.PASS is judged(evidence(world), copies).verdict
    beside = world.folder / "old.bin"
    beside.write_bytes((world.data_dir / "audiences.db").read_bytes())
    assert "marks of who was asked" in judged(evidence(world), copies).found
    beside.unlink()
    with zipfile.ZipFile(world.folder / "old.zip", "w") as archive:
        archive.write(world.data_dir / "audiences.db")
    assert "marks of who was asked" in judged(evidence(world), copies).found


def test_no_mark_is_in_a_backup(world: World) -> None:
    with closing(sqlite3.connect(world.data_dir / "audiences.db")) as connection:
        marks = [mark for (mark,) in connection.execute("SELECT mark FROM asked")]
    assert marks

    back_up(world.data_dir / "belonging.db", world.folder / "copy.bak")
    copy = (world.folder / "copy.bak").read_bytes()

    assert not any(mark in copy for mark in marks)


# Rounds whose people are marked.


@pytest.mark.parametrize(
    ("again", "verdict"), [(0, Verdict.PASS), (2, Verdict.PASS), (3, Verdict.FAIL), (12, Verdict.FAIL)]
)
def test_what_lies_under_one_key_is_counted_anew(closed: Evidence, again: int, verdict: Verdict) -> None:
    one = result_of(closed, FIRST, X, ago=10)
    other = result_of(closed, SECOND, Y, ago=4, shared=min(again, 2))

    assert verdict is found_in(closed, one, other, repeated={BOTH: again} if again else {}).verdict


def test_people_of_several_earlier_rounds_are_counted_together(closed: Evidence) -> None:
    rounds = [
        result_of(closed, FIRST, X, ago=10),
        result_of(closed, SECOND, Y, ago=9),
        result_of(closed, THIRD, ChannelId("C0THIRD"), ago=4, shared=2),
    ]
    two_each = {frozenset({FIRST, THIRD}): 2, frozenset({SECOND, THIRD}): 2}

    found = found_in(closed, *rounds, repeated=two_each)

    assert Verdict.FAIL is found.verdict
    assert "asked 4 people what they were asked before" in found.found


def test_more_people_than_the_stored_number_is_found(closed: Evidence) -> None:
    rounds = result_of(closed, FIRST, X, ago=10), result_of(closed, SECOND, Y, ago=4, shared=1)

    assert Verdict.PASS is found_in(closed, *rounds, repeated={BOTH: 1}).verdict
    assert "more people again than was stored" in found_in(closed, *rounds, repeated={BOTH: 2}).found


@pytest.mark.parametrize("ago", [4, 400])
@pytest.mark.parametrize("shared", [None, 3])
def test_the_stored_number_is_read_also_when_the_marks_are_gone(
    closed: Evidence, shared: int | None, ago: int
) -> None:
    assert Verdict.FAIL is found_in(closed, result_of(closed, FIRST, X, ago=ago, shared=shared)).verdict


def test_a_round_that_opened_when_the_window_had_passed_may_ask_the_same_people(closed: Evidence) -> None:
    later = result_of(closed, SECOND, X, ago=4)
    for ago, verdict in ((31, Verdict.PASS), (30, Verdict.FAIL)):
        earlier = result_of(closed, FIRST, X, ago=ago)
        assert verdict is found_in(closed, earlier, later, repeated={BOTH: 13}).verdict


def test_a_round_that_was_still_open_counts_however_early_it_opened(closed: Evidence) -> None:
    earlier = result_of(closed, FIRST, X, ago=40)
    open_for_long = replace(earlier, round=replace(earlier.round, closes_at=closed.at - DAY))
    later = result_of(closed, SECOND, Y, ago=4)

    assert Verdict.FAIL is found_in(closed, open_for_long, later, repeated={BOTH: 13}).verdict


@pytest.mark.parametrize("state", [RoundState.OPEN, RoundState.KEY_LOST])
def test_rounds_without_a_result_are_counted_too(closed: Evidence, state: RoundState) -> None:
    rounds = [result_of(closed, FIRST, X, ago=3), result_of(closed, SECOND, Y, ago=2)]
    rounds = [replace(one, round=replace(one.round, state=state)) for one in rounds]

    assert Verdict.FAIL is found_in(closed, *rounds, repeated={BOTH: 13}).verdict


def test_audiences_that_are_not_whole_are_not_called_good(closed: Evidence) -> None:
    one = result_of(closed, FIRST, X, ago=4)
    fact = FrozenAudience(period=PERIOD, people=13, until=closed.at, whole=True)
    for frozen in (
        {},
        {FIRST: replace(fact, whole=False)},
        {FIRST: replace(fact, people=12)},
        {FIRST: replace(fact, period=Period("20261001"))},
    ):
        audiences = AudiencesFact(tables={}, frozen=frozen, repeated={})
        assert Verdict.WARNING is found_in(closed, one, audiences=audiences).verdict


def test_a_file_of_audiences_that_is_gone_is_not_called_good(closed: Evidence) -> None:
    assert Verdict.WARNING is found_in(closed, result_of(closed, FIRST, X, ago=4), audiences=None).verdict
    assert Verdict.PASS is found_in(closed, result_of(closed, FIRST, X, ago=40), audiences=None).verdict


# Rounds from before that was kept: what attackers saw working.


def test_the_bot_removed_from_one_of_two_channels_is_not_called_good(closed: Evidence) -> None:
    """Ask x, take the bot out of x, ask y, which is x minus one: nobody can look into x any more."""
    pair = old(closed, FIRST, X, ago=6), old(closed, SECOND, Y, ago=5)

    for people in ({Y: PEOPLE}, {X: frozenset(), Y: PEOPLE}, None):
        found = found_in(closed, *pair, people=people)
        assert Verdict.WARNING is found.verdict
        assert "is from before it was kept who was asked" in found.found


def test_bystanders_swapped_into_one_of_two_channels_are_found(closed: Evidence) -> None:
    """Ask x, swap five bystanders into it, ask y, which is x minus one: eight are in both even so."""
    pair = old(closed, FIRST, X, ago=6), old(closed, SECOND, Y, ago=5)
    swapped = frozenset(sorted(PEOPLE)[5:]) | {MemberId(f"U0STRANGER{number}") for number in range(5)}

    found = found_in(closed, *pair, people={X: swapped, Y: PEOPLE - {min(PEOPLE)}})

    assert Verdict.FAIL is found.verdict
    assert "of partly the same people" in found.found


@pytest.mark.parametrize(("both", "verdict"), [(0, Verdict.WARNING), (2, Verdict.WARNING), (3, Verdict.FAIL)])
def test_two_channels_that_share_more_than_two_people_now_are_found(
    closed: Evidence, both: int, verdict: Verdict
) -> None:
    pair = old(closed, FIRST, X, ago=6), old(closed, SECOND, Y, ago=5)
    there = frozenset(sorted(PEOPLE)[:both]) | {MemberId(f"U0STRANGER{number}") for number in range(9)}

    assert verdict is found_in(closed, *pair, people={X: PEOPLE, Y: there}).verdict


def test_one_channel_that_was_asked_the_same_twice_is_found(closed: Evidence) -> None:
    """Publish, remove one person, ask and cancel until the same statement comes up again, publish."""
    pair = old(closed, FIRST, X, ago=6), old(closed, SECOND, X, ago=2)

    for people in ({X: PEOPLE}, None):
        found = found_in(closed, *pair, people=people)
        assert Verdict.FAIL is found.verdict
        assert "of one channel" in found.found


def test_a_round_of_this_version_after_an_old_one_is_found_as_well(closed: Evidence) -> None:
    pair = old(closed, FIRST, X, ago=6), result_of(closed, SECOND, X, ago=2)

    assert Verdict.FAIL is found_in(closed, *pair).verdict


@pytest.mark.parametrize(("first", "second"), [(40, 30), (60, 5), (32, 5)])
def test_old_pairs_that_are_far_apart_or_long_ago_are_not_named_as_pairs(
    closed: Evidence, first: int, second: int
) -> None:
    found = found_in(closed, old(closed, FIRST, X, ago=first), old(closed, SECOND, X, ago=second))

    assert Verdict.FAIL is not found.verdict
    assert (Verdict.WARNING if second < 27 else Verdict.PASS) is found.verdict


def test_old_results_that_show_nothing_of_the_same_cannot_be_subtracted(closed: Evidence) -> None:
    one, other = old(closed, FIRST, X, ago=6), old(closed, SECOND, X, ago=2)
    assert isinstance(other.release, Published)

    for release in (replace(other.release, statements=(), tags=()), Withheld(round_id=SECOND)):
        assert Verdict.FAIL is not found_in(closed, one, replace(other, release=release)).verdict


def test_an_old_round_whose_words_were_taken_down_is_not_called_good(closed: Evidence) -> None:
    """Whoever wants the pair to be forgotten takes its proposals down: the numbers stay, and people know."""
    pair = old(closed, FIRST, X, ago=6), old(closed, SECOND, X, ago=2)
    bare = tuple(_without_words(one) for one in pair)

    found = found_in(closed, *bare)

    assert Verdict.WARNING is found.verdict
    assert "is from before it was kept who was asked" in found.found


def _without_words(one: StoredResult) -> StoredResult:
    assert isinstance(one.release, Published)
    prompt = one.round.prompt
    statements = tuple(replace(statement, text=GONE) for statement in prompt.statements)
    return replace(
        one,
        round=replace(one.round, prompt=replace(prompt, kind=RoundKind.DECIDE, statements=statements)),
        release=replace(one.release, tags=()),
    )


def test_tags_of_one_topic_are_a_statement_together(closed: Evidence) -> None:
    """Two rounds with other statements and the same tags show numbers of the same people, too."""
    one, other = old(closed, FIRST, X, ago=6), old(closed, SECOND, X, ago=2)
    prompt = other.round.prompt
    assert prompt.tags
    assert isinstance(one.release, Published)
    assert isinstance(other.release, Published)
    words = tuple(
        replace(one, text=f"Other words {one.id}", id=StatementId(f"other-{one.id}"))
        for one in prompt.statements
    )
    tag = TagRelease(tag=prompt.tags[0].id, count=Count(of=5, low=3, high=5))
    tagged = [
        replace(one, release=replace(one.release, tags=(tag,))),
        replace(
            other,
            round=replace(other.round, prompt=replace(prompt, statements=words)),
            release=replace(other.release, statements=(), tags=(tag,)),
        ),
    ]

    assert Verdict.FAIL is found_in(closed, *tagged).verdict
    assert Verdict.FAIL is not found_in(closed, one, tagged[1]).verdict


def test_the_same_tag_under_two_topics_can_be_subtracted_too(closed: Evidence) -> None:
    """The mutant that knows tags by their topic alone says "pass"."""
    one, other = old(closed, FIRST, X, ago=6), old(closed, SECOND, X, ago=2)
    first, *_ = other.round.prompt.tags
    tag = TagRelease(tag=first.id, count=Count(of=5, low=3, high=5))
    results = []
    for result, topic, text in ((one, "here", first.text), (other, "there", f"{first.text.upper()} …")):
        prompt = replace(
            result.round.prompt,
            dimension=DimensionKey(topic),
            tags=(replace(first, text=text), Tag(id=TagId(f"{topic}-x"), text=f"only {topic}")),
        )
        assert isinstance(result.release, Published)
        release = replace(result.release, statements=(), tags=(tag,))
        results.append(replace(result, round=replace(result.round, prompt=prompt), release=release))

    assert Verdict.FAIL is found_in(closed, *results).verdict
