"""Load the translations of a prompt pack: files such as ``de.yaml`` beside its pack.yaml."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

from bot.config.pack_schema import LANGUAGE, as_spoken
from bot.config.problems import Problem, error_of, nearest, parse, quoted
from bot.config.translation_schema import PromptWords, StepWords, TopicWords, TranslationFile
from bot.config.yaml_documents import Document, KeyPath
from bot.core.model import DimensionKey, PromptId, PromptPack, TagId
from bot.core.pack_texts import (
    NOTE,
    TITLE,
    asks_text,
    gives_text,
    label_text,
    name_text,
    question_text,
    reason_text,
    tag_text,
    texts_of,
)
from bot.errors import PromptPackError

_KINDS = {"dimensions": "topic", "prompts": "prompt", "co_create": "question of co-creation"}
"""The sections of a translation, and what stands there by its id."""

Given = tuple[KeyPath, str, str | None]
"""A text of the file: where it stands, its id, and the text; None: not given."""


def is_translation(document: Document) -> bool:
    """Return whether a file is a translation of a pack: it names a language, and has no id.

    A file that is called like a language, and gives texts by their ids, has forgotten its ``language``.
    """
    data = document.data
    if not isinstance(data, dict) or "id" in data:
        return False
    forgot = re.fullmatch(LANGUAGE, PurePath(document.name).stem) is not None
    return "language" in data or (forgot and any(isinstance(data.get(key), dict) for key in _KINDS))


def without_pack(document: Document) -> PromptPackError:
    """Return the error for a translation that does not lie beside a pack."""
    return PromptPackError(
        f"{document.name}: is a translation, and there is no pack beside it.",
        remedy="Put it into the folder of its pack, beside pack.yaml.",
    )


def with_translations(pack: PromptPack, documents: Sequence[Document]) -> PromptPack:
    """Return the pack with these translations, in the order of their languages.

    Raises ``PromptPackError`` for a file in the wrong language, and for ids that the pack does not have.
    """
    found: dict[str, Mapping[str, str]] = {}
    for document in documents:
        file = parse(document, TranslationFile, PromptPackError)
        given = [one for one in _texts(file) if one[2] is not None]
        problems = [*_wrong_language(document, file.language, pack, found), *_unknown(file, given, pack)]
        if problems:
            raise error_of(document, problems, PromptPackError)
        found[file.language] = {place: text for _, place, text in given if text is not None}
    return replace(pack, translations=dict(sorted(found.items())))


def _wrong_language(
    document: Document, language: str, pack: PromptPack, others: Mapping[str, object]
) -> Iterator[Problem]:
    name = PurePath(document.name)
    path: KeyPath = ("language",)
    if language == pack.language:
        yield Problem(
            path=path,
            what=f"{language} is the language of the pack itself",
            remedy="Take the file away, or correct the language.",
        )
    elif as_spoken(name.stem) != language:
        yield Problem(
            path=path,
            what=f"is {language}, and the file is called {name.name}",
            remedy=f"Call it {language}.yaml, or correct the language.",
        )
    elif language in others:
        yield Problem(path=path, what=f"there are two files in {language}", remedy="Keep one.")


def _unknown(file: TranslationFile, given: Iterable[Given], pack: PromptPack) -> Iterator[Problem]:
    """Yield a problem for each id that the pack does not have: of a section, or of a text in it."""
    ids = {
        "dimensions": {str(one.key) for one in pack.dimensions},
        "prompts": {str(one.id) for one in pack.prompts},
        "co_create": {str(one.id) for one in pack.co_create},
    }
    for section, kind in _KINDS.items():
        for name in getattr(file, section):
            if name not in ids[section]:
                yield Problem(
                    path=(section, name),
                    what=f"the pack has no {kind} {quoted(name)}",
                    remedy=nearest(name, ids[section]) or "Take it out, or write an id of the pack.",
                )
    own = {*texts_of(pack), NOTE}
    for path, place, _ in given:
        if place not in own and path[1] in ids[str(path[0])]:
            last = str(path[-1])
            kind = "statement" if "items" in path else "tag"
            yield Problem(
                path=path,
                what=f"{quoted(str(path[1]))} has no {kind} {quoted(last)}",
                remedy="Take it out, or write the id that the pack has.",
            )


def _texts(file: TranslationFile) -> Iterator[Given]:
    """Yield every text of the file."""
    yield ("title",), TITLE, file.title
    yield ("note",), NOTE, file.note
    for key, topic in file.dimensions.items():
        yield from _of_topic(("dimensions", key), DimensionKey(key), topic)
    for key, prompt in file.prompts.items():
        yield from _of_prompt(("prompts", key), PromptId(key), prompt)
    for key, step in file.co_create.items():
        yield from _of_step(("co_create", key), PromptId(key), step)


def _of_topic(path: KeyPath, key: DimensionKey, topic: TopicWords) -> Iterator[Given]:
    yield (*path, "label"), label_text(key), topic.label
    yield (*path, "asks"), asks_text(key), topic.asks
    yield (*path, "anchor"), f"{key}-anchor", topic.anchor
    for tag, text in topic.tags.items():
        yield (*path, "tags", tag), tag_text(TagId(f"{key}-tag-{tag}")), text


def _of_prompt(path: KeyPath, key: PromptId, prompt: PromptWords) -> Iterator[Given]:
    yield (*path, "question"), question_text(key), prompt.question
    for letter, text in prompt.items.items():
        yield (*path, "items", letter), f"{key}-{letter}", text


def _of_step(path: KeyPath, key: PromptId, step: StepWords) -> Iterator[Given]:
    yield (*path, "name"), name_text(key), step.name
    yield (*path, "question"), question_text(key), step.question
    yield (*path, "gives"), gives_text(key), step.gives
    for tag, text in step.tags.items():
        yield (*path, "tags", tag), reason_text(key, TagId(tag)), text
