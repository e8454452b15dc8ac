"""What counts as the same statement, and the small sums around frozen audiences."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.audiences import (
    Askable,
    askable_of,
    askables_of,
    asks_the_same,
    audience_key,
    closed_from,
    every_key,
    firing_id,
    first_day,
    is_current,
    letters,
    may_ask,
    may_read_alike,
    new_period,
    nobody,
    opened_from,
)
from bot.core.model import (
    DimensionKey,
    Period,
    PromptId,
    RoundId,
    RoundKind,
    RoundPrompt,
    ScheduleId,
    Statement,
    StatementId,
    Tag,
    TagId,
)
from tests.contracts.values import NOON, PROMPT, a_round

R = RoundId("00000000000a")
BERLIN = "Europe/Berlin"


def test_at_most_two_people_may_have_been_asked_before() -> None:
    assert [True, True, True, False] == [may_ask(number) for number in range(4)]


def test_a_reflection_counts_each_statement_and_all_tags_together() -> None:
    assert 3 == len(askables_of(PROMPT, R))
    assert every_key(PROMPT, R) >= {"item:voice", "item:q", "tags:voice"}


def test_statements_are_the_same_by_id_or_by_letters_in_any_version_or_pack() -> None:
    reworded = replace(PROMPT, tags=(), statements=(Statement(id=StatementId("voice"), text="Words weigh."),))
    renamed = replace(
        PROMPT, tags=(), statements=(Statement(id=StatementId("x"), text="MY words carry — weight"),)
    )
    other = replace(
        PROMPT, tags=(), statements=(Statement(id=StatementId("y"), text="My words carry no weight."),)
    )

    assert every_key(PROMPT, R) & every_key(reworded, R)
    assert every_key(PROMPT, R) & every_key(renamed, R)
    assert not every_key(PROMPT, R) & every_key(other, R)


def test_tags_are_the_same_by_their_letters_under_any_topic() -> None:
    def tagged(topic: str, *texts: str) -> RoundPrompt:
        tags = tuple(Tag(id=TagId(f"{topic}-{number}"), text=text) for number, text in enumerate(texts))
        return replace(PROMPT, dimension=DimensionKey(topic), statements=(), tags=tags)

    here = every_key(tagged("voice", "Meetings", "Being heard"), R)

    assert here & every_key(tagged("door", "who decides", "MEETINGS …"), R)
    assert here & every_key(tagged("voice", "Something else"), R)
    assert {audience_key(R)} > here & every_key(tagged("door", "who decides", "meeting rooms"), R)


def test_only_letters_marks_and_numbers_are_compared() -> None:
    assert letters("Straße №5, na\u00efve_नमस्ते\u3164!") == "strasseno5naïveनमस्ते"


def test_a_statement_is_known_by_its_id_and_by_128_bits_of_its_letters() -> None:
    digits = hashlib.sha256(b"knownbythis").hexdigest()[:32]

    found = askable_of(Statement(id=StatementId("known"), text="Known, by this."))

    assert ("item:known", f"text:{digits}") == found.keys


def test_where_nothing_was_asked_yet_nobody_was_asked() -> None:
    assert 0 == nobody(askable_of(Statement(id=StatementId("new"), text="New.")))


@pytest.mark.parametrize("kind", [RoundKind.DECIDE, RoundKind.CONSENT, RoundKind.LOOK_AGAIN])
def test_a_proposal_is_known_by_its_step_and_its_letters_whatever_its_id(kind: RoundKind) -> None:
    here, there = (
        replace(
            PROMPT,
            kind=kind,
            tags=(),
            statements=(Statement(id=StatementId(id_), text="We begin with news."),),
        )
        for id_ in ("n1", "n2")
    )

    assert every_key(here, R) == every_key(there, R)
    assert not every_key(here, R) & every_key(replace(here, kind=RoundKind.REFLECT), R)


def test_suggestions_are_no_statement_and_a_question_alone_is_one_of_its_own() -> None:
    assert () == askables_of(replace(PROMPT, kind=RoundKind.COLLECT), R)
    bare = replace(PROMPT, statements=(), tags=())

    assert {audience_key(R)} == every_key(bare, R)


def test_rounds_ask_the_same_with_a_statement_or_a_question_in_common() -> None:
    other = replace(PROMPT, prompt_id=PromptId("other"), statements=(), tags=())
    assert asks_the_same(a_round(), a_round("00000000000b"))
    assert asks_the_same(a_round(prompt=other), a_round("00000000000b", prompt=other))
    assert not asks_the_same(a_round(), a_round("00000000000b", prompt=other))
    renamed = replace(PROMPT, prompt_id=PromptId("renamed"))
    assert asks_the_same(a_round(), a_round("00000000000b", prompt=renamed))


@pytest.mark.parametrize(
    ("opened", "lately"),
    [
        (datetime(2026, 11, 4, 0, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 3, 23, 0, tzinfo=UTC), True),  # midnight in Berlin
        (datetime(2026, 11, 3, 22, 59, tzinfo=UTC), False),  # the day before: 27 days ago
        (datetime(2027, 1, 1, tzinfo=UTC), True),  # by a clock that was wrong
    ],
)
def test_the_window_has_27_calendar_days_of_the_channels_zone(opened: datetime, *, lately: bool) -> None:
    assert lately is (opened >= opened_from(datetime(2026, 11, 30, 9, tzinfo=UTC), BERLIN))


def test_the_days_of_the_window_are_those_of_the_channels_zone_wherever_the_machine_is(
    far_from_utc: None,
) -> None:
    late = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)  # the 30th in Berlin

    found = opened_from(late, BERLIN)

    assert (datetime(2026, 11, 3, 23, tzinfo=UTC), UTC) == (found, found.tzinfo)


@pytest.mark.parametrize("start", [datetime(2026, 10, 6, 8, tzinfo=UTC), datetime(2027, 3, 9, 9, tzinfo=UTC)])
def test_after_four_weeks_at_the_same_hour_it_may_come_again_also_across_daylight_saving(
    start: datetime,
) -> None:
    for hours in (-1, 0, 1):
        again = start + timedelta(weeks=4, hours=hours)
        assert start < opened_from(again, BERLIN)


def test_one_firing_has_one_id_and_no_other_firing_has_it() -> None:
    schedules = [ScheduleId("s1"), ScheduleId("s2")]
    ids = [firing_id(one, NOON + timedelta(microseconds=us)) for one in schedules for us in range(500)]

    assert 1000 == len(set(ids))
    assert all(len(one) == 12 and set(one) <= set("0123456789abcdefghijklmnopqrstuv") for one in ids)
    assert firing_id(ScheduleId("s1"), NOON.astimezone()) == ids[0]


def test_a_firing_has_the_same_id_in_every_version_and_wherever_the_machine_is(far_from_utc: None) -> None:
    assert "suotqdma3m61" == firing_id(ScheduleId("s1"), datetime(2026, 11, 24, 9, tzinfo=UTC))


def test_a_period_begins_on_the_day_of_its_name_whatever_its_letter() -> None:
    assert [date(2026, 11, 2)] * 2 == [first_day(Period("20261102")), first_day(Period("20261102b"))]


def test_a_key_serves_for_28_days_and_one_from_the_future_never() -> None:
    period = Period("20261102")
    days = [date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 29), date(2026, 11, 30)]

    assert [False, True, True, False] == [is_current(period, day) for day in days]


def test_a_period_whose_key_does_not_fit_any_more_is_followed_by_one_with_a_letter() -> None:
    day = date(2026, 11, 2)
    assert "20261102" == new_period(day, ())
    assert "20261102b" == new_period(day, [Period("20261102")])
    assert "20261102c" == new_period(day, [Period("20261102"), Period("20261102b")])


def test_letters_that_nobody_sees_make_no_other_statement() -> None:
    plain = askable_of(Statement(id=StatementId("a"), text="We help one another."))

    for hidden in ("\u034f", "\u3164", "\ufe0f"):
        other = askable_of(Statement(id=StatementId("b"), text=f"We{hidden} help one ano{hidden}ther."))
        assert set(plain.keys) & set(other.keys)


def test_a_round_counts_for_twenty_days_after_its_result() -> None:
    assert closed_from(datetime(2026, 11, 30, 9, tzinfo=UTC), BERLIN) == datetime(
        2026, 11, 10, 23, tzinfo=UTC
    )
    weekly = datetime(2026, 11, 3, 9, tzinfo=UTC) + timedelta(days=7)
    assert weekly < closed_from(
        datetime(2026, 12, 1, 9, tzinfo=UTC), BERLIN
    )  # open for a week, four weeks later


def proposal(words: str, kind: RoundKind = RoundKind.DECIDE) -> Askable:
    """A proposal as it is weighed."""
    statement = Statement(id=StatementId("n"), text=words)
    (askable,) = askables_of(replace(PROMPT, kind=kind, statements=(statement,)), R)
    return askable


NAMED = (
    "We ask [name] to write it up.",
    "[name] writes up what was said.",
    "We write it up for [name]",
    "We ask [name] and [name] to write it up.",
)


@pytest.mark.parametrize("words", NAMED)
@pytest.mark.parametrize("name", ["Maya", "Maya Okafor", "M.O.", "norma", "van der Berg", "\u5c0f\u6797"])
def test_a_proposal_reads_alike_whether_the_name_in_it_was_taken_out_or_not(words: str, name: str) -> None:
    named = proposal(words)
    for bare in (words.replace("[name]", name), words.replace("[name]", name, 1)):
        assert may_read_alike(named, proposal(bare))
        assert may_read_alike(proposal(bare), named)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("We ask [name] to write it up.", "We ask Maya to read it up."),
        ("We ask [name] to write it up.", "We ask Maya to write it up now."),
        ("We ask [name] to write it up.", "They ask [name] to write it up."),
        ("We ask [name] to write it up.", "We ask [name] to read it out."),
        ("We write [name] a note", "We write a not"),
        ("We [name] and we ask [name] for it", "We ask Maya for it"),
        ("We end at 6", "We end at 9"),
    ],
)
def test_proposals_in_other_words_do_not_read_alike(one: str, other: str) -> None:
    assert not may_read_alike(proposal(one), proposal(other))


def test_only_what_was_asked_in_the_same_step_reads_alike() -> None:
    words = "We ask [name] to write it up."

    assert not may_read_alike(proposal(words), proposal(words, RoundKind.LOOK_AGAIN))
    assert not may_read_alike(askable_of(Statement(id=StatementId("a"), text=words)), proposal(words))
    assert may_read_alike(proposal(words), proposal(words))
