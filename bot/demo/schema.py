"""Provide small checks from which the checks of Block Kit are built."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

Check = Callable[["Report", str, Any], None]
"""Checks the value at a JSON pointer, and adds what is wrong to the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One thing that Slack refuses. ``pointer`` is a JSON pointer into the payload."""

    pointer: str
    code: str
    message: str

    def as_json(self) -> dict[str, str]:
        """Return the issue as ``blocks.validate`` lists it."""
        return {"pointer": self.pointer, "code": self.code, "message": self.message}

    def as_text(self) -> str:
        """Return the issue as ``chat.postMessage`` and ``views.open`` word it."""
        return f"{self.message} [json-pointer:{self.pointer}]"


@dataclass(slots=True)
class Report:
    """The issues found in a payload."""

    issues: list[Issue] = field(default_factory=list)

    def add(self, pointer: str, message: str, code: str = "failed_constraint") -> None:
        """Add an issue."""
        self.issues.append(Issue(pointer=pointer, code=code, message=message))


def string(longest: int, *, shortest: int = 1, one_of: Collection[str] = ()) -> Check:
    """Accept a string of ``shortest`` to ``longest`` characters; with ``one_of``, only these strings."""

    def check(report: Report, at: str, value: Any) -> None:
        if not isinstance(value, str):
            report.add(at, "must be a string")
        elif len(value) > longest:
            report.add(at, f"must be less than {longest + 1} characters")
        elif len(value) < shortest:
            report.add(at, f"must be more than {shortest - 1} characters")
        elif one_of and value not in one_of:
            report.add(at, f"must be one of {', '.join(sorted(one_of))}")

    return check


def enum(*values: str) -> Check:
    """Accept one of these strings."""
    return string(100, one_of=values)


def boolean(report: Report, at: str, value: Any) -> None:
    """Accept true or false."""
    if not isinstance(value, bool):
        report.add(at, "must be a boolean")


def integer(low: int, high: int) -> Check:
    """Accept a whole number from ``low`` to ``high``."""

    def check(report: Report, at: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            report.add(at, "must be an integer")
        elif not low <= value <= high:
            report.add(at, f"must be between {low} and {high}")

    return check


def array(item: Check, low: int, high: int) -> Check:
    """Accept a list of ``low`` to ``high`` items that ``item`` accepts."""

    def check(report: Report, at: str, value: Any) -> None:
        if not isinstance(value, list):
            report.add(at, "must be an array")
            return
        if len(value) > high:
            report.add(at, f"no more than {high} items allowed")
        if len(value) < low:
            report.add(at, f"no less than {low} items allowed")
        for index, part in enumerate(value):
            item(report, f"{at}/{index}", part)

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check], *also: Check) -> Check:
    """Accept an object with all required fields and no unknown ones; then apply ``also``."""
    known = {**required, **optional}

    def check(report: Report, at: str, value: Any) -> None:
        if not isinstance(value, dict):
            report.add(at, "must be an object")
            return
        for name in required.keys() - value.keys():
            report.add(at, f"missing required field: {name}", "missing_field")
        for name, part in value.items():
            if name not in known:
                report.add(f"{at}/{name}", f"unexpected field: {name}", "unexpected_field")
                continue
            known[name](report, f"{at}/{name}", part)
        before = len(report.issues)
        for further in also if before == 0 or not _spoiled(report, at) else ():
            further(report, at, value)

    return check


def _spoiled(report: Report, at: str) -> bool:
    return any(issue.pointer == at or issue.pointer.startswith(f"{at}/") for issue in report.issues)


def typed(kinds: Mapping[str, Check]) -> Check:
    """Accept an object whose ``type`` is one of these, and apply the check of that type."""

    def check(report: Report, at: str, value: Any) -> None:
        if not isinstance(value, dict) or not isinstance(value.get("type"), str):
            report.add(at, "must be an object with a type", "missing_field")
        elif value["type"] not in kinds:
            report.add(f"{at}/type", f"unsupported type: {value['type']}", "unsupported_type")
        else:
            kinds[value["type"]](report, at, value)

    return check


def anything(_report: Report, _at: str, _value: Any) -> None:
    """Accept any value."""


KIND = string(40)


def plain_text(longest: int) -> Check:
    """Accept a ``plain_text`` object."""
    return typed({"plain_text": record({"type": KIND, "text": string(longest)}, {"emoji": boolean})})


def any_text(longest: int) -> Check:
    """Accept a ``plain_text`` or ``mrkdwn`` object."""
    words = string(longest)
    return typed(
        {
            "plain_text": record({"type": KIND, "text": words}, {"emoji": boolean}),
            "mrkdwn": record({"type": KIND, "text": words}, {"verbatim": boolean}),
        }
    )
