"""Who is in a channel: everybody, page by page, and nobody who does not count."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from threading import Thread

import pytest

from bot.core.model import ChannelId, MemberId
from bot.demo.clock import AdjustableClock
from bot.demo.people import Member
from bot.demo.server import DemoServer
from bot.demo.workspace import BOT_USER_ID, Channel, Workspace, make_workspace
from bot.errors import SlackError, SlackUnavailableError
from bot.slack.calls import web_client
from bot.slack.directory import MEMBERS_FOR, PEOPLE_FOR, Remembered, SlackDirectory, person_of
from bot.slack.pace import Pace, Rate, paced
from tests.fakes.seconds import Seconds
from tests.slack.conftest import MANIFEST
from tests.slack.samples import OPENED

TEAM = ChannelId("C02PRODUCT")


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace, and the directory that looks into it."""

    slack: DemoServer
    directory: SlackDirectory

    def asked(self, method: str) -> int:
        return sum(call.method == method for call in self.slack.workspace.calls)

    def move(self, step: timedelta) -> None:
        self.slack.site.clock.advance(step)


def place_of(workspace: Workspace) -> Iterator[Place]:
    clock = AdjustableClock(OPENED, real=lambda: 0.0)
    with DemoServer(workspace, manifest=MANIFEST, clock=clock) as slack:
        client = web_client(slack.bot_token, slack.api_url)
        yield Place(slack, SlackDirectory(client, clock.now))


def person(number: int, **marks: bool) -> Member:
    return Member(id=f"U0P{number:04}", name=f"Person {number}", handle=f"person{number}", **marks)


def channel(people: list[Member], **more: object) -> Channel:
    return Channel(id=TEAM, name="product-team", members=[*(one.id for one in people), BOT_USER_ID], **more)


@pytest.fixture
def place() -> Iterator[Place]:
    """Six people, of whom one is an admin, one an owner, one a guest, one a bot and one has left."""
    people = [
        person(0),
        person(1, is_admin=True),
        person(2, is_owner=True),
        person(3, is_restricted=True),
        person(4, is_bot=True),
        person(5, deleted=True),
        person(6, is_ultra_restricted=True),
    ]
    yield from place_of(make_workspace(people, [channel(people)]))


@pytest.fixture
def crowd() -> Iterator[Place]:
    """450 people in one channel."""
    people = [person(number) for number in range(450)]
    yield from place_of(make_workspace(people, [channel(people)]))


def test_the_channels_of_a_member_are_read_to_the_last_page_and_asked_for_once_in_a_while() -> None:
    me = person(1)
    channels = [Channel(id=f"C{n:08}", name=f"c{n}", members=[me.id], private=n % 2 > 0) for n in range(450)]
    for one in channels:
        one.members.append(BOT_USER_ID)
    for place in place_of(make_workspace([me], channels)):
        assert {one.id for one in channels} == place.directory.channels_of(MemberId(me.id))
        assert {one.id for one in channels} == place.directory.channels_of(MemberId(me.id))
        assert place.asked("users.conversations") == 3


def test_a_private_channel_without_the_bot_is_none_of_a_members_channels() -> None:
    me = person(1)
    hidden = Channel(id=TEAM, name="hidden", members=[me.id], private=True)
    for place in place_of(make_workspace([me], [hidden])):
        assert frozenset() == place.directory.channels_of(MemberId(me.id))


def test_guests_and_bots_are_in_no_audience_so_they_have_no_channels(place: Place) -> None:
    found = [place.directory.channels_of(MemberId(f"U0P{number:04}")) for number in range(7)]

    assert [{TEAM}, {TEAM}, {TEAM}, set(), set(), set(), set()] == found


def test_a_channel_of_450_people_is_read_to_its_last_page(crowd: Place) -> None:
    assert len(crowd.directory.audience(TEAM)) == 450
    assert crowd.asked("conversations.members") == 3
    assert crowd.asked("users.list") == 3
    assert crowd.asked("users.info") == 0


def test_guests_bots_and_people_who_left_do_not_count(place: Place) -> None:
    assert {"U0P0000", "U0P0001", "U0P0002"} == place.directory.audience(TEAM)


def test_slackbot_apps_and_strangers_of_other_workspaces_do_not_count() -> None:
    for marks in ({"id": "USLACKBOT"}, {"is_app_user": True}, {"is_stranger": True}, {"is_bot": True}):
        assert not person_of({"id": "U1", **marks}).counts
    assert person_of({"id": "U1"}).counts


def test_names_are_those_of_everybody_there_also_of_those_who_do_not_count(place: Place) -> None:
    names = place.directory.names(TEAM)

    assert {"Person 0", "person3", "Person 5", "Belonging Bot"} <= names


def test_somebody_who_is_not_in_the_list_of_people_is_asked_for_by_id() -> None:
    """Members from another workspace are in a shared channel, and not in the list."""
    workspace = make_workspace([person(0)], [channel([person(0)])])
    for place in place_of(workspace):
        place.directory.audience(TEAM)
        workspace.members["U0P0099"] = person(99)
        workspace.channels[TEAM].members.append("U0P0099")
        place.move(MEMBERS_FOR)

        assert "U0P0099" in place.directory.audience(TEAM)
        assert place.asked("users.info") == 1


def test_answers_are_remembered_for_a_minute_and_no_longer(place: Place) -> None:
    place.directory.audience(TEAM)
    place.move(MEMBERS_FOR - timedelta(seconds=1))
    place.directory.audience(TEAM)
    assert place.asked("conversations.members") == 1

    place.move(timedelta(seconds=1))
    place.slack.workspace.channels[TEAM].members.remove("U0P0000")

    assert "U0P0000" not in place.directory.audience(TEAM)
    assert place.asked("conversations.members") == 2
    assert place.asked("users.list") == 1


def test_a_clock_that_was_set_back_makes_nothing_last_longer() -> None:
    now = [OPENED]
    workspace = make_workspace([person(0)], [channel([person(0)])])
    with DemoServer(workspace, manifest=MANIFEST, clock=AdjustableClock(OPENED, real=lambda: 0.0)) as slack:
        directory = SlackDirectory(web_client(slack.bot_token, slack.api_url), lambda: now[0])
        directory.audience(TEAM)
        now[0] -= timedelta(days=1)
        directory.audience(TEAM)

    assert sum(call.method == "conversations.members" for call in workspace.calls) == 2


def test_a_failure_is_told_and_not_remembered(place: Place) -> None:
    place.slack.fail_next("conversations.members", error="internal_error")

    with pytest.raises(SlackUnavailableError):
        place.directory.audience(TEAM)

    assert len(place.directory.audience(TEAM)) == 3


def test_one_wake_up_asks_once_who_is_in_a_channel_and_the_next_one_asks_anew(place: Place) -> None:
    pace = Pace(lambda: 0.0)
    with paced(pace, since=OPENED):
        place.directory.audience(TEAM)
        place.move(PEOPLE_FOR + MEMBERS_FOR)  # at Slack's pace, five hundred channels take that long
        place.directory.audience(TEAM)
        place.directory.names(TEAM)
    assert (place.asked("conversations.members"), place.asked("users.list")) == (1, 1)

    with paced(pace, since=place.slack.site.clock.now()):
        place.directory.audience(TEAM)

    assert (place.asked("conversations.members"), place.asked("users.list")) == (2, 2)


def test_a_member_does_not_get_the_long_remembered_answers_of_a_wake_up(place: Place) -> None:
    with paced(Pace(lambda: 0.0), since=OPENED):
        place.directory.audience(TEAM)
    place.slack.leave(TEAM, "U0P0000")

    place.move(MEMBERS_FOR)

    assert MemberId("U0P0000") not in place.directory.audience(TEAM)


def test_a_member_does_not_wait_for_a_question_that_the_bot_asks_at_its_pace(place: Place) -> None:
    seconds, answers = Seconds(), []
    once_an_hour = {"conversations.members": Rate(calls=1, per_s=3600)}
    pace = Pace(seconds.read, seconds.event(), limits=once_an_hour)
    pace.before("conversations.members")

    def ask_as_a_member(_: float) -> None:
        member = Thread(target=lambda: answers.append(place.directory.audience(TEAM)), daemon=True)
        member.start()
        member.join(5)

    seconds.on_wait = ask_as_a_member
    with paced(pace, since=OPENED):
        audience = place.directory.audience(TEAM)

    assert [audience] == answers


def test_an_answer_to_a_question_from_before_a_change_is_not_remembered() -> None:
    asked = []

    def ask(key: str) -> int:
        asked.append(key)
        if len(asked) == 1:
            remembered.forget(key)  # Slack tells of a change while it is asked
        return len(asked)

    remembered: Remembered[str, int] = Remembered(ask, MEMBERS_FOR, lambda: OPENED)

    assert [1, 2, 2] == [remembered.get("C1") for _ in range(3)]


def test_half_a_list_is_never_taken_for_the_whole(crowd: Place) -> None:
    crowd.slack.fail_next("conversations.members")  # the first page comes,
    crowd.slack.fail_next("conversations.members", error="internal_error")  # the second does not

    with pytest.raises(SlackUnavailableError):
        crowd.directory.audience(TEAM)

    assert len(crowd.directory.audience(TEAM)) == 450


def test_a_channel_that_is_not_there_is_told_in_slacks_word(place: Place) -> None:
    for ask in (place.directory.audience, place.directory.channel, place.directory.names):
        with pytest.raises(SlackError) as error:
            ask(ChannelId("C0NOWHERE"))
        assert error.value.reason == "channel_not_found"


def test_the_standing_of_a_channel(place: Place) -> None:
    info = place.directory.channel(TEAM)

    assert (info.name, info.private, info.archived, info.joined) == ("product-team", False, False, True)


def test_admins_and_owners_may_configure_and_nobody_else(place: Place) -> None:
    admins = [number for number in range(7) if place.directory.is_admin(MemberId(f"U0P{number:04}"))]

    assert admins == [1, 2]


def test_a_zone_is_the_members_own_and_utc_where_there_is_none(place: Place) -> None:
    place.slack.workspace.members["U0P0000"].zone = "Asia/Kathmandu"

    assert place.directory.zone(MemberId("U0P0000")) == "Asia/Kathmandu"
    assert place.directory.zone(MemberId("U0P0005")) == "UTC"


def test_an_admin_who_is_one_no_longer_is_known_as_such_after_ten_minutes(place: Place) -> None:
    assert place.directory.is_admin(MemberId("U0P0001"))
    place.slack.workspace.members["U0P0001"].is_admin = False

    place.move(PEOPLE_FOR)

    assert not place.directory.is_admin(MemberId("U0P0001"))


def test_a_person_is_never_shown_in_a_trace() -> None:
    shown = repr(person_of({"id": "U1", "name": "ingrid", "profile": {"real_name": "Ingrid Solberg"}}))

    assert "ngrid" not in shown
