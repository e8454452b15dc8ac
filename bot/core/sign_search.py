"""Find names in East Asian signs: names in Latin letters, and names in the other signs of Japan."""

import re
from collections.abc import Iterator
from itertools import accumulate

from bot.core.common_words import EVERYDAY_KANA
from bot.core.east_asian_names import KOREAN, MOST_SIGNS, in_korea
from bot.core.japanese_names import HONORIFIC, KANA, is_in_a_word, is_kana_name, kana_in_latin, said_in_japan
from bot.core.letters import LEAST_LETTERS, bare, sound
from bot.core.names import SIGNS_FROM, Names

Span = tuple[int, int]

_SIGNS = re.compile(f"[{SIGNS_FROM}-\U0010ffff]{{2,}}")


def by_signs(text: str, names: Names) -> Iterator[Span]:
    """Yield names in signs, by how they sound."""
    if not text.isascii():
        for found in _SIGNS.finditer(text):
            yield from _said_in_signs(found, names)
        yield from _in_kana(text, names)


def _said_in_signs(found: re.Match[str], names: Names) -> Iterator[Span]:
    """Yield two to four East Asian signs that sound like a name in Latin letters."""
    signs = found[0]
    for first in range(len(signs) - 1):
        for last in range(first + 2, min(first + MOST_SIGNS, len(signs)) + 1):
            start, end = found.start() + first, found.start() + last
            if _is_said(signs[first:last], names) and (
                HONORIFIC.match(found.string, end)
                or not (signs[first:last] in EVERYDAY_KANA or is_in_a_word(found.string, start, end))
            ):
                yield start, end


def _in_kana(text: str, names: Names) -> Iterator[Span]:
    """Yield names in kana, by how they are spelled in Latin letters."""
    for run in KANA.finditer(text):
        pieces = kana_in_latin(run[0])
        letters, forms = "".join(pieces), names.in_japan
        firsts = [0, *accumulate(map(len, pieces))]
        ends = {last: place for place, last in enumerate(firsts) if run[0][place - 1] not in "っッ"}
        for place, first in enumerate(firsts[:-1]):
            for length in forms.lengths.get(letters[first], ()) if pieces[place] else ():
                last, said = first + length, letters[first : first + length]
                if last in ends and said in forms.words:
                    start, end = run.start() + place, run.start() + ends[last]
                    if is_kana_name(text, start, end, said):
                        yield start, end


def _is_said(signs: str, names: Names) -> bool:
    """Return whether these signs, read in Chinese, Korean or Japanese, sound like a name in Latin letters."""
    word = "".join(map(sound, signs))
    if len(word) >= LEAST_LETTERS and word in names.written.words:
        return True
    if KOREAN.fullmatch(signs):
        return any(spelling in names.latin_spellings for spelling in in_korea(signs))
    said = said_in_japan("".join(map(bare, signs)))
    return bool(said) and (
        any(one in names.written.words for one in said) or not said.isdisjoint(names.as_in_japan)
    )
