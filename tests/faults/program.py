"""The command line in a forked process: what ``belonging`` prints, without the cost of its start."""

import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from bot.cli import report  # noqa: F401 - imported before the fork
from bot.cli.main import app


def run(orders: Mapping[str, Any]) -> NoReturn:
    """Run ``belonging`` with ``arguments`` in ``folder``; what it prints goes to the file ``out``."""
    printed = os.open(Path(orders["out"]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    sys.stdout = sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - until the end
    os.chdir(orders["folder"])
    code = 1
    try:
        code = int(app(orders["arguments"], standalone_mode=False) or 0)
    except BaseException:  # noqa: BLE001 - the process ends here, and this says why
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)
