"""When nothing is asked: the rest after a cycle, and the pause in a channel that has grown quiet."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.core.model import CoCreatePrompt, CoCreateUse, MemberId, PackId, PromptId, Round, ScheduleId
from bot.core.replies import Draft
from bot.core.schedule import Weekly
from bot.ports import FiringOutcome
from bot.service.pauses import Going, GoneOn, go_on
from bot.service.run_due import run_due
from tests.fakes.directory import people
from tests.replying import accept_reply, open_reply
from tests.service.services import TEAM, TUESDAY, Fakes, a_pack, weekly

WEEK, DAY = timedelta(weeks=1), timedelta(days=1)
ME, STRANGER = MemberId("U01"), MemberId("U99")
S1 = ScheduleId("s1")
LONG = a_pack(dimensions=7, each=1)
HABIT = CoCreatePrompt(
    id=PromptId("co-1"),
    name="Habit",
    question='"{finding}": which habit?',
    gives="",
    use=CoCreateUse.COLLECT,
)


def week(fakes: Fakes, number: int, replies: int) -> None:
    """Let a week pass: the schedule fires, so many reply, the round closes."""
    fakes.now = TUESDAY + number * WEEK
    run_due(fakes.services)
    if fakes.rounds() and fakes.rounds()[-1].opened_at == fakes.now:
        fakes.reply(fakes.rounds()[-1], people(replies))
    fakes.now += 3 * DAY
    run_due(fakes.services)


def first_is_open(fakes: Fakes, round_: Round) -> None:
    """Let everybody agree with all statements but the first."""
    first = round_.prompt.statements[0].id
    for member in people(8):
        receipt = open_reply(fakes.services, round_.id, member).receipt
        assert receipt
        draft = Draft(answers={one.id: 2 if one.id == first else 4 for one in round_.prompt.statements})
        accept_reply(fakes.services, round_.id, member, draft, receipt)


@pytest.fixture
def quiet(fakes: Fakes) -> Fakes:
    """A channel of eight in which three reply, two weeks running."""
    fakes.put(weekly())
    for number in range(2):
        week(fakes, number, 3)
    fakes.now = TUESDAY + 2 * WEEK
    return fakes


def test_after_two_rounds_under_half_the_channel_is_asked_whether_to_go_on(quiet: Fakes) -> None:
    run_due(quiet.services)

    assert [("ask_to_go_on", S1)] == quiet.messenger.told
    assert FiringOutcome.WAITING is quiet.firings()[TUESDAY + 2 * WEEK]
    assert 2 == len(quiet.rounds())


def test_until_somebody_says_so_nothing_is_asked_and_nobody_is_asked_again(quiet: Fakes) -> None:
    for number in range(2, 6):
        week(quiet, number, 0)

    assert 1 == len(quiet.messenger.told)
    assert 2 == len(quiet.rounds())


def test_once_somebody_of_the_channel_says_so_the_next_fire_time_asks(quiet: Fakes) -> None:
    run_due(quiet.services)
    quiet.now += DAY

    assert GoneOn(going=Going.ON, schedule=weekly(), next_at=TUESDAY + 3 * WEEK) == go_on(
        quiet.services, S1, ME
    )
    run_due(quiet.services)
    assert 2 == len(quiet.rounds())
    week(quiet, 3, 3)
    assert 3 == len(quiet.rounds())


def test_a_second_press_changes_nothing(quiet: Fakes) -> None:
    run_due(quiet.services)
    go_on(quiet.services, S1, ME)

    assert Going.ALREADY is go_on(quiet.services, S1, ME).going
    assert Going.ALREADY is go_on(quiet.services, ScheduleId("gone"), ME).going


def test_somebody_outside_the_channel_cannot_say_so(quiet: Fakes) -> None:
    run_due(quiet.services)

    assert Going.NOT_A_MEMBER is go_on(quiet.services, S1, STRANGER).going
    assert FiringOutcome.WAITING is quiet.firings()[TUESDAY + 2 * WEEK]


def test_after_going_on_two_more_quiet_rounds_are_needed_to_ask_again(quiet: Fakes) -> None:
    run_due(quiet.services)
    go_on(quiet.services, S1, ME)
    for number in range(3, 6):
        week(quiet, number, 0)

    assert 4 == len(quiet.rounds())
    assert 2 == len(quiet.messenger.told)


def test_what_could_not_be_said_is_said_at_the_next_look(quiet: Fakes) -> None:
    quiet.messenger.fail = {"ask_to_go_on": "internal_error"}
    run_due(quiet.services)
    assert FiringOutcome.QUIET is quiet.firings()[TUESDAY + 2 * WEEK]

    quiet.messenger.fail = {}
    quiet.now += timedelta(minutes=1)
    run_due(quiet.services)

    assert [("ask_to_go_on", S1)] == quiet.messenger.told
    assert FiringOutcome.WAITING is quiet.firings()[TUESDAY + 2 * WEEK]


@pytest.mark.parametrize(
    ("first", "second", "rounds"), [(4, 3, 3), (3, 4, 3), (8, 8, 3), (0, 4, 3), (0, 3, 2)]
)
def test_half_is_enough_and_a_withheld_round_counts_as_under_half(
    fakes: Fakes, first: int, second: int, rounds: int
) -> None:
    """Five of nine or ten are half or more; fewer than five are withheld, whatever the channel's size."""
    fakes.put(weekly())
    fakes.directory.members[TEAM] = people(10)
    for number, replies in enumerate((first, second)):
        week(fakes, number, 5 if replies == 4 else replies)
    fakes.now = TUESDAY + 2 * WEEK
    run_due(fakes.services)

    assert rounds == len(fakes.rounds())


def test_results_that_show_fewer_than_half_pause_as_well(fakes: Fakes) -> None:
    fakes.put(weekly())
    fakes.directory.members[TEAM] = people(14)
    for number in range(3):
        week(fakes, number, 6)

    assert 2 == len(fakes.rounds())
    assert [("ask_to_go_on", S1)] == fakes.messenger.told


def test_another_schedule_of_the_channel_is_not_paused_with_it(quiet: Fakes) -> None:
    quiet.put(weekly(id=ScheduleId("s2"), recurrence=Weekly(every=1, weekdays=(4,))))
    run_due(quiet.services)
    quiet.now += 3 * DAY

    run_due(quiet.services)

    assert ScheduleId("s2") == quiet.rounds()[-1].schedule


def test_after_a_cycle_one_firing_is_skipped_and_the_channel_reads_what_the_cycle_says(fakes: Fakes) -> None:
    fakes.put(weekly())
    fakes.with_settings(packs={PackId("belonging"): LONG})
    for number in range(9):
        week(fakes, number, 8)

    assert FiringOutcome.RESTED is fakes.firings()[TUESDAY + 7 * WEEK]
    assert [("post_cycle", S1)] == fakes.messenger.told
    assert 8 == len(fakes.rounds())


def test_a_rest_that_could_not_be_told_is_told_later_and_does_not_hold_up_the_next_question(
    fakes: Fakes,
) -> None:
    fakes.put(weekly())
    fakes.with_settings(packs={PackId("belonging"): LONG})
    for number in range(7):
        week(fakes, number, 8)
    fakes.messenger.fail = {"post_cycle": "no_connection"}
    week(fakes, 7, 8)
    fakes.messenger.fail = {}

    week(fakes, 8, 8)

    assert [("post_cycle", S1)] == fakes.messenger.told
    assert 8 == len(fakes.rounds())


def test_a_fire_time_that_was_missed_after_a_cycle_was_rest_enough(fakes: Fakes) -> None:
    fakes.put(weekly())
    fakes.with_settings(packs={PackId("belonging"): LONG})
    for number in (*range(7), 8):
        week(fakes, number, 8)

    assert FiringOutcome.SKIPPED is fakes.firings()[TUESDAY + 7 * WEEK]
    assert 8 == len(fakes.rounds())


@pytest.mark.parametrize("until", [None, (TUESDAY + 10 * WEEK).date()])
def test_a_pause_after_a_cycle_was_rest_enough(fakes: Fakes, until: date | None) -> None:
    fakes.put(weekly())
    fakes.with_settings(packs={PackId("belonging"): LONG})
    for number in range(7):
        week(fakes, number, 8)
    fakes.put(weekly(paused=True, paused_until=until))
    for number in range(7, 10):
        week(fakes, number, 8)
    if until is None:
        fakes.put(weekly())

    week(fakes, 10, 8)

    assert [] == fakes.messenger.told
    assert 8 == len(fakes.rounds())


def test_going_on_while_an_admin_has_paused_promises_no_day(quiet: Fakes) -> None:
    run_due(quiet.services)
    quiet.put(weekly(paused=True))

    gone_on = go_on(quiet.services, S1, ME)

    assert (Going.ON, None) == (gone_on.going, gone_on.next_at)


def test_a_round_of_co_creation_speaks_of_the_last_summary(fakes: Fakes) -> None:
    pack = replace(LONG, co_create=(HABIT,))
    keys = ("welcome", "safety", "door", "cocreate", "circle", "wellbeing", "norms")
    fakes.put(weekly())
    renamed = {dimension.key: key for dimension, key in zip(pack.dimensions, keys, strict=True)}
    pack = replace(
        pack,
        dimensions=tuple(
            replace(one, key=renamed[one.key], anchor=replace(one.anchor, id=f"{renamed[one.key]}-anchor"))
            for one in pack.dimensions
        ),
        prompts=tuple(replace(one, dimension=renamed[one.dimension]) for one in pack.prompts),
    )
    fakes.with_settings(packs={PackId("belonging"): pack})
    for number in range(4):
        fakes.now = TUESDAY + number * WEEK
        run_due(fakes.services)
        if number < 3:
            first_is_open(fakes, fakes.rounds()[-1])
        fakes.now += 3 * DAY
        run_due(fakes.services)

    fourth = fakes.rounds()[3].prompt
    assert (PromptId("co-1"), ()) == (fourth.prompt_id, fourth.statements)
    assert '"2 or fewer of 8 agree: Statement 0 of d2": which habit?' == fourth.question
