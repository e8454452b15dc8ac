"""Subtraction: one person's answer as the difference of two published counts, in every way that once worked.

Each attack is tried on the service with real files, and on a mutant of it. The mutants: ``the old rule``
compares live memberships of other channels that the bot still sees, as it was before audiences were frozen;
``the first repair`` asks that five people of each audience are not in the other.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.core import audiences as core_audiences
from bot.core.audiences import Askable, StatementKey, every_key
from bot.core.model import (
    ChannelId,
    DimensionKey,
    MemberId,
    NormId,
    PackId,
    PromptId,
    PromptPack,
    Round,
    RoundKind,
    Statement,
    StatementId,
    Tag,
    TagId,
)
from bot.core.norms import Norm, NormState, NormStep
from bot.core.redaction import redact
from bot.core.release import Published
from bot.core.replies import Draft
from bot.ports import Services
from bot.service import audiences
from bot.service.audiences import AskedLately
from bot.service.channels import refresh_channel
from bot.service.close_rounds import cancel_round
from bot.service.leave_channels import forget_channels
from bot.service.norms import ledger_of, take_proposal_down
from bot.service.open_rounds import NotAsked, ask_now
from bot.service.preview import preview_round
from bot.service.replies import Refusal, ReplyOutcome
from bot.service.run_due import run_due
from tests.core.test_prompts import WHOLE
from tests.fakes.directory import FakeDirectory, people
from tests.fakes.messenger import FakeMessenger
from tests.privacy.services import SETTINGS, OnDisk, make_services
from tests.replying import accept_reply, open_reply
from tests.service.services import MONDAY, a_pack, weekly

pytestmark = pytest.mark.attack

X, Y = ChannelId("C0HERE"), ChannelId("C0THERE")
ADMIN, VICTIM = MemberId("U0ADMIN"), MemberId("U13")
THIRTEEN, BUT_ONE = people(13), people(13) - {VICTIM}
BYSTANDERS = people(5, start=50)
DAY = timedelta(days=1)
PACK = a_pack(dimensions=1, each=1)


@dataclass(slots=True)
class Office:
    """A workspace with two channels, an admin who wants to know what one person answers, and the bot."""

    state: OnDisk
    now: datetime
    directory: FakeDirectory
    messenger: FakeMessenger
    services: Services
    asked: list[Round] = field(default_factory=list)

    def ask(self, channel: ChannelId) -> Round | str:
        """What the admin gets who asks now, a second after whatever was before."""
        self.now += timedelta(seconds=1)
        found = ask_now(self.services, channel, ADMIN)
        return found.reason if isinstance(found, NotAsked) else found

    def publish(self, channel: ChannelId, *, without: frozenset[MemberId] = frozenset()) -> Round:
        """Ask, let everybody reply but these, and publish."""
        round_ = self.ask(channel)
        assert isinstance(round_, Round), round_
        self.asked.append(round_)
        for member in sorted(self.directory.members[channel] - without):
            receipt = open_reply(self.services, round_.id, member).receipt
            assert receipt
            draft = Draft(answers={one.id: 4 if member == VICTIM else 2 for one in round_.prompt.statements})
            assert ReplyOutcome.SAVED is accept_reply(self.services, round_.id, member, draft, receipt)
        self.now = round_.closes_at
        run_due(self.services)
        return round_

    def try_to_publish(self, channel: ChannelId) -> None:
        """Publish there, if the bot lets the admin."""
        if isinstance(found := self.ask(channel), Round):
            cancel_round(self.services, found)  # the next one is the same
            self.publish(channel)

    def published(self) -> list[tuple[Round, Published]]:
        """Every result that shows a number."""
        with self.services.store.transaction("test") as tx:
            results = [one for channel in (X, Y) for one in tx.list_releases(channel)]
        return [(round_, result) for round_, result in results if isinstance(result, Published)]

    def twice_of_mostly_the_same(self) -> frozenset[StatementKey]:
        """The statements whose counts stand in two results: they can be subtracted."""
        found = frozenset[StatementKey]()
        results = [(round_, _shown(round_, result)) for round_, result in self.published()]
        for place, (_, here) in enumerate(results):
            found |= here & frozenset().union(*(there for _, there in results[:place]))
        return found


def _shown(round_: Round, result: Published) -> frozenset[StatementKey]:
    counted = {one.statement for one in result.statements if one.total}
    statements = tuple(statement for statement in round_.prompt.statements if statement.id in counted)
    return every_key(replace(round_.prompt, statements=statements), round_.id) if statements else frozenset()


@pytest.fixture
def office() -> Iterator[Office]:
    state = OnDisk()
    directory = FakeDirectory(members={X: THIRTEEN, Y: BUT_ONE}, admins={ADMIN})
    messenger = FakeMessenger()
    office = Office(state, MONDAY, directory, messenger, services=None)  # type: ignore[arg-type]
    services = make_services(state, messenger, directory, lambda: office.now, lambda _: None)
    office.services = replace(services, settings=replace(SETTINGS, packs={PackId("belonging"): PACK}))
    yield office
    state.remove()


def _live_memberships(office: Office, alike: Callable[[frozenset[MemberId], frozenset[MemberId]], bool]):  # noqa: ANN202
    """A count of 99 where another channel, that the bot still sees, was asked and is alike; else 0."""

    def count(
        services: Services, lately: AskedLately, audience: frozenset[MemberId], statement: Askable
    ) -> int:
        here = next(channel for channel in (Y, X) if office.directory.members.get(channel) == audience)
        for channel in {X, Y} - {here}:
            there = office.directory.members.get(channel, frozenset())
            asked = any(
                not {*statement.keys}.isdisjoint(every_key(round_.prompt, round_.id))
                for round_ in office.asked
                if round_.channel == channel
            )
            if asked and there and alike(frozenset(audience), there):
                return 99
        return 0

    return count


def the_old_rule(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def near_equal(here: frozenset[MemberId], there: frozenset[MemberId]) -> bool:
        if here == there:
            return False
        nested = here < there or there < here
        return nested or 1 <= len(here - there) < 5 or 1 <= len(there - here) < 5

    monkeypatch.setattr(audiences, "_count", _live_memberships(office, near_equal))


def the_first_repair(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_alike(here: frozenset[MemberId], there: frozenset[MemberId]) -> bool:
        return len(here - there) < 5 or len(there - here) < 5

    monkeypatch.setattr(audiences, "_count", _live_memberships(office, too_alike))


def bot_removed(office: Office) -> None:
    """The bot is taken out of the private channel."""
    del office.directory.members[X]


def channel_deleted(office: Office) -> None:
    """The channel is deleted, and the bot has noticed."""
    del office.directory.members[X]
    refresh_channel(office.services, X)


def channel_archived(office: Office) -> None:
    """The channel is archived: Slack tells nobody's membership of it."""
    office.directory.archived.add(X)
    refresh_channel(office.services, X)
    del office.directory.members[X]


def channel_made_private(office: Office) -> None:
    """The channel is made private, without the bot."""
    office.directory.private.add(X)
    office.directory.left.add(X)
    refresh_channel(office.services, X)
    del office.directory.members[X]


def channel_renamed(office: Office) -> None:
    """The channel gets another name, and other people."""
    office.directory.renamed[X] = "harmless"
    refresh_channel(office.services, X)
    office.directory.members[X] = people(8, start=70)


def members_swapped(office: Office) -> None:
    """Five bystanders come into the channel, and five leave: the two are no longer alike."""
    office.directory.members[X] = frozenset(sorted(THIRTEEN)[5:]) | BYSTANDERS


WAYS = (
    bot_removed,
    channel_deleted,
    channel_archived,
    channel_made_private,
    channel_renamed,
    members_swapped,
)


@pytest.mark.parametrize("way", WAYS)
def test_the_same_people_but_one_are_not_asked_the_same_through_a_channel_that_is_gone_or_changed(
    office: Office, way: Callable[[Office], None]
) -> None:
    office.publish(X)
    way(office)

    office.try_to_publish(Y)

    assert not office.twice_of_mostly_the_same()


@pytest.mark.parametrize("way", WAYS)
def test_mutant_of_the_old_rule_publishes_both_counts(
    office: Office, monkeypatch: pytest.MonkeyPatch, way: Callable[[Office], None]
) -> None:
    the_old_rule(office, monkeypatch)
    office.publish(X)
    way(office)

    office.try_to_publish(Y)

    assert office.twice_of_mostly_the_same()


def test_people_who_are_taken_out_a_minute_after_the_opening_count_as_asked(office: Office) -> None:
    """They cannot reply any more, so the repliers of x are those of y and one."""
    office.directory.members[X] |= BYSTANDERS
    office.directory.members[Y] |= people(5, start=60)
    _publish_without_those_who_were_removed(office, X, BYSTANDERS)

    _try_without_those_who_were_removed(office, Y, people(5, start=60))

    assert not office.twice_of_mostly_the_same()


def test_mutant_of_the_first_repair_counts_people_who_are_taken_out_as_different(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    the_first_repair(office, monkeypatch)
    office.directory.members[X] |= BYSTANDERS
    office.directory.members[Y] |= people(5, start=60)
    _publish_without_those_who_were_removed(office, X, BYSTANDERS)
    office.directory.members[X] |= BYSTANDERS

    _try_without_those_who_were_removed(office, Y, people(5, start=60))

    assert office.twice_of_mostly_the_same()


def _publish_without_those_who_were_removed(
    office: Office, channel: ChannelId, removed: frozenset[MemberId]
) -> None:
    office.publish(channel, without=removed)
    office.directory.members[channel] -= removed


def _try_without_those_who_were_removed(
    office: Office, channel: ChannelId, removed: frozenset[MemberId]
) -> None:
    if isinstance(found := office.ask(channel), Round):
        cancel_round(office.services, found)
        office.publish(channel, without=removed)


def ask_and_cancel_until_it_comes_again(office: Office) -> None:
    """One channel alone: published, one person taken out, then ask and cancel again and again, for weeks."""
    first = office.publish(X)
    office.directory.members[X] = BUT_ONE
    for _ in range(40):
        found = office.ask(X)
        if isinstance(found, Round):
            cancel_round(office.services, found)
            if set(found.prompt.statements) & set(first.prompt.statements):
                office.publish(X)
                return
        office.now += timedelta(hours=12)


def test_one_channel_alone_is_not_asked_the_same_again_however_often_it_is_asked_and_cancelled(
    office: Office,
) -> None:
    ask_and_cancel_until_it_comes_again(office)

    assert not office.twice_of_mostly_the_same()


def test_mutant_of_the_old_rule_asks_one_channel_the_same_again_within_the_hour(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    the_old_rule(office, monkeypatch)

    ask_and_cancel_until_it_comes_again(office)

    assert office.twice_of_mostly_the_same()


def weigh_the_same_proposal(office: Office, there: Callable[[str], str] = str) -> list[Round]:
    """Both channels weigh proposals in the same words, which have different ids.

    ``there``: how whoever proposes them in the other channel writes the same.
    """
    packs = {PackId("belonging"): replace(WHOLE, id=PackId("belonging"))}
    office.services = replace(office.services, settings=replace(SETTINGS, packs=packs))
    for channel in (X, Y):
        proposed = NormStep(state=NormState.PROPOSED, on=MONDAY.date(), round=1)
        for number, text in enumerate(("We begin with news.", "We end on time.", "We ask who is away.")):
            norm = Norm(
                id=NormId(f"{channel}-{number}"),
                channel=channel,
                handle="ABC"[number],
                text=text if channel == X else there(text),
                steps=(proposed,),
            )
            with office.services.store.transaction("test") as tx:
                tx.put_norm(norm)
    for channel in (X, Y):
        if isinstance(found := office.ask(channel), Round):
            cancel_round(office.services, found)
            office.publish(channel)
    return [round_ for round_, _ in office.published() if round_.prompt.kind is RoundKind.CHOOSE]


def test_the_same_proposal_is_not_weighed_twice_by_mostly_the_same_people(office: Office) -> None:
    assert [X] == [round_.channel for round_ in weigh_the_same_proposal(office)]
    assert not office.twice_of_mostly_the_same()


LOOKING_ALIKE = {
    "Cyrillic": lambda text: text.replace("e", "\u0435").replace("a", "\u0430"),
    "accents": lambda text: text.replace("e", "\u00e9"),
    "capital i for small l": lambda text: text.replace("l", "I"),
    "r and n for m": lambda text: text.replace("m", "rn").replace("w", "vv"),
    "an emoji": lambda text: text.replace(".", " :tada:."),
    "small capitals": lambda text: text.replace("n", "\u0274"),
}


@pytest.mark.parametrize("how", LOOKING_ALIKE)
def test_a_proposal_in_letters_that_look_like_it_is_not_weighed_twice_by_mostly_the_same_people(
    office: Office, how: str
) -> None:
    """Whoever proposes it in both channels sees to it that everybody reads, and answers, the same."""
    assert [X] == [round_.channel for round_ in weigh_the_same_proposal(office, LOOKING_ALIKE[how])]


@pytest.mark.parametrize("how", ["Cyrillic", "accents", "an emoji", "small capitals"])
def test_mutant_that_goes_by_the_letters_and_not_by_their_looks_weighs_it_twice(
    office: Office, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_audiences, "looks", core_audiences.letters)

    rounds = weigh_the_same_proposal(office, LOOKING_ALIKE[how])

    assert [X, Y] == [round_.channel for round_ in rounds]


def test_mutant_that_knows_a_proposal_by_its_id_weighs_it_twice(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count(
        services: Services, lately: AskedLately, audience: frozenset[MemberId], statement: Askable
    ) -> int:
        by_words = any(key.startswith("choose:") for key in statement.keys)
        return 0 if by_words else genuine(services, lately, audience, statement)

    genuine = audiences._count
    monkeypatch.setattr(audiences, "_count", count)

    assert [X, Y] == [round_.channel for round_ in weigh_the_same_proposal(office)]


def weigh_what_names_its_victim(
    office: Office,
    said: str = "We ask {} to write down the end.",
    *,
    between: Callable[[Office], object] = str,
) -> list[Round]:
    """Each channel weighs the same three proposals, and takes out the names of its own members alone.

    The victim is in one of the channels only. ``between``: what happens before the other one is asked.
    """
    packs = {PackId("belonging"): replace(WHOLE, id=PackId("belonging"))}
    office.services = replace(office.services, settings=replace(SETTINGS, packs=packs))
    for channel, names in ((X, ["Maya Okafor", "Tom Berg"]), (Y, ["Tom Berg"])):
        proposed = NormStep(state=NormState.PROPOSED, on=MONDAY.date(), round=1)
        for number, name in enumerate(("Maya", "Maya Okafor", "Maya and Tom")):
            text = redact(f"{said.format(name)} On day {number + 1}.", names)
            assert text
            assert ("Maya" in text) is (channel == Y)
            norm = Norm(
                id=NormId(f"{channel}-{number}"),
                channel=channel,
                handle="ABC"[number],
                text=text,
                steps=(proposed,),
            )
            with office.services.store.transaction("test") as tx:
                tx.put_norm(norm)
    for channel in (X, Y):
        if isinstance(found := office.ask(channel), Round):
            cancel_round(office.services, found)
            office.publish(channel)
        if channel == X:
            between(office)
    return [round_ for round_, _ in office.published() if round_.prompt.kind is RoundKind.CHOOSE]


def take_all_down(office: Office) -> None:
    """An admin takes down what was weighed, so that its words are nowhere any more."""
    for norm in ledger_of(office.services, X).norms:
        take_proposal_down(office.services, norm.id, ADMIN, "Nobody wants it.")


def forget_x(office: Office) -> None:
    forget_channels(office.services, [X])


@pytest.mark.parametrize(
    "said",
    [
        "We ask {} to write down the end.",
        "{} writes down the end of it.",
        "We write down the end for {}.",
        "We worn down the corner {}'s notes were in.",
    ],
)
def test_a_proposal_that_names_its_victim_is_not_weighed_twice_by_mostly_the_same_people(
    office: Office, said: str
) -> None:
    """The name is taken out where the victim is, and stands where the victim is not."""
    assert [X] == [round_.channel for round_ in weigh_what_names_its_victim(office, said)]


@pytest.mark.parametrize("between", [take_all_down, forget_x])
def test_nor_where_nobody_knows_the_words_of_the_first_one_any_more(
    office: Office, between: Callable[[Office], object]
) -> None:
    rounds = weigh_what_names_its_victim(office, between=between)

    assert Y not in [round_.channel for round_ in rounds]


def test_mutant_that_goes_by_what_is_left_of_a_proposal_alone_weighs_it_twice(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audiences, "may_read_alike", lambda *_: False)

    assert [X, Y] == [round_.channel for round_ in weigh_what_names_its_victim(office)]


def tagged_pack(topic: str, *tags: str) -> PromptPack:
    """A pack of one topic with a question, statements and these tags."""
    (found,) = PACK.dimensions
    (prompt,) = PACK.prompts
    key = DimensionKey(topic)
    anchor = Statement(id=StatementId(f"{topic}-anchor"), text=f"Anchor of {topic}.")
    own = (Statement(id=StatementId(f"{topic}-a"), text=f"Statement of {topic}."),)
    return replace(
        PACK,
        dimensions=(
            replace(
                found,
                key=key,
                anchor=anchor,
                tags=tuple(Tag(id=TagId(f"{topic}-{n}"), text=text) for n, text in enumerate(tags)),
            ),
        ),
        prompts=(replace(prompt, id=PromptId(f"{topic}-0"), dimension=key, statements=own),),
    )


def ask_the_same_tag_under_another_topic(office: Office) -> tuple[Round, Round]:
    """Two packs of an admin's own, with other statements, and a tag in common; y is x without one person."""
    rounds = []
    for channel, pack in (
        (X, tagged_pack("voice", "Long meetings", "Being heard")),
        (Y, tagged_pack("door", "Chances", "long  MEETINGS!")),
    ):
        packs = {PackId("belonging"): pack}
        office.services = replace(office.services, settings=replace(SETTINGS, packs=packs))
        rounds.append(office.publish(channel))
    return rounds[0], rounds[1]


def test_the_same_tag_is_not_offered_twice_to_mostly_the_same_people_under_whatever_topic(
    office: Office,
) -> None:
    here, there = ask_the_same_tag_under_another_topic(office)

    assert here.prompt.tags
    assert there.prompt.statements
    assert not there.prompt.tags


def test_mutant_that_knows_tags_by_their_topic_alone_offers_the_same_tag_twice(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count(
        services: Services, lately: AskedLately, audience: frozenset[MemberId], statement: Askable
    ) -> int:
        keys = tuple(key for key in statement.keys if not key.startswith("tag:"))
        return genuine(services, lately, audience, replace(statement, keys=keys))

    genuine = audiences._count
    monkeypatch.setattr(audiences, "_count", count)
    monkeypatch.setattr(audiences, "alike", lambda *_: {})

    here, there = ask_the_same_tag_under_another_topic(office)

    assert {"Long meetings"} < {tag.text for tag in here.prompt.tags}
    assert "long  MEETINGS!" in {tag.text for tag in there.prompt.tags}


def refusals(office: Office, others: frozenset[MemberId]) -> list[object]:
    """What an admin is told who asks, asks again, fires a schedule, and tries out, with these people in y."""
    office.directory.members[Y] = others
    told: list[object] = [office.ask(Y), office.ask(Y)]
    office.now += DAY
    told += [office.ask(Y)]
    tried = preview_round(office.services, weekly(channel=Y), insider=True)
    return [*told, tried.prompt if tried else None]


CAUSES: dict[str, Callable[[Office], None]] = {
    "asked here": lambda office: office.publish(Y) and None,
    "asked in a private channel": lambda office: _hide(office, office.publish(X)),
    "marks lost": lambda office: _lose(office, office.publish(X)),
    "key lost": lambda office: _lose_keys(office, office.publish(X)),
}


def _hide(office: Office, round_: Round) -> None:
    office.directory.private.add(round_.channel)


def _lose(office: Office, round_: Round) -> None:
    office.state.audiences.remove([round_.id])


def _lose_keys(office: Office, round_: Round) -> None:
    assert round_.period
    office.state.audience_keys.destroy(round_.period)


def _rest(office: Office) -> None:
    with office.services.store.transaction("test") as tx:
        tx.put_rest_until(office.now + 28 * DAY)


CAUSES["restored"] = _rest


@pytest.mark.parametrize("cause", CAUSES)
def test_a_refusal_says_the_same_whatever_the_cause_and_nothing_in_slack(office: Office, cause: str) -> None:
    CAUSES[cause](office)
    said = len(office.messenger.said)

    *told, tried = refusals(office, people(8))

    assert ["rests"] * 3 == told
    assert said == len(office.messenger.said)
    assert tried


def test_what_is_tried_out_is_the_same_whatever_other_channels_were_asked(office: Office) -> None:
    before = preview_round(office.services, weekly(channel=Y), insider=True)
    office.publish(X)
    after = preview_round(office.services, weekly(channel=Y), insider=True)

    assert before
    assert after
    assert before.prompt == after.prompt


def test_asking_again_with_others_on_the_same_day_tells_nothing_more(office: Office) -> None:
    """The admin swaps people in and out to learn who is in the private channel."""
    office.publish(X)
    office.directory.members[Y] = people(8)
    answers = [office.ask(Y)]
    for start in (14, 30, 40):
        office.directory.members[Y] = people(8, start=start)
        answers.append(office.ask(Y))

    assert ["rests"] * 4 == answers


def test_after_cancelling_only_the_same_is_asked_again_that_day(office: Office) -> None:
    """Which of two statements comes would tell whether the people swapped in were asked elsewhere."""
    packs = {PackId("belonging"): a_pack(dimensions=1, each=2)}
    office.services = replace(office.services, settings=replace(SETTINGS, packs=packs))
    office.publish(X)
    office.directory.members[Y] = people(8, start=50)
    first = office.ask(Y)
    assert isinstance(first, Round)
    cancel_round(office.services, first)

    office.directory.members[Y] = BUT_ONE

    assert "rests" == office.ask(Y)


def test_whoever_comes_later_cannot_be_counted_by_coming_and_going(office: Office) -> None:
    """A newcomer whose reply counted would be the difference between two channels that share two people."""
    round_ = office.ask(Y)
    assert isinstance(round_, Round)
    office.directory.members[Y] |= {VICTIM}

    opening = open_reply(office.services, round_.id, VICTIM)
    receipt = office.services.vault.new_receipt()

    assert Refusal.JOINED_LATER is opening.refusal
    assert ReplyOutcome.JOINED_LATER is accept_reply(
        office.services, round_.id, VICTIM, Draft(answers={}), receipt
    )
    assert () == office.services.boxes.list_replies(round_.id)


def test_mutant_that_asks_the_live_membership_lets_whoever_comes_later_reply(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.service import replies

    monkeypatch.setattr(replies, "was_asked", lambda *_: True)
    round_ = office.ask(Y)
    assert isinstance(round_, Round)
    office.directory.members[Y] |= {VICTIM}

    assert open_reply(office.services, round_.id, VICTIM).receipt


def test_no_member_id_and_no_hash_that_anybody_could_make_stands_in_the_audiences(office: Office) -> None:
    office.publish(X)
    files = [path for path in office.state.directory.rglob("*") if path.is_file()]

    assert any(path.name == "audiences.db" for path in files)
    for path in files:
        assert not [one for one in THIRTEEN if f'"{one}"'.encode() in path.read_bytes()]


def test_a_submission_changes_neither_the_audiences_nor_their_time(office: Office) -> None:
    round_ = office.ask(X)
    assert isinstance(round_, Round)
    path: Path = office.state.directory / "audiences.db"
    before = path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ctime_ns

    receipt = open_reply(office.services, round_.id, VICTIM).receipt
    assert receipt
    accept_reply(office.services, round_.id, VICTIM, Draft(answers={}), receipt)

    assert before == (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ctime_ns)
