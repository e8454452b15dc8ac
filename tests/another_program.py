"""Another program that has a file of SQLite open: locks do not hold within one process."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PROGRAM = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)
for statement in sys.argv[2:]:
    connection.execute(statement)
print("done", flush=True)
sys.stdin.readline()
"""


@contextmanager
def another_program(path: Path, *statements: str) -> Iterator[None]:
    """Let it do this, and have the file open until the block ends; then it ends without a commit."""
    program = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _PROGRAM, str(path), *statements],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert program.stdout
        assert program.stdout.readline() == "done\n"
        yield
    finally:
        program.communicate("\n")
