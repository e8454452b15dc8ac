"""Results as rows and as JSON: everything that was shown, and nothing that a spreadsheet runs."""

import csv
import io
import json
import re
import unicodedata
from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.release import Published, Result, Withheld
from bot.report import as_csv, as_json
from bot.report.export import COLUMNS
from tests.report.test_page import HOSTILE, result
from tests.slack.samples import a_round, by_group


def rows(results: tuple[Result, ...]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(results), newline="")))


def test_every_shown_number_is_a_row(sample: tuple[Result, ...]) -> None:
    expected = [
        (str(round_.number), str(one.count.of), str(one.count.low), str(one.count.high))
        for round_, found in sample
        if isinstance(found, Published)
        for one in (*found.statements, *found.tags)
        if one.count
    ]

    assert expected == [
        (row["round"], row["of"], row["at_least"], row["at_most"])
        for row in rows(sample)
        if row["kind"] in {"item", "tag"}
    ]


def test_a_withheld_round_is_one_row_without_a_number(sample: tuple[Result, ...]) -> None:
    withheld = tuple(one for one in sample if isinstance(one[1], Withheld))

    assert {("true", "question", "", "", "", "", "")} == {
        (
            row["withheld"],
            row["kind"],
            *(row[key] for key in ("replies", "audience", "of", "at_least", "at_most")),
        )
        for row in rows(withheld)
    }
    assert len(withheld) == len(rows(withheld))


def test_times_have_an_offset(sample: tuple[Result, ...]) -> None:
    times = [datetime.fromisoformat(row[key]) for row in rows(sample) for key in ("opened_at", "closed_at")]

    assert all(time.utcoffset() for time in times)
    assert {"+01:00", "+02:00"} == {row["opened_at"][-6:] for row in rows(sample)}


RUN = (
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\u200b=1", "\ufeff=1"),
    *("\uff1d1", "\uff0b1", "\u22121", "\ufe661", "|cmd", "%0A", "=cmd|' /C calc'!A0"),
    *("well;=1+1", "well; =1", 'well";=1', 'well";"=1', '"=1', '";"=1', 'x"";""=1', "x;;=1;", "x;\u200b-1"),
    *("a,=1+1", 'a","=1', "a\n=1", "a\r\n@SUM(1)", "a\t=1", "a|=1", 'x;\'=1;y,=2,"=3"'),
)


def cells_of_any_reader(text: str) -> list[str]:
    """What may be a cell, whatever a reader takes for the separator, and whether it heeds quotes or not."""
    return [cell.strip(" \u00a0\u200b\ufeff") for cell in re.split(r"[;,|\t\r\n\"]", text)]


@pytest.mark.attack
@pytest.mark.parametrize("text", RUN)
def test_no_cell_of_any_reader_begins_like_a_formula(text: str) -> None:
    starts = {
        unicodedata.normalize("NFKC", cell)[:1] for cell in cells_of_any_reader(as_csv((result(text),)))
    }

    assert not starts & set("=+-@%|\u2212")


@pytest.mark.attack
@given(
    st.one_of(st.text(max_size=20), st.text(st.sampled_from(" ab=+-@;,\"'\t\r\n|%\u00a0\uff1d"), max_size=12))
)
def test_no_cell_whatever_it_holds_begins_like_a_formula(words: str) -> None:
    written = as_csv((result(words),))

    assert not {cell[:1] for cell in cells_of_any_reader(written)} & set("=+-@\uff1d")
    assert not {row["text"][:1] for row in rows((result(words),))} & set("=+-@\t\r\n\uff1d")


def test_every_text_is_quoted_and_no_number_is(sample: tuple[Result, ...]) -> None:
    lines = as_csv(sample).split("\r\n")[:-1]
    numbers = {COLUMNS.index(key) for key in ("round", "replies", "audience", "of", "at_least", "at_most")}

    assert all(re.fullmatch(r'(?:\d+|"(?:[^"]|"")*")(?:,(?:\d+|"(?:[^"]|"")*"))*', line) for line in lines)
    for found in csv.reader(lines[1:], quoting=csv.QUOTE_NONNUMERIC):
        assert all(isinstance(cell, str) or place in numbers for place, cell in enumerate(found))
        assert isinstance(found[COLUMNS.index("round")], float)


@pytest.mark.parametrize("text", ["10-12 people; well - so", 'a "word" is a = b', "we are 50/50, or so"])
def test_an_ordinary_text_has_no_apostrophe_that_was_not_in_it(text: str) -> None:
    assert {text} == {row["text"] for row in rows((result(text),))}


@given(HOSTILE)
def test_any_text_comes_back_from_the_csv_but_for_apostrophes(words: str) -> None:
    said = words.replace("\0", "\ufffd").encode("utf-8", "replace").decode()

    assert {said.replace("'", "")} == {row["text"].replace("'", "") for row in rows((result(words),))}
    assert all(set(row) == set(COLUMNS) for row in rows((result(words),)))


def test_lines_end_as_the_rfc_says(sample: tuple[Result, ...]) -> None:
    assert as_csv(sample[:1]).endswith("\r\n")
    assert as_csv(()) == ",".join(f'"{name}"' for name in COLUMNS) + "\r\n"


def test_json_holds_the_same_and_says_what_was_removed(sample: tuple[Result, ...]) -> None:
    round_, found = result("somebody said this")
    assert isinstance(found, Published)
    (data,) = json.loads(as_json([(round_, replace(found, removed=(date(2026, 12, 1),)))]))

    assert data["items"][0]["agree"] == {"of": 14, "at_least": 5, "at_most": 5}
    assert data["quotes_removed_on"] == ["2026-12-01"]
    assert len(json.loads(as_json(sample))) == len(sample)
    assert [one["round"] for one in json.loads(as_json(sample))] == [round_.number for round_, _ in sample]


def test_a_removed_quote_is_a_row_that_says_so() -> None:
    round_, found = result()
    assert isinstance(found, Published)
    taken = replace(found, quotes=(), removed=(date(2026, 12, 1),))

    assert rows(((round_, taken),))[-1]["text"] == "a quote was removed on 2026-12-01"


def test_a_statement_shown_by_group_is_a_row_for_each_and_has_no_total() -> None:
    split = (a_round(), by_group(a_round(), 9, 15, 6, skip=5))
    statements = [row for row in rows((split,)) if row["kind"] == "item"]

    assert [("newer", "9", "7", "9"), ("longer", "15", "12", "15"), ("unsaid", "6", "4", "6")] == [
        (row["group"], row["of"], row["at_least"], row["at_most"]) for row in statements[:3]
    ]
    assert ["newer", "longer", "unsaid"] * 2 + [""] == [row["group"] for row in statements]
    (data,) = json.loads(as_json([split]))
    first, *_, last = data["items"]
    assert first["agree"] is None
    assert {"group": "newer", "of": 9, "at_least": 7, "at_most": 9} == first["agree_by_group"][0]
    assert last["agree"]
    assert last["agree_by_group"] == []
