"""Name every text of a pack that members read, and find what is wrong with its translations.

A translation holds texts by these ids:

- ``title`` and ``note`` of the pack,
- ``door.label``, ``door.asks``, ``door-anchor`` (its anchor) and ``tag:door-tag-told`` (a tag) of a topic,
- ``door-04.question`` of a prompt, ``door-04-a`` and ``door-04-b`` for its statements,
- ``co-01.name``, ``co-01.question`` and ``co-01.gives`` of a question of co-creation, and
  ``tag:co-08-tag-newer`` for a tag of it.

A dot or a colon is in no id that an author writes, so no two texts have the same id.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.core.audiences import looks
from bot.core.model import CoCreatePrompt, DimensionKey, Prompt, PromptId, PromptPack, TagId

QUESTION_LIMIT = 400
"""Characters of a question: about eight lines on a phone. Slack's limit for a section is 3,000."""

STATEMENT_LIMIT = 150
"""Characters of a statement; it is the label of five buttons."""

TAG_LIMIT = 75
"""Characters of a tag: Slack's limit for the text of an option."""

LABEL_LIMIT = 60
"""Characters of a name. Slack's limit for a header is 150."""

TITLE, NOTE = "title", "note"

_BRACES = re.compile(r"\{([^{}]*)\}")
_NAMES = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackText:
    """A text of a pack, and the most characters that fit where Slack shows it."""

    text: str
    limit: int


class Fault(StrEnum):
    """What can be wrong with a text of a translation."""

    MISSING = "missing"
    EMPTY = "empty"
    TOO_LONG = "too-long"
    SAME = "not-translated"
    TWICE = "same-as-another"
    PLACEHOLDERS = "placeholders"


FALL_BACK = frozenset({Fault.MISSING, Fault.EMPTY, Fault.PLACEHOLDERS})
"""A form with such a text (not ``is_usable``) is not shown in this language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationProblem:
    """Something that is wrong with a translation: in which language, where, and what."""

    language: str
    place: str
    fault: Fault
    text: str


def label_text(topic: DimensionKey) -> str:
    """Return the id of the label of a topic."""
    return f"{topic}.label"


def asks_text(topic: DimensionKey) -> str:
    """Return the id of what a topic asks."""
    return f"{topic}.asks"


def question_text(prompt: PromptId) -> str:
    """Return the id of the question of a prompt."""
    return f"{prompt}.question"


def name_text(prompt: PromptId) -> str:
    """Return the id of the name of a question of co-creation."""
    return f"{prompt}.name"


def gives_text(prompt: PromptId) -> str:
    """Return the id of what a question of co-creation gives."""
    return f"{prompt}.gives"


def tag_text(tag: TagId) -> str:
    """Return the id of the text of a tag of a topic, or of a tag in a round."""
    return f"tag:{tag}"


def reason_text(prompt: PromptId, tag: TagId) -> str:
    """Return the id of the text of a tag of a question of co-creation."""
    return f"tag:{prompt}-tag-{tag}"


def texts_of(pack: PromptPack) -> dict[str, PackText]:
    """Return the texts of a pack in its own language, by their ids."""
    found = {TITLE: PackText(text=pack.title, limit=LABEL_LIMIT)}
    if pack.note:
        found[NOTE] = PackText(text=pack.note, limit=QUESTION_LIMIT)
    for topic in pack.dimensions:
        found[label_text(topic.key)] = PackText(text=topic.label, limit=LABEL_LIMIT)
        found[asks_text(topic.key)] = PackText(text=topic.asks, limit=QUESTION_LIMIT)
        found[topic.anchor.id] = PackText(text=topic.anchor.text, limit=STATEMENT_LIMIT)
        found |= {tag_text(tag.id): PackText(text=tag.text, limit=TAG_LIMIT) for tag in topic.tags}
    for prompt in pack.prompts:
        found |= _of_prompt(prompt)
    for step in pack.co_create:
        found |= _of_step(step)
    return found


def placeholders(text: str) -> frozenset[str]:
    """Return the names in braces of a text; ``ago`` in place of ``weeks`` is the same (``co_creation``).

    >>> placeholders("Vor {weeks} Wochen: {norm}") == placeholders("{ago}: {norm}")
    True
    """
    return frozenset("weeks" if name == "ago" else name for name in _BRACES.findall(text))


def problems_of(pack: PromptPack) -> tuple[TranslationProblem, ...]:
    """Return what is wrong with the translations of a pack, by language and in the order of its texts."""
    own = texts_of(pack)
    return tuple(
        problem
        for language, words in pack.translations.items()
        for problem in (
            *(
                problem
                for place, source in own.items()
                for problem in _problems(language, place, source, words.get(place))
            ),
            *_twice(language, words, pack),
        )
    )


def fill(question: str, values: Mapping[str, str]) -> str | None:
    """Return the question with the names in braces replaced by values; None if a value is missing or empty.

    >>> fill("What could we try for {weeks} weeks?", {"weeks": "four"})
    'What could we try for four weeks?'
    >>> fill("We agreed: {norm}.", {"weeks": "four"}) is None
    True
    """
    if not all(values.get(name) for name in _NAMES.findall(question)):
        return None
    return _NAMES.sub(lambda match: values[match[1]], question)


def is_usable(text: str, source: str) -> bool:
    """Return whether a form can show this translation of a text: it is there, with the same placeholders."""
    return bool(text) and placeholders(text) == placeholders(source)


def only_own_texts(pack: PromptPack) -> PromptPack:
    """Return the pack without translations of what is not in it, such as prompts that are switched off."""
    own = texts_of(pack)
    kept = {
        language: {place: text for place, text in words.items() if place in own}
        for language, words in pack.translations.items()
    }
    return replace(pack, translations=kept)


def _of_prompt(prompt: Prompt) -> dict[str, PackText]:
    return {
        question_text(prompt.id): PackText(text=prompt.question, limit=QUESTION_LIMIT),
        **{one.id: PackText(text=one.text, limit=STATEMENT_LIMIT) for one in prompt.statements},
    }


def _of_step(step: CoCreatePrompt) -> dict[str, PackText]:
    return {
        name_text(step.id): PackText(text=step.name, limit=LABEL_LIMIT),
        question_text(step.id): PackText(text=step.question, limit=QUESTION_LIMIT),
        gives_text(step.id): PackText(text=step.gives, limit=QUESTION_LIMIT),
        **{reason_text(step.id, tag.id): PackText(text=tag.text, limit=TAG_LIMIT) for tag in step.tags},
    }


def _problems(language: str, place: str, source: PackText, text: str | None) -> Iterator[TranslationProblem]:
    def problem(fault: Fault, said: str) -> TranslationProblem:
        return TranslationProblem(language=language, place=place, fault=fault, text=said)

    if text is None:
        yield problem(Fault.MISSING, "is missing")
        return
    if not text:
        yield problem(Fault.EMPTY, "is empty")
        return
    size = len(text.encode("utf-16-le")) // 2  # as Slack's clients count
    if size > source.limit:
        yield problem(Fault.TOO_LONG, f"has {size} characters; {source.limit} fit")
    if text == source.text and len(text.split()) > 1:
        yield problem(Fault.SAME, "has the same words as in the language of the pack")
    if placeholders(text) != placeholders(source.text):
        there, here = (_in_braces(placeholders(one)) for one in (source.text, text))
        yield problem(Fault.PLACEHOLDERS, f"holds {here}, and the pack {there}")


def _twice(language: str, words: Mapping[str, str], pack: PromptPack) -> Iterator[TranslationProblem]:
    """Yield statements with the words of another one: their counts would be two of the same statement."""
    anchors = (topic.anchor.id for topic in pack.dimensions)
    statements = (one.id for prompt in pack.prompts for one in prompt.statements)
    first: dict[str, str] = {}
    for place in (*anchors, *statements):
        text = words.get(place, "")
        other = first.setdefault(looks(text), place)
        if text and other != place:
            said = f"has the same words as {other}"
            yield TranslationProblem(language=language, place=place, fault=Fault.TWICE, text=said)


def _in_braces(names: frozenset[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names)) or "nothing in braces"
