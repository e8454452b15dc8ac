"""Results as rows for a spreadsheet, and as JSON: the shown numbers, and nothing that was not shown."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.model import Round
from bot.core.release import Count, Published, Release
from bot.core.summary import Result

COLUMNS = (
    "channel",
    "round",
    "opened_at",
    "closed_at",
    "dimension",
    "side",
    "withheld",
    "replies",
    "audience",
    "kind",
    "text",
    "reversed",
    "group",
    "of",
    "at_least",
    "at_most",
)
"""One row for each shown thing. ``kind``: question, item, tag, quote, removed quote.

``group``: newer, longer or unsaid, where a statement was shown by how long people have been in the team, a
row for each; empty where it was shown in total.
"""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "|", "%")
"""What a spreadsheet may take for the beginning of a formula. Source: OWASP, CSV injection."""


def as_csv(results: Iterable[Result]) -> str:
    """The results as CSV (RFC 4180, lines ending in CR LF), a row for each statement, tag and quote.

    A text that a spreadsheet could take for a formula begins with an apostrophe. Times are ISO 8601 with
    the offset of the round's zone.
    """
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, COLUMNS, restval="")
    writer.writeheader()
    for round_, result in results:
        for row in _rows(round_, result):
            writer.writerow({key: _cell(value) for key, value in row.items()})
    return written.getvalue()


def as_json(results: Iterable[Result]) -> str:
    """The results as a JSON list; times are ISO 8601 with the offset of the round's zone."""
    data = [result_data(round_, result) for round_, result in results]
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def result_data(round_: Round, release: Release) -> dict[str, Any]:
    """A result as plain data: the shown numbers, times in ISO 8601 with offset.

    A statement has ``agree``, in total, or ``agree_by_group``; never both, as in the result itself.
    """
    data: dict[str, Any] = {
        "channel": round_.channel,
        "round": round_.number,
        "dimension": round_.prompt.dimension,
        "label": round_.prompt.label,
        "side": round_.prompt.side.value,
        "question": round_.prompt.question,
        "opened_at": _when(round_.opened_at, round_),
        "closed_at": _when(round_.closes_at, round_),
        "withheld": not isinstance(release, Published),
    }
    if not isinstance(release, Published):
        return data
    asked = {item.id: item for item in round_.prompt.items}
    tags = {tag.id: tag.text for tag in round_.prompt.tags}
    return data | {
        "replies": release.replies,
        "audience": release.audience,
        "items": [
            {
                "id": one.item,
                "statement": asked[one.item].text,
                "reversed": asked[one.item].reversed,
                "agree": _bounds(one.count) if one.count else None,
                "agree_by_group": [{"group": part.group.value, **_bounds(part.count)} for part in one.groups],
            }
            for one in release.items
        ],
        "tags": [{"tag": tags[one.tag], "chosen": _bounds(one.count)} for one in release.tags],
        "quotes": list(release.quotes),
        "quotes_removed_on": [day.isoformat() for day in release.removed],
    }


def _bounds(count: Count) -> dict[str, int]:
    return {"of": count.of, "at_least": count.low, "at_most": count.high}


def _when(when: datetime, round_: Round) -> str:
    return when.astimezone(ZoneInfo(round_.zone)).isoformat(timespec="seconds")


def _rows(round_: Round, release: Release) -> Iterator[dict[str, Any]]:
    data = result_data(round_, release)
    common = {key: data[key] for key in COLUMNS if key in data}
    common["withheld"] = str(data["withheld"]).lower()
    yield {**common, "kind": "question", "text": data["question"]}
    for item in data.get("items", ()):
        turned = str(item["reversed"]).lower()
        row = {**common, "kind": "item", "text": item["statement"], "reversed": turned}
        for shown in item["agree_by_group"] or [item["agree"] or {}]:
            yield {**row, **shown}
    for tag in data.get("tags", ()):
        yield {**common, "kind": "tag", "text": tag["tag"], **tag["chosen"]}
    for quote in data.get("quotes", ()):
        yield {**common, "kind": "quote", "text": quote}
    for day in data.get("quotes_removed_on", ()):
        yield {**common, "kind": "removed quote", "text": f"a quote was removed on {day}"}


def _cell(value: Any) -> Any:
    """Text that no spreadsheet runs; numbers as they are."""
    if not isinstance(value, str):
        return value
    clean = value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    begins = clean.startswith(_FORMULA) or clean.lstrip().startswith(_FORMULA)
    return f"'{clean}" if begins else clean
