"""``python -m tests.faults``: kill the bot as often as you like. ``make chaos`` runs it."""

import argparse
import secrets
import subprocess
import sys
from collections.abc import Iterable

from tests.faults.chaos import Share, kill_many
from tests.faults.lap import Report, run_lap
from tests.faults.mutants import MUTANTS
from tests.faults.plan import Kill
from tests.faults.zygote import Zygote


def main() -> int:
    """Run what was asked for, and say what was found; 1 where anything was."""
    asked = _parser().parse_args()
    seed = secrets.randbelow(10**6) if asked.seed is None else asked.seed
    if asked.jobs > 1 and asked.lap is None:
        return _together(seed, asked.kills, asked.jobs)
    number, of = (int(part) for part in asked.share.split("/"))
    with Zygote() as zygote:
        if asked.lap is not None:
            kills = [Kill.parse(text) for text in asked.at.split(",") if text]
            return _say([run_lap(zygote, seed, asked.lap, kills, asked.mutant)])
        _tell(f"seed {seed}: {asked.kills} kills, share {asked.share}")
        return _say(kill_many(zygote, seed, asked.kills, Share(number=number, of=of)))


def _together(seed: int, kills: int, jobs: int) -> int:
    """Let so many processes share the laps; each says for itself what it finds."""
    common = [sys.executable, "-m", "tests.faults", "--seed", str(seed), "--kills", str(-(-kills // jobs))]
    running = [
        subprocess.Popen([*common, "--jobs", "1", "--share", f"{number}/{jobs}"])
        for number in range(1, jobs + 1)
    ]
    return max(process.wait() for process in running)


def _say(reports: Iterable[Report]) -> int:
    kills = laps = faulty = 0
    for report in reports:
        kills, laps = kills + report.kills, laps + 1
        faulty += bool(report.faults)
        for fault in report.faults:
            _tell(f"{fault}\n    {report.command}")
        if laps % 50 == 0:
            _tell(f"{kills} kills in {laps} laps so far, {faulty} with a fault")
    _tell(f"{kills} kills in {laps} laps, {faulty} with a fault")
    return int(faulty > 0)


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make chaos", description="Kill the bot, and see what is lost.")
    parser.add_argument("--seed", type=int, help="what the kills are drawn from; by lot, and printed")
    parser.add_argument("--kills", type=int, default=2000, help="how often to kill it (default: 2000)")
    parser.add_argument("--jobs", type=int, default=2, help="how many processes share the laps (default: 2)")
    parser.add_argument("--share", default="1/1", help=argparse.SUPPRESS)
    parser.add_argument("--lap", type=int, help="run this lap alone")
    parser.add_argument(
        "--at", default="", help="where to kill in it, such as submit/step/12,close/applied/1"
    )
    parser.add_argument("--mutant", default="", choices=["", *MUTANTS], help="a fault to build into the bot")
    return parser


if __name__ == "__main__":
    sys.exit(main())
