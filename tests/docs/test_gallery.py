"""The gallery shows what the bot says today."""

from pathlib import Path

import pytest

from bot.config import load_pack
from scripts.gallery_page import SIZES, Size, gallery_page, results_of

ROOT = Path(__file__).resolve().parents[2]
PACK = load_pack(ROOT / "prompts" / "belonging")


def test_the_gallery_is_what_the_script_would_write_now() -> None:
    page = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")

    assert gallery_page(PACK) == page, "Run: make gallery"


def test_every_picture_of_the_gallery_is_there_and_small() -> None:
    page = gallery_page(PACK)
    pictures = sorted((ROOT / "docs" / "images").glob("gallery-*.png"))

    assert [] == [path.name for path in pictures if path.name not in page]
    assert page.count("images/gallery-") == len(pictures)
    assert all(path.stat().st_size < 250_000 for path in pictures)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_nothing_is_quoted_under_ten_replies_however_many_ticked(size: Size) -> None:
    (_, found), *_ = results_of(size, PACK)

    assert (size.replies >= 10 and size.ticked >= 3) == bool(getattr(found, "quotes", ()))
