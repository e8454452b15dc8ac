"""Find names in Latin letters in the forms that languages make of them.

These are diminutives (Pedrinho, Anita, Hänschen), genitives (Maxens), German compounds with usual words
(Lenaprojekt), Japanese honorifics (Tanakasan) and written abbreviations (Fdez.). What is made in no regular
way is not found: Pepe, Majo, Steffi.
"""

import re
from collections.abc import Iterable, Iterator

LEAST_NAME = 3
"""The fewest letters of a name that such an ending is attached to."""

_WHOLE = """
zinho zinha zinhos zinhas zao zito zita cito cita citos citas chen chens lein leins ens
sche schen scher sches schem san kun chan sama sensei senpai
"""
_WITHOUT_LAST_VOWEL = "inho inha inhos inhas ito ita itos itas ao chen chens lein leins"

# Second words of compounds in German, in which a name is often the first one.
_COMPOUNDS = """
bande clique effekt faktor fan fans frage fraktion gruppe idee ideen kultur massig meeting methode modell
plan prinzip problem projekt runde sitzung stil style syndrom team thema truppe vorschlag
"""
_ENDINGS = frozenset((*_WHOLE.split(), *_COMPOUNDS.split()))
_AFTER_A_STEM = frozenset(_WITHOUT_LAST_VOWEL.split())
_LONGEST = max(map(len, (*_ENDINGS, *_AFTER_A_STEM)))
_LAST_VOWEL = re.compile("[aeiou]$")

_ABBREVIATED = """
garcia gcia; rodriguez rguez rdguez; fernandez fdez fdz; hernandez hdez hdz; martinez mtnez mtez;
gonzalez glez gzlez; sanchez schez; dominguez dguez; jimenez jmnez; gutierrez gtrez gtez; alvarez alvz;
ramirez rmrez; francisco fco
"""
ABBREVIATED = {name: short for name, *short in map(str.split, _ABBREVIATED.split(";"))}
"""How Spanish names are abbreviated in writing, by the bare name."""


def stems(words: Iterable[str]) -> Iterator[str]:
    """Yield bare words without their last vowel: ``ana`` is ``an``."""
    yield from (_LAST_VOWEL.sub("", word) for word in words if len(word) >= LEAST_NAME)


def is_form(word: str, names: frozenset[str], without_vowel: frozenset[str]) -> bool:
    """Return whether a bare word is a name with an ending, or its stem with one."""
    for at in range(max(LEAST_NAME - 1, len(word) - _LONGEST), len(word)):
        name, ending = word[:at], word[at:]
        if ending in _ENDINGS and len(name) >= LEAST_NAME and name in names:
            return ending != "ens" or name[-1] in "sxz"
        if ending in _AFTER_A_STEM and name in without_vowel:
            return True
    return False
