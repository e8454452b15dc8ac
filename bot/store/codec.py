"""Core values as JSON, driven by their own type hints.

A field that was added later has its default in rows that are older. A union of classes carries the name of
its class as ``kind``; ``tests/contracts/test_codec.py`` holds the stored form, so that a rename is noticed.
"""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

Json = Any
"""What ``json`` can write."""


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
    while isinstance(hint, NewType):
        hint = hint.__supertype__
    if get_origin(hint) is not None:
        return _decode_generic(get_origin(hint), get_args(hint), data)
    for kind, _, read in _LEAVES:
        if hint is kind:
            return read(data)
    if is_dataclass(hint):
        return _decode_fields(hint, data)
    if issubclass(hint, Enum):
        return hint(data)
    if not isinstance(data, hint):
        raise TypeError(hint.__name__)
    return data


def time_text(moment: datetime) -> str:
    """The moment in UTC with microseconds, so that text order is time order; raises ``ValueError``."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def seconds(duration: timedelta) -> int:
    """The duration in whole seconds; raises ``ValueError`` when it has a fraction."""
    whole, rest = divmod(duration, timedelta(seconds=1))
    if rest:
        raise ValueError("a duration is stored in whole seconds")
    return whole


_LEAVES: tuple[tuple[type, Callable[[Any], Json], Callable[[Any], Any]], ...] = (
    (datetime, time_text, datetime.fromisoformat),  # before date, of which it is a kind
    (date, date.isoformat, date.fromisoformat),
    (time, time.isoformat, time.fromisoformat),
    (timedelta, seconds, lambda data: timedelta(seconds=data)),
)


def _encode_fields(value: Any) -> Json:
    if not is_dataclass(value):
        raise TypeError(f"{type(value).__name__} has no stored form")
    own = {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    return {"kind": type(value).__name__} | own


def _decode_fields(class_: Any, data: Json) -> Any:
    hints = _hints(class_)
    return class_(**{name: decode(hint, data[name]) for name, hint in hints.items() if name in data})


@cache
def _hints(class_: Any) -> dict[str, Any]:
    return get_type_hints(class_)


def _decode_generic(origin: Any, arguments: tuple[Any, ...], data: Json) -> Any:
    if origin in (Union, UnionType):
        return _decode_union(arguments, data)
    if origin is not tuple:
        raise TypeError(f"{origin} has no stored form")
    return _decode_tuple(arguments, data)


def _decode_union(hints: tuple[Any, ...], data: Json) -> Any:
    if data is None and NoneType in hints:
        return None
    rest = [hint for hint in hints if hint is not NoneType]
    if len(rest) == 1:
        return decode(rest[0], data)
    by_name = {hint.__name__: hint for hint in rest}
    return decode(by_name[data["kind"]], data)


def _decode_tuple(hints: tuple[Any, ...], data: Json) -> tuple[Any, ...]:
    if hints[1:] == (Ellipsis,):
        return tuple(decode(hints[0], item) for item in data)
    return tuple(decode(hint, item) for hint, item in zip(hints, data, strict=True))
