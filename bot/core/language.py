"""Say messages in one language, with numbers, dates and lists as it writes them.

A message is a whole English sentence with placeholders in braces. Its translation is in a GNU gettext
catalogue (``bot/locale``). A language is passed as an argument to whatever makes sentences; there is no
current language (ADR 0031). Numbers, dates and plural forms follow Unicode's CLDR, through Babel.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from gettext import NullTranslations
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from bot.core.numbers import number_in_words

ENGLISH_CODE = "en"
"""The language in which messages are written in the code."""


def N_(message: str) -> str:  # noqa: N802 - gettext's own name
    """Return the message itself, and mark it for the catalogues: ``gettext`` gets it later."""
    return message


FULL_STOPS = ".。।\u06d4"
"""What ends a sentence in English and most languages, Japanese and Chinese, Hindi, and Urdu."""


def without_full_stop(text: str) -> str:
    """Return a text without its full stop, to be quoted within a sentence.

    >>> without_full_stop("I am wanted here."), without_full_stop("ここに居場所がある。")
    ('I am wanted here', 'ここに居場所がある')
    """
    return text.rstrip(FULL_STOPS)


@dataclass(frozen=True, slots=True)
class Language:
    """A language that the bot speaks. ``code``: a BCP 47 tag such as ``de`` or ``pt-BR``.

    ``load``: returns the catalogue. It is called for each message, and reads the file only once.
    """

    code: str
    load: Callable[[], NullTranslations] = field(default=NullTranslations, repr=False, compare=False)

    def gettext(self, message: str, /, **values: object) -> str:
        """Return the message in this language, with its placeholders filled in.

        ``values`` must be escaped already where they go into mrkdwn. Raises ``KeyError`` if one is missing.
        """
        return _filled(self.load().gettext(message) if message else "", values)

    def pgettext(self, context: str, message: str, /, **values: object) -> str:
        """Return the message as said in this context, where one English word has several translations."""
        return _filled(self.load().pgettext(context, message), values)

    def ngettext(self, singular: str, plural: str, number: int, /, **values: object) -> str:
        """Return the form of the message for this number of things; ``{number}`` is the number in digits."""
        found = self.load().ngettext(singular, plural, number)
        return _filled(found, {"number": self.number(number), **values})

    def prepare(self) -> None:
        """Read all that is read at the first message: else files and delays tell when that was."""
        self.load()
        self.weekday(0)
        _own_name(self.code)

    @property
    def locale(self) -> Locale:
        """How this language writes numbers and dates."""
        return _locale(self.code)

    @property
    def name(self) -> str:
        """The language's own name for itself, such as ``Deutsch``."""
        return _own_name(self.code)

    def number(self, number: float) -> str:
        """Return a number in digits.

        >>> ENGLISH.number(12345), Language("de").number(1.5)
        ('12,345', '1,5')
        """
        return str(format_decimal(number, locale=self.locale))

    def number_in_words(self, number: int) -> str:
        """Return a number in words from 0 to 12 in English, otherwise in digits.

        In other languages a number in words would need the gender and case of what is counted.
        """
        return number_in_words(number) if self.code == ENGLISH_CODE else self.number(number)

    def percent(self, share: float) -> str:
        """Return a share from 0 to 1 in percent."""
        return str(format_percent(share, locale=self.locale))

    def list_of(self, texts: Sequence[str], style: Literal["standard", "or"] = "standard") -> str:
        """Return the texts as a list in a sentence: with *and*, or with *or*.

        >>> ENGLISH.list_of(["a", "b", "c"]), ENGLISH.list_of(["a", "b"], "or")
        ('a, b and c', 'a or b')
        """
        return format_list(list(texts), style=style, locale=self.locale)

    def quoted(self, text: str) -> str:
        """Return a text in the quotation marks of this language."""
        return self.pgettext("quotation", "“{text}”", text=self.within_quotes(text))

    def within_quotes(self, text: str) -> str:
        """Return a text that will stand in quotation marks, with the inner kind for those it has itself."""
        outer = self.pgettext("quotation", "“{text}”", text="\0")
        # Translators: quotation marks within a quotation.
        inner = self.pgettext("quotation within a quotation", "‘{text}’", text="\0")
        for mark, other in zip(outer.split("\0"), inner.split("\0"), strict=True):
            text = text.replace(mark, other)
        return text

    def day(self, day: date) -> str:
        """Return a day, such as ``27 November 2026``."""
        return str(format_date(day, "long", locale=self.locale))

    def day_of(self, when: datetime, zone: str) -> str:
        """Return the day of a time in this zone."""
        return self.day(when.astimezone(ZoneInfo(zone)).date())

    def weekday(self, weekday: int) -> str:
        """Return the name of a weekday; 0 is Monday."""
        return str(self.locale.days["stand-alone"]["wide"][weekday])

    def moment(self, when: datetime, zone: str) -> str:
        """Return a time in a zone, such as ``Friday 27 November, 14:00 (Europe/Berlin)``."""
        local = when.astimezone(ZoneInfo(zone))
        pattern = self.pgettext("date pattern of Unicode CLDR", "EEEE d MMMM")
        day = format_date(local.date(), pattern, locale=self.locale)
        return self.gettext("{day}, {time} ({zone})", day=day, time=self.time(local), zone=zone)

    def time(self, local: datetime) -> str:
        """Return a local time of day, such as ``14:00``."""
        return str(format_time(local, "short", tzinfo=local.tzinfo, locale=self.locale))

    def duration(self, length: timedelta) -> str:
        """Return a length of time in its largest whole unit, such as ``3 days``; never less than minutes."""
        seconds = int(length.total_seconds())
        unit: _Unit = next(
            (unit for unit, size in _UNITS.items() if seconds >= size and seconds % size == 0), "minute"
        )
        size = _UNITS[unit]
        whole = timedelta(seconds=seconds // size * size)
        return format_timedelta(whole, granularity=unit, threshold=_NEVER_ROUNDED, locale=self.locale)

    def weeks_ago(self, weeks: int) -> str:
        """Return that something was this many weeks ago, such as ``4 weeks ago``."""
        length = timedelta(weeks=-weeks)
        return format_timedelta(
            length, granularity="week", threshold=_NEVER_ROUNDED, add_direction=True, locale=self.locale
        )


_Unit = Literal["day", "hour", "minute"]
_UNITS: dict[_Unit, int] = {"day": 86400, "hour": 3600, "minute": 60}
_NEVER_ROUNDED = 10**9
"""So many of a unit that Babel never says the next larger one."""

ENGLISH = Language(ENGLISH_CODE)


class Languages:
    """The languages that the bot speaks, English first."""

    def __init__(self, others: Iterable[Language] = ()) -> None:
        """Take the languages besides English."""
        self._by_code = {one.code: one for one in (ENGLISH, *others)}

    def __iter__(self) -> Iterator[Language]:
        """Return the languages, English first."""
        return iter(self._by_code.values())

    def __contains__(self, code: object) -> bool:
        """Return whether this is the code of one of them."""
        return code in self._by_code

    def named(self, code: str) -> Language:
        """Return the language of this code; English where there is none."""
        return self._by_code.get(code, ENGLISH)

    def find(self, locale: str) -> Language | None:
        """Return the language of a locale such as ``de-AT``; None where the bot does not speak it.

        A language that is spoken in another region is spoken: ``pt-PT`` gets ``pt-BR``.
        """
        if locale in self._by_code:
            return self._by_code[locale]
        base = base_of(locale)
        return next((one for one in self if base and base_of(one.code) == base), None)

    def best(self, *locales: str) -> Language:
        """Return the language of the first locale that the bot speaks; English where it speaks none."""
        return next((found for locale in locales if (found := self.find(locale))), ENGLISH)


ENGLISH_ONLY = Languages()
"""The languages where nothing else is said."""


def base_of(locale: str) -> str:
    """Return the language of a locale without its region.

    >>> base_of("pt-PT") == base_of("pt_BR")
    True
    """
    return locale.replace("_", "-").split("-")[0].lower()


def _filled(message: str, values: dict[str, object]) -> str:
    return message.format(**values) if values or "{" in message else message


@lru_cache
def _locale(code: str) -> Locale:
    # English days and times are written as in Britain: 27 November, 14:00.
    return Locale("en", "GB") if base_of(code) == ENGLISH_CODE else Locale.parse(code, sep="-")


@lru_cache
def _own_name(code: str) -> str:
    own = Locale(ENGLISH_CODE) if base_of(code) == ENGLISH_CODE else _locale(code)
    name = own.get_display_name() or code
    return name[:1].upper() + name[1:]
