"""The invented channel: always the same, shown by the real rule, and never beside real data."""

from pathlib import Path

import pytest

from bot.core.cycle_summary import cycles_of
from bot.core.model import ChannelId
from bot.core.norms import Norm, NormState
from bot.core.release import Published, Result, Withheld
from bot.core.scoring import Pair
from bot.core.summary import summarise
from bot.report.sample import SAMPLE_CHANNEL, sample_ledger, sample_results
from bot.store.database import Database
from scripts.sample_data import seed
from tests.report.conftest import PACK


def test_it_is_two_cycles_with_everything_that_a_report_can_show(sample: tuple[Result, ...]) -> None:
    published = [found for _, found in sample if isinstance(found, Published)]
    pairs = {summarise(*one).pair for one in sample}

    assert [14, 14] == [len(cycle) for cycle in cycles_of(sample)]
    assert any(isinstance(found, Withheld) for _, found in sample)
    assert any(found.removed for found in published)
    assert any(found.quotes for found in published)
    assert Pair.WELCOMED_NOT_SHAPING in pairs


def test_its_ledger_holds_what_was_kept_changed_put_to_rest_and_taken_down(ledger: tuple[Norm, ...]) -> None:
    states = [norm.state for norm in ledger]

    assert 1 == states.count(NormState.KEPT)
    assert 1 == states.count(NormState.CHANGED)
    assert 1 == states.count(NormState.TAKEN_DOWN)
    assert 5 == states.count(NormState.SET_ASIDE)
    assert not any("Robin" in norm.text for norm in ledger)


def test_what_was_taken_down_is_in_no_result(sample: tuple[Result, ...]) -> None:
    assert not any("Robin" in str(one) for one in sample)


def test_it_is_the_same_every_time(sample: tuple[Result, ...], ledger: tuple[Norm, ...]) -> None:
    assert sample == sample_results(PACK)
    assert ledger == sample_ledger(PACK)


def test_seeded_into_a_directory_it_reads_as_it_was_written(
    tmp_path: Path, sample: tuple[Result, ...], ledger: tuple[Norm, ...]
) -> None:
    seed(tmp_path / "data")

    database = Database(tmp_path / "data" / "belonging.db")
    with database.transaction("read") as tx:
        assert sample == tx.list_releases(ChannelId(SAMPLE_CHANNEL))
        assert ledger == tx.list_norms(ChannelId(SAMPLE_CHANNEL))
    database.close()
    assert "all invented" in (tmp_path / "data" / "SAMPLE-DATA.txt").read_text(encoding="utf-8")


def test_it_is_never_written_beside_other_data(tmp_path: Path) -> None:
    (tmp_path / "belonging.db").touch()

    with pytest.raises(SystemExit, match="is not empty"):
        seed(tmp_path)

    assert ["belonging.db"] == [path.name for path in tmp_path.iterdir()]
