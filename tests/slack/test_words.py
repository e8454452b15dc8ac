"""Every sentence that the bot says, as its reader sees it. A change of words shows up here."""

import re
from itertools import pairwise

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.slack.reading import texts
from tests.slack.said import EVERYTHING, MESSAGES, VIEWS

UNWANTED = (
    "score",
    "engagement",
    "driver",
    "benchmark",
    "underperform",
    "because",
    "proves",
    "user",
    "submit",
    "survey",
    "poll",
)
"""Words of dashboards, and words that claim causes."""


@pytest.mark.parametrize("name", MESSAGES)
def test_it_says_in_a_message(name: str, snapshot: SnapshotAssertion) -> None:
    assert MESSAGES[name].read() == snapshot(name=name)


@pytest.mark.parametrize("name", VIEWS)
def test_it_says_in_a_view(name: str, snapshot: SnapshotAssertion) -> None:
    assert VIEWS[name].read() == snapshot(name=name)


@pytest.mark.parametrize("name", EVERYTHING)
def test_no_word_is_of_dashboards_or_claims_a_cause(name: str) -> None:
    said = " ".join([EVERYTHING[name].text, *texts(EVERYTHING[name].blocks)]).lower()

    assert [] == [word for word in UNWANTED if re.search(rf"\b{word}s?\b", said)]


@pytest.mark.parametrize("name", EVERYTHING)
def test_no_number_of_people_is_called_small(name: str) -> None:
    said = " ".join([EVERYTHING[name].text, *texts(EVERYTHING[name].blocks)]).lower()

    assert [] == re.findall(r"\b(?:only|just|merely|no more than) \*?(?:\d+|one|two|three|few|a few)\b", said)


@pytest.mark.parametrize("name", EVERYTHING)
def test_sentences_are_short_enough_for_a_tired_reader(name: str) -> None:
    said = [EVERYTHING[name].text, *texts(EVERYTHING[name].blocks)]
    sentences = [
        one for text in said for one in re.split(r"(?<=[.?!;:])\s|\n", re.sub(r"<!.*?>", "date", text))
    ]

    assert [] == [sentence for sentence in sentences if len(sentence.split()) > 32]


@pytest.mark.parametrize("name", EVERYTHING)
def test_no_space_is_doubled_before_a_word_and_no_full_stop_either(name: str) -> None:
    said = "\n".join([EVERYTHING[name].text, *texts(EVERYTHING[name].blocks)])

    assert ".." not in said.replace("…", "")
    assert [] == [pair for pair in pairwise(said) if pair == (" ", ".")]
