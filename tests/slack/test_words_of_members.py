"""What members read of a question and of their reply has no word that only this house uses."""

import inspect
import re
from types import ModuleType

import pytest

from bot.slack.kit import privacy, release_rules, round_words
from bot.slack.reply import (
    announcement_blocks,
    blocks,
    error_blocks,
    preview_blocks,
    refusal_blocks,
    thanks_blocks,
)
from tests.slack.reading import texts
from tests.slack.said import EVERYTHING
from tests.slack.samples import PROMPT, a_round

MODULES = (
    announcement_blocks,
    blocks,
    error_blocks,
    preview_blocks,
    privacy,
    refusal_blocks,
    release_rules,
    round_words,
    thanks_blocks,
)
WORDS = (
    "rounds?",
    "cycles?",
    "ledgers?",
    "shaping",
    "let in",
    "level",
    "by lot",
    "fingerprints?",
    "tokens?",
    "hash(es)?",
    "metadata",
    "ballots?",
    "trial",
)
OURS = re.compile(rf"\b({'|'.join(WORDS)})\b", re.IGNORECASE)
SAID_HERE = (
    "announcement",
    "reminder",
    "channel note",
    "promise",
    "reply form",
    "preview",
    "thanks",
    "withdrawn",
    "refused",
    "proposal refused",
    "schedule form, try,",
)
"""How the names of what these modules say begin."""

PLACEHOLDERS = re.compile(r"\{[^{}]*\}|<!date\^.*?>")


def sentences_of(module: ModuleType) -> list[str]:
    """Return every string in a module that reads as words: not its docstrings, ids or names."""
    source = inspect.getsource(module)
    without_docs = re.sub(r'"""(?:.|\n)*?"""', "", source)
    found = re.findall(r'"((?:[^"\\\n]|\\.)*)"', without_docs)
    return [PLACEHOLDERS.sub("", text) for text in found if " " in text]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_no_sentence_has_a_word_of_ours(module: ModuleType) -> None:
    assert [] == [text for text in sentences_of(module) if OURS.search(text)]


def test_the_sentences_of_a_module_are_found() -> None:
    assert any("You have already replied" in text for text in sentences_of(refusal_blocks))


@pytest.mark.parametrize("name", [name for name in EVERYTHING if name.startswith(SAID_HERE)])
def test_nothing_that_is_said_has_one(name: str) -> None:
    asked = {item.text for item in PROMPT.statements}
    said = {EVERYTHING[name].text, *texts(EVERYTHING[name].blocks)} - asked

    assert [] == [text for text in said if OURS.search(PLACEHOLDERS.sub("", text))]


def test_a_reminder_is_the_same_however_many_are_asked() -> None:
    few, many = a_round(audience_size=5), a_round(audience_size=900)

    assert announcement_blocks.reminder(few) == announcement_blocks.reminder(many)
    assert announcement_blocks.reminder_text(few) == announcement_blocks.reminder_text(many)
