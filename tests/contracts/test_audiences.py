"""What every store of audiences and every set of their keys does, in memory or in files."""

import errno
import hmac
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.audiences import FrozenAudience, Mark, StatementKey
from bot.core.model import MemberId, Period, RoundId
from bot.errors import ConfigError, KeyLostError, StoreError
from bot.keys import AudienceKeyFiles
from bot.keys import audiences as audience_keys
from bot.ports import AudienceKeys, Audiences
from bot.store.audiences import AudienceFile
from tests.contracts.closed_between import ClosingAudiences
from tests.contracts.values import DAY, NOON
from tests.fakes.audiences import FakeAudienceKeys, FakeAudiences

A, B = RoundId("00000000000a"), RoundId("00000000000b")
ITEM, TAGS = StatementKey("item:hello"), StatementKey("tags:hello")
ONE, TWO, THREE = (Mark(letter * 16) for letter in (b"1", b"2", b"3"))
NOVEMBER, LATER = Period("20261102"), Period("20261130b")
MAYA, JONAS = MemberId("U1"), MemberId("U2")


def of(people: int) -> FrozenAudience:
    return FrozenAudience(period=NOVEMBER, people=people, until=NOON + DAY)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audiences.db"


@pytest.fixture(params=["memory", "file", "closed between"])
def audiences(request: pytest.FixtureRequest, path: Path) -> Iterator[Audiences]:
    if request.param == "memory":
        yield FakeAudiences()
        return
    kind = ClosingAudiences if request.param == "closed between" else AudienceFile
    with closing(kind(path)) as file:
        yield file


def test_what_is_frozen_is_found_by_statement_and_mark(audiences: Audiences) -> None:
    audiences.freeze(A, of(2), {ITEM: (ONE, TWO), TAGS: (TWO, THREE)})
    audiences.freeze(B, of(1), {ITEM: (TWO,)})

    assert {(ONE, A), (TWO, A), (TWO, B)} == audiences.find(ITEM, (ONE, TWO, THREE))
    assert frozenset() == audiences.find(TAGS, (ONE,))
    assert {ONE, TWO} == audiences.list_marks(A, ITEM)
    assert {ITEM, TAGS} == audiences.list_statements(A)
    assert {A: of(2), B: of(1)} == audiences.list_frozen()


def test_everybody_of_a_large_channel_is_found(audiences: Audiences) -> None:
    marks = [Mark(number.to_bytes(16, "big")) for number in range(1201)]
    audiences.freeze(A, of(1201), {ITEM: marks})

    assert {(mark, A) for mark in marks} == audiences.find(ITEM, marks)


def test_freezing_a_round_again_takes_the_place_of_the_first_attempt(audiences: Audiences) -> None:
    audiences.freeze(A, of(2), {ITEM: (ONE, TWO), TAGS: (ONE, TWO)})

    audiences.freeze(A, of(1), {ITEM: (THREE,)})

    assert {A: of(1)} == audiences.list_frozen()
    assert {THREE} == audiences.list_marks(A, ITEM)
    assert {ITEM} == audiences.list_statements(A)


def test_what_is_remembered_of_a_file_is_what_another_reader_finds_in_it(path: Path) -> None:
    with closing(AudienceFile(path)) as file:
        file.list_frozen()
        steps = (
            lambda: file.freeze(A, of(2), {ITEM: (ONE, TWO)}),
            lambda: file.freeze(B, of(1), {ITEM: (TWO,), TAGS: (THREE,)}),
            lambda: file.freeze(A, of(1), {ITEM: (THREE,)}),
            lambda: file.remove([B]),
        )
        for step in steps:
            step()
            with closing(AudienceFile(path)) as other:
                assert other.list_frozen() == file.list_frozen()


def test_an_opening_does_not_read_the_audiences_of_all_others_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(AudienceFile(path)) as file:
        file.list_frozen()
        monkeypatch.setattr("bot.store.audiences.FROZEN", "SELECT no such thing")
        file.freeze(A, of(1), {ITEM: (ONE,)})

        assert {A: of(1)} == file.list_frozen()


def test_after_a_failure_what_is_frozen_is_read_from_the_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(AudienceFile(path)) as file:
        file.freeze(A, of(1), {ITEM: (ONE,)})
        file.list_frozen()
        monkeypatch.setattr("bot.store.audiences.time_text", lambda _: None)
        with pytest.raises(StoreError):
            file.freeze(B, of(1), {ITEM: (TWO,)})

        assert {A: of(1)} == file.list_frozen()


def test_what_is_removed_is_gone_and_the_rest_stays(audiences: Audiences) -> None:
    audiences.freeze(A, of(1), {ITEM: (ONE,)})
    audiences.freeze(B, of(1), {ITEM: (TWO,)})

    audiences.remove([A, RoundId("00000000000c")])

    assert {B: of(1)} == audiences.list_frozen()
    assert {(TWO, B)} == audiences.find(ITEM, (ONE, TWO))


def test_what_was_frozen_is_there_after_a_restart_and_what_is_missing_is_noticed(path: Path) -> None:
    with closing(AudienceFile(path)) as file:
        file.freeze(A, of(2), {ITEM: (ONE, TWO)})
        file.freeze(B, of(2), {ITEM: (ONE, TWO)})
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM asked WHERE round = ? AND mark = ?", (B, ONE))

    with closing(AudienceFile(path)) as file:
        assert (True, False) == (file.list_frozen()[A].whole, file.list_frozen()[B].whole)


def test_a_removed_mark_stands_in_no_byte_and_no_file_is_left_beside(path: Path) -> None:
    with closing(AudienceFile(path)) as file:
        file.freeze(A, of(2), {ITEM: (b"R" * 16, TWO)})
        assert b"R" * 16 in path.read_bytes()
        file.remove([A])

    assert b"R" * 16 not in path.read_bytes()
    assert [path] == list(path.parent.iterdir())
    assert 0o600 == path.stat().st_mode & 0o777


@pytest.mark.attack
def test_reading_changes_neither_the_bytes_nor_the_time_of_the_file(path: Path) -> None:
    with closing(AudienceFile(path)) as file:
        file.freeze(A, of(2), {ITEM: (ONE, TWO)})
        before = path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ctime_ns
        file.find(ITEM, (ONE, THREE))
        file.list_marks(A, ITEM)
        file.list_frozen()

        assert before == (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ctime_ns)


@pytest.mark.attack
def test_the_order_in_which_people_are_marked_stands_nowhere(tmp_path: Path) -> None:
    marks = [Mark(bytes([number]) * 16) for number in range(200)]
    files = []
    for name, order in (("one", marks), ("other", marks[::-1])):
        with closing(AudienceFile(tmp_path / name)) as file:
            file.freeze(A, of(200), {ITEM: order})
        files.append((tmp_path / name).read_bytes())

    assert files[0] == files[1]


def test_a_file_of_something_else_is_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (id)")
    before = path.read_bytes()

    with pytest.raises(StoreError, match="not a file of this bot"):
        AudienceFile(path)

    assert before == path.read_bytes()


@pytest.fixture(params=["memory", "files"])
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> AudienceKeys:
    return FakeAudienceKeys() if request.param == "memory" else AudienceKeyFiles(tmp_path, "T1")


def test_a_mark_is_the_same_for_one_member_one_statement_one_period_and_no_other(keys: AudienceKeys) -> None:
    keys.create(NOVEMBER)
    keys.create(LATER)

    marks = [
        mark
        for period in (NOVEMBER, LATER)
        for key in (ITEM, TAGS)
        for mark in keys.marks(period, key, [MAYA, JONAS]).values()
    ]

    assert 8 == len(set(marks))
    assert {16} == set(map(len, marks))
    assert keys.marks(NOVEMBER, ITEM, [MAYA]) == {MAYA: marks[0]}


def test_a_key_that_is_there_is_never_replaced(keys: AudienceKeys) -> None:
    keys.create(NOVEMBER)
    before = keys.marks(NOVEMBER, ITEM, [MAYA])

    keys.create(NOVEMBER)

    assert before == keys.marks(NOVEMBER, ITEM, [MAYA])
    assert {NOVEMBER} == keys.list_periods()
    assert (True, True) == (keys.fits(NOVEMBER), keys.is_there(NOVEMBER))
    assert (False, False) == (keys.fits(LATER), keys.is_there(LATER))


def test_a_destroyed_key_makes_no_mark(keys: AudienceKeys) -> None:
    keys.create(NOVEMBER)

    keys.destroy(NOVEMBER)
    keys.destroy(NOVEMBER)

    assert not keys.list_periods()
    assert not keys.fits(NOVEMBER)
    assert not keys.is_there(NOVEMBER)
    with pytest.raises(KeyLostError):
        keys.marks(NOVEMBER, ITEM, [MAYA])


@pytest.mark.parametrize("bad", ["", "../../../etc", "2026110", "20261102B", "20261102/"])
def test_what_is_no_period_is_refused(keys: AudienceKeys, bad: str) -> None:
    for use in (keys.create, keys.destroy, keys.fits, lambda period: keys.marks(period, ITEM, [MAYA])):
        with pytest.raises(ValueError, match="eight digits"):
            use(Period(bad))


@pytest.mark.attack
@pytest.mark.parametrize(("organisation", "secret"), [("T2", b"one"), ("T1", b"other"), ("T1", None)])
def test_another_secret_or_organisation_is_a_missing_key(
    tmp_path: Path, organisation: str, secret: bytes | None
) -> None:
    AudienceKeyFiles(tmp_path, "T1", b"one").create(NOVEMBER)

    others = AudienceKeyFiles(tmp_path, organisation, secret)

    assert (True, False) == (others.is_there(NOVEMBER), others.fits(NOVEMBER))
    with pytest.raises(ConfigError, match="Set it back"):
        others.marks(NOVEMBER, ITEM, [MAYA])


@pytest.mark.parametrize("secret", [None, b"one"])
def test_a_mark_of_an_earlier_version_is_found_again(tmp_path: Path, secret: bytes | None) -> None:
    """Written out from RFC 5869 and RFC 2104: no change of the code may change what a key makes."""
    key = bytes(range(32))
    extracted = hmac.digest(secret or bytes(32), key, "sha256")
    derived = hmac.digest(extracted, b"audience\x01", "sha256")
    check = hmac.digest(derived, b"check\0T1", "sha256")[:16]
    (tmp_path / f"audience.{NOVEMBER}").write_bytes(key + check)

    marks = AudienceKeyFiles(tmp_path, "T1", secret).marks(NOVEMBER, ITEM, [MAYA])

    assert {MAYA: hmac.digest(derived, b"item:hello\0T1\0U1", "sha256")[:16]} == marks


def test_the_directory_of_keys_is_made_for_the_bot_alone(tmp_path: Path) -> None:
    AudienceKeyFiles(tmp_path / "a" / "keys", "T1").create(NOVEMBER)

    assert 0o700 == (tmp_path / "a" / "keys").stat().st_mode & 0o777
    assert [f"audience.{NOVEMBER}"] == [path.name for path in (tmp_path / "a" / "keys").iterdir()]


def test_a_key_whose_destruction_was_interrupted_is_listed_and_destroyed(tmp_path: Path) -> None:
    """The mutant that lists whole keys alone leaves it there for ever."""
    keys = AudienceKeyFiles(tmp_path, "T1")
    keys.create(NOVEMBER)
    path = tmp_path / f"audience.{NOVEMBER}"
    path.rename(tmp_path / f"{path.name}.part")

    assert {NOVEMBER} == keys.list_periods()
    assert (False, False) == (keys.fits(NOVEMBER), keys.is_there(NOVEMBER))
    keys.destroy(NOVEMBER)

    assert [] == list(tmp_path.iterdir())


def test_what_is_no_key_of_a_period_is_passed_over(tmp_path: Path) -> None:
    for name in ("audience.20261102x9", "xaudience.20261102", "audience.2026110", "round.20261102"):
        (tmp_path / name).write_bytes(bytes(48))

    assert frozenset() == AudienceKeyFiles(tmp_path, "T1").list_periods()


def test_a_key_that_cannot_be_written_whole_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(path: Path, content: bytes) -> None:
        path.write_bytes(content[:9])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(audience_keys, "write_new", half)
    with pytest.raises(StoreError):
        AudienceKeyFiles(tmp_path, "T1").create(NOVEMBER)

    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", [b"", b"x" * 47, b"x" * 48])
def test_a_damaged_key_file_is_a_missing_key(tmp_path: Path, damage: bytes) -> None:
    keys = AudienceKeyFiles(tmp_path, "T1")
    keys.create(NOVEMBER)

    (tmp_path / f"audience.{NOVEMBER}").write_bytes(damage)

    whole = len(damage) == 48  # then nobody can tell it from the key of another organisation
    assert (False, whole) == (keys.fits(NOVEMBER), keys.is_there(NOVEMBER))
    with pytest.raises(ConfigError if whole else KeyLostError):
        keys.marks(NOVEMBER, ITEM, [MAYA])


def test_a_key_is_a_private_file_and_its_bytes_are_gone_with_it(tmp_path: Path) -> None:
    keys = AudienceKeyFiles(tmp_path, "T1")
    keys.create(NOVEMBER)
    path = tmp_path / f"audience.{NOVEMBER}"
    another_name = tmp_path / "link"
    another_name.hardlink_to(path)
    assert 0o600 == path.stat().st_mode & 0o777

    keys.destroy(NOVEMBER)

    assert bytes(48) == another_name.read_bytes()
    assert [another_name] == list(tmp_path.iterdir())
