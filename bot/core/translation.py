"""Show a question, and results of it, in another language.

A round stores its texts in every language in which all of them were there when it opened, so that a later
change of a translation changes nothing that was asked. The same statement has the same id in every language.

Ids of the texts of a round's prompt: ``label``, ``question``, the id of a statement, ``tag:`` and the id of a
tag. Texts that members wrote have no translation and stay as they are.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.core.model import Round, RoundPrompt
from bot.core.pack_texts import tag_text
from bot.core.release import Result

LABEL, QUESTION = "label", "question"


def is_in(prompt: RoundPrompt, language: str) -> bool:
    """Return whether a prompt can be shown in a language, with every text of its form."""
    return language == prompt.language or language in prompt.translations


def prompt_in(prompt: RoundPrompt, language: str) -> RoundPrompt:
    """Return the prompt in a language; as it is, where it has no translation into it."""
    words = prompt.translations.get(language)
    if words is None or language == prompt.language:
        return prompt
    return replace(
        prompt,
        language=language,
        label=words.get(LABEL, prompt.label),
        question=words.get(QUESTION, prompt.question),
        statements=tuple(
            replace(one, text=words[one.id]) if one.id in words else one for one in prompt.statements
        ),
        tags=tuple(
            replace(one, text=words[tag_text(one.id)]) if tag_text(one.id) in words else one
            for one in prompt.tags
        ),
    )


def round_in(round_: Round, language: str) -> Round:
    """Return the round with its prompt in a language, as ``prompt_in`` does."""
    prompt = prompt_in(round_.prompt, language)
    return round_ if prompt is round_.prompt else replace(round_, prompt=prompt)


def results_in(results: Sequence[Result], language: str) -> tuple[Result, ...]:
    """Return results with the prompts of their rounds in a language, as ``prompt_in`` does."""
    return tuple((round_in(round_, language), release) for round_, release in results)
