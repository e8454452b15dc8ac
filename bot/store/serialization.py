"""Write core values as JSON and read them back. cattrs follows their fields; the hooks here add the rest.

Each object has the name of its class as ``kind``, which distinguishes the members of a union. A field called
``kind`` is stored as ``kind_``. Stored rows say *item* for a statement. A field that an older row lacks takes
its default.
``tests/contracts/test_serialization.py`` fixes the stored form, so that a rename is noticed.
"""

from collections.abc import Callable
from dataclasses import is_dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, cast

import orjson
from cattrs import Converter, override
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn
from cattrs.strategies import configure_tagged_union

from bot.core.model import Translations
from bot.core.release import Release
from bot.core.schedule import Recurrence

_STORED_FIELDS: dict[str, Any] = {
    "kind": override(rename="kind_"),
    "statement": override(rename="item"),
    "statements": override(rename="items"),
}
_STORED_KINDS = {"Statement": "Item", "StatementRelease": "ItemRelease"}


def dumps(value: object) -> str:
    """Write the value as compact JSON; raise ``ValueError`` or ``TypeError`` where it has no stored form."""
    return orjson.dumps(_converter.unstructure(value)).decode()


def loads(hint: Any, text: str) -> Any:
    """Read a value of this type that ``dumps`` wrote; raise ``ValueError`` for anything else."""
    try:
        return _converter.structure(orjson.loads(text), hint)
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"this is not a stored {getattr(hint, '__name__', hint)}") from error


def time_text(moment: datetime) -> str:
    """Write the moment in UTC with microseconds, so that text order is time order; raise ``ValueError``."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment_of(text: str) -> datetime:
    """Read a moment that ``time_text`` wrote; raise ``ValueError`` for one without a time zone.

    Without its zone it could not be compared with other moments, and that would fail far from its row.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a stored moment has its time zone")
    return moment


def seconds(duration: timedelta) -> int:
    """Return the duration in whole seconds; raise ``ValueError`` where it has a fraction."""
    whole, rest = divmod(duration, timedelta(seconds=1))
    if rest:
        raise ValueError("a duration is stored in whole seconds")
    return whole


def _object_writer(class_: type, converter: Converter) -> Callable[[Any], dict[str, Any]]:
    write: Callable[[Any], dict[str, Any]] = make_dict_unstructure_fn(class_, converter, **_STORED_FIELDS)
    kind = _STORED_KINDS.get(class_.__name__, class_.__name__)
    return lambda value: {"kind": kind, **write(value)}


def _object_reader(class_: type, converter: Converter) -> Callable[[Any, Any], Any]:
    return make_dict_structure_fn(class_, converter, **_STORED_FIELDS)


def _read_plain(data: Any, hint: type) -> Any:
    """Refuse a value of another type: cattrs would convert it."""
    if not isinstance(data, hint):
        raise TypeError(hint.__name__)
    return data


def _read_translations(data: Any, _: object) -> Translations:
    """Read texts by language and id as they are: cattrs would copy each of them."""
    for texts in _read_plain(data, dict).values():
        if not set(map(type, _read_plain(texts, dict).values())) <= {str}:
            raise TypeError("translations")
    return cast(Translations, data)


_converter = Converter(detailed_validation=False)
_converter.register_unstructure_hook_factory(is_dataclass, _object_writer)
_converter.register_structure_hook_factory(is_dataclass, _object_reader)
_converter.register_structure_hook(StrEnum, lambda data, hint: hint(data))  # or it would be read as a str
for _plain in (bool, int, float, str):
    _converter.register_structure_hook(_plain, _read_plain)
_converter.register_structure_hook_func(lambda hint: hint == Translations, _read_translations)
for _type, _write, _read in (
    (date, date.isoformat, date.fromisoformat),
    (datetime, time_text, moment_of),
    (time, time.isoformat, time.fromisoformat),
    (timedelta, seconds, lambda data: timedelta(seconds=data)),
):
    _converter.register_unstructure_hook(_type, _write)
    _converter.register_structure_hook(_type, lambda data, _, read=_read: read(data))
for _union in (Recurrence, Release):
    configure_tagged_union(_union, _converter, tag_name="kind")
