"""Write results and norms as rows for a spreadsheet, and as JSON: what was shown, and nothing else.

The names of columns and fields, and their fixed values, are English in every language: programs read them.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.counts import Count
from bot.core.language import ENGLISH, Language
from bot.core.model import GONE, Round
from bot.core.norms import Norm
from bot.core.release import Published, Release, Result
from bot.core.taken_down import readable
from bot.core.translation import prompt_in

COLUMNS = (
    "channel", "round", "opened_at", "closed_at", "dimension", "side", "withheld", "replies", "audience",
    "kind", "text", "reversed", "group", "of", "at_least", "at_most",
    "purpose", "norm", "state", "on", "look_again_on",
)  # fmt: skip
"""One row for each shown thing. ``kind``: question, item, tag, quote, removed quote, proposal, outcome, norm.

``purpose``: what the round was for. A row of kind norm is one step in the history of a norm: ``norm`` names
it, ``state`` says what became of it, ``on`` which day, ``round`` by which round; empty: by an admin.
``group``: newer, longer or unsaid, where a statement was shown by how long people have been in the team, a
row for each; empty where it was shown in total.
"""

_RUNS = r"=+\-@|%\u2212\ufb29\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20"
_BLANK = r"[^\S\t\r\n]|[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
_FORMULA = re.compile(rf"(^(?=[\t\r\n])|(?:^|[;,|\t\r\n\"])(?=(?:{_BLANK})*[{_RUNS}]))")
"""Where a spreadsheet may take a text for a formula: where a cell begins (OWASP, CSV injection).

With another separator than ours, a cell begins inside a text, too: behind a separator, a quote or a line end.
"""


def as_csv(results: Iterable[Result], ledger: Iterable[Norm] = (), language: Language = ENGLISH) -> str:
    """Write the results as CSV (RFC 4180, lines end in CR LF): a row for each statement, tag and quote.

    The ledger follows: a row for each step of a norm, the norms as they were first written.

    Texts stand in quotes, numbers do not. An apostrophe stands before whatever a spreadsheet could
    take for a formula. Times are ISO 8601 with the offset of the round's zone. ``language``: of the texts of
    prompts.
    """
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, COLUMNS, restval="", quoting=csv.QUOTE_NONNUMERIC)
    writer.writeheader()
    rows = chain(*(_rows(*result, language) for result in results), *map(_norm_rows, ledger))
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return written.getvalue()


def as_json(results: Iterable[Result], ledger: Iterable[Norm] = (), language: Language = ENGLISH) -> str:
    """Write the results and then the norms as a JSON list; times are ISO 8601 with the offset of the zone.

    Each entry says which it is: ``entry`` is round or norm. ``language``: of the texts of prompts.
    """
    data = [result_data(round_, result, language) for round_, result in results]
    data += map(norm_data, ledger)
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def result_data(round_: Round, release: Release, language: Language) -> dict[str, Any]:
    """Turn a result into plain data: the shown numbers, times in ISO 8601 with offset.

    A statement has ``agree``, in total, or ``agree_by_group``; never both, as in the result itself. The texts
    of the prompt are in the language, or as they were asked where they have no translation into it.
    """
    prompt = prompt_in(round_.prompt, language.code)
    data: dict[str, Any] = {
        "entry": "round",
        "purpose": prompt.kind.value,
        "channel": round_.channel,
        "round": round_.number,
        "dimension": prompt.dimension,
        "label": prompt.label,
        "side": prompt.side.value,
        "question": readable(prompt.question, language),
        "opened_at": _when(round_.opened_at, round_),
        "closed_at": _when(round_.closes_at, round_),
        "withheld": not isinstance(release, Published),
    }
    if not isinstance(release, Published):
        return data
    asked = {statement.id: statement for statement in prompt.statements}
    tags = {tag.id: tag.text for tag in prompt.tags}
    return data | {
        "replies": release.replies,
        "audience": release.audience,
        "items": [
            {
                "id": one.statement,
                "statement": readable(asked[one.statement].text, language),
                "reversed": asked[one.statement].reversed,
                "agree": _bounds(one.count) if one.count else None,
                "agree_by_group": [{"group": part.group.value, **_bounds(part.count)} for part in one.groups],
            }
            for one in release.statements
        ],
        "tags": [{"tag": tags[one.tag], "chosen": _bounds(one.count)} for one in release.tags],
        "quotes": list(release.quotes),
        "quotes_removed_on": [day.isoformat() for day in release.removed],
        "proposals": list(release.proposals),
        "outcome": release.outcome.value if release.outcome else None,
        "tied": release.tied,
    }


def norm_data(norm: Norm) -> dict[str, Any]:
    """Turn a norm into plain data: its whole history, oldest step first; days in ISO 8601."""
    return {
        "entry": "norm",
        "channel": norm.channel,
        "norm": _named(norm),
        "text": norm.text,
        "state": norm.state.value,
        "look_again_on": norm.look_again_on.isoformat() if norm.look_again_on else None,
        "steps": [
            {"state": one.state.value, "on": one.on.isoformat(), "round": one.round, "reason": one.reason}
            for one in norm.steps
        ],
    }


def _named(norm: Norm) -> str:
    """Name a norm by its handle and the round that published it: handles begin anew in each such round."""
    return f"{norm.handle}, round {norm.steps[0].round}"


def _bounds(count: Count) -> dict[str, int]:
    return {"of": count.of, "at_least": count.low, "at_most": count.high}


def _when(when: datetime, round_: Round) -> str:
    return when.astimezone(ZoneInfo(round_.zone)).isoformat(timespec="seconds")


def _rows(round_: Round, release: Release, language: Language) -> Iterator[dict[str, Any]]:
    data = result_data(round_, release, language)
    common = {key: data[key] for key in COLUMNS if key in data}
    common["withheld"] = str(data["withheld"]).lower()
    yield {**common, "kind": "question", "text": data["question"]}
    for statement in data.get("items", ()):
        turned = str(statement["reversed"]).lower()
        row = {**common, "kind": "item", "text": statement["statement"], "reversed": turned}
        for shown in statement["agree_by_group"] or [statement["agree"] or {}]:
            yield {**row, **shown}
    for tag in data.get("tags", ()):
        yield {**common, "kind": "tag", "text": tag["tag"], **tag["chosen"]}
    for quote in data.get("quotes", ()):
        yield {**common, "kind": "quote", "text": quote}
    for day in data.get("quotes_removed_on", ()):
        # Translators: in a spreadsheet; {day} is such as 2026-12-01.
        text = language.gettext("a quote was removed on {day}", day=day)
        yield {**common, "kind": "removed quote", "text": text}
    for text in data.get("proposals", ()):
        yield {**common, "kind": "proposal", "text": text or readable(GONE, language)}
    if data.get("outcome"):
        yield {**common, "kind": "outcome", "text": f"{data['outcome']}{' (a tie)' if data['tied'] else ''}"}


def _norm_rows(norm: Norm) -> Iterator[dict[str, Any]]:
    """Write a row for each step; the newest has the day from which the channel looks again."""
    data = norm_data(norm)
    common = {"channel": norm.channel, "kind": "norm", "norm": data["norm"]}
    for step in data["steps"]:
        again = data["look_again_on"] if step is data["steps"][-1] else ""
        row = {"round": step["round"], "state": step["state"], "on": step["on"], "look_again_on": again}
        yield {**common, **row, "text": step["reason"] or norm.text}


def _cell(value: Any) -> Any:
    """Return text that no spreadsheet runs as a formula; leave numbers as they are."""
    if not isinstance(value, str):
        return value
    clean = value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return _FORMULA.sub(r"\1'", clean)
