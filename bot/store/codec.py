"""Core values as JSON, driven by their own type hints.

A field that was added later has its default in rows that are older. A class carries its name as ``kind``, by
which a union of classes is read; a field called ``kind`` is therefore stored as ``kind_``.
``tests/contracts/test_codec.py`` holds the stored form, so that a rename is noticed.
"""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, NewType, Union, cast, get_args, get_origin, get_type_hints

Json = Any
"""What ``json`` can write."""

_Reader = Callable[[Json], Any]


def dumps(value: object) -> str:
    """The value as compact JSON. Durations are whole seconds; raises ``ValueError`` for others."""
    return json.dumps(encode(value), ensure_ascii=False, separators=(",", ":"))


def loads(hint: Any, text: str) -> Any:
    """The value of this type that ``dumps`` wrote; raises ``ValueError`` for anything else."""
    try:
        return decode(hint, json.loads(text))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is not a stored {getattr(hint, '__name__', hint)}") from error


def encode(value: object) -> Json:
    """The value as something that JSON can hold."""
    if isinstance(value, Enum):
        return value.value
    for kind, write, _ in _LEAVES:
        if isinstance(value, kind):
            return write(value)
    match value:
        case tuple() | list():
            return [encode(item) for item in value]
        case None | bool() | int() | float() | str():
            return value
    return _encode_fields(value)


def decode(hint: Any, data: Json) -> Any:
    """The value of this type; the inverse of ``encode``."""
    return _reader_of(hint)(data)


def time_text(moment: datetime) -> str:
    """The moment in UTC with microseconds, so that text order is time order; raises ``ValueError``."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment_of(text: str) -> datetime:
    """The moment of a text that ``time_text`` wrote; raises ``ValueError`` for one without a time zone.

    Else it would be compared with one that has its zone, far from the row that it stands in.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a stored moment has its time zone")
    return moment


def seconds(duration: timedelta) -> int:
    """The duration in whole seconds; raises ``ValueError`` when it has a fraction."""
    whole, rest = divmod(duration, timedelta(seconds=1))
    if rest:
        raise ValueError("a duration is stored in whole seconds")
    return whole


_LEAVES: tuple[tuple[type, Callable[[Any], Json], Callable[[Any], Any]], ...] = (
    (datetime, time_text, moment_of),  # before date, of which it is a kind
    (date, date.isoformat, date.fromisoformat),
    (time, time.isoformat, time.fromisoformat),
    (timedelta, seconds, lambda data: timedelta(seconds=data)),
)


def _encode_fields(value: Any) -> Json:
    if not is_dataclass(value):
        raise TypeError(f"{type(value).__name__} has no stored form")
    own = {_key(field.name): encode(getattr(value, field.name)) for field in fields(value)}
    return {"kind": type(value).__name__} | own


@cache
def _reader_of(hint: Any) -> _Reader:
    """What reads a value of this type. Made once for each: a channel may have hundreds of results to read."""
    while isinstance(hint, NewType):
        hint = hint.__supertype__
    if get_origin(hint) is not None:
        return _generic_reader(get_origin(hint), get_args(hint))
    for kind, _, read in _LEAVES:
        if hint is kind:
            return read
    if is_dataclass(hint):
        return _fields_reader(hint)
    if issubclass(hint, Enum):
        return cast(_Reader, hint)
    return _plain_reader(hint)


def _plain_reader(hint: Any) -> _Reader:
    def read(data: Json) -> Any:
        if not isinstance(data, hint):
            raise TypeError(hint.__name__)
        return data

    return read


def _fields_reader(class_: Any) -> _Reader:
    readers = {name: _reader_of(hint) for name, hint in get_type_hints(class_).items()}

    def read(data: Json) -> Any:
        stored = {name: _key(name) for name in readers if _key(name) in data}
        return class_(**{name: readers[name](data[key]) for name, key in stored.items()})

    return read


def _key(field: str) -> str:
    """Under which key a field is stored."""
    return "kind_" if field == "kind" else field


def _generic_reader(origin: Any, arguments: tuple[Any, ...]) -> _Reader:
    if origin in (Union, UnionType):
        return _union_reader(arguments)
    if origin is not tuple:
        raise TypeError(f"{origin} has no stored form")
    return _tuple_reader(arguments)


def _union_reader(hints: tuple[Any, ...]) -> _Reader:
    """Reads one of several: None, where it may be that; else the only one, or the one that ``kind`` names."""
    readers = {hint.__name__: _reader_of(hint) for hint in hints if hint is not NoneType}
    only = next(iter(readers.values())) if len(readers) == 1 else None
    may_be_none = NoneType in hints

    def read(data: Json) -> Any:
        if data is None and may_be_none:
            return None
        return only(data) if only else readers[data["kind"]](data)

    return read


def _tuple_reader(hints: tuple[Any, ...]) -> _Reader:
    if hints[1:] == (Ellipsis,):
        one = _reader_of(hints[0])
        return lambda data: tuple(map(one, data))
    readers = [_reader_of(hint) for hint in hints]
    return lambda data: tuple(reader(item) for reader, item in zip(readers, data, strict=True))
