"""Compute the fingerprint of a pack: what says whether a word of its questions has changed."""

import hashlib
import json
from typing import Any

from bot.core.language import ENGLISH_CODE
from bot.core.model import PromptPack, Statement
from bot.core.pack_texts import NOTE, TITLE, only_own_texts


def fingerprint_of(pack: PromptPack) -> str:
    """Return the SHA-256 of all that this pack asks, as 64 hexadecimal digits.

    It covers the labels, anchors and tags of topics, questions, statements and what counts as reversed, and
    the questions of co-creation, in their order, and their translations. What is switched off is not in the
    pack and not covered. For an English pack without translations it is what it was before there were any.
    """
    content: list[Any] = [
        [
            [one.key, one.label, one.side.value, _words(one.anchor), [tag.text for tag in one.tags]]
            for one in pack.dimensions
        ],
        [
            [one.id, one.dimension, one.lens.value, one.question, *map(_words, one.statements)]
            for one in pack.prompts
        ],
        [
            [one.id, one.use.value if one.use else "", one.question, [tag.text for tag in one.tags]]
            for one in pack.co_create
        ],
    ]
    if pack.translations or pack.language != ENGLISH_CODE:
        content.append([pack.language, _translations(pack)])
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def _translations(pack: PromptPack) -> list[Any]:
    """Return each language with its texts in the order of their ids, without the title of the pack."""
    unread = {TITLE, NOTE}
    return [
        [language, [[place, text] for place, text in sorted(words.items()) if place not in unread]]
        for language, words in sorted(only_own_texts(pack).translations.items())
    ]


def _words(statement: Statement) -> list[str | bool]:
    return [statement.id, statement.text, statement.reversed]
