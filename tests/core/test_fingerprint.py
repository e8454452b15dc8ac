"""The fingerprint of a pack changes with every word that members read, and with nothing else."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.core.fingerprint import fingerprint_of
from bot.core.model import Accepted, PromptPack, Tag, TagId
from tests.service.norm_services import PACK

TOPIC, PROMPT, STEP = PACK.dimensions[0], PACK.prompts[0], PACK.co_create[0]
STATEMENT = PROMPT.statements[0]


def with_topic(**changes: object) -> PromptPack:
    return replace(PACK, dimensions=(replace(TOPIC, **changes), *PACK.dimensions[1:]))  # type: ignore[arg-type]


def with_prompt(**changes: object) -> PromptPack:
    return replace(PACK, prompts=(replace(PROMPT, **changes), *PACK.prompts[1:]))  # type: ignore[arg-type]


def with_step(**changes: object) -> PromptPack:
    return replace(PACK, co_create=(replace(STEP, **changes), *PACK.co_create[1:]))  # type: ignore[arg-type]


TAGS = (Tag(id=TagId("new"), text="something new"),)
CHANGES: dict[str, Callable[[], PromptPack]] = {
    "label": lambda: with_topic(label="Another"),
    "anchor": lambda: with_topic(anchor=replace(TOPIC.anchor, text=f"{TOPIC.anchor.text} ")),
    "tag": lambda: with_topic(tags=TAGS),
    "question": lambda: with_prompt(question=f"{PROMPT.question}?"),
    "statement": lambda: with_prompt(statements=(replace(STATEMENT, text="I do not."),)),
    "reversed": lambda: with_prompt(statements=(replace(STATEMENT, reversed=not STATEMENT.reversed),)),
    "one prompt less": lambda: replace(PACK, prompts=PACK.prompts[1:]),
    "co-creation": lambda: with_step(question=f"{STEP.question}!"),
    "reason": lambda: with_step(tags=TAGS),
    "no co-creation": lambda: replace(PACK, co_create=()),
}


@pytest.mark.parametrize("what", CHANGES)
def test_every_word_that_members_read_changes_the_fingerprint(what: str) -> None:
    assert fingerprint_of(CHANGES[what]()) != fingerprint_of(PACK)


def test_what_nobody_is_asked_does_not_change_it() -> None:
    accepted = (Accepted(place="x", rule="y", reason="z"),)

    assert fingerprint_of(replace(PACK, title="Other", accepted=accepted)) == fingerprint_of(PACK)


def test_it_is_a_sha_256_in_hexadecimal_digits() -> None:
    assert 64 == len(fingerprint_of(PACK))
    assert int(fingerprint_of(PACK), 16)
