"""The box that takes proposals at any time: sealed, one a channel, until its round is announced."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.core.model import PackId, Receipt, Round, RoundKind, RoundState
from bot.core.norms import NormState
from bot.core.release import Published
from bot.core.replies import Draft
from bot.errors import StoreError
from bot.ports import ChannelNote
from bot.service.close_rounds import cancel_round, end_as_key_lost
from bot.service.norms import box_of, ensure_box, ledger_of
from bot.service.recovery import recover
from bot.service.replies import Refusal, ReplyOutcome
from bot.service.run_due import run_due
from tests.core.norm_rounds import a_norm
from tests.fakes.store import FakeTx
from tests.replying import accept_reply, open_reply, withdraw_reply
from tests.service.norm_services import (
    DAY,
    EIGHT,
    STRANGER,
    TEXTS,
    WEEK,
    archive,
    box,
    changing,
    close,
    fire,
    propose,
    result,
    states,
    week,
)
from tests.service.services import TEAM, TUESDAY, Fakes, a_pack


@pytest.fixture
def team(fakes: Fakes) -> Fakes:
    return changing(fakes)


def test_a_box_opens_when_the_first_round_has_closed(team: Fakes) -> None:
    fire(team, 0)
    assert None is ledger_of(team.services, TEAM).box
    assert None is box_of(team.services, TEAM)

    close(team)

    found = box(team)
    assert (RoundState.GATHERING, RoundKind.COLLECT, 0, None) == (
        found.state,
        found.prompt.kind,
        found.number,
        found.announcement,
    )
    assert {found.id} == set(team.vault.keys) == set(team.boxes.boxes)
    assert found == box_of(team.services, TEAM)
    assert 1 == len(team.rounds())


def test_there_is_one_box_however_many_rounds_close(team: Fakes) -> None:
    week(team, 0)
    first = box(team)
    closed = week(team, 1)
    ensure_box(team.services, closed)

    assert first == box(team)
    assert {first.id} == set(team.vault.keys)


def test_nothing_is_said_of_a_box_and_nothing_is_due_in_it(team: Fakes) -> None:
    week(team, 0)
    said = list(team.messenger.said)
    propose(team, box(team), EIGHT[0], TEXTS[0])
    for days in range(1, 4):
        team.now += days * DAY
        run_due(team.services)

    assert said == team.messenger.said
    assert RoundState.GATHERING is box(team).state


@pytest.mark.parametrize("pack", [a_pack(), None])
def test_where_nothing_would_ever_collect_no_box_opens(team: Fakes, pack: object) -> None:
    fire(team, 0)
    team.with_settings(packs={PackId("belonging"): pack} if pack else {})
    close(team)

    assert None is ledger_of(team.services, TEAM).box
    assert team.is_clean()


def test_a_box_takes_proposals_of_the_channel_alone_and_one_of_each(team: Fakes) -> None:
    week(team, 0)
    receipt = propose(team, box(team), EIGHT[0], TEXTS[0])

    assert Refusal.NOT_A_MEMBER is open_reply(team.services, box(team).id, STRANGER).refusal
    assert Refusal.ALREADY_REPLIED is open_reply(team.services, box(team).id, EIGHT[0]).refusal
    other = Draft(answers={}, text=TEXTS[1], quotable=True)
    assert ReplyOutcome.CHANGED is accept_reply(team.services, box(team).id, EIGHT[0], other, receipt)
    assert ReplyOutcome.WITHDRAWN is withdraw_reply(team.services, box(team).id, EIGHT[0], receipt)
    assert () == team.boxes.list_replies(box(team).id)


def test_the_collecting_round_takes_the_box_over_and_what_waited_is_counted(team: Fakes) -> None:
    week(team, 0)
    gathering = box(team)
    receipt = propose(team, gathering, EIGHT[0], TEXTS[0])
    propose(team, gathering, EIGHT[1], TEXTS[1])
    for number in (1, 2):
        week(team, number)

    round_ = fire(team, 3)

    assert (gathering.id, 4, RoundState.OPEN) == (round_.id, 4, round_.state)
    assert (team.now, team.now + 3 * DAY) == (round_.opened_at, round_.closes_at)
    assert gathering.closing_key == round_.closing_key
    assert round_.announcement
    assert None is ledger_of(team.services, TEAM).box
    assert round_ == box_of(team.services, TEAM)
    assert Refusal.ALREADY_REPLIED is open_reply(team.services, round_.id, EIGHT[0]).refusal
    changed = Draft(answers={}, text="Ours is another rule now", quotable=True)
    assert ReplyOutcome.CHANGED is accept_reply(team.services, round_.id, EIGHT[0], changed, receipt)
    propose(team, round_, EIGHT[2], TEXTS[2])
    close(team)
    shown = result(team, round_.id)
    assert isinstance(shown, Published)
    assert {"Ours is another rule now", TEXTS[1], TEXTS[2]} == set(shown.proposals)


def test_when_proposals_are_published_their_box_is_gone_and_the_next_is_there(team: Fakes) -> None:
    for number in range(4):
        week(team, number)
    collecting = team.rounds()[3]

    assert RoundKind.COLLECT is collecting.prompt.kind
    assert box(team).id != collecting.id
    assert {box(team).id} == set(team.vault.keys) == set(team.boxes.boxes)
    assert Refusal.CLOSED is open_reply(team.services, collecting.id, EIGHT[0]).refusal
    propose(team, box(team), EIGHT[0], TEXTS[0])


def test_while_proposals_are_collected_no_second_box_opens(team: Fakes) -> None:
    closed = [week(team, number) for number in range(3)]
    fire(team, 3)
    ensure_box(team.services, closed[-1])

    assert None is ledger_of(team.services, TEAM).box


def test_a_restart_keeps_a_box_with_its_keys_and_what_waits(team: Fakes) -> None:
    week(team, 0)
    gathering = box(team)
    propose(team, gathering, EIGHT[0], TEXTS[0])
    team.boxes.create("0" * 12, team.now)

    recover(team.services)

    assert gathering == box(team)
    assert team.vault.is_whole(gathering.id)
    assert {gathering.id} == set(team.boxes.boxes)
    assert 1 == len(team.boxes.list_replies(gathering.id))


@pytest.mark.parametrize("kind", ["token", "close"])
def test_a_box_that_lost_a_key_ends_and_the_next_round_that_closes_opens_another(
    team: Fakes, kind: str
) -> None:
    week(team, 0)
    lost = box(team)
    propose(team, lost, EIGHT[0], TEXTS[0])
    team.vault.lose(lost.id, kind)

    recover(team.services)

    ended = team.round(lost.id)
    assert (RoundState.KEY_LOST, team.now) == (ended.state, ended.closes_at)
    assert ("tell", lost.id, ChannelNote.KEY_LOST) in team.messenger.said
    assert team.is_clean()
    assert None is ledger_of(team.services, TEAM).box
    assert 1 == len(team.rounds())
    week(team, 1)
    assert lost.id != box(team).id
    assert [1, 2] == [round_.number for round_ in team.rounds()]


def test_a_key_that_is_missing_on_submit_ends_the_box_then(team: Fakes) -> None:
    week(team, 0)
    gathering = box(team)
    team.vault.lose(gathering.id, "token")
    draft = Draft(answers={}, text=TEXTS[0], quotable=True)

    outcome = accept_reply(team.services, gathering.id, EIGHT[0], draft, Receipt(b"r" * 16))

    assert ReplyOutcome.KEY_LOST is outcome
    assert RoundState.KEY_LOST is team.round(gathering.id).state


def test_a_lost_box_takes_no_place_in_what_was_asked(team: Fakes) -> None:
    week(team, 0)
    end_as_key_lost(team.services, box(team))

    second = week(team, 1)

    assert ("safety", 2) == (second.prompt.dimension, second.number)


def test_a_collecting_round_without_a_box_opens_all_the_same(team: Fakes) -> None:
    for number in range(3):
        week(team, number)
    end_as_key_lost(team.services, box(team))

    round_ = fire(team, 3)

    assert RoundKind.COLLECT is round_.prompt.kind
    propose(team, round_, EIGHT[0], TEXTS[0])


def test_a_cancelled_round_of_collecting_destroys_what_waited(team: Fakes) -> None:
    for number in range(3):
        week(team, number)
    propose(team, box(team), EIGHT[0], TEXTS[0])
    round_ = fire(team, 3)

    cancel_round(team.services, round_)

    assert team.is_clean()
    assert None is result(team, round_.id)


def test_with_the_last_schedule_of_its_channel_a_box_is_destroyed(team: Fakes) -> None:
    week(team, 0)
    gathering = box(team)
    propose(team, gathering, EIGHT[0], TEXTS[0])
    with team.store.transaction("test") as tx:
        tx.delete_schedule(gathering.schedule)

    run_due(team.services)

    assert (RoundState.CANCELLED, team.now) == (
        team.round(gathering.id).state,
        team.round(gathering.id).closes_at,
    )
    assert team.is_clean()
    assert "tell" not in team.messenger.verbs(gathering.id)


def test_in_an_archived_channel_a_box_waits(team: Fakes) -> None:
    week(team, 0)
    gathering = box(team)
    propose(team, gathering, EIGHT[0], TEXTS[0])
    archive(team)
    for number in range(1, 6):
        team.now = TUESDAY + number * WEEK
        run_due(team.services)
    assert gathering == box(team)

    archive(team, archived=False)
    for number in (6, 7):
        week(team, number)
    assert gathering.id == fire(team, 8).id


def test_a_crash_before_the_summary_is_posted_opens_the_box_at_the_next_wake_up(team: Fakes) -> None:
    round_ = fire(team, 0)
    with team.store.transaction("test") as tx:
        tx.update_round(replace(round_, state=RoundState.CLOSED))
    team.vault.destroy(round_.id)
    team.boxes.destroy(round_.id)
    with team.store.transaction("test") as tx:
        tx.insert_release(Published(round_id=round_.id, replies=8, audience=8, statements=()), team.now)

    run_due(team.services)

    assert RoundState.GATHERING is box(team).state


def test_a_box_that_cannot_be_stored_leaves_no_key_and_no_file(team: Fakes) -> None:
    round_ = fire(team, 0)
    close(team)
    cancelled = box(team)
    with team.store.transaction("test") as tx:
        tx.update_round(replace(cancelled, state=RoundState.CANCELLED))
    team.vault.destroy(cancelled.id)
    team.boxes.destroy(cancelled.id)

    team.store.fail = True
    with pytest.raises(StoreError):
        ensure_box(team.services, team.store.tables.rounds[round_.id])
    assert team.is_clean()

    team.store.fail = False
    ensure_box(team.services, team.round(round_.id))
    assert {box(team).id} == set(team.vault.keys) == set(team.boxes.boxes)


def test_a_full_disk_when_its_round_is_announced_costs_a_box_nothing(
    team: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    for number in range(3):
        week(team, number)
    gathering = box(team)
    propose(team, gathering, EIGHT[0], TEXTS[0])
    with monkeypatch.context() as patched:
        patched.setattr(FakeTx, "update_round", full)
        assert 3 == fire(team, 3).number
    assert {gathering.id} == set(team.vault.keys) == set(team.boxes.boxes)

    assert gathering.id == fire(team, 3).id
    assert 1 == len(team.boxes.list_replies(gathering.id))


# When what waits is shown.


def suggested(team: Fakes, *texts: str) -> Round:
    """The box of the channel after its first round, with these suggestions in it."""
    week(team, 0)
    gathering = box(team)
    for member, text in zip(EIGHT, texts, strict=False):
        propose(team, gathering, member, text)
    return gathering


def test_three_suggestions_are_shown_when_the_next_round_ends_and_not_before(team: Fakes) -> None:
    gathering = suggested(team, *TEXTS)
    fire(team, 1)
    assert gathering == box(team)

    close(team)

    shown = result(team, gathering.id)
    assert isinstance(shown, Published)
    assert set(TEXTS) == set(shown.proposals)
    closed = team.round(gathering.id)
    assert (RoundState.CLOSED, 3, False, team.now) == (
        closed.state,
        closed.number,
        closed.prompt.in_turn,
        closed.closes_at,
    )
    assert ["post_summary"] == [verb for verb in team.messenger.verbs(closed.id) if verb != "retire"]
    assert {box(team).id} == set(team.vault.keys) == set(team.boxes.boxes)
    assert dict.fromkeys("ABC", "proposed") == states(team)


def test_the_next_firing_decides_and_the_trial_starts_at_its_end(team: Fakes) -> None:
    """Two rounds, two weeks after the first suggestion; by the four steps of before it took 45 days."""
    suggested(team, *TEXTS)
    first_suggestion = team.now
    week(team, 1)

    decided = week(team, 2)

    assert RoundKind.CHOOSE is decided.prompt.kind
    assert "trying" == states(team)["A"]
    assert 14 * DAY == team.now - first_suggestion


@pytest.mark.parametrize(
    "texts",
    [(), TEXTS[:2], (*TEXTS[:2], TEXTS[0].upper()), (*TEXTS[:2], "No.")],
    ids=["none", "two", "twice", "short"],
)
def test_under_three_different_ones_they_wait_sealed_and_nothing_is_said(
    team: Fakes, texts: Sequence[str]
) -> None:
    gathering = suggested(team, *texts)

    week(team, 1)

    assert gathering == box(team)
    assert len(texts) == len(team.boxes.list_replies(gathering.id))
    assert [] == team.messenger.verbs(gathering.id)
    assert gathering.id in team.vault.keys


def test_the_third_one_is_shown_with_the_others_at_the_end_of_a_later_round(team: Fakes) -> None:
    gathering = suggested(team, *TEXTS[:2])
    week(team, 1)
    propose(team, gathering, EIGHT[5], TEXTS[2])

    week(team, 2)

    assert RoundState.CLOSED is team.round(gathering.id).state


def test_a_box_that_opened_less_than_a_day_ago_is_not_shown(team: Fakes) -> None:
    gathering = suggested(team, *TEXTS)
    with team.store.transaction("test") as tx:
        tx.update_round(replace(gathering, opened_at=TUESDAY + WEEK + 2 * DAY + DAY / 24))

    week(team, 1)

    assert RoundState.GATHERING is team.round(gathering.id).state


@pytest.mark.parametrize("state", [NormState.PROPOSED, NormState.CANDIDATE, NormState.TRYING])
def test_while_something_is_tried_or_not_decided_about_suggestions_wait(
    team: Fakes, state: NormState
) -> None:
    gathering = suggested(team, *TEXTS)
    steps = (NormState.CANDIDATE, state) if state is NormState.TRYING else (state,)
    norm = a_norm("n", *(one for one in steps if one is not NormState.PROPOSED))
    with team.store.transaction("test") as tx:
        tx.put_norm(norm)

    week(team, 1)

    assert RoundState.GATHERING is team.round(gathering.id).state


def test_while_names_cannot_be_had_suggestions_wait_and_none_is_lost(team: Fakes) -> None:
    gathering = suggested(team, *TEXTS)
    fire(team, 1)
    team.directory.unknown = {EIGHT[7]}

    close(team)

    assert gathering == box(team)
    assert 3 == len(team.boxes.list_replies(gathering.id))


def test_a_crash_while_suggestions_are_shown_is_made_good_at_the_next_wake_up(team: Fakes) -> None:
    gathering = suggested(team, *TEXTS)
    fire(team, 1)
    closing = replace(gathering, state=RoundState.CLOSING, number=3, closes_at=team.now)
    with team.store.transaction("test") as tx:
        tx.update_round(closing)

    run_due(team.services)

    assert RoundState.CLOSED is team.round(gathering.id).state
    assert dict.fromkeys("ABC", "proposed") == states(team)
    assert gathering.id not in team.vault.keys


def test_a_box_whose_key_is_lost_ends_when_it_would_be_shown(team: Fakes) -> None:
    gathering = suggested(team, *TEXTS)
    fire(team, 1)
    team.vault.lose(gathering.id, "close")

    close(team)

    assert RoundState.KEY_LOST is team.round(gathering.id).state


def test_what_was_shown_takes_no_place_in_the_cycle_and_begins_no_rest(team: Fakes) -> None:
    suggested(team, *TEXTS)
    week(team, 1)
    week(team, 2)

    assert ("door", 3) == (fire(team, 3).prompt.dimension, team.rounds()[-1].prompt.place)
