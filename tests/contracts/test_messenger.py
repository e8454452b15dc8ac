"""The Messenger port: the real one over a local workspace, and the fake, held to the same contract."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.core.changes import ChangeKind, ScheduleChange
from bot.core.language import ENGLISH, Languages
from bot.core.model import ChannelId, MemberId, MessageTs, Round, RoundState
from bot.core.posts import PostKind, PostOutcome, Trouble
from bot.core.release import Withheld
from bot.demo.clock import AdjustableClock
from bot.demo.server import DemoServer
from bot.demo.workspace import demo_workspace
from bot.errors import SlackError, SlackUnavailableError, UncertainError
from bot.ports import AdminNote, ChannelInfo, ChannelNote, Messenger
from bot.slack.client.calls import web_client
from bot.slack.messenger import SlackMessenger
from bot.slack.organisation.messenger import OrganisationMessenger
from bot.slack.organisation.workspaces import ServedWorkspaces
from tests.contracts.values import NOON, a_round, a_schedule
from tests.fakes.directory import FakeDirectory
from tests.fakes.messenger import FakeMessenger
from tests.fakes.served import Served

TEAM = ChannelId("C02PRODUCT")
ADMIN = MemberId("U01MAYA")
INFO = ChannelInfo(id=TEAM, name="product-team", private=False, archived=False, joined=True)
WEEKLY = a_schedule(channel=TEAM)
MANIFEST = json.loads((Path(__file__).parents[2] / "manifest.json").read_text(encoding="utf-8"))


@dataclass(slots=True)
class Case:
    """A messenger, a way to make its next call fail, and how many messages a channel and an admin got.

    ``buttons``: how many messages of the channel have a button to reply.
    """

    messenger: Messenger
    refuse: Callable[[str, str], None]
    posted: Callable[[], int]
    told: Callable[[], int]
    buttons: Callable[[], int]


def the_real_one() -> Iterator[Case]:
    clock = AdjustableClock(NOON, real=lambda: 0.0)
    with DemoServer(demo_workspace(), manifest=MANIFEST, clock=clock) as server:
        messenger = SlackMessenger(web_client(server.bot_token, server.api_url), Languages())
        yield Case(
            messenger,
            refuse=lambda _verb, reason: server.fail_next("chat.postMessage", error=reason),
            posted=lambda: len(server.workspace.messages.get(TEAM, [])),
            told=lambda: len(server.workspace.messages.get(server.workspace.direct_message(ADMIN).id, [])),
            buttons=lambda: sum(
                "reply.open" in json.dumps(message.blocks)
                for message in server.workspace.messages.get(TEAM, [])
            ),
        )


def the_fake() -> Iterator[Case]:
    fake = FakeMessenger()
    said = {"announce", "post_summary", "tell", "remind"}
    yield Case(
        fake,
        refuse=lambda verb, reason: fake.fail.update({verb: reason}),
        posted=lambda: sum(verb in said for verb in fake.verbs()) + len(fake.told) + len(fake.channels_told),
        told=lambda: len(fake.admins_told) + len(fake.troubles_told),
        buttons=lambda: len(fake.buttons),
    )


def an_organisation() -> Iterator[Case]:
    """Of two workspaces, of which the one that is asked last sees the channel."""
    there = FakeDirectory(members={TEAM: frozenset({ADMIN})})
    elsewhere = FakeDirectory(members={ChannelId("C0ELSE000"): frozenset()}, unknown={ADMIN})
    for case in the_fake():
        served = [
            Served(team="T0", directory=elsewhere, messenger=FakeMessenger()),
            Served(team="T1", directory=there, messenger=case.messenger),
        ]
        messenger = OrganisationMessenger(ServedWorkspaces(lambda served=served: served, lambda: NOON))
        yield replace(case, messenger=messenger)


@pytest.fixture(
    params=[the_real_one, the_fake, an_organisation], ids=["slack", "memory", "organisation of two"]
)
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    yield from request.param()


def open_round() -> Round:
    return replace(a_round(), channel=TEAM, announcement=None, summary=None, state=RoundState.OPEN)


def test_every_message_has_a_stamp_of_its_own(case: Case) -> None:
    round_ = open_round()

    stamps = {
        case.messenger.announce(round_),
        case.messenger.remind(round_),
        case.messenger.post_summary(round_, Withheld(round_id=round_.id)),
    }

    assert 3 == len(stamps) == case.posted()


@pytest.mark.parametrize("state", [RoundState.CLOSED, RoundState.CANCELLED, RoundState.KEY_LOST])
def test_retiring_an_announcement_and_a_reminder_posts_nothing_and_leaves_no_button(
    case: Case, state: RoundState
) -> None:
    round_ = open_round()
    announced = replace(round_, announcement=case.messenger.announce(round_), state=state)
    reminded = replace(announced, reminder=case.messenger.remind(round_))
    assert 2 == case.buttons()

    case.messenger.retire(reminded)

    assert (2, 0) == (case.posted(), case.buttons())


@pytest.mark.parametrize("reminder", [None, MessageTs(""), MessageTs("1700000000.999999")])
def test_a_reminder_that_is_unknown_or_gone_is_no_error(case: Case, reminder: MessageTs | None) -> None:
    round_ = open_round()
    announced = replace(round_, announcement=case.messenger.announce(round_), state=RoundState.CLOSED)

    case.messenger.retire(replace(announced, reminder=reminder))

    assert (1, 0) == (case.posted(), case.buttons())


def test_a_reminder_is_retired_where_the_announcement_is_gone(case: Case) -> None:
    gone = replace(open_round(), announcement=MessageTs("1700000000.999999"), state=RoundState.CLOSED)

    case.messenger.retire(replace(gone, reminder=case.messenger.remind(open_round())))

    assert 0 == case.buttons()


def test_a_round_that_was_never_announced_can_be_retired(case: Case) -> None:
    case.messenger.retire(replace(open_round(), state=RoundState.CANCELLED))

    assert 0 == case.posted()


def test_a_changed_summary_is_no_new_message(case: Case) -> None:
    round_ = open_round()
    result = Withheld(round_id=round_.id)
    posted = replace(round_, summary=case.messenger.post_summary(round_, result))

    case.messenger.update_summary(posted, result)

    assert 1 == case.posted()


@pytest.mark.parametrize("note", list(ChannelNote))
def test_a_note_is_a_message(case: Case, note: ChannelNote) -> None:
    case.messenger.tell(open_round(), note)

    assert 1 == case.posted()


def test_a_reminder_an_introduction_and_a_question_to_go_on_are_a_message_each(case: Case) -> None:
    case.messenger.remind(open_round())
    case.messenger.introduce(TEAM, ENGLISH)
    case.messenger.ask_to_go_on(WEEKLY)
    case.messenger.post_cycle(WEEKLY, ())

    assert 4 == case.posted()


@pytest.mark.parametrize("kind", list(ChangeKind))
def test_a_change_is_one_message_in_the_channel(case: Case, kind: ChangeKind) -> None:
    change = ScheduleChange(kind=kind, schedule=WEEKLY, at=NOON, by=ADMIN)

    case.messenger.tell_change(change, None if kind is ChangeKind.DELETED else NOON)

    assert (1, 0) == (case.posted(), case.told())


@pytest.mark.parametrize("note", list(AdminNote))
def test_an_admin_is_told_alone(case: Case, note: AdminNote) -> None:
    case.messenger.tell_admin(ADMIN, note, INFO, "team", ENGLISH)

    assert (0, 1) == (case.posted(), case.told())


def test_an_admin_is_told_of_trouble_alone(case: Case) -> None:
    trouble = Trouble(kind=PostKind.QUESTION, fate=PostOutcome.UNKNOWN, reason="fatal_error")

    case.messenger.tell_trouble(ADMIN, trouble, TEAM, ENGLISH)

    assert (0, 1) == (case.posted(), case.told())


@pytest.mark.parametrize("verb", ["introduce", "tell_change", "tell_admin"])
def test_what_slack_refuses_of_schedules_carries_its_reason(case: Case, verb: str) -> None:
    change = ScheduleChange(kind=ChangeKind.CREATED, schedule=WEEKLY, at=NOON, by=None)
    steps: dict[str, Callable[[], None]] = {
        "introduce": lambda: case.messenger.introduce(TEAM, ENGLISH),
        "tell_change": lambda: case.messenger.tell_change(change, NOON),
        "tell_admin": lambda: case.messenger.tell_admin(ADMIN, AdminNote.LEFT, INFO, "", ENGLISH),
    }
    case.refuse(verb, "is_archived")

    with pytest.raises(SlackError) as caught:
        steps[verb]()

    assert "is_archived" == caught.value.reason


def test_a_refusal_carries_slacks_reason(case: Case) -> None:
    case.refuse("announce", "not_in_channel")

    with pytest.raises(SlackError) as caught:
        case.messenger.announce(open_round())

    assert "not_in_channel" == caught.value.reason


def test_a_passing_refusal_is_told_from_one_for_good(case: Case) -> None:
    case.refuse("announce", "message_limit_exceeded")

    with pytest.raises(SlackUnavailableError) as caught:
        case.messenger.announce(open_round())

    assert not isinstance(caught.value, UncertainError)


def test_doubt_is_told_from_a_refusal(case: Case) -> None:
    case.refuse("announce", "internal_error")

    with pytest.raises(UncertainError):
        case.messenger.announce(open_round())


def test_a_round_whose_message_stands_somewhere_can_be_retired(case: Case) -> None:
    case.messenger.retire(replace(open_round(), announcement=MessageTs(""), state=RoundState.CLOSED))

    assert 0 == case.posted()


def test_a_stamp_is_text(case: Case) -> None:
    assert MessageTs(case.messenger.announce(open_round())).replace(".", "").isdigit()
