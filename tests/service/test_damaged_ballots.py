"""Ballots that are damaged end their own round, in time, and nothing else."""

import logging
from datetime import timedelta

import pytest

from bot.core.model import Round, RoundId, RoundState, ScheduleId
from bot.core.release import Published
from bot.core.rounds import TRIES
from bot.errors import DamagedError, StoreError
from bot.ports import ChannelNote
from bot.service.recovery import recover, recover_left
from bot.service.run_due import run_due
from tests.fakes.boxes import FakeBoxes
from tests.fakes.directory import people
from tests.replying import open_reply
from tests.service.services import OTHER, TEAM, TUESDAY, Fakes, weekly

MINUTE = timedelta(minutes=1)


@pytest.fixture
def two(fakes: Fakes) -> tuple[Round, Round]:
    """Two open rounds with replies, of which the first has damaged ballots."""
    fakes.directory.members |= {OTHER: people(8, start=11)}
    fakes.put(weekly(id=ScheduleId("s2"), channel=OTHER))
    fakes.now = TUESDAY
    run_due(fakes.services)
    bad, good = fakes.rounds(TEAM)[0], fakes.rounds(OTHER)[0]
    fakes.reply(bad, people(6))
    fakes.reply(good, people(6, start=11))
    fakes.boxes.damaged.add(bad.id)
    return bad, good


def try_to_close(fakes: Fakes, times: int) -> None:
    for _ in range(times):
        run_due(fakes.services)
        fakes.now += MINUTE


def test_the_start_leaves_them_as_they_are_and_the_log_names_the_round(
    fakes: Fakes, two: tuple[Round, Round], caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = two

    recover(fakes.services)

    assert {bad.id, good.id} == fakes.boxes.boxes.keys()
    assert RoundState.OPEN is fakes.round(bad.id).state
    (line,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    told = vars(line)
    assert ("ballots damaged", bad.id, "damaged") == (told["msg"], told["round_id"], told["code"])


def test_their_round_takes_nothing_and_the_others_go_on(fakes: Fakes, two: tuple[Round, Round]) -> None:
    bad, good = two
    recover(fakes.services)

    with pytest.raises(DamagedError):
        open_reply(fakes.services, bad.id, max(people(8)))
    fakes.reply(good, [max(people(8, start=11))])
    fakes.now = good.closes_at
    run_due(fakes.services)

    with fakes.store.read("test") as tx:
        result = tx.fetch_release(good.id)
    assert isinstance(result, Published)
    assert 7 == result.replies


@pytest.mark.parametrize("late", [timedelta(0), timedelta(days=2)], ids=["in time", "late"])
def test_their_round_ends_as_key_lost_after_a_quarter_of_an_hour_and_nothing_is_left_when_it_is_told(
    fakes: Fakes, two: tuple[Round, Round], late: timedelta
) -> None:
    bad, _ = two
    fakes.now = bad.closes_at + late
    try_to_close(fakes, TRIES - 1)
    assert (RoundState.CLOSING, True) == (fakes.round(bad.id).state, bad.id in fakes.vault.keys)

    run_due(fakes.services)

    assert (RoundState.KEY_LOST, True) == (fakes.round(bad.id).state, fakes.is_clean())
    assert ("tell", bad.id, ChannelNote.KEY_LOST) in fakes.messenger.said
    with fakes.store.read("test") as tx:
        assert tx.fetch_release(bad.id) is None


def test_restarts_make_it_no_longer(fakes: Fakes, two: tuple[Round, Round]) -> None:
    bad, _ = two
    fakes.now = bad.closes_at
    for _ in range(TRIES):
        recover(fakes.services)
        try_to_close(fakes, 1)

    assert (RoundState.KEY_LOST, True) == (fakes.round(bad.id).state, fakes.is_clean())


def test_ballots_that_can_be_read_again_are_counted(fakes: Fakes, two: tuple[Round, Round]) -> None:
    bad, _ = two
    fakes.now = bad.closes_at
    try_to_close(fakes, TRIES - 1)
    fakes.boxes.damaged.clear()

    run_due(fakes.services)

    with fakes.store.read("test") as tx:
        result = tx.fetch_release(bad.id)
    assert isinstance(result, Published)
    assert 6 == result.replies


def test_ballots_that_are_gone_while_the_bot_runs_do_not_keep_the_key_for_ever(
    fakes: Fakes, two: tuple[Round, Round]
) -> None:
    bad, _ = two
    del fakes.boxes.boxes[bad.id]
    fakes.now = bad.closes_at
    try_to_close(fakes, TRIES)

    assert (RoundState.KEY_LOST, True) == (fakes.round(bad.id).state, fakes.is_clean())


def test_a_disk_that_cannot_be_read_for_now_is_waited_for(
    fakes: Fakes, two: tuple[Round, Round], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, _ = two
    fakes.boxes.damaged.clear()

    def in_use(*_: object) -> None:
        raise StoreError(code="in_use")

    fakes.now = bad.closes_at
    with monkeypatch.context() as busy:
        busy.setattr(fakes.boxes.__class__, "list_replies", in_use)
        try_to_close(fakes, 2 * TRIES)
        assert RoundState.CLOSING is fakes.round(bad.id).state

    run_due(fakes.services)

    assert RoundState.CLOSED is fakes.round(bad.id).state


def test_a_round_whose_ballots_another_program_holds_is_put_aside_alone_and_taken_up_later(
    fakes: Fakes, two: tuple[Round, Round], caplog: pytest.LogCaptureFixture
) -> None:
    held, good = two
    fakes.boxes.damaged.clear()
    fakes.boxes.held.add(held.id)

    left = set(recover(fakes.services))

    assert ("ballots put aside", held.id, "in_use") == _told(caplog)[-1]
    assert {held.id, good.id} == fakes.boxes.boxes.keys()
    fakes.reply(good, [max(people(8, start=11))])
    fakes.boxes.held.clear()
    recover_left(fakes.services, left)
    assert ("ballots in order again", held.id, None) == _told(caplog)[-1]
    fakes.reply(held, [max(people(8))])


def test_what_the_start_cannot_destroy_is_told_keeps_nothing_else_and_is_destroyed_later(
    fakes: Fakes,
    two: tuple[Round, Round],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    orphan, good = RoundId("0rphan000000"), two[1]
    fakes.boxes.create(orphan, TUESDAY)
    destroy = fakes.boxes.__class__.destroy

    def not_this_one(self: FakeBoxes, round_id: RoundId) -> None:
        if round_id == orphan:
            raise StoreError("Its folder is not ours.", code="not_allowed")
        destroy(self, round_id)

    with monkeypatch.context() as broken:
        broken.setattr(fakes.boxes.__class__, "destroy", not_this_one)
        left = set(recover(fakes.services))
        assert ("round put aside", orphan, "not_allowed") == _told(caplog)[-1]
        recover_left(fakes.services, left)
        assert {orphan} == left
        fakes.reply(good, [max(people(8, start=11))])
    recover_left(fakes.services, left)

    assert orphan not in fakes.boxes.boxes
    assert set() == left


def _told(caplog: pytest.LogCaptureFixture) -> list[tuple[object, object, object]]:
    return [(one.msg, vars(one).get("round_id"), vars(one).get("code")) for one in caplog.records]


def test_where_not_a_single_key_is_there_the_start_ends_and_destroys_no_reply(
    fakes: Fakes, two: tuple[Round, Round]
) -> None:
    """The disk of the keys is not mounted, most likely."""
    kept = dict(fakes.vault.keys), dict(fakes.audience_keys.keys)
    fakes.vault.keys.clear()
    fakes.audience_keys.keys.clear()

    with pytest.raises(StoreError, match="replies to 2 open rounds, and the directory of the keys is empty"):
        recover(fakes.services)

    assert {one.id for one in two} == fakes.boxes.list_boxes()
    fakes.vault.keys, fakes.audience_keys.keys = kept
    recover(fakes.services)
    assert [RoundState.OPEN] * 2 == [fakes.round(one.id).state for one in two]
