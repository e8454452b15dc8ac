"""Who is in a channel: everybody, page by page, and nobody who does not count."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from pyrate_limiter import Rate
from slack_sdk import WebClient

from bot.core.model import ChannelId, MemberId
from bot.demo.changes import user_change
from bot.demo.clock import AdjustableClock
from bot.demo.people import Member
from bot.demo.server import DemoServer
from bot.demo.shapes import user_json
from bot.demo.workspace import BOT_USER_ID, Channel, Workspace, make_workspace
from bot.errors import SlackError, SlackUnavailableError
from bot.ports import Clock
from bot.slack.client.calls import web_client
from bot.slack.client.rate_limits import RateLimiter, limited
from bot.slack.directory.cache import (
    CROWD,
    FEW,
    MEMBERS_FOR,
    PEOPLE_FOR,
    STANDING_FOR,
    TRIES_FOR_ONE,
    DirectoryCache,
    ExpiringCache,
    FactKey,
    FactKind,
)
from bot.slack.directory.lookup import LiveSource, SlackDirectory
from bot.slack.directory.person import Organisation, person_of
from tests import workspace_changes
from tests.fakes.seconds import Seconds
from tests.patience import PATIENCE_S
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


def organisation_of(workspace: Workspace) -> Organisation:
    return Organisation(team=workspace.team_id, enterprise=workspace.enterprise_id)


def asking(client: WebClient, clock: Clock, workspace: Workspace) -> SlackDirectory:
    cache = DirectoryCache(clock, organisation_of(workspace))
    return SlackDirectory(cache, LiveSource(cache, client))


def place_of(workspace: Workspace) -> Iterator[Place]:
    clock = AdjustableClock(OPENED, real=lambda: 0.0)
    with DemoServer(workspace, manifest=MANIFEST, clock=clock) as slack:
        client = web_client(slack.bot_token, slack.api_url)
        yield Place(slack, asking(client, clock.now, workspace))


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


@pytest.fixture
def many() -> Iterator[Place]:
    """2,100 people in one channel, more than Slack tells of in two pages."""
    people = [person(number) for number in range(2100)]
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


def test_a_channel_of_2100_people_is_read_to_its_last_page(many: Place) -> None:
    assert len(many.directory.audience(TEAM)) == 2100
    assert many.asked("conversations.members") == 3
    assert many.asked("users.list") == 3
    assert many.asked("users.info") == 0


def test_guests_bots_and_people_who_left_do_not_count(place: Place) -> None:
    assert {"U0P0000", "U0P0001", "U0P0002"} == place.directory.audience(TEAM)


OWN = Organisation(team="T1")


@pytest.mark.parametrize(
    "marks",
    [
        {"id": "USLACKBOT"},
        {"is_app_user": True},
        {"is_workflow_bot": True},
        {"is_bot": True},
        {"team_id": "T2"},
    ],
)
def test_slackbot_apps_and_people_of_other_workspaces_do_not_count(marks: dict[str, object]) -> None:
    assert not person_of({"id": "U1", "team_id": "T1", "is_admin": True} | marks, OWN).counts
    assert not person_of({"id": "U1", "team_id": "T1", "is_admin": True} | marks, OWN).admin
    assert person_of({"id": "U1", "team_id": "T1"}, OWN).counts


@pytest.mark.parametrize(
    ("app", "person", "counts"),
    [
        (Organisation(team="T1", enterprise="E1"), {"team_id": "T2", "enterprise": "E1"}, True),
        (Organisation(team="T1", enterprise="E1"), {"team_id": "T2", "enterprise": "E2"}, False),
        (Organisation(team="T1", enterprise="E1"), {"team_id": "T2", "enterprise": ""}, False),
        (Organisation(team="T1"), {"team_id": "T2", "enterprise": ""}, False),
        (Organisation(team="T1"), {"team_id": "T2", "enterprise": "E1"}, False),
        (Organisation(team=""), {"team_id": "", "enterprise": ""}, False),
    ],
)
def test_on_enterprise_grid_people_of_the_same_organisation_count_too(
    app: Organisation,
    person: dict[str, str],
    counts: bool,  # noqa: FBT001 - a row of the table
) -> None:
    described = {
        "id": "U1",
        "team_id": person["team_id"],
        "enterprise_user": {"enterprise_id": person["enterprise"]},
    }

    assert counts is person_of(described, app).counts


def test_what_is_known_of_a_person_carries_locale_zone_team_and_organisation() -> None:
    found = person_of(
        {
            "id": "U1",
            "team_id": "T1",
            "tz": "Asia/Seoul",
            "locale": "ko-KR",
            "enterprise_user": {"enterprise_id": "E1"},
        },
        OWN,
    )

    assert ("Asia/Seoul", "ko-KR", "T1", "E1") == (found.zone, found.locale, found.team, found.enterprise)


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
        client = web_client(slack.bot_token, slack.api_url)
        directory = asking(client, lambda: now[0], workspace)
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
    limiter = RateLimiter(lambda: 0.0)
    with limited(limiter, since=OPENED):
        place.directory.audience(TEAM)
        place.move(PEOPLE_FOR + MEMBERS_FOR)  # at Slack's pace, five hundred channels take that long
        place.directory.audience(TEAM)
        place.directory.names(TEAM)
    assert (place.asked("conversations.members"), place.asked("users.list")) == (1, 1)

    with limited(limiter, since=place.slack.site.clock.now()):
        place.directory.audience(TEAM)

    assert (place.asked("conversations.members"), place.asked("users.list")) == (2, 2)


def test_a_member_does_not_get_the_long_remembered_answers_of_a_wake_up(place: Place) -> None:
    with limited(RateLimiter(lambda: 0.0), since=OPENED):
        place.directory.audience(TEAM)
    workspace_changes.leave(place.slack, TEAM, "U0P0000")

    place.move(MEMBERS_FOR)

    assert MemberId("U0P0000") not in place.directory.audience(TEAM)


def test_a_member_does_not_wait_for_a_question_that_the_bot_asks_at_its_pace(place: Place) -> None:
    seconds, answers = Seconds(), []
    once_a_minute = {"conversations.members": Rate(1, 60_000, burst=1)}
    limiter = RateLimiter(seconds.read, seconds.event(), limits=once_a_minute)
    limiter.acquire("conversations.members")

    def ask_as_a_member(_: float) -> None:
        member = Thread(target=lambda: answers.append(place.directory.audience(TEAM)), daemon=True)
        member.start()
        member.join(PATIENCE_S)

    seconds.on_wait = ask_as_a_member
    with limited(limiter, since=OPENED):
        audience = place.directory.audience(TEAM)

    assert [audience] == answers


def test_an_answer_to_a_question_from_before_a_change_is_not_remembered() -> None:
    remembered: ExpiringCache[str, int] = ExpiringCache(MEMBERS_FOR, lambda: OPENED)

    before = remembered.begin("C1")
    remembered.forget("C1")  # Slack tells of a change while it is asked
    remembered.keep(before, 1)
    assert remembered.get("C1") is None

    remembered.keep(remembered.begin("C1"), 2)
    assert 2 == remembered.get("C1")


def test_half_a_list_is_never_taken_for_the_whole(many: Place) -> None:
    many.slack.fail_next("conversations.members")  # the first page comes,
    many.slack.fail_next("conversations.members", error="internal_error")  # the second does not

    with pytest.raises(SlackUnavailableError):
        many.directory.audience(TEAM)

    assert len(many.directory.audience(TEAM)) == 2100


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


@pytest.mark.parametrize("listed", [False, True], ids=["asked alone", "listed before"])
def test_what_somebody_may_is_half_a_minute_old_at_the_most(
    place: Place,
    listed: bool,  # noqa: FBT001 - a row of the table
) -> None:
    one = MemberId("U0P0001")
    if listed:
        place.directory.audience(TEAM)
    assert place.directory.is_admin(one)
    place.slack.workspace.members[one].is_restricted = True
    assert place.directory.is_admin(one), "it is remembered for a while"

    place.move(STANDING_FOR)

    assert not place.directory.is_admin(one)
    assert not place.directory.is_member(TEAM, one)
    assert frozenset() == place.directory.channels_of(one)
    assert one not in place.directory.audience(TEAM), "what is known of one person serves all questions"


def test_many_who_come_at_once_are_told_from_the_older_list_and_a_newer_one_is_asked_for(
    crowd: Place,
) -> None:
    stale: list[FactKey] = []
    crowd.directory._cache.on_stale = stale.append
    crowd.directory.audience(TEAM)
    crowd.move(STANDING_FOR)

    assert all(crowd.directory.is_member(TEAM, MemberId(f"U0P{number:04}")) for number in range(450))

    assert (CROWD, 1) == (crowd.asked("users.info"), crowd.asked("users.list"))
    assert {FactKey(FactKind.PEOPLE)} == set(stale)


def test_many_who_come_at_once_are_asked_about_where_the_list_is_too_old(crowd: Place) -> None:
    crowd.directory.audience(TEAM)
    crowd.move(PEOPLE_FOR)

    assert all(crowd.directory.counts(MemberId(f"U0P{number:04}")) for number in range(30))

    assert 30 == crowd.asked("users.info")


def test_whoever_comes_alone_is_asked_about_alone(crowd: Place) -> None:
    crowd.directory.audience(TEAM)
    for number in range(60):
        crowd.move(STANDING_FOR)
        assert crowd.directory.counts(MemberId(f"U0P{number:04}"))

    assert 60 == crowd.asked("users.info")


def channels_of_four(count: int) -> Workspace:
    """So many channels of four people each."""
    people = [person(number) for number in range(4 * count)]
    teams = [[one.id for one in people[start : start + 4]] for start in range(0, len(people), 4)]
    channels = [
        Channel(id=f"C{number:08}", name=f"team-{number}", members=[*team, BOT_USER_ID])
        for number, team in enumerate(teams)
    ]
    return make_workspace(people, channels)


@pytest.mark.parametrize("long", [False, True], ids=["a member asks", "a wake-up that lasts"])
def test_whom_a_round_asks_is_known_for_half_a_minute_at_the_most(
    place: Place,
    long: bool,  # noqa: FBT001 - a row of the table
) -> None:
    with limited(RateLimiter(lambda: 0.0), since=OPENED) if long else nullcontext():
        assert {"U0P0000", "U0P0001", "U0P0002"} == place.directory.audience_to_ask(TEAM)
        place.slack.workspace.members["U0P0001"].is_restricted = True  # and no event tells of it
        place.slack.workspace.channels[TEAM].members.remove("U0P0002")

        place.move(STANDING_FOR)

        assert {"U0P0000"} == place.directory.audience_to_ask(TEAM)


def test_channels_that_open_within_half_a_minute_share_one_list_of_people() -> None:
    for place in place_of(channels_of_four(60)):
        channels = [ChannelId(f"C{number:08}") for number in range(60)]
        for half in (channels[:30], channels[30:]):
            assert [4] * 30 == [len(place.directory.audience_to_ask(one)) for one in half]
            place.move(STANDING_FOR)

        assert (2, 0) == (place.asked("users.list"), place.asked("users.info"))


def test_in_a_large_workspace_the_few_of_an_opening_are_asked_about_one_by_one_and_the_many_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A list of 50 pages every half minute is more than Slack allows; half a minute a page is not."""
    monkeypatch.setattr("bot.slack.directory.questions.PAGE", 50)
    monkeypatch.setattr("bot.slack.directory.cache.SHORT_LIST", 250)
    for place in place_of(channels_of_four(75)):
        first = ChannelId("C00000000")
        place.directory.audience(first)
        lists = place.asked("users.list")
        place.move(STANDING_FOR)

        place.directory.audience_to_ask(first)
        before = place.asked("users.info")
        assert (lists, 5) == (place.asked("users.list"), before)  # the bot is one of them
        seconds = Seconds()
        with limited(RateLimiter(seconds.read, seconds.event()), since=place.slack.site.clock.now()):
            for number in range(75):
                place.move(STANDING_FOR / 3)
                assert 4 == len(place.directory.audience_to_ask(ChannelId(f"C{number:08}")))

        assert FEW - 5 < place.asked("users.info") - before <= FEW
        every = lists * STANDING_FOR
        assert lists * (1 + 75 * STANDING_FOR / 3 // every) >= place.asked("users.list") > 2 * lists


def test_one_whom_slack_does_not_describe_stops_nobody(place: Place) -> None:
    ghost = MemberId("U0GHOST")
    place.slack.workspace.add_member(Member(id=ghost, name="Casper Unseen", handle="casper", hidden=True))
    place.slack.workspace.channels[TEAM].members.append(ghost)

    assert ghost not in place.directory.audience(TEAM)
    assert not any("asper" in name for name in place.directory.names(TEAM))
    assert frozenset({ghost}) == place.directory.undescribed(TEAM)
    assert not place.directory.is_shared(TEAM)
    assert not place.directory.counts(ghost)


@pytest.mark.parametrize("broken", [{"error": "internal_error"}, {"error": "a_new_word"}, {"status": 503}])
def test_one_for_whom_slack_fails_for_ever_stops_their_channel_for_some_tries_only(
    place: Place, broken: dict[str, Any]
) -> None:
    guest = MemberId("U0GHOST")
    place.slack.workspace.add_member(Member(id=guest, name="Casper Unseen", handle="casper", hidden=True))
    place.slack.workspace.channels[TEAM].members.append(guest)
    others = people_of(place)
    place.move(PEOPLE_FOR)
    outcomes = []
    for _ in range(TRIES_FOR_ONE + 2):
        for _ in range(2):
            place.slack.site.faults.clear()
            place.slack.fail_next("users.info", **broken)
            outcomes.append(audience_of(place))
        place.move(timedelta(minutes=1))

    waits, counts = 2 * (TRIES_FOR_ONE - 1), 6
    assert [None] * waits + [others] * counts == outcomes
    place.slack.site.faults.clear()
    place.slack.workspace.members[guest].hidden = False
    place.move(timedelta(minutes=11))
    assert others | {guest} == audience_of(place)


def test_while_slack_is_away_as_a_whole_nobody_is_given_up(place: Place) -> None:
    guest = MemberId("U0GHOST")
    place.slack.workspace.add_member(Member(id=guest, name="Casper Unseen", handle="casper", hidden=True))
    place.slack.workspace.channels[TEAM].members.append(guest)
    for _ in range(TRIES_FOR_ONE + 2):
        for _ in range(9):
            place.slack.fail_next("users.info", error="token_revoked")
        assert audience_of(place) is None
        place.move(timedelta(minutes=1))


def people_of(place: Place) -> frozenset[MemberId]:
    found = audience_of(place)
    assert found
    return found


def audience_of(place: Place) -> frozenset[MemberId] | None:
    """Who is in the audience; None where Slack is to be asked again."""
    try:
        return place.directory.audience(TEAM)
    except SlackUnavailableError:
        return None


def heard(place: Place, user: str, **marks: object) -> None:
    """Tell the directory what Slack would tell in ``user_change``."""
    for name, value in marks.items():
        setattr(place.slack.workspace.members[user], name, value)
    told = user_change(place.slack.site, place.slack.workspace.members[user])["user"]
    place.directory._cache.forget_if_changed(told)


def test_somebody_of_whom_a_change_is_heard_is_asked_about_anew_at_once(place: Place) -> None:
    place.directory.audience(TEAM)
    place.directory.is_admin(MemberId("U0P0001"))

    heard(place, "U0P0001", is_restricted=True)

    assert not place.directory.is_admin(MemberId("U0P0001"))
    assert MemberId("U0P0001") not in place.directory.audience(TEAM)


def test_a_language_of_which_a_change_is_heard_is_the_new_one_at_once(place: Place) -> None:
    person = MemberId("U0P0001")
    assert "en-GB" == place.directory.locale(person)

    heard(place, person, locale="de-DE")

    assert "de-DE" == place.directory.locale(person)
    assert "de-DE" in place.directory.locales(TEAM)


def test_a_change_that_says_nothing_of_a_language_costs_no_question(place: Place) -> None:
    person = place.slack.workspace.members["U0P0001"]
    place.directory.locale(MemberId(person.id))
    asked = len(place.slack.workspace.calls)

    place.directory._cache.forget_if_changed(user_json(place.slack.site, person))
    place.directory.locale(MemberId(person.id))

    assert asked == len(place.slack.workspace.calls)


def test_a_new_picture_or_status_costs_no_question(place: Place) -> None:
    place.directory.audience(TEAM)
    asked = len(place.slack.workspace.calls)

    for number in range(3):
        heard(place, f"U0P000{number}", title="Out for lunch", color="#123456")
    place.directory.audience(TEAM)

    assert asked == len(place.slack.workspace.calls)


def test_a_list_that_was_under_way_when_somebody_changed_says_nothing_of_them(place: Place) -> None:
    """The list holds them as they were before, and Slack has told in between."""
    one = MemberId("U0P0001")
    question = place.directory._cache.request(FactKey(FactKind.PEOPLE))
    next(question)
    before = [user_json(place.slack.site, one) for one in place.slack.workspace.members.values()]
    place.slack.workspace.members[one].is_restricted = True
    place.directory.forget_member(one)
    with pytest.raises(StopIteration):
        question.send({"members": before})

    assert one not in place.directory.audience(TEAM)
    assert not place.directory.is_admin(one)


def test_nothing_is_kept_of_those_who_changed_and_are_not_asked_about(place: Place) -> None:
    """Slack tells of every change in a workspace, which may have a hundred thousand people."""
    directory, cache = place.directory, place.directory._cache
    failing = cache.request(FactKey(FactKind.PERSON, "U0P0001"))
    next(failing)
    for number in range(200):
        heard(place, "U0P0001", id=f"U0X{number:04}")
        directory.forget(ChannelId(f"C{number:08}"))
    failing.close()
    del failing

    assert not cache._under_way
    for memory in cache._caches.values():
        assert not memory._answers
        assert not memory._under_way


def test_nobody_waits_behind_a_question_that_was_answered(place: Place) -> None:
    for number in range(7):
        place.directory.is_admin(MemberId(f"U0P{number:04}"))

    source = place.directory._source
    assert isinstance(source, LiveSource)
    assert not source._locks


def test_a_person_is_never_shown_in_a_trace() -> None:
    shown = repr(person_of({"id": "U1", "name": "ingrid", "profile": {"real_name": "Ingrid Solberg"}}, OWN))

    assert "ngrid" not in shown
