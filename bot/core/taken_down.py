"""Take the words of a norm out of rounds, and say that they were taken down."""

from dataclasses import replace

from bot.core.language import ENGLISH, Language
from bot.core.model import GONE, Round, Statement, StatementId
from bot.core.norms import Norm


def without_words(round_: Round, norm: Norm) -> Round:
    """Return the round without the words of a norm that was taken down, in question and statements.

    A round that asks about one norm holds its words in every language of its question.
    """
    prompt = round_.prompt
    about = prompt.norm == norm.id
    quoted = norm.quoted if about else ""

    def bare(statement: Statement) -> Statement:
        return replace(statement, text=GONE) if about or statement.id == StatementId(norm.id) else statement

    return replace(
        round_,
        prompt=replace(
            prompt,
            question=_without(quoted, prompt.question),
            statements=tuple(map(bare, prompt.statements)),
            translations={
                language: {place: _without(quoted, text) for place, text in texts.items()}
                for language, texts in prompt.translations.items()
            },
        ),
    )


def _without(words: str, text: str) -> str:
    """Return the text without these words, also where they begin it with a capital letter."""
    for form in (words, words[:1].upper() + words[1:]) if words else ():
        text = text.replace(form, GONE)
    return text


def readable(text: str, language: Language = ENGLISH) -> str:
    """Return a question or statement of a round; that words of it were taken down is said in the language."""
    # Translators: stands in place of the words of a proposal that was taken down.
    return text.replace(GONE, language.gettext("(taken down)"))
