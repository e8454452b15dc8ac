"""Quotes without names, ids and addresses. When in doubt a word goes: better a thin quote than a named one.

What this cannot do: nicknames that are in no profile, endings of a name beyond the English possessive and
plural, and a recognisable way of writing. Writers therefore see the redacted quote before they allow it.
What comes back is plain text, not yet escaped for Slack.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from bot.core.model import TEXT_LIMIT

LEAST_WORDS = 3
"""With fewer words left than this, nothing is quoted."""

# While we work, a placeholder is one private-use character: neither letter nor space, and in nobody's text
# (they are removed first). So no pattern can start or end inside one.
_NAME, _LINK, _ADDRESS, _NUMBER = "\ue000", "\ue001", "\ue002", "\ue003"
_PLACEHOLDERS = {_NAME: "[name]", _LINK: "[link]", _ADDRESS: "[address]", _NUMBER: "[number]"}
_SHOWN = str.maketrans(_PLACEHOLDERS)
_HELD = re.compile(f"[{''.join(_PLACEHOLDERS)}]")

# Borders of a word (the underscore is none), and what people put between the digits of one number.
_B, _E = r"(?<![^\W_])", r"(?![^\W_])"
_GAP = r"[\s().\-/\u2010-\u2015\u00b7\u2022*_~]"

# In this order: first what carries a label in brackets, then what may hold the others inside. Repetitions
# before something that must follow are bounded, so that no text takes quadratic time.
_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE), placeholder)
    for pattern, placeholder in (
        (r"<[@#!][^<>]*>", _NAME),
        (r"<mailto:[^<>]*>", _ADDRESS),
        (r"<[a-z][a-z0-9+.\-]{0,20}:[^<>]*>", _LINK),
        (rf"{_B}[a-z][a-z0-9+.\-]{{0,20}}:/{{1,3}}\S*\w/?", _LINK),
        (rf"{_B}(?:mailto|skype|callto):\S*\w", _ADDRESS),
        (r"[^\s@<>()\[\]{},;]{0,80}[^\W_][\"'_.+\-]?@\[?\w(?:[\w.:\-]*\w)?\]?", _ADDRESS),
        (
            r"[\w.+\-]{1,80}\s?[\[({<]\s?(?:at|@)\s?[\])}>]\s?\w[\w.\-]*(?:\s?[\[({]?\s?dot\s?[\])}]?\s?\w+)*",
            _ADDRESS,
        ),
        (r"[\w.+\-]{1,80}\s(?:at|@)\s[\w\-]{1,63}(?:\s?(?:\sdot\s|\.)\s?\w{2,24})+", _ADDRESS),
        (r"[\w.+\-]{1,80}\s?@\s[\w\-]{1,63}(?:\s?\.\s?\w{2,24})+", _ADDRESS),
        (r"@\w(?:[\w.\-]*\w)?", _NAME),
        (rf"{_B}localhost{_E}(?::\d+)?(?:/\S*)?", _LINK),
        (r"[\w.\-]{1,80}(?:\s?[\[({]\s?dot\s?[\])}]\s?|[\[({]\.[\])}])\w{2,}(?:[:/?#]\S*)?", _LINK),
        (r"[\w.\-]{0,80}[^\W_]\.(?:xn--[\w\-]+|[^\W\d_]{2,})(?:[\w.\-]*\w)?(?:[:/?#]\S*)?", _LINK),
        (rf"{_B}[\w\-]{{1,63}}\sdot\s(?:com|org|net|io|dev|app|co|eu|info|me){_E}", _LINK),
        (rf"{_B}[uwcdgtbsaef](?=[a-z]{{0,12}}\d)[a-z0-9]{{7,12}}{_E}", _NAME),
        (rf"{_B}(?-i:[UW](?:[A-Z]{{8}}|[A-Z]{{10}})){_E}", _NAME),
        (rf"\+?\(?\d(?:{_GAP}{{0,3}}\d){{5,}}(?::\d+)?(?:/\S*)?", _NUMBER),
        (rf"{_B}(?:\d{{1,3}}\.){{3}}\d{{1,3}}{_E}(?::\d+)?(?:/\S*)?", _LINK),
    )
)

# Letters that Unicode does not decompose, apostrophes that pass for letters, and look-alikes of Latin ones.
# Names and text are folded alike, so a wrong pair here can only redact too much.
_ALIKE = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th"}
    | dict.fromkeys("\u02bc\u02bb\u02b9", "'")
    | dict(zip("аеорсухіјѕһкмтвнԁԛԝ", "aeopcyxijshkmtbhdqw", strict=True))
    | dict(zip("αβεηικνορτυχω", "abenikvoptuxw", strict=True))
)

# Invisible without being of a category that says so: joiners, fillers that count as letters, variants.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u20e3\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)

# What stands in a profile's name without naming anybody: pronouns, and particles where written small ("de").
_NAMELESS = re.compile(
    rf"{_B}(?:(?i:she|he|they|it|xe|ze|any)(?:\s*/\s*\w+)+|(?:a|am|an|bin|da|das|de|del|della|den|der|des|di|do"
    rf"|dos|du|e|el|en|et|i|ibn|la|las|le|les|los|o|of|san|the|to|und|van|vom|von|y|zu|zum|zur)){_E}"
)
_TWO_NAMES = re.compile(rf"{_NAME}(?:(?:[\s.'’\-_]|{_NAMELESS.pattern})*{_NAME})+")

_RUN = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_SIGNS_FROM = "\u2e80"
"""From the CJK radicals on, one sign may be a whole name."""

_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CHINESE_OR_KOREAN = re.compile(f"[{_HAN}]{{3,4}}|[\uac00-\ud7a3]{{3,4}}")

# Names that are found inside a word too, since their scripts write no spaces or glue particles to a name.
# Shorter ones would be in every word: one Chinese sign, two of the other far eastern ones, else three.
_INSIDE = re.compile(
    rf"[{_HAN}]+|[\u2e80-\U0010ffff]{{2,}}|.*[\u0590-\U0010ffff].*(?<=...)|[\W_]+", re.DOTALL
)

_UNSPACED = f"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff{_HAN}]"
_WORD = re.compile(rf"{_UNSPACED}{{1,2}}|(?:(?!{_UNSPACED})[^\W\d_])+")


def redact(text: str, names: Iterable[str]) -> str | None:
    """The text as it may be quoted, or None when too little is left of it to be a quote.

    ``names`` are all names and handles of the audience. Of a longer name every part counts, whatever its
    case and accents, and also where it is an everyday word ("May", "Will"). What comes back has at most
    ``TEXT_LIMIT`` characters and single spaces; redacting it again changes nothing.

    >>> redact("Ask Maya's team, maya@example.com or +49 30 1234567 about it", ["Maya Okafor"])
    "Ask [name]'s team, [address] or [number] about it"
    >>> redact("Maya Okafor!", ["Maya Okafor"]) is None
    True
    """
    return redactor(names)(text)


def redactor(names: Iterable[str]) -> Callable[[str], str | None]:
    """A ``redact`` for many texts about one audience, whose names are prepared once."""
    forms = frozenset(form for name in names for form in _forms(name))

    def redact_one(text: str) -> str | None:
        before, after = text, _redact_once(text, forms)
        while after != before:  # ends: every change leaves fewer characters outside of placeholders
            before, after = after, _redact_once(after, forms)
        return after if _is_quote(after) else None

    return redact_one


def _redact_once(text: str, forms: frozenset[str]) -> str:
    """One pass. What it takes away may bare something more, so it is repeated until nothing changes."""
    text = _cleaned(text)
    for placeholder, shown in _PLACEHOLDERS.items():
        text = text.replace(shown, placeholder)
    for pattern, placeholder in _PATTERNS:
        text = pattern.sub(placeholder, text)
    text = _TWO_NAMES.sub(_NAME, _without_names(text, forms)).translate(_SHOWN)
    return text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT + 1].rpartition(" ")[0]


def _cleaned(text: str) -> str:
    """Compatibility forms unified (NFKC), nothing invisible, single spaces."""
    spaced = "".join(" " if char.isspace() or char == "\u2800" else char for char in text)
    seen = "".join(char for char in spaced if not unicodedata.category(char).startswith("C"))
    return " ".join(unicodedata.normalize("NFKC", _UNSEEN.sub("", seen)).split())


def _is_quote(redacted: str) -> bool:
    """Whether enough words are left, and more of them than placeholders."""
    for placeholder, shown in _PLACEHOLDERS.items():
        redacted = redacted.replace(shown, placeholder)
    words = len(_WORD.findall(redacted))
    return words >= LEAST_WORDS and words > len(_HELD.findall(redacted))


@lru_cache(maxsize=4096)
def _folded(char: str) -> str:
    """A character without case, accents and look-alikes; empty for a mark, sometimes two letters."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    bare = "".join(piece for piece in decomposed if not unicodedata.category(piece).startswith("M"))
    return unicodedata.normalize("NFC", bare).translate(_ALIKE)


def _forms(name: str) -> Iterator[str]:
    """The folded words by which this name is found: whole, its words, its parts."""
    name = _cleaned(name)
    whole, parts = ("".join(map(_folded, text)) for text in (name, _NAMELESS.sub(" ", name)))
    if not _RUN.search(parts):
        parts = whole
    if not any(sign.isalnum() or unicodedata.category(sign) == "So" for sign in name):
        return  # a dot or a dash in a profile names nobody, and would be in every text
    yield "".join(_RUN.findall(whole)) or whole
    words = {"".join(_RUN.findall(word)) for word in (parts.replace(" ", ""), *parts.split())}
    words.update(_RUN.findall(parts), _LETTERS.findall(parts))
    # Of a name in one piece, the last two signs are the given name; what is before them, the family name.
    in_one_piece = {word for word in words if _CHINESE_OR_KOREAN.fullmatch(word)}
    words.update(part for word in in_one_piece for part in (word[:-2], word[-2:]))
    long = {word for word in words if len(word) > 1 or word >= _SIGNS_FROM}
    yield from long or words


def _without_names(text: str, forms: frozenset[str]) -> str:
    """The text with a placeholder for every name."""
    pieces = [_folded(char) for char in text]
    folded = "".join(pieces)
    # For every folded character the place of the one it came from; marks belong to the letter before.
    places = [place for place, piece in enumerate(pieces) for _ in piece] + [len(text)]
    kept, end = "", 0
    for first, last in sorted({*_names_between(folded, forms), *_names_inside(folded, forms)}):
        kept += text[end : places[first]] + _NAME if places[first] >= end else ""
        end = max(end, places[last])
    return kept + text[end:]


def _names_inside(folded: str, forms: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Where names stand inside words, in scripts that need no space around; and names of no letters."""
    for form in forms:
        if _INSIDE.fullmatch(form):
            yield from (found.span() for found in re.finditer(re.escape(form), folded))


def _names_between(folded: str, forms: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Where names stand between borders of words; also in pieces: ``O'Brien``, ``*M*aya``, ``M a y a``."""
    longest = max(map(len, forms), default=0) + 1
    runs = list(_RUN.finditer(folded))
    for index, run in enumerate(runs):
        if any(_is_name(letters, forms) for letters in _LETTERS.findall(run[0])):
            yield run.span()
        joined, before = "", None
        for following in runs[index:]:
            if len(joined) > longest or (before and not _glued(before, following)):
                break
            joined, before = joined + following[0], following
            if following[0] != "s" and _is_name(joined, forms):
                yield run.start(), following.end()


def _is_name(word: str, forms: frozenset[str]) -> bool:
    """Whether a folded word is a form of a name, or one with an ``s`` behind."""
    return word in forms or (len(word) > 2 and word.endswith("s") and word[:-1] in forms)  # noqa: PLR2004 - "is"


def _glued(one: re.Match[str], other: re.Match[str]) -> bool:
    """Whether two runs may be pieces of one word: little and no space between, or spaced-out letters."""
    gap = one.string[one.end() : other.start()]
    if len(gap) > 3 or _HELD.search(gap):  # noqa: PLR2004 - as in M - a - y - a
        return False
    return " " not in gap or len(one[0]) == len(other[0]) == 1
