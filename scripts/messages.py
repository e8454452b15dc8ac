"""Collect the messages of the bot, and bring the catalogues up to date: ``make messages``.

Writes ``bot/locale/messages.pot``, and updates each ``bot/locale/<code>.po``: new messages get an empty
translation, messages that are gone are removed. ``--new CODE`` adds a language. With ``--check`` nothing is
written; exit code 1 if something would be.
"""

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "bot" / "locale"
TEMPLATE = FOLDER / "messages.pot"
METHODS = [("**.py", "python"), ("report/templates/**.html", "jinja2.ext:babel_extract")]
OPTIONS = {"report/templates/**.html": {"trimmed": "true", "silent": "false"}}
FOR_TRANSLATORS = ("Translators:",)
WIDTH = 110

_NEEDLESS = re.compile(rb'"(?:Report|PO|Last|Language-T|Gen|MIME|Content-Tr)[-\w]*: [^"]*"\n')
"""Lines of a header that nobody needs, or that change at each run."""


def main(arguments: list[str]) -> int:
    """Bring everything up to date, or check that it is. Return the exit code."""
    check, late = "--check" in arguments, False
    if arguments[:1] == ["--new"]:
        try:
            add(FOLDER, "".join(arguments[1:2]))
        except (UnknownLocaleError, ValueError, FileExistsError) as error:
            print(f"{error}. Give the code of a language that is not there yet: --new ar")
            return 1
    for path, text in files():
        if not path.exists() or path.read_bytes() != text:
            late = True
            if check:
                print(f"{path.relative_to(ROOT)} is not up to date. Run: make messages")
            else:
                path.write_bytes(text)
                print(f"{path.relative_to(ROOT)} written")
    return int(check and late)


def files() -> Iterator[tuple[Path, bytes]]:
    """Yield the template and each catalogue, as it has to be."""
    template = collect()
    yield TEMPLATE, as_bytes(template)
    for path in sorted(FOLDER.glob("*.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.stem.replace("-", "_"), abort_invalid=True)
        catalogue.update(template, no_fuzzy_matching=True, update_header_comment=False)
        catalogue.obsolete.clear()
        yield path, as_bytes(catalogue)


def add(folder: Path, code: str) -> Path:
    """Add an empty catalogue with the plural forms of a language, and return its path.

    Raises ``FileExistsError`` where there is one, and ``UnknownLocaleError`` for a code that is unknown.
    """
    path, catalogue = folder / f"{code}.po", Catalog(locale=code.replace("-", "_"), fuzzy=False)
    catalogue.header_comment = f"# {Locale.parse(code, sep='-').english_name} of Belonging Bot."
    for message in collect():
        if message.id:
            catalogue[message.id] = message
    with path.open("xb") as file:
        file.write(as_bytes(catalogue))
    return path


def collect() -> Catalog:
    """Return the messages of the code and of the templates, in the order of their files."""
    template = Catalog(project="Belonging Bot", charset="utf-8", fuzzy=False)
    template.header_comment = "# The messages of Belonging Bot. Written by: make messages"
    found = extract_from_dir(
        str(ROOT / "bot"),
        METHODS,
        OPTIONS,
        comment_tags=FOR_TRANSLATORS,
        strip_comment_tags=True,
    )
    for name, _, message, comments, context in sorted(found, key=lambda one: (one[0], one[1])):
        template.add(message, locations=[(f"bot/{name}", 0)], auto_comments=comments, context=context)
    return template


def as_bytes(catalogue: Catalog) -> bytes:
    """Return a catalogue as the text of its file, without line numbers and times, which change needlessly."""
    text = BytesIO()
    write_po(text, catalogue, width=WIDTH, omit_header=False, include_lineno=False, sort_by_file=False)
    return _NEEDLESS.sub(b"", text.getvalue())


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
