"""How every command talks: to people through rich, to programs as JSON, and about errors in one message."""

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from bot.errors import BotError

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

ConfigPath = Annotated[
    Path, typer.Option("--config", help="The configuration file.", show_default="./config.yaml")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

DEFAULT_CONFIG = Path("config.yaml")
FAILED = 1


@contextmanager
def told() -> Iterator[None]:
    """Turn a ``BotError`` into one message on standard error and exit code 1."""
    try:
        yield
    except BotError as error:
        err.print(f"[bold red]Error:[/] {escaped(error.message)}")
        if error.remedy:
            err.print(escaped(error.remedy))
        raise typer.Exit(FAILED) from None


def escaped(text: str) -> str:
    """Text that rich prints as it is."""
    return text.replace("[", r"\[")


def print_json(data: Any) -> None:
    """Print data as JSON, two spaces deep, in plain characters."""
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))


def wait_for_a_signal() -> None:
    """Return when the program is asked to end, by Ctrl-C or SIGTERM."""
    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked.set())
    asked.wait()
