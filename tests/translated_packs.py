"""A pack with translations: every text of it, with the code of the language in front."""

from dataclasses import replace

from bot.core.language import Language, Languages
from bot.core.model import PromptPack
from bot.core.pack_texts import texts_of

GERMAN, FRENCH = Language("de"), Language("fr")
SPOKEN = Languages([GERMAN, FRENCH])


def in_language(text: str, code: str) -> str:
    """The text as a translation would have it; a placeholder stays."""
    return f"[{code}] {text}"


def translated(pack: PromptPack, *codes: str) -> PromptPack:
    """The pack with every text of it in these languages."""
    texts = {place: one.text for place, one in texts_of(pack).items()}
    words = {code: {place: in_language(text, code) for place, text in texts.items()} for code in codes}
    return replace(pack, translations=words)


def without_text(pack: PromptPack, code: str, *places: str) -> PromptPack:
    """The pack without these texts in this language."""
    left = {place: text for place, text in pack.translations[code].items() if place not in places}
    assert len(left) + len(places) == len(pack.translations[code])
    return replace(pack, translations={**pack.translations, code: left})


def with_text(pack: PromptPack, code: str, place: str, text: str) -> PromptPack:
    """The pack with another text in this language."""
    assert place in pack.translations[code]
    words = {**pack.translations[code], place: text}
    return replace(pack, translations={**pack.translations, code: words})
