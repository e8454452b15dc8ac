"""Results are kept for as long as the operator says; what hangs on them goes on."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.audiences import KEPT_FOR
from bot.core.model import ChannelId, NormId, Round, RoundState
from bot.core.norms import Norm, NormState, NormStep
from bot.core.schedule import MonthlyDay
from bot.errors import StoreError
from bot.ports import FiringOutcome
from bot.service.leave_channels import end_rounds, forget_channels
from bot.service.pauses import pause_outcome
from bot.service.preview import preview_round
from bot.service.recovery import recover
from bot.service.retention import COPY_KEPT, delete_expired, retention_cutoff
from bot.service.run_due import run_due
from tests.fakes.directory import people
from tests.service.services import OTHER, TEAM, TUESDAY, Fakes, a_pack, weekly

WEEK = timedelta(days=7)


def live(fakes: Fakes, weeks: int, answers: int = 6) -> None:
    """Let so many weeks pass, with a round in each; what is due is done at opening and at closing."""
    for _ in range(weeks):
        run_due(fakes.services)
        (*_, round_) = fakes.rounds()
        if round_.state is RoundState.OPEN:
            fakes.reply(round_, sorted(people(8))[:answers])
        fakes.now += timedelta(days=3)
        run_due(fakes.services)
        delete_expired(fakes.services)
        fakes.now += timedelta(days=4)


@pytest.fixture
def kept(fakes: Fakes) -> Fakes:
    """Return fakes on the first Tuesday, with results kept for two months."""
    fakes.with_settings(keep_months=2, packs={"belonging": a_pack(dimensions=5, each=4)})
    fakes.now = TUESDAY
    return fakes


def test_without_a_limit_everything_is_kept(fakes: Fakes) -> None:
    fakes.now = TUESDAY
    live(fakes, 12)
    fakes.now += timedelta(days=4000)

    delete_expired(fakes.services)

    assert len(fakes.rounds()) == 12
    assert fakes.store.scrubs == 0


def norm(name: str, *states: NormState, on: date = date(2020, 1, 7)) -> Norm:
    """A norm that was proposed and went through these states on one day."""
    steps = tuple(NormStep(state=one, on=on) for one in (NormState.PROPOSED, *states))
    return Norm(id=NormId(name), channel=TEAM, handle="A", text=f"When {name}, we …", steps=steps)


def test_a_norm_of_2020_goes_unless_it_is_tried_or_kept(kept: Fakes) -> None:
    """The mutant that leaves norms alone keeps the words of 2020, one month after the limit was set."""
    tried, ended = NormState.TRYING, (NormState.CHANGED, NormState.LET_GO, NormState.TAKEN_DOWN)
    with kept.store.transaction("norms") as tx:
        tx.put_norm(norm("proposed"))
        tx.put_norm(norm("aside", NormState.SET_ASIDE))
        tx.put_norm(norm("tried", tried))
        tx.put_norm(norm("kept", tried, NormState.KEPT))
        tx.put_norm(norm("young", NormState.SET_ASIDE, on=retention_cutoff(kept.now, 2).date()))
        for state in ended:
            tx.put_norm(norm(state, tried, state))

    delete_expired(kept.services)

    assert {"tried", "kept", "young"} == set(kept.store.tables.norms)
    assert 1 == kept.store.scrubs


def test_the_copy_of_an_upgrade_goes_after_fourteen_days_whatever_is_kept(fakes: Fakes) -> None:
    fakes.store.copy_made_at = fakes.now
    fakes.now += COPY_KEPT
    delete_expired(fakes.services)
    assert fakes.store.copy_made_at

    fakes.now += timedelta(seconds=1)
    delete_expired(fakes.services)

    assert fakes.store.copy_made_at is None


def test_results_older_than_that_are_gone_and_the_numbers_go_on(kept: Fakes) -> None:
    live(kept, 16)

    numbers = [round_.number for round_ in kept.rounds()]
    assert numbers == list(range(numbers[0], 17))
    assert 8 <= len(numbers) <= 10
    assert all(one.closes_at >= retention_cutoff(kept.now, 2) for one in kept.rounds()[1:])
    assert set(kept.store.tables.releases) == {one.id for one in kept.rounds()}


def test_no_prompt_comes_again_before_the_others_of_its_topic_whatever_is_kept() -> None:
    asked = []
    for months in (None, 1):
        fakes = Fakes(now=TUESDAY)
        fakes.put(weekly())
        fakes.with_settings(keep_months=months, packs={"belonging": a_pack(dimensions=5, each=4)})
        live(fakes, 30)
        with fakes.store.transaction("asked") as tx:
            asked.append([prompt.question for prompt in tx.list_asked(TEAM)])

    assert asked[0] == asked[1]
    assert len(set(asked[1][:20])) == 20


def test_a_channel_that_was_quiet_for_years_goes_on_counting(kept: Fakes) -> None:
    live(kept, 3)
    (schedule,) = kept.store.tables.schedules.values()
    kept.now += timedelta(days=1001)
    delete_expired(kept.services)
    assert kept.rounds() == ()
    rehearsed = preview_round(kept.services, schedule, insider=True)
    assert rehearsed
    assert rehearsed.number == 4

    kept.put(replace(schedule, created_at=kept.now))
    kept.now += WEEK
    run_due(kept.services)

    assert [one.number for one in kept.rounds()] == [4]


def test_a_cycle_that_ended_before_anything_that_is_kept_needs_no_rest(kept: Fakes) -> None:
    kept.with_settings(packs={"belonging": a_pack(dimensions=7, each=1)})
    kept.store.tables.schedules.clear()
    kept.put(monthly := weekly(recurrence=MonthlyDay(day=1)))
    pack = kept.settings.packs["belonging"]  # type: ignore[index]  # a NewType of str
    live_rounds = []
    for _ in range(len(pack.prompts)):
        kept.now = _next_month(kept.now)
        run_due(kept.services)
        live_rounds.append(kept.rounds()[-1])
        kept.now += timedelta(days=3)
        run_due(kept.services)
    assert pause_outcome(kept.services, monthly, _next_month(kept.now)) is FiringOutcome.QUIET
    kept.now += timedelta(days=500)

    delete_expired(kept.services)

    assert kept.rounds() == ()
    assert pause_outcome(kept.services, monthly, _next_month(kept.now)) is None


def _next_month(moment: datetime) -> datetime:
    return (moment.replace(day=1) + timedelta(days=32)).replace(day=1, hour=9, minute=30)


def test_an_open_round_is_never_touched(kept: Fakes) -> None:
    run_due(kept.services)
    (round_,) = kept.rounds()
    kept.now += timedelta(days=900)

    delete_expired(kept.services)

    assert kept.rounds() == (round_,)
    assert kept.vault.is_whole(round_.id)


def test_the_disk_is_scrubbed_once_and_again_after_it_failed(
    kept: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(kept, 2)
    kept.now += timedelta(days=300)

    def busy() -> None:
        raise StoreError("Another program is reading.")

    with monkeypatch.context() as broken:
        broken.setattr(kept.store, "scrub", busy)
        delete_expired(kept.services)
    assert kept.rounds() == ()
    assert kept.store.scrubs == 0

    delete_expired(kept.services)
    delete_expired(kept.services)

    assert kept.store.scrubs == 1


def test_a_full_disk_loses_nothing_and_is_made_up_for(kept: Fakes) -> None:
    live(kept, 2)
    kept.now += timedelta(days=300)
    before = kept.rounds()

    kept.store.fail = True
    delete_expired(kept.services)
    kept.store.fail = False
    assert before == kept.rounds()
    delete_expired(kept.services)

    assert kept.rounds() == ()


moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@settings(deadline=None)
@given(moments, st.integers(1, 120))
def test_what_closed_less_than_28_days_ago_is_always_kept(now: datetime, months: int) -> None:
    """Other channels are held against it for so long."""
    assert now - retention_cutoff(now, months) >= timedelta(days=28)


@settings(deadline=None)
@given(st.lists(moments, min_size=2), st.integers(1, 120))
def test_the_border_never_moves_back(days: list[datetime], months: int) -> None:
    borders = [retention_cutoff(day, months) for day in sorted(days)]

    assert all(one <= later for one, later in pairwise(borders))


def test_a_forgotten_channel_has_its_open_round_cancelled_with_the_key_destroyed_first(
    fakes: Fakes, opened: Round
) -> None:
    fakes.reply(opened, people(6))

    assert [one.id for one in forget_channels(fakes.services, [TEAM])] == [opened.id]

    assert fakes.is_clean()
    assert fakes.rounds() == ()
    assert not fakes.store.tables.schedules
    assert not fakes.store.tables.firings
    assert fakes.store.scrubs == 1
    assert not fakes.store.tables.unscrubbed


def test_other_channels_keep_everything(fakes: Fakes, opened: Round) -> None:
    assert forget_channels(fakes.services, [OTHER, ChannelId("C0NEVER")]) == ()

    assert fakes.rounds() == (opened,)
    assert fakes.vault.is_whole(opened.id)


@pytest.mark.parametrize(
    ("state", "end"),
    [
        (RoundState.OPEN, RoundState.CANCELLED),
        (RoundState.CLOSING, RoundState.KEY_LOST),
        (RoundState.RELEASED, RoundState.CLOSED),
    ],
)
def test_every_live_round_ends_without_a_key(
    fakes: Fakes, opened: Round, state: RoundState, end: RoundState
) -> None:
    with fakes.store.transaction("state") as tx:
        tx.update_round(opened.with_state(state))
    said = len(fakes.messenger.said)

    ended = end_rounds(fakes.services)

    assert fakes.round(opened.id).state is end
    assert fakes.is_clean()
    assert bool(ended) is (state is RoundState.OPEN)
    assert len(fakes.messenger.said) == said
    assert end_rounds(fakes.services) == ()


class Crash(BaseException):
    """The power goes."""


def crash_at(fakes: Fakes, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let the power go right before the call of this number to the store, the vault or the boxes."""
    calls = count(1)

    def counted(port: object, name: str) -> None:
        call = getattr(port, name)

        def counting(*what: object) -> object:
            if next(calls) == number:
                raise Crash
            return call(*what)

        monkeypatch.setattr(port, name, counting)

    for port, names in (
        (fakes.store, ("transaction", "scrub")),
        (fakes.vault, ("destroy",)),
        (fakes.boxes, ("shut", "destroy")),
    ):
        for name in names:
            counted(port, name)


@pytest.mark.parametrize("number", range(1, 14))
def test_after_a_crash_anywhere_the_same_call_again_forgets_the_channel(
    fakes: Fakes, opened: Round, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    fakes.reply(opened, people(6))
    with monkeypatch.context() as power, suppress(Crash):
        crash_at(fakes, power, number)
        forget_channels(fakes.services, [TEAM])
    stored = fakes.store.tables.rounds.get(opened.id)
    assert stored or not fakes.vault.keys, "a key outlives its round"

    recover(fakes.services)
    forget_channels(fakes.services, [TEAM])

    assert fakes.is_clean()
    assert fakes.rounds() == ()
    assert fakes.store.scrubs >= 1
    assert not fakes.store.tables.unscrubbed


@pytest.mark.parametrize("number", range(1, 6))
def test_after_a_crash_anywhere_the_next_wake_up_forgets_what_is_old(
    kept: Fakes, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    live(kept, 2)
    kept.now += timedelta(days=300)
    with monkeypatch.context() as power, suppress(Crash):
        crash_at(kept, power, number)
        delete_expired(kept.services)

    delete_expired(kept.services)

    assert kept.rounds() == ()
    assert kept.store.scrubs >= 1
    assert not kept.store.tables.unscrubbed


@pytest.mark.parametrize("marked", [True, False])
def test_what_a_purged_channel_was_asked_rests_everywhere_where_its_people_are_not_marked(
    fakes: Fakes, *, marked: bool
) -> None:
    """The mutant that forgets the row alone lets the same be asked of the same people but one."""
    fakes.put(weekly())
    fakes.now = TUESDAY
    run_due(fakes.services)
    (round_, *_) = fakes.rounds()
    fakes.now = round_.closes_at
    run_due(fakes.services)
    if not marked:
        fakes.audiences.remove([round_.id])

    forget_channels(fakes.services, [TEAM])

    with fakes.store.transaction("test") as tx:
        assert tx.fetch_rest_until() == (None if marked else fakes.now + KEPT_FOR)


def test_marks_are_told_to_be_there_by_whoever_does_not_know_for_which_organisation_they_were_made(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``belonging purge`` has no line to Slack. The mutant that asks the keys lets everything rest."""
    fakes.put(weekly())
    fakes.now = TUESDAY
    run_due(fakes.services)
    fakes.now = fakes.rounds()[0].closes_at
    run_due(fakes.services)
    monkeypatch.setattr(type(fakes.services.audience_keys), "fits", lambda *_: False)

    forget_channels(fakes.services, [TEAM])

    with fakes.store.transaction("test") as tx:
        assert tx.fetch_rest_until() is None
