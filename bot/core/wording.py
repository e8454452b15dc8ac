"""How well a pack's words can be answered: the rules for questions and statements, as remarks.

A remark is no refusal. It names what makes a statement hard to agree with in one piece, so that its author
can look again. Source of the rules: docs/prompts.md, "The wording rules".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.core.model import PromptPack

STATEMENT_WORDS = 16
"""Words of a statement beyond which it is read twice."""

QUESTION_WORDS = 36
"""Words of an open question beyond which it is read twice."""

_QUOTATION = re.compile(r"\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]")
_DOUBLE = re.compile(r"(?<![\w'’-])(and/or|and|or)(?![\w'’-])", re.IGNORECASE)
_ABSOLUTE = re.compile(
    r"(?<![\w'’-])(always|never|everyone|everybody|everything|nobody|no one|nothing|none|all)(?![\w'’-])",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"(?<![\w'’-])(not|no(?! one\b)|cannot|\w+n['’]t)(?![\w'’-])", re.IGNORECASE)
_NUMBER = r"one|two|three|four|five|six|seven|eight|nine|ten|\d+"
_SET_PHRASES = re.compile(
    rf"\b(?:(\w+) and \1|now and (?:then|again)|back and forth|up and down|give and take|ups and downs"
    rf"|day and night|here and now|pros and cons|trial and error|by and large|first and foremost"
    rf"|(?:{_NUMBER}) or (?:{_NUMBER}|more|fewer|less)|more or less|sooner or later"
    rf"|(?:after|above|first of|all in|at|once and for) all)\b",
    re.IGNORECASE,
)


class Rule(StrEnum):
    """What a remark is about."""

    LENGTH = "length"
    DOUBLE = "double-barrelled"
    ABSOLUTE = "absolute"
    NEGATION = "negation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something about the words of a pack that deserves another look: where, which rule, and why."""

    place: str
    rule: Rule
    text: str


def remarks(pack: PromptPack) -> tuple[Remark, ...]:
    """What deserves another look in a pack: anchors first, then prompts, then questions of co-creation."""
    return tuple(_remarks(pack))


def statement_remarks(text: str, place: str = "") -> tuple[Remark, ...]:
    """What makes a five-point statement hard to agree with in one piece.

    >>> [remark.rule.value for remark in statement_remarks("I am heard and paid here.")]
    ['double-barrelled']
    >>> statement_remarks("The same few people get talked over again and again.")
    ()
    """
    return tuple(
        Remark(place=place, rule=rule, text=said)
        for rule, said in (*_too_long(text, STATEMENT_WORDS), *_hard_words(text))
    )


def question_remarks(text: str, place: str = "") -> tuple[Remark, ...]:
    """What makes an open question hard to take in: its length alone."""
    return tuple(Remark(place=place, rule=rule, text=said) for rule, said in _too_long(text, QUESTION_WORDS))


def _remarks(pack: PromptPack) -> Iterator[Remark]:
    for dimension in pack.dimensions:
        yield from statement_remarks(dimension.anchor.text, dimension.anchor.id)
    for prompt in pack.prompts:
        yield from question_remarks(prompt.question, prompt.id)
        for item in prompt.items:
            yield from statement_remarks(item.text, item.id)
    for template in pack.co_create:
        yield from question_remarks(template.question, template.id)


def _too_long(text: str, most: int) -> Iterator[tuple[Rule, str]]:
    words = len(text.split())
    if words > most:
        yield Rule.LENGTH, f"has {words} words; up to {most} are read at one go"


def _hard_words(text: str) -> Iterator[tuple[Rule, str]]:
    """The words that split, sharpen or turn a claim; what somebody is quoted as saying does not count."""
    own = _SET_PHRASES.sub(" ", _QUOTATION.sub(" ", text))
    if found := _DOUBLE.search(own):
        yield Rule.DOUBLE, f"“{found[1]}” may join two claims: somebody may agree with one of them alone"
    if found := _ABSOLUTE.search(own):
        yield Rule.ABSOLUTE, f"“{found[1]}” is absolute: one exception, and nobody can agree"
    if found := _NEGATED.search(own):
        yield Rule.NEGATION, f"“{found[1]}” negates: to disagree with it takes two turns; say the opposite"
