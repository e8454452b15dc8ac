"""One of several workspaces of a cell goes: its rounds end at once, and those of the others go on."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.changes import ChangeKind, ScheduleChange
from bot.core.model import ChannelId, MemberId, Round, RoundId, RoundState, ScheduleId
from bot.errors import StoreError
from bot.ports import KnownChannel
from bot.service.channel_schedules import may_schedule
from bot.service.channels import admin_of
from bot.service.leave_channels import end_unseen_rounds
from bot.service.people import decides_in, is_public, may_know_of
from bot.service.run_due import run_due
from bot.slack.organisation.directory import OrganisationDirectory
from bot.slack.organisation.workspaces import ServedWorkspaces
from tests.fakes.directory import FakeDirectory, people
from tests.fakes.served import Served
from tests.service.services import OTHER, TEAM, TUESDAY, Fakes, weekly

ADMIN = MemberId("U01")


@pytest.fixture
def open_in_both(fakes: Fakes) -> tuple[Round, Round]:
    """A round with replies in TEAM, whose workspace goes, and one in OTHER, whose workspace stays."""
    fakes.directory.members[OTHER] = people(8, start=20)
    fakes.put(weekly(), weekly(id=ScheduleId("s2"), channel=OTHER))
    fakes.now = TUESDAY
    run_due(fakes.services)
    ((gone,), (stays,)) = (fakes.rounds(TEAM), fakes.rounds(OTHER))
    fakes.reply(gone, people(6))
    fakes.reply(stays, people(6, start=20))
    return gone, stays


def only_other(channels: Collection[ChannelId]) -> Collection[ChannelId]:
    return {OTHER} & set(channels)


def test_only_the_rounds_of_channels_that_none_sees_end(
    fakes: Fakes, open_in_both: tuple[Round, Round]
) -> None:
    gone, stays = open_in_both
    said = len(fakes.messenger.said)

    ended = end_unseen_rounds(fakes.services, only_other)

    assert [gone.id] == [one.id for one in ended]
    assert RoundState.CANCELLED is fakes.round(gone.id).state
    assert {stays.id} == set(fakes.vault.list_rounds()) == set(fakes.boxes.list_boxes())
    assert fakes.vault.is_whole(stays.id)
    assert said == len(fakes.messenger.said)
    fakes.reply(stays, [MemberId("U26")])
    assert () == end_unseen_rounds(fakes.services, only_other)


@pytest.mark.parametrize(
    ("state", "end"),
    [(RoundState.CLOSING, RoundState.KEY_LOST), (RoundState.RELEASED, RoundState.CLOSED)],
)
def test_a_round_that_is_closing_ends_without_a_key(
    fakes: Fakes, open_in_both: tuple[Round, Round], state: RoundState, end: RoundState
) -> None:
    gone, stays = open_in_both
    with fakes.store.transaction("state") as tx:
        tx.update_round(gone.with_state(state))

    end_unseen_rounds(fakes.services, only_other)

    assert end is fakes.round(gone.id).state
    assert {stays.id} == set(fakes.vault.list_rounds())


def test_while_slack_is_away_rounds_that_nobody_can_attribute_end(
    fakes: Fakes, open_in_both: tuple[Round, Round]
) -> None:
    """What members were promised comes first, and nobody waits for Slack."""
    down = FakeDirectory(down=True)
    workspaces = ServedWorkspaces(lambda: [Served(team="T2", directory=down)], lambda: fakes.now)

    ended = end_unseen_rounds(fakes.services, workspaces.seen)

    assert {one.id for one in open_in_both} == {one.id for one in ended}
    assert fakes.is_clean()


def test_a_channel_that_is_known_to_be_elsewhere_keeps_its_round_while_slack_is_away(
    fakes: Fakes, open_in_both: tuple[Round, Round]
) -> None:
    _, stays = open_in_both
    directory = FakeDirectory(members={OTHER: people(8)})
    workspaces = ServedWorkspaces(lambda: [Served(team="T2", directory=directory)], lambda: fakes.now)
    workspaces.of(OTHER)
    directory.down = True
    fakes.now += timedelta(days=1)

    end_unseen_rounds(fakes.services, workspaces.seen)

    assert {stays.id} == set(fakes.vault.list_rounds())


def test_keys_of_a_round_that_cannot_be_read_go_too(
    fakes: Fakes, open_in_both: tuple[Round, Round], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, stays = open_in_both
    unread = type(fakes.store.transaction("look").__enter__())
    monkeypatch.setattr(unread, "list_rounds", lambda *_: (fakes.store.tables.rounds[stays.id],))

    end_unseen_rounds(fakes.services, only_other)

    assert {stays.id} == set(fakes.vault.list_rounds()) == set(fakes.boxes.list_boxes())


def test_a_round_that_opens_meanwhile_is_attributed_too(fakes: Fakes) -> None:
    asked = list[Collection[ChannelId]]()

    def seen(channels: Collection[ChannelId]) -> Collection[ChannelId]:
        if not asked:
            fakes.directory.members[OTHER] = people(8, start=20)
            fakes.put(weekly(id=ScheduleId("s2"), channel=OTHER))
            run_due(fakes.services)
        asked.append(channels)
        return only_other(channels)

    fakes.put(weekly())
    fakes.now = TUESDAY
    run_due(fakes.services)

    end_unseen_rounds(fakes.services, seen)

    assert [[TEAM], [OTHER]] == asked
    assert {fakes.rounds(OTHER)[0].id} == set(fakes.vault.list_rounds())


def test_one_round_that_cannot_be_destroyed_keeps_no_other(
    fakes: Fakes, open_in_both: tuple[Round, Round], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, other = sorted(one.id for one in open_in_both)
    destroy = fakes.vault.destroy

    def fail_for_one(_: object, round_id: RoundId) -> None:
        if round_id == bad:
            raise StoreError
        destroy(round_id)

    monkeypatch.setattr(type(fakes.vault), "destroy", fail_for_one)

    with pytest.raises(StoreError):
        end_unseen_rounds(fakes.services, lambda _: ())

    assert {bad} == set(fakes.vault.list_rounds())
    assert RoundState.CANCELLED is fakes.round(other).state


def test_an_admin_of_one_workspace_sets_its_schedules_and_is_told_of_its_channels_alone(fakes: Fakes) -> None:
    one = FakeDirectory(members={TEAM: people(8)}, admins={ADMIN})
    two = FakeDirectory(members={OTHER: people(8)})
    served = [Served(team="T1", directory=one), Served(team="T2", directory=two)]
    services = replace(
        fakes.services,
        directory=OrganisationDirectory(ServedWorkspaces(lambda: served, lambda: fakes.now)),
        settings=replace(fakes.settings, creators=False),
    )

    for may in (may_schedule, lambda services, member, channel: decides_in(services, channel, member)):
        assert may(services, ADMIN, TEAM)
        assert not may(services, ADMIN, OTHER)
    with services.store.transaction("changes") as tx:
        for channel in (TEAM, OTHER):
            change = ScheduleChange(
                kind=ChangeKind.CREATED, schedule=weekly(channel=channel), at=fakes.now, by=ADMIN
            )
            tx.insert_change(change, told=True)
    assert ADMIN == admin_of(services, TEAM)
    assert admin_of(services, OTHER) is None


def test_an_admin_of_one_workspace_may_not_know_of_a_public_channel_of_another(fakes: Fakes) -> None:
    """It is stored that the channel is public; but this workspace does not see it, and another may."""
    elsewhere = ChannelId("C0ELSEWHERE")
    fakes.directory.admins = {ADMIN}
    fakes.directory.members[elsewhere] = people(8)
    with fakes.store.transaction("known") as tx:
        tx.put_channel(KnownChannel(info=fakes.directory.channel(elsewhere)))
    del fakes.directory.members[elsewhere]
    assert is_public(fakes.services, elsewhere), "with one workspace, it is a channel that is gone"
    assert may_schedule(fakes.services, ADMIN, elsewhere)

    fakes.directory.sees_all = False

    assert not is_public(fakes.services, elsewhere)
    assert not may_know_of(fakes.services, elsewhere, ADMIN)
    assert not decides_in(fakes.services, elsewhere, ADMIN)
    assert not may_schedule(fakes.services, ADMIN, elsewhere)
    assert may_schedule(fakes.services, ADMIN, TEAM)
