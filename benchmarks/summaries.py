"""Measure the summary of a channel that has been asked for years."""

import statistics
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.figures import Figure
from benchmarks.rounds import NOW, ROOT, NoSlack
from bot.config import load_pack
from bot.core.clock import RIGHT
from bot.core.language import Language, Languages
from bot.core.model import ReleasePolicy, WorkspaceId
from bot.core.settings import Settings
from bot.keys import AudienceKeyFiles, KeyFiles
from bot.ports import Services
from bot.report.sample import SAMPLE_CHANNEL, sample_results
from bot.service.summaries import Standing, standing
from bot.slack.kit.builders import Answer
from bot.slack.kit.limits import fit
from bot.slack.results.cycle_blocks import asked_cycle, asked_trend
from bot.slack.results.result_blocks import asked_result
from bot.store.audiences import AudienceFile
from bot.store.ballots import BallotFiles
from bot.store.database import Database

RELEASES = 202
"""The newest result, and two hundred (and one that is withheld) before it."""

RUNS = 25
BUDGET_MS = 50

ASKED: dict[str, Callable[[Standing], Answer]] = {
    "summary": lambda now: asked_result(now.latest, now.open_round, now.earlier),
    "summary cycle": lambda now: asked_cycle(now.results, now.open_round),
    "trend": lambda now: asked_trend(now.results, now.open_round),
}


def figures() -> list[Figure]:
    """Measure each answer: reading the results, computing, and building the message."""
    with _services() as services:
        times = {words: [_answer_ms(services, words) for _ in range(RUNS)] for words in ASKED}
        reading = [_timed(lambda: standing(services, SAMPLE_CHANNEL)) for _ in range(RUNS)]
    return [
        Figure(name=f"/belonging {words}, 200 past results, p50", value=statistics.median(found), unit="ms",
               budget=BUDGET_MS, note=f"the slowest {max(found):.0f} ms")
        for words, found in times.items()
    ] + [Figure(name="reading the results alone", value=statistics.median(reading), unit="ms")]  # fmt: skip


def _answer_ms(services: Services, words: str) -> float:
    def answer() -> None:
        text, blocks = ASKED[words](standing(services, SAMPLE_CHANNEL))
        fit({"text": text, "blocks": blocks})

    return _timed(answer)


def _timed(verb: Callable[[], object]) -> float:
    began = perf_counter()
    verb()
    return (perf_counter() - began) * 1000


@contextmanager
def _services() -> Iterator[Services]:
    """Return ``Services`` over real files, with a channel of many results, asked in every language."""
    pack = load_pack(ROOT / "prompts" / "belonging")
    languages = Languages(Language(code) for code in pack.translations)
    no_slack = NoSlack(0)
    with TemporaryDirectory() as folder:
        path = Path(folder)
        with closing(Database(path / "belonging.db")) as database:
            with database.transaction("bench") as tx:
                for round_, result in sample_results(pack, RELEASES, languages):
                    tx.insert_round(round_)
                    tx.insert_release(result, round_.closes_at)
            yield Services(
                store=database,
                boxes=BallotFiles(path / "ballots"),
                vault=KeyFiles(path / "keys", WorkspaceId("T0BENCH")),
                audiences=AudienceFile(path / "audiences.db"),
                audience_keys=AudienceKeyFiles(path / "keys", "T0BENCH"),
                messenger=no_slack,
                directory=no_slack,
                timer=no_slack,
                clock=lambda: NOW,
                clock_state=lambda: RIGHT,
                holidays=_no_holidays,
                settings=Settings(support=None, policy=ReleasePolicy(), packs={pack.id: pack}),
            )


def _no_holidays(region: str, year: int) -> frozenset[date]:
    """Return no holidays, for any region and year."""
    del region, year
    return frozenset()
