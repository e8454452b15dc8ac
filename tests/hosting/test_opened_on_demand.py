"""The files of a cell are open while they are needed, and a command can have them meanwhile."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread

import pytest

from bot.slack.install.installation import BotInstallation
from bot.store.lock import CellHold, InstanceLock, is_held
from tests.hosted_world import NORTH, SOUTH, HostedWorld, wait_until
from tests.hosting.many import installation
from tests.patience import PATIENCE_S
from tests.world import CHANNEL, text_of

USER = "U02TOMA"


def handles(folder: Path) -> list[str]:
    """Return the files in a folder that this process has open."""
    found = []
    for handle in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # that of this look itself
            found.append(str(handle.readlink()))
    return [path for path in found if path.startswith(f"{folder}/")]


def rest(world: HostedWorld, *keys: str) -> None:
    """Close what nobody uses."""
    for key in keys:
        wait_until(partial(world.hosted(key).rest, idle_s=0))


def test_nobody_uses_it_so_its_files_are_closed_until_somebody_does(asked: HostedWorld) -> None:
    folder = asked.cell(NORTH)
    asked.members[NORTH].reply(USER, answers=["5", "5", "5"])
    assert handles(folder)

    rest(asked, NORTH)

    assert handles(folder) == []
    assert not is_held(folder)
    assert handles(asked.cell(SOUTH))
    asked.members[NORTH].close_modals(USER)
    assert "submit" not in asked.members[NORTH].open_form(USER).body
    assert handles(folder)
    assert is_held(folder)


def test_what_is_in_memory_outlives_that(asked: HostedWorld) -> None:
    members = asked.members[NORTH]
    form = members.open_form(USER)  # it has a receipt, which is in memory only
    rest(asked, NORTH)

    assert members.submit(USER, form, answers=["5", "5", "5"])["ok"]
    (round_,) = asked.rounds(NORTH)
    with asked.services(NORTH) as services:
        assert len(services.boxes.list_replies(round_.id)) == 1


def test_what_is_due_opens_it_at_its_time(world: HostedWorld) -> None:
    world.schedule(NORTH)
    world.start()
    world.join(NORTH)
    world.install(NORTH)
    world.move(seconds=1)
    cell = world.hosted(NORTH)
    cell.wake()  # since the language of the channel was found meanwhile
    world.move(seconds=1)
    rest(world, NORTH)

    world.move(seconds=29)
    assert not cell.is_open
    assert cell.next_at == world.clock.now().replace(hour=9, minute=0, second=0)
    world.move(seconds=29)

    assert "reply.open" in str(world.members[NORTH].messages()[-1].blocks)


def test_one_in_which_nothing_is_due_is_looked_at_once_an_hour(world: HostedWorld) -> None:
    world.start()
    world.install(NORTH)
    world.move(seconds=1)
    rest(world, NORTH)
    cell, seen = world.hosted(NORTH), 0
    for _ in range(180):
        world.move(minutes=1)
        seen += cell.is_open
        rest(world, NORTH)

    assert seen == 3
    assert cell.next_at - world.clock.now() <= timedelta(hours=1)


HOLD = """
import sys
from pathlib import Path

from bot.store.lock import CellHold
with CellHold(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def held_by_a_command(folder: Path) -> Iterator[None]:
    """Let another program have a cell, as a command does."""
    command = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert command.stdout
        assert command.stdout.readline() == "held\n"
        yield
    finally:
        command.communicate("\n")


def test_a_command_gets_it_and_afterwards_it_is_built_anew(asked: HostedWorld) -> None:
    north, south = asked.members[NORTH], asked.members[SOUTH]
    form = north.open_form(USER)
    with asked.hosted(NORTH).used() as before:
        pass

    with held_by_a_command(asked.cell(NORTH)):
        assert asked.ask("/readyz").text in {
            "ready, 1 of 2 workspaces served",
            "ready, 2 of 2 workspaces served",
        }
        refused = north.submit(USER, form, answers=["5", "5", "5"])
        said = north.command(USER, "/belonging help")
        assert handles(asked.cell(NORTH)) == []
        south.reply(USER, answers=["1", "1", "1"])
        assert asked.ask("/readyz").text == "ready, 1 of 2 workspaces served"

    assert "your reply was not saved" in str(refused)
    assert said["ok"], said
    wait_until(lambda: asked.hosted(NORTH).is_open)
    assert asked.hosted(NORTH).built is not before
    assert north.submit(USER, form, answers=["5", "5", "5"])["ok"]
    assert asked.ask("/readyz").text == "ready, 2 of 2 workspaces served"


def test_one_that_could_not_be_opened_is_served_from_its_next_request_on(asked: HostedWorld) -> None:
    rest(asked, NORTH)
    with InstanceLock(asked.cell(NORTH)):
        asked.members[NORTH].command(USER, "/belonging help")
        assert asked.ask("/readyz").text == "ready, 1 of 2 workspaces served"

    asked.members[NORTH].answer(USER, "/belonging help")  # its time to be looked at has not come

    assert asked.ask("/readyz").text == "ready, 2 of 2 workspaces served"


def test_somebody_who_clicks_all_the_time_does_not_keep_a_command_out(asked: HostedWorld) -> None:
    cell, held = asked.hosted(NORTH), Event()

    def command() -> None:
        with CellHold(asked.cell(NORTH)):
            held.set()

    with ThreadPoolExecutor(1) as pool:
        with cell.used():
            waiting = pool.submit(command)
            wait_until(lambda: cell.look_for_commands() or cell.yields)
            assert not cell.try_acquire()
            assert not held.is_set()
        waiting.result(PATIENCE_S)
    assert held.is_set()


def test_a_backup_is_restored_into_one_while_the_process_serves_the_other(asked: HostedWorld) -> None:
    folder = asked.cell(NORTH)
    rest(asked, NORTH)
    backup = (folder / "belonging.db").read_bytes()
    asked.members[NORTH].answer(USER, "/belonging help")
    for user in asked.members[NORTH].everyone()[:6]:
        asked.members[NORTH].reply(user, answers=["5", "5", "5"])
    asked.move(days=3)

    with CellHold(folder):
        for name in ("belonging.db", "belonging.db-wal", "belonging.db-shm"):
            (folder / name).unlink(missing_ok=True)
        (folder / "belonging.db").write_bytes(backup)
        (folder / "belonging.db").chmod(0o600)
    wait_until(lambda: asked.hosted(NORTH).is_open)

    assert asked.hosted(NORTH).trouble == ""
    assert [one.number for one in asked.rounds(NORTH)] == [1]  # as it was then; it has ended meanwhile
    assert "6 of" not in text_of(asked.members[SOUTH].messages(CHANNEL)[-1].blocks)


def test_two_looks_at_once_leave_what_was_stored_last(
    world: HostedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = world.start()
    read = host.installations.list_now
    world.server.grant(NORTH)
    second = Thread(target=host.reload_installations)

    def read_and_be_slow() -> tuple[BotInstallation, ...]:
        before = read()
        monkeypatch.undo()
        host.installations.save_now(installation(NORTH))
        second.start()
        second.join(0.2)
        return before

    monkeypatch.setattr(host.installations, "list_now", read_and_be_slow)
    host.reload_installations()
    second.join()

    assert [NORTH] == [cell.key for cell in host.cells.all()]


def test_directories_are_looked_through_once_a_minute_however_often_a_cell_rings(
    asked: HostedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = list[date]()
    monkeypatch.setattr(asked.hosts[0].cells, "delete_removed", looks.append)

    for _ in range(3):
        asked.move(minutes=1)
        for _ in range(5):
            asked.move(seconds=1)

    assert len(looks) == 3
