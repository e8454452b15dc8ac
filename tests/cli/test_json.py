"""``--json``: each command prints one JSON document, with the same keys each time, and nothing else."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from bot.store.migrations import KNOWN
from tests.cli.conftest import Belonging
from tests.cli.program import CONFIG
from tests.cli.test_data import data, day_after, files, running
from tests.cli.test_health import beat
from tests.cli.test_help import LEAVES
from tests.cli.test_prompts import refused
from tests.contracts.test_migrations import laid
from tests.contracts.versions import CHANNEL

__all__ = ["data", "day_after", "running"]  # the fixtures

PEOPLE_ALONE = {"demo", "init", "run", "worker", "export", "prompts schema"}
"""Interactive, or endless, or data in any case."""

STORED = {"schedules", "rounds", "open_rounds", "results"}
BACKUP = {"file", "bytes", *STORED}
SUMMARY = {
    *(
        "entry",
        "purpose",
        "channel",
        "round",
        "dimension",
        "label",
        "side",
        "question",
        "opened_at",
        "closed_at",
    ),
    "withheld",
}
"""Of a round with too few replies; one that is shown has its numbers besides."""

DECLARED = CONFIG.replace(
    "schedules: []",
    "schedules: [{channel: C0123456789, every: week, on: [tue], at: '10:00', open_for: 8d}]",
)

OBJECTS = [
    ("check --offline", {"date", "passed", "config", "findings", "next"}, 1),  # no token
    ("health", {"works", "silent_s", "what", "remedy"}, 0),
    ("proof", {"date", "clock", "passed", "attacks"}, 1),  # the stored results are invented
    (f"summary --channel {CHANNEL}", SUMMARY, 0),
    ("manifest", {"link", "manifest"}, 0),
    ("report --sample", {"file", "rounds", "withheld", "sample"}, 0),
    ("backup --out copy.db", BACKUP, 0),
    ("migrate", {"steps", "copy"}, 0),
    ("migrate --dry-run", {"steps", "copy"}, 0),
    (f"purge --channel {CHANNEL} --dry-run", {"removed", "channels"}, 0),
    (f"purge --channel {CHANNEL} --yes", {"removed", "channels"}, 0),
    ("purge --all --dry-run", {"removed", "stored", "keys_and_replies_of"}, 0),
    ("purge --all --yes", {"removed", "stored", "keys_and_replies_of"}, 0),
    ("prompts preview door-04", {"message", "view"}, 0),
]
ROWS = [
    ("prompts list", {"pack", "title", "note", "languages", "topics", "prompts", "co_create"}),
    ("prompts show door-04", {"pack", "kind", "id", "dimension", "question", "statements", "ideas", "lens"}),
    (
        "prompts check",
        {
            *("pack", "prompts", "statements", "topics", "co_create", "full_rounds", "english", "remarks"),
            *("languages", "translations"),
        },
    ),
    (
        "schedules list",
        {
            *("id", "channel", "when", "zone", "pack", "open_for_s", "threshold", "reminder", "tenure"),
            *("holidays", "quiet", "source", "paused", "paused_until", "jitter_s", "next", "language"),
        },
    ),
    ("schedules next --channel C0123456789", {"at", "channel", "schedule"}),
    ("schedules check --offline", {"schedule", "channel", "level", "what", "remedy"}),
]


def document(belonging: Belonging, command: str, code: int = 0) -> Any:
    """What the command prints with ``--json``: all of standard output is one document."""
    result = belonging(*command.split(), "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize("command", sorted(LEAVES.keys() - PEOPLE_ALONE))
def test_every_command_that_a_program_may_want_takes_json(command: str) -> None:
    assert "--json" in {option for parameter in LEAVES[command].params for option in parameter.opts}


@pytest.mark.parametrize(("command", "keys", "code"), OBJECTS, ids=[one[0] for one in OBJECTS])
def test_an_object_has_these_keys(
    belonging: Belonging, data: Path, command: str, keys: set[str], code: int
) -> None:
    beat(data, 1)

    assert keys == document(belonging, command, code).keys()


@pytest.mark.parametrize(("command", "keys"), ROWS, ids=[one[0] for one in ROWS])
def test_each_row_of_a_list_has_these_keys(
    belonging: Belonging, folder: Path, data: Path, command: str, keys: set[str]
) -> None:
    (folder / "config.yaml").write_text(DECLARED, encoding="utf-8")

    rows = document(belonging, command)

    assert rows
    assert all(keys == row.keys() for row in rows)


def test_a_backup_is_restored_and_tells_what_was_in_it(belonging: Belonging, data: Path) -> None:
    made = document(belonging, "backup --out copy.db")
    shutil.rmtree(data)

    restored = document(belonging, "restore --from copy.db")

    assert {"file", *STORED, "everything_rests"} == restored.keys()
    assert {key: made[key] for key in STORED} == {key: restored[key] for key in STORED}


def test_the_steps_of_an_upgrade_are_listed(belonging: Belonging, folder: Path) -> None:
    (folder / "data").mkdir(mode=0o700)
    laid(folder / "data", KNOWN[1])

    tried, done = document(belonging, "migrate --dry-run"), document(belonging, "migrate")

    assert list(KNOWN[2:]) == tried["steps"] == done["steps"]
    assert tried["copy"] is None
    assert Path(done["copy"]).exists()


@pytest.mark.parametrize("of", [f"--channel {CHANNEL}", "--all"])
def test_a_dry_run_of_a_purge_counts_what_would_go_and_removes_nothing_while_the_bot_runs(
    belonging: Belonging, running: Path, of: str
) -> None:
    before = files(running)

    counted = document(belonging, f"purge {of} --dry-run")

    counts = counted["channels"][0] if "channels" in counted else counted["stored"]
    assert not counted["removed"]
    assert {"schedules": 1, "rounds": 4, "open_rounds": 1, "results": 2} == {
        key: counts[key] for key in STORED
    }
    assert before == files(running)


def test_a_bot_that_does_not_work_is_data_too_and_the_exit_code_says_so(
    belonging: Belonging, data: Path
) -> None:
    found = document(belonging, "health", code=1)

    assert (found["works"], found["silent_s"]) == (False, None)
    assert str(data) in found["what"]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "command",
    [
        "proof",
        "summary --channel C1",
        "report --channel C1",
        "manifest --config .",
        "backup --out copy.db",
        "restore --from gone.db",
        "migrate",
        "purge --all --channel C1",
        "prompts show door-99",
        "prompts check gone",
        "schedules next --channel C9",
    ],
)
def test_an_error_is_said_on_standard_error_alone(belonging: Belonging, command: str) -> None:
    assert refused(belonging(*command.split(), "--json")).startswith("Error: ")
