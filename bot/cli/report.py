"""``belonging report`` and ``belonging export``: stored results, written to a file that stays."""

from pathlib import Path

import typer

from bot.app import system_clock
from bot.cli.console import ExportFormat, out
from bot.cli.results import stored_ledger, stored_results
from bot.config import Config
from bot.core.release import Withheld
from bot.errors import BotError
from bot.report import Subject, as_csv, as_json, report_page
from bot.report.sample import SAMPLE_CHANNEL, SAMPLE_NAME, sample_ledger, sample_results


def write_report(config: Config, channel: str, name: str, to: Path, *, force: bool) -> None:
    """Write the page of a channel. Raises ``BotError`` where nothing is stored, or no file can be made."""
    results = stored_results(config, channel)
    sample = channel == SAMPLE_CHANNEL  # seeded by scripts/sample_data.py, and labelled as such
    subject = Subject(
        name=name or (SAMPLE_NAME if sample else channel),
        results=results,
        made_at=system_clock(),
        sample=sample,
        ledger=stored_ledger(config, channel),
    )
    _write_page(subject, to, force=force)


def write_sample_report(config: Config, to: Path, *, force: bool) -> None:
    """Write a page with invented results, labelled as such; no data is read."""
    pack = next(iter(config.settings.packs.values()))
    subject = Subject(
        name=SAMPLE_NAME,
        results=sample_results(pack),
        made_at=system_clock(),
        sample=True,
        ledger=sample_ledger(pack),
    )
    _write_page(subject, to, force=force)


def write_export(
    config: Config, channel: str | None, kind: ExportFormat, to: Path | None, *, force: bool
) -> None:
    """Write the results and norms of one channel, or of all, to a file; without one, to standard output."""
    results, ledger = stored_results(config, channel), stored_ledger(config, channel)
    text = as_csv(results, ledger) if kind is ExportFormat.CSV else as_json(results, ledger)
    if to is None:
        typer.echo(text, nl=False)
        return
    save(to, text, force=force)
    norms = f" and {len(ledger)} norms" if ledger else ""
    out.print(f"{len(results)} results{norms} written to {to}", markup=False, soft_wrap=True)


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


def _write_page(subject: Subject, to: Path, *, force: bool) -> None:
    save(to, report_page(subject), force=force)
    withheld = sum(isinstance(result, Withheld) for _, result in subject.results)
    out.print(
        f"{len(subject.results)} rounds, {withheld} of them withheld, written to {to}\n"
        "Open it in a browser; it needs no network and can be printed.",
        markup=False,
        soft_wrap=True,
    )
