"""Translate the question of a round into every language in which all texts of its form are there.

A form is never shown in two languages at once. So a language in which one text is missing, or in which a
placeholder cannot be filled, is left out, and whoever reads it gets the form in the channel's language.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.core.language import Language, Languages
from bot.core.model import CoCreatePrompt, PromptPack, RoundPrompt, Translations
from bot.core.pack_texts import (
    fill,
    is_usable,
    label_text,
    name_text,
    question_text,
    reason_text,
    tag_text,
)
from bot.core.translation import LABEL, QUESTION

Values = Callable[[Language], Mapping[str, str]]
"""Returns what stands for the placeholders of a question in a language; an empty text cannot."""

_Source = tuple[str, str]
"""The id of a text in the pack, and the text in the pack's own language."""


def own_language(pack: PromptPack, languages: Languages) -> Language:
    """Return the language of a pack. Where the bot does not speak it, its messages are English."""
    return languages.named(pack.language) if pack.language in languages else Language(pack.language)


def reflection_in_all(pack: PromptPack, prompt: RoundPrompt, languages: Languages) -> RoundPrompt:
    """Return a question about a topic, which has the texts of this pack, with its translations."""
    sources = {
        LABEL: (label_text(prompt.dimension), prompt.label),
        QUESTION: (question_text(prompt.prompt_id), prompt.question),
        **{one.id: (one.id, one.text) for one in prompt.statements},
        **{tag_text(tag.id): (tag_text(tag.id), tag.text) for tag in prompt.tags},
    }
    return replace(prompt, language=pack.language, translations=_in_all(pack, sources, languages))


def step_in_all(
    pack: PromptPack, step: CoCreatePrompt, prompt: RoundPrompt, languages: Languages, values: Values
) -> RoundPrompt:
    """Return a question of co-creation, made of this step of the pack, with its translations.

    What members wrote, such as proposals, stays as it is. A question that begins with a placeholder begins
    with a capital letter.
    """
    sources = {
        LABEL: (name_text(step.id), step.name),
        QUESTION: (question_text(step.id), step.question),
        **{tag_text(tag.id): (reason_text(step.id, tag.id), tag.text) for tag in prompt.tags},
    }
    found: dict[str, Mapping[str, str]] = {}
    for code, words in _in_all(pack, sources, languages).items():
        question = fill(words[QUESTION], values(languages.named(code)))
        if question:
            begins = question[:1].upper() if words[QUESTION].startswith("{") else question[:1]
            found[code] = {**words, QUESTION: begins + question[1:]}
    return replace(prompt, language=pack.language, translations=found)


def _in_all(pack: PromptPack, sources: Mapping[str, _Source], languages: Languages) -> Translations:
    """Return the texts in each other language that is spoken, if all of them are there.

    ``sources``: by the id of a text in the round.
    """
    found: dict[str, Mapping[str, str]] = {}
    for code, words in pack.translations.items():
        if code not in languages or code == pack.language:
            continue
        texts = {id_: words.get(place, "") for id_, (place, _) in sources.items()}
        if all(is_usable(texts[id_], source) for id_, (_, source) in sources.items()):
            found[code] = texts
    return found
