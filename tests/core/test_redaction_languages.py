"""Names, addresses and numbers as people write them in the languages that the bot speaks."""

import doctest

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.core import japanese_names
from bot.core.common_words import LIKE_FORMS, WORDS_OF_SIGN
from bot.core.japanese_names import as_in_japan, kana_in_latin
from bot.core.model import TEXT_LIMIT
from bot.core.redaction import redact

pytestmark = pytest.mark.attack

GERMAN = ("Lena Hoffmann", "Jürgen Weiß", "Hans Müller-Lüdenscheidt", "Max Schmitz")
SPANISH = ("Gabriel García Márquez", "María José de la Fuente Núñez", "Íñigo Fernández", "Ana Pérez")
FRENCH = ("Amélie Étienne", "Jean-Luc Bernard", "Anne Le Goff", "Le Goff", "Inès d'Ormesson")
PORTUGUESE = ("João dos Santos", "Ana Conceição da Silva", "Pedro Álvares", "Maria De Souza", "De Souza")


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("Wir fanden Lenas Idee alle gut", "Wir fanden [name] Idee alle gut"),
        ("Wir fanden Lena's Idee alle gut", "Wir fanden [name]'s Idee alle gut"),
        ("Hans’ Idee fanden wir alle gut", "[name]’ Idee fanden wir alle gut"),
        ("Hansens Idee fanden wir alle gut", "[name] Idee fanden wir alle gut"),
        ("Maxens und Schmitzens Idee fanden wir gut", "[name] Idee fanden wir gut"),
        ("Weißens Idee fanden wir alle gut", "[name] Idee fanden wir alle gut"),
        ("Das „Lena-Prinzip“ finden wir alle gut", "Das „[name]-Prinzip“ finden wir alle gut"),
        ("Das „Lena“, »Lena« und ‚Lena‘ ist gut so", "Das „[name]“, »[name]« und ‚[name]‘ ist gut so"),
        ("Das Lenaprojekt und die Hoffmannsitzung sind gut", "Das [name] und die [name] sind gut"),
        ("Die LenaRunde ist für alle gut", "Die [name] ist für alle gut"),
        ("Das ist die Hoffmannsche Art zu leiten", "Das ist die [name] Art zu leiten"),
        ("Lenchen und Hänschen sagten das auch so", "[name] sagten das auch so"),
        ("Juergen, Müller und Mueller sagten das gestern", "[name], [name] sagten das gestern"),
        ("Frau WEISS und Herr WEIẞ sagten das auch", "Frau [name] und Herr [name] sagten das auch"),
    ],
)
def test_a_name_is_found_as_it_is_written_in_german(text: str, quoted: str) -> None:
    assert redact(text, GERMAN) == quoted


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("Lo dijo García Márquez en la reunión", "Lo dijo [name] en la reunión"),
        ("Lo dijo garcia marquez en la reunión", "Lo dijo [name] en la reunión"),
        ("Lo dijo Márquez, y no García, en la reunión", "Lo dijo [name], y no [name], en la reunión"),
        ("¿Gabriel? ¡Nunez! Lo dijeron en la reunión", "¿[name]? ¡[name]! Lo dijeron en la reunión"),
        ("Los García y los Garcías lo dijeron hoy", "Los [name] lo dijeron hoy"),
        ("La idea de la Fuente nos gusta a todos", "La idea de la [name] nos gusta a todos"),
        ("Anita y Gabrielito lo dijeron en la reunión", "[name] lo dijeron en la reunión"),
        ("Lo dijo Íñigo Fdez. en la reunión de hoy", "Lo dijo [name]. en la reunión de hoy"),
        ("Lo dijo «María José» en la reunión de hoy", "Lo dijo «[name]» en la reunión de hoy"),
    ],
)
def test_a_name_is_found_as_it_is_written_in_spanish(text: str, quoted: str) -> None:
    assert redact(text, SPANISH) == quoted


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("C'est l'idée d'Amélie et de l'Étienne", "C'est l'idée d'[name] et de l'[name]"),
        ("C’est l’idée d’amelie et de l’etienne", "C’est l’idée d’[name] et de l’[name]"),
        ("Qu'Amélie parle fait du bien à tous", "Qu'[name] parle fait du bien à tous"),
        ("« Amélie » et «Étienne» parlent bien", "« [name] » et «[name]» parlent bien"),
        ("Jean-Luc, Jean Luc et JeanLuc parlent bien pour nous", "[name], [name] parlent bien pour nous"),
        ("J.-L. Bernard parle bien pour nous", "[name] parle bien pour nous"),
        ("Le projet de Le Goff avance, et le reste aussi", "Le projet de [name] avance, et le reste aussi"),
        ("d'Ormesson et d’Ormesson parlent bien pour nous", "[name] parlent bien pour nous"),
    ],
)
def test_a_name_is_found_as_it_is_written_in_french(text: str, quoted: str) -> None:
    assert redact(text, FRENCH) == quoted


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("O João dos Santos falou bem por todos", "O [name] falou bem por todos"),
        ("O Joao e a Conceicao falaram bem por todos", "O [name] falaram bem por todos"),
        ("O Joãozinho falou bem por todos nós", "O [name] falou bem por todos nós"),
        ("A Aninha e o Pedrinho falaram bem por todos", "A [name] falaram bem por todos"),
        ("O Pedrão falou bem por todos nós", "O [name] falou bem por todos nós"),
        ("A ideia de Souza é de todos nós", "A ideia de [name] é de todos nós"),
        ("Foi De Souza quem falou dos nossos dias", "Foi [name] quem falou dos nossos dias"),
    ],
)
def test_a_name_is_found_as_it_is_written_in_portuguese(text: str, quoted: str) -> None:
    assert redact(text, PORTUGUESE) == quoted


SAID = "の意見に賛成です。みんなもです。"


@pytest.mark.parametrize(
    ("profile", "written"),
    [
        ("田中 由紀", "田中さん 田中 由紀ちゃん 由紀 田中由紀さん たなかさん タナカさん"),
        ("田中 由紀", "ﾀﾅｶさん Tanakaさん ＴＡＮＡＫＡさん たなか君"),
        ("田中由紀", "田中さん 由紀さん"),
        ("Yuki Tanaka", "Yukiさん YUKIさん ｙｕｋｉさん ゆきさん ユキさん ﾕｷさん"),
        ("Yuki Tanaka", "たなかさん タナカ先生 田中さん Yuki-san Yukisan"),
        ("ゆき", "ゆき ゆきちゃん ユキさん Yukiさん Yuki"),
        ("タナカ ユキ", "たなかさん ゆきさん Tanakaさん Yuki"),
        ("Ken Suzuki", "けんさん ケンくん すずきさん スズキ 鈴木さん"),
        ("Shinji Ōno", "しんじさん シンジ おおのさん オーノさん 大野さん Onoさん"),
        ("佐藤 健", "佐藤さん 健さん 健 さとうさん サトー部長 Satoさん"),
        ("翔太", "翔太くん"),
        ("しょうた", "ショウタさん Shotaさん Shouta"),
        ("Lena Hoffmann", "レナさん れなさん Lenaさん"),
        ("Maya Okafor", "マヤさん Mayaさん"),
    ],
)
def test_a_name_is_found_as_it_is_written_in_japanese(profile: str, written: str) -> None:
    for word in written.split():
        quoted = redact(word + SAID, [profile])
        assert quoted
        assert quoted.startswith("[name]"), word
        assert quoted.endswith(SAID), word
        left = quoted.removesuffix(SAID).removeprefix("[name]")
        assert left in {"", "さん", "ちゃん", "くん", "君", "先生", "部長", "-san"}, word


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("由紀。田中さんもです。みんな賛成です。", "[name]。[name]さんもです。みんな賛成です。"),
        ("みんな賛成です。田中さんもです。", "みんな賛成です。[name]さんもです。"),
        ("昨日たなかが言いました。みんな賛成です。", "昨日[name]が言いました。みんな賛成です。"),
        ("田中や鈴木と話しました。みんな賛成です。", "[name]や鈴木と話しました。みんな賛成です。"),
        ("健康は大事です。健が言いました。", "健康は大事です。[name]が言いました。"),
    ],
)
def test_a_name_is_found_in_a_sentence_without_spaces(text: str, quoted: str) -> None:
    assert redact(text, ["田中 由紀", "木村 健"]) == quoted


@pytest.mark.parametrize("profile", ["Yuki Tanaka", "Maya Okafor"])
@pytest.mark.parametrize("behind", ["さん", "가", "는", "说", "นะ", "が"])
def test_a_name_in_latin_letters_ends_where_another_script_begins(profile: str, behind: str) -> None:
    first = profile.split(maxsplit=1)[0]
    for before in ("", behind):
        quoted = redact(f"we all said {before}{first}{behind} so to us", [profile])
        assert quoted == f"we all said {before}[name]{behind} so to us"


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("連絡は＠ｙｕｋｉまでお願いします", "連絡は[name]までお願いします"),
        ("連絡はｙｕ＠ｅｘａｍｐｌｅ．ｃｏｍまでお願いします", "連絡は[address]までお願いします"),
        ("連絡はyu@example.co.jpです。お願いします", "連絡は[address]です。お願いします"),
        ("yuアットexampleドットcomまでお願いします", "[address]までお願いします"),
        ("資料はｈｔｔｐｓ：／／ｅｘａｍｐｌｅ．ｃｏｍ／ａにあります", "資料は[link]にあります"),
        ("資料はhttps://example.com/aにあります。どうぞ", "資料は[link]にあります。どうぞ"),
        ("資料はhttps://example.com/資料です。みんな見てください", "資料は[link]。みんな見てください"),
        ("資料はexample.comにあります。どうぞ", "資料は[link]にあります。どうぞ"),
        ("電話は０９０－１２３４－５６７８です。どうぞ", "電話は[number]です。どうぞ"),
        ("電話は090−1234−5678です。どうぞ", "電話は[number]です。どうぞ"),
        ("電話は090ー1234ー5678です。どうぞ", "電話は[number]です。どうぞ"),
        ("二〇二四年に入りました。どうぞよろしく", "[number]年に入りました。どうぞよろしく"),
        ("これは良い．みんなで話す．次も話す", "これは良い.みんなで話す.次も話す"),
        ("10〜12人、10ー12人、3人と4人です。", "10〜12人、10ー12人、3人と4人です。"),
        ("escribe a ana arroba ejemplo punto com si quieres", "escribe a [address] si quieres"),
        ("mande para ana arroba exemplo ponto com hoje mesmo", "mande para [address] hoje mesmo"),
        ("écris à luc arobase exemple point fr si tu veux", "écris à [address] si tu veux"),
        ("estamos a punto de salir todos de aquí", "estamos a punto de salir todos de aquí"),
        ("neste ponto com a equipe toda é bom", "neste ponto com a equipe toda é bom"),
        ("de ce point de vue tout va bien", "de ce point de vue tout va bien"),
    ],
)
def test_addresses_and_numbers_go_and_the_words_around_them_stay(text: str, quoted: str) -> None:
    assert redact(text, ()) == quoted


COLLEAGUES = (
    *GERMAN,
    *("Mark Stein", "Rei Mori", "Caro Lang", "Mara Klein", "Ernst Groß", "Mia Sol", "Eva Lima", "Kara Long"),
    *(
        "Made Wirawan",
        "佐藤 優",
        "木村 健",
        "小林 さくら",
        "高橋 学",
        "森 愛",
        "林 誠",
        "原 直",
        "Yuki Tanaka",
        "Cam Ito",
    ),
    *FRENCH[:3],
    *PORTUGUESE,
)


@pytest.mark.parametrize(
    "text",
    [
        "Wir reichen uns die Hand, machen ein bisschen Pause, und im Märchen wird alles gut",
        "Es ist maximal in Ordnung, dass allein die Zeichen reichen, und wir brauchen nichts",
        "Ich fühle mich ernsthaft wohl, und wir sprechen regelmäßig über das, was uns wichtig ist",
        "En el camino se evita casi todo, y la visita fue bonita; necesito un poquito más",
        "Somos una persona más, y la escrita es gratuita, en la que el mérito es de todos",
        "No caminho há carinho, e a reunião foi uma solução boa na situação e no coração",
        "O vizinho cozinha sozinho, e a minha opinião não é razão para nada",
        "Le fait de le dire de la sorte est bien, et la suite des idées aussi",
        "優しい人が多く、優先順位も明確です。健康も大事にします。",
        "学校や大学で学ぶことも、愛情も、誠実さも、直接話すことも大事です。",
        "つもりでいますから、なるほどと思うことも、決まりもあります。",
        "たくさんの人がいて、みなさんが話しやすいです。お疲れさまです。",
        "なりたいものになれる場所だと、毎日思います。",
    ],
)
def test_ordinary_sentences_stay_in_front_of_people_whose_names_are_like_words(text: str) -> None:
    assert redact(text, COLLEAGUES) == text


def test_a_word_that_looks_like_a_form_of_a_name_counts_with_a_capital_inside_a_sentence() -> None:
    assert (
        redact("nous disons que Evita parle bien, elle", ["Eva"]) == "nous disons que [name] parle bien, elle"
    )
    assert redact("se evita hablar de eso entre todos", ["Eva"]) == "se evita hablar de eso entre todos"


def test_a_particle_with_a_capital_names_somebody_only_where_it_is_no_particle() -> None:
    assert redact("we all thank le, and Le too", ["Le Nguyen"]) == "we all thank [name], and [name] too"
    assert redact("on le dit, et Le aussi le dit", ["Anne Le Goff"]) == "on le dit, et [name] aussi le dit"


@pytest.mark.parametrize(
    ("profile", "text"),
    [
        ("田中 由紀", "ゆきさんの意見に賛成です"),
        ("由紀", "Yukiさんの意見に賛成です"),
        ("José Pérez", "Lo dijo Pepe en la reunión"),
        ("Lena Hoffmann", "Das war ein Lenaabend für uns alle"),
        ("Ingrid Dahl", "イングリッドさんの意見に賛成です"),
    ],
)
def test_what_cannot_be_found_is_what_the_module_says(profile: str, text: str) -> None:
    assert redact(text, [profile]) == text


def test_a_long_text_without_spaces_is_cut_at_the_end_of_a_sentence() -> None:
    sentence = "田中さんの意見に賛成です。"
    quoted = redact(sentence * (TEXT_LIMIT // len(sentence)), ["田中"])
    assert quoted
    assert len(quoted) <= TEXT_LIMIT
    assert TEXT_LIMIT - len(quoted) < len("[name]さんの意見に賛成です。")
    assert quoted.endswith("[name]さんの意見に賛成です。")


def test_a_long_text_without_stops_is_cut_between_two_signs() -> None:
    quoted = redact("田中" + "良" * (TEXT_LIMIT - 2), ["田中"])
    assert quoted == "[name]" + "良" * (TEXT_LIMIT - len("[name]"))


def test_the_examples_of_japanese_names_hold() -> None:
    assert doctest.testmod(japanese_names).failed == 0


SYLLABLES = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわん"


@given(st.text(st.sampled_from(SYLLABLES), min_size=2, max_size=6))
def test_kana_are_read_in_the_same_way_in_both_scripts(word: str) -> None:
    katakana = "".join(chr(ord(sign) + 0x60) for sign in word)
    said = "".join(kana_in_latin(word))
    assert said == "".join(kana_in_latin(katakana))
    assert as_in_japan(said) == as_in_japan(as_in_japan(said))


@given(st.text(st.sampled_from(SYLLABLES), min_size=2, max_size=5))
def test_a_name_in_kana_is_found_in_the_other_script_in_front_of_an_honorific(word: str) -> None:
    katakana = "".join(chr(ord(sign) + 0x60) for sign in word)
    assume(len("".join(kana_in_latin(word))) > 1)
    assert katakana not in (redact(f"( {katakana}さん ) と話しました。良いです。", [word]) or "")


def test_the_lists_of_words_hold_no_word_that_another_covers() -> None:
    assert all(word == word.lower() and word.isascii() for word in LIKE_FORMS)
    assert all(len(sign) == 1 for sign in WORDS_OF_SIGN)
