"""Run ``make bench``: measure every budget. ``--only`` chooses parts, ``--json`` prints JSON."""

import argparse
import logging
import sys
from collections.abc import Callable, Mapping

from rich.console import Console

from benchmarks import (
    bad_days,
    ballots,
    cells,
    channels,
    fairness,
    home,
    journeys,
    planning,
    readings,
    redaction,
    report,
    rounds,
    schedules,
    summaries,
)
from benchmarks.figures import Figure, as_json, show

Part = Callable[[], list[Figure]]


def ballot_figures() -> list[Figure]:
    """Measure single submissions into a ballot file, and a bare durable insert on the same disk."""
    bare = ballots.bare_insert_ms()
    few, many = ballots.submission_ms(50), ballots.submission_ms(500)
    rounds_open = ballots.many_rounds_ms()
    return [
        Figure(name="one submission, 50 present, p50", value=few["p50"], unit="ms", budget=8, baseline=bare,
               note="beside a bare insert with synchronous=FULL"),
        Figure(name="one submission, 500 present, p50", value=many["p50"], unit="ms", budget=30, baseline=bare),
        Figure(name="a submission in a crowd of 48, durable (the inverse of submissions a second)",
               value=1000 / ballots.submissions_per_s(), unit="ms",
               baseline=1000 / ballots.bare_inserts_per_s(),
               note="500 people, from an empty box on; beside raw sqlite3, synchronous=FULL, one after the other"),
        Figure(name="one submission, 1,000 rounds open, p50", value=rounds_open["many"], unit="ms",
               budget=rounds_open["one"] / 0.8, baseline=rounds_open["one"],
               note="beside a single round in the same run; 0.8 of its rate at least"),
        Figure(name="opening 5,000 replies", value=ballots.unseal_ms()["total"], unit="ms"),
        Figure(name="tidying 5,000 replies at start", value=ballots.canonicalise_ms()["total"], unit="ms"),
    ]  # fmt: skip


PARTS: Mapping[str, Part] = {
    "ballots": ballot_figures,
    "rounds": rounds.figures,
    "planning": planning.figures,
    "schedules": schedules.figures,
    "channels": channels.figures,
    "journeys": journeys.figures,
    "home": home.figures,
    "readings": readings.figures,
    "redaction": redaction.figures,
    "report": report.figures,
    "summaries": summaries.figures,
    "bad_days": bad_days.figures,
    "cells": cells.figures,
    "fairness": fairness.figures,
}


def main() -> int:
    """Measure and print. Return 1 with ``--strict`` if a budget is exceeded, else 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=sorted(PARTS), action="append", help="measure this part alone")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--strict", action="store_true", help="exit code 1 when a budget is not kept")
    chosen = parser.parse_args()
    logging.disable(logging.CRITICAL)  # the workspace logs the calls that a program left unfinished
    console, progress = Console(), Console(stderr=True)
    figures: list[Figure] = []
    for name in chosen.only or PARTS:
        with progress.status(f"Measuring {name} …"):
            figures += PARTS[name]()
    if chosen.json:
        sys.stdout.write(as_json(figures) + "\n")
    else:
        show(figures, console)
    return int(chosen.strict and any(figure.kept is False for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
