"""Turn validation errors into sentences: file, line, key, what is wrong, what is accepted."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from bot.config.yaml_documents import Document, KeyPath, shown
from bot.errors import BotError

MOST_SHOWN = 12
"""The number of problems that one error lists."""

_TOKEN_STARTS = ("xox", "xapp-")


class WrongValueError(ValueError):
    """A value that is not accepted: what is wrong with it, and what to write instead."""

    def __init__(self, what: str, remedy: str = "") -> None:
        """Keep what is wrong and what to write instead."""
        self.what = what
        self.remedy = remedy
        super().__init__(what)


class Section(BaseModel):
    """A section of a file. Unknown keys are refused, and a key without a value means its default."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def leave_out_empty(cls, data: Any) -> Any:
        """Remove keys without a value; keep ``holidays:``, where no value means no holidays."""
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in data.items() if value is not None or key == "holidays"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong in a document."""

    path: KeyPath
    what: str
    remedy: str = ""


SectionT = TypeVar("SectionT", bound=Section)


def parse(document: Document, schema: type[SectionT], error: type[BotError]) -> SectionT:
    """Validate a document against its schema; raise ``error`` with every problem found."""
    try:
        return schema.model_validate(document.data)
    except ValidationError as found:
        problems = [_problem(schema, detail) for detail in found.errors(include_url=False)]
    raise error_of(document, problems, error)


def error_of(document: Document, problems: Iterable[Problem], error: type[BotError]) -> BotError:
    """Return the error that lists these problems by line; if there are many, each line has its remedy."""
    ordered = sorted(problems, key=lambda problem: document.line(problem.path))
    if len(ordered) == 1:
        return error(f"{document.place(ordered[0].path)}: {ordered[0].what}.", remedy=ordered[0].remedy)
    lines = [
        f"{document.place(problem.path)}: {problem.what}. {problem.remedy}".strip()
        for problem in ordered[:MOST_SHOWN]
    ]
    if len(ordered) > MOST_SHOWN:
        lines.append(f"... and {len(ordered) - MOST_SHOWN} more.")
    return error("\n".join(lines))


def quoted(value: str) -> str:
    """Return the value in quotes for an error text: shortened if it is long, and never a token."""
    if value.lower().startswith(_TOKEN_STARTS):
        return "a Slack token"
    return f"'{shown(value)}'"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the question "Did you mean ...?" with the most similar known word, or an empty text."""
    close = get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f"Did you mean '{close[0]}'?" if close else ""


def _problem(schema: type[BaseModel], detail: Any) -> Problem:
    path: KeyPath = tuple(detail["loc"])
    cause = detail.get("ctx", {}).get("error")
    if isinstance(cause, WrongValueError):
        return Problem(path=path, what=cause.what, remedy=cause.remedy)
    if detail["type"] == "extra_forbidden":
        return _unknown_key(schema, path)
    if detail["type"] == "missing":
        return Problem(path=path, what="is missing", remedy="Add this key.")
    if detail["type"] in {"tuple_type", "list_type"}:
        return Problem(
            path=path, what="is to be a list", remedy="Write [one, two], or lines that begin with '- '."
        )
    return Problem(
        path=path, what="is to be a section", remedy="Write its keys below it, indented by two spaces."
    )


def _unknown_key(schema: type[BaseModel], path: KeyPath) -> Problem:
    known = _keys_at(schema, path[:-1])
    hint = nearest(str(path[-1]), known)
    accepted = f"Known here: {', '.join(sorted(known))}. One of a newer version needs a newer Belonging Bot."
    return Problem(path=path, what="is no key that is known here", remedy=hint or accepted)


def _keys_at(schema: type[BaseModel], path: KeyPath) -> tuple[str, ...]:
    """Return the keys of the section at this path. Every name in the path must be a section."""
    by_id = False
    for part in path:
        if by_id or isinstance(part, int):  # which one of several sections
            by_id = False
            continue
        annotation = schema.model_fields[part].annotation
        (schema,) = _sections_in(annotation)
        by_id = get_origin(annotation) is dict
    return tuple(schema.model_fields)


def _sections_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [section for argument in get_args(annotation) for section in _sections_in(argument)]
