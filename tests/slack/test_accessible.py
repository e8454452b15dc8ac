"""What goes to Slack can be read without seeing it: by words, not by colour, picture or emoji alone."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

import pytest

from tests.slack.reading import texts
from tests.slack.said import EVERYTHING, MESSAGES

Json = Mapping[str, Any]

DESTROY = {"reply.withdraw", "round.cancel", "schedule.delete", "quote.remove"}
DOTS = "●◐○"


def parts(value: Any) -> Iterator[Json]:
    """Every object in these blocks, those inside others included."""
    if isinstance(value, Mapping):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from parts(inner)


def has_finding(name: str) -> bool:
    """Whether the message begins with a finding, in bold."""
    return next(iter(texts(MESSAGES[name].blocks)), "").startswith("*🌱 ")


def buttons(name: str) -> list[Json]:
    return [part for part in parts(EVERYTHING[name].blocks) if part.get("type") == "button"]


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_has_a_text_for_screen_readers_that_is_not_cut(name: str) -> None:
    text = MESSAGES[name].text

    assert len(text.split()) > 4
    assert text.endswith((".", "?", "!", ".”"))


@pytest.mark.parametrize("name", [name for name in MESSAGES if has_finding(name)])
def test_the_text_for_screen_readers_says_the_finding_first(name: str) -> None:
    finding = next(iter(texts(MESSAGES[name].blocks))).strip("*").removeprefix("🌱 ")

    assert unescape(MESSAGES[name].text).startswith(unescape(finding))


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_picture_has_a_text(name: str) -> None:
    pictures = [part for part in parts(EVERYTHING[name].blocks) if part.get("type") == "image"]

    assert [] == [picture for picture in pictures if not picture.get("alt_text")]


@pytest.mark.parametrize("name", EVERYTHING)
def test_no_text_is_signs_alone_and_dots_stand_beside_their_number(name: str) -> None:
    said = list(texts(EVERYTHING[name].blocks))
    dotted = [line for text in said for line in text.split("\n") if set(line) & set(DOTS)]

    assert [] == [text for text in said if not re.search(r"\w", text)]
    assert [] == [line for line in dotted if not re.search(r"\d+[\w ]* of \d+|\d+ to \d+", line)]


@pytest.mark.parametrize("name", EVERYTHING)
def test_two_buttons_with_the_same_words_are_told_apart(name: str) -> None:
    spoken = Counter(one.get("accessibility_label", one["text"]["text"]) for one in buttons(name))

    assert {} == {words: times for words, times in spoken.items() if times > 1}


@pytest.mark.parametrize("name", EVERYTHING)
def test_what_is_spoken_of_a_button_begins_with_its_words(name: str) -> None:
    labelled = [one for one in buttons(name) if "accessibility_label" in one]

    assert [] == [one for one in labelled if not one["accessibility_label"].startswith(one["text"]["text"])]


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_button_that_destroys_looks_so_and_asks_first(name: str) -> None:
    looks = {
        (
            one["action_id"] in DESTROY,
            one.get("style") == "danger",
            one.get("confirm", {}).get("style") == "danger",
        )
        for one in buttons(name)
    }

    assert looks <= {(True, True, True), (False, False, False)}
