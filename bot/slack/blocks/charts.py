"""Charts as Slack draws them: the shown numbers, a merged end as its range and never as a point."""

from collections.abc import Sequence

from bot.core.release import Count
from bot.core.replies import Tenure
from bot.core.summary import Statement, Summary
from bot.slack.blocks.kit import Block

GROUPS = {Tenure.NEWER: "Newer", Tenure.LONGER: "Longer", Tenure.UNSAID: "Not said"}
"""The tenure groups in a chart, where a name has at most 20 characters."""


def summary_chart(found: Summary) -> Block | None:
    """Bars of the shown counts; a merged end is drawn as its range, never as a point. None without counts."""
    counted = [one for one in found.statements if one.count]
    if not counted:
        return None
    if any(one.groups for one in counted):
        return chart_block("How many agree, by time here", "bar", _by_group(counted), "People")
    shown = [(f"Statement {one.number}", one.count) for one in counted if one.count]
    bars = _bars("Agree", shown)
    answered = {count.of for _, count in shown}
    title = f"How many of {answered.pop()} agree" if len(answered) == 1 else "How many agree"
    return chart_block(title, "bar", bars, "People")


def _by_group(counted: Sequence[Statement]) -> list[Block]:
    """Bars for each tenure group; side by side, where every statement was shown for the same groups.

    All series of a chart have the same points, so where some statement was shown otherwise, or in total, each
    number is a point of its own.
    """
    names = {tuple(one.group for one in statement.groups) for statement in counted}
    if len(names) > 1:
        return _bars("Agree", [point for statement in counted for point in _points(statement)])
    return [
        bar
        for place, group in enumerate(names.pop())
        for bar in _bars(
            GROUPS[group],
            [(f"Statement {one.number}", one.groups[place].count) for one in counted],
        )
    ]


def _points(statement: Statement) -> list[tuple[str, Count]]:
    if statement.groups:
        return [(f"{statement.number}, {GROUPS[one.group].lower()}", one.count) for one in statement.groups]
    return [(f"{statement.number}, all", statement.count)] if statement.count else []


def _bars(name: str, shown: Sequence[tuple[str, Count]]) -> list[Block]:
    """One series where every number is exact, else one for each bound."""
    lows = [(label, count.low) for label, count in shown]
    if all(count.exact for _, count in shown):
        return [series(name, lows)]
    highs = [(label, count.high) for label, count in shown]
    return [series(f"{name}, at least", lows), series(f"{name}, at most", highs)]


def series(name: str, points: Sequence[tuple[str, int]]) -> Block:
    """One series of a chart."""
    return {"name": name, "data": [{"label": label, "value": value} for label, value in points]}


def chart_block(title: str, kind: str, drawn: Sequence[Block], y_label: str) -> Block:
    """A chart of these series, which all have the same points. Slack takes 6 series of 20 points."""
    categories = [point["label"] for point in drawn[0]["data"]]
    return {
        "type": "data_visualization",
        "title": title,
        "chart": {
            "type": kind,
            "series": list(drawn),
            "axis_config": {"categories": categories, "y_label": y_label},
        },
    }
