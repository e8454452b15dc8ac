"""The id of a storage: made once, whoever makes it, and never replaced by another one."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from bot.errors import BotError, DataDirectoryError
from bot.store.storage import read_storage_id, storage_id

AT_ONCE = 8


def test_a_storage_has_no_id_until_the_first_worker_makes_it(tmp_path: Path) -> None:
    assert read_storage_id(tmp_path) is None

    made = storage_id(tmp_path)

    assert re.fullmatch(r"[0-9a-f]{32}", made)
    assert [made, made] == [read_storage_id(tmp_path), storage_id(tmp_path)]
    assert ["storage-id"] == [path.name for path in tmp_path.iterdir()]
    assert 0o600 == (tmp_path / "storage-id").stat().st_mode & 0o777


def test_two_storages_have_two_ids(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()

    assert storage_id(tmp_path / "one") != storage_id(tmp_path / "two")


def test_of_many_workers_that_start_together_one_makes_the_id(tmp_path: Path) -> None:
    together = Barrier(AT_ONCE)

    def start(_: int) -> str:
        together.wait()
        return storage_id(tmp_path)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert 1 == len(set(threads.map(start, range(AT_ONCE))))
    assert ["storage-id"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize("text", ["", "\n", "0" * 31, "0" * 33, "g" * 32, "0" * 32 + "\nmore", "\xff"])
def test_a_damaged_id_is_one_sentence_and_stays_as_it_is(tmp_path: Path, text: str) -> None:
    (tmp_path / "storage-id").write_text(text, encoding="latin-1")

    with pytest.raises(DataDirectoryError, match=r"storage-id is damaged: .*Restore it\."):
        storage_id(tmp_path)

    assert text == (tmp_path / "storage-id").read_text(encoding="latin-1")


def test_a_storage_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(BotError, match="storage-id"):
        storage_id(tmp_path / "missing")
