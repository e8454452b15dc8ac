"""Attacks by whoever reads what a failing program prints: exceptions that nobody catches, with words in them.

Every way out is tried in a program of its own, which ends as badly as it can. The mutants are programs in
which one of the hooks is Python's own again: each must give the words away.
"""

import inspect
import io
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator

import pytest

from bot import uncaught as escapes
from bot.logs import escapes_with, set_up_logs
from bot.proof import Verdict
from tests.cli.program import environment
from tests.hooks import hooks_as_before
from tests.privacy.installation import evidence, judged, our_log
from tests.world import World, a_world

pytestmark = pytest.mark.attack

WORDS = "Quokkas of U02TOMA"
BEGIN = f"""
import asyncio, atexit, gc, logging, sys, threading, warnings
from bot.logs import set_up_logs
WORDS = {WORDS!r}
def fail(local=WORDS):
    raise ValueError(f"{{local}}: {{WORDS}}")
class Dying:
    name = WORDS
    def __repr__(self):
        return WORDS
    def __del__(self):
        fail()
class Unprintable:
    def __str__(self):
        fail()
async def task():
    failing = asyncio.get_running_loop().create_task(asyncio.to_thread(fail), name=WORDS)
    await asyncio.wait([failing])
async def callback():
    asyncio.get_running_loop().call_soon(fail, WORDS)
    await asyncio.sleep(0.01)
set_up_logs("debug", as_json=AS_JSON)
MUTATE
"""

WAYS = {
    "main thread": ("fail()", "program failed"),
    "another thread": ("t = threading.Thread(target=fail, name=WORDS); t.start(); t.join()", "thread failed"),
    "destructor": ("Dying()", "exception ignored"),
    "destructor in a circle": ("d = Dying(); d.d = d; del d; gc.collect()", "exception ignored"),
    "end of the program": ("atexit.register(fail)", "exception ignored"),
    "task": ("asyncio.run(task()); gc.collect()", "message from asyncio"),
    "callback": ("asyncio.run(callback())", "message from asyncio"),
    "warning": ("warnings.warn(WORDS, UserWarning)", "warning"),
    "warning with a class": ("warnings.warn(UserWarning(WORDS))", "warning"),
    "exception with a cause": (
        "try:\n    fail()\nexcept ValueError as e:\n    raise KeyError(WORDS) from e",
        "program failed",
    ),
    "group": ("raise ExceptionGroup(WORDS, [ValueError(WORDS)])", "program failed"),
    "note": ("e = ValueError(WORDS); e.add_note(WORDS); raise e", "program failed"),
}


def ended(body: str, *, mutate: str = "", as_json: bool = False) -> subprocess.CompletedProcess[str]:
    """A program that does this with our log and our hooks, and then ends."""
    return run(BEGIN.replace("AS_JSON", str(as_json)).replace("MUTATE", mutate) + body)


def run(program: str) -> subprocess.CompletedProcess[str]:
    """This program, ended."""
    return subprocess.run(
        [sys.executable, "-W", "always", "-c", program],
        env=environment(),
        text=True,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("way", WAYS)
def test_an_exception_that_nobody_catches_is_told_by_its_class_and_a_reference(way: str) -> None:
    body, event = WAYS[way]
    program = ended(body)

    assert "Quokkas" not in program.stderr + program.stdout
    assert "U02TOMA" not in program.stderr + program.stdout
    (line,) = program.stderr.splitlines()
    assert event in line
    assert "code=" in line
    assert "ref=" in line or "asyncio" in event


def test_the_exit_code_still_says_that_the_program_failed() -> None:
    assert ended("fail()").returncode == 1


def test_for_programs_it_is_a_line_of_json_too() -> None:
    assert '"event": "program failed", "code": "ValueError"' in ended("fail()", as_json=True).stderr


def test_a_log_line_that_cannot_be_written_is_not_printed_another_way() -> None:
    program = ended("logging.getLogger('bot.x').error(WORDS, extra={'code': Unprintable()})")

    assert program.stderr == ""


def test_a_hook_that_cannot_log_does_not_print_either() -> None:
    broken = "import bot.uncaught; bot.uncaught.secrets.token_hex = fail"
    for body in ("fail()", WAYS["another thread"][0], "Dying()", "warnings.warn(WORDS)"):
        assert ended(body, mutate=broken).stderr == ""


def test_a_command_that_fails_unforeseen_prints_no_traceback() -> None:
    program = run(f"""
import sys
from bot.cli import main
def fail(*_, **__):
    raise ValueError({WORDS!r})
import bot.config
bot.config.load_config = fail
sys.argv = ["belonging", "proof"]
main()
""")

    assert program.returncode == 1
    assert "program failed code=ValueError" in program.stderr
    assert "Quokkas" not in program.stderr
    assert "Traceback" not in program.stderr


MUTANTS = {
    "sys.__excepthook__": ("sys.excepthook = sys.__excepthook__", "main thread"),
    "threading.__excepthook__": ("threading.excepthook = threading.__excepthook__", "another thread"),
    "sys.__unraisablehook__": ("sys.unraisablehook = sys.__unraisablehook__", "destructor"),
    "warnings of Python": ("import importlib; importlib.reload(warnings)", "warning"),
    "a plain formatter": (
        "logging.getLogger().handlers[0].setFormatter(logging.Formatter('%(message)s'))",
        "task",
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_mutant_with_one_of_pythons_own_hooks_the_words_are_printed(mutant: str) -> None:
    mutate, way = MUTANTS[mutant]

    assert "Quokkas" in ended(WAYS[way][0], mutate=mutate).stderr


def test_mutant_with_pythons_own_handler_a_line_that_cannot_be_written_is_printed() -> None:
    mutate = "logging.getLogger().handlers[0].__class__ = logging.StreamHandler"
    program = ended("logging.getLogger('bot.x').error(WORDS, extra={'code': Unprintable()})", mutate=mutate)

    assert "Quokkas" in program.stderr


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with our_log(), a_world(tmp_path_factory.mktemp("w")) as made:
        yield made


def test_the_proof_lets_exceptions_escape_by_every_hook_and_finds_nothing(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    found = evidence(world)

    assert set(found.logging.escapes) == {*escapes.HOOKS, "a log line that cannot be written"}
    assert judged(found, "logs").verdict is Verdict.PASS
    assert "6 hooks" in judged(found, "logs").found
    assert found.logging.canary not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("hook", "python"),
    [
        ("sys.excepthook", "sys.excepthook = sys.__excepthook__"),
        ("sys.unraisablehook", "sys.unraisablehook = sys.__unraisablehook__"),
        ("threading.excepthook", "threading.excepthook = threading.__excepthook__"),
        ("warnings", "warnings.showwarning = lambda words, *_: sys.stderr.write(str(words))"),
        (
            "asyncio is told with its text",
            "logging.getLogger().handlers[0].setFormatter(logging.Formatter('%(message)s'))",
        ),
        ("a log line", "logging.getLogger().handlers[0].__class__ = logging.StreamHandler"),
    ],
)
def test_the_proof_finds_each_hook_that_is_not_ours(world: World, hook: str, python: str) -> None:
    exec(f"import logging, sys, threading, warnings\n{python}")  # noqa: S102 - a sabotage, named above
    finding = judged(evidence(world), "logs")

    assert finding.verdict is Verdict.FAIL
    assert f"an exception that escapes by {hook}" in finding.found


def test_a_hook_of_others_is_not_called(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[object] = []
    for place, name in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(place, name, lambda *what: called.append(what))
    monkeypatch.setattr(warnings, "showwarning", lambda *what: called.append(what))

    found = evidence(world).logging.escapes

    assert [] == called
    assert {"asyncio", "a log line that cannot be written"} == {
        name for name in found if found[name] is not None
    }


def test_the_proof_finds_a_hook_of_ours_that_tells_too_much(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tell(event: str, kind: object, *_: object) -> None:
        sys.stderr.write(f"{event}: {sys.exc_info()} {inspect.stack()[2].frame.f_locals}")

    monkeypatch.setattr(escapes, "_log", tell)
    finding = judged(evidence(world), "logs")

    assert finding.verdict is Verdict.FAIL
    assert "by sys.excepthook is told with its text" in finding.found


def test_what_the_others_log_while_the_proof_listens_is_written() -> None:
    written = io.StringIO()
    with hooks_as_before(), warnings.catch_warnings():
        set_up_logs("debug", stream=written)
        with_marks = escapes_with("a-mark")

    assert written.getvalue() == ""
    assert "program failed code=ValueError" in str(with_marks["sys.excepthook"])
    assert not [name for name, told in with_marks.items() if told is None or "a-mark" in told]
