"""Chinese, Korean and Japanese names in other signs and in Latin letters, and the reverse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import east_asian_names, name_search
from bot.core.east_asian_names import one_spelling
from bot.core.han_variants import HAN_VARIANTS
from bot.core.names import Names
from bot.core.redaction import redact, redactor
from bot.demo.sample_answers import PROPOSALS, SAMPLES
from scripts.han_variants import PLACE, source

pytestmark = pytest.mark.attack


def said_of(word: str, *profiles: str) -> str | None:
    """What is left of a sentence with this word in it, said in front of these people."""
    quoted = redact(f"we all said that {word} was very kind to us", profiles)
    return quoted and quoted.removeprefix("we all said that ").removesuffix(" was very kind to us")


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ("김민수", "Kim kim KIM Kims Gim Minsu Min-su MIN-SU Minsoo Min-Soo MinsuKim KimMinsoo"),
        ("김 민수", "Kim Minsu Min-soo"),
        ("이서연", "Lee lee Rhee Yi Seoyeon Seo-yeon Seoyun"),
        ("박지훈", "Park park Pak Bak Jihoon Ji-hun Jeehoon Chihoon"),
        ("최수빈", "Choi Choe Subin Soo-bin"),
        ("정우", "Jung Jeong Chung Woo"),
        ("유재석", "You Yoo Yu Ryu Jae-suk Jaeseok"),
        ("허준", "Hur Heo Huh Jun Joon"),
        ("남궁민", "Namgung Namgoong"),
        ("남궁 민수", "Namgung Minsoo"),
        ("김안나", "Anna Ana"),
    ],
)
def test_a_korean_name_is_found_in_every_usual_spelling(profile: str, words: str) -> None:
    for word in words.split():
        assert said_of(word, profile) == "[name]", word


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ("张伟", "張偉 张伟 Zhang zhang Wei Zhangwei Weizhang Chang Cheung 張 阿伟 小偉"),
        ("張偉", "张伟 張偉 Zhang Wei 张"),
        ("王小明", "Wang Wong Xiaoming Xiao-ming Xiao Ming 小明 王"),
        ("李娜", "Li li Lee Na Lina 李娜"),
        ("歐陽娜", "欧阳娜 欧阳 Ouyang Ou-yang"),
        ("陈静", "陳靜 Chen Chan Jing"),
        ("谢娜", "謝娜 Xie Hsieh Tse"),
        ("龙丹妮", "龍丹妮 Danni Long"),
        ("Zhang Wei", "张伟 張偉"),
        ("Lina Berg", "李娜"),
        ("Sooji Park", "수지"),
    ],
)
def test_a_chinese_name_is_found_in_every_usual_spelling(profile: str, words: str) -> None:
    for word in words.split():
        assert said_of(word, profile) in {"[name]", None}, word


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ("田中", "Tanaka tanaka Tanakas"),
        ("田中 太郎", "Tanaka 田中"),
        ("田中太郎", "Tanaka 田中 太郎"),
        ("田中実", "Tanaka"),
        ("林 太郎", "Hayashi"),
        ("森 健", "Mori"),
        ("佐々木 希", "Sasaki"),
        ("長谷川 翔", "Hasegawa"),
        ("斎藤", "Saito Saitou Saitoh 齋藤 斉藤"),
        ("渡邉 健", "Watanabe 渡辺 渡邊"),
        ("髙橋", "Takahashi 高橋"),
        ("Yuki Tanaka", "田中"),
        ("Kenji Watanabe", "渡辺 渡邊 渡邉"),
    ],
)
def test_a_usual_japanese_family_name_is_found_as_it_is_read_there(profile: str, words: str) -> None:
    for word in words.split():
        assert said_of(word, profile) == "[name]", word


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ("김민수", ["Kim Min-su", "Kim Min Soo", "Min-su Kim", "min su", "Min Su Kim"]),
        ("유재석", ["You Jae Suk", "Jae-suk You"]),
        ("张伟", ["Zhang Wei", "Wei Zhang", "Chang Wei"]),
        ("王小明", ["Wang Xiao Ming", "xiao ming", "Xiaoming Wang"]),
        ("欧阳娜娜", ["Ou Yang Na Na", "Na Na Ou Yang"]),
        ("李娜", ["Li Na", "Na Li"]),
        ("Minsoo Kim", ["김민수", "민수"]),
        ("Min-su Kim", ["김민수", "민수"]),
        ("Seoyeon Lee", ["이서연", "서연"]),
    ],
)
def test_a_name_of_several_syllables_goes_as_one(profile: str, words: list[str]) -> None:
    for word in words:
        assert said_of(word, profile) == "[name]", word


COLLEAGUES = (
    *("김민수", "이서연", "박지훈", "최수빈", "유재석", "오연서", "안재욱", "도경수", "고은", "노윤서"),
    *("张伟", "李娜", "何洁", "龙丹妮", "韩雪", "沈石", "谢娜", "白客", "杜江", "马超", "戴军", "任泉"),
    *("田中 太郎", "武 健", "佐藤花子", "今井翼"),
)


@pytest.mark.parametrize(
    "text",
    [
        "You can do it in no time, so long as he and I are in. Do not go on. Can we?",
        "So it seems, and she sees it too: a long song is sung, and no one has to hang on",
        "Oh no, an old man in the den had to go to bed at ten",
        "Take the same date; we made it here, and there it is",
        "Du und ich sind ein gutes Team, und wenn sie will, kann er mit. Ja, so ist es",
        "Je suis bien ici, on se parle et on a du temps, mais pas assez",
        "Yo no sé si es tan fácil, pero lo que se hace en el equipo me da mucho",
        "Han är ju så bra, och det kan man se här",
        *SAMPLES,
        *PROPOSALS,
    ],
)
def test_everyday_words_that_sound_like_a_syllable_of_a_name_stay(text: str) -> None:
    assert redact(text, COLLEAGUES) == " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("we think Long was kind to all", "we think [name] was kind to all"),
        ("we think, Long was kind to all", "we think, [name] was kind to all"),
        ("I, Long, was kind to all", "I, [name], was kind to all"),
        ("Long was kind to all of us", "Long was kind to all of us"),
        ("It is so. Long was kind to all", "It is so. Long was kind to all"),
        ("we think long words are kind to all", "we think long words are kind to all"),
        ("WE THINK LONG WORDS ARE KIND", "WE THINK LONG WORDS ARE KIND"),
        ("Danni was kind to all of us", "[name] was kind to all of us"),
    ],
)
def test_a_name_that_is_an_everyday_word_needs_a_capital_inside_a_sentence(text: str, quoted: str) -> None:
    assert redact(text, ["龙丹妮"]) == quoted


@pytest.mark.parametrize(
    "text",
    [
        "我们都觉得这里很好,大家都愿意听",
        "大家可以说自己的想法,没有人会生气",
        "私たちのチームでは誰でも意見を言えます",
        "우리 팀은 서로를 존중하고 함께 일합니다",
    ],
)
def test_ordinary_sentences_in_far_eastern_scripts_stay(text: str) -> None:
    assert redact(text, ["Jerry Kelly", "Uri Geller", "Dana Weber", "张伟", "김민수", "田中 太郎"]) == text


def test_a_japanese_family_name_that_nobody_has_stays() -> None:
    assert (
        redact("山川がきれいで石川も好きです", ["Yuki Tanaka", "Ken Suzuki"])
        == "山川がきれいで石川も好きです"
    )


def test_two_signs_of_a_japanese_family_name_are_not_taken_apart() -> None:
    assert (
        redact("小さい声も大切にします最高です", ["小林", "大塚 健", "高橋"])
        == "小さい声も大切にします最高です"
    )


SYLLABLES = st.integers(0xAC00, 0xD7A3).map(chr)
HAN_PAIRS = st.sampled_from(sorted(HAN_VARIANTS.items()))


@given(st.lists(HAN_PAIRS, min_size=2, max_size=3))
def test_no_name_survives_in_another_spelling_of_its_signs(pairs: list[tuple[str, str]]) -> None:
    one, other = ("".join(signs) for signs in zip(*pairs, strict=True))
    for name, written in ((one, other), (other, one)):
        assert written not in (redact(f"we all said ( {written} ) was kind", [name]) or "")


SOME = st.sampled_from(("Kim", "Lee", "Okafor", "Schmidt", "Anna", "Maria", "Zhou"))
GLUE = st.sampled_from((" ", "", "-", ".", "_"))


@given(st.lists(SOME, min_size=2, max_size=4, unique=True), GLUE, st.data())
def test_a_name_survives_in_no_order_of_two_of_its_words(
    words: list[str], between: str, data: st.DataObject
) -> None:
    two = data.draw(st.permutations(words))[:2]
    for case in (str, str.lower, str.upper):
        written = case(between.join(two))
        assert written not in (redact(f"we all said ( {written} ) was kind", [" ".join(words)]) or "")


@pytest.mark.parametrize("word", ["OkaforMaya", "okaformaya", "schmidtannamaria", "mariaanna", "annaschmidt"])
def test_a_name_that_is_glued_together_in_another_order_is_found(word: str) -> None:
    assert said_of(word, "Maya Okafor", "Anna Maria Schmidt") == "[name]"


def test_spellings_of_one_syllable_are_heard_alike() -> None:
    for words in (
        "jung jeong chung cheong",
        "minsu minsoo",
        "baek paik paek",
        "yeong young",
        "xie hsieh",
        "an ahn",
    ):
        assert len(set(map(one_spelling, words.split()))) == 1, words
    assert len(set(map(one_spelling, "min man mun kim kam song sang".split()))) == 7  # noqa: SIM905


def test_the_table_of_chinese_signs_is_that_of_opencc() -> None:
    assert source() == PLACE.read_text(encoding="utf-8")


@pytest.mark.parametrize("unit", ["min su ", "a b c ", "김민수", "a-b-"])
def test_a_text_is_heard_a_few_times_per_letter_however_many_names_there_are(
    monkeypatch: pytest.MonkeyPatch, unit: str
) -> None:
    heard_times = 0

    def counted(word: str) -> str:
        nonlocal heard_times
        heard_times += 1
        return one_spelling(word)

    for module in (name_search, east_asian_names):
        monkeypatch.setattr(module, "one_spelling", counted)
    sought = Names(["김민수", "张伟", "Min-su Kim"])
    assert sought.syllables
    assert sought.latin_spellings
    heard_times = 0
    name_search.without_names((unit * 2000)[:2000], sought)
    assert 0 < heard_times <= 6 * 2000


def test_a_name_of_many_words_is_prepared_in_a_moment() -> None:
    assert redactor([" ".join("abcdefghijklmnopqrstuvwxyz" * 3)])("we all said so") == "we all said so"
