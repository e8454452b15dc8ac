"""Derive the forms in which a name is found: whole, in parts, written out, by shape and by sound."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, permutations, product

from bot.core.east_asian_names import HAN, in_latin_letters, one_spelling, parts_in_signs
from bot.core.japanese_names import KANA, kana_in_latin, kana_names, readings, spelled_in_japan
from bot.core.letters import GLUED, LEAST_LETTERS, WRITTEN_OUT, bare, contracted, pronounced, shapes, sound
from bot.core.name_forms import ABBREVIATED, stems

# Borders of a word. The underscore is not part of a word.
_B, _E = r"(?<![^\W_])", r"(?![^\W_])"

NAMELESS = re.compile(
    rf"{_B}(?:(?i:she|he|they|it|xe|ze|any)(?:\s*/\s*\w+)+|(?:a|am|an|bin|da|das|de|del|della|den|der|des|di|do"
    rf"|dos|du|e|el|en|et|i|ibn|la|las|le|les|los|o|of|san|the|to|und|van|vom|von|y|zu|zum|zur)){_E}"
)
"""Parts of a profile's name that name nobody: pronouns, and particles in small letters."""

# The same with a capital, between other words of a name: Le in "Anne Le Goff".
_PARTICLE = re.compile(
    rf"{_B}(?:das?|del?|della|de[nrs]|di|dos?|du|el|las?|les?|los|te[nr]|van|von){_E}(?= +[^\W_])",
    re.IGNORECASE,
)

RUN = re.compile(rf"[^\W_{GLUED}]+|(?:(?=[{GLUED}])[^\W_])+")
"""Letters and digits in a row, of scripts that make words together."""

LETTERS = re.compile(r"[^\W\d_]+")

SIGNS_FROM = "\u2e80"
"""From the CJK radicals on, one sign may be a whole name."""

# Most names: one or two words without anything to split.
_PLAIN = re.compile(r"[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]+(?: [A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]+)?")

# Names that are found inside a word too, since their scripts write no spaces or glue particles to a name.
# Names that are also searched inside words, because their scripts write no spaces or attach particles.
# Shorter ones would match in every word: one Chinese sign, two signs of other East Asian scripts, otherwise
# three.
_INSIDE = re.compile(rf"[{HAN}]+|[\u2e80-\U0010ffff]{{2,}}|.*[\u0590-\U0010ffff].*(?<=...)|[\W_]+", re.DOTALL)

# Case endings of names in the languages that write Cyrillic, without accents.
_CYRILLIC = re.compile("[\u0400-\u04ff]{3,}")
_LAST_LETTER = re.compile("[аяиьоеі]$")
_CASES = ("", *"аяуюеиыі", "ою", "ею", "ои", "еи", "ом", "ем", "ым", "им", "ого", "ому", "ів", "ові")

_MOST_SPELLINGS = 8
_MOST_PAIRED = 4
_LATIN_TO = "\u0250"
"""Letters before this one are Latin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """The words to search for, and their lengths by first letter, which limit the search."""

    words: frozenset[str]
    lengths: Mapping[str, Sequence[int]]

    @classmethod
    def of(cls, words: Iterable[str]) -> "Forms":
        """Return the forms of these words."""
        all_words = frozenset(words)
        lengths: dict[str, list[int]] = {}
        for first, length in sorted({(word[0], len(word)) for word in all_words}):
            lengths.setdefault(first, []).append(length)
        return cls(words=all_words, lengths=lengths)


class Names:
    """All names of an audience, prepared for the search. Forms that few texts need are computed on demand.

    ``written``: bare words. ``inside``: those that are also searched inside words. ``initials``: the first
    letters of each name, joined ("mo"). ``particles``: particles that a name writes with a capital.
    """

    def __init__(self, cleaned: Iterable[str]) -> None:
        """Take names that were cleaned in the same way as the texts."""
        self._names, self.particles = _with_particles(frozenset(cleaned))
        words = {form for name in self._names for spelling in _spellings(name) for form in _forms(spelling)}
        self.written = Forms.of(words)
        self.inside = Forms.of(
            word for word in words if not (word.isascii() and word.isalnum()) and _INSIDE.fullmatch(word)
        )
        self.initials = frozenset(letters for name in self._names if (letters := _initials(name)))

    @cached_property
    def shapes(self) -> Forms:
        """The shapes of the bare words; for other scripts also the shapes of their capitals."""
        words = {shapes(word) for word in self.written.words}
        foreign = (word for word in self.written.words if not word.isascii())
        return Forms.of(words | {shapes(word.upper()) for word in foreign})

    @cached_property
    def romanised(self) -> frozenset[str]:
        """How names of other scripts sound, in Latin letters."""
        foreign = (name for name in self._names if not is_latin(name))
        return frozenset(_sounding(word for name in foreign for word in _romanised(name)))

    @cached_property
    def syllables(self) -> frozenset[str]:
        """Names in Chinese and Korean signs as spelled in Latin letters, reduced by ``one_spelling``."""
        foreign = (RUN.findall(_bare(name)) for name in self._names if not is_latin(name))
        return frozenset(form for words in foreign for form in in_latin_letters(words))

    @cached_property
    def latin_spellings(self) -> frozenset[str]:
        """The names in Latin letters, as single words and joined, reduced by ``one_spelling``."""
        latin = (LETTERS.findall(_bare(name)) for name in self._names if is_latin(name))
        forms = (form for words in latin if words for form in (*words, *_joined(words)))
        return frozenset(one_spelling(form) for form in forms if len(form) >= LEAST_LETTERS)

    @cached_property
    def as_in_japan(self) -> frozenset[str]:
        """The names in Latin letters and in kana, as they are spelled in Japan."""
        latin = (word for name in self._names if is_latin(name) for word in LETTERS.findall(_bare(name)))
        return frozenset((*spelled_in_japan(latin), *kana_names(filter(_is_foreign, self._names))))

    @cached_property
    def in_japan(self) -> Forms:
        """The same, and usual readings of family names in Chinese signs, to be found in kana."""
        return Forms.of({*self.as_in_japan, *readings(filter(_is_foreign, self._names))})

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the names in Latin letters, which get endings."""
        latin = (NAMELESS.sub(" ", name) for name in self._names if is_latin(name))
        spellings = (spelling for name in latin for spelling in _spellings(name))
        return frozenset(word for spelling in spellings for word in LETTERS.findall(_bare(spelling)))

    @cached_property
    def stems(self) -> frozenset[str]:
        """The same words without their last vowel."""
        return frozenset(stems(self.words))

    @cached_property
    def spoken(self) -> frozenset[str]:
        """How all names sound, in Latin letters."""
        latin = (
            word
            for name in self._names
            if is_latin(name)
            for spelling in _spellings(name)
            for word in _bare(spelling).split()
        )
        return self.romanised | frozenset(_sounding("".join(LETTERS.findall(word)) for word in latin))


def _with_particles(names: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names with particles in small letters, and the bare particles that had a capital.

    In front of a name it is a particle where another name says so: "Le Goff" beside "Anne Le Goff". Otherwise
    it is a name, as in "Le Nguyen".
    """
    behind = {name[found.start() :] for name in names for found in _PARTICLE.finditer(name) if found.start()}
    found_here = set[str]()

    def small(found: re.Match[str]) -> str:
        if found[0].islower() or not (found.start() or found.string in behind):
            return found[0]
        found_here.add(found[0].lower())
        return found[0].lower()

    return frozenset(_PARTICLE.sub(small, name) for name in names), frozenset(found_here)


def is_latin(text: str) -> bool:
    """Return whether a text has only Latin letters."""
    return text.isascii() or max(text) < _LATIN_TO or all(bare(char).isascii() for char in text)


def _is_foreign(name: str) -> bool:
    return not name.isascii()


def _sounding(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        if len(word) >= LEAST_LETTERS - 1 and (said := pronounced(word))[1:]:
            yield said


def _spellings(name: str) -> Iterator[str]:
    """Yield the name with each umlaut as written and written out. With many umlauts: all of them or none."""
    yield name
    special = [] if name.isascii() else [char for char in dict.fromkeys(name) if char.lower() in WRITTEN_OUT]
    if not special:
        return
    ways: Iterable[tuple[bool, ...]] = product((True, False), repeat=len(special))
    if 2 ** len(special) > _MOST_SPELLINGS:
        ways = ((True,) * len(special),)
    for way in ways:
        chosen = {ord(char): WRITTEN_OUT[char.lower()] for char, out in zip(special, way, strict=True) if out}
        yield name.translate(chosen)


def _forms(name: str) -> Iterator[str]:
    """Yield the bare words of this name: whole, its words, its parts, and forms made of them."""
    if _PLAIN.fullmatch(name):
        in_order = _bare(name).split()
        words = {*in_order, "".join(in_order)}
    else:
        if not any(sign.isalnum() or unicodedata.category(sign) == "So" for sign in name):
            return  # a dot or a dash names nobody, and would match in every text
        in_order, words = _in_parts(name)
    long = {word for word in words if len(word) > 1 or word >= SIGNS_FROM} or words
    yield from long
    yield from _joined(in_order)
    yield from _with_initials(in_order)
    for word in long:
        yield from _varied(word)


def _joined(words: list[str]) -> Iterator[str]:
    """Yield all words of a name joined, and any two if they are few: ``mayaokafor``, ``okaformaya``."""
    orders: list[Sequence[str]] = [words, words[-1:] + words[:-1], words[1:] + words[:1]]
    if len(words) <= _MOST_PAIRED:
        orders += permutations(words, 2)
    for order in orders:
        if len(word := "".join(order)) >= LEAST_LETTERS:
            yield word


def _in_parts(name: str) -> tuple[list[str], set[str]]:
    """Return the bare words of a name in order, and all of its parts including the whole."""
    nameless = NAMELESS.sub(" ", name)
    whole, parts = _bare(name), _bare(nameless)
    if not RUN.search(parts):
        parts = whole
    in_order = ["".join(RUN.findall(word)) for word in parts.split()]
    words = {*in_order, "".join(RUN.findall(parts.replace(" ", "")))}
    words.update(RUN.findall(parts), LETTERS.findall(parts))
    words.update(
        _bare(piece) for word in RUN.findall(nameless) for piece in parts_by_capitals(word) if piece[2:]
    )
    words.update(parts_in_signs(in_order))
    words.add("".join(RUN.findall(whole)) or whole)
    return [word for word in in_order if word], words - {""}


def parts_by_capitals(word: str) -> list[str]:
    """Return the pieces of a word that capitals separate (``ThankYouMaya``, ``MOkafor``), if any."""
    if word[1:].islower():
        return []
    edges = [
        place
        for place in range(1, len(word))
        if word[place].isupper()
        and (
            word[place - 1].islower() or (word[place - 1].isupper() and word[place + 1 : place + 2].islower())
        )
    ]
    borders = [0, *edges, len(word)]
    return [word[start:end] for start, end in pairwise(borders)] if edges else []


def _bare(text: str) -> str:
    return text.lower() if text.isascii() else "".join(map(bare, text))


def _with_initials(words: list[str]) -> Iterator[str]:
    """Yield a word with initials of the other words: ``mayao``, ``mokafor`` and ``okaform``."""
    for place, word in enumerate(words):
        if len(word) < LEAST_LETTERS:
            continue
        before, behind = ([other[0] for other in others] for others in (words[:place], words[place + 1 :]))
        for letters in {*before, *behind, "".join(before), "".join(behind)} - {""}:
            yield word + letters
        for letters in {*before, "".join(before)} - {""}:
            yield letters + word


def _varied(word: str) -> Iterator[str]:
    """Yield the word contracted, abbreviated, in its cases, and with a small L in place of a capital i."""
    if len(short := contracted(word)) >= LEAST_LETTERS:
        yield short
    yield from ABBREVIATED.get(word, ())
    if word[0] == "i" and len(word) >= LEAST_LETTERS - 1:
        yield "l" + word[1:]
    if _CYRILLIC.fullmatch(word):
        stem = _LAST_LETTER.sub("", word)
        yield from (stem + ending for ending in _CASES)


def _romanised(name: str) -> Iterator[str]:
    """Yield the parts of a name in another script, in Latin letters."""
    words = [word for word in NAMELESS.sub(" ", name).split() if not word.isascii()]
    for word in ("".join(words), *words):
        yield "".join(RUN.findall("".join(map(sound, word))))
        if KANA.fullmatch(word):
            yield from ("".join(kana_in_latin(word, long=long)) for long in (False, True))


def _initials(name: str) -> str:
    words = RUN.findall(NAMELESS.sub(" ", name))
    return "".join(bare(word[0]) for word in words if word[0].isalpha())
