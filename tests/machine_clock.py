"""Set the clock of the machine, as the program reads it."""

from datetime import datetime, tzinfo
from typing import Self

import pytest


def set_machine_clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """Let ``system_clock`` say this time until the end of the test.

    The function itself stays: a command imports modules when it needs them, and one that is imported for the
    first time meanwhile would keep another function for all tests after this one.
    """

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(now.timestamp(), tz)

    monkeypatch.setattr("bot.app.time.datetime", Stopped)
