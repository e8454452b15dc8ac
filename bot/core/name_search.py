"""Find the names of an audience in a text, in whatever letters somebody wrote them.

A text is read up to six times: bare of case and accents, with umlauts written out, without the codes of emoji
or with the letters that they show, by the shapes of its letters, and by their sound. Each reading looks, from
every border of a word, only as far as there are names that begin with this letter: the work grows with the
text, and hardly with the number of names.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain

from bot.core.addresses import NAME, PLACEHOLDERS
from bot.core.letters import CODE, DIGITS, SIGNS, WRITTEN_OUT, bare, letter_of, pronounced, shape, sound
from bot.core.names import LEAST_LETTERS, LETTERS, RUN, SIGNS_FROM, Forms, Names, humps, is_latin

Span = tuple[int, int]

_HELD = re.compile(f"[{''.join(PLACEHOLDERS)}]")
_PAIRS = re.compile(r"(?<![^\W_])(rn)|(vv)", re.IGNORECASE)
_HISSING = re.compile(r"(?:s|x|z|ch|sh)$")
# Every character is of one alternative only: where two overlap, a long word is tried in 2^n ways.
_SPOKEN_LETTER = f"(?:[^\\W_{SIGNS_FROM}-\U0010ffff]|(?![^\\W_])[\u0590-\u1fff])"
_SPOKEN = re.compile(f"{_SPOKEN_LETTER}+")
_SIGNS = re.compile(f"[{SIGNS_FROM}-\U0010ffff]{{2,}}")
_HYPHENED = re.compile(f"(?<!{_SPOKEN_LETTER}){_SPOKEN_LETTER}+(?:[\\-\u2010\u2011]{_SPOKEN_LETTER}+)+")
_WIDEST_GAP = 3  # as in M - a - y - a
_LEAST_SHAPES = 3  # "A4" is paper, and two Cyrillic letters a word of their own
_MOST_SIGNS = 4  # a Chinese or Korean name has no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A text in other letters. ``places``: for each of them, and for the end, where in the text it stands."""

    letters: str
    places: Sequence[int]

    @classmethod
    def of(cls, pieces: Sequence[str]) -> "Reading":
        """The reading that has these letters for each character of a text."""
        places = [place for place, piece in enumerate(pieces) for _ in piece]
        return cls(letters="".join(pieces), places=[*places, len(pieces)])

    def in_text(self, start: int, end: int) -> Span:
        """Where in the text these letters stand; marks belong to the letter before."""
        return self.places[start], self.places[end]


def without_names(text: str, names: Names) -> str:
    """The text with a placeholder for every name."""
    kept, end = "", 0
    for first, last in sorted(set(_found(text, names))):
        kept += text[end:first] + NAME if first >= end else ""
        end = max(end, last)
    return kept + text[end:]


def _found(text: str, names: Names) -> Iterator[Span]:
    plain = Reading.of([bare(char) for char in text])
    yield from _between(plain, names.written)
    yield from _inside(plain, names.inside)
    yield from _by_humps(text, names.written)
    if any(char.lower() in WRITTEN_OUT for char in text):
        written_out = [WRITTEN_OUT.get(char.lower()) or bare(char) for char in text]
        yield from _between(Reading.of(written_out), names.written)
    for pieces in _without_codes(text):
        yield from _between(Reading.of(pieces), names.written)
    yield from _by_shape(text, names)
    yield from _by_sound(text, names)


def _without_codes(text: str) -> Iterator[list[str]]:
    """The text without the codes of emoji (``:tada:``), which Slack shows as pictures; where it has some.

    Once more with those that show a letter (``:m:``, ``:alphabet-white-m:``) as that letter.
    """
    codes = list(CODE.finditer(text))
    for lettered in (False, True) if codes else ():
        pieces = [bare(char) for char in text]
        for code in codes:
            shown = letter_of(code[1]) if lettered else ""
            pieces[code.start() : code.end()] = [shown, *[""] * (len(code[0]) - 1)]
        yield pieces


def _by_humps(text: str, written: Forms) -> Iterator[Span]:
    """Words in which capitals set a name apart: ``ThankYouMaya``."""
    for run in RUN.finditer(text):
        if any("".join(map(bare, hump)) in written.words for hump in humps(run[0]) if len(hump) > 1):
            yield run.span()


def _by_shape(text: str, names: Names) -> Iterator[Span]:
    """Names in letters, digits and signs that look like theirs, with at least one such character in them."""
    strange, doubtful = _disguises(text)
    if not any(strange) and not any(doubtful):
        return
    pieces = [shape(char) if _reads_as_letter(text, place) else char for place, char in enumerate(text)]
    for pair in _PAIRS.finditer(text):
        pieces[pair.start() : pair.end()] = ["m" if pair[1] else "w", ""]
    surely, maybe = [0, *accumulate(strange)], [0, *accumulate(doubtful)]
    for start, end in _between(Reading.of(pieces), names.shapes):
        length, swapped = end - start, surely[end] - surely[start]
        digits, letters = maybe[end] - maybe[start], sum(char.isalpha() for char in text[start:end])
        if (swapped and (length >= _LEAST_SHAPES or swapped < length)) or (
            digits and letters and length >= _LEAST_SHAPES
        ):
            yield start, end


def _reads_as_letter(text: str, place: int) -> bool:
    """Whether a character may stand for a letter; a sign only in a word, most of them not at its end."""
    if text[place] not in SIGNS or text[place + 1 : place + 2].isalnum():
        return True
    return text[place] in "@$" and place > 0 and text[place - 1].isalpha()


def _disguises(text: str) -> tuple[list[bool], list[bool]]:
    """For each character, whether it surely stands for another letter, and whether it may."""
    paired = {place for pair in _PAIRS.finditer(text) for place in range(*pair.span())}
    strange = [
        place in paired
        or (not char.isascii() and shape(char) != bare(char).replace("l", "i"))
        or (char == "I" and place > 0 and text[place - 1].islower())
        for place, char in enumerate(text)
    ]
    doubtful = [
        char in DIGITS or (char in SIGNS and _reads_as_letter(text, at)) for at, char in enumerate(text)
    ]
    return strange, doubtful


def _by_sound(text: str, names: Names) -> Iterator[Span]:
    """Names of one script in the letters of another: ``Dmitri`` for ``Дмитрий``, and the reverse."""
    if not names.romanised and text.isascii():
        return
    for found in chain(_SPOKEN.finditer(text), _HYPHENED.finditer(text)):
        word = found[0]
        sought = names.romanised if is_latin(word) else names.spoken
        if any(_is_said(said, sought) for said in _ways_to_say(word)):
            yield found.span()
    for found in _SIGNS.finditer(text):
        yield from _by_signs(found, names.written)


def _ways_to_say(word: str) -> Iterator[str]:
    """How a word sounds; with marks that are vowels, as in the scripts of India, and without them."""
    letters = "".join(sound(char) for char in word if char.isalnum())
    yield pronounced(letters)
    if not word.isascii():
        kept = (char for char in word if char.isalnum() or unicodedata.category(char)[0] == "M")
        marked = "".join(map(sound, kept))
        if marked != letters:
            yield pronounced(marked)


def _is_said(said: str, sought: Collection[str]) -> bool:
    """Whether a name sounds so, or so without an ``s`` behind."""
    return said in sought or (said.endswith("s") and said[:-1] in sought)


def _by_signs(found: re.Match[str], written: Forms) -> Iterator[Span]:
    """Two to four signs of the far eastern scripts that sound like a name in Latin letters."""
    said = [sound(sign) for sign in found[0]]
    for first in range(len(said) - 1):
        word = said[first]
        for last in range(first + 1, min(first + _MOST_SIGNS, len(said))):
            word += said[last]
            if len(word) >= LEAST_LETTERS and word in written.words:
                yield found.start() + first, found.start() + last + 1


def _inside(reading: Reading, forms: Forms) -> Iterator[Span]:
    """Where names stand inside words, in scripts that need no space around; and names of no letters."""
    for start, char in enumerate(reading.letters):
        for length in forms.lengths.get(char, ()):
            end = start + length
            if end <= len(reading.letters) and reading.letters[start:end] in forms.words:
                yield reading.in_text(start, end)


def _between(reading: Reading, forms: Forms) -> Iterator[Span]:
    """Where names stand between borders of words; also in pieces: ``O'Brien``, ``*M*aya``, ``M a y a``."""
    letters = reading.letters
    for group in _groups(letters):
        for run in group:
            if any(is_name(piece, forms) for piece in LETTERS.findall(letters[run[0] : run[1]])):
                yield reading.in_text(*run)
        for start, end in _Word.of(letters, group).names(forms):
            yield reading.in_text(start, end)


def is_name(word: str, forms: Forms) -> bool:
    """Whether a bare word is a form of a name, or one with an ``s`` behind."""
    return word in forms.words or (len(word) > 2 and word.endswith("s") and word[:-1] in forms.words)  # noqa: PLR2004 - "is"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """Runs of letters that may be pieces of one word, put together; and its borders, each with its place."""

    joined: str
    starts: dict[int, int] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, letters: str, group: Sequence[Span]) -> "_Word":
        word = cls(joined="".join(letters[start:end] for start, end in group))
        length = 0
        for start, end in group:
            word.starts[length] = start
            length += end - start
            word.ends[length] = end
        return word

    def names(self, forms: Forms) -> Iterator[Span]:
        for start, place in self.starts.items():
            for length in forms.lengths.get(self.joined[start], ()):
                end = start + length
                if end > len(self.joined):
                    break
                if self.joined[start:end] in forms.words:
                    yield from ((place, self.ends[last]) for last in self._borders(start, end))

    def _borders(self, start: int, end: int) -> Iterator[int]:
        """Where a name from ``start`` to ``end`` may end: there, behind an ``s``, or behind an ``es``."""
        if end in self.ends:
            yield end
        elif end - start > 1:
            for ending in ("s", "es") if _HISSING.search(self.joined[start:end]) else ("s",):
                last = end + len(ending)
                if last in self.ends and self.joined[end:last] == ending:
                    yield last


def _groups(letters: str) -> Iterator[list[Span]]:
    """Runs of letters, those together that may be pieces of one word."""
    group: list[Span] = []
    for found in RUN.finditer(letters):
        if group and not _glued(letters, group[-1], found.span()):
            yield group
            group = []
        group.append(found.span())
    if group:
        yield group


def _glued(letters: str, one: Span, other: Span) -> bool:
    """Whether two runs may be pieces of one word: little and no space between, or spaced-out letters."""
    gap = letters[one[1] : other[0]]
    if len(gap) > _WIDEST_GAP or _HELD.search(gap):
        return False
    return " " not in gap or one[1] - one[0] == other[1] - other[0] == 1
