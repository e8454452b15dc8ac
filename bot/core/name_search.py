"""Find the names of an audience in a text, in whatever letters they are written.

A text is read up to nine times: without case and accents, with umlauts written out, without the codes of
emoji or with the letters that they show, by the shapes of its letters, by their sound, by syllables, by East
Asian signs, and by endings. The first five search, from each border of a word, only for lengths of names that
begin with this letter, so the time depends on the text and hardly on the number of names.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain

from bot.core.addresses import NAME, PLACEHOLDERS
from bot.core.common_words import EVERYDAY, LIKE_FORMS, LIKE_GERMAN_FORMS
from bot.core.east_asian_names import MOST_SIGNS, one_spelling
from bot.core.japanese_names import is_in_a_word
from bot.core.letters import (
    CODE,
    DIGITS,
    LEAST_LETTERS,
    SIGNS,
    WRITTEN_OUT,
    bare,
    letter_of,
    pronounced,
    shape,
    sound,
)
from bot.core.name_forms import is_form
from bot.core.names import LETTERS, RUN, SIGNS_FROM, Forms, Names, is_latin, parts_by_capitals
from bot.core.sign_search import by_signs

Span = tuple[int, int]

_HELD = re.compile(f"[{''.join(PLACEHOLDERS)}]")
_PAIRS = re.compile(r"(?<![^\W_])(rn)|(vv)", re.IGNORECASE)
_HISSING = re.compile(r"(?:s|x|z|ch|sh)$")
# Every character matches one alternative only. If two overlapped, a long word would be tried in 2^n ways.
_SPOKEN_LETTER = f"(?:[^\\W_{SIGNS_FROM}-\U0010ffff]|(?![^\\W_])[\u0590-\u1fff])"
_SPOKEN = re.compile(f"{_SPOKEN_LETTER}+")
_HYPHENED = re.compile(f"(?<!{_SPOKEN_LETTER}){_SPOKEN_LETTER}+(?:[\\-\u2010\u2011]{_SPOKEN_LETTER}+)+")
_WIDEST_GAP = 3  # as in M - a - y - a
_LEAST_SHAPES = 3  # "A4" is paper, and two Cyrillic letters are a word
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]+")
_LONGEST_SYLLABLE = len("zhuang")
_BETWEEN = (" ", "-", "\u2010", "\u2011")
_INSIDE_A_SENTENCE = re.compile(r"[^\W_][,;)'’\"]*[ \-]$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A text in other letters. ``places``: the place of each letter in the text, and the end."""

    letters: str
    places: Sequence[int]

    @classmethod
    def of(cls, pieces: Sequence[str]) -> "Reading":
        """Return the reading with these letters for each character of a text."""
        places = [place for place, piece in enumerate(pieces) for _ in piece]
        return cls(letters="".join(pieces), places=[*places, len(pieces)])

    def in_text(self, start: int, end: int) -> Span:
        """Return where these letters are in the text. Marks belong to the letter before."""
        return self.places[start], self.places[end]


def without_names(text: str, names: Names) -> str:
    """Return the text with a placeholder for every name."""
    kept, end = "", 0
    for first, last in sorted(set(_found(text, names))):
        kept += text[end:first] + NAME if first >= end else ""
        end = max(end, last)
    return kept + text[end:]


def _found(text: str, names: Names) -> Iterator[Span]:
    plain = Reading.of([bare(char) for char in text])
    yield from _between(plain, names.written)
    yield from _inside(plain, names.inside, text)
    yield from _by_capitals(text, names.written)
    if any(char.lower() in WRITTEN_OUT for char in text):
        written_out = [WRITTEN_OUT.get(char.lower()) or bare(char) for char in text]
        yield from _between(Reading.of(written_out), names.written)
    for pieces in _without_codes(text):
        yield from _between(Reading.of(pieces), names.written)
    yield from _by_shape(text, names)
    yield from _by_sound(text, names)
    yield from _by_syllables(text, names)
    yield from by_signs(text, names)
    yield from _by_ending(text, names)


def _without_codes(text: str) -> Iterator[list[str]]:
    """Yield the text without the codes of emoji (``:tada:``), if it has any.

    Then yield it with the codes that show a letter (``:m:``, ``:alphabet-white-m:``) as that letter.
    """
    codes = list(CODE.finditer(text))
    for lettered in (False, True) if codes else ():
        pieces = [bare(char) for char in text]
        for code in codes:
            shown = letter_of(code[1]) if lettered else ""
            pieces[code.start() : code.end()] = [shown, *[""] * (len(code[0]) - 1)]
        yield pieces


def _by_capitals(text: str, written: Forms) -> Iterator[Span]:
    """Yield words in which capitals separate a name: ``ThankYouMaya``."""
    for run in RUN.finditer(text):
        if any(
            "".join(map(bare, hump)) in written.words for hump in parts_by_capitals(run[0]) if len(hump) > 1
        ):
            yield run.span()


def _by_shape(text: str, names: Names) -> Iterator[Span]:
    """Yield names written with look-alike letters, digits or signs, with at least one of these."""
    strange, doubtful = _lookalikes(text)
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
    """Return whether a character may represent a letter.

    A sign must be inside a word; ``@`` and ``$`` may also end it.
    """
    if text[place] not in SIGNS or text[place + 1 : place + 2].isalnum():
        return True
    return text[place] in "@$" and place > 0 and text[place - 1].isalpha()


def _lookalikes(text: str) -> tuple[list[bool], list[bool]]:
    """Return, for each character, whether it certainly represents another letter, and whether it may."""
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
    """Yield names of one script in the letters of another: ``Dmitri`` for ``Дмитрий``, and the reverse."""
    if not names.romanised and text.isascii():
        return
    for found in chain(_SPOKEN.finditer(text), _HYPHENED.finditer(text)):
        latin = is_latin(found[0])
        sought = names.romanised if latin else names.spoken
        if any(_is_name_said(said, sought) for said in _romanisations(found[0])) and _may_name(
            found, latin=latin
        ):
            yield found.span()


def _romanisations(word: str) -> Iterator[str]:
    """Yield a word in Latin letters, then with umlauts written out, then with marks that are vowels."""
    letters = [char for char in word if char.isalnum()]
    yield "".join(map(sound, letters))
    if any(char.lower() in WRITTEN_OUT for char in letters):
        yield "".join(WRITTEN_OUT.get(char.lower()) or sound(char) for char in letters)
    marks = [] if word.isascii() else [char for char in word if unicodedata.category(char)[0] == "M"]
    if marks:
        yield "".join(sound(char) for char in word if char.isalnum() or char in marks)


def _is_name_said(word: str, sought: frozenset[str]) -> bool:
    """Return whether a word in Latin letters sounds like a name, with or without a final ``s``."""
    said = pronounced(word) if len(word) >= LEAST_LETTERS - 1 else ""
    return said in sought or (said.endswith("s") and said[:-1] in sought)


def _may_name(found: re.Match[str], *, latin: bool) -> bool:
    """Return whether a word that sounds like a name may be one.

    Short words of other scripts need a capital.
    """
    if latin:
        return _is_no_word(found)
    return len(found[0]) >= LEAST_LETTERS or found[0].istitle()


def _by_syllables(text: str, names: Names) -> Iterator[Span]:
    """Yield Chinese and Korean names that are written in Latin letters, in one word or in several."""
    if not names.syllables:
        return
    words = list(_LATIN.finditer(text))
    for at, first in enumerate(words):
        joined = ""
        for last in _together(text, words[at : at + MOST_SIGNS]):
            syllable = "".join(map(bare, last[0]))
            spellings = [joined + syllable]
            if syllable.endswith("s") and len(syllable) >= LEAST_LETTERS - 1:
                spellings.append(joined + syllable[:-1])
            joined += syllable
            long = last is not first and len(joined) > LEAST_LETTERS
            if any(one[1:] and one_spelling(one) in names.syllables for one in spellings) and (
                long or _is_no_word(first) or _is_no_word(last)
            ):
                yield first.start(), last.end()


def _by_ending(text: str, names: Names) -> Iterator[Span]:
    """Yield names with an ending that a language gives them, and particles of names with a capital."""
    for found in _LATIN.finditer(text):
        word = "".join(map(bare, found[0]))
        if word in LIKE_GERMAN_FORMS or (word in LIKE_FORMS and not _has_capital(found)):
            continue
        if is_form(word, names.words, names.stems) or (word in names.particles and _has_capital(found)):
            yield found.span()


def _together(text: str, words: Sequence[re.Match[str]]) -> Iterator[re.Match[str]]:
    """Yield the first of these words, and the words after it that may be further syllables of one name."""
    end = words[0].start()
    for word in words:
        if word is not words[0] and text[end : word.start()] not in _BETWEEN:
            return
        yield word
        end = word.end()
        if len(word[0]) > _LONGEST_SYLLABLE:
            return


def _is_no_word(found: re.Match[str]) -> bool:
    """Return whether this is no everyday word, or has a capital inside a sentence like a name."""
    word = "".join(map(bare, found[0]))
    if word[1:] and word not in EVERYDAY and word.removesuffix("s") not in EVERYDAY:
        return True
    return bool(word[1:]) and _has_capital(found)


def _has_capital(found: re.Match[str]) -> bool:
    """Return whether a word inside a sentence begins with a capital."""
    before = found.string[max(0, found.start() - _WIDEST_GAP) : found.start()]
    return found[0].istitle() and bool(_INSIDE_A_SENTENCE.search(before))


def _inside(reading: Reading, forms: Forms, text: str) -> Iterator[Span]:
    """Yield names inside words, for scripts without spaces, and names without letters."""
    for start, char in enumerate(reading.letters):
        for length in forms.lengths.get(char, ()):
            end = start + length
            if end <= len(reading.letters) and reading.letters[start:end] in forms.words:
                found = reading.in_text(start, end)
                if length > 1 or not is_in_a_word(text, *found):
                    yield found


def _between(reading: Reading, forms: Forms) -> Iterator[Span]:
    """Yield names between borders of words, also in pieces: ``O'Brien``, ``*M*aya``, ``M a y a``."""
    letters = reading.letters
    for group in _groups(letters):
        for run in group:
            if any(is_name(piece, forms) for piece in LETTERS.findall(letters[run[0] : run[1]])):
                yield reading.in_text(*run)
        for start, end in _Word.of(letters, group).names(forms):
            yield reading.in_text(start, end)


def is_name(word: str, forms: Forms) -> bool:
    """Return whether a bare word is a form of a name, with or without a final ``s``."""
    return word in forms.words or (len(word) > 2 and word.endswith("s") and word[:-1] in forms.words)  # noqa: PLR2004 - "is"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """Runs of letters that may be pieces of one word, joined, with the place of each border."""

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
        """Yield where a name from ``start`` to ``end`` may end: there, or after an ``s`` or an ``es``."""
        if end in self.ends:
            yield end
        elif end - start > 1:
            for ending in ("s", "es") if _HISSING.search(self.joined[start:end]) else ("s",):
                last = end + len(ending)
                if last in self.ends and self.joined[end:last] == ending:
                    yield last


def _groups(letters: str) -> Iterator[list[Span]]:
    """Yield groups of runs of letters that may be pieces of one word."""
    group: list[Span] = []
    for found in RUN.finditer(letters):
        if group and not _may_be_joined(letters, group[-1], found.span()):
            yield group
            group = []
        group.append(found.span())
    if group:
        yield group


def _may_be_joined(letters: str, one: Span, other: Span) -> bool:
    """Return whether two runs may be pieces of one word: a small gap without space, or spaced-out letters."""
    gap = letters[one[1] : other[0]]
    if len(gap) > _WIDEST_GAP or _HELD.search(gap):
        return False
    return " " not in gap or one[1] - one[0] == other[1] - other[0] == 1
