"""The rules of the house that no linter knows."""

import ast
import importlib
import inspect
import logging
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot
from bot.logs import PINNED
from tests.cli.program import environment

ROOT = Path(__file__).resolve().parents[2]
BOT = ROOT / "bot"
FILES = sorted(BOT.rglob("*.py"))
LONGEST_FILE = 400
SLACK = [path for path in sorted((BOT / "slack").rglob("*.py")) if path.name != "__init__.py"]
SENTENCES = [
    path
    for path in SLACK
    if path.name.endswith("blocks.py") or path.parent.name == "kit" or path.name == "ideas.py"
]
"""Where every sentence that is said in Slack stands."""
OTHERS = [path for path in SLACK if path not in SENTENCES]
PURE = [path for path in SLACK if path.name.endswith(("blocks.py", "forms.py")) or path.parent.name == "kit"]


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """The strings of a module with their lines, besides docstrings and what is said in errors and logs."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    unsaid = {id(part) for node in ast.walk(tree) for root in _unsaid(node) for part in ast.walk(root)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in unsaid:
            yield node.lineno, node.value


def _unsaid(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node  # a docstring
    if isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and _is_told_elsewhere(node)):
        yield node


def _is_told_elsewhere(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    return name.startswith(("log.", "self._rare.log")) or name.endswith("Error")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_that_passes_400_lines_holds_two_jobs(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: str(path.relative_to(BOT / "slack")))
def test_every_sentence_that_members_read_lives_in_blocks(path: Path) -> None:
    """Elsewhere in bot.slack there are ids and names of fields, and none of them has three words."""
    sentences = [(line, text) for line, text in strings(path) if len(re.findall(r"[A-Za-z]{2,} ", text)) > 1]

    assert [] == sentences


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(BOT / "slack")))
def test_blocks_and_forms_are_pure(path: Path) -> None:
    """They call neither Slack nor the store, and run in no loop."""
    imported = re.findall(r"^\s*(?:from|import) ([\w.]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    impure = ("asyncio", "aiohttp", "slack_sdk", "slack_bolt", "sqlite3", "bot.store", "bot.slack.context")

    assert [] == [name for name in imported if name.startswith(impure)]


def test_ids_that_slack_gives_back_are_noun_and_verb() -> None:
    hung = re.compile(r"app\.(?:action|view)\(\"([^\"]+)\"")
    ids = {found for path in SLACK for found in hung.findall(path.read_text(encoding="utf-8"))}

    assert len(ids) > 8
    assert [] == [found for found in ids if not re.fullmatch(r"[a-z]+\.[a-z]+", found)]


def test_every_button_and_form_has_its_listener() -> None:
    listened = {
        found
        for path in SLACK
        for found in re.findall(r"app\.(?:action|view)\(\"([^\"]+)\"", path.read_text(encoding="utf-8"))
    }
    calls = [
        node
        for path in SENTENCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("button")
    ]
    given = [str(one.value) for node in calls for one in node.args if isinstance(one, ast.Constant)]
    pressed = {one for one in given if re.fullmatch(r"[a-z]+\.[a-z]+", one)}

    assert len(pressed) > 8
    assert pressed <= listened


LOGGERS = """
import logging
import bot.app, bot.cli.demo, bot.cli.main, bot.config, bot.demo.server
import apscheduler.schedulers.background, slack_bolt, slack_sdk.socket_mode.builtin
import uvicorn.protocols.http.h11_impl
print("\\n".join(sorted(logging.root.manager.loggerDict)))
"""


def test_no_logger_of_others_is_left_to_itself() -> None:
    """Whatever the program loads, every logger is ours, pinned, or lies under a pinned one."""
    loaded = subprocess.run(
        [sys.executable, "-c", LOGGERS], env=environment(), text=True, capture_output=True, check=True
    ).stdout.split()
    left = [name for name in loaded if name.partition(".")[0] not in {"bot", *PINNED}]
    assert "slack_bolt" in {name.partition(".")[0] for name in loaded}
    assert [] == left


def test_pinned_loggers_say_nothing_below_critical() -> None:
    """But asyncio, whose handler of exceptions speaks at ERROR; the log drops its words."""
    assert {"asyncio"} == {name for name, level in PINNED.items() if level < logging.CRITICAL}
    assert logging.ERROR == PINNED["asyncio"]


LIBRARIES = {"aiohttp", "apscheduler", "pyrate_limiter", "slack_bolt", "slack_sdk", "starlette", "uvicorn"}


def subclasses_of_libraries() -> Iterator[tuple[type, type]]:
    """Every class of ours with each class of a library that it builds on."""
    names = [name for _, name, _ in pkgutil.walk_packages(bot.__path__, "bot.")]
    for module in map(importlib.import_module, names):
        for ours in vars(module).values():
            if isinstance(ours, type) and ours.__module__ == module.__name__:
                for theirs in ours.__mro__:
                    if theirs.__module__.partition(".")[0] in LIBRARIES:
                        yield ours, theirs


def test_nothing_private_of_a_library_is_replaced() -> None:
    """A library may change what begins with an underscore with every release."""
    pairs = list(subclasses_of_libraries())
    private = re.compile(r"\b(?:def |self\.)(_[a-z]\w*)")
    replaced = {
        f"{ours.__name__}.{name}"
        for ours, theirs in pairs
        for name in private.findall(inspect.getsource(ours))
        if re.search(rf"\b{name}\b", inspect.getsource(theirs))
    }

    assert {"Connection", "HttpProtocol", "StoppableAsyncClient"} <= {ours.__name__ for ours, _ in pairs}
    assert set() == replaced


def test_a_fresh_reader_finds_every_room_of_the_house_explained() -> None:
    """The first line of every module says what it is for."""
    bare = [path for path in FILES if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]

    assert [] == bare


def test_nobody_picks_a_port_and_lets_it_go() -> None:
    """Until it is listened at, the system may give it to any connection: ``tests.held_port`` keeps it."""
    programs = [
        path for part in ("bot", "tests", "benchmarks", "scripts") for path in (ROOT / part).rglob("*.py")
    ]
    picked = [
        f"{path.relative_to(ROOT)}:{block.lineno}"
        for path in programs
        for block in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(block, ast.With) and _only_reads_a_port(block.body)
    ]

    assert [] == picked


def _only_reads_a_port(body: list[ast.stmt]) -> bool:
    read = [
        one.value for one in body if isinstance(one, ast.Assign | ast.AnnAssign | ast.Return) and one.value
    ]
    bare = r"(?:int\()?\w+\.getsockname\(\)(?:\[\d\])?\)?"
    return len(read) == len(body) and any(re.fullmatch(bare, ast.unparse(value)) for value in read)
