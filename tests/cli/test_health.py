"""belonging health: whether the bot works, for containers and monitors."""

import signal
from pathlib import Path

import pytest

from bot.clock import uptime_s
from bot.config import read_heartbeat_dir
from bot.demo.server import DemoServer
from bot.store.heartbeat import Heartbeat
from tests.cli.conftest import Belonging
from tests.cli.program import CONFIG, finish, running, start
from tests.cli.test_prompts import refused, said
from tests.cli.test_running import slack
from tests.held_port import held_port

__all__ = ["slack"]  # the fixture

HTTP = "slack: {mode: http, http: {port: %d}}\n"


@pytest.fixture
def data(folder: Path) -> Path:
    """The data directory of the configuration."""
    (folder / "data").mkdir(mode=0o700)
    return folder / "data"


def beat(data: Path, silent_s: float) -> None:
    Heartbeat(data, lambda: True, lambda: uptime_s() - silent_s).beat()


def test_a_bot_that_works_is_well(belonging: Belonging, data: Path) -> None:
    beat(data, 20)

    assert said(belonging("health")).startswith("The bot works: its last heartbeat came 2")


def test_one_that_hangs_is_told_in_one_sentence_with_what_to_do(belonging: Belonging, data: Path) -> None:
    beat(data, 300)

    told = refused(belonging("health"))

    assert f"The last heartbeat in {data} is 30" in told
    assert told.endswith("cannot write there. Read its log, and start it again.")


def test_where_no_bot_runs_that_is_told(belonging: Belonging, data: Path) -> None:
    assert f"Error: No bot runs on {data}: there is no heartbeat. Start it: belonging run" == refused(
        belonging("health")
    )


@pytest.mark.parametrize("wrong", ["supprt: {}\n", "prompts: [nowhere]\n", "admins: [nobody]\n"])
def test_a_mistake_in_the_configuration_does_not_end_a_bot_that_works(
    belonging: Belonging, folder: Path, wrong: str
) -> None:
    (folder / "config.yaml").write_text(f"data_dir: kept\n{wrong}", encoding="utf-8")
    (folder / "kept").mkdir()
    beat(folder / "kept", 0)

    assert "The bot works" in said(belonging("health"))


def test_of_several_workers_each_has_its_own_health(belonging: Belonging, folder: Path, data: Path) -> None:
    (folder / "config.yaml").write_text("cluster: {}\n", encoding="utf-8")
    (data / "workers" / "worker-1").mkdir(parents=True)
    beat(data / "workers" / "worker-1", 0)
    beat(data, 0)  # of the time before the cluster

    assert "The bot works" in said(belonging("health", "--name", "worker-1"))
    assert refused(belonging("health", "--name", "worker-2")).endswith(
        "Start it: belonging worker. Or is it called otherwise? belonging health --name NAME"
    )


def test_a_worker_is_named_by_the_variable(folder: Path, data: Path) -> None:
    path = folder / "config.yaml"
    path.write_text("cluster: {}\n", encoding="utf-8")

    found = read_heartbeat_dir(path, None, {"BELONGING_WORKER": "worker-1"})

    assert data / "workers" / "worker-1" == found


def test_a_worker_is_named_in_the_file_of_variables_too(
    belonging: Belonging, folder: Path, data: Path
) -> None:
    (folder / "config.yaml").write_text("cluster: {}\n", encoding="utf-8")
    (folder / ".env").write_text("BELONGING_WORKER=worker-1\n", encoding="utf-8")
    (data / "workers" / "worker-1").mkdir(parents=True)
    beat(data / "workers" / "worker-1", 0)

    assert "The bot works" in said(belonging("health"))
    told = refused(belonging("health", BELONGING_WORKER="worker-2"))
    assert "workers/worker-2" in told.replace(" ", "")  # a long path is broken


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_the_running_program_is_well_and_gone_once_it_has_ended(
    folder: Path, slack: DemoServer, tokens: dict[str, str], mode: str
) -> None:
    environ = tokens | {"SLACK_SIGNING_SECRET": slack.signing_secret}
    with held_port() as port:
        (folder / "config.yaml").write_text(CONFIG + (HTTP % port if mode == "http" else ""))
        with running(folder, "run", says="connected", environ=environ) as program:
            well = finish(start(folder, "health"))
            code = program.end(signal.SIGTERM)
    gone = finish(start(folder, "health"))

    assert (0, 0, 1) == (well[0], code, gone[0])
    assert "The bot works" in well[1]
    assert "No bot runs" in gone[2]


def test_a_second_bot_that_is_refused_leaves_the_heartbeat_of_the_first(
    folder: Path, tokens: dict[str, str]
) -> None:
    with running(folder, "run", says="connected", environ=tokens) as first:
        assert finish(start(folder, "run", environ=tokens))[0] == 1
        assert finish(start(folder, "health"))[0] == 0
        first.end(signal.SIGTERM)


def test_a_bot_that_waits_for_slack_works(folder: Path, tokens: dict[str, str]) -> None:
    away = tokens | {"SLACK_API_URL": "http://127.0.0.1:9/api/"}
    with running(folder, "run", says="Slack could not be reached", environ=away) as program:
        assert finish(start(folder, "health"))[0] == 0
        program.end(signal.SIGTERM)
