"""Taking a quote down: the quote goes, the day comes, nothing else changes."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import QuoteId, RoundId
from bot.core.quotes import quote_id, quotes_by_id, take_down
from bot.core.release import Published, Withheld
from tests.contracts.values import a_result

ROUND = RoundId("00000000000a")
TODAY = date(2026, 11, 27)
FOUR = ("We wait for each other.", "Say it sooner.", "I like Mondays here.", "Say it sooner.")


def result(*quotes: str) -> Published:
    return replace(a_result(ROUND), quotes=quotes)


def test_the_quote_goes_and_the_day_it_went_stays() -> None:
    before = result(*FOUR)

    after = take_down(before, quote_id(ROUND, "I like Mondays here."), TODAY)

    assert after == replace(before, quotes=(FOUR[0], FOUR[1], FOUR[3]), removed=(TODAY,))


def test_of_two_quotes_with_the_same_words_none_is_left() -> None:
    after = take_down(result(*FOUR), quote_id(ROUND, "Say it sooner."), TODAY)

    assert after is not None
    assert after.quotes == (FOUR[0], FOUR[2])


def test_a_quote_that_is_not_there_cannot_be_taken_down() -> None:
    other_round = quote_id(RoundId("00000000000b"), FOUR[0])

    assert take_down(result(*FOUR), other_round, TODAY) is None
    assert take_down(result(*FOUR), QuoteId(""), TODAY) is None
    assert take_down(Withheld(round_id=ROUND), quote_id(ROUND, FOUR[0]), TODAY) is None


def test_the_id_of_a_quote_is_short_and_holds_no_word_of_it() -> None:
    assert quote_id(ROUND, "We wait for each other.") == "1cf16aa4b53e7666"


@given(st.lists(st.text(min_size=1), min_size=1, unique=True), st.data())
def test_taking_down_one_after_the_other_leaves_the_rest_in_order(
    quotes: list[str], data: st.DataObject
) -> None:
    unwanted = data.draw(st.permutations(quotes))
    shown: Published = result(*quotes)

    for count, text in enumerate(unwanted, start=1):
        after = take_down(shown, quote_id(ROUND, text), TODAY)
        assert after is not None
        assert list(after.quotes) == [quote for quote in shown.quotes if quote != text]
        assert replace(after, quotes=(), removed=()) == replace(shown, quotes=(), removed=())
        assert len(after.removed) == count
        assert take_down(after, quote_id(ROUND, text), TODAY) is None
        shown = after

    assert quotes_by_id(shown) == {}
