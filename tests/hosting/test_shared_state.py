"""What cells of one process share: all state is known here, with the reason why."""

import ast
import asyncio
import gc
import logging
import socket
import threading
import types
from collections.abc import Iterator, Mapping
from contextvars import Context
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.demo.clock import AdjustableClock
from bot.demo.server import DemoServer
from bot.slack.kit.form_cache import FormCache
from bot.slack.reply.norm_blocks import form_of
from tests.hosted_world import NORTH, SOUTH, HostedWorld
from tests.hosting.reading import built
from tests.world import ROOT

pytestmark = pytest.mark.attack

NOT_HOSTED = ("demo", "cli")
"""Rooms that run in other processes than the bot."""

PURE = "a function of its arguments alone, and its results cannot be changed"

MAY_BE_SHARED: Mapping[str, str] = {
    "config/calendars.py:holiday_calendar": PURE,
    "app/arrivals.py:WRITING": "held for a moment, while the facts of a cell are written",
    "config/cells.py:_facts": "the facts of a text, under that text",
    "store/ballot_file.py:_IN_MEMORY": "held while a batch is worked on in memory, for no longer",
    "config/languages.py:language_of.load": "a catalogue of the program",
    "config/languages.py:shipped_languages": "catalogues of the program",
    "core/advice.py:rounds_with_statements": PURE,
    "core/audiences.py:_digest_in_pack": PURE,
    "core/audiences.py:askable_of": PURE,
    "core/audiences.py:tags_of": PURE,
    "core/inference.py:_posterior": PURE,
    "core/inference.py:_row": PURE,
    "core/japanese_names.py:said_in_japan": PURE,
    "core/language.py:_locale": PURE,
    "core/language.py:_own_name": PURE,
    "core/letters.py:bare": PURE,
    "core/letters.py:shape": PURE,
    "core/letters.py:sound": PURE,
    "core/schedule.py:zone_named": PURE,
    "logs.py:_CELL": "of one context, which begins and ends in one cell",
    "report/page.py:templates": "templates of the program",
    "slack/client/deadlines.py:_left": "counts calls for each workspace by its rate limiter",
    "slack/client/deadlines.py:_left_lock": "guards _left for a moment",
    "slack/client/rate_limits.py:_BACKGROUND_RUN": "of one context, which begins and ends in one cell",
    "slack/client/server_time.py:_parsed": PURE,
    "slack/client/under_way.py:_MESSAGE": "of one context, which begins and ends in one cell",
    "slack/directory/lookup.py:FOUND": "of one use case",
    "slack/install/pages.py:_style_digest": PURE,
    "slack/install/pages.py:_templates": "templates of the program",
    "slack/install/pages.py:page_style": "a file of the program",
    "slack/kit/form_cache.py:FormCache.__init__.fitted": "each workspace has a cache of its own",
    "slack/schedule/fields.py:zones": "IANA's zones",
    "slack/schedule/fields.py:zones_by_name": "IANA's zones",
    "slack/transport/replays.py:SENT": "of one request",
    "slack/transport/replays.py:_arrivals": "counts requests; only their order is used, within one reply",
    "slack/transport/workers.py:BACKGROUND_TASKS": "of one use case",
    "store/audit/database.py:layout": "tables of the program",
    "store/lock.py:_HELD": "the directories that this process holds",
    "store/mapping.py:_policy_of": PURE,
    "store/mapping.py:prompt_of": PURE,
    "store/statements.py:queries": "the program's own SQL",
}

STATEFUL = frozenset(
    {"ContextVar", "Lock", "RLock", "Event", "count", "local", "WeakKeyDictionary", "OrderedDict", "deque"}
)
CACHES = frozenset({"cache", "lru_cache", "cached"})
CHANGING = frozenset(
    {
        "add",
        "append",
        "clear",
        "discard",
        "extend",
        "insert",
        "pop",
        "popitem",
        "remove",
        "setdefault",
        "update",
    }
)


def state_in(tree: ast.Module) -> Iterator[str]:
    """Yield the module-level names that hold state, and the functions that keep results."""
    named = {target.id: value for target, value in _assigned(tree)}
    for name, value in named.items():
        if isinstance(value, ast.Call) and _name(value.func) in STATEFUL:
            yield name
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING:
            yield from _known(node.func.value, named)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            yield from _known(node.value, named)
        elif isinstance(node, ast.Global):
            yield from node.names
    yield from _caching(tree, "")


def _assigned(tree: ast.Module) -> Iterator[tuple[ast.Name, ast.expr | None]]:
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if isinstance(target, ast.Name):
                yield target, getattr(node, "value", None)


def _known(node: ast.expr, named: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(node, ast.Name) and node.id in named:
        yield node.id


def _caching(node: ast.AST, inside: str) -> Iterator[str]:
    for inner in ast.iter_child_nodes(node):
        name = f"{inside}{getattr(inner, 'name', '')}"
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            called = [one.func if isinstance(one, ast.Call) else one for one in inner.decorator_list]
            if any(_name(one) in CACHES for one in called):
                yield name
        is_scope = isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        yield from _caching(inner, f"{name}." if is_scope else inside)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def found_in(package: Path) -> frozenset[str]:
    return frozenset(
        f"{path.relative_to(package)}:{name}"
        for path in package.rglob("*.py")
        if path.relative_to(package).parts[0] not in NOT_HOSTED
        for name in state_in(ast.parse(path.read_text(encoding="utf-8")))
    )


def test_all_state_of_modules_is_known_with_the_reason_why_cells_may_share_it() -> None:
    assert sorted(MAY_BE_SHARED) == sorted(found_in(ROOT / "bot"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("SEEN = {}\ndef see(x):\n    SEEN[x] = 1", "SEEN"),
        ("seen: set[int] = set()\ndef see(x):\n    seen.add(x)", "seen"),
        ("NOW = None\ndef see(x):\n    global NOW\n    NOW = x", "NOW"),
        ("@lru_cache(8)\ndef see(x):\n    return x", "see"),
        ("class A:\n    @functools.cache\n    def see(self): ...", "A.see"),
        ("import threading\nLOCK = threading.Lock()", "LOCK"),
    ],
)
def test_mutant_with_a_new_piece_of_state_is_found(text: str, name: str) -> None:
    assert [name] == list(dict.fromkeys(state_in(ast.parse(text))))


# What is reachable in memory


NOT_OF_CELLS = (
    *(type, types.ModuleType, types.CodeType, types.BuiltinFunctionType, types.FrameType),
    *(asyncio.AbstractEventLoop, asyncio.Future, aiohttp.ClientSession, logging.Logger, logging.Manager),
    *(socket.socket, threading.Thread, HostedWorld, DemoServer, AdjustableClock, Context),
)
"""What the program, the loop and this test have once; through them everything can be reached."""

SHARED_OBJECTS: Mapping[str, str] = {
    "bot.clock._Heard": "the time that Slack tells is the same for all",
    "bot.slack.transport.fair_pool.FairPool": "threads, in which cells take turns",
}
"""Objects that can change and that two cells reach, besides the parts of ``Process``."""

SHARED_NAMES = frozenset(name.rpartition(".")[2] for name in SHARED_OBJECTS)


def reachable(roots: list[object], stops: frozenset[int]) -> dict[int, object]:
    """Return what can be reached from these objects, without going through code or through ``stops``."""
    found: dict[int, object] = {}
    waiting = list(roots)
    while waiting:
        one = waiting.pop()
        if id(one) in found or id(one) in stops or isinstance(one, NOT_OF_CELLS):
            continue
        found[id(one)] = one
        if isinstance(one, types.FunctionType):
            waiting += [one.__defaults__, one.__kwdefaults__, one.__closure__]
        elif type(one).__name__ not in SHARED_NAMES:
            waiting += gc.get_referents(one)
    return found


def can_change(one: object) -> bool:
    """Return whether this is an object of the bot's own classes that somebody may change."""
    is_ours = type(one).__module__.startswith("bot.")
    frozen = getattr(getattr(type(one), "__dataclass_params__", None), "frozen", False)
    return is_ours and not frozen and not isinstance(one, Enum)


def test_no_object_of_a_cell_is_reachable_from_another_but_for_what_the_process_shares(
    asked: HostedWorld,
) -> None:
    """Caches, receipts, forms, limits, files: whatever is added, each cell must have its own."""
    for team in (NORTH, SOUTH):
        for user in asked.members[team].everyone()[:3]:
            asked.members[team].reply(user, answers=["3", "3", "3"])
            asked.members[team].open_home(user)

    common, own = in_common(asked)

    assert SHARED_OBJECTS.keys() >= common
    expected = {"PendingReceipts", "NewestForms", "DirectoryCache", "FormCache", "HandledRequests"}
    assert expected | {"Database"} <= own, "it has looked there"


def test_mutant_with_one_cache_of_forms_for_all_it_is_found(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = FormCache(form_of)
    monkeypatch.setattr("bot.slack.app.FormCache", lambda _: shared)

    common, _ = in_common(request.getfixturevalue("asked"))

    assert "bot.slack.kit.form_cache.FormCache" in common


def in_common(world: HostedWorld) -> tuple[frozenset[str], frozenset[str]]:
    """Return the kinds of objects that both cells reach and may change, and those that the first reaches."""
    host = world.host
    assert host
    process = host._process
    shared = [
        host,
        process,
        *host.__dict__.values(),
        *(getattr(process, one.name) for one in fields(process)),
    ]
    stops = frozenset(map(id, shared))
    north, south = (
        reachable([one.cell, one.files, one.limiter, one.contexts, one.workspaces], stops)
        for one in (built(world, NORTH), built(world, SOUTH))
    )
    common = [one for key, one in north.items() if key in south and can_change(one)]
    kinds = frozenset(f"{type(one).__module__}.{type(one).__name__}" for one in common)
    return kinds, frozenset(type(one).__name__ for one in north.values())
