"""Several workspaces of one organisation: which one is asked of a channel, and through which bot it posts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import pytest

from bot.core.language import ENGLISH
from bot.core.model import ChannelId, MemberId
from bot.core.posts import PostKind, PostOutcome, Trouble
from bot.errors import LockedOutError, SlackError, SlackUnavailableError, StoppingError, UncertainError
from bot.ports import AdminNote, ChannelInfo
from bot.slack.organisation.directory import OrganisationDirectory
from bot.slack.organisation.messenger import OrganisationMessenger
from bot.slack.organisation.workspaces import SEEN_FOR, ServedWorkspace, ServedWorkspaces
from tests.fakes.directory import FakeDirectory, people
from tests.fakes.messenger import FakeMessenger
from tests.fakes.served import Served
from tests.slack.samples import OPENED

HERE, THERE, BOTH, NOWHERE = (ChannelId(f"C0{name}") for name in ("HERE", "THERE", "BOTH", "NOWHERE"))
ADA, BO = MemberId("U0ADA"), MemberId("U0BO")
TROUBLE = Trouble(kind=PostKind.QUESTION, fate=PostOutcome.UNKNOWN, reason="fatal_error")


@dataclass(slots=True)
class CountingDirectory(FakeDirectory):
    """Counts how often a channel was asked about; ``stops`` as when the bot stops."""

    asked: list[ChannelId] = field(default_factory=list)
    stops: bool = False

    def channel(self, channel: ChannelId) -> ChannelInfo:
        self.asked.append(channel)
        if self.stops:
            raise StoppingError
        return FakeDirectory.channel(self, channel)


@dataclass(slots=True)
class Two:
    """Two workspaces: the first sees HERE and BOTH, the second THERE and BOTH."""

    now: datetime = OPENED
    first: CountingDirectory = field(
        default_factory=lambda: CountingDirectory(members={HERE: people(6), BOTH: people(7)})
    )
    second: CountingDirectory = field(
        default_factory=lambda: CountingDirectory(members={THERE: people(8), BOTH: people(7)})
    )
    says: FakeMessenger = field(default_factory=FakeMessenger)
    also_says: FakeMessenger = field(default_factory=FakeMessenger)
    serving: list[ServedWorkspace] = field(default_factory=list)
    workspaces: ServedWorkspaces = field(init=False)

    def __post_init__(self) -> None:
        self.serving = [
            Served(team="T2", directory=self.second, messenger=self.also_says),
            Served(team="T1", directory=self.first, messenger=self.says),
        ]
        self.workspaces = ServedWorkspaces(lambda: self.serving, lambda: self.now)

    @property
    def directory(self) -> OrganisationDirectory:
        return OrganisationDirectory(self.workspaces)

    @property
    def messenger(self) -> OrganisationMessenger:
        return OrganisationMessenger(self.workspaces)

    def team_of(self, channel: ChannelId) -> str:
        return self.workspaces.of(channel).team

    def uninstall_first(self) -> None:
        self.serving = [one for one in self.serving if one.team != "T1"]


@pytest.fixture
def two() -> Two:
    return Two()


def test_a_channel_is_asked_of_the_workspace_that_sees_it(two: Two) -> None:
    assert ("T1", "T2", "T1") == (two.team_of(HERE), two.team_of(THERE), two.team_of(BOTH))
    assert people(8) == two.directory.audience(THERE)


def test_a_workspace_whose_bot_is_in_the_channel_comes_before_one_that_only_sees_it(two: Two) -> None:
    two.first.left.add(BOTH)

    assert "T2" == two.team_of(BOTH)


def test_a_channel_that_no_bot_is_in_belongs_to_the_first_that_sees_it(two: Two) -> None:
    two.first.left.add(BOTH)
    two.second.left.add(BOTH)

    assert "T1" == two.team_of(BOTH)
    assert not two.directory.channel(BOTH).can_post


def test_slack_is_asked_once_an_hour_which_workspace_sees_a_channel(two: Two) -> None:
    for _ in range(3):
        two.team_of(THERE)
    assert ([THERE], [THERE]) == (two.first.asked, two.second.asked)

    two.now += SEEN_FOR
    two.team_of(THERE)

    assert ([THERE], 2 * [THERE]) == (two.first.asked, two.second.asked), "the last one is asked first"


def test_a_forgotten_channel_is_asked_about_again_in_every_workspace(two: Two) -> None:
    two.team_of(THERE)

    two.directory.forget(THERE)
    two.team_of(THERE)

    assert 2 * [THERE] == two.second.asked
    assert [THERE] == two.first.forgotten == two.second.forgotten


def test_a_channel_that_was_moved_to_another_workspace_is_found_there(two: Two) -> None:
    two.team_of(HERE)
    two.second.members[HERE] = two.first.members.pop(HERE)

    assert people(6) == two.directory.audience(HERE)
    assert "T2" == two.team_of(HERE)


def test_a_channel_of_a_workspace_that_is_gone_is_found_elsewhere_or_not_at_all(two: Two) -> None:
    two.team_of(HERE)
    two.team_of(BOTH)

    two.uninstall_first()

    assert "T2" == two.team_of(BOTH)
    with pytest.raises(SlackError, match="channel_not_found"):
        two.team_of(HERE)


def test_where_no_workspace_is_served_work_waits(two: Two) -> None:
    two.serving = []

    for question in (partial(two.team_of, HERE), partial(two.directory.counts, ADA)):
        with pytest.raises(LockedOutError):
            question()
    two.directory.forget(HERE)


def test_while_a_workspace_cannot_be_asked_it_is_not_guessed_which_sees_a_channel(two: Two) -> None:
    two.team_of(BOTH)
    two.first.down = True
    assert "T1" == two.team_of(BOTH), "it is known"

    with pytest.raises(SlackUnavailableError):
        two.team_of(THERE)


def test_a_workspace_whose_token_is_refused_keeps_no_other_from_being_served(two: Two) -> None:
    two.first.locked_out = True

    assert "T2" == two.team_of(THERE)
    assert two.directory.counts(ADA)
    with pytest.raises(LockedOutError):
        two.team_of(HERE)


def test_a_channel_that_is_only_seen_may_be_that_of_a_bot_that_is_locked_out(two: Two) -> None:
    two.first.locked_out = True
    two.second.left.add(BOTH)

    with pytest.raises(LockedOutError):
        two.team_of(BOTH)


def test_a_refusal_that_says_nothing_of_the_channel_does_not_make_it_gone(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: CountingDirectory, channel: ChannelId) -> ChannelInfo:
        raise SlackError("missing_scope" if channel == NOWHERE else "channel_not_found")

    monkeypatch.setattr(CountingDirectory, "channel", refuse)
    with pytest.raises(SlackError, match="missing_scope"):
        two.team_of(NOWHERE)


def test_an_admin_of_one_workspace_decides_nothing_in_another(two: Two) -> None:
    two.first.admins = {ADA}

    assert two.directory.is_admin(ADA, HERE)
    assert not two.directory.is_admin(ADA, THERE)
    assert not two.directory.is_admin(ADA)
    assert not two.directory.is_admin(ADA, NOWHERE)


def test_an_admin_of_every_workspace_is_one_without_a_channel(two: Two) -> None:
    two.first.admins = two.second.admins = {ADA}

    assert two.directory.is_admin(ADA)
    two.second.locked_out = True
    with pytest.raises(LockedOutError):
        two.directory.is_admin(ADA)


def test_in_a_channel_that_is_gone_the_admin_is_that_of_the_workspace_that_saw_it_last(two: Two) -> None:
    two.first.admins = {ADA}
    two.team_of(HERE)
    del two.first.members[HERE]
    two.directory.forget(HERE)

    assert two.directory.is_admin(ADA, HERE)

    two.first.down = True
    with pytest.raises(SlackUnavailableError):
        two.directory.is_admin(ADA, HERE)


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        ("full", "full", True),
        ("full", "guest", False),
        ("guest", "full", False),
        ("unknown", "full", True),
        ("full", "unknown", True),
        ("unknown", "guest", False),
        ("unknown", "unknown", False),
    ],
)
def test_a_guest_in_one_workspace_is_a_guest_and_one_that_knows_nobody_says_nothing(
    two: Two, first: str, second: str, *, counts: bool
) -> None:
    for directory, kind in ((two.first, first), (two.second, second)):
        directory.guests = {ADA} if kind == "guest" else set()
        directory.unknown = {ADA} if kind == "unknown" else set()

    assert counts is two.directory.counts(ADA)
    assert two.directory.describes(ADA) is ({first, second} != {"unknown"})


def test_whether_somebody_counts_is_not_guessed(two: Two) -> None:
    two.second.down = True
    with pytest.raises(SlackUnavailableError):
        two.directory.counts(ADA)

    two.first.guests = {ADA}
    assert not two.directory.counts(ADA)


def test_the_channels_of_somebody_are_those_of_each_workspace_where_they_count(two: Two) -> None:
    one = min(people(6))
    assert {HERE, THERE, BOTH} == two.directory.channels_of(one)

    two.first.guests = {one}

    assert {THERE, BOTH} == two.directory.channels_of(one)


def test_zone_and_locale_are_those_that_a_workspace_knows(two: Two) -> None:
    two.first.unknown = {ADA}
    two.second.zones[ADA], two.second.speaks[ADA] = "Asia/Tokyo", "ja-JP"

    assert ("Asia/Tokyo", "ja-JP") == (two.directory.zone(ADA), two.directory.locale(ADA))
    two.second.unknown = {ADA}
    assert ("UTC", "") == (two.directory.zone(ADA), two.directory.locale(ADA))


def test_the_people_to_look_for_in_a_quote_are_those_of_all_workspaces_with_all_their_names(two: Two) -> None:
    two.first.workspace, two.second.workspace = {ADA}, {ADA, BO}
    two.second.called[ADA] = frozenset({"Countess"})

    for channel in (HERE, NOWHERE):
        found = two.directory.people(channel)
        assert {ADA, BO} <= found.keys()
        assert frozenset({"u0ada", "Countess"}) == found[ADA]


def test_a_message_goes_through_the_bot_of_the_channels_workspace(two: Two) -> None:
    two.messenger.introduce(THERE, ENGLISH)
    two.messenger.introduce(HERE, ENGLISH)

    assert [HERE] == [channel for _, channel, _ in two.says.channels_told]
    assert [THERE] == [channel for _, channel, _ in two.also_says.channels_told]


def test_a_message_whose_fate_is_unknown_is_not_posted_through_another_workspace(two: Two) -> None:
    two.says.fail["introduce"] = "no_answer"

    with pytest.raises(UncertainError):
        two.messenger.introduce(BOTH, ENGLISH)

    assert not two.also_says.tried


def test_a_message_that_is_refused_as_the_channel_has_moved_is_posted_where_it_is_now(two: Two) -> None:
    two.team_of(HERE)
    two.second.members[HERE] = two.first.members.pop(HERE)
    two.says.fail["introduce"] = "channel_not_found"

    two.messenger.introduce(HERE, ENGLISH)

    assert [HERE] == [channel for _, channel, _ in two.also_says.channels_told]


def test_a_refusal_of_the_only_workspace_that_sees_the_channel_stays_one(two: Two) -> None:
    two.says.fail["introduce"] = "not_in_channel"

    with pytest.raises(SlackError, match="not_in_channel"):
        two.messenger.introduce(HERE, ENGLISH)

    assert ["introduce"] == two.says.tried


def info_of(channel: ChannelId) -> ChannelInfo:
    return ChannelInfo(id=channel, name="", private=True, archived=False, joined=False)


TELLS: tuple[Callable[[Two, ChannelId], None], ...] = (
    lambda two, channel: two.messenger.tell_trouble(ADA, TROUBLE, channel, ENGLISH),
    lambda two, channel: two.messenger.tell_admin(ADA, AdminNote.LEFT, info_of(channel), "", ENGLISH),
)


@pytest.mark.parametrize("tell", TELLS, ids=["trouble", "note"])
@pytest.mark.parametrize(
    ("channel", "unknown_to_first", "first"),
    [
        (HERE, False, True),
        (THERE, False, False),
        (HERE, True, False),
        (NOWHERE, False, True),
        (ChannelId(""), True, False),
    ],
)
def test_an_admin_is_told_by_the_channels_workspace_if_it_knows_them_else_by_one_that_does(
    two: Two,
    tell: Callable[[Two, ChannelId], None],
    channel: ChannelId,
    *,
    unknown_to_first: bool,
    first: bool,
) -> None:
    two.first.unknown = {ADA} if unknown_to_first else set()

    tell(two, channel)

    told = [bool(one.admins_told or one.troubles_told) for one in (two.says, two.also_says)]
    assert [first, not first] == told


def test_an_admin_is_told_through_another_workspace_only_where_the_first_has_refused(two: Two) -> None:
    two.says.fail["tell_trouble"] = "channel_not_found"
    two.messenger.tell_trouble(ADA, TROUBLE, HERE, ENGLISH)
    assert two.also_says.troubles_told

    for reason, error in (("no_answer", UncertainError), ("ratelimited", SlackUnavailableError)):
        two.says.fail["tell_trouble"] = reason
        with pytest.raises(error):
            two.messenger.tell_trouble(ADA, TROUBLE, HERE, ENGLISH)
    assert 1 == len(two.also_says.troubles_told)


def test_somebody_whom_no_workspace_knows_is_told_nothing(two: Two) -> None:
    two.first.unknown = two.second.unknown = {ADA}

    with pytest.raises(SlackError, match="user_not_found"):
        two.messenger.tell_trouble(ADA, TROUBLE, HERE, ENGLISH)


def test_an_admin_is_told_while_a_workspace_is_locked_out(two: Two) -> None:
    two.first.locked_out = True

    two.messenger.tell_trouble(ADA, TROUBLE, HERE, ENGLISH)

    assert two.also_says.troubles_told


def test_what_is_seen_after_an_uninstall_is_known_without_slack_or_asked_for(two: Two) -> None:
    two.team_of(HERE)
    two.team_of(THERE)
    two.uninstall_first()

    two.second.asked.clear()
    assert {THERE, BOTH} == two.workspaces.seen({HERE, THERE, BOTH, NOWHERE})
    assert {HERE, BOTH, NOWHERE} == set(two.second.asked), "THERE is known"


def test_while_slack_is_away_it_is_asked_once_and_only_what_is_known_counts_as_seen(two: Two) -> None:
    two.team_of(THERE)
    two.uninstall_first()
    two.second.asked.clear()
    two.second.down = True
    two.now += timedelta(days=2)

    assert {THERE} == two.workspaces.seen({HERE, THERE, BOTH, NOWHERE})
    assert 1 == len(two.second.asked)


def test_a_bot_that_is_locked_out_sees_no_channel(two: Two) -> None:
    two.first.locked_out = True

    assert {THERE, BOTH} == two.workspaces.seen({HERE, THERE, BOTH})


def test_a_bot_that_stops_does_not_say_what_is_seen(two: Two) -> None:
    two.first.stops = True

    with pytest.raises(StoppingError):
        two.workspaces.seen({HERE})
