"""Spell Chinese, Korean and Japanese names in Latin letters, and split them into parts.

One sign is one syllable, so a name is written in one word or in several, with the family name first or last:
``Kim Min-su``, ``Minsu Kim``, ``Min Soo``. Spellings of one syllable differ (``Jung``, ``Jeong``), so names
and texts are both reduced to one spelling. A wrong pair in these tables can only redact too much. A syllable
alone may be an everyday word ("Long", "You"); it counts only if it is written as a name.
"""

import re
from collections.abc import Iterator
from itertools import product

from bot.core.letters import LEAST_LETTERS, bare, sound

HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
HANGUL = "\uac00-\ud7a3"
KOREAN = re.compile(f"[{HANGUL}]+")
_FAR_EASTERN = re.compile(f"[{HAN}々]+|[{HANGUL}]+")

# Family names of two signs. Other names of two signs are split after the first.
_DOUBLE = """
欧阳 司马 上官 诸葛 皇甫 慕容 令狐 司徒 尉迟 东方 端木 夏侯 公孙 南宫 西门 남궁 황보 제갈 선우 독고 사공 서문
"""
_TWO_SIGNS = frozenset("".join(map(bare, name)) for name in _DOUBLE.split())


def _table(text: str) -> dict[str, list[str]]:
    """Return the spellings of each sign, by the bare sign."""
    rows = (row.split() for row in text.split(";"))
    return {bare(sign): spellings for sign, *spellings in rows}


# Usual spellings of family names that the rules below do not produce, from Korea, Hong Kong and Singapore.
_OTHERWISE = _table("""
이 lee; 임 lim; 유 ryu; 류 yoo; 노 roh; 박 park; 허 hur; 정 chong; 여 ryeo; 양 ryang; 나 ra; 라 na; 서 so;
조 joe; 王 wong; 张 cheung; 陈 chan tan; 黄 wong ng ooi; 林 lam lim; 吴 ng goh; 刘 lau low;
杨 yeung; 周 chow; 郑 tay; 梁 leung leong; 何 ho; 叶 yip; 谢 tse; 郭 kwok; 曾 tsang; 冯 fung;
罗 law lo; 赵 chiu; 邓 tang; 许 hui; 蔡 choi chua; 徐 tsui; 萧 siu; 余 yee; 关 kwan; 邱 yau; 苏 so;
江 kong; 潘 poon; 卢 lo; 钟 chung; 麦 mak; 霍 fok; 莫 mok; 钱 chin; 胡 woo
""")

# Readings of the signs of Japanese family names.
_IN_JAPAN = _table("""
阿 a; 安 an; 伊 i; 井 i; 池 ike; 石 ishi; 市 ichi; 今 ima; 岩 iwa; 上 ue kami; 内 uchi; 江 e; 遠 en;
大 o oo; 太 o oo; 岡 oka; 小 ko o; 尾 o; 加 ka; 川 kawa gawa; 河 kawa; 金 kane; 木 ki gi; 北 kita;
久 ku hisa; 口 guchi kuchi; 熊 kuma; 倉 kura; 黒 kuro; 桑 kuwa; 後 go; 近 kon; 斎 sai; 坂 saka; 酒 saka;
崎 saki zaki; 桜 sakura; 佐 sa; 々 sa; 沢 sawa zawa; 清 shi; 水 mizu; 島 shima jima; 下 shita; 白 shira;
菅 suga; 杉 sugi; 鈴 suzu; 関 seki; 田 ta da; 高 taka; 竹 take; 武 take; 谷 tani ya se; 千 chi; 土 tsuchi;
辺 nabe be; 渡 wata; 寺 tera; 藤 to tou do fuji; 中 naka; 永 naga; 長 naga ha; 成 nari; 西 nishi; 野 no;
橋 hashi bashi; 服 hat; 部 be tori nabe; 浜 hama; 林 hayashi bayashi; 原 hara wara bara; 東 higashi;
平 hira; 福 fuku; 古 furu; 星 hoshi; 堀 hori; 本 moto; 前 mae; 町 machi; 松 matsu; 丸 maru; 三 mi; 浦 ura;
宮 miya; 村 mura; 森 mori; 柳 yanagi; 山 yama; 横 yoko; 吉 yoshi; 和 wa; 若 waka; 新 ara nii; 荒 ara;
飯 ii; 馬 ba; 場 ba; 合 ai; 矢 ya; 片 kata; 根 ne; 津 tsu; 塚 tsuka zuka
""")
_MOST_IN_JAPAN = 3  # signs of a Japanese family name
MOST_SIGNS = 4  # a family name of one sign or two, and a given name of one or two

_ONE_LETTER = {
    **dict.fromkeys(("ch", "zh", "q"), "j"), **dict.fromkeys(("sh", "hs", "x"), "s"),
    **dict.fromkeys(("ts", "tz", "c"), "z"), **dict.fromkeys(("eo", "oo", "ou", "eu", "wu", "woo"), "u"),
    **dict.fromkeys(("ee", "yi", "ui"), "i"), "ae": "ai", "oe": "oi", "ien": "ian", "rh": "r",
    "k": "g", "t": "d", "p": "b", "l": "r",
}  # fmt: skip
_LETTERS = re.compile("|".join(sorted(_ONE_LETTER, key=len, reverse=True)))
_SILENT = re.compile(r"(?<=[aeiou])h(?![aeiouwy])")
_TWICE = re.compile(r"(.)\1+")


def one_spelling(word: str) -> str:
    """Return a bare word in Latin letters, reduced so that spellings of one syllable are equal."""
    return _TWICE.sub(r"\1", _LETTERS.sub(lambda found: _ONE_LETTER[found[0]], _SILENT.sub("", word)))


def family_and_given(word: str) -> tuple[str, str]:
    """Return family name and given name of a bare name of two to four signs in one piece."""
    first = 2 if word[:2] in _TWO_SIGNS or word[3:] else 1
    return word[:first], word[first:]


def parts_in_signs(words: list[str]) -> Iterator[str]:
    """Yield the parts of the one word that is a name in signs: ``王`` and ``小明``; ``张`` and ``小伟``."""
    pieces = [word for word in words if _FAR_EASTERN.fullmatch(word)]
    if len(pieces) != 1 or len(pieces[0]) > MOST_SIGNS:
        return
    family, given = family_and_given(pieces[0])
    if not given:
        return
    if given[1:]:
        yield from (family, given)
    elif KOREAN.fullmatch(family) or any(in_japan(family + given)):
        return  # two syllables are a given name in Korea, and two signs a family name in Japan
    else:
        yield from (family, "小" + given, "阿" + given)


def in_latin_letters(words: list[str]) -> Iterator[str]:
    """Yield the spellings of a name in bare words: whole in both orders, and its parts.

    They are reduced by ``one_spelling``. Words in other scripts than Chinese and Korean signs give nothing.
    """
    pieces = [word for word in words if _FAR_EASTERN.fullmatch(word)]
    if not pieces:
        return
    in_one = not pieces[1:] or len(pieces[0]) > len("欧阳")
    family, given = family_and_given(pieces[0]) if in_one else (pieces[0], pieces[1])
    in_front = {pieces[0][:end] for end in (len(family), 2, _MOST_IN_JAPAN)}
    yield from (one_spelling(said) for signs in in_front for said in in_japan(signs))
    first = "".join(map(sound, given))
    for last in ("".join(map(sound, family)), *_OTHERWISE.get(family, ())):
        yield from map(one_spelling, (last, last + first, first + last))
    yield from map(
        one_spelling, {first, *(said for said in map(sound, given) if len(said) >= LEAST_LETTERS)} - {""}
    )


def in_korea(signs: str) -> Iterator[str]:
    """Yield a spelling of a Korean name, reduced by ``one_spelling``, for each one of its family name."""
    given = "".join(map(sound, signs[1:]))
    for family in (sound(signs[0]), *_OTHERWISE.get(signs[0], ())):
        if len(family + given) >= LEAST_LETTERS:
            yield one_spelling(family + given)


def in_japan(signs: str) -> Iterator[str]:
    """Yield the readings of a Japanese family name if all of its signs are known."""
    if 0 < len(signs) <= _MOST_IN_JAPAN and all(sign in _IN_JAPAN for sign in signs):
        readings = map("".join, product(*(_IN_JAPAN[sign] for sign in signs)))
        yield from (reading for reading in readings if len(reading) >= LEAST_LETTERS)
