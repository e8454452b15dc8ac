"""Define the schema of a translation of a prompt pack: its texts by their ids.

Only ids are checked when it is loaded. Texts that are missing, empty or too long are told by
``core.pack_texts.problems_of``, because a translation is often finished step by step.
"""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from bot.config import values
from bot.config.pack_schema import LanguageCode, in_one_line, told
from bot.config.problems import Section


def _or_empty(empty: Any) -> BeforeValidator:
    """Take a key without a value as not translated yet."""
    return BeforeValidator(lambda value: empty if value is None else value)


Words = Annotated[str, values.scalar(in_one_line), _or_empty(""), told("The text in this language.")]
WordsById = Annotated[dict[str, Words], Field(description="Texts by the last part of their ids.")]


class TopicWords(Section):
    """The texts of a topic."""

    label: Words | None = None
    asks: Words | None = None
    anchor: Words | None = None
    tags: WordsById = Field(default_factory=dict)


class PromptWords(Section):
    """The question of a prompt, and its statements: ``a``, ``b``."""

    question: Words | None = None
    items: WordsById = Field(default_factory=dict)


class StepWords(Section):
    """The texts of a question of co-creation."""

    name: Words | None = None
    question: Words | None = None
    gives: Words | None = None
    tags: WordsById = Field(default_factory=dict)


class TranslationFile(Section):
    """All of the file: what stands in ``<language>.yaml`` beside a pack."""

    language: LanguageCode
    title: Words | None = None
    note: Words | None = None
    dimensions: dict[str, Annotated[TopicWords, _or_empty({})]] = Field(default_factory=dict)
    prompts: dict[str, Annotated[PromptWords, _or_empty({})]] = Field(default_factory=dict)
    co_create: dict[str, Annotated[StepWords, _or_empty({})]] = Field(default_factory=dict)
