"""Replace ids, mentions, addresses, links and long numbers in a text by placeholders."""

import re

from bot.core.letters import GLUED

# While a text is processed, a placeholder is one private-use character. Such characters are removed from
# texts first, so no text contains one, and no pattern can start or end inside a placeholder.
NAME, LINK, ADDRESS, NUMBER = "\ue000", "\ue001", "\ue002", "\ue003"
PLACEHOLDERS = {NAME: "[name]", LINK: "[link]", ADDRESS: "[address]", NUMBER: "[number]"}

# Borders of a word (the underscore is not part of a word), borders of an id (letters of other scripts may
# follow it), and what people put between the digits of a number.
_B, _E = r"(?<![^\W_])", r"(?![^\W_])"
_A, _Z = r"(?<![a-z0-9])", r"(?![a-z0-9])"
_GAP = r"[\s()\[\]{}.\-/\u2010-\u2015\u2212\u00b7\u2022\u301c\u30fb\u30fc*_~]"

# "punto", "ponto" and "point" are everyday words, too: "a punto de".
_AT, _DOT = r"(?:at|ät|@|arr?oba(?:se)?|アット(?:マーク)?)", r"(?:dot|punkt|ドット)"
_ANY_DOT = r"(?:dot|punkt|ドット|punto|ponto|point)"
_AFTER_POINT = (
    r"(?:punto\s(?:com|es|mx|org|io|ar)|ponto\s(?:com\sponto\sbr|org|io|br|pt)"
    r"|point\s(?:com|fr|org|io|ca|be|ch))"
)

# Domain endings that are no words, for places where a sentence could also end ("fine . It was").
_ENDS = (
    r"(?:com|org|net|io|dev|app|co|eu|info|edu|gov|mil|int|biz|ai|xyz|online|cloud|tech|site|blog|shop"
    r"|de|uk|fr|nl|ch|es|pl|cz|se|dk|fi|no|pt|gr|ie|ru|ua|jp|cn|kr|br|mx|ca|au|nz|za|tr|il|sg|tv|cc|gg|ly|rocks)"
)
# Endings in Chinese, Japanese and Korean signs. Others would match where a sentence ends with a dot.
_SIGN = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_SIGN_ENDS = "中国|中國|香港|台湾|台灣|公司|网络|網絡|在线|コム|クラウド|ストア|한국|닷컴|닷넷"

# Words before an "@" or a "dot". They begin at a border, so each is tried once.
_STOPS = "\u3001\u3002\u300c-\u3011"
_LOCAL = rf"[^\s@<>()\[\]{{}},;{_STOPS}]"
_WHO = r"(?<![\w.+\-])[\w.+\-]++"
_LABEL_BEGINS = r"(?<![\w.\-])"
_LABELS = rf"{_LABEL_BEGINS}[\w.\-]"

_HEX = r"[0-9a-f]{1,4}"

_IPV6 = "|".join(
    (
        rf"(?:{_HEX}:){{4,7}}{_HEX}",
        rf"(?:{_HEX}:){{1,7}}:{_HEX}(?::{_HEX}){{0,6}}",
        rf"(?=[a-f:]{{0,39}}\d)(?:{_HEX}:){{1,7}}:",
        rf"::{_HEX}(?::{_HEX}){{0,6}}",
    )
)
"""RFC 4291: with "::", or of five parts and more, like the addresses of network cards."""

_ANY = rf"[^\s{_STOPS}]"
_PORT, _PATH, _MORE = r"(?::\d+)?", rf"(?:/{_ANY}*)?", rf"(?:[:/?#]{_ANY}*)?"
_OPEN, _CLOSE = r"[\[({<]", r"[\])}>]"

# The order matters: first patterns for labels in brackets, then patterns that may contain others. Repetitions
# before something that must follow are bounded, or begin at a border without backtracking, so that no text
# takes quadratic time.
_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE), placeholder)
    for pattern, placeholder in (
        (r"<[@#!][^<>]*>", NAME),
        (r"<mailto:[^<>]*>", ADDRESS),
        (r"<[a-z][a-z0-9+.\-]{0,20}:[^<>]*>", LINK),
        (rf"{_B}[a-z][a-z0-9+.\-]{{0,20}}:/{{1,3}}{_ANY}*\w/?", LINK),
        (rf"{_B}(?:mailto|skype|callto):{_ANY}*\w", ADDRESS),
        (rf"{_B}\[?(?:{_IPV6}){_E}(?:\.\d{{1,3}}){{0,3}}(?:%\w+)?\]?{_PORT}{_PATH}", LINK),
        (rf"{_B}(?:[0-9a-f]{{2}}-){{5}}[0-9a-f]{{2}}{_E}", LINK),
        (rf"(?<!{_LOCAL}){_LOCAL}*+(?:(?<=[^\W_])|(?<=[^\W_][\"'_.+\-]))@\[?\w(?:[\w.:\-]*\w)?\]?", ADDRESS),
        (
            rf"{_WHO}\s?{_OPEN}\s?{_AT}\s?{_CLOSE}\s?\w[\w.\-]*(?:\s?{_OPEN}?\s?{_ANY_DOT}\s?{_CLOSE}?\s?\w+)*",
            ADDRESS,
        ),
        (rf"{_WHO}\s{_AT}\s[\w\-]{{1,63}}(?:\s?(?:\s{_ANY_DOT}\s|\.)\s?\w{{2,24}})+", ADDRESS),
        (rf"{_WHO}\s?@\s[\w\-]{{1,63}}(?:\s?\.\s?\w{{2,24}})+", ADDRESS),
        (r"@\w(?:[\w.\-]*\w)?", NAME),
        (rf"{_B}localhost{_E}{_PORT}{_PATH}", LINK),
        (rf"{_LABELS}++(?:\s?{_OPEN}\s?{_ANY_DOT}\s?{_CLOSE}\s?|{_OPEN}\.{_CLOSE})\w{{2,}}{_MORE}", LINK),
        (
            rf"{_LABEL_BEGINS}(?=[\w.\-]*?[^\W_]\.(?:xn--[\w\-]|[^\W\d_{_SIGN}]{{2}}|{_SIGN_ENDS}))[\w.\-]*\w{_MORE}",
            LINK,
        ),
        (rf"{_B}[a-z0-9\-]{{1,63}}\u3002[a-z]{{2,24}}{_E}{_MORE}", LINK),
        (rf"{_LABELS}++\s(?:(?:{_DOT}\s|\.\s?){_ENDS}|{_AFTER_POINT}){_E}{_MORE}", LINK),
        (rf"{_LABELS}*\w\.\s{_ENDS}/\S+", LINK),
        (rf"{_A}[uwcdgtbsaef](?=[a-z]{{0,12}}\d)[a-z0-9]{{7,12}}{_Z}", NAME),
        (rf"{_A}(?-i:[UW](?:[A-Z]{{8}}|[A-Z]{{10}})){_Z}", NAME),
        (rf"(?<![\w.\-])(?<![\d\-]\s)(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?!\.?\w){_PORT}{_PATH}", LINK),
    )
)

_DIGIT = r"(?:[\d\u3007一二三四五六七八九]|:(?:zero|one|two|three|four|five|six|seven|eight|nine):)"
"""Includes the code of the emoji that shows a digit, because Slack sends the code."""

_IN_PIECES = re.compile(rf"\+?\(?{_DIGIT}(?:(?:{_GAP}{{0,3}}|[,'’]){_DIGIT}){{3,}}")
_REST = re.compile(rf"(?<={NUMBER})(?::\d+)?(?:/\S*)?")

# Numbers in pieces that stay: two of at most two digits, as a range, ratio, time or day, or a count with its
# share: 8 (57 %).
_TWO_SMALL = re.compile(r"\d{1,2}(?:\s?[./\-\u2010-\u2015\u2212\u301c\u30fc~]\s?|,|\s\()\d{1,2}")
_TWO_BESIDE = re.compile(r"\d{1,2}\s\d{1,2}")
_AFTER_HOURS, _BEFORE_MINUTES = re.compile(r"\d:$"), re.compile(r":\d\d")


# A link with a path in signs, and where an address may begin or end beside a script without spaces.
_PATH_IN_SIGNS = re.compile(
    rf"(?<![a-z0-9])[a-z][a-z0-9+.\-]{{0,20}}:/{{1,3}}[!-~]*+(?<=[/=#?])(?=[{GLUED}]){_ANY}*", re.IGNORECASE
)
_UNSPACED = re.compile(
    rf"(?<=(?=[{GLUED}])[^\W_])(?=[a-z0-9]|@(?![\w\-]+(?:\.[\w\-]+)*\.[a-z]{{2}}))|(?<=[a-z0-9])(?=[{GLUED}])(?=[^\W_])",
    re.IGNORECASE,
)


def without_addresses(text: str) -> str:
    """Return the text with a placeholder for each id, mention, address, link and long number.

    A text has single spaces and no other white space, so a line break can stand where a script writes none.
    """
    if spaced := not text.isascii():
        text = _UNSPACED.sub("\n", _PATH_IN_SIGNS.sub(LINK, text))
    for pattern, placeholder in _PATTERNS:
        text = pattern.sub(placeholder, text)
    text = _REST.sub("", _IN_PIECES.sub(_judged, text))
    return text.replace("\n", "") if spaced else text


def _judged(found: re.Match[str]) -> str:
    """Return a placeholder for a number of four digits or more, and a small number unchanged.

    Years are replaced too: the person who came in 2014 may be the only one. "10-12", "50/50" and, in "10:30
    12 people", the number beside a time of day stay.
    """
    number = found[0]
    if _TWO_SMALL.fullmatch(number) or (_TWO_BESIDE.fullmatch(number) and _is_at_a_time(found)):
        return number
    return NUMBER


def _is_at_a_time(found: re.Match[str]) -> bool:
    text, start, end = found.string, found.start(), found.end()
    return bool(_AFTER_HOURS.search(text[max(0, start - 2) : start]) or _BEFORE_MINUTES.match(text, end))
