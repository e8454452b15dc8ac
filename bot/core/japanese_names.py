"""Find Japanese names in kana: たなか for 田中 and Tanaka, レナ for Lena.

Kana and Latin letters are both reduced to one spelling: Satō, Satou and さとう are ``sato``. A wrong pair can
only redact too much. Short names are syllables of everyday words (もり is in つもり), so they count only in
front of an honorific. Given names in Chinese signs have too many readings to be found in kana.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from bot.core.common_words import WORDS_OF_SIGN
from bot.core.east_asian_names import HAN, in_japan
from bot.core.letters import bare, sound

KANA = re.compile("[\u3041-\u3096\u30a1-\u30f6\u30fc]{2,}")

_HAN = re.compile(f"[{HAN}々]+")

HONORIFIC = re.compile(
    "さん|さま|サン|ちゃん|チャン|くん|クン|様|君|氏|殿|先生|先輩|部長|課長|社長|係長|主任|リーダー|マネージャー"
)

# Words that end like a name with an honorific.
_NOBODY = re.compile(
    "(?:みな|皆|みんな|たく|沢山|あか|赤|おつかれ|お疲れ|おかげ|お陰|ごちそう|お?[客奥母父兄姉]|お?医者"
    "|お(?:かあ|とう|きゃく|く|いしゃ|じ|ば|じい|ばあ|にい|ねえ))$"
)

PARTICLES = "はがをにでとものへやかねよだ"
"""What may stand right behind a name in hiragana."""

_SMALL = dict(zip("ゃゅょャュョぁぃぅぇぉァィゥェォ", "auoauoaiueoaiueo", strict=True))
_HUSHED = ("sh", "ch", "j")
_ONE_SPELLING: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    ("jy|zy|zi(?=[aiueo])|zi|di(?=[aiueo])", lambda found: "ji" if found[0] == "zi" else "j"),
    ("sy", lambda _: "sh"),
    ("ty|tch", lambda _: "ch"),
    ("(?<![sc])si(?![aiueo])", lambda _: "shi"),
    ("hu|ph|f", lambda found: "fu" if found[0] == "hu" else "f"),
    ("c(?!h)|q", lambda _: "k"),
    ("l", lambda _: "r"),
    ("v", lambda _: "b"),
    ("m(?=[bmp])", lambda _: "n"),
    ("(?<=o)[uh](?![aiueoy])", lambda _: ""),
    ("ou", lambda _: "o"),
    (r"(.)\1+", lambda found: found[1]),
)
_RULES = tuple((re.compile(pattern), say) for pattern, say in _ONE_SPELLING)
_MORA = re.compile("[aiueo]|n(?![aiueoy])")
_MORAE_ALONE, _MORAE_ANYWHERE = 3, 4


def is_in_a_word(text: str, start: int, end: int) -> bool:
    """Return whether these signs are part of an everyday word: the 健 of 健康, the もり of つもり."""
    return any(
        text.startswith(word, start - at)
        for word in WORDS_OF_SIGN.get(text[start], ())
        for at in range(len(word) - (end - start) + 1)
        if start >= at and word.startswith(text[start:end], at)
    )


def as_in_japan(word: str) -> str:
    """Return a bare word in Latin letters as it is spelled in Japan, in one spelling.

    >>> [as_in_japan(word) for word in ("satou", "syoutaro", "shimpei", "lena")]
    ['sato', 'shotaro', 'shinpei', 'rena']
    """
    for pattern, say in _RULES:
        word = pattern.sub(say, word)
    return word


@lru_cache(maxsize=4096)
def said_in_japan(signs: str) -> frozenset[str]:
    """Return the usual readings of a family name in bare signs, also in the spelling of ``as_in_japan``."""
    said = set(in_japan(signs))
    return frozenset(said.union(as_in_japan(one) for one in said if "oo" in one or "ou" in one))


def kana_in_latin(signs: str, *, long: bool = False) -> list[str]:
    """Return the Latin letters of each kana, in the spelling of ``as_in_japan``; ``long``: with long vowels.

    >>> kana_in_latin("しょうたろう"), kana_in_latin("ヴァレリー"), kana_in_latin("アンナ")
    (['sh', 'o', '', 'ta', 'ro', ''], ['b', 'a', 're', 'ri', ''], ['a', '', 'na'])
    """
    pieces: list[str] = []
    for sign in signs:
        said, before = sound(sign).replace("l", "r").replace("v", "b"), "".join(pieces[-2:])
        if sign in _SMALL and before:
            kept = pieces[-1].rstrip("aiueo") or {"u": "w"}.get(pieces[-1], "")
            soft = said[0] == "y" and kept not in _HUSHED
            said, pieces[-1] = ("y" if soft else "") + _SMALL[sign], kept
        elif sign in "っッー" or (not long and _lengthens(said, before)):
            said = ""
        elif said[0] == "n" and pieces and pieces[-1] == "n":
            pieces[-1] = ""
        pieces.append(said)
    return pieces


def _lengthens(vowel: str, before: str) -> bool:
    return (vowel in set("aiueo") and before.endswith(vowel)) or (vowel == "u" and before.endswith("o"))


def spelled_in_japan(words: Iterable[str]) -> Iterator[str]:
    """Yield bare words in Latin letters as they are spelled in Japan; no single letter."""
    yield from (said for word in words if len(said := as_in_japan(word)) > 1)


def kana_names(names: Iterable[str]) -> Iterator[str]:
    """Yield how the words in kana in these names are spelled in Latin letters."""
    yield from spelled_in_japan("".join(kana_in_latin(word)) for name in names for word in KANA.findall(name))


def readings(names: Iterable[str]) -> Iterator[str]:
    """Yield usual readings of the family names in Chinese signs in these names."""
    for signs in (found for name in names for found in _HAN.findall(name)):
        in_front = {"".join(map(bare, signs[:end])) for end in (1, 2, 3)}
        yield from spelled_in_japan(reading for front in in_front for reading in said_in_japan(front))


def is_kana_name(text: str, start: int, end: int, said: str) -> bool:
    """Return whether kana that sound like a name may be one: in front of an honorific, or long and alone."""
    honorific = HONORIFIC.match(text, end)
    if honorific and not _NOBODY.search(text, 0, end):
        return True
    morae = len(_MORA.findall(said))
    if morae >= _MORAE_ANYWHERE:
        return True
    before, behind = text[start - 1 : start], text[end : end + 1]
    same = _script(text[start])
    return (
        morae >= _MORAE_ALONE and _script(before) != same and (_script(behind) != same or behind in PARTICLES)
    )


def _script(sign: str) -> str:
    if not sign or not KANA.match(sign * 2):
        return ""
    return "hiragana" if sign < "\u30a0" else "katakana"
