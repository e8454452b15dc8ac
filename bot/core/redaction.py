"""Redact names, ids and addresses from quotes. In doubt a word is removed.

What this cannot find: nicknames that are in no profile and made in no regular way (Pepe, Majo), initials
without dots, names spelled backwards, broken up by a single space or as they sound in a script that does not
write all vowels, Japanese given names of Chinese signs in kana or Latin letters, foreign names as Japan says
them (Tomasu), numbers in words, endings and compounds that ``bot.core.name_forms`` does not know, and a
recognisable way of writing, such as a language in which few write. Writers therefore see the redacted quote
before they allow it. The result is plain text, not yet escaped for Slack.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable

from bot.core.addresses import NAME, PLACEHOLDERS, without_addresses
from bot.core.east_asian_names import HAN
from bot.core.letters import GLUED
from bot.core.model import TEXT_LIMIT
from bot.core.name_search import without_names
from bot.core.names import NAMELESS, Names

LEAST_WORDS = 3
"""With fewer words left, nothing is quoted."""

MOST_PASSES = 6
"""A text that still changes after this many passes was built to do so, and is not quoted."""

_MOST_CHARACTERS = 2 * TEXT_LIMIT
"""A text that is longer than this after NFKC was built to be, and is not quoted."""

_SHOWN = str.maketrans(PLACEHOLDERS)
_HELD = re.compile(f"[{''.join(PLACEHOLDERS)}]")

# Invisible characters that their category does not reveal: joiners, fillers that count as letters, variants.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u20e3\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)

# Marks that belong to no script. Those that NFKC has not joined to a letter would break a word or a number.
_LOOSE_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")

_TWO_NAMES = re.compile(rf"{NAME}(?:(?:[\s.'’\-_]|{NAMELESS.pattern})*{NAME})+")
_LETTER, _E = rf"(?<![^\W_{GLUED}])([^\W\d_])", rf"(?![^\W_{GLUED}])"
_BESIDE_A_NAME = re.compile(
    rf"{_LETTER}(\.?)(?: |(?<=\.)[\-\u2010\u2011])?(?={NAME})|(?<={NAME}) ?{_LETTER}{_E}(\.?)"
)
_INITIALS = re.compile(rf"{_LETTER}\.(?:[ \-\u2010\u2011]?[^\W\d_]\.){{1,3}}{_E}|{_LETTER}\.[^\W\d_]{_E}")

# Abbreviations of the bot's languages that look like initials. In capitals alone (P.S.) they may be initials.
_ABBREVIATIONS = """
a.D. a.m. c.à.d. d.h. d.J. e.g. e.V. i.A. i.d.R. i.d.S. i.e. i.S. i.S.v. i.V. m.E. m.W. n.b. o.Ä. o.g. o.k.
p.a. p.m. p.s. s.o. s.u. s.v.p. u.a. u.Ä. u.a.m. u.U. u.v.a. u.v.m. v.a. z.B. z.H. z.T. z.Z.
"""
_USUAL = (way for one in _ABBREVIATIONS.split() for way in (one, one[0].upper() + one[1:]))
_WAYS = {way for way in _USUAL if not way.isupper()}
_GAP = r"\.[ \-\u2010\u2011]?"
_LONGEST_FIRST = (_GAP.join(way[:-1].split(".")) for way in sorted(_WAYS, key=len, reverse=True))
_ABBREVIATION = re.compile(rf"(?<![^\W_{GLUED}])((?:{'|'.join(_LONGEST_FIRST)})\.)")

_UNSPACED = f"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff{HAN}]"
_STOP, _BETWEEN_SIGNS = re.compile("[\u3001\u3002\u300d\u300f]"), re.compile(f"{_UNSPACED}(?={_UNSPACED})")
_WORD = re.compile(rf"{_UNSPACED}{{1,2}}|(?:(?!{_UNSPACED})[^\W\d_])+")


def redact(text: str, names: Iterable[str]) -> str | None:
    """Return the text as it may be quoted, or None if too little is left of it.

    ``names``: all names and handles of the audience. Every part of a name counts, whatever its case, accents,
    spelling and script, even if it is an everyday word ("May", "Will"). Particles count with a capital inside
    a sentence (Le of "Anne Le Goff"). The result has at most ``TEXT_LIMIT`` characters and single spaces;
    redacting it again changes nothing.

    >>> redact("Ask Maya's team, maya@example.com or +49 30 1234567 about it", ["Maya Okafor"])
    "Ask [name]'s team, [address] or [number] about it"
    >>> redact("Maya Okafor!", ["Maya Okafor"]) is None
    True
    """
    return redactor(names)(text)


def redactor(names: Iterable[str]) -> Callable[[str], str | None]:
    """Return a ``redact`` for many texts about one audience, which prepares the names once."""
    sought = Names(map(_cleaned, names))

    def redact_one(text: str) -> str | None:
        text = _cleaned(text)
        if len(text) > _MOST_CHARACTERS:
            return None
        for _ in range(MOST_PASSES):
            before, text = text, _redact_once(text, sought)
            if text == before:
                return text if _is_quote(text) else None
        return None

    return redact_one


def _redact_once(text: str, names: Names) -> str:
    """Redact the text in one pass.

    This may reveal something more, so it is repeated until nothing changes.
    """
    for placeholder, shown in PLACEHOLDERS.items():
        text = text.replace(shown, placeholder)
    text = without_names(without_addresses(text), names)
    text = _TWO_NAMES.sub(NAME, _without_initials(text, names)).translate(_SHOWN)
    return _cut(_cleaned(text))


def _cut(text: str) -> str:
    """Return at most ``TEXT_LIMIT`` characters, up to a space.

    In a script that writes no spaces, up to the end of a sentence, else between two signs.
    """
    if len(text) <= TEXT_LIMIT:
        return text
    kept = text[: TEXT_LIMIT + 1].rpartition(" ")[0]
    for place in (_STOP, _BETWEEN_SIGNS):
        ends = (found.end() for found in place.finditer(text, 0, TEXT_LIMIT + 1))
        last = max((end for end in ends if end <= TEXT_LIMIT), default=0)
        if 2 * max(len(kept), last) >= TEXT_LIMIT:
            return text[: max(len(kept), last)]
    return kept


def _cleaned(text: str) -> str:
    """Return the text in NFKC, without invisible characters and loose marks, with single spaces."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    spaced = "".join(" " if char.isspace() or char == "\u2800" else char for char in text)
    seen = "".join(char for char in spaced if not unicodedata.category(char).startswith("C"))
    unified = unicodedata.normalize("NFKC", _UNSEEN.sub("", seen))
    return " ".join(_LOOSE_MARKS.sub("", unified).split())


def _without_initials(text: str, names: Names) -> str:
    """Return the text without the initials of the audience: ``M.O.``, and the ``O.`` beside a name.

    Abbreviations stay (``z. B.``), and one letter of ``m.O.`` that is a capital makes both of them initials.
    """
    first_letters = {letter for initials in names.initials for letter in initials}

    def beside(found: re.Match[str]) -> str:
        letter, dot = found[1] or found[3], found[2] or found[4]
        stands_alone = letter.isupper() and (dot or letter not in "AI")
        return "" if stands_alone and letter.lower() in first_letters else found[0]

    def together(found: re.Match[str]) -> str:
        letters = [char for char in found[0] if char.isalpha()]
        capitals = [char for char in letters if char.isupper()]
        initials = "".join(letters if len(capitals) == 1 else capitals).lower()
        return NAME if initials in names.initials else found[0]

    pieces = _ABBREVIATION.split(text)  # every second one is an abbreviation
    pieces[::2] = [_BESIDE_A_NAME.sub(beside, _INITIALS.sub(together, piece)) for piece in pieces[::2]]
    return "".join(pieces)


def _is_quote(redacted: str) -> bool:
    """Return whether enough words are left, and more of them than placeholders."""
    for placeholder, shown in PLACEHOLDERS.items():
        redacted = redacted.replace(shown, placeholder)
    words = len(_WORD.findall(redacted))
    return words >= LEAST_WORDS and words > len(_HELD.findall(redacted))
