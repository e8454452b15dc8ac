"""Everything that the bot says, in one language: ``said.py`` and its parts, loaded once for each language."""

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

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
        for name in PARTS:
            module = _load(name)
        return module
    finally:
        own.LANGUAGE = ENGLISH  # type: ignore[attr-defined]
        for name, module in before.items():
            sys.modules.pop(f"tests.slack.{name}", None)
            if module:
                sys.modules[f"tests.slack.{name}"] = module
            import tests.slack

            if module:
                setattr(tests.slack, name, module)


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        f"tests.slack.{name}", Path(__file__).with_name(f"{name}.py")
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    import tests.slack

    setattr(tests.slack, name, module)
    return module
