"""Every word that members read can be translated: what no type checker can see."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import scripts.messages
from tests.architecture.test_house_rules import BOT, FILES, ROOT, SENTENCES

SAYS = frozenset({"gettext", "ngettext", "pgettext"})
SAME_EVERYWHERE = re.compile(r"^/belonging [a-z ]+$|`/[^`]+`|Belonging Bot")
"""What people type in Slack, and the bot's name."""

FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    """The module of a file of the bot."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def arguments(function: FUNCTION) -> list[str]:
    return [one.arg for one in (*function.args.posonlyargs, *function.args.args)]


@cache
def speakers() -> dict[str, list[str]]:
    """The functions of modules that take a language, with the names of their positional arguments."""
    return {
        f"{name_of(path)}.{node.name}": arguments(node)
        for path in FILES
        for node in tree_of(path).body
        if isinstance(node, FUNCTION)
        if "language" in (*arguments(node), *(one.arg for one in node.args.kwonlyargs))
    }


def known_as(path: Path) -> dict[str, str]:
    """What the names of a module stand for, as ``module.name``."""
    module = name_of(path)
    known = {node.name: f"{module}.{node.name}" for node in tree_of(path).body if isinstance(node, FUNCTION)}
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            known |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    return known


def meant(node: ast.expr, known: dict[str, str]) -> str:
    """The full name of a function; empty where it is none of a module."""
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{known.get(node.value.id, '')}.{node.attr}"
    return ""


def mute_calls(path: Path) -> Iterator[str]:
    """Where a module uses a function that takes a language, and passes none."""
    known = known_as(path)
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.Call):
            continue
        called, given = node.func, node.args
        if isinstance(called, ast.Name) and called.id == "partial" and given:
            called, given = given[0], given[1:]
        expected = speakers().get(meant(called, known))
        if expected is None:
            for one in node.args:
                if meant(one, known) in speakers() and ast.unparse(node.func) in {"map", "sorted", "filter"}:
                    yield f"line {node.lineno}: {ast.unparse(one)} is called without a language"
            continue
        keywords = {one.arg for one in node.keywords}
        starred = None in keywords or any(isinstance(one, ast.Starred) for one in given)
        place = expected.index("language") if "language" in expected else len(given)
        if "language" not in keywords and len(given) <= place and not starred:
            yield f"line {node.lineno}: {ast.unparse(called)} gets no language"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_whoever_calls_what_makes_words_passes_a_language(path: Path) -> None:
    """The default is for the command line, whose words are English, and for tests."""
    if (BOT / "cli") in path.parents or (BOT / "demo") in path.parents:
        return
    assert [] == list(mute_calls(path))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_message_is_a_whole_literal(path: Path) -> None:
    """What is put together from parts can neither be collected nor translated."""
    wrong = [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in {*SAYS, "N_"}
        for one in node.args[: 2 if "ngettext" in ast.unparse(node.func) else 1]
        if isinstance(one, ast.JoinedStr | ast.BinOp) or is_put_together(one)
        if path.name != "language.py"
    ]
    assert [] == wrong


def test_every_comment_for_translators_reaches_them() -> None:
    """A comment within the brackets of a call is not collected: it stands on the line before the call."""
    collected = " ".join(
        comment for message in scripts.messages.collect() for comment in message.auto_comments
    )
    lost = [
        f"{path.relative_to(BOT)}: {comment}"
        for path in FILES
        for comment in re.findall(r"# Translators: (.+)", path.read_text(encoding="utf-8"))
        if comment not in collected
    ]

    assert [] == lost


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_message_hides_in_an_f_string(path: Path) -> None:
    """It would not be collected: to the collector an f-string is one word."""
    hidden = [
        f"line {call.lineno}: {ast.unparse(call)}"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FormattedValue)
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] in SAYS
        if any(isinstance(one, ast.Constant) for one in call.args)
    ]
    assert [] == hidden


def is_put_together(node: ast.expr) -> bool:
    """Whether it is the result of a method that makes one text of others; what looks one up is allowed."""
    makers = {"format", "join", "replace", "capitalize", "lower", "upper", "title"}
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in makers


def untranslated(path: Path) -> Iterator[str]:
    """The strings with two words or more that go into no message."""
    tree = tree_of(path)
    said: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            said.add(id(node.value))
        called = ast.unparse(node.func).split(".")[-1] if isinstance(node, ast.Call) else ""
        if called in {*SAYS, "N_"} or called.endswith("Error") or isinstance(node, ast.Raise):
            said |= {id(part) for part in ast.walk(node)}
    for node in ast.walk(tree):
        unsaid = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said
        if unsaid and re.search(r"[A-Za-z]{2,}[,.]? [A-Za-z]", SAME_EVERYWHERE.sub("", node.value)):
            yield f"line {node.lineno}: {node.value}"


@pytest.mark.parametrize("path", SENTENCES, ids=lambda path: str(path.relative_to(BOT / "slack")))
def test_every_sentence_in_slack_is_a_message(path: Path) -> None:
    assert [] == list(untranslated(path))


def test_the_template_and_the_catalogues_are_up_to_date() -> None:
    late = [path.name for path, text in scripts.messages.files() if path.read_bytes() != text]

    assert [] == late, "run: make messages"
