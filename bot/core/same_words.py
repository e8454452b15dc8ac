"""Find statements that have different ids and are read as the same one, in some language.

A statement is identified by its id and by its letters in its pack (``core.audiences``). Its translations are
not stored with who was asked. So before a round opens, they are compared here: a pack in German may hold the
words of a translation into German, and a translation may hold the words of another statement.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from bot.core.audiences import StatementKey, item_key, tag_key, text_key, topic_key
from bot.core.model import GONE, PromptPack, RoundKind, RoundPrompt, Statement, Tag, Translations
from bot.core.pack_texts import tag_text

Alike = Mapping[StatementKey, frozenset[StatementKey]]
"""By the id of a statement, or of the tags of a topic: the other keys under which people read the same."""

_Read = tuple[StatementKey, StatementKey]
"""The key of a statement or topic, and that of letters in which somebody may have read it."""


def alike(packs: Iterable[PromptPack], prompts: Iterable[RoundPrompt] = ()) -> Alike:
    """Return what reads the same as each statement, in the packs and in what was asked before."""
    words = defaultdict[StatementKey, set[StatementKey]](set)
    owners = defaultdict[StatementKey, set[StatementKey]](set)
    for owner, read in (*_in_packs(packs), *_in_prompts(prompts)):
        words[owner].add(read)
        owners[read].add(owner)
    return {
        owner: frozenset(read).union(*(owners[one] for one in read)) - {owner}
        for owner, read in words.items()
    }


def _in_packs(packs: Iterable[PromptPack]) -> Iterator[_Read]:
    for pack in packs:
        for topic in pack.dimensions:
            yield from _statement(topic.anchor, pack.translations)
            yield from _tags(topic.key, topic.tags, pack.translations)
        for prompt in pack.prompts:
            for statement in prompt.statements:
                yield from _statement(statement, pack.translations)


def _in_prompts(prompts: Iterable[RoundPrompt]) -> Iterator[_Read]:
    for prompt in prompts:
        if prompt.kind is RoundKind.REFLECT:
            for statement in prompt.statements:
                yield from _statement(statement, prompt.translations)
            yield from _tags(prompt.dimension, prompt.tags, prompt.translations)


def _statement(statement: Statement, translations: Translations) -> Iterator[_Read]:
    for text in (statement.text, *_in_all(translations, statement.id)):
        if text != GONE:
            yield item_key(statement.id), text_key(text)


def _tags(topic: str, tags: Iterable[Tag], translations: Translations) -> Iterator[_Read]:
    for tag in tags:
        for text in (tag.text, *_in_all(translations, tag_text(tag.id))):
            yield topic_key(topic), tag_key(text)


def _in_all(translations: Translations, place: str) -> Iterator[str]:
    return (text for words in translations.values() if (text := words.get(place)))
