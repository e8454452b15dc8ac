"""Compute the fingerprint of a pack: what says whether a word of its questions has changed."""

import hashlib
import json

from bot.core.model import PromptPack, Statement


def fingerprint_of(pack: PromptPack) -> str:
    """Return the SHA-256 of all that this pack asks, as 64 hexadecimal digits.

    It covers the labels, anchors and tags of topics, questions, statements and what counts as reversed, and
    the questions of co-creation, in their order. What is switched off is not in the pack and not covered.
    """
    content = [
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
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def _words(statement: Statement) -> list[str | bool]:
    return [statement.id, statement.text, statement.reversed]
