"""A file is read alike, whether PyYAML has its parser in C or not."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.config import yaml_documents
from bot.config.yaml_documents import Document, read_document
from bot.errors import BotError

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = [ROOT / "config.yaml", *sorted((ROOT / "prompts").rglob("*.yaml"))]

PIECES = (
    *("a", "é", "😀", "no", "~", "10:00", "key: v\n", "b: ", "- ", "? ", ": ", "- x\n", "<<: "),
    *("\n", "\n  ", "  ", "#", "# x", "'", '"', "\\", "[", "]", "{", "}", ",", "|", "|\n", "|2\n"),
    *("|+\n", ">", ">-\n", "&a ", "*a", "!", "!x ", "%", "@", "`", "---\n", "...\n", "\t", "\r\n"),
    *("\r", "\x85", "\u2028", "\ufeff", "\xa0", "\x07"),
)
"""What YAML is made of, and what it stumbles over."""


def read(path: Path, parser: type) -> Document | str:
    """The document with this parser where it is fast, or the error."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_documents, "_FAST", parser)
        try:
            return read_document(path, path.name, BotError)
        except BotError as error:
            return str(error)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_we_ship_is_read_alike(path: Path) -> None:
    found = read(path, yaml.CBaseLoader)

    assert isinstance(found, Document)
    assert read(path, yaml.BaseLoader) == found


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=9))
def test_any_file_is_read_alike_and_what_is_wrong_with_it_is_said_alike(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes("".join(pieces).encode())

    assert read(path, yaml.BaseLoader) == read(path, yaml.CBaseLoader)


@pytest.mark.parametrize("text", ["a\t", "!", "a: !", "|#", ">-#x", "\r\ufeff[[", "a\t---\n- x"])
def test_where_the_parsers_differ_the_one_in_python_decides(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.yaml"
    path.write_bytes(text.encode())

    assert read(path, yaml.BaseLoader) == read(path, yaml.CBaseLoader)
    assert parsed(text, yaml.BaseLoader) != parsed(text, yaml.CBaseLoader)


def parsed(text: str, parser: type) -> object:
    """What a parser of PyYAML makes of a text, seen from outside."""
    try:
        return [
            (type(event).__name__, getattr(event, "value", None), getattr(event, "implicit", None))
            for event in yaml.parse(text, Loader=parser)
        ]
    except yaml.YAMLError:
        return "refused"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_we_ship_takes_the_fast_way(path: Path) -> None:
    assert not yaml_documents._READ_OTHERWISE.search(path.read_text(encoding="utf-8"))
