"""Names as people write them who have another keyboard, another script, or something to hide."""

import os
import re
import string
import subprocess
import sys
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import name_search, names
from bot.core.letters import DIGITS, shape
from bot.core.lookalikes import LOOKALIKES
from bot.core.model import TEXT_LIMIT
from bot.core.names import Forms, Names
from bot.core.redaction import redact, redactor
from bot.demo.sample_answers import PROPOSALS, SAMPLES
from bot.demo.workspace import demo_workspace
from scripts.lookalikes import lookalikes

pytestmark = pytest.mark.attack

LETTERS = string.ascii_lowercase
FULLWIDTH = "".join(chr(ord(letter) + 0xFEE0) for letter in LETTERS)
SCRIPT = "".join(unicodedata.lookup(f"MATHEMATICAL BOLD SCRIPT SMALL {letter}") for letter in LETTERS.upper())
BOXED = "".join(
    unicodedata.lookup(f"NEGATIVE SQUARED LATIN CAPITAL LETTER {letter}") for letter in LETTERS.upper()
)
FLAGS = "".join(
    unicodedata.lookup(f"REGIONAL INDICATOR SYMBOL LETTER {letter}") for letter in LETTERS.upper()
)
SMALL_CAPITALS = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘqʀꜱᴛᴜᴠᴡxʏᴢ"
SYLLABICS = "ᗩᗷᑕᗪᗴᖴᘜᕼᓰᒍᖽᒪᗰᑎᗝᑭᑫᖇᔕᖶᑌᐯᗯ᙭ᖻᘔ"
HAN_SIGNS = "卂乃匚ᗪ乇千Ꮆ卄丨ﾌҜㄥ爪几ㄖ卩Ɋ尺丂ㄒㄩᐯ山乂ㄚ乙"
ALPHABETS = (FULLWIDTH, SCRIPT, BOXED, FLAGS, SMALL_CAPITALS, SYLLABICS, HAN_SIGNS)


def said_of(word: str, *profiles: str) -> str | None:
    """What is left of a sentence with this word in it, said in front of these people."""
    quoted = redact(f"we all said that {word} was very kind to us", profiles)
    return quoted and quoted.removeprefix("we all said that ").removesuffix(" was very kind to us")


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ("Jürgen Müller", "Mueller Muller Müller MUELLER MÜLLER Mullers Mueller's Juergen Jurgen"),
        ("Jurgen Mueller", "Müller Muller Mueller MÜLLER Jürgen"),
        ("Björn Åkesson", "Bjoern Bjorn BJÖRN Aakesson Akesson"),
        ("Bjoern Aakesson", "Björn Bjorn Åkesson Akesson"),
        ("Åse Søgård", "Aase Ase Åse Soegaard Sogard Sogaard Soegard SØGÅRD"),
        ("Aase Soegaard", "Åse Søgård Sogard"),
        ("Đorđe Šarić", "Djordje Dorde Sharić Saric"),
        ("Jörg Groß", "Joerg Jorg Gross GROSS"),
        ("Łukasz Ørsted", "Lukasz Orsted Oersted"),
    ],
)
def test_a_name_is_found_however_its_umlauts_are_written(profile: str, words: str) -> None:
    for word in words.split():
        assert said_of(word, profile) in {"[name]", "[name]'s"}, word


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ("Şükrü Çelik", "Suekrue Sukru Shükrü Shuekrue Celik Chelik ŞÜKRÜ"),
        ("Sukru Celik", "Şükrü Çelik"),
        (
            "Дмитрий Смирнов",
            "Dmitri Dmitris Dmitry Dmitriy DmitriSmirnov Smirnov Smirnovs Смирнову Смирновым Дмитрия",
        ),
        ("Анна Щербакова", "Shcherbakova Scherbakova Shherbakova Schtscherbakowa Ščerbakova Scerbakova"),
        ("Scherbakova", "Щербакова"),
        ("Shherbakova", "Щербакова"),
        ("Ščerbakova", "Щербакова"),
        ("Юлия Жукова", "Yulia Julia Zhukova Žukova Schukowa"),
        ("Сергей Чехов", "Chekhov Tschechow Tchekhov Čechov Czechow"),
        ("Michael Schmidt", "Шмидт"),
        ("Евгений Соловьёв", "Yevgeny Evgeni Jewgeni Solovyov Soloviev"),
        ("Пётр Александров", "Peter Petr Pyotr Aleksandrov Alexandrow"),
        ("Юрий Цой", "Tsoy Tsoi"),
        ("Лев Ким", "Lev Kim kim"),
        ("Tom Kim", "Том Ким"),
        ("Dmitry Smirnov", "Дмитрий Смирнов"),
        ("Анна", "Анну Анне Анной Анны Anna"),
        ("Ελένη Παπαδοπούλου", "Eleni Papadopoulou ελενη"),
        ("Eleni Papadopoulou", "Ελένη Παπαδοπούλου"),
        ("王小明", "Xiaoming Xiao-Ming 小明"),
        ("Wang Xiaoming", "小明 王小明"),
        ("김민수", "Minsu Min-su 민수"),
        ("さくら", "Sakura"),
        ("प्रिया शर्मा", "Priya"),
    ],
)
def test_a_name_is_found_in_the_letters_of_another_script(profile: str, words: str) -> None:
    for word in words.split():
        assert said_of(word, profile) == "[name]", word


@pytest.mark.parametrize(
    "word", ["MayaO", "MOkafor", "mayao", "mokafor", "okaform", "MAYAO", "mayaOkafor", "Maya O.", "M. Okafor"]
)
def test_initials_that_are_glued_to_a_name_or_stand_beside_it_go_with_it(word: str) -> None:
    assert said_of(word, "Maya Okafor") == "[name]"


@pytest.mark.parametrize("word", ["M.O.", "M. O.", "M.O", "ThankYouMaya", "#TeamMaya", "McMaya"])
def test_initials_with_dots_and_names_among_capitals_are_found(word: str) -> None:
    assert said_of(word, "Maya Okafor") in {"[name]", "#[name]"}


@pytest.mark.parametrize("word", ["M\u02cbaya", "M\u02c8a\u02d0ya", "Ma\ua71fya", "Maya\u0640"])
def test_a_stroke_dot_or_tone_that_counts_as_a_letter_breaks_no_name(word: str) -> None:
    assert said_of(word, "Maya Okafor").startswith("[name]")


@pytest.mark.parametrize("word", ["M", "MO", "I", "A", "X.Y.", "YouTube", "plan B"])
def test_letters_that_may_be_anybodys_stay(word: str) -> None:
    assert said_of(word, "Maya Okafor") == word


ABBREVIATED = """z. B.|z.B.|d. h.|D. h.|u. a.|m. E.|M.E.|i. d. R.|I. d. R.|e.g.|E.g.|i.e.|a.m.|P.S.|P. S.
p. ej.|P. ej.|p. ex.|P. ex.|z. T.|o. \u00c4.|c.-\u00e0-d.|Z.B."""


@pytest.mark.parametrize("word", ABBREVIATED.replace("\n", "|").split("|"))
def test_an_abbreviation_is_not_the_initial_of_somebody_with_one_name(word: str) -> None:
    everybody = [letter + "xyl" for letter in string.ascii_uppercase]
    assert said_of(word, *everybody) == word


@pytest.mark.parametrize("word", ["z. B.", "z.B.", "d. h.", "u. a.", "m. E.", "i. d. R.", "I. d. R.", "e.g."])
@pytest.mark.parametrize(
    "profile", ["Zoe Brown", "Max Ebert", "Ida Rossi", "Ida D. Rossi", "Ulf Adam", "Eva Gil"]
)
def test_an_abbreviation_in_its_usual_letters_is_nobodys_initials_even_before_a_name(
    word: str, profile: str
) -> None:
    assert said_of(word, profile) == word
    assert (
        redact(f"we all like it, {word} Maya too", [profile, "Maya"]) == f"we all like it, {word} [name] too"
    )


@pytest.mark.parametrize(
    ("word", "profile"),
    [("Z. B.", "Zoe Brown"), ("M. E.", "Max Ebert"), ("P.S.", "Paul Smith"), ("m.O.", "Maya Okafor")],
)
def test_two_letters_of_a_first_and_a_last_name_are_initials_though_they_may_be_an_abbreviation(
    word: str, profile: str
) -> None:
    assert said_of(word, profile) == "[name]"


def test_initials_behind_an_abbreviation_are_found() -> None:
    assert redact("we all like it, z. B. M. O. too", ["Maya Okafor"]) == "we all like it, z. B. [name] too"


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("well, Maya I think you are kind", "well, [name] I think you are kind"),
        ("well, Maya I. is very kind to us", "well, [name] is very kind to us"),
        ("well, I. Maya is very kind to us", "well, [name] is very kind to us"),
        ("well, A Maya is what we all need", "well, A [name] is what we all need"),
        ("well, Maya A. is very kind to us", "well, [name] is very kind to us"),
        ("well, Maya i is very kind to us", "well, [name] i is very kind to us"),
        ("well, Maya X is very kind to us", "well, [name] is very kind to us"),
        ("well, Maya Q is very kind to us", "well, [name] Q is very kind to us"),
    ],
)
def test_an_initial_that_is_a_word_goes_only_with_a_dot(text: str, quoted: str) -> None:
    assert redact(text, ["Maya Ito", "Maya Abe", "Maya Xu"]) == quoted


@pytest.mark.parametrize(
    ("profile", "word"),
    [("MOkafor", "Okafor"), ("TimReed", "tim"), ("TimReed", "reed"), ("maya.okafor42", "Okafor")],
)
def test_the_pieces_of_a_handle_are_names(profile: str, word: str) -> None:
    assert said_of(word, profile) == "[name]"


def test_a_short_part_makes_no_words_with_initials() -> None:
    assert redact("all of us said so to all", ["Al Lee"]) == "all of us said so to all"
    assert redact("the truth is what we want", ["Ruth Tal"]) == "the truth is what we want"


@pytest.mark.parametrize(
    "word",
    [
        "m4ya",
        "M4Y4",
        "may4",
        "ok4f0r",
        "0kafor",
        "0k4f0r",
        "m@ya",
        "may@",
        "jame$",
        "W1ll",
        "w!ll",
        "Wi|l",
        "wi1l",
        "5arah",
        "$arah",
    ],
)
def test_digits_and_signs_for_letters_hide_no_name(word: str) -> None:
    assert said_of(word, "Maya Okafor", "Will", "Sarah", "James") in {"[name]", "[address]"}


@pytest.mark.parametrize(
    "word", ["wiIl", "lngrid", "VVill", "rnaya", "\u0251l", "m\u0251y\u0251", "\u1fe4am", "МАУА", "Μаya"]
)
def test_pairs_and_letters_that_look_like_others_hide_no_name(word: str) -> None:
    assert said_of(word, "Maya", "Will", "Ingrid", "Al", "Pam") == "[name]"


def test_latin_letters_in_a_name_of_another_script_hide_no_name() -> None:
    assert said_of("Poмa", "Рома") == "[name]"


@pytest.mark.parametrize(
    "word", ["Al!", "7pm", "2nd", "3D", "A4", "R2", "100%", "well!", "$5", "C++", "torn", "burn"]
)
def test_digits_and_signs_in_ordinary_words_name_nobody(word: str) -> None:
    assert said_of(word, "Tom", "Ali", "Ed", "Wells", "Bum") == word


@pytest.mark.parametrize("alphabet", ALPHABETS)
@settings(max_examples=30)
@given(st.text(st.sampled_from(LETTERS), min_size=3, max_size=10))
def test_a_name_in_any_fancy_alphabet_does_not_survive(alphabet: str, name: str) -> None:
    fancy = name.translate(str.maketrans(dict(zip(LETTERS, alphabet, strict=True))))
    assert fancy.casefold() not in (redact(f"( {fancy} ) and so we all said", [name]) or "").casefold()


@given(st.text(st.sampled_from(LETTERS), min_size=3, max_size=10), st.randoms(use_true_random=False))
def test_a_name_with_any_of_unicodes_look_alikes_does_not_survive(name: str, chance: object) -> None:
    choose = getattr(chance, "choice")  # noqa: B009 - Hypothesis has no public type for it
    dressed = "".join(choose([letter, *LOOKALIKES.get(letter, "")]) for letter in name)
    seen = redact(f"( {dressed} ) and so we all said it here", [name]) or ""
    assert dressed not in unicodedata.normalize("NFKC", seen)


@given(st.text(st.sampled_from("aeiostbg"), min_size=4, max_size=10))
def test_a_name_in_leet_does_not_survive(name: str) -> None:
    signs = {letter: digit for digit, letter in DIGITS.items()}
    dressed = name[0] + name[1:].translate(str.maketrans(signs))
    assert dressed not in (redact(f"( {dressed} ) and so we all said it", [name]) or "")


@pytest.mark.parametrize("name", ["James", "Ross", "Otis", "Maya"])
@pytest.mark.parametrize("between", [" ", ".", "-", " - ", "\u200b", "\u0336", "\u20dd", "*"])
def test_a_name_spelled_out_is_found_to_its_last_letter(name: str, between: str) -> None:
    assert redact(f"( {between.join(name)} ) is kind to us all", [name]) == "( [name] ) is kind to us all"


def test_a_short_word_of_another_script_names_somebody_only_with_a_capital() -> None:
    assert redact("он как лев, и дан нам бой", ["Lev Dan"]) == "он как лев, и дан нам бой"
    assert redact("он как Лев, и Дан нам бой", ["Lev Dan"]) == "он как [name], и [name] нам бой"
    assert redact("вот и лена, и все мы тут", ["Lena"]) == "вот и [name], и все мы тут"


@pytest.mark.parametrize("text", ["the dan level is zen and low", "wir sind dann im tal, den ganzen tag"])
def test_everyday_words_that_sound_like_a_short_name_of_another_script_stay(text: str) -> None:
    assert redact(text, ["Дан", "Дэн", "Тал", "Таг", "Лоу"]) == text


@pytest.mark.parametrize("word", ["ma-yas", "a-ls", "fe-lixs", "fe-lixes", "jam-eses"])
def test_a_name_in_pieces_is_found_with_its_ending(word: str) -> None:
    assert said_of(word, "Maya", "Al", "Felix", "James") == "[name]"


def test_two_letters_sound_like_nobodys_name() -> None:
    assert said_of("Cu", "Цой") == "Cu"


def test_plural_and_possessive_forms_are_found_and_times_are_not_tims() -> None:
    for word in ("Jameses", "James's", "Lopezes", "Mayas", "Felixes"):
        assert said_of(word, "James", "Lopez", "Maya", "Felix") in {"[name]", "[name]'s"}, word
    assert redact("many times we were in the mall", ["Tim", "Mal"]) == "many times we were in the mall"


PEOPLE = [
    word for member in demo_workspace().members.values() for word in (member.name, member.handle) if word
]


@pytest.mark.parametrize("text", [*SAMPLES, *PROPOSALS])
def test_the_ordinary_words_of_the_sample_answers_stay(text: str) -> None:
    said = {part.casefold() for name in PEOPLE for part in re.findall(r"\w+", name)}
    expected = re.sub(r"\w+", lambda word: "[name]" if word[0].casefold() in said else word[0], text)
    assert redact(text, PEOPLE) == expected


ORDINARY = """
The truth is that many of us read the same blue note in May, and it was true; does it go to the queue?
He and she said, on a holy day, that Korea, Asia and the mall are far; we torn pages burn, and modern men do.
A poem on the value of an issue: shoes, toes, foes, clues and dues. At 7pm, the 2nd, in 3D, v2, Q3, A4.
Ich fühle mich gut aufgehoben, größtenteils; für die Tür, den Flur, das Maß, und über uns alle.
Nous avons été là; ça va très bien. El niño está aquí, mañana también. Vi är på väg, åh så bra.
"""
COLLEAGUES = (
    *(
        "Maya Okafor",
        "Jürgen Müller",
        "Björn Åkesson",
        "Søren Lindström",
        "Ruth Tamm",
        "Manny Diaz",
        "Holly Lee",
    ),
    *("Tom Reed", "Ali Haas", "Bo Goetz", "Дмитрий Смирнов", "Юлия Ким", "王小明", "김민수", "Ελένη Παππά"),
    *("Wang Xiaoming", "Priya Sharma", "أحمد علي", "דוד לוי", "Noel Samuel", "Coen de Boer", "Zoë Kräftig"),
)


@pytest.mark.parametrize("line", ORDINARY.strip().splitlines())
def test_ordinary_sentences_of_several_languages_stay_as_they_are(line: str) -> None:
    assert redact(line, COLLEAGUES) == line


def test_the_table_of_look_alikes_is_that_of_unicode() -> None:
    assert lookalikes() == LOOKALIKES
    assert {shape(sign) for letter, signs in LOOKALIKES.items() for sign in signs} <= set(LETTERS)


class Counted(frozenset[str]):
    """Words that count how often somebody asks for one."""

    asked = 0

    def __contains__(self, word: object) -> bool:
        Counted.asked += 1
        return super().__contains__(word)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Counted]]:
    of = Forms.of

    def counted(words: object) -> Forms:
        forms = of(words)  # type: ignore[arg-type]
        return Forms(words=Counted(forms.words), lengths=forms.lengths)

    monkeypatch.setattr(names.Forms, "of", counted)
    Counted.asked = 0
    yield Counted
    Counted.asked = 0


def many(count: int) -> list[str]:
    return [f"{a}{b}{c} {b}{c}{a}".title() for a in "bdfgklmnprst" for b in ("a", "ei", "ou", "y") for c in
            ("lo", "mi", "ras", "tén", "vü", "kowsk", "berg", "ssen", "dóttir", "wang", "nikov", "eira", "ya",
             "zzi", "quist", "oğlu", "ides", "enko", "stein", "ski", "iu")][:count]  # fmt: skip


UNITS = ("a.", "m a y ", "al ", "m4y4 ", "м а у ", "王小", "Ill1", "B.a-", "lo", "ﷺ", "A.B.")


@pytest.mark.parametrize("unit", UNITS)
def test_the_work_grows_with_the_text_and_not_with_the_names(asked: type[Counted], unit: str) -> None:
    def work(people: int, length: int) -> int:
        sought = Names(many(people))
        before = asked.asked
        name_search.without_names((unit * length)[:length], sought)
        return asked.asked - before

    whole = work(1000, TEXT_LIMIT)
    assert whole <= 60 * TEXT_LIMIT
    assert whole <= 2.2 * work(1000, TEXT_LIMIT // 2) + 100
    assert whole <= 4 * work(250, TEXT_LIMIT) + 100


def test_a_text_that_bares_something_new_in_every_pass_is_no_quote() -> None:
    nested = "we all said so: " + "<@" * 300 + "maya" + ">" * 300
    assert redactor(["Maya"])(nested) is None


@pytest.mark.parametrize("letter", ["ᗰ", "ก", "م", "א", "м", "ɑ"])
def test_a_long_word_in_any_script_is_read_in_a_moment(letter: str) -> None:
    """The mutant in which two alternatives of a pattern overlap tries a word of n letters in 2^n ways."""
    script = f"from bot.core.redaction import redact; redact({letter!r} * 2000, ['Maya Okafor'])"
    environ = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

    subprocess.run([sys.executable, "-c", script], check=True, timeout=60, env=environ)
