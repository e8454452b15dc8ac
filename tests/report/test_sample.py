"""The invented channel: always the same, shown by the real rule, and never beside real data."""

from pathlib import Path

import pytest

from bot.core.cycles import cycles_of
from bot.core.model import ChannelId
from bot.core.release import Published, Withheld
from bot.core.scoring import Pair
from bot.core.summary import Result, summarise
from bot.report.sample import SAMPLE_CHANNEL, sample_results
from bot.store.database import Database
from scripts.sample_data import seed
from tests.report.conftest import PACK


def test_it_is_two_cycles_with_everything_that_a_report_can_show(sample: tuple[Result, ...]) -> None:
    published = [found for _, found in sample if isinstance(found, Published)]
    pairs = {summarise(*one).pair for one in sample}

    assert [12, 12] == [len(cycle) for cycle in cycles_of(sample)]
    assert any(isinstance(found, Withheld) for _, found in sample)
    assert any(found.removed for found in published)
    assert any(found.quotes for found in published)
    assert Pair.WELCOMED_NOT_SHAPING in pairs


def test_it_is_the_same_every_time(sample: tuple[Result, ...]) -> None:
    assert sample == sample_results(PACK)


def test_seeded_into_a_directory_it_reads_as_it_was_written(
    tmp_path: Path, sample: tuple[Result, ...]
) -> None:
    seed(tmp_path / "data")

    database = Database(tmp_path / "data" / "belonging.db")
    with database.transaction("read") as tx:
        assert sample == tx.list_releases(ChannelId(SAMPLE_CHANNEL))
    database.close()
    assert "all invented" in (tmp_path / "data" / "SAMPLE-DATA.txt").read_text(encoding="utf-8")


def test_it_is_never_written_beside_other_data(tmp_path: Path) -> None:
    (tmp_path / "belonging.db").touch()

    with pytest.raises(SystemExit, match="is not empty"):
        seed(tmp_path)

    assert ["belonging.db"] == [path.name for path in tmp_path.iterdir()]
