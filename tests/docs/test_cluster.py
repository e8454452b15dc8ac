"""docs/cluster.md keeps up with the workers, and with the files in deploy/ that it tells how to use."""

import re
import tomllib
from pathlib import Path

import pytest
import typer

from bot.cli.main import app
from bot.cli.running import HANDOVER_S
from bot.cluster.forward import CLOCKS_DIFFER, DEADLINE_S
from bot.cluster.session import OLDEST
from bot.cluster.watchdog import LIMIT_S
from bot.config import load_config, worker_address
from bot.config.environment import cluster_problems, secrets_of
from bot.core.cells import SHARDS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
HOSTING = (ROOT / "docs" / "hosting.md").read_text(encoding="utf-8")
RECORD = (ROOT / "docs" / "adr" / "0033-postgresql-says-who-the-storage-says-only-one.md").read_text("utf-8")
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # a group, as it has subcommands


def section(heading: str) -> str:
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def yaml_in(page: str) -> str:
    return re.findall(r"```yaml\n(.*?)```", re.sub(r"(?m)^   ", "", page), re.DOTALL)[0]


@pytest.mark.parametrize(
    "said",
    [
        f"**PostgreSQL {OLDEST}**",
        f"less than {CLOCKS_DIFFER.seconds} seconds apart",
        f"in {SHARDS} **shards**",
        f"kills it after {LIMIT_S:.0f} s",
        f"within {DEADLINE_S} of Slack's three seconds",
        f"within {HANDOVER_S:.0f} seconds",
    ],
)
def test_each_number_of_the_page_is_the_one_in_the_code(said: str) -> None:
    assert said in PAGE


def test_what_is_written_for_a_cluster_beside_that_for_many_workspaces_can_be_loaded(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(yaml_in(HOSTING) + yaml_in(PAGE), encoding="utf-8")

    assert "http://worker-1:3000" == worker_address(load_config(path, {}), "worker-1")


def test_each_key_stands_once_in_the_table_of_the_configuration() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    keys = re.findall(
        r"^\| `([^`]+)` \|", page.partition("\n## Keys\n")[2].partition("\n## ")[0], re.MULTILINE
    )

    assert "cluster.address" in keys
    assert sorted(set(keys)) == sorted(keys)


def test_the_variables_are_those_that_a_cluster_needs_and_that_names_a_worker() -> None:
    named = set(re.findall(r"`(BELONGING_\w+)`", section("What you need")))

    assert {*cluster_problems(secrets_of({})), "BELONGING_WORKER"} == named


def test_the_extra_is_one_that_the_package_has() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (extra,) = re.findall(r"pip install 'belonging-bot\[(\w+)\]'", PAGE)

    assert extra in project["optional-dependencies"]
    assert f"`--build-arg EXTRAS={extra}`" in PAGE


def test_each_alarm_is_written_by_the_program() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    logged = set(re.findall(r'(?:log\.\w+\(|_tell\(logging\.\w+,)\s*"([^"]+)"', source))
    alarms = re.findall(r"`([a-z ]+)`", PAGE.partition("**Alarms**")[2].partition("\n\n")[0])

    assert len(alarms) > 1
    assert [] == sorted({*alarms} - logged)


def test_the_commands_of_the_page_are_there() -> None:
    for name in re.findall(r"(?:`|^|-- )belonging (\w+)", PAGE, re.MULTILINE):
        assert name in COMMANDS
    for name in re.findall(r"belonging cluster (\w+)", PAGE):
        assert name in COMMANDS["cluster"].commands


def test_every_command_of_a_cluster_stands_in_the_page() -> None:
    assert set(COMMANDS["cluster"].commands) == set(re.findall(r"belonging cluster (\w+)", PAGE))


def test_the_page_and_the_record_are_short() -> None:
    assert len(PAGE.split()) <= 1_150
    assert len(RECORD.split()) <= 350
