"""A process with few file handles serves more cells than it can hold open."""

import json
import subprocess
import sys
from pathlib import Path

from bot.store.handles import FEWEST_OPEN, HANDLES_OF_A_CELL, HANDLES_OF_THE_PROCESS
from tests.cli.program import ROOT, TIMEOUT_S, environment

LEAST = HANDLES_OF_THE_PROCESS + FEWEST_OPEN * HANDLES_OF_A_CELL


def served(folder: Path, cells: int, limit: int) -> subprocess.CompletedProcess[str]:
    """Serve so many cells with so many handles."""
    program = [sys.executable, "-m", "tests.hosting.many", str(folder), str(cells), str(limit)]
    return subprocess.run(
        program, capture_output=True, text=True, cwd=ROOT, env=environment(), timeout=TIMEOUT_S, check=False
    )


def test_every_cell_is_served_though_nine_are_open_at_once(tmp_path: Path) -> None:
    ended = served(tmp_path, 40, 400)

    assert ended.returncode == 0, ended.stderr
    seen = json.loads(ended.stdout)
    assert seen["most"] <= 400
    assert seen == {
        "most": seen["most"],
        "open": 9,
        "failed": [],
        "statuses": [200],
        "served": "40 of 40 workspaces served",
    }


def test_with_too_few_one_sentence_says_how_many_are_needed(tmp_path: Path) -> None:
    ended = served(tmp_path, 1, LEAST - 1)

    assert ended.returncode != 0
    assert f"may open only {LEAST - 1} files at once; many workspaces need at least {LEAST}." in ended.stderr
