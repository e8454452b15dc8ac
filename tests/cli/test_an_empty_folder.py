"""The program in a folder without config.yaml: what needs no installation works, and the rest says so."""

from pathlib import Path

import pytest

from tests.cli.conftest import Belonging
from tests.cli.test_prompts import refused, said


@pytest.fixture
def empty(tmp_path: Path, belonging: Belonging, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the commands run."""
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_the_sample_report_is_written_from_the_prompts_of_the_program(
    belonging: Belonging, empty: Path
) -> None:
    assert "written to report.html" in said(belonging("report", "--sample"))
    assert ["report.html"] == [path.name for path in empty.iterdir()]


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("list", "door-06"),
        ("show door-04", "door-04"),
        ("check", "belonging"),
        ("preview door-04", "Reply without your name"),
    ],
)
def test_prompts_are_those_of_the_program(belonging: Belonging, command: str, says: str) -> None:
    assert says in said(belonging("prompts", *command.split()))


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize(
    "command",
    [("run",), ("proof",), ("report", "--channel", "C02PRODUCT"), ("schedules", "list")],
    ids=" ".join,
)
def test_what_concerns_an_installation_asks_for_its_configuration(
    belonging: Belonging, command: tuple[str, ...]
) -> None:
    assert "config.yaml: there is no such file" in refused(belonging(*command))


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize("command", ["prompts list", "report --sample", "demo --no-browser"])
def test_a_configuration_that_is_named_and_missing_is_not_replaced(
    belonging: Belonging, command: str
) -> None:
    assert "ours.yaml: there is no such file" in refused(belonging(*command.split(), "--config", "ours.yaml"))
