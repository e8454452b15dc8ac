"""Reduce letters to what a reader sees or hears: without case and accents, by shape, and by sound.

Names and texts are reduced in the same way, so a wrong pair in these tables can only redact too much.
"""

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

from bot.core.han_variants import HAN_VARIANTS
from bot.core.lookalikes import LOOKALIKES

LEAST_LETTERS = 4
"""Forms of a name (contracted, with an initial, by sound) with fewer letters would match in every text."""

GLUED = "\u0590-\u1cff\u2e80-\ua63f\ua840-\uab2f\uabc0-\ud7ff\uf900-\ufdff\ufe70-\ufeff\U00010000-\U0010ffff"
"""Scripts that write no spaces, or glue particles to a word in Latin letters; for a class of characters.

A word in Latin letters begins and ends where one of them is beside it.
"""

# Apostrophes, strokes, dots and tones that Unicode counts as letters but readers do not.
_BETWEEN_LETTERS = [
    *map(chr, (*range(0x2B9, 0x2C2), *range(0x2C6, 0x2D2), 0x2EC, 0x2EE, *range(0xA717, 0xA720), 0xA788)),
    *"\u0559\u0640\u07f4\u07f5\u07fa\u1aa7",
]

# Letters that Unicode does not decompose, signs between letters, and spellings of one Chinese sign.
_BARE = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th"}
    | dict.fromkeys(_BETWEEN_LETTERS, "'")
    | HAN_VARIANTS
)

WRITTEN_OUT = {
    letters: written
    for written, all_letters in {"ae": "ä", "oe": "öø", "ue": "ü", "aa": "å", "dj": "đ", "ch": "čç",
                                 "sh": "šş", "zh": "ž", "gh": "ğ", "dh": "ð"}.items()
    for letters in all_letters
}  # fmt: skip
"""What people write for a letter that their keyboard lacks, if it is more than the bare letter."""

# Alphabets of "fancy text" generators that are not in Unicode's list. Each stands for a to z.
_FANCY = (
    "ᗩᗷᑕᗪᗴᖴᘜᕼᓰᒍᖽᒪᗰᑎᗝᑭᑫᖇᔕᖶᑌᐯᗯ᙭ᖻᘔ",
    "ค๒ς๔єŦوђเןкl๓ภ๏קợгรtยשฬאץz",
    "卂乃匚ᗪ乇千Ꮆ卄丨フҜㄥ爪几ㄖ卩Ɋ尺丂ㄒㄩᐯ山乂ㄚ乙",
    "αвcdεfgнιjкłмиσpqяѕтυvωxуʐ",
    "ƛƁƇƊЄƑƓӇƖʆƘԼMƝƠƤƢƦƧƬƲѴƜҲƳȤ",
)
_SHAPES: dict[str, str] = {
    sign: letter
    for alphabet in _FANCY
    for sign, letter in zip(alphabet, "abcdefghijklmnopqrstuvwxyz", strict=True)
    if not sign.isascii()
} | {sign: letter for letter, signs in LOOKALIKES.items() for sign in signs}

DIGITS = {"0": "o", "1": "i", "2": "z", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g"}
SIGNS = {"@": "a", "$": "s", "!": "i", "|": "i", "+": "t", "€": "e", "£": "l", "¥": "y", "¢": "c"}
"""Digits and signs that are written instead of the letters that they look like."""

CODE = re.compile(r":([a-z0-9_+'\-]{1,100}):")
"""The code of an emoji (``:tada:``), which Slack sends instead of the picture."""

_LETTER_CODE = re.compile(r"(?:[a-z0-9_+'\-]*[_\-])?([a-z])2?|([a-z])[_\-][a-z0-9_+'\-]*")

_PLAIN_SHAPES = str.maketrans(DIGITS | {"l": "i"})

_PAIR = re.compile(r"aa|ae|oe|ue")
_ONE_SOUND = (
    dict.fromkeys(
        ("shch", "stsch", "schtsch", "shtsh", "chtch", "szcz", "shh", "shc", "sch", "zh", "sz"), "sh"
    )
    | dict.fromkeys(("tsch", "tch", "tsh", "cz", "ch", "kh"), "h")
    | dict.fromkeys(("ou", "oy", "oi", "oj"), "u")
    | {"sh": "sh", "ks": "x", "ts": "c", "tz": "c", "y": "i", "j": "i", "w": "v"}
)
_SOUNDS = re.compile("|".join([*sorted(_ONE_SOUND, key=len, reverse=True), "sc(?=[eiy])"]))
_SOFT = re.compile("i+[eo]")
_LAST_VOWEL = re.compile("(?<=[dt])er(?=s?$)")
_TWICE = re.compile(r"(.)\1+")


@lru_cache(maxsize=4096)
def bare(char: str) -> str:
    """Return a character without case, accents and national spelling.

    The result is empty for a mark, and sometimes two letters.
    """
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    kept = "".join(piece for piece in decomposed if not unicodedata.category(piece).startswith("M"))
    return unicodedata.normalize("NFC", kept).translate(_BARE)


@lru_cache(maxsize=4096)
def shape(char: str) -> str:
    """Return the small Latin letter that a character looks like, or its bare form; ``i`` also for ``l``."""
    letter = _SHAPES.get(char) or DIGITS.get(char) or SIGNS.get(char)
    if not letter:
        base = bare(char)
        letter = base if base.isascii() else _SHAPES.get(base) or _drawn(char) or base
    return letter.replace("l", "i")


def letter_of(code: str) -> str:
    """Return the letter that the emoji of this code shows (``m``, ``alphabet-white-m``), or nothing."""
    found = _LETTER_CODE.fullmatch(code)
    return (found[1] or found[2]) if found else ""


def shapes(word: str) -> str:
    """Return a bare word with each letter reduced to its shape."""
    return word.translate(_PLAIN_SHAPES) if word.isascii() else "".join(map(shape, word))


@lru_cache(maxsize=4096)
def sound(char: str) -> str:
    """Return a character in Latin letters, by the usual romanisation of its script."""
    return anyascii(char).lower()


def pronounced(word: str) -> str:
    """Return a word in Latin letters, reduced so that romanisations of one word are equal.

    ``Dmitriy`` becomes ``Dmitri``. Spellings of a sound in different languages are equal (``Tschechow``,
    ``Chekhov``), and so are the endings of Pyotr and Peter.
    """
    said = _SOFT.sub("e", _SOUNDS.sub(lambda found: _ONE_SOUND.get(found[0], "sh"), word))
    return _TWICE.sub(r"\1", _LAST_VOWEL.sub("r", said))


def contracted(word: str) -> str:
    """Return a bare word with one letter for ``ae``, ``oe``, ``ue``, ``aa``: ``mueller`` is ``muller``."""
    return _PAIR.sub(lambda pair: pair[0][0], word)


def _drawn(char: str) -> str:
    """Return the letter of a Latin variant, or of a letter in a circle or a box; otherwise nothing."""
    if "LATIN" in unicodedata.name(char, "") or unicodedata.category(char) == "So":
        letter = anyascii(char).lower()
        return letter if len(letter) == 1 and letter.isalpha() else ""
    return ""
