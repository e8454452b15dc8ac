"""Define a reply: the draft in the form, and its encoding in the ballot file.

A stored reply has no member, no time and no receipt. Its bytes are padded, so that its length says little.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.model import TEXT_LIMIT, Receipt, ReplyId, StatementId, TagId

ANSWERS = range(1, 6)
"""1 strongly disagree, 2 disagree, 3 in between, 4 agree, 5 strongly agree."""

AGREE_FROM = 4
"""The least answer that agrees with the statement as printed."""

MAX_TAGS = 2
RECEIPT_BYTES = 16
PADDED_SIZES = (256, 1024, 4096, 16384)
"""The possible sizes of a reply's plaintext in bytes. 2,000 emoji fit into the last."""


class Tenure(StrEnum):
    """How long somebody has been in the team: joined within the last year, earlier, or not said."""

    NEWER = "newer"
    LONGER = "longer"
    UNSAID = "unsaid"


_LETTERS = {Tenure.NEWER: "n", Tenure.LONGER: "l", Tenure.UNSAID: "-"}
_GROUPS = {letter: group for group, letter in _LETTERS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A reply in the form: one answer per statement (None: rather not say), text, tags, consent to quote.

    ``tenure`` is unsaid if the round does not ask it or nothing was chosen.
    """

    answers: Mapping[StatementId, int | None] = field(repr=False)
    text: str = field(default="", repr=False)
    tags: tuple[TagId, ...] = field(default=(), repr=False)
    quotable: bool = field(default=False, repr=False)
    tenure: Tenure = field(default=Tenure.UNSAID, repr=False)

    def __post_init__(self) -> None:
        """Refuse what our form cannot produce. The error never quotes a text."""
        if any(answer is not None and answer not in ANSWERS for answer in self.answers.values()):
            raise ValueError("an answer must be from 1 to 5")
        if len(self.text) > TEXT_LIMIT:
            raise ValueError(f"a text may have at most {TEXT_LIMIT} characters")
        if len(self.tags) > MAX_TAGS:
            raise ValueError(f"at most {MAX_TAGS} tags")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A stored reply without its writer."""

    answers: Mapping[StatementId, int] = field(repr=False)
    text: str = field(default="", repr=False)
    tags: tuple[TagId, ...] = field(default=(), repr=False)
    quotable: bool = field(default=False, repr=False)
    tenure: Tenure = field(default=Tenure.UNSAID, repr=False)


def reply_of(draft: Draft) -> Reply:
    """Return the reply of a draft: given answers and trimmed text. Without text there is nothing to quote."""
    text = draft.text.strip()
    return Reply(
        answers={statement: answer for statement, answer in draft.answers.items() if answer is not None},
        text=text,
        tags=draft.tags,
        quotable=draft.quotable and bool(text),
        tenure=draft.tenure,
    )


def reply_id(receipt: Receipt) -> ReplyId:
    """Return the 16-byte id under which the holder of this receipt finds their reply.

    Source: docs/threat-model.md; a truncated SHA-256 (FIPS 180-4) with a domain prefix.
    """
    return ReplyId(hashlib.sha256(b"receipt:" + receipt).digest()[:16])


def encode_reply(reply: Reply) -> bytes:
    """Return the reply as UTF-8 JSON, padded with spaces to the next of ``PADDED_SIZES``.

    The tenure group is one character in every reply, said or not, so that no length depends on it.
    """
    body = json.dumps(
        {
            "answers": dict(sorted(reply.answers.items())),
            "text": reply.text,
            "tags": sorted(reply.tags),
            "quotable": reply.quotable,
            "tenure": _LETTERS[reply.tenure],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    for size in PADDED_SIZES:
        if len(body) <= size:
            return body.ljust(size)
    raise ValueError("the reply is longer than a ballot holds")


def decode_reply(plaintext: bytes) -> Reply:
    """Return the reply that ``encode_reply`` wrote.

    Raises ``ValueError`` for anything else, without quoting it. Anybody who can write to a ballot file can
    encrypt data to the public key, so everything is checked.
    """
    try:
        data = json.loads(plaintext)
        answers, text, tags, quotable = (data[key] for key in ("answers", "text", "tags", "quotable"))
        tenure = _GROUPS[data.get("tenure", _LETTERS[Tenure.UNSAID])]  # older replies have none
        typed = (
            all(type(answer) is int for answer in answers.values())  # True would count as 1
            and type(text) is str
            and type(tags) is list
            and all(type(tag) is str for tag in tags)
            and type(quotable) is bool
        )
        if not typed:
            raise TypeError  # noqa: TRY301 - one error for all
        Draft(answers=answers, text=text, tags=tuple(tags))  # raises if something is out of range
        return Reply(answers=answers, text=text, tags=tuple(tags), quotable=quotable, tenure=tenure)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("this ballot does not hold a reply") from None
