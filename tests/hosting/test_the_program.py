"""``belonging run`` with many workspaces, as a process of its own."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import Running, finish, running, start
from tests.hosted_world import NORTH, HostedWorld, hosted_world, twin
from tests.world import real_clock

USER = "U02TOMA"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostedWorld]:
    """One workspace with the time of this machine."""
    folder = Path(tmp_path_factory.mktemp("program"))
    with hosted_world(folder, twin(NORTH), clock=real_clock()) as world:
        yield world


@pytest.fixture
def program(world: HostedWorld) -> Iterator[Running]:
    """The program, which serves the workspace."""
    with running(world.folder, "run", says="serving", environ=world.settings()) as program:
        if world.install(NORTH).status != 200:
            pytest.fail("not installed")
        yield program


def test_it_serves_reads_its_prompts_again_beats_and_ends_in_time(
    world: HostedWorld, program: Running
) -> None:
    world.members[NORTH].answer(USER, "/belonging help")
    assert world.ask("/readyz").text == "ready, 1 of 1 workspaces served"

    program.program.send_signal(signal.SIGHUP)
    program.hear("prompts reloaded")
    program.hear("installed")
    code, out, err = finish(start(world.folder, "health", environ=world.settings()))
    assert code == 0, err
    assert "The bot works" in out

    assert program.end(signal.SIGTERM) == 0
    assert "stopped" in program.said
    assert "xoxb" not in program.said
    assert USER not in program.said


def test_it_ends_in_time_also_while_slack_hangs(world: HostedWorld, program: Running) -> None:
    world.server.fail_next("auth.test", delay_s=30, team_id=NORTH)
    world.server.send_event({"type": "app_uninstalled"}, team_id=NORTH)
    world.members[NORTH].wait(lambda: not world.server.sites[NORTH].faults)

    assert program.end(signal.SIGTERM) == 0


def test_a_second_one_is_refused_in_one_sentence(world: HostedWorld, program: Running) -> None:
    code, out, err = finish(start(world.folder, "run", environ=world.settings()))

    assert code == 1
    assert "Another bot is already using" in f"{out}{err}"
    assert "Traceback" not in f"{out}{err}"
    assert program.end(signal.SIGTERM) == 0


def test_an_address_in_use_is_said_in_one_sentence(world: HostedWorld) -> None:
    port = int(world.url.rpartition(":")[2])
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        code, out, err = finish(start(world.folder, "run", environ=world.settings()))

    assert code == 1
    assert "cannot be listened on" in f"{out}{err}"
    assert "Traceback" not in f"{out}{err}"
