"""Read YAML with every value as text, and with the line of every key.

YAML 1.1 reads ``on:`` as true, ``10:00`` as 600 and ``no`` as false. It keeps the last of two equal keys
without an error, and aliases can expand a small file to gigabytes. Here a value is the text in the file (an
empty value is None), and the schemas decide what it means. Tags, aliases and duplicate keys are refused.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import NoReturn

import yaml

from bot.errors import BotError

_FAST: type = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""The parser in C, which is six times as fast; not every PyYAML is built with it."""

_READ_OTHERWISE = re.compile(r"[\t\r!\ufeff\x85\u2028\u2029]|[|>][-+0-9]*#")
"""What the two parsers of PyYAML do not read alike."""

SIZE_LIMIT = 1_000_000
"""The size of the largest file that is read, in bytes."""

DEPTH_LIMIT = 12
"""How deep lists and sections may be nested; our files need five."""

LONGEST_QUOTE = 40

KeyPath = tuple[str | int, ...]
Data = str | None | list["Data"] | dict[str, "Data"]

_PLAIN_TAGS = frozenset(
    {"tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map", "!", None}
)
_EMPTY = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The data of a file, and the line (from 1) of every key and list entry."""

    name: str
    data: Data
    lines: Mapping[KeyPath, int]

    def line(self, path: KeyPath) -> int:
        """Return the line of this key, or of the nearest section around it."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)

    def place(self, path: KeyPath) -> str:
        """Describe where this key is, such as ``config.yaml, line 31, schedules[0].at``."""
        key = "".join(f"[{part}]" if isinstance(part, int) else f".{shown(part)}" for part in path)
        key = key.lstrip(".")
        return ", ".join(filter(None, (self.name, f"line {self.line(path)}", key)))


def shown(text: str) -> str:
    """Shorten a text to 40 characters for an error, and replace what a terminal would not print."""
    short = text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "…"
    return "".join(letter if letter.isprintable() else "?" for letter in short)


def read_text(path: Path, name: str, error: type[BotError]) -> str:
    """Return the text of a UTF-8 file of at most ``SIZE_LIMIT`` bytes; raise ``error`` otherwise."""
    try:
        if not path.is_file():
            raise error(
                f"{name}: there is no such file in {path.absolute().parent}.",
                remedy="Make one with 'belonging init', or say where yours is: --config",
            )
        with path.open("rb") as file:
            content = file.read(SIZE_LIMIT + 1)
    except OSError as problem:
        reason = problem.strerror or "unknown reason"
        raise error(
            f"{name}: cannot be read ({reason}).", remedy="Check who may read this file."
        ) from problem
    if len(content) > SIZE_LIMIT:
        raise error(f"{name}: is larger than 1 MB.", remedy="Check that this is the file you mean.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise error(f"{name}, line {line}: is not UTF-8.", remedy="Save the file as UTF-8.") from None


def read_document(path: Path, name: str, error: type[BotError]) -> Document:
    """Read a YAML file; raise ``error`` with file, line and column if it cannot be read."""
    return parse_document(read_text(path, name, error), name, error)


def parse_document(text: str, name: str, error: type[BotError]) -> Document:
    """Return what a YAML text says; raise ``error`` with ``name``, line and column if it says nothing."""
    if not _READ_OTHERWISE.search(text):
        with suppress(yaml.YAMLError, BotError):  # the other parser says what is wrong, in words that we know
            return _Builder(name, error, _FAST).build(text)
    try:
        return _Builder(name, error, yaml.BaseLoader).build(text)
    except yaml.MarkedYAMLError as problem:
        raise _broken(name, problem, error) from None
    except yaml.reader.ReaderError as problem:
        line = text.count("\n", 0, problem.position) + 1
        raise error(
            f"{name}, line {line}: holds an invisible character that YAML does not allow.",
            remedy="Type the line anew.",
        ) from None


def _broken(name: str, problem: yaml.MarkedYAMLError, error: type[BotError]) -> BotError:
    mark = problem.problem_mark or problem.context_mark
    where = f"{name}, line {mark.line + 1}, column {mark.column + 1}" if mark else name
    said = problem.problem or "not understood"
    if "'\\t'" in said:
        return error(f"{where}: a tab stands here.", remedy="Indent with spaces; YAML knows no tabs.")
    return error(
        f"{where}: this is not YAML ({said}).",
        remedy="Check this line and the one above: indentation, a blank after each colon, closed quotes.",
    )


def _spot(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    assert mark is not None, "every event of a text has a position"
    return mark.line + 1, mark.column + 1


class _Builder:
    """Build a document from YAML events; ``DEPTH_LIMIT`` bounds the recursion."""

    def __init__(self, name: str, error: type[BotError], parser: type) -> None:
        self.name = name
        self.error = error
        self.parser = parser
        self.lines: dict[KeyPath, int] = {}

    def build(self, text: str) -> Document:
        self.events = iter(yaml.parse(text, Loader=self.parser))
        data: Data = None
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.refuse(event, "a second document begins here ('---')", "Keep one document a file.")
                data = self.value(next(self.events), ())
        return Document(name=self.name, data=data, lines=self.lines)

    def value(self, event: yaml.Event, path: KeyPath) -> Data:
        if isinstance(event, yaml.AliasEvent):
            self.refuse(event, "names with & and * are not used here", "Write the value out.")
        if getattr(event, "tag", None) not in _PLAIN_TAGS:
            self.refuse(event, "tags with ! are not used here", "Write the plain value.")
        if len(path) > DEPTH_LIMIT:
            self.refuse(event, "lists and sections stand too deep in each other", "Check the brackets.")
        if isinstance(event, yaml.MappingStartEvent):
            return self.section(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.entries(path)
        assert isinstance(event, yaml.ScalarEvent), "no other event begins a value"
        plain = event.implicit[0]
        return None if plain and event.value in _EMPTY else str(event.value)

    def section(self, path: KeyPath) -> Data:
        found: dict[str, Data] = {}
        for event in takewhile(lambda event: not isinstance(event, yaml.MappingEndEvent), self.events):
            if not isinstance(event, yaml.ScalarEvent):
                self.refuse(event, "a list or section cannot be a key", "Write the key as one word.")
            key = str(event.value)
            if key in found:
                first = self.lines[(*path, key)]
                self.refuse(
                    event, f"'{shown(key)}' stands here a second time (first in line {first})", "Keep one."
                )
            self.lines[(*path, key)] = _spot(event)[0]
            found[key] = self.value(next(self.events), (*path, key))
        return found

    def entries(self, path: KeyPath) -> Data:
        found: list[Data] = []
        for event in takewhile(lambda event: not isinstance(event, yaml.SequenceEndEvent), self.events):
            entry = (*path, len(found))
            self.lines[entry] = _spot(event)[0]
            found.append(self.value(event, entry))
        return found

    def refuse(self, event: yaml.Event, what: str, remedy: str) -> NoReturn:
        line, column = _spot(event)
        raise self.error(f"{self.name}, line {line}, column {column}: {what}.", remedy=remedy)
