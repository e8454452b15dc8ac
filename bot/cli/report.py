"""``belonging report`` and ``belonging export``: stored results, written to a file that stays."""

from collections.abc import Sequence
from pathlib import Path

import typer

from bot.app import system_clock
from bot.cli.console import ExportFormat, out
from bot.cli.results import stored_results
from bot.config import Config
from bot.core.release import Withheld
from bot.core.summary import Result
from bot.errors import BotError
from bot.report import Subject, as_csv, as_json, report_page
from bot.report.sample import SAMPLE_CHANNEL, SAMPLE_NAME, sample_results


def write_report(config: Config, channel: str, name: str, to: Path, *, force: bool) -> None:
    """Write the page of a channel. Raises ``BotError`` where nothing is stored, or no file can be made."""
    results = stored_results(config, channel)
    sample = channel == SAMPLE_CHANNEL  # seeded by scripts/sample_data.py, and labelled as such
    _write_page(results, name or (SAMPLE_NAME if sample else channel), to, force=force, sample=sample)


def write_sample_report(config: Config, to: Path, *, force: bool) -> None:
    """Write a page with invented results, labelled as such; no data is read."""
    pack = next(iter(config.settings.packs.values()))
    _write_page(sample_results(pack), SAMPLE_NAME, to, force=force, sample=True)


def write_export(
    config: Config, channel: str | None, kind: ExportFormat, to: Path | None, *, force: bool
) -> None:
    """Write the results of one channel, or of all, to a file; to standard output where none is given."""
    results = stored_results(config, channel)
    text = as_csv(results) if kind is ExportFormat.CSV else as_json(results)
    if to is None:
        typer.echo(text, nl=False)
        return
    save(to, text, force=force)
    out.print(f"{len(results)} results written to {to}", markup=False, soft_wrap=True)


def save(to: Path, text: str, *, force: bool) -> None:
    """Write a text file as it is, in UTF-8. Raises ``BotError`` where one is there, or none can be made."""
    if to.exists() and not force:
        raise BotError(f"{to} is there already.", remedy="Choose another name, or write over it: --force")
    try:
        to.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise BotError(
            f"{to} cannot be written ({error.strerror}).", remedy="Check the folder, and who may write in it."
        ) from None


def _write_page(results: Sequence[Result], name: str, to: Path, *, force: bool, sample: bool) -> None:
    page = report_page(Subject(name=name, results=results, made_at=system_clock(), sample=sample))
    save(to, page, force=force)
    withheld = sum(isinstance(result, Withheld) for _, result in results)
    out.print(
        f"{len(results)} rounds, {withheld} of them withheld, written to {to}\n"
        "Open it in a browser; it needs no network and can be printed.",
        markup=False,
        soft_wrap=True,
    )
