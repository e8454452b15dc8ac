"""Load the languages that the bot speaks: one catalogue for each, in bot/locale."""

from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.core.language import Language, Languages

FOLDER = Path(__file__).parents[1] / "locale"
"""The catalogues, ``<code>.po``. To add a language is to add a file: docs/languages.md."""


@cache
def shipped_languages() -> Languages:
    """Return English, and a language for each catalogue, in the order of their codes."""
    return languages_in(FOLDER)


def languages_in(folder: Path) -> Languages:
    """Return English, and a language for each catalogue of a folder, which is read when it is used."""
    return Languages(language_of(path) for path in sorted(folder.glob("*.po")))


def language_of(path: Path) -> Language:
    """Return the language of a catalogue, which is read once, at the first message."""

    @cache
    def load() -> GNUTranslations:
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.stem.replace("-", "_"))
        compiled = BytesIO()
        write_mo(compiled, catalogue)  # leaves out what is marked as fuzzy
        compiled.seek(0)
        return GNUTranslations(compiled)

    return Language(path.stem, load)
