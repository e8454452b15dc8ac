"""Logs say that something happened and where to look: never who, never what."""

import asyncio
import gc
import io
import json
import logging
import sys
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.logs import FIELDS, PINNED, AllowListFormatter, set_up_logs
from tests.hooks import hooks_as_before

SECRET = "the-words-of-a-reply"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave logging as it was found."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in PINNED}
    with hooks_as_before():
        yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)


def record(
    message: str = "round closed", *, name: str = "bot.service.open_rounds", **extra: object
) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.INFO, __file__, 1, message, None, None)
    made.__dict__.update(extra)
    return made


@pytest.mark.parametrize("as_json", [False, True])
def test_a_line_has_the_event_and_the_allowed_fields(as_json: bool) -> None:  # noqa: FBT001 - a parameter
    line = AllowListFormatter(as_json=as_json).format(record(round_id="r1", code="closed"))

    for part in ("round closed", "r1", "closed"):
        assert part in line


def test_a_line_for_programs_is_json_with_utc_time() -> None:
    line = json.loads(AllowListFormatter(as_json=True).format(record(count=3, created=0.0)))

    assert line == {
        "time": "1970-01-01T00:00:00.000+00:00",
        "level": "info",
        "event": "round closed",
        "count": "3",
    }


@given(st.text(min_size=1).filter(lambda name: name not in FIELDS), st.booleans())
def test_no_other_field_is_ever_printed(name: str, as_json: bool) -> None:  # noqa: FBT001 - drawn
    made = record()
    made.__dict__.setdefault(name, SECRET)

    assert SECRET not in AllowListFormatter(as_json=as_json).format(made)


@pytest.mark.parametrize("name", ["slack_sdk", "apscheduler.scheduler", "uvicorn.error", "botanical"])
def test_of_others_only_their_name_is_printed(name: str) -> None:
    line = AllowListFormatter(as_json=False).format(record(SECRET, name=name))

    assert SECRET not in line
    assert name in line


def test_a_message_with_arguments_is_not_formatted() -> None:
    made = record("reply %s")
    made.args = (SECRET,)

    assert SECRET not in AllowListFormatter(as_json=False).format(made)


def test_neither_a_traceback_nor_a_stack_is_printed() -> None:
    made = record()
    made.exc_info = (ValueError, ValueError(SECRET), None)
    made.stack_info = SECRET

    line = AllowListFormatter(as_json=False).format(made)

    assert SECRET not in line
    assert "\n" not in line


@given(st.text())
def test_a_line_stays_one_line(value: str) -> None:
    for as_json in (False, True):
        line = AllowListFormatter(as_json=as_json).format(record(code=value))
        assert len(line.splitlines()) == 1


@pytest.mark.parametrize(
    "name", [*PINNED, "slack_sdk.web.client", "bot.slack.sdk", "apscheduler.executors.default"]
)
def test_others_are_silent_at_every_verbosity(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("debug")

    for level in (logging.DEBUG, logging.WARNING, logging.ERROR):
        if level < PINNED.get(name, logging.CRITICAL):
            logging.getLogger(name).log(level, SECRET)

    assert capsys.readouterr().err == ""


def test_what_a_library_says_out_of_turn_is_told_without_its_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    err = io.StringIO()
    monkeypatch.setattr("sys.stderr", err)
    set_up_logs("debug")

    logging.getLogger("some.library").error(SECRET)
    logging.captureWarnings(capture=False)

    assert SECRET not in err.getvalue()
    assert "message from some.library" in err.getvalue()


def test_the_verbosity_is_ours_alone(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("warning", as_json=True)
    logging.getLogger("bot.service").info("quiet")
    logging.getLogger("bot.service").warning("loud")

    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "loud"


def test_a_thread_that_fails_is_told_by_the_class_of_its_error_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logs("debug")

    def fail() -> None:
        raise ValueError(SECRET)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()

    (line,) = capsys.readouterr().err.splitlines()
    assert "thread failed code=ValueError ref=" in line


def test_a_thread_that_ends_itself_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("debug")

    thread = threading.Thread(target=sys.exit)
    thread.start()
    thread.join()

    assert capsys.readouterr().err == ""


def test_a_task_that_fails_is_told_by_the_class_of_its_error_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logs("debug")

    async def fail() -> None:
        raise ValueError(SECRET)

    async def forget() -> None:
        task = asyncio.create_task(fail(), name=SECRET)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task
        gc.collect()

    asyncio.run(forget())

    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("message from asyncio code=ValueError")


def test_a_line_that_cannot_be_written_is_lost_in_silence(capsys: pytest.CaptureFixture[str]) -> None:
    class Unprintable:
        def __str__(self) -> str:
            raise ValueError(SECRET)

    set_up_logs("debug")

    logging.getLogger("bot.service").error(SECRET, extra={"code": Unprintable()})

    assert capsys.readouterr().err == ""
