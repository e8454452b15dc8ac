"""Measure a report."""

import statistics
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.figures import Figure
from bot.config import load_pack
from bot.core.release import Result
from bot.report import Subject, as_csv, report_page
from bot.report.sample import SAMPLE_CHANNEL, sample_results
from bot.store.database import Database

ROOT = Path(__file__).resolve().parents[1]
RELEASES = 200
RUNS = 7


def figures() -> list[Figure]:
    """Measure a channel with 200 results, from the database to the page and the rows."""
    results = sample_results(load_pack(ROOT / "prompts" / "belonging"), RELEASES)
    with TemporaryDirectory() as directory:
        path = Path(directory) / "belonging.db"
        _store(path, results)
        pages, rows = zip(*(_timed(path) for _ in range(RUNS)), strict=True)
        size = len(_page(results)) / 1000
    return [
        Figure(
            name="report of 200 results, read and made",
            value=statistics.median(pages),
            unit="ms",
            budget=1000,
            note=f"a page of {size:,.0f} kB",
        ),
        Figure(name="export of the same as CSV", value=statistics.median(rows), unit="ms"),
    ]


def _store(path: Path, results: tuple[Result, ...]) -> None:
    database = Database(path)
    with database.transaction("bench") as tx:
        for round_, result in results:
            tx.insert_round(round_)
            tx.insert_release(result, round_.closes_at)
    database.close()


def _page(results: tuple[Result, ...]) -> str:
    made_at = datetime(2026, 11, 24, tzinfo=UTC)
    return report_page(Subject(name="#bench", results=results, made_at=made_at, sample=True))


def _timed(path: Path) -> tuple[float, float]:
    begin = perf_counter()
    _page(_read(path))
    middle = perf_counter()
    as_csv(_read(path))
    return (middle - begin) * 1000, (perf_counter() - middle) * 1000


def _read(path: Path) -> tuple[Result, ...]:
    database = Database(path)
    with database.transaction("bench") as tx:
        results = tx.list_releases(SAMPLE_CHANNEL)
    database.close()
    return results
