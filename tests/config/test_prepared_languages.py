"""Languages that were read at the start say the same as before, without what nothing says."""

from datetime import UTC, date, datetime, timedelta

import pytest
from babel import localedata

from bot.config import prepare_languages, shipped_languages
from bot.core.language import Language, Languages

WHEN = datetime(2026, 11, 27, 13, 0, tzinfo=UTC)
LANGUAGES = list(shipped_languages())


def everything(language: Language) -> list[str]:
    """What each method says."""
    return [
        language.name,
        language.gettext("Send"),
        language.ngettext("{number} reply", "{number} replies", 3),
        language.number(12345.5),
        language.number_in_words(3),
        language.percent(0.3),
        language.list_of(["a", "b", "c"]),
        language.list_of(["a", "b"], "or"),
        language.quoted("a"),
        language.day(date(2026, 11, 27)),
        language.day_of(WHEN, "Europe/Berlin"),
        language.moment(WHEN, "Europe/Berlin"),
        language.time(WHEN),
        *(language.weekday(day) for day in range(7)),
        *(language.duration(timedelta(minutes=minutes)) for minutes in (1, 90, 120, 1440, 4320)),
        *(language.weeks_ago(weeks) for weeks in (1, 4)),
    ]


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_a_prepared_language_says_what_it_said_before(language: Language) -> None:
    before = everything(language)
    prepare_languages(shipped_languages())

    assert before == everything(language)
    assert "territories" not in localedata.load(str(language.locale))


def test_a_language_that_is_not_shipped_can_still_be_read_afterwards() -> None:
    prepare_languages(shipped_languages())

    assert Language("it").name == "Italiano"
    assert Language("it").duration(timedelta(days=3)) == "3 giorni"


def test_two_languages_of_one_family_are_both_read() -> None:
    """What they inherit is dropped only once both have been read."""
    prepare_languages(Languages([Language("es"), Language("es-419"), Language("pt"), Language("pt-BR")]))

    assert Language("es-419").name.startswith("Español")
    assert Language("pt").name == "Português"
