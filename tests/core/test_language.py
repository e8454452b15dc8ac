"""What is said in a language: messages, plural forms, numbers, days and lengths of time."""

from datetime import UTC, date, datetime, timedelta
from gettext import NullTranslations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import shipped_languages
from bot.core.language import ENGLISH, N_, Language, Languages
from tests.languages import PSEUDO

WHEN = datetime(2026, 11, 27, 13, 0, tzinfo=UTC)
GERMAN, JAPANESE, BRAZILIAN = Language("de"), Language("ja"), Language("pt-BR")
SPOKEN = Languages([GERMAN, JAPANESE, BRAZILIAN])


def test_a_message_without_a_translation_is_said_in_english() -> None:
    assert GERMAN.gettext("Not known: {what}", what="this") == "Not known: this"


def test_an_empty_message_stays_empty_instead_of_the_header_of_the_catalogue() -> None:
    assert PSEUDO.gettext("") == ""


@given(st.text())
def test_a_value_with_braces_is_not_taken_for_a_placeholder(value: str) -> None:
    assert ENGLISH.gettext("They said {words}.", words=value) == f"They said {value}."


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        ENGLISH.gettext("Until {when}", who="me")


def test_braces_that_are_no_placeholder_are_doubled() -> None:
    assert ENGLISH.gettext("{{time}}") == "{time}"


def test_a_marked_message_is_the_message_itself() -> None:
    assert N_("Later") == "Later"


@pytest.mark.parametrize(("number", "said"), [(0, "0 quotes"), (1, "1 quote"), (12345, "12,345 quotes")])
def test_a_number_of_things_has_its_own_form(number: int, said: str) -> None:
    assert ENGLISH.ngettext("{number} quote", "{number} quotes", number) == said


def test_numbers_are_words_in_english_alone() -> None:
    assert ENGLISH.number_in_words(3) == "three"
    assert GERMAN.number_in_words(3) == "3"
    assert ENGLISH.number_in_words(13) == "13"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (ENGLISH, "Friday 27 November, 14:00 (Europe/Berlin)"),
        (Language("fr"), "vendredi 27 novembre, 14:00 (Europe/Berlin)"),
    ],
)
def test_a_moment_has_the_day_and_the_time_of_its_zone(language: Language, said: str) -> None:
    assert language.moment(WHEN, "Europe/Berlin") == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (ENGLISH, "27 November 2026"),
        (GERMAN, "27. November 2026"),
        (JAPANESE, "2026年11月27日"),
        (BRAZILIAN, "27 de novembro de 2026"),
    ],
)
def test_a_day_is_written_as_the_language_writes_it(language: Language, said: str) -> None:
    assert language.day(date(2026, 11, 27)) == said


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(days=3), "3 Tage"),
        (timedelta(days=1), "1 Tag"),
        (timedelta(days=45), "45 Tage"),
        (timedelta(hours=36), "36 Stunden"),
        (timedelta(minutes=90), "90 Minuten"),
        (timedelta(seconds=90), "1 Minute"),
    ],
)
def test_a_length_of_time_is_in_its_largest_whole_unit(length: timedelta, said: str) -> None:
    assert GERMAN.duration(length) == said


def test_weeks_ago_has_its_own_form_for_one() -> None:
    assert (GERMAN.weeks_ago(1), GERMAN.weeks_ago(60)) == ("vor 1 Woche", "vor 60 Wochen")


def test_the_first_weekday_is_monday() -> None:
    assert (ENGLISH.weekday(0), JAPANESE.weekday(6)) == ("Monday", "日曜日")


def test_every_language_names_itself() -> None:
    assert ["English", "Deutsch", "日本語", "Português (Brasil)"] == [one.name for one in SPOKEN]


@pytest.mark.parametrize(
    ("locale", "code"),
    [
        ("de-DE", "de"),
        ("de_AT", "de"),
        ("pt-BR", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("ja-JP", "ja"),
        ("en-US", "en"),
        ("it-IT", "en"),
        ("", "en"),
        ("deu", "en"),
    ],
)
def test_a_locale_gets_the_nearest_language(locale: str, code: str) -> None:
    assert SPOKEN.best(locale).code == code


def test_where_a_language_is_not_spoken_the_next_one_is_taken() -> None:
    assert SPOKEN.best("it-IT", "", "ja-JP").code == "ja"
    assert SPOKEN.best("it-IT", "ko-KR").code == "en"


def test_an_unknown_code_is_english() -> None:
    assert SPOKEN.named("xx") is ENGLISH


def test_a_catalogue_is_read_at_the_first_message_and_not_before() -> None:
    read: list[str] = []

    def load() -> NullTranslations:
        read.append("de")
        return NullTranslations()

    language = Language("de", load)
    assert (language.name, read) == ("Deutsch", [])
    language.gettext("A")
    assert read == ["de"]


@pytest.mark.parametrize(
    ("code", "text", "said"),
    [
        ("en", "I say “no”.", "“I say ‘no’.”"),
        ("de", "Ich sage „nein“.", "„Ich sage ‚nein‘.“"),
        ("es", "Digo “no”.", "“Digo ‘no’.”"),
        ("fr", "Je dis «\u00a0non\u00a0».", "«\u00a0Je dis “non”.\u00a0»"),
        ("ja", "「いいえ」と言う。", "「『いいえ』と言う。」"),
        ("pt-BR", "Digo “não”.", "“Digo ‘não’.”"),
    ],
)
def test_marks_within_quotation_marks_are_of_the_inner_kind(code: str, text: str, said: str) -> None:
    assert said == shipped_languages().named(code).quoted(text)
