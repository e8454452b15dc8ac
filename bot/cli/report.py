"""Read stored results, and write them as a page, a file or a summary."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import typer

from bot.app import system_clock
from bot.cli.console import ExportFormat, Say, say, working
from bot.cli.installation import data_file
from bot.config import Config, shipped_languages
from bot.core.language import ENGLISH, Language
from bot.core.model import ChannelId
from bot.core.norms import Norm, as_of
from bot.core.release import Result, Withheld
from bot.errors import BotError
from bot.ports import Tx
from bot.report import Subject, as_csv, as_json, report_page, result_data
from bot.report.sample import SAMPLE_CHANNEL, SAMPLE_NAME, sample_ledger, sample_results
from bot.slack.results.result_blocks import result_text
from bot.store.backup import Snapshot


def write_report(  # noqa: PLR0913 - the options of the command
    config: Config,
    channel: str,
    name: str,
    to: Path,
    *,
    force: bool,
    tell: Say = say,
    language: Language | None = None,
) -> dict[str, Any]:
    """Write the page of a channel. Return its file, rounds and how many of them are withheld.

    ``language``: None for that of the channel's newest round. Raises ``BotError`` if nothing is stored, or it
    cannot be written.
    """
    results = stored_results(config, channel)
    language = language or channel_language(results)
    sample = channel == SAMPLE_CHANNEL  # seeded by scripts/sample_data.py, and labelled as such
    subject = Subject(
        name=name or (language.gettext(SAMPLE_NAME) if sample else channel),
        results=results,
        made_at=system_clock(),
        sample=sample,
        ledger=stored_ledger(config, channel),
    )
    return _write_page(subject, to, force=force, tell=tell, language=language)


def write_sample_report(
    config: Config, to: Path, *, force: bool, tell: Say = say, language: Language | None = None
) -> dict[str, Any]:
    """Write a page with invented results, labelled as such; no data is read. Return as above.

    ``language``: None for English.
    """
    language = language or ENGLISH
    pack = next(iter(config.settings.packs.values()))
    subject = Subject(
        name=language.gettext(SAMPLE_NAME),
        results=sample_results(pack, languages=shipped_languages()),
        made_at=system_clock(),
        sample=True,
        ledger=sample_ledger(pack),
    )
    return _write_page(subject, to, force=force, tell=tell, language=language)


def write_export(
    config: Config,
    channel: str | None,
    kind: ExportFormat,
    to: Path | None,
    *,
    force: bool,
    language: Language | None = None,
) -> None:
    """Write the results and norms of one channel, or of all, to a file or to standard output.

    ``language``: None for that of the newest round; of all channels, English.
    """
    results, ledger = stored_results(config, channel), stored_ledger(config, channel)
    language = language or (channel_language(results) if channel else ENGLISH)
    write = as_csv if kind is ExportFormat.CSV else as_json
    text = write(results, ledger, language)
    if to is None:
        typer.echo(text, nl=False)
        return
    save(to, text, force=force)
    norms = f" and {len(ledger)} norms" if ledger else ""
    say(f"{len(results)} results{norms} written to {to}")


def save(to: Path, text: str, *, force: bool) -> None:
    """Write a text file in UTF-8. Raises ``BotError`` if it exists, or cannot be written."""
    if to.exists() and not force:
        raise BotError(f"{to} is there already.", remedy="Choose another name, or write over it: --force")
    try:
        to.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise BotError(
            f"{to} cannot be written ({error.strerror}).", remedy="Check the folder, and who may write in it."
        ) from None


def named_language(code: str | None) -> Language | None:
    """Return the language of a code such as ``de``; None for None. Raises ``BotError`` if it is unknown."""
    if code is None:
        return None
    languages = shipped_languages()
    language = languages.find(code)
    if language is None:
        known = ", ".join(one.code for one in languages)
        raise BotError(f"The bot does not speak “{code}”.", remedy=f"It speaks: {known}")
    return language


def channel_language(results: Sequence[Result]) -> Language:
    """Return the language in which the channel reads its newest result. ``results``: newest first."""
    return shipped_languages().named(results[0][0].language)


def _write_page(subject: Subject, to: Path, *, force: bool, tell: Say, language: Language) -> dict[str, Any]:
    with working("Drawing the page"):
        page = report_page(subject, language)
    save(to, page, force=force)
    withheld = sum(isinstance(result, Withheld) for _, result in subject.results)
    tell(f"{len(subject.results)} rounds, {withheld} of them withheld, written to {to}")
    tell("Open it in a browser; it needs no network and can be printed.")
    return {"file": str(to), "rounds": len(subject.results), "withheld": withheld, "sample": subject.sample}


def latest_summary(config: Config, channel: str) -> tuple[dict[str, Any], str]:
    """Return the newest result of a channel, as data and as text, both as the channel reads them.

    Raises ``BotError`` if there is none.
    """
    (round_, release), *earlier = results = stored_results(config, channel)
    language = channel_language(results)
    ledger = as_of(stored_ledger(config, channel), round_.number)
    text = result_text(round_, release, earlier, ledger, language)
    return result_data(round_, release, language), text


def stored_results(config: Config, channel: str | None) -> tuple[Result, ...]:
    """Return the results of a channel, or of every channel in turn; newest first.

    Raises ``BotError`` if nothing is stored.
    """
    with closing(Snapshot(data_file(config))) as database, database.read("cli_results") as tx:
        results = tuple(result for one in _channels(tx, channel) for result in tx.list_releases(one))
    if not results:
        where = f"for {channel} " if channel else ""
        raise BotError(
            f"There is no summary {where}yet.", remedy="It comes when a round closes in that channel."
        )
    return results


def stored_ledger(config: Config, channel: str | None) -> tuple[Norm, ...]:
    """Return the norms of a channel, or of every channel in turn, in the order in which they were written."""
    with closing(Snapshot(data_file(config))) as database, database.read("cli_ledger") as tx:
        return tuple(norm for one in _channels(tx, channel) for norm in tx.list_norms(one))


def _channels(tx: Tx, channel: str | None) -> list[ChannelId]:
    """Return this channel, or every channel that has a result."""
    if channel is not None:
        return [ChannelId(channel)]
    return [round_.channel for round_, _ in tx.list_latest_releases()]
