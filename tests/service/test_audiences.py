"""Flow (a) and (b): who was asked is frozen, counted, let in, and forgotten in time."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.audiences import (
    FrozenAudience,
    Mark,
    askables_of,
    audience_key,
    closed_from,
    every_key,
    nobody,
    opened_from,
)
from bot.core.model import (
    ChannelId,
    MemberId,
    PackId,
    Period,
    PromptId,
    ReleasePolicy,
    Round,
    RoundId,
    RoundKind,
    RoundState,
    ScheduleId,
    Statement,
    StatementId,
)
from bot.core.norms import GONE
from bot.core.release import Published
from bot.core.replies import Draft
from bot.errors import AudienceLostError, ConfigError
from bot.ports import FiringOutcome
from bot.service.after_restore import prepare_restored
from bot.service.audiences import asked_lately, is_asked_again, most_shared, shared_with
from bot.service.close_rounds import cancel_round, end_as_key_lost
from bot.service.leave_channels import end_rounds, forget_channels
from bot.service.open_rounds import NotAsked, RefusedError, ask_now, open_now, plan_round
from bot.service.recovery import recover
from bot.service.replies import Refusal, ReplyOutcome
from bot.service.retention import delete_expired
from bot.service.run_due import run_due
from tests.fakes.directory import people
from tests.replying import accept_reply, open_reply, withdraw_reply
from tests.service.services import OTHER, TEAM, TUESDAY, Fakes, a_pack, weekly

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
ADMIN = MemberId("U0ADMIN")
NEWCOMER = MemberId("U99")


def one_statement(fakes: Fakes) -> None:
    """Let there be one statement and its anchor, so that nothing else can come instead."""
    packs = {PackId("belonging"): a_pack(dimensions=1, each=1)}
    fakes.with_settings(packs=packs, admins=frozenset({ADMIN}))


def ask(fakes: Fakes, channel: ChannelId = TEAM) -> Round | str:
    """What an admin gets who asks now, a moment after whatever was before."""
    fakes.now += timedelta(microseconds=1)
    found = ask_now(fakes.services, channel, ADMIN)
    return found.reason if isinstance(found, NotAsked) else found


def opens(fakes: Fakes, channel: ChannelId = TEAM) -> Round:
    found = ask(fakes, channel)
    assert isinstance(found, Round), found
    return found


def close(fakes: Fakes, round_: Round) -> Round:
    fakes.now = round_.closes_at
    run_due(fakes.services)
    return fakes.round(round_.id)


def test_everybody_in_the_audience_is_marked_for_every_statement(fakes: Fakes, opened: Round) -> None:
    frozen = fakes.audiences.list_frozen()[opened.id]
    marks = fakes.audiences.marks[opened.id]

    assert (8, opened.period, opened.closes_at + 4 * WEEK) == (frozen.people, frozen.period, frozen.until)
    assert set(marks) > every_key(opened.prompt, opened.id)
    assert {8} == {len(several) for several in marks.values()}
    assert 16 * len(marks) // 2 == len(frozenset().union(*marks.values()))
    assert 0 == opened.shared


@pytest.mark.parametrize(("there", "shared"), [(8, 0), (7, 1), (6, 2)])
def test_up_to_two_people_may_have_been_asked_elsewhere_and_the_number_is_stored(
    fakes: Fakes, there: int, shared: int
) -> None:
    one_statement(fakes)
    fakes.directory.members[OTHER] = people(8, start=1 + there)
    opens(fakes)

    assert shared == opens(fakes, OTHER).shared


def test_of_three_people_who_were_asked_elsewhere_it_rests(fakes: Fakes) -> None:
    one_statement(fakes)
    fakes.directory.members[OTHER] = people(8, start=6)
    opens(fakes)

    assert "rests" == ask(fakes, OTHER)
    assert () == fakes.rounds(OTHER)


def test_all_earlier_audiences_count_together(fakes: Fakes) -> None:
    """Two people from one channel and one from another are three."""
    one_statement(fakes)
    third = ChannelId("C0THIRD")
    fakes.directory.members |= {OTHER: people(8, start=20), third: people(4, start=40)}
    fakes.directory.members[third] |= {*people(2), *people(1, start=20)}
    opens(fakes)
    opens(fakes, OTHER)

    assert "rests" == ask(fakes, third)


def test_the_same_people_are_asked_the_same_again_after_four_weeks_and_not_before(fakes: Fakes) -> None:
    one_statement(fakes)
    first = opens(fakes)
    close(fakes, first)

    asked = []
    for days in range(4, 29):
        fakes.now = first.opened_at + days * DAY
        if isinstance(ask(fakes), Round):
            asked.append(days)
            break

    assert [27] == asked
    assert 0 == fakes.rounds()[-1].shared


def test_what_is_still_open_counts_however_long_ago_it_opened(fakes: Fakes) -> None:
    one_statement(fakes)
    fakes.directory.members[OTHER] = people(8)
    fakes.put(weekly(open_for=timedelta(days=60)))
    opens(fakes)
    fakes.now += 40 * DAY
    run_due(fakes.services)

    assert "rests" == ask(fakes, OTHER)


def test_marks_of_an_older_key_are_found_as_long_as_they_count(fakes: Fakes) -> None:
    one_statement(fakes)
    third = ChannelId("C0THIRD")
    fakes.directory.members |= {OTHER: people(8, start=50), third: people(8, start=80)}
    opens(fakes, OTHER)
    fakes.now += 3 * WEEK
    first = opens(fakes)  # under the key of three weeks ago
    close(fakes, first)
    fakes.now = first.opened_at + 2 * WEEK
    assert first.period != opens(fakes, third).period

    assert "rests" == ask(fakes)
    assert 2 == len(fakes.audience_keys.keys)


def test_a_round_opens_under_a_new_key_after_28_days(fakes: Fakes) -> None:
    first = opens(fakes_with_admin(fakes))
    close(fakes, first)
    fakes.now = first.opened_at + 28 * DAY

    assert first.period != opens(fakes).period


def test_the_key_of_a_day_is_that_of_the_day_in_utc_wherever_the_machine_is(
    fakes: Fakes, far_from_utc: None
) -> None:
    fakes.now = datetime(2026, 11, 24, 5, tzinfo=UTC)

    assert "20261124" == opens(fakes_with_admin(fakes)).period


def fakes_with_admin(fakes: Fakes) -> Fakes:
    fakes.with_settings(admins=frozenset({ADMIN}))
    return fakes


def test_a_key_goes_with_the_last_of_its_marks_and_not_before(fakes: Fakes) -> None:
    round_ = opens(fakes_with_admin(fakes))
    close(fakes, round_)

    fakes.now = round_.closes_at + 28 * DAY - timedelta(seconds=1)
    delete_expired(fakes.services)
    assert (1, 1) == (len(fakes.audiences.rounds), len(fakes.audience_keys.keys))

    fakes.now += timedelta(seconds=1)
    delete_expired(fakes.services)
    assert (0, 0) == (len(fakes.audiences.rounds), len(fakes.audience_keys.keys))


def test_while_a_round_is_open_its_audience_stays_however_late_it_closes(fakes: Fakes) -> None:
    opens(fakes_with_admin(fakes))
    fakes.now += 90 * DAY

    delete_expired(fakes.services)

    assert 1 == len(fakes.audiences.rounds)


@pytest.mark.parametrize("what", ["rows", "one row", "key", "secret", "before the rule"])
def test_where_nobody_can_tell_who_was_asked_everybody_was(fakes: Fakes, what: str) -> None:
    one_statement(fakes)
    fakes.directory.members[OTHER] = people(8, start=50)
    round_ = close(fakes, opens(fakes))
    frozen = fakes.audiences.rounds[round_.id]
    match what:
        case "rows":
            fakes.audiences.remove([round_.id])
        case "one row":
            fakes.audiences.rounds[round_.id] = replace(frozen, people=7)
        case "key":
            fakes.audience_keys.keys.clear()
        case "secret":
            fakes.audience_keys.secret = "T2"
        case _:
            with fakes.store.transaction("older") as tx:
                tx.update_round(replace(round_, period=None, shared=None))

    assert "rests" == ask(fakes, OTHER)
    fakes.now = round_.opened_at + 27 * DAY
    opens(fakes, OTHER)


def test_where_nobody_can_tell_who_was_asked_only_what_was_asked_rests(fakes: Fakes) -> None:
    fakes_with_admin(fakes)
    fakes.directory.members[OTHER] = people(8)
    first = close(fakes, opens(fakes))
    fakes.audiences.remove([first.id])

    there = opens(fakes, OTHER)

    assert not every_key(there.prompt, there.id) & every_key(first.prompt, first.id)


def test_a_round_that_opens_is_not_counted_against_itself(fakes: Fakes, opened: Round) -> None:
    with fakes.store.transaction("test") as tx:
        assert {opened.id} == asked_lately(fakes.services, tx, "UTC", OTHER_ROUND).rounds
        lately = asked_lately(fakes.services, tx, "UTC", opened.id)

    assert (frozenset(), frozenset()) == (lately.rounds, lately.of_everybody)


OTHER_ROUND = RoundId("00000000000z")


def test_a_rest_is_over_at_its_moment(fakes: Fakes) -> None:
    with fakes.store.transaction("test") as tx:
        tx.put_rest_until(fakes.now)
        assert not asked_lately(fakes.services, tx, "UTC", OTHER_ROUND).resting
        tx.put_rest_until(fakes.now + timedelta(microseconds=1))
        assert asked_lately(fakes.services, tx, "UTC", OTHER_ROUND).resting


def test_a_round_that_collects_suggestions_shares_nobody_and_one_that_asks_a_question_its_own_people(
    fakes: Fakes, opened: Round
) -> None:
    collects = replace(opened.prompt, kind=RoundKind.COLLECT)
    bare = replace(opened.prompt, statements=(), tags=())

    assert 0 == most_shared(lambda _: 9, collects, opened.id)
    assert 9 == most_shared(lambda one: 9 * (one.keys == (audience_key(opened.id),)), bare, opened.id)
    assert 0 == most_shared(nobody, opened.prompt, opened.id)


UNMARKED = pytest.mark.parametrize(
    ("what", "rests"),
    [
        ("marked", False),
        ("unmarked", True),
        ("unmarked elsewhere", False),
        ("long ago", False),
        ("opened long ago and closed lately", True),
        ("opened at the first moment that counts", True),
        ("closed at the first moment that counts", True),
        ("as good as never asked", False),
        ("cancelled before the rule", False),
        ("cancelled", True),
        ("collects", False),
    ],
)


@UNMARKED
def test_a_channel_goes_quietly_only_if_what_it_was_asked_lately_is_still_known(
    fakes: Fakes, what: str, *, rests: bool
) -> None:
    fakes_with_admin(fakes)
    fakes.directory.members[OTHER] = people(8, start=50)
    round_ = close(fakes, opens(fakes, OTHER if what == "unmarked elsewhere" else TEAM))
    changes: dict[str, dict[str, object]] = {
        "long ago": {"opened_at": round_.opened_at - 40 * DAY, "closes_at": round_.closes_at - 40 * DAY},
        "opened long ago and closed lately": {"opened_at": round_.opened_at - 40 * DAY},
        "opened at the first moment that counts": {
            "opened_at": opened_from(fakes.now, "UTC"),
            "closes_at": round_.closes_at - 40 * DAY,
        },
        "closed at the first moment that counts": {
            "opened_at": round_.opened_at - 40 * DAY,
            "closes_at": closed_from(fakes.now, "UTC"),
        },
        "as good as never asked": {"state": RoundState.CANCELLED, "void": True},
        "cancelled before the rule": {"state": RoundState.CANCELLED, "period": None},
        "cancelled": {"state": RoundState.CANCELLED},
        "collects": {"prompt": replace(round_.prompt, kind=RoundKind.COLLECT)},
    }
    fakes.store.tables.rounds[round_.id] = replace(round_, **changes.get(what, {}))  # type: ignore[arg-type]
    if what != "marked":
        fakes.audiences.remove([round_.id])

    forget_channels(fakes.services, [TEAM])

    with fakes.store.transaction("test") as tx:
        until = tx.fetch_rest_until()
    assert (fakes.now + 4 * WEEK if rests else None) == until


@pytest.mark.parametrize("marked", [True, False])
def test_where_nobody_can_tell_what_was_asked_since_its_words_were_taken_down_everything_rests(
    fakes: Fakes, *, marked: bool
) -> None:
    """Without marks only the words tell what was asked: the same proposal would else be weighed again."""
    one_statement(fakes)
    fakes.directory.members[OTHER] = people(8, start=50)
    round_ = close(fakes, opens(fakes))
    bare = replace(
        round_.prompt, kind=RoundKind.DECIDE, statements=(Statement(id=StatementId("norm"), text=GONE),)
    )
    with fakes.store.transaction("taken_down") as tx:
        tx.update_round(replace(round_, prompt=bare))
    if not marked:
        fakes.audiences.remove([round_.id])

    assert ("rests" == ask(fakes, OTHER)) is not marked


@pytest.mark.parametrize(
    ("kind", "everybody"),
    [(RoundKind.DECIDE, True), (RoundKind.LOOK_AGAIN, False), (RoundKind.REFLECT, False)],
)
def test_without_marks_a_proposal_counts_as_asked_of_everybody_with_any_name_in_place_of_one_taken_out(
    fakes: Fakes, kind: RoundKind, *, everybody: bool
) -> None:
    one_statement(fakes)
    round_ = close(fakes, opens(fakes))
    named = Statement(id=StatementId("norm"), text="We ask [name] to write it up.")
    bare = Statement(id=StatementId("other"), text="We ask Maya to write it up.")
    asked = replace(round_.prompt, kind=kind, statements=(named,))
    fakes.audiences.remove([round_.id])
    with fakes.store.transaction("weighed") as tx:
        tx.update_round(replace(round_, prompt=asked))
        lately = asked_lately(fakes.services, tx, "UTC", RoundId("another"))
        (askable,) = askables_of(
            replace(asked, kind=RoundKind.DECIDE, statements=(bare,)), RoundId("another")
        )

        assert (3 if everybody else 0) == shared_with(fakes.services, lately, people(3))(askable)


def test_marks_of_a_round_that_is_not_stored_count_as_asked_of_everybody_until_they_go(fakes: Fakes) -> None:
    """As after a restored backup."""
    one_statement(fakes)
    fakes.directory.members[OTHER] = people(8, start=50)
    round_ = close(fakes, opens(fakes))
    with fakes.store.transaction("restored") as tx:
        tx.forget_channel(TEAM)

    assert "rests" == ask(fakes, OTHER)
    fakes.now = round_.closes_at + 4 * WEEK
    delete_expired(fakes.services)
    opens(fakes, OTHER)


def test_after_a_restore_everything_rests_for_four_weeks(fakes: Fakes) -> None:
    fakes_with_admin(fakes)
    prepare_restored(fakes.store, fakes.now)

    assert "rests" == ask(fakes)
    fakes.now += 4 * WEEK
    opens(fakes)


def test_unless_the_operator_says_that_nothing_was_asked_since(fakes: Fakes) -> None:
    fakes_with_admin(fakes)
    prepare_restored(fakes.store, fakes.now, nothing_asked_since=True)

    opens(fakes)


def test_a_crashed_opening_finds_its_own_marks_and_opens(fakes: Fakes) -> None:
    one_statement(fakes)
    fakes.now = TUESDAY
    fakes.boxes.fail = True
    run_due(fakes.services)
    assert () == fakes.rounds()
    plan = plan_round(fakes.services, weekly(), TUESDAY)
    half = FrozenAudience(period=Period("20261124"), people=1, until=fakes.now + WEEK)
    marks = dict.fromkeys(every_key(plan.prompt, plan.round_id), (Mark(b"m" * 16),))
    fakes.audiences.freeze(plan.round_id, half, marks)

    fakes.boxes.fail = False
    run_due(fakes.services)

    (round_,) = fakes.rounds()
    assert plan.round_id == round_.id
    assert [round_.id] == list(fakes.audiences.list_frozen())


def test_an_opening_that_cannot_be_stored_leaves_no_marks(fakes: Fakes) -> None:
    fakes_with_admin(fakes)
    fakes.boxes.fail = True

    with pytest.raises(Exception, match="disk"):
        open_now(fakes.services, weekly())

    assert {} == fakes.audiences.rounds


def test_a_full_disk_where_audiences_lie_opens_nothing(fakes: Fakes) -> None:
    fakes.audiences.fail = True
    fakes.now = TUESDAY

    run_due(fakes.services)
    assert () == fakes.rounds()
    assert fakes.is_clean()
    fakes.audiences.fail = False
    run_due(fakes.services)

    assert 1 == len(fakes.rounds())


def test_two_channels_planned_at_once_do_not_both_ask_the_same_people(fakes: Fakes) -> None:
    from bot.service.open_rounds import _open

    one_statement(fakes)
    fakes.directory.members[OTHER] = people(8)
    other = weekly(id=ScheduleId("s2"), channel=OTHER)
    plan = plan_round(fakes.services, other, fakes.now)
    opens(fakes)

    with pytest.raises(RefusedError) as refused:
        _open(fakes.services, other, fakes.now, plan)

    assert "rests" == refused.value.code
    assert () == fakes.rounds(OTHER)


def test_who_comes_later_is_told_so_and_cannot_reply(fakes: Fakes, opened: Round) -> None:
    fakes.directory.members[TEAM] |= {NEWCOMER}

    opening = open_reply(fakes.services, opened.id, NEWCOMER)
    receipt = fakes.vault.new_receipt()
    outcome = accept_reply(fakes.services, opened.id, NEWCOMER, Draft(answers={}), receipt)

    assert Refusal.JOINED_LATER is opening.refusal
    assert ReplyOutcome.JOINED_LATER is outcome
    assert 0 == len(fakes.boxes.list_replies(opened.id))


def test_who_has_left_cannot_reply_but_withdraw_and_what_is_not_withdrawn_counts(
    fakes: Fakes, opened: Round
) -> None:
    leaver, other, *others = sorted(people(8))
    receipt = open_reply(fakes.services, opened.id, leaver).receipt
    assert receipt
    accept_reply(fakes.services, opened.id, leaver, Draft(answers={}), receipt)
    fakes.reply(opened, [other, *others[:4]])
    fakes.directory.members[TEAM] = frozenset(others)

    assert Refusal.NOT_A_MEMBER is open_reply(fakes.services, opened.id, leaver).refusal
    assert ReplyOutcome.WITHDRAWN is withdraw_reply(fakes.services, opened.id, leaver, receipt)
    close(fakes, opened)

    with fakes.store.transaction("test") as tx:
        result = tx.fetch_release(opened.id)
    assert isinstance(result, Published)
    assert (5, 8) == (result.replies, result.audience)


LOSSES = pytest.mark.parametrize("what", ["rows", "some rows", "key"])


def lose_audience(fakes: Fakes, round_: Round, what: str) -> None:
    if what == "rows":
        fakes.audiences.remove([round_.id])
    elif what == "key":
        fakes.audience_keys.keys.clear()
    else:
        key = audience_key(round_.id)
        fakes.audiences.marks[round_.id][key] = frozenset()
        fakes.audiences.rounds[round_.id] = replace(fakes.audiences.rounds[round_.id], whole=False)


@LOSSES
def test_where_its_audience_is_gone_a_round_takes_no_more_replies_and_nobody_is_told_a_wrong_reason(
    fakes: Fakes, opened: Round, what: str
) -> None:
    lose_audience(fakes, opened, what)

    with pytest.raises(AudienceLostError):
        open_reply(fakes.services, opened.id, MemberId("U01"))
    assert RoundState.OPEN is fakes.round(opened.id).state


@LOSSES
def test_where_its_audience_is_gone_a_round_publishes_what_it_has_without_quotes(
    fakes: Fakes, opened: Round, what: str
) -> None:
    fakes.reply(opened, people(7), text="Somebody made time for me.", quotable=True)
    lose_audience(fakes, opened, what)

    recover(fakes.services)
    close(fakes, opened)

    with fakes.store.transaction("test") as tx:
        result = tx.fetch_release(opened.id)
    assert isinstance(result, Published)
    assert (7, ()) == (result.replies, result.quotes)
    assert fakes.is_clean()


@LOSSES
def test_where_its_audience_is_gone_a_reply_can_still_be_withdrawn(
    fakes: Fakes, opened: Round, what: str
) -> None:
    receipt = open_reply(fakes.services, opened.id, MemberId("U01")).receipt
    assert receipt
    accept_reply(fakes.services, opened.id, MemberId("U01"), Draft(answers={}), receipt)
    lose_audience(fakes, opened, what)
    recover(fakes.services)

    assert ReplyOutcome.WITHDRAWN is withdraw_reply(fakes.services, opened.id, MemberId("U01"), receipt)


def test_where_the_secret_was_changed_a_round_waits_for_the_right_one(fakes: Fakes, opened: Round) -> None:
    fakes.audience_keys.secret = "T2"
    with pytest.raises(ConfigError):
        open_reply(fakes.services, opened.id, MemberId("U01"))
    recover(fakes.services)

    fakes.audience_keys.secret = "T1"
    assert open_reply(fakes.services, opened.id, MemberId("U01")).receipt


@LOSSES
def test_at_the_start_the_log_names_a_round_whose_audience_is_gone(
    fakes: Fakes, opened: Round, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    lose_audience(fakes, opened, what)

    recover(fakes.services)

    (line,) = [one for one in caplog.records if one.levelname == "ERROR"]
    assert ("audience lost", opened.id, "audience_lost") == (line.msg, *_fields(line))


def _fields(line: logging.LogRecord) -> tuple[object, object]:
    return vars(line)["round_id"], vars(line)["code"]


def test_a_round_from_before_audiences_were_frozen_takes_replies_of_whoever_is_there(
    fakes: Fakes, opened: Round, caplog: pytest.LogCaptureFixture
) -> None:
    with fakes.store.transaction("older") as tx:
        tx.update_round(replace(opened, period=None, shared=None))
    fakes.audiences.remove([opened.id])
    fakes.directory.members[TEAM] |= {NEWCOMER}

    recover(fakes.services)

    assert open_reply(fakes.services, opened.id, NEWCOMER).receipt
    assert [] == [one for one in caplog.records if one.levelname == "ERROR"]


def test_what_was_cancelled_once_is_asked_again_and_then_rests(fakes: Fakes) -> None:
    fakes_with_admin(fakes)
    first = opens(fakes)
    cancel_round(fakes.services, first)
    assert {} == fakes.audiences.rounds
    assert {} == fakes.audience_keys.keys

    again = opens(fakes)
    assert first.prompt == again.prompt
    cancel_round(fakes.services, again)
    assert [again.id] == list(fakes.audiences.rounds)

    assert "rests" == ask(fakes)
    fakes.now += DAY
    assert not every_key(opens(fakes).prompt, again.id) & every_key(first.prompt, again.id)


@pytest.mark.parametrize(
    ("earlier", "again"),
    [
        ({}, False),
        ({"prompt": "other"}, True),
        ({"state": RoundState.CLOSED}, True),
        ({"announcement": None}, True),
        ({"opened_at": 28 * DAY}, True),
        ({"opened_at": 28 * DAY - timedelta(microseconds=1)}, False),
    ],
)
def test_only_the_same_that_the_channel_saw_cancelled_within_four_weeks_makes_it_rest(
    fakes: Fakes, earlier: dict[str, object], *, again: bool
) -> None:
    fakes_with_admin(fakes)
    first, other = opens(fakes), RoundId("00000000000z")
    changes: dict[str, object] = {"id": other, "number": 9, "state": RoundState.CANCELLED} | earlier
    if "prompt" in changes:
        changes["prompt"] = replace(first.prompt, prompt_id=PromptId("other"), statements=(), tags=())
    if "opened_at" in changes:
        changes["opened_at"] = fakes.now - earlier["opened_at"]  # type: ignore[operator]
    fakes.store.tables.rounds[other] = replace(first, **changes)  # type: ignore[arg-type]

    with fakes.store.transaction("test") as tx:
        assert again is is_asked_again(fakes.services, tx, first)


def test_what_no_channel_ever_saw_does_not_rest(fakes: Fakes) -> None:
    fakes_with_admin(fakes)
    fakes.messenger.fail["announce"] = "restricted_action"
    for _ in range(3):
        assert "restricted_action" == ask(fakes)
        fakes.now += DAY
    fakes.messenger.fail.clear()

    prompts = {round_.prompt for round_ in fakes.rounds()}
    assert {opens(fakes).prompt} == prompts


def test_what_a_lost_key_ended_rests_as_if_asked(fakes: Fakes) -> None:
    one_statement(fakes)
    end_as_key_lost(fakes.services, opens(fakes))
    fakes.now += DAY

    assert "rests" == ask(fakes)


def test_a_crash_after_cancelling_leaves_no_audience_after_the_next_start(fakes: Fakes) -> None:
    round_ = opens(fakes_with_admin(fakes))
    fakes.audiences.fail = True
    cancel_round(fakes.services, round_)
    assert "tell" in fakes.messenger.verbs()
    fakes.audiences.fail = False

    recover(fakes.services)

    assert {} == fakes.audiences.rounds


def test_it_is_decided_once_a_day_that_nothing_is_left(fakes: Fakes) -> None:
    one_statement(fakes)
    fakes.directory.members[OTHER] = people(8)
    opens(fakes)
    assert "rests" == ask(fakes, OTHER)

    fakes.directory.members[OTHER] = people(8, start=50)
    assert "rests" == ask(fakes, OTHER)
    fakes.now += DAY
    opens(fakes, OTHER)


def test_a_firing_that_finds_nothing_left_is_refused_and_not_tried_again(fakes: Fakes) -> None:
    one_statement(fakes)
    opens(fakes)
    cancel = fakes.rounds()[0]
    close(fakes, cancel)
    fakes.now = TUESDAY + WEEK
    run_due(fakes.services)

    assert FiringOutcome.REFUSED is fakes.firings()[TUESDAY + WEEK]


@pytest.mark.parametrize(
    ("size", "policy", "comes"),
    [
        (10, ReleasePolicy(), True),
        (9, ReleasePolicy(), False),
        (10, ReleasePolicy(quote_replies=11), False),
        (10, ReleasePolicy(quotes=False), False),
    ],
)
def test_where_all_of_a_pack_of_ones_own_rests_the_question_comes_alone_if_it_could_be_quoted(
    fakes: Fakes, size: int, policy: ReleasePolicy, *, comes: bool
) -> None:
    one_statement(fakes)
    fakes.put(weekly(policy=policy))
    fakes.directory.members[TEAM] = people(size)
    first = opens(fakes)
    close(fakes, first)

    found = ask(fakes)

    if not comes:
        assert "rests" == found
        return
    assert isinstance(found, Round)
    assert ((), (), first.prompt.question) == (
        found.prompt.statements,
        found.prompt.tags,
        found.prompt.question,
    )
    assert {audience_key(found.id)} == set(fakes.audiences.marks[found.id])
    assert 0 == found.shared
    assert 10 == fakes.audiences.list_frozen()[found.id].people


def test_quotes_lose_the_names_of_whoever_was_asked_also_of_those_who_have_left(
    fakes: Fakes, twelve: None, opened: Round
) -> None:
    leaver = MemberId("U01")
    fakes.directory.called[leaver] = frozenset({"Ingrid"})
    fakes.reply(opened, people(12), text="It was Ingrid who made room for me.", quotable=True)
    fakes.directory.members[TEAM] -= {leaver}
    fakes.directory.workspace.add(leaver)

    close(fakes, opened)

    with fakes.store.transaction("test") as tx:
        result = tx.fetch_release(opened.id)
    assert isinstance(result, Published)
    assert {"It was [name] who made room for me."} == set(result.quotes)


def test_where_somebody_who_was_asked_is_not_found_nothing_is_quoted(
    fakes: Fakes, twelve: None, opened: Round
) -> None:
    fakes.reply(opened, people(12), text="It was Ingrid who made room for me.", quotable=True)
    fakes.directory.members[TEAM] -= {MemberId("U01")}
    fakes.directory.gone.add(MemberId("U01"))

    assert RoundState.CLOSED is close(fakes, opened).state

    with fakes.store.transaction("test") as tx:
        result = tx.fetch_release(opened.id)
    assert isinstance(result, Published)
    assert (12, ()) == (result.replies, result.quotes)


def test_a_purged_channel_leaves_its_marks_until_they_age_out(fakes: Fakes) -> None:
    one_statement(fakes)
    fakes.directory.members[OTHER] = people(8)
    close(fakes, opens(fakes))

    forget_channels(fakes.services, [TEAM])

    assert "rests" == ask(fakes, OTHER)


def test_at_the_end_of_an_installation_open_rounds_leave_no_audience(fakes: Fakes) -> None:
    opens(fakes_with_admin(fakes))

    end_rounds(fakes.services)

    assert {} == fakes.audiences.rounds
