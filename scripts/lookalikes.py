"""Write ``bot/core/lookalikes.py``: the letters that Unicode calls confusable with a Latin one.

The data come from the development dependency ``homoglyphs-fork`` (Unicode's confusables.txt); a test compares
the file with them. Run it after ``make lock`` has brought a newer version:

    .venv/bin/python -m scripts.lookalikes
"""

import string
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from homoglyphs_fork import Homoglyphs

PLACE = Path(__file__).resolve().parent.parent / "bot" / "core" / "lookalikes.py"

_HEAD = '''"""Letters that look like a Latin one, by Unicode's list of confusables (UTS 39).

Written by ``scripts/lookalikes.py``, do not edit. What Unicode itself takes apart, such as the mathematical
letters, is not in it.
"""

LOOKALIKES: dict[str, str] = {
'''
_WIDTH = 100


def lookalikes() -> dict[str, str]:
    """Return, for each small Latin letter, all characters that look like it or its capital."""
    table = Homoglyphs.get_table(set(map(chr, range(sys.maxunicode + 1))))
    found: dict[str, set[str]] = {letter: set() for letter in string.ascii_lowercase}
    for letter in string.ascii_letters:
        found[letter.lower()] |= {sign for sign in table[letter] if _is_foreign(sign)}
    return {letter: "".join(sorted(signs)) for letter, signs in found.items() if signs}


def source() -> str:
    """Return the source of the module."""
    return _HEAD + "".join(f"    {row}\n" for row in _rows()) + "}\n"


def _is_foreign(sign: str) -> bool:
    """Return True if Unicode's normal forms do not change the character, and it is not ASCII."""
    return not sign.isascii() and unicodedata.normalize("NFKD", sign) == sign


def _rows() -> Iterator[str]:
    """Return rows of escapes: no font has all the characters, and many look the same."""
    for letter, signs in lookalikes().items():
        yield f'"{letter}": ('
        row = ""
        for sign in signs:
            row += sign.encode("unicode-escape").decode("ascii")
            if len(row) > _WIDTH - len("\\U00010000"):
                yield f'    "{row}"'
                row = ""
        if row:
            yield f'    "{row}"'
        yield "),"


if __name__ == "__main__":
    PLACE.write_text(source(), encoding="utf-8")
