"""Show a question, and results of it, in another language.

A round stores its texts in every language in which all of them were there when it opened, so that a later
change of a translation changes nothing that was asked. The same statement has the same id in every language.

Ids of the texts of a round's prompt: ``label``, ``question``, the id of a statement, ``tag:`` and the id of a
tag. Texts that members wrote have no translation and stay as they are. The ids of all texts of a pack stand
in ``core.pack_texts``.

Results are computed in the words of their rounds, so that they are the same for everybody, and what is
computed is then put into a language: ``summary_in``, ``cycle_in``, ``trend_in``, and ``with_texts`` for any
part of them. A round that is already in a language must not go into such a computation.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from bot.core.counts import Count
from bot.core.cycle_summary import (
    AnchorTrend,
    CycleSummary,
    TopicResult,
    Trend,
    summarise_cycle,
    trend_of,
)
from bot.core.model import Round, RoundPrompt, Statement
from bot.core.pack_texts import tag_text
from bot.core.release import Release, Result
from bot.core.summary import Summary, TagCount, summarise

T = TypeVar("T")

LABEL, QUESTION = "label", "question"

_TAG = "tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The texts of some rounds in a language. They are looked up one by one: few of many are needed."""

    code: str
    rounds: tuple[Round, ...]
    _known: dict[tuple[str, str], str] = field(default_factory=dict, repr=False, compare=False)

    def text_of(self, place: str, source: str) -> str:
        """Return what this text of a round is in the language; the text itself, where no round has it.

        For labels and tags, ``place`` is the same for all of them.
        """
        if (place, source) not in self._known:
            translated = (self._in(round_.prompt, place, source) for round_ in self.rounds)
            self._known[place, source] = next(filter(None, translated), source)
        return self._known[place, source]

    def _in(self, prompt: RoundPrompt, place: str, source: str) -> str | None:
        words = prompt.translations.get(self.code)
        if words is None or self.code == prompt.language:
            return None
        if place == LABEL:
            return words.get(LABEL) if prompt.label == source else None
        if place == _TAG:
            return next((words.get(tag_text(tag.id)) for tag in prompt.tags if tag.text == source), None)
        return next(
            (words.get(one.id) for one in prompt.statements if one.id == place and one.text == source), None
        )


def has_language(prompt: RoundPrompt, code: str) -> bool:
    """Return whether a prompt can be shown in a language, with every text of its form."""
    return code == prompt.language or code in prompt.translations


def shown_in(prompt: RoundPrompt, code: str) -> str:
    """Return the code of the language in which a prompt is shown: this one, else its own."""
    return code if has_language(prompt, code) else prompt.language


def prompt_in(prompt: RoundPrompt, code: str) -> RoundPrompt:
    """Return the prompt in a language; as it is, where it has no translation into it."""
    words = prompt.translations.get(code)
    if words is None or code == prompt.language:
        return prompt
    return replace(
        prompt,
        language=code,
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


def round_in(round_: Round, code: str) -> Round:
    """Return the round with its prompt in a language, as ``prompt_in`` does."""
    prompt = prompt_in(round_.prompt, code)
    return round_ if prompt is round_.prompt else replace(round_, prompt=prompt)


def texts_in(rounds: Iterable[Round], code: str) -> Texts:
    """Return the texts of these rounds in a language.

    Where two rounds have different translations of the same words, those of the first one count: a summary
    is told in the words of its own round, and what is about several rounds in the newest.
    """
    return Texts(code=code, rounds=tuple(rounds))


def summary_in(round_: Round, release: Release, earlier: Sequence[Result], code: str) -> Summary:
    """Summarise the result of a round in a language, as ``summarise`` does.

    A round that was not in this language stays in its own as a whole.
    """
    found = summarise(round_, release, earlier)
    if not has_language(round_.prompt, code):
        return found
    return with_texts(found, texts_in((round_, *(before for before, _ in earlier)), code))


def cycle_in(results: Sequence[Result], code: str) -> CycleSummary | None:
    """Summarise the newest cycle in a language, as ``summarise_cycle`` does."""
    return with_texts(summarise_cycle(results), texts_in((round_ for round_, _ in results), code))


def trend_in(results: Sequence[Result], code: str) -> Trend:
    """Return how anchors have moved, in a language, as ``trend_of`` does."""
    return with_texts(trend_of(results), texts_in((round_ for round_, _ in results), code))


def with_texts(value: T, texts: Texts) -> T:
    """Return a summary, cycle, trend or any part of them in a language; as it is, where it has no words.

    A round is shown in its own translation. Everything else that a value holds stays as it is.
    """
    return cast(T, _with_texts(value, texts))


def _with_texts(value: Any, texts: Texts) -> Any:
    said: Any
    match value:
        case Round():
            said = round_in(value, texts.code)
        case Statement():
            said = replace(value, text=texts.text_of(value.id, value.text))
        case TagCount():
            said = replace(value, text=texts.text_of(_TAG, value.text))
        case TopicResult() | AnchorTrend():
            said = replace(_fields_with_texts(value, texts), label=texts.text_of(LABEL, value.label))
        case tuple():
            said = tuple(_with_texts(one, texts) for one in value)
        case _ if is_dataclass(value) and not isinstance(value, Count):
            said = _fields_with_texts(value, texts)
        case _:
            said = value
    return said


def _fields_with_texts(value: Any, texts: Texts) -> Any:
    found = {one.name: getattr(value, one.name) for one in fields(value)}
    said = {name: _with_texts(one, texts) for name, one in found.items()}
    return replace(value, **said) if any(said[name] is not one for name, one in found.items()) else value
