"""Lines that anybody on the network can provoke: at most one a minute is logged."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.slack.client.rare_log import RareLog

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def logged(caplog: pytest.LogCaptureFixture, *seconds: float) -> list[Any]:
    """The counts in the lines, after the event came at these seconds; None where there is none."""
    caplog.set_level(logging.INFO)
    rare = RareLog(logging.getLogger("bot.test"))
    for second in seconds:
        rare.log(logging.WARNING, "request not signed", NOON + timedelta(seconds=second))
    assert {"request not signed"} >= {record.message for record in caplog.records}
    return [record.__dict__.get("count") for record in caplog.records]


def test_the_first_is_logged_at_once_and_alone(caplog: pytest.LogCaptureFixture) -> None:
    assert [None] == logged(caplog, 0)


def test_a_flood_is_one_line_a_minute_with_its_count(caplog: pytest.LogCaptureFixture) -> None:
    assert [None, 600, 600] == logged(caplog, *(number / 10 for number in range(1300)))


def test_one_an_hour_is_a_line_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    assert [None, None, None] == logged(caplog, 0, 3600, 7200)


def test_a_clock_that_is_set_back_stops_no_line(caplog: pytest.LogCaptureFixture) -> None:
    assert [None, 2] == logged(caplog, 0, 1, -7200)


def test_another_code_is_another_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    rare = RareLog(logging.getLogger("bot.test"))
    for code in "abab":
        rare.log(logging.INFO, "installation failed", NOON, code=code)

    assert ["a", "b"] == [record.__dict__["code"] for record in caplog.records]
