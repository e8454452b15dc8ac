"""What a count and a movement say: one whole sentence for each case, in the language of its reader."""

import re

import pytest

from bot.core.counts import Count
from bot.core.findings import (
    claim_in_words,
    finding_in_words,
    movement_in_words,
    statement_in_words,
)
from bot.core.inference import Movement, Share
from bot.core.language import Language
from bot.core.model import Side, Statement, StatementId
from bot.core.movements import Claim, Comparison
from bot.core.scoring import Pair
from bot.core.summary import CountedStatement, Summary, count_in_words
from tests.contracts.values import a_round
from tests.languages import PSEUDO

COUNTS = {
    "5 of 14": Count(of=14, low=5, high=5),
    "11 or more of 14": Count(of=14, low=11, high=14),
    "3 or fewer of 14": Count(of=14, low=0, high=3),
    "34 to 37 of 52": Count(of=52, low=34, high=37),
    "0 of 5": Count(of=5, low=0, high=0),
    "5 of 5": Count(of=5, low=5, high=5),
}
WANTED = Statement(id=StatementId("welcome-anchor"), text="I am wanted here.")
SHAPED = Statement(id=StatementId("cocreate-anchor"), text="I help shape things.")


def share(middle: float) -> Share:
    return Share(low=middle, middle=middle, high=middle)


def moved(now: float, then: float, *named: Statement, side: Side | None = None) -> Claim:
    """A movement of a side, or else of these statements alone."""
    change = Movement(probability=0.99, low=now - then, middle=now - then, high=now - then)
    return Claim(
        side=side or Side.INCLUSION,
        whole_side=side is not None,
        statements=named,
        movement=change,
        then=share(then),
        now=share(now),
    )


CLAIMS = {
    "More of us feel wanted here than before: about 6 in 10 now, about 3 in 10 before.": moved(
        0.6, 0.3, side=Side.INCLUSION
    ),
    "Fewer of us feel we shape how we work than before: about 3 in 10 now, almost all before.": moved(
        0.3, 0.98, side=Side.BELONGING
    ),
    "More of us feel safe and well here than before: about 6 in 10 both times, so the change is small.": (
        moved(0.62, 0.58, side=Side.GROUND)
    ),
    "More of us feel wanted here than before: about 6 in 10 now, almost none before. "
    "Most of all: “I am wanted here.” and “I help shape things.”": moved(
        0.6, 0.02, WANTED, SHAPED, side=Side.INCLUSION
    ),
    "More of us agree than before: “I am wanted here.” (about 6 in 10 now, about 3 in 10 before).": moved(
        0.6, 0.3, WANTED
    ),
    "Fewer of us agree than before: “I am wanted here.” and “I help shape things.” "
    "(about 3 in 10 now, about 6 in 10 before).": moved(0.3, 0.6, WANTED, SHAPED),
}
AGREE = {
    "5 of the 14 who answered agree: “I am wanted here.”": Count(of=14, low=5, high=5),
    "Most of us agree: “I am wanted here.”": Count(of=14, low=11, high=14),
    "Few of us agree: “I am wanted here.”": Count(of=14, low=0, high=3),
    "26 to 29 of the 52 who answered agree: “I am wanted here.”": Count(of=52, low=26, high=29),
}
BRACKETS = re.compile(r"\[!!![^\[\]]*!!!\]")


def left_in_english(text: str) -> str:
    """What of a text in no language is in no message, without values and what stands between messages."""
    while BRACKETS.search(text):
        text = BRACKETS.sub("", text)
    return text.strip()


def counted(count: Count) -> CountedStatement:
    return CountedStatement(number=1, statement=WANTED, count=count)


@pytest.mark.parametrize(("said", "count"), COUNTS.items())
def test_a_count_is_one_message_with_both_numbers(said: str, count: Count) -> None:
    assert said == count_in_words(count)
    assert left_in_english(count_in_words(count, PSEUDO)) == ""


def test_a_count_is_written_in_the_digits_of_the_language() -> None:
    count = Count(of=12_345, low=12_000, high=12_003)

    assert count_in_words(count, Language("de")) == "12.000 to 12.003 of 12.345"


@pytest.mark.parametrize(("said", "claim"), CLAIMS.items())
def test_a_movement_is_whole_sentences(said: str, claim: Claim) -> None:
    assert said == claim_in_words(claim)
    assert left_in_english(claim_in_words(claim, PSEUDO)) == ""


@pytest.mark.parametrize(("said", "count"), AGREE.items())
def test_how_many_agree_with_a_statement_is_a_whole_sentence(said: str, count: Count) -> None:
    assert said == statement_in_words(counted(count))
    assert left_in_english(statement_in_words(counted(count), PSEUDO)) == ""


@pytest.mark.parametrize(
    ("said", "more"),
    [
        ("We cannot tell yet whether anything has moved.", None),
        ("We cannot tell yet whether anything has moved; about 1 more question would tell.", 1),
        ("We cannot tell yet whether anything has moved; about 7 more questions would tell.", 7),
    ],
)
def test_that_nothing_can_be_told_yet_is_a_whole_sentence(said: str, more: int | None) -> None:
    found = Comparison(comparable=True, more_rounds=more)

    assert [said] == movement_in_words(found)
    assert [""] == [left_in_english(one) for one in movement_in_words(found, PSEUDO)]


@pytest.mark.parametrize(
    "found",
    [
        Summary(round=a_round()),
        Summary(round=a_round(), replies=8, audience=12),
        Summary(round=a_round(), replies=8, audience=12, statements=(counted(Count(of=8, low=4, high=4)),)),
        Summary(round=a_round(), replies=8, audience=12, pair=Pair.SHAPING),
        Summary(
            round=a_round(),
            replies=8,
            audience=12,
            moved=Comparison(claims=(next(iter(CLAIMS.values())),), comparable=True, other_size=True),
        ),
    ],
)
def test_every_finding_is_said_in_the_language(found: Summary) -> None:
    said = [finding_in_words(found, PSEUDO), *movement_in_words(found.moved, PSEUDO)]

    assert [""] * len(said) == [left_in_english(one) for one in said]
