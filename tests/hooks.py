"""Python's hooks for what nobody catches, put back as they were: pytest has its own, and needs them."""

import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hooks_as_before() -> Iterator[None]:
    """Inside, whoever likes may put in hooks; afterwards those from before are in force."""
    before = sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning
    try:
        yield
    finally:
        sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning = before
