"""Everything that the bot says, in one language: ``said.py`` and its parts, loaded once for each language."""

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import tests.slack
from bot.core.language import ENGLISH, Language

LANGUAGE = ENGLISH
"""The language in which the modules below say everything while they are loaded."""

PARTS = ("said_norms", "said_forms", "said_schedules", "said")


@cache
def everything(language: Language) -> dict[str, Any]:
    """All that the bot says, by name, in this language."""
    return _loaded(language).EVERYTHING


@cache
def _loaded(language: Language) -> Any:
    before = {name: sys.modules.pop(f"tests.slack.{name}", None) for name in PARTS}
    own = sys.modules[__name__]
    own.LANGUAGE = language  # type: ignore[attr-defined]
    try:
        return [_load(name) for name in PARTS][-1]
    finally:
        own.LANGUAGE = ENGLISH  # type: ignore[attr-defined]
        for name, module in before.items():
            sys.modules.pop(f"tests.slack.{name}", None)
            if module:
                _put(name, module)


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        f"tests.slack.{name}", Path(__file__).with_name(f"{name}.py")
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    _put(name, module)
    spec.loader.exec_module(module)
    return module


def _put(name: str, module: ModuleType) -> None:
    """Let imports find this module, in either way of importing it."""
    sys.modules[f"tests.slack.{name}"] = module
    setattr(tests.slack, name, module)
