"""Print the output of every command: text through rich, data as JSON, errors as one message."""

import io
import json
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from enum import StrEnum
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

from bot.errors import BotError

if TYPE_CHECKING:
    from bot.config import Config

PLAIN = bool(os.environ.get("NO_COLOR"))
"""Whether to print no escape sequence at all, not even for bold or progress."""

out = Console(highlight=False, color_system=None if PLAIN else "auto")
err = Console(stderr=True, highlight=False, color_system=None if PLAIN else "auto")
if PLAIN:
    from typer import rich_utils  # only here, since it is large

    rich_utils.COLOR_SYSTEM = None  # typer prints help and errors by consoles of its own

ConfigPath = Annotated[
    Path, typer.Option("--config", help="The configuration file.", show_default="./config.yaml")
]


class LogLevel(StrEnum):
    """How much the log says."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """Who reads the log."""

    HUMAN = "human"
    JSON = "json"


class ExportFormat(StrEnum):
    """Who reads an export."""

    CSV = "csv"
    JSON = "json"


Log = Annotated[LogLevel, typer.Option("--log", help="How much the log says.")]
InLanguage = Annotated[
    str | None,
    typer.Option("--language", help="A language such as de or pt-BR.", show_default="the channel's"),
]
OfWorkspace = Annotated[
    str | None,
    typer.Option("--workspace", help="Of many workspaces, this one: its key.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

P = ParamSpec("P")

_reads_only: ContextVar[bool] = ContextVar("reads_only", default=False)
"""Whether the command that runs changes no data."""

PAGE_ROWS = 20
"""Tables with more rows are shown page by page."""

DEFAULT_CONFIG = Path("config.yaml")
FAILED = 1
"""Exit code of an error, and of a check that found one. A command line that cannot be read has 2."""

UNINSTALLED = 3
"""Exit code of ``belonging run`` when the app was uninstalled. A restart would not help."""


class Commands(TyperGroup):
    """The commands. A ``BotError`` becomes one message on standard error, and exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command."""
        _reads_only.set(False)
        try:
            return super().invoke(ctx)
        except BotError as error:
            print_error(error)
            raise typer.Exit(FAILED) from None


def print_error(error: BotError) -> None:
    """Print what went wrong, and what to do, on standard error."""
    said = Text(in_lines(f"Error: {error.message}"))
    said.stylize("bold red", 0, len("Error:"))
    err.print(said, soft_wrap=True)
    if remedy := remedy_of(error):
        err.print(Text(in_lines(remedy)), soft_wrap=True)


def in_lines(text: str) -> str:
    """Return a text in lines as wide as the terminal; no word is broken, so that a path can be copied."""
    lines = (
        fill(line, max(err.width, 1), break_long_words=False, break_on_hyphens=False)
        for line in text.splitlines()
    )
    return "\n".join(lines)


def only_reads(command: Callable[P, None]) -> Callable[P, None]:
    """Mark a command that changes no data: its errors do not say that nothing was saved."""

    @wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> None:
        _reads_only.set(True)
        command(*arguments, **options)

    return run


def remedy_of(error: BotError) -> str:
    """Return what to do about an error of the command that runs."""
    return error.remedy_of_reading if _reads_only.get() else error.remedy


def load(path: Path) -> "Config":
    """Load this configuration file and the environment. Raises ``ConfigError`` or ``PromptPackError``."""
    from bot.config import load_config

    return load_config(path, os.environ)


def load_one(path: Path, workspace: str | None, *, lost: bool = False) -> "Config":
    """Load the configuration of the workspace that a command is about. Raises as ``one_cell`` does."""
    from bot.cli.cells import one_cell

    return one_cell(load(path), workspace, lost=lost)


def load_or_shipped(path: Path) -> "Config":
    """Load a configuration; where nobody named one and there is no config.yaml here, that of the program.

    For commands that need no installation. Raises as ``load`` does.
    """
    from bot.config import shipped

    return load(shipped(path.name) if path == DEFAULT_CONFIG and not path.exists() else path)


def print_version(asked: bool) -> None:  # noqa: FBT001 - typer calls it
    """Print the version of the installed package and end the program, if ``asked``."""
    if asked:
        typer.echo(f"belonging {version('belonging-bot')}")
        raise typer.Exit


def working(what: str) -> AbstractContextManager[object]:
    """Show on standard error what is being done, while the block runs.

    Nothing where that is no terminal, or one that is to stay plain.
    """
    return err.status(Text(f"{what} …")) if err.is_terminal and not PLAIN else nullcontext()


Say = Callable[[str], None]
"""Prints a line as it is."""


def print_any_character() -> None:
    """Make standard output take every character, where Python would fail at one that its encoding lacks.

    A terminal shows a question mark in its place. Files and other programs get UTF-8, with nothing lost.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        if sys.stdout.isatty():
            sys.stdout.reconfigure(errors="replace")
        else:
            sys.stdout.reconfigure(encoding="utf-8")


def say(line: str) -> None:
    """Print a line as it is."""
    out.print(line, markup=False, soft_wrap=True)


def say_aside(line: str) -> None:
    """Print a line as it is on standard error."""
    err.print(line, markup=False, soft_wrap=True)


def say_beside(as_json: bool) -> Say:  # noqa: FBT001 - the value of an option
    """Return what prints lines for people: where standard output is for JSON, on standard error."""
    return say_aside if as_json else say


def show_rows(table: Table | str, count: int) -> None:
    """Print a table of so many rows; page by page where it is long and standard output is a terminal."""
    with out.pager(styles=not out.no_color) if out.is_terminal and count > PAGE_ROWS else nullcontext():
        out.print(table)


def print_json(data: Any) -> None:
    """Print data as JSON, indented by two spaces, without escaping characters."""
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))
