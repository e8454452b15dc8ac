"""Define the schema of a prompt pack, which is one file, or a folder of files with the same keys.

``json_schema`` gives it to editors as JSON Schema. A pack that is valid here is valid there, too.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any

from babel import Locale, UnknownLocaleError
from pydantic import BeforeValidator, Field, WithJsonSchema

from bot.config import values
from bot.config.languages import shipped_languages
from bot.config.problems import Section, WrongValueError, quoted
from bot.config.schema import Text
from bot.core.model import CoCreateUse, Lens, Side
from bot.core.pack_texts import LABEL_LIMIT, QUESTION_LIMIT, STATEMENT_LIMIT, TAG_LIMIT
from bot.core.wording import Rule

ITEM_WORDS = 16
"""A statement with more words than this gets a remark (docs/prompts.md)."""

TAG_KEY_LIMIT = 30
"""Characters of a tag's id. It is part of an option's value, for which Slack's limit is 75."""

TAGS_LIMIT = 10
"""Tags of a dimension: Slack's limit for checkboxes."""

MOST_ITEMS = 2
"""Statements of a prompt. Two statements take turns."""

ACCEPTABLE = tuple(rule.value for rule in Rule if rule is not Rule.NEEDLESS)
"""The rules of wording for which an author may accept a remark, with a reason."""

KEY = "[a-z0-9][a-z0-9-]{0,39}"
LANGUAGE = "[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?"
"""The code of a language (BCP 47): language, script and region."""

REASON_LIMIT = 150
"""Characters of a reason why a remark on the wording is accepted."""

PLACEHOLDERS = frozenset({"ago", "finding", "weeks", "dimension", "proposal", "strength", "norm"})


_HIDING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
"""Characters that nobody sees, and with which a text may read otherwise in Slack than in its file."""


def in_one_line(text: str) -> str:
    """Return the text with spaces for line breaks; no-break spaces stay, which some languages need."""
    found = re.sub(r"[ \t\r\n]+", " ", text).strip()
    if hidden := _HIDING.search(found):
        raise WrongValueError(
            f"holds an invisible character (U+{ord(hidden[0]):04X})", "Take it out, or write the text anew."
        )
    return found


def written(limit: int) -> Callable[[str], str]:
    """Return a parser of texts of 1 to ``limit`` characters; line breaks become spaces."""

    def parse(text: str) -> str:
        found = in_one_line(text)
        if not found:
            raise WrongValueError("is empty", f"Write a text of at most {limit} characters.")
        if len(found) > limit:
            raise WrongValueError(f"has {len(found)} characters", f"At most {limit} fit.")
        return found

    return parse


def parse_key(text: str) -> str:
    """Return an id: at most 40 lower-case letters, digits and dashes."""
    if not re.fullmatch(KEY, text.strip()):
        raise WrongValueError(f"{quoted(text)} is no id", "Use 1 to 40 small letters, digits and dashes.")
    return text.strip()


def parse_language(text: str) -> str:
    """Return the code of a language that Unicode's CLDR knows; of one that the bot speaks, the bot's code."""
    code = text.strip()
    try:
        known = re.fullmatch(LANGUAGE, code) and Locale.parse(code, sep="-")
    except (UnknownLocaleError, ValueError):
        known = None
    if not known:
        raise WrongValueError(f"{quoted(text)} is no code of a language", "Write one such as de or pt-BR.")
    return as_spoken(code)


def as_spoken(code: str) -> str:
    """Return the bot's code of a language that it speaks, perhaps in another region; else the same code."""
    spoken = shipped_languages().find(code) if re.fullmatch(LANGUAGE, code) else None
    return spoken.code if spoken else code


def parse_template(text: str) -> str:
    """Return a question of co-creation; it may hold only the placeholders that a summary can fill."""
    found = written(QUESTION_LIMIT)(text)
    unknown = set(re.findall(r"\{(.*?)\}", found)) - PLACEHOLDERS
    if unknown:
        raise WrongValueError(
            f"has an unknown placeholder {{{min(unknown)}}}", f"Known: {', '.join(sorted(PLACEHOLDERS))}."
        )
    return found


def _item(value: Any) -> Any:
    """Accept a statement that is written as plain text, without keys."""
    return {"text": value} if isinstance(value, str) else value


def _tags(value: Any) -> Any:
    if not isinstance(value, dict):
        raise WrongValueError(
            "is to be a section", "Write one line for each tag, such as thanks: being thanked."
        )
    if len(value) > TAGS_LIMIT:
        raise WrongValueError(f"has {len(value)} tags", f"At most {TAGS_LIMIT} fit.")
    for key in value:
        if len(parse_key(key)) > TAG_KEY_LIMIT:
            raise WrongValueError(
                f"the id {quoted(key)} has {len(key)} characters", f"At most {TAG_KEY_LIMIT} fit."
            )
    return value


def _accepted(value: Any) -> Any:
    """Check the reasons, by text and rule: no rule is unknown, and no reason is empty."""
    if not isinstance(value, dict) or not all(isinstance(rules, dict) for rules in value.values()):
        raise WrongValueError(
            "is to be a section", "Write the id of the text, below it the rule, and behind that your reason."
        )
    for place, rules in value.items():
        for rule, reason in rules.items():
            if rule not in ACCEPTABLE:
                raise WrongValueError(f"{quoted(rule)} is no rule", f"Known: {', '.join(ACCEPTABLE)}.")
            if not str(reason or "").strip():
                raise WrongValueError(
                    f"gives no reason for {quoted(rule)} of {quoted(place)}",
                    "Say in a few words why it is meant.",
                )
    return value


def told(description: str, **limits: Any) -> WithJsonSchema:
    """Describe a text to an editor."""
    return WithJsonSchema({"type": "string", "description": description, **limits})


def _choices(description: str, *names: str) -> WithJsonSchema:
    return told(description, enum=list(names))


_KEY = {"pattern": f"^{KEY}$"}
Key = Annotated[
    str,
    values.scalar(parse_key),
    told("An id, for ever: 1 to 40 small letters, digits and dashes.", **_KEY),
]
LanguageCode = Annotated[
    str,
    values.scalar(parse_language),
    told("The code of a language (BCP 47), such as de or pt-BR.", pattern=f"^{LANGUAGE}$"),
]
Question = Annotated[
    str,
    values.scalar(written(QUESTION_LIMIT)),
    told("A sentence or two in everyday words.", minLength=1, maxLength=QUESTION_LIMIT),
]
Label = Annotated[
    str, values.scalar(written(LABEL_LIMIT)), told("A name.", minLength=1, maxLength=LABEL_LIMIT)
]
Statement = Annotated[
    str,
    values.scalar(written(STATEMENT_LIMIT)),
    told(
        f"A statement to agree with: one idea, {ITEM_WORDS} words at most.",
        minLength=1,
        maxLength=STATEMENT_LIMIT,
    ),
]
TagText = Annotated[
    str,
    values.scalar(written(TAG_LIMIT)),
    told("A tag in a few words; none may point at a person.", minLength=1, maxLength=TAG_LIMIT),
]
Reason = Annotated[str, values.scalar(written(REASON_LIMIT))]
Note = Annotated[
    str, values.scalar(values.parse_text), WithJsonSchema({"type": ["string", "number"]})
]  # "version: 1" is a number to an editor, and a text here


class ItemSection(Section):
    """A five-point statement."""

    text: Statement
    reversed: Annotated[bool, values.scalar(values.parse_flag)] = False


Tags = Annotated[
    dict[str, TagText],
    BeforeValidator(_tags),
    Field(
        json_schema_extra={
            "maxProperties": TAGS_LIMIT,
            "propertyNames": {**_KEY, "maxLength": TAG_KEY_LIMIT},
        }
    ),
]


Reasons = Annotated[
    dict[str, dict[str, Reason]],
    BeforeValidator(_accepted),
    Field(
        json_schema_extra={
            "description": "Remarks that are meant: the id of the text, the rule, and why.",
            "additionalProperties": {
                "type": "object",
                "propertyNames": {"enum": list(ACCEPTABLE)},
                "additionalProperties": {"type": "string", "minLength": 1, "maxLength": REASON_LIMIT},
            },
        }
    ),
]


class DimensionSection(Section):
    """A topic with its anchor and tags."""

    key: Key
    label: Label
    side: Annotated[
        str,
        values.scalar(values.one_of(*Side)),
        _choices("Where the topic stands.", *(side.value for side in Side)),
    ]
    asks: Question
    anchor: Statement
    tags: Tags = Field(default_factory=dict)


class PromptSection(Section):
    """An open question with one or two statements."""

    id: Key
    dimension: Key | None = None
    lens: Annotated[
        str,
        values.scalar(values.one_of(*Lens)),
        _choices("The point of view of the wording; everybody is asked.", *(lens.value for lens in Lens)),
    ] = Lens.ALL.value
    ideas: tuple[Text, ...] = ()
    question: Question
    items: Annotated[
        tuple[Annotated[ItemSection, BeforeValidator(_item)], ...],
        Field(json_schema_extra={"minItems": 1, "maxItems": MOST_ITEMS}),
    ]


class CoCreateSection(Section):
    """A question by which a channel makes something of a summary."""

    id: Key
    name: Label
    ideas: tuple[Text, ...] = ()
    question: Annotated[
        str,
        values.scalar(parse_template),
        told(f"It may hold {{{'}, {'.join(sorted(PLACEHOLDERS))}}}.", minLength=1, maxLength=QUESTION_LIMIT),
    ]
    gives: Question
    use: Annotated[
        str | None,
        values.scalar(values.one_of(*CoCreateUse)),
        told("In which step of a change it is asked.", enum=[None, *CoCreateUse]),
    ] = None
    tags: Tags = Field(default_factory=dict)


class PackFile(Section):
    """One file of a pack. ``dimension`` is the topic of its prompts that name none themselves.

    ``language``: in which the pack is written; ``note``: a sentence about it for people.
    """

    id: Key | None = None
    title: Label | None = None
    language: LanguageCode | None = None
    note: Question | None = None
    version: Note = ""
    licence: Note = ""
    dimension: Key | None = None
    dimensions: tuple[DimensionSection, ...] = ()
    prompts: tuple[PromptSection, ...] = ()
    co_create: tuple[CoCreateSection, ...] = ()
    accepted: Reasons = Field(default_factory=dict)
