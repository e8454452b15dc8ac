"""The Directory port: the real one over a local workspace, and the fake, held to the same contract."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.core.model import ChannelId, MemberId
from bot.demo.clock import AdjustableClock
from bot.demo.people import Member
from bot.demo.server import DemoServer
from bot.demo.workspace import BOT_USER_ID, Channel, Workspace, make_workspace
from bot.errors import SlackError, SlackUnavailableError
from bot.ports import Directory
from bot.slack.client.calls import web_client
from bot.slack.directory.cache import DirectoryCache
from bot.slack.directory.lookup import LiveSource, SlackDirectory
from bot.slack.directory.person import Organisation
from bot.slack.organisation.directory import OrganisationDirectory
from bot.slack.organisation.workspaces import ServedWorkspaces
from tests.contracts.values import NOON
from tests.fakes.directory import FakeDirectory, members_called
from tests.fakes.messenger import FakeMessenger
from tests.fakes.served import Served

TEAM, NOWHERE = ChannelId("C0TEAM000"), ChannelId("C0NOWHERE")
ADA, BO, ROOT = MemberId("U0ADA"), MemberId("U0BO"), MemberId("U0ROOT")
FAR, GHOST = MemberId("U0FAR"), MemberId("U0GHOST")
"""Somebody of another company, an owner there; and somebody whom Slack does not describe."""
MANIFEST = json.loads((Path(__file__).parents[2] / "manifest.json").read_text(encoding="utf-8"))


def the_real_one() -> Iterator[Directory]:
    people = [
        Member(id=ADA, name="Ada", handle="u0ada", zone="Europe/Paris"),
        Member(id=BO, name="Bo", handle="u0bo"),
        Member(id=ROOT, name="Root", handle="u0root", is_admin=True),
        Member(id="U0GUEST", name="Guest", handle="guest", is_restricted=True),
        Member(id="U0ROBOT", name="Robot", handle="robot", is_bot=True),
        Member(id="U0LEFT", name="Left", handle="left", deleted=True),
        Member(id=FAR, name="Far", handle="u0far", team_id="T0OTHER", is_owner=True),
        Member(id=GHOST, name="Ghost", handle="ghost", hidden=True),
    ]
    channel = Channel(
        id=TEAM, name="team", shared_with=["T0OTHER"], members=[*(one.id for one in people), BOT_USER_ID]
    )
    with asking(make_workspace(people, [channel])) as directory:
        yield directory


@contextmanager
def asking(workspace: Workspace) -> Iterator[Directory]:
    clock = AdjustableClock(NOON, real=lambda: 0.0)
    with DemoServer(workspace, manifest=MANIFEST, clock=clock) as server:
        team = Organisation(team=server.workspace.team_id)
        client = web_client(server.bot_token, server.api_url)
        cache = DirectoryCache(clock.now, team)
        yield SlackDirectory(cache, LiveSource(cache, client))


def the_fake() -> Iterator[Directory]:
    everybody = members_called([ADA, BO, ROOT, "U0GUEST", FAR, GHOST])
    fake = FakeDirectory(members={TEAM: everybody}, admins={ROOT, FAR})
    fake.guests, fake.foreign, fake.unknown = {MemberId("U0GUEST")}, {FAR}, {GHOST}
    fake.zones[ADA] = "Europe/Paris"
    yield fake


def an_organisation_of_one() -> Iterator[Directory]:
    for directory in the_real_one():
        yield organisation(directory)


def an_organisation_of_two() -> Iterator[Directory]:
    """The workspace that is asked first knows neither the channel nor most of its people."""
    people = [
        Member(id=ROOT, name="Root", handle="u0root", is_admin=True),
        Member(id="U0ELSE", name="Else", handle="u0else"),
    ]
    channel = Channel(id="C0ELSE000", name="elsewhere", members=["U0ELSE", BOT_USER_ID])
    for directory in the_real_one():
        with asking(make_workspace(people, [channel])) as elsewhere:
            yield organisation(elsewhere, directory)


def organisation(*directories: Directory) -> OrganisationDirectory:
    served = [
        Served(team=f"T{number}", directory=one, messenger=FakeMessenger())
        for number, one in enumerate(directories)
    ]
    return OrganisationDirectory(ServedWorkspaces(lambda: served, lambda: NOON))


@pytest.fixture(
    params=[the_real_one, the_fake, an_organisation_of_one, an_organisation_of_two],
    ids=["slack", "memory", "organisation of one", "organisation of two"],
)
def directory(request: pytest.FixtureRequest) -> Iterator[Directory]:
    yield from request.param()


def test_the_audience_is_the_human_full_members(directory: Directory) -> None:
    assert frozenset({ADA, BO, ROOT}) == directory.audience(TEAM) == directory.audience_to_ask(TEAM)


def test_the_channels_of_a_member_are_those_in_whose_audience_they_are(directory: Directory) -> None:
    assert frozenset({TEAM}) == directory.channels_of(ADA)


def test_names_hold_everybody_by_handle(directory: Directory) -> None:
    assert {"u0ada", "u0bo", "u0root"} <= directory.names(TEAM)


def test_somebody_is_described_or_not(directory: Directory) -> None:
    assert [True, True, False] == [directory.describes(one) for one in (ADA, FAR, GHOST)]


def test_an_admin_decides_in_the_channels_of_their_workspace(directory: Directory) -> None:
    assert [True, False, False] == [directory.is_admin(one, TEAM) for one in (ROOT, ADA, FAR)]


def test_a_channel_that_none_sees_is_gone(directory: Directory) -> None:
    assert directory.sees_all


def test_an_admin_is_told_from_a_member_and_from_an_admin_elsewhere(directory: Directory) -> None:
    assert [True, False, False, False] == [directory.is_admin(one) for one in (ROOT, ADA, FAR, GHOST)]


def test_own_full_members_count_and_nobody_else(directory: Directory) -> None:
    guest = MemberId("U0GUEST")

    assert [True, False, False, False] == [directory.counts(one) for one in (ADA, guest, FAR, GHOST)]
    assert [True, False] == [directory.is_member(TEAM, one) for one in (ADA, FAR)]
    assert frozenset() == directory.channels_of(FAR)


def test_a_shared_channel_is_known_and_who_in_it_is_not_described(directory: Directory) -> None:
    assert directory.is_shared(TEAM)
    assert frozenset({GHOST}) == directory.undescribed(TEAM)
    assert not directory.is_private(TEAM)
    directory.forget_member(ADA)
    assert directory.counts(ADA)


def test_people_are_known_by_id_wherever_they_are_now(directory: Directory) -> None:
    """Also where the bot sees the channel no more: whoever was asked may have gone anywhere."""
    for channel in (TEAM, NOWHERE):
        people = directory.people(channel)
        assert {ADA, BO, ROOT} <= people.keys()
        assert "u0bo" in people[BO]


def test_a_zone_is_the_members_own(directory: Directory) -> None:
    assert "Europe/Paris" == directory.zone(ADA)


def test_a_channel_is_described(directory: Directory) -> None:
    found = directory.channel(TEAM)

    assert (TEAM, False, False, True) == (found.id, found.archived, found.private, found.joined)
    assert found.can_post
    assert found.name


def test_forgetting_a_channel_changes_no_answer_and_one_never_asked_about_can_be_forgotten(
    directory: Directory,
) -> None:
    before = directory.channel(TEAM), directory.audience(TEAM), directory.names(TEAM)

    directory.forget(TEAM)
    directory.forget(NOWHERE)

    assert before == (directory.channel(TEAM), directory.audience(TEAM), directory.names(TEAM))


@pytest.mark.parametrize(
    "question",
    ["channel", "audience", "audience_to_ask", "names", "is_shared", "is_private", "undescribed"],
)
def test_a_channel_that_is_not_there_is_slacks_refusal(directory: Directory, question: str) -> None:
    with pytest.raises(SlackError) as caught:
        getattr(directory, question)(NOWHERE)

    assert "channel_not_found" == caught.value.reason
    assert not isinstance(caught.value, SlackUnavailableError)
