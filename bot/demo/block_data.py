"""Check charts and tables. Where published limits differ, the lower one holds here."""

from typing import Any

from bot.demo.schema import (
    KIND,
    Check,
    Report,
    array,
    boolean,
    enum,
    integer,
    number,
    record,
    string,
    typed,
)

MAX_SERIES = 6
MAX_POINTS = 20
MAX_ROWS = 100
MAX_COLUMNS = 20
MAX_TABLE_CHARS = 10_000

BLOCK_ID = string(255)


def _points_match(report: Report, at: str, chart: dict[str, Any]) -> None:
    categories = chart["axis_config"]["categories"]
    names = [series["name"] for series in chart["series"]]
    if len(set(names)) < len(names):
        report.add(f"{at}/series", "series names must be unique")
    if len(set(categories)) < len(categories):
        report.add(f"{at}/axis_config/categories", "categories must be unique")
    for index, series in enumerate(chart["series"]):
        labels = [point["label"] for point in series["data"]]
        if sorted(labels) != sorted(categories):
            report.add(f"{at}/series/{index}/data", "must have exactly one point for each category")


_PIE = record(
    {
        "type": KIND,
        "segments": array(record({"label": string(20), "value": number(above=0)}, {}), 1, MAX_SERIES),
    },
    {},
)
_SERIES = record(
    {
        "name": string(20),
        "data": array(record({"label": string(20), "value": number()}, {}), 1, MAX_POINTS),
    },
    {},
)
_AXES = record(
    {"categories": array(string(20), 1, MAX_POINTS)}, {"x_label": string(50), "y_label": string(50)}
)
_PLOT = record(
    {"type": KIND, "series": array(_SERIES, 1, MAX_SERIES), "axis_config": _AXES}, {}, _points_match
)

DATA_VISUALIZATION: Check = record(
    {
        "type": KIND,
        "title": string(50),
        "chart": typed({"pie": _PIE, "bar": _PLOT, "area": _PLOT, "line": _PLOT}),
    },
    {"block_id": BLOCK_ID},
)


def table_chars(block: dict[str, Any]) -> int:
    """Count the characters in the cells of a table block."""
    return sum(_cell_chars(cell) for row in block["rows"] for cell in row)


def _cell_chars(cell: Any) -> int:
    if isinstance(cell, list):
        return sum(_cell_chars(part) for part in cell)
    if not isinstance(cell, dict):
        return 0
    own = len(cell["text"]) if isinstance(cell.get("text"), str) else 0
    return own + _cell_chars(cell.get("elements", []))


def _same_width(report: Report, at: str, block: dict[str, Any]) -> None:
    if len({len(row) for row in block["rows"]}) > 1:
        report.add(f"{at}/rows", "all rows must have the same number of cells")
    if table_chars(block) > MAX_TABLE_CHARS:
        report.add(f"{at}/rows", f"a table must be less than {MAX_TABLE_CHARS + 1} characters")


def _plain_header(report: Report, at: str, block: dict[str, Any]) -> None:
    if any(cell["type"] == "rich_text" for cell in block["rows"][0]):
        report.add(f"{at}/rows/0", "the header row cannot hold rich_text")


_RAW_TEXT = record({"type": KIND, "text": string(MAX_TABLE_CHARS)}, {})


def tables(rich_text: Check) -> dict[str, Check]:
    """Return the checks of ``data_table`` and ``table``; ``rich_text`` checks the rich text in a cell."""
    cells = {"raw_text": _RAW_TEXT, "rich_text": rich_text}
    raw_number = record({"type": KIND, "value": number(), "text": string(100)}, {})
    data_row = array(typed({**cells, "raw_number": raw_number}), 1, MAX_COLUMNS)
    data_table = record(
        {"type": KIND, "caption": string(2000), "rows": array(data_row, 2, MAX_ROWS)},
        {
            "block_id": BLOCK_ID,
            "page_size": integer(1, 100),
            "row_header_column_index": integer(0, MAX_COLUMNS - 1),
        },
        _same_width,
        _plain_header,
    )
    setting = record({}, {"align": enum("left", "center", "right"), "is_wrapped": boolean})

    def setting_or_null(report: Report, at: str, value: Any) -> None:
        if value is not None:
            setting(report, at, value)

    table = record(
        {"type": KIND, "rows": array(array(typed(cells), 1, MAX_COLUMNS), 1, MAX_ROWS)},
        {"block_id": BLOCK_ID, "column_settings": array(setting_or_null, 1, MAX_COLUMNS)},
        _same_width,
    )
    return {"data_table": data_table, "table": table}
