"""Fill a new data directory with invented sample data: one channel, two cycles.

    python scripts/sample_data.py DIRECTORY

Then set data_dir in a config.yaml to the directory and try: belonging report --channel C0SAMPLE0001 --out
report.html. A directory that has data is refused: invented results must not be stored beside real ones.
"""

import sys
from pathlib import Path

from bot.config import load_pack, shipped_languages
from bot.core.release import Result
from bot.report.sample import SAMPLE_CHANNEL, sample_ledger, sample_results
from bot.store.database import Database

ROOT = Path(__file__).resolve().parents[1]
NOTE = "Sample data, all invented. Nobody ever gave these answers.\n"


def seed(directory: Path) -> tuple[Result, ...]:
    """Write the sample and a note into an empty directory. Return the sample, newest first."""
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        sys.exit(f"{directory} is not empty. Sample data goes into a directory of its own.")
    pack = load_pack(ROOT / "prompts" / "belonging")
    results = sample_results(pack, languages=shipped_languages())
    database = Database(directory / "belonging.db")
    with database.transaction("sample") as tx:
        for round_, result in reversed(results):
            tx.insert_round(round_)
            tx.insert_release(result, round_.closes_at)
        for norm in sample_ledger(pack):
            tx.put_norm(norm)
    database.close()
    (directory / "SAMPLE-DATA.txt").write_text(NOTE, encoding="utf-8")
    return results


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and its one argument
        sys.exit(__doc__)
    count = len(seed(Path(sys.argv[1])))
    print(f"{count} invented rounds of the channel {SAMPLE_CHANNEL} are in {sys.argv[1]}.")
