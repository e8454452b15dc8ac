"""Attacks on a colleague by a quote that names them all the same, each on the mutant that it gets through.

A mutant is today's redaction without one of its parts. What the rest of them is worth is tried in
tests/core/test_redaction*.py.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from bot.core import addresses, letters, name_search, names, redaction, sign_search
from bot.core import east_asian_names as far_eastern
from bot.core.letters import sound
from bot.core.redaction import redact

pytestmark = pytest.mark.attack

NOTHING: Callable[..., tuple[()]] = lambda *_: ()  # noqa: E731 - in place of a part that finds something


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """What somebody writes to name a colleague, and the part without which it would get through."""

    profile: str = "Maya Okafor"
    written: str
    module: object
    part: str
    mutant: object


def without_pattern(part: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The patterns of addresses but those that hold this."""
    return tuple(one for one in addresses._PATTERNS if part not in one[0].pattern)


def without_marks(word: str) -> tuple[str, ...]:
    """How the letters of a word sound, without its marks."""
    return ("".join(sound(char) for char in word if char.isalnum()),)


ATTACKS = {
    "write an umlaut out": Attack(
        profile="Müller", written="Mueller", module=names, part="_spellings", mutant=lambda name: [name]
    ),
    "write an umlaut that the profile writes out": Attack(
        profile="Aase", written="Åse", module=name_search, part="WRITTEN_OUT", mutant={}
    ),
    "write an umlaut out and leave the cedilla": Attack(
        profile="Şükrü", written="Suekrue", module=names, part="_spellings", mutant=lambda name: [name]
    ),
    "write a sound as another language does": Attack(
        profile="Щербакова", written="Scherbakova", module=letters, part="_ONE_SOUND", mutant={"sch": "sch"}
    ),
    "write a háček that the profile has in another script": Attack(
        profile="Жукова", written="Žukova", module=name_search, part="WRITTEN_OUT", mutant={}
    ),
    "write Chinese signs as they are written elsewhere": Attack(
        profile="张伟", written="張偉", module=letters, part="_BARE", mutant={}
    ),
    "write a Korean family name in Latin letters": Attack(
        profile="김민수", written="Kim", module=name_search, part="_by_syllables", mutant=NOTHING
    ),
    "write the family name of a Korean as she does": Attack(
        profile="박지훈", written="Park", module=far_eastern, part="_OTHERWISE", mutant={}
    ),
    "write a Korean syllable in another spelling": Attack(
        profile="김민수", written="Minsoo", module=far_eastern, part="_LETTERS", mutant=re.compile("(?!)")
    ),
    "write a name of two signs in two words": Attack(
        profile="김민수",
        written="Min Soo",
        module=name_search,
        part="_together",
        mutant=lambda _, words: words[:1],
    ),
    "write the family name behind": Attack(
        profile="张伟", written="Wei Zhang", module=name_search, part="_by_syllables", mutant=NOTHING
    ),
    "glue a name together with the family name first": Attack(
        written="okaformaya", module=names, part="_joined", mutant=NOTHING
    ),
    "read signs as in Japan": Attack(
        profile="田中", written="Tanaka", module=far_eastern, part="in_japan", mutant=NOTHING
    ),
    "leave out the umlaut of a name that writes it out": Attack(
        profile="Mueller", written="Muller", module=names, part="contracted", mutant=lambda word: word
    ),
    "use letters that look alike": Attack(
        written="МАУА", module=name_search, part="_by_shape", mutant=NOTHING
    ),
    "use Canadian syllabics": Attack(written="ᗰᗩYᗩ", module=name_search, part="_by_shape", mutant=NOTHING),
    "use digits for letters": Attack(written="m4y4", module=name_search, part="DIGITS", mutant={}),
    "use another script": Attack(
        profile="Дмитрий", written="Dmitri", module=name_search, part="_by_sound", mutant=NOTHING
    ),
    "use another script, the other way round": Attack(
        profile="Wang Xiaoming", written="小明", module=name_search, part="by_signs", mutant=NOTHING
    ),
    "use a script in which vowels are marks": Attack(
        written="\u092e\u093e\u092f\u093e", module=name_search, part="_romanisations", mutant=without_marks
    ),
    "put an emoji into a name, as Slack sends it": Attack(
        written="M:tada:a:+1:y:heart:a", module=name_search, part="_without_codes", mutant=NOTHING
    ),
    "write with emoji that show letters": Attack(
        written=":m::alphabet-white-a::alphabet-yellow-y::a:",
        module=name_search,
        part="letter_of",
        mutant=lambda _: "",
    ),
    "use the other kana": Attack(
        profile="さくら", written="サクラ", module=sign_search, part="_in_kana", mutant=NOTHING
    ),
    "write a name of signs in kana": Attack(
        profile="田中 由紀", written="たなか", module=sign_search, part="_in_kana", mutant=NOTHING
    ),
    "make a name small": Attack(
        profile="Pedro Álvares",
        written="Pedrinho",
        module=name_search,
        part="is_form",
        mutant=lambda *_: False,
    ),
    "abbreviate a name": Attack(
        profile="Íñigo Fernández", written="Fdez", module=names, part="ABBREVIATED", mutant={}
    ),
    "put a name into a case": Attack(
        profile="Смирнов", written="Смирновым", module=names, part="_CASES", mutant=("",)
    ),
    "glue an initial to a name": Attack(
        written="mokafor", module=names, part="_with_initials", mutant=NOTHING
    ),
    "glue a name to other words": Attack(
        written="ThankYouMaya", module=name_search, part="_by_capitals", mutant=NOTHING
    ),
    "write initials": Attack(
        written="M.O.", module=redaction, part="_without_initials", mutant=lambda text, _: text
    ),
    "write the initials of a double name": Attack(
        profile="Jean-Luc Picard",
        written="J.-L. P.",
        module=redaction,
        part="_INITIALS",
        mutant=re.compile(redaction._INITIALS.pattern.replace(r"[ \-\u2010\u2011]?", " ?")),
    ),
    "strike a number through": Attack(
        written="4\u03362\u03361\u03367", module=redaction, part="_LOOSE_MARKS", mutant=re.compile("(?!)")
    ),
    "give a year, or an extension": Attack(
        written="2014", module=addresses, part="_IN_PIECES", mutant=re.compile(r"\d(?:\W{0,3}\d){5,}")
    ),
    "give a number in emoji that show digits": Attack(
        written=":two::zero::one: 4", module=addresses, part="_IN_PIECES", mutant=re.compile(r"\d{4,}")
    ),
    "give an address of IPv6": Attack(
        written="fe80::a", module=addresses, part="_PATTERNS", mutant=without_pattern("::")
    ),
    "put spaces around the dot of a domain": Attack(
        written="example . com", module=addresses, part="_PATTERNS", mutant=without_pattern("rocks")
    ),
}


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Letters are read anew with each mutant, and after it."""
    letters.bare.cache_clear()
    yield
    letters.bare.cache_clear()


def quoted(attack: Attack) -> str:
    return redact(f"we all said that ( {attack.written} ) was very kind to us", [attack.profile]) or ""


@pytest.mark.parametrize("name", ATTACKS)
def test_a_colleague_is_not_named_however_it_is_written(name: str) -> None:
    assert re.search(r"\( \[(?:name|number|link)\] \)", quoted(ATTACKS[name]))


@pytest.mark.parametrize("name", ATTACKS)
def test_mutant_without_the_part_that_finds_it_the_attack_gets_through(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    attack = ATTACKS[name]
    monkeypatch.setattr(attack.module, attack.part, attack.mutant)

    assert not re.search(r"\( \[(?:name|number|link)\] \)", quoted(attack))
