"""Load the languages that the bot speaks: one catalogue for each, in bot/locale."""

from collections.abc import Iterator
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from itertools import islice
from pathlib import Path

from babel import Locale, localedata
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.core.language import Language, Languages

FOLDER = Path(__file__).parents[1] / "locale"
"""The catalogues, ``<code>.po``. To add a language is to add a file: docs/languages.md."""


_UNUSED = frozenset(
    {
        *("currency_names", "currency_names_plural", "currency_symbols", "currency_formats"),
        *("languages", "territories", "scripts", "variants", "unit_display_names"),
        *("meta_zones", "time_zones", "zone_formats", "interval_formats"),
        *("compact_decimal_formats", "compact_currency_formats", "compound_unit_patterns"),
    }
)
"""Parts of Babel's data that no method of ``Language`` reads."""

_PARENTS = {"en_GB": "en_001", "en_001": "en"}
"""What a locale inherits from, where its name does not tell."""


@cache
def shipped_languages() -> Languages:
    """Return English, and a language for each catalogue, in the order of their codes."""
    return languages_in(FOLDER)


def prepare_languages(languages: Languages) -> None:
    """Read these languages, and drop what Babel knows of them and nothing here says.

    That is done once in a program, at its start: a language that is read when somebody needs it tells that
    somebody did. What is dropped, names of countries and currencies above all, takes 4 MB.
    """
    inherited = {name for language in languages for name in islice(_read_with(language.locale), 1, None)}
    for language in languages:
        language.prepare()
        if str(language.locale) not in inherited:
            _drop_unused(str(language.locale))
    for name in inherited:
        _drop_unused(name)


def _drop_unused(name: str) -> None:
    data = localedata.load(name)
    for part in _UNUSED & data.keys():
        del data[part]
    units = data.get("unit_patterns", {})
    for unit in [one for one in units if not one.startswith("duration-")]:
        del units[unit]


def _read_with(locale: Locale) -> Iterator[str]:
    """Yield the names of a locale and of those from which it inherits."""
    name: str | None = str(locale)
    while name:
        yield name
        name = _PARENTS.get(name) or (name.rpartition("_")[0] if "_" in name else None)
    yield "root"


def languages_in(folder: Path) -> Languages:
    """Return English, and a language for each catalogue of a folder, which is read when it is used."""
    return Languages(language_of(path) for path in sorted(folder.glob("*.po")))


def language_of(path: Path) -> Language:
    """Return the language of a catalogue, which is read once, when something is first said."""

    @cache
    def load() -> GNUTranslations:
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.stem.replace("-", "_"))
        compiled = BytesIO()
        write_mo(compiled, catalogue)  # leaves out what is marked as fuzzy
        compiled.seek(0)
        return GNUTranslations(compiled)

    return Language(path.stem, load)
