"""docs/configuration.md names every key of config.yaml, with its default, and no other."""

import re
from datetime import time, timedelta
from pathlib import Path
from typing import get_args

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from bot.config.schema import ClusterSection, ConfigFile, ScheduleSection, WorkspacesSection
from bot.config.values import spell

PAGE = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")


def rows(heading: str) -> dict[str, str]:
    """The first two columns of the table under this heading."""
    part = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| `([a-z_.]+)` \| (.*?) \|", part, flags=re.MULTILINE))


def keys(model: type[BaseModel], before: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for name, field in model.model_fields.items():
        optional = [one for one in get_args(field.annotation) if one in {WorkspacesSection, ClusterSection}]
        if optional:
            found |= keys(optional[0], f"{before}{name}.")
        elif isinstance(field.default, BaseModel):
            found |= keys(type(field.default), f"{before}{name}.")
        else:
            found[before + name] = field.default
    return found


def written(value: object) -> str:
    match value:
        case timedelta():
            return spell(value)
        case time():
            return f'"{value:%H:%M}"'
        case bool():
            return str(value).lower()
        case tuple():
            return f"[{', '.join(value)}]"
        case _:
            return str(value)


def test_every_key_is_explained_and_nothing_else() -> None:
    assert set(keys(ConfigFile)) == set(rows("Keys"))
    assert set(keys(ScheduleSection)) == set(rows("A schedule"))


def test_every_default_of_the_page_is_the_one_of_the_schema() -> None:
    said = rows("Keys")
    defaults = {
        key: value for key, value in keys(ConfigFile).items() if value not in ("", None, PydanticUndefined)
    }

    assert {key: f"`{written(value)}`" for key, value in defaults.items()} == {
        key: said[key] for key in defaults
    }
