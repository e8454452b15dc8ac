"""Letters as a reader takes them: bare of case and accents, by their shape, and by their sound.

Names and texts are read alike, so a wrong pair in these tables can only take away too much.
"""

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

from bot.core.han_variants import HAN_VARIANTS
from bot.core.lookalikes import LOOKALIKES

LEAST_LETTERS = 4
"""With fewer, what is made of a name (contracted, with an initial, by its sound) would be in every text."""

# Apostrophes, strokes, dots and tones that count as letters, and are none to a reader.
_BETWEEN_LETTERS = [
    *map(chr, (*range(0x2B9, 0x2C2), *range(0x2C6, 0x2D2), 0x2EC, 0x2EE, *range(0xA717, 0xA720), 0xA788)),
    *"\u0559\u0640\u07f4\u07f5\u07fa\u1aa7",
]

# Letters that Unicode does not decompose, what is between letters, spellings of one Chinese sign.
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
"""What people write for a letter that their keyboard does not have, where it is more than the bare letter."""

# The alphabets of "fancy text" generators, as far as Unicode's list does not have them. All of them stand for
# a to z.
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
"""Digits and signs that are written for the letters that they look like."""

CODE = re.compile(r":([a-z0-9_+'\-]{1,100}):")
"""The code of an emoji (``:tada:``): what Slack sends for one, and shows as a picture."""

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
    """A character without case, accents and national spelling; empty for a mark, sometimes two letters."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    kept = "".join(piece for piece in decomposed if not unicodedata.category(piece).startswith("M"))
    return unicodedata.normalize("NFC", kept).translate(_BARE)


@lru_cache(maxsize=4096)
def shape(char: str) -> str:
    """The small Latin letter that a character looks like, else its bare form; ``i`` for ``l``, too."""
    letter = _SHAPES.get(char) or DIGITS.get(char) or SIGNS.get(char)
    if not letter:
        base = bare(char)
        letter = base if base.isascii() else _SHAPES.get(base) or _drawn(char) or base
    return letter.replace("l", "i")


def letter_of(code: str) -> str:
    """The letter that an emoji of this name shows (``m``, ``alphabet-white-m``); empty for a picture."""
    found = _LETTER_CODE.fullmatch(code)
    return (found[1] or found[2]) if found else ""


def shapes(word: str) -> str:
    """A bare word as it looks."""
    return word.translate(_PLAIN_SHAPES) if word.isascii() else "".join(map(shape, word))


@lru_cache(maxsize=4096)
def sound(char: str) -> str:
    """A character in Latin letters, by the usual romanisation of its script."""
    return anyascii(char).lower()


def pronounced(word: str) -> str:
    """A word in Latin letters without what differs between romanisations: ``Dmitriy`` is ``Dmitri``.

    Nor does it matter which language writes a sound (``Tschechow``, ``Chekhov``), and how Pyotr ends (Peter).
    """
    said = _SOFT.sub("e", _SOUNDS.sub(lambda found: _ONE_SOUND.get(found[0], "sh"), word))
    return _TWICE.sub(r"\1", _LAST_VOWEL.sub("r", said))


def contracted(word: str) -> str:
    """A bare word with one letter for ``ae``, ``oe``, ``ue``, ``aa``: ``mueller`` is ``muller``."""
    return _PAIR.sub(lambda pair: pair[0][0], word)


def _drawn(char: str) -> str:
    """What a variant of a Latin letter, or one in a circle or a box, is a variant of; else nothing."""
    if "LATIN" in unicodedata.name(char, "") or unicodedata.category(char) == "So":
        letter = anyascii(char).lower()
        return letter if len(letter) == 1 and letter.isalpha() else ""
    return ""
