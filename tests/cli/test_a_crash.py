"""What a crash of the program leaves behind: where it was, and nothing of what it held."""

import subprocess
import sys

import pytest

from tests.cli.program import environment

CRASH = """
import ctypes, threading
from bot.cli.process import disable_core_dumps

disable_core_dumps()

def answer(text, receipt):
    {here}

def wait(secret):
    threading.Event().wait()

threading.Thread(target=wait, args=("a secret of another thread",), daemon=True).start()
answer("I feel alone here", b"0123456789abcdef")
"""


@pytest.mark.parametrize("here", ["ctypes.string_at(0)", "import os; os.abort()"])
def test_a_crash_leaves_a_trace_of_every_thread_and_no_data_in_it(here: str) -> None:
    """Kills the mutant that leaves the fault handler off: then there is not a word."""
    ended = subprocess.run(
        [sys.executable, "-c", CRASH.format(here=here)],
        env=environment(),
        text=True,
        capture_output=True,
        check=False,
    )

    assert ended.returncode < 0
    assert "Fatal Python error" in ended.stderr
    assert "in answer" in ended.stderr
    assert "in wait" in ended.stderr
    for held in ("alone", "secret", "0123456789", "receipt", "text="):
        assert held not in ended.stderr
