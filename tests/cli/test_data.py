"""belonging backup, restore, migrate and purge: what they say, what they leave, and when they refuse."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.core.audit import LastProof
from bot.core.model import WorkspaceId
from bot.keys import KeyFiles
from bot.ports import FiringOutcome
from bot.store.backup import contents
from bot.store.ballots import BallotFiles
from bot.store.database import Database
from bot.store.lock import InstanceLock
from bot.store.migrations import KNOWN
from tests.cli.conftest import Belonging
from tests.cli.test_prompts import refused, said
from tests.contracts.test_migrations import laid, steps_of
from tests.contracts.versions import CHANNEL, MONDAY, OPEN, OTHER, SCHEDULE, fill
from tests.machine_clock import set_machine_clock

NEWEST = MONDAY + timedelta(days=21)
"""When the last round of the sample opened."""


@pytest.fixture(autouse=True)
def day_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock goes with what is stored."""
    set_machine_clock(monkeypatch, NEWEST + timedelta(days=1))


@pytest.fixture
def data(folder: Path) -> Path:
    """A data directory with four rounds in one channel, one of them open, with its keys and its box."""
    place = folder / "data"
    database = Database(place / "belonging.db")
    fill(database)
    database.close()
    BallotFiles(place / "ballots").create(OPEN, MONDAY)
    KeyFiles(place / "keys", WorkspaceId("T1")).create(OPEN)
    return place


@pytest.fixture
def running(data: Path) -> Iterator[Path]:
    """The same, in use by a bot."""
    with InstanceLock(data), closing(Database(data / "belonging.db")):
        yield data


def files(place: Path) -> set[str]:
    return {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}


def table(path: Path, name: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall()  # noqa: S608 - ours


@pytest.mark.usefixtures("running")
def test_a_backup_says_what_is_in_it_and_what_is_not(belonging: Belonging, folder: Path) -> None:
    printed = said(belonging("backup", "--out", "copy.db"))

    assert "1 schedule, 4 rounds (1 open), 2 results, checked, written to copy.db" in printed
    assert "Not in it, on purpose: the keys and the replies of open rounds, and who was asked." in printed
    assert contents(folder / "copy.db").rounds == 4
    assert (folder / "copy.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("data")
def test_no_key_and_no_reply_is_in_a_backup(belonging: Belonging, folder: Path) -> None:
    said(belonging("backup", "--out", "copy.db"))

    raw = (folder / "copy.db").read_bytes()
    for path in (folder / "data" / "keys").iterdir():
        secret = path.read_bytes()
        assert secret[:32] not in raw
        assert secret[-32:] not in raw
    with closing(sqlite3.connect(folder / "copy.db")) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    assert not tables & {"participation", "reply"}


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(
    ("out", "sentence"),
    [
        ("there.db", "there.db is there already. Choose another name, or write over it: --force"),
        ("no/copy.db", "There is no folder"),
        ("data/copy.db", "where the data itself is. Choose a place that does not go with it"),
        ("data/keys/copy.db", "where the data itself is"),
    ],
)
def test_a_backup_that_would_be_lost_or_lose_something_is_refused(
    belonging: Belonging, folder: Path, out: str, sentence: str
) -> None:
    (folder / "there.db").write_bytes(b"mine")

    assert sentence in refused(belonging("backup", "--out", out))

    assert (folder / "there.db").read_bytes() == b"mine"
    assert "where the data itself is" in refused(belonging("backup", "--out", "data/belonging.db", "--force"))
    assert contents(folder / "data" / "belonging.db").rounds == 4


@pytest.mark.usefixtures("data")
def test_a_backup_is_written_over_where_that_is_wanted(belonging: Belonging, folder: Path) -> None:
    (folder / "there.db").write_bytes(b"mine")
    (folder / "there.db").chmod(0o644)

    said(belonging("backup", "--out", "there.db", "--force"))

    assert contents(folder / "there.db").rounds == 4
    assert (folder / "there.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("command", [("backup", "--out", "x.db"), ("migrate",), ("migrate", "--dry-run")])
def test_without_data_there_is_nothing_to_do(belonging: Belonging, command: tuple[str, ...]) -> None:
    assert "There is no data in" in refused(belonging(*command))


@pytest.mark.usefixtures("data")
def test_a_backup_is_put_back_and_what_follows_is_said(belonging: Belonging, folder: Path) -> None:
    said(belonging("backup", "--out", "copy.db"))
    KeyFiles(folder / "data" / "keys", WorkspaceId("T1")).create(OPEN.replace("d", "g"))  # type: ignore[arg-type]

    assert "There is data in" in refused(belonging("restore", "--from", "copy.db"))
    printed = said(belonging("restore", "--from", "copy.db", "--force"))

    assert "1 schedule, 4 rounds (1 open), 2 results put in place." in printed
    assert f"Round 4 in {CHANNEL} was open: its keys and replies are here, it goes on." in printed
    assert "1 round open now and not in the backup: destroyed at the next start." in printed


@pytest.mark.parametrize("flag", [(), ("--nothing-asked-since",)])
def test_after_a_restore_everything_rests_unless_the_operator_says_otherwise(
    belonging: Belonging, data: Path, flag: tuple[str, ...]
) -> None:
    before = table(data / "belonging.db", "everything_rests")
    belonging("backup", "--out", "copy.db")

    printed = said(belonging("restore", "--from", "copy.db", "--force", *flag))

    assert ("every statement rests for four weeks" in printed) is not bool(flag)
    assert ("the log says so" in printed) is bool(flag)
    assert (before == table(data / "belonging.db", "everything_rests")) is bool(flag)


def test_on_an_empty_machine_an_open_round_is_said_to_end(
    belonging: Belonging, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    backup = laid(tmp_path_factory.mktemp("old"), KNOWN[0])

    printed = said(belonging("restore", "--from", str(backup)))

    assert "its keys are not here. The next start ends it as 'key lost' and tells the channel." in printed
    assert steps_of(folder / "data" / "belonging.db") == list(KNOWN)
    assert files(folder / "data") == {"belonging.db", ".lock"}
    assert (folder / "data").stat().st_mode & 0o777 == 0o700


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(
    "command",
    [
        ("restore", "--from", "copy.db", "--force"),
        ("migrate",),
        ("purge", "--channel", CHANNEL, "--yes"),
        ("purge", "--all", "--yes"),
        ("cancel", "--all", "--yes"),
    ],
)
def test_while_a_bot_runs_nothing_is_changed(
    belonging: Belonging, folder: Path, command: tuple[str, ...]
) -> None:
    said(belonging("backup", "--out", "copy.db"))
    before = files(folder / "data")

    assert "Another bot is already using" in refused(belonging(*command))

    assert before == files(folder / "data")
    assert len(table(folder / "data" / "belonging.db", "round")) == 4


def test_a_backup_of_a_newer_version_is_refused_before_anything_is_touched(
    belonging: Belonging, folder: Path, data: Path
) -> None:
    said(belonging("backup", "--out", "copy.db"))
    with closing(sqlite3.connect(folder / "copy.db", isolation_level=None)) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('belonging', '0999_later')"
        )
    before = (data / "belonging.db").read_bytes()

    assert "newer version" in refused(belonging("restore", "--from", "copy.db", "--force"))
    assert "no belonging.db" in refused(belonging("restore", "--from", f"data/ballots/{OPEN}.db", "--force"))

    assert before == (data / "belonging.db").read_bytes()


def test_pending_steps_are_listed_tried_and_then_done(belonging: Belonging, folder: Path) -> None:
    (folder / "data").mkdir(mode=0o700)
    path = laid(folder / "data", KNOWN[1])

    printed = said(belonging("migrate", "--dry-run"))
    assert [f"pending: {step}" in printed for step in KNOWN] == [step not in KNOWN[:2] for step in KNOWN]
    assert "Tried on a copy in memory: it works" in printed
    assert steps_of(path) == list(KNOWN[:2])

    assert f"{len(KNOWN) - 2} steps done: {', '.join(KNOWN[2:])}." in said(belonging("migrate"))
    assert steps_of(path) == list(KNOWN)
    assert "Nothing to do." in said(belonging("migrate"))
    assert "Nothing to do: the data has the layout of this version" in said(belonging("migrate", "--dry-run"))


@pytest.mark.usefixtures("running")
def test_a_dry_run_is_safe_beside_a_bot(belonging: Belonging) -> None:
    assert "Nothing to do" in said(belonging("migrate", "--dry-run"))


def test_everything_open_is_ended_at_once_and_all_else_stays(belonging: Belonging, data: Path) -> None:
    KeyFiles(data / "keys", WorkspaceId("T1")).create(OPEN.replace("d", "g"))  # type: ignore[arg-type]
    results = table(data / "belonging.db", "release")

    printed = said(belonging("cancel", "--all", "--yes"))

    assert "Open: 2 rounds, boxes for proposals among them." in printed
    assert f"{CHANNEL} was not told that its round is cancelled: SLACK_BOT_TOKEN is not set." in printed
    assert files(data) == {"belonging.db", "audiences.db", ".lock"}
    assert (0, 4) == (contents(data / "belonging.db").open_rounds, contents(data / "belonging.db").rounds)
    assert results == table(data / "belonging.db", "release")


@pytest.mark.parametrize("harm", ["garbage", "none", "clock"])
def test_keys_and_replies_go_also_where_the_rest_has_to_wait(
    belonging: Belonging, data: Path, harm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    match harm:
        case "garbage":
            (data / "belonging.db").write_bytes(b"garbage, long enough to be read as a database" * 99)
        case "none":
            (data / "belonging.db").unlink()
        case _:
            set_machine_clock(monkeypatch, MONDAY)

    printed = said(belonging("cancel", "--all", "--yes"))

    assert "The next start of the bot ends these rounds as 'key lost'" in printed
    assert not [*(data / "keys").iterdir(), *(data / "ballots").iterdir()]


def test_what_is_open_ends_only_when_that_is_confirmed(belonging: Belonging, data: Path) -> None:
    before = files(data)

    assert belonging("cancel", "--all").exit_code == 1  # nobody types the word
    assert "Add --all; in one channel, type /belonging cancel" in refused(belonging("cancel"))

    assert before == files(data) - {".lock"}


@pytest.mark.parametrize("arguments", [(), ("--all", "--channel", CHANNEL)])
def test_purge_wants_to_know_what(belonging: Belonging, arguments: tuple[str, ...]) -> None:
    assert "Of which channel, or everything?" in refused(belonging("purge", *arguments, "--yes"))


def test_a_channel_is_removed_whole_with_its_open_round_and_its_key(belonging: Belonging, data: Path) -> None:
    printed = said(belonging("purge", "--channel", CHANNEL, "--yes"))

    assert f"{CHANNEL}: 1 schedule, 4 rounds (1 open, to be cancelled), 2 results" in printed
    assert f"{CHANNEL} was not told that its round is cancelled: SLACK_BOT_TOKEN is not set." in printed
    assert f"Removed, with every trace in the file: {CHANNEL}." in printed
    assert files(data) == {"belonging.db", "audiences.db", ".lock"}
    assert "Marks of who was asked there stay for at most four weeks" in printed
    raw = (data / "belonging.db").read_bytes()
    assert CHANNEL.encode() not in raw
    assert SCHEDULE.id.encode() not in raw
    assert b"We could say so sooner" not in raw
    assert [row[0] for row in table(data / "belonging.db", "asked")] == [OTHER]
    assert table(data / "belonging.db", "unscrubbed") == []


@pytest.mark.parametrize("what", [("--channel", CHANNEL), ("--all",)])
def test_a_purge_names_the_copy_that_an_upgrade_made_and_removes_it(
    belonging: Belonging, data: Path, what: tuple[str, ...]
) -> None:
    copy = data / "before-upgrade.db"
    copy.write_bytes(b"all channels")
    os.utime(copy, (0, 0))

    printed = said(belonging("purge", *what, "--yes"))

    assert f"{copy}, the copy that the upgrade of 1970-01-01 made." in printed
    assert not copy.exists()


def test_a_channel_that_the_configuration_still_names_is_pointed_out(
    belonging: Belonging, folder: Path, data: Path
) -> None:
    config = folder / "config.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("schedules: []", f"schedules: [{{channel: {CHANNEL}}}]"), encoding="utf-8")

    assert f"config.yaml still has a schedule for {CHANNEL}" in said(
        belonging("purge", "--channel", CHANNEL, "--yes")
    )


@pytest.mark.usefixtures("data")
def test_an_unknown_channel_is_told_and_nothing_goes(belonging: Belonging, folder: Path) -> None:
    assert "Nothing is stored of C0NOWHERE1" in refused(
        belonging("purge", "--channel", CHANNEL, "--channel", "C0NOWHERE1", "--yes")
    )
    assert len(table(folder / "data" / "belonging.db", "round")) == 4


def test_after_purging_everything_nothing_of_the_installation_is_left(
    belonging: Belonging, folder: Path, data: Path
) -> None:
    printed = said(belonging("purge", "--all", "--yes"))

    assert "1 schedule, 4 rounds (1 open), 2 results; keys and replies of 1 open round." in printed
    assert "Removed: all data of this installation." in printed
    assert not data.exists()
    assert [path.name for path in folder.iterdir()] == ["config.yaml"]


def test_everything_goes_also_where_the_database_is_garbage_and_others_files_stay(
    belonging: Belonging, data: Path
) -> None:
    (data / "belonging.db").write_bytes(b"garbage, long enough to be read as a database" * 99)
    (data / "notes.txt").write_text("mine", encoding="utf-8")
    (data / "ballots" / ".00000000000k.new").write_bytes(b"unfinished")
    (data / "keys" / "00000000000k.close.part").write_bytes(b"half")

    printed = said(belonging("purge", "--all", "--yes"))

    assert "a belonging.db that cannot be read; keys and replies of 2 open rounds" in printed
    assert "channels with an open round were not told" in printed
    assert f"Left alone, since it is none of the bot's: {data / 'notes.txt'}" in printed
    assert files(data) == {"notes.txt"}


def test_purging_twice_is_told(belonging: Belonging, data: Path) -> None:
    said(belonging("purge", "--all", "--yes"))

    assert "There is no data in" in refused(belonging("purge", "--all", "--yes"))


@pytest.mark.parametrize(
    ("arguments", "word"), [(("--all",), "everything"), (("--channel", CHANNEL), CHANNEL)]
)
def test_without_yes_a_word_has_to_be_typed(
    folder: Path,
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    belonging: Belonging,
    arguments: tuple[str, ...],
    word: str,
) -> None:
    from typer.testing import CliRunner

    from bot.cli.main import app

    runner = CliRunner()
    before = files(data)
    for typed in ("", "yes\n", f"{word}x\n", "\n"):
        result = runner.invoke(app, ["purge", *arguments], input=typed)
        assert result.exit_code == 1, result.output
        assert files(data) - {".lock", "belonging.db-wal", "belonging.db-shm"} == before  # it was read
    assert len(table(data / "belonging.db", "round")) == 4

    result = runner.invoke(app, ["purge", *arguments], input=f"{word}\n")

    assert result.exit_code == 0, result.output
    assert "This cannot be undone." in result.output
    assert not (data / "keys" / f"{OPEN}.close").exists()


UNDONE_NEVER = [("restore", "--from", "copy.db", "--force"), ("purge", "--channel", CHANNEL, "--yes")]
"""What begins something by the clock that nobody can undo."""


@pytest.mark.parametrize("command", UNDONE_NEVER, ids=["restore", "purge"])
@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (NEWEST - timedelta(hours=1), "behind by 60 minutes or more: something is stored with a later time"),
        (NEWEST + timedelta(days=400), "400 days later than anything that is stored"),
    ],
    ids=["behind", "ahead"],
)
def test_while_the_clock_may_be_wrong_nothing_is_begun_that_cannot_be_undone(
    belonging: Belonging,
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    now: datetime,
    sentence: str,
) -> None:
    said(belonging("backup", "--out", "copy.db"))
    before = (data / "belonging.db").read_bytes()
    set_machine_clock(monkeypatch, now)

    told = refused(belonging(*command))

    assert sentence in told
    assert "Nothing was changed." in told
    assert "--clock-is-right" in told
    assert before == (data / "belonging.db").read_bytes()
    assert {f"keys/{OPEN}.close", f"ballots/{OPEN}.db"} <= files(data)
    said(belonging(*command, "--clock-is-right"))


@pytest.mark.parametrize("command", UNDONE_NEVER, ids=["restore", "purge"])
def test_a_fire_time_that_has_not_come_tells_of_a_wrong_clock(
    belonging: Belonging, data: Path, command: tuple[str, ...]
) -> None:
    with closing(Database(data / "belonging.db")) as database, database.transaction("test") as tx:
        tx.claim_firing(SCHEDULE.id, NEWEST + timedelta(days=600), FiringOutcome.OPENED)
    said(belonging("backup", "--out", "copy.db"))

    assert "something is stored with a time that has not come" in refused(belonging(*command))

    said(belonging(*command, "--clock-is-right"))


def test_a_restore_goes_by_the_data_that_are_there_too(
    belonging: Belonging, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old backup beside data of yesterday: the clock goes with the newest of both."""
    said(belonging("backup", "--out", "copy.db"))
    later = NEWEST + timedelta(days=30)
    with closing(Database(data / "belonging.db")) as database, database.transaction("test") as tx:
        tx.put_proof(LastProof(at=later, tried=1, failed=()))

    assert "behind by 29 days or more" in refused(belonging("restore", "--from", "copy.db", "--force"))
    set_machine_clock(monkeypatch, later + timedelta(days=1))
    said(belonging("restore", "--from", "copy.db", "--force"))


def test_what_removes_everything_goes_by_no_clock(
    belonging: Belonging, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_machine_clock(monkeypatch, NEWEST + timedelta(days=400))

    said(belonging("purge", "--all", "--yes"))

    assert not data.exists()
