"""Any life of a channel: replies, changes, withdrawals, questions, closes, cancellations, lost keys, crashes.

Whatever happens, in whatever order: what was acknowledged is counted once, and nothing outlives its round.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.core.model import MemberId, Receipt, Round, RoundId, RoundState
from bot.core.release import Release, Withheld, release
from bot.core.replies import Draft, Reply, decode_reply, reply_id, reply_of
from bot.core.rounds import accepts
from bot.errors import SlackUnavailableError
from bot.ports import Services
from bot.service.close_rounds import cancel_round
from bot.service.recovery import recover
from bot.service.replies import ReplyOutcome
from bot.service.run_due import run_due
from bot.service.summaries import standing
from tests.fakes.directory import FakeDirectory, people
from tests.fakes.messenger import FakeMessenger
from tests.privacy.services import InMemory, OnDisk, State, make_services
from tests.replying import accept_reply, withdraw_reply
from tests.service.services import TEAM, TUESDAY, weekly

MEMBERS = sorted(people(8))
OUTSIDER = MemberId("U99")
LIVE = {RoundState.OPEN, RoundState.CLOSING}
OPENING = ("boxes.create", "vault.create", "messenger.announce")
SUBMITTING = ("vault.token", "vault.seal", "boxes.submit")
SCRUBBING = ("boxes.shut", "vault.destroy", "boxes.destroy", "messenger.retire")
CLOSING = (*SCRUBBING, "boxes.list_replies", "vault.unseal", "messenger.post_summary")
"""The port calls of each act, in which the program may end."""


class Crash(BaseException):
    """The program ends here. Nothing in the bot may catch it."""


@dataclass(slots=True)
class Fuse:
    """Ends the program once, at the n-th moment (before or after) of a call of this name."""

    call: str = ""
    left: int = 0

    def step(self, call: str) -> None:
        if call != self.call:
            return
        self.left -= 1
        if self.left == 0:
            raise Crash


@dataclass(slots=True, kw_only=True)
class Held:
    """A reply that lies in a box, as its writer remembers it."""

    receipt: Receipt
    reply: Reply


@dataclass(slots=True)
class Memory:
    """What the members of a channel know of a round."""

    held: dict[MemberId, Held] = field(default_factory=dict)
    receipts: dict[MemberId, Receipt] = field(default_factory=dict)
    key_lost: bool = False


class Channel(RuleBasedStateMachine):
    """The bot over some state, beside a memory of everything that it has acknowledged."""

    new_state: ClassVar[Callable[[], State]]

    def __init__(self) -> None:
        super().__init__()
        self.now = TUESDAY
        self.state = type(self).new_state()
        self.messenger = FakeMessenger()
        self.directory = FakeDirectory(members={TEAM: frozenset(MEMBERS)})
        self.fuse = Fuse()
        self.services = self.make_services()
        self.memories: dict[RoundId, Memory] = {}
        self.results: dict[RoundId, Release] = {}
        self.drawn = 0
        with self.state.store.transaction("test") as tx:
            tx.put_schedule(weekly())
        self.survives(lambda: run_due(self.services))

    def make_services(self) -> Services:
        return make_services(self.state, self.messenger, self.directory, lambda: self.now, self.fuse.step)

    def survives(self, act: Callable[[], Any]) -> Any:
        """What the act returned; ``Crash`` when the program ended in it, and another one has started."""
        try:
            return act()
        except SlackUnavailableError:
            return None
        except Crash:
            self.restart()
            return Crash

    @rule()
    def restart(self) -> None:
        while True:
            self.state.reopen()
            self.services = self.make_services()
            try:
                recover(self.services)
                run_due(self.services)
            except Crash:
                continue  # at most once: a fuse blows once
            return

    def rounds(self) -> tuple[Round, ...]:
        with self.state.store.transaction("test") as tx:
            return tx.list_channel_rounds(TEAM)

    def latest(self) -> Round:
        return self.rounds()[-1]

    def memory(self, round_: Round) -> Memory:
        return self.memories.setdefault(round_.id, Memory())

    def draw_receipt(self) -> Receipt:
        self.drawn += 1
        return Receipt(hashlib.sha256(f"receipt {self.drawn}".encode()).digest()[:16])

    @initialize(count=st.sampled_from([6, 5, 4, 0]))
    def some_have_replied(self, count: int) -> None:
        for member in MEMBERS[:count]:
            self.submit(member, again=False, answer=4)

    @rule(first=st.integers(0, 3), answer=st.integers(1, 5))
    def five_reply(self, first: int, answer: int) -> None:
        for member in MEMBERS[first : first + 5]:
            self.submit(member, again=False, answer=answer)

    @rule(member=st.sampled_from([*MEMBERS, OUTSIDER]), again=st.booleans(), answer=st.integers(1, 5))
    def submit(self, member: MemberId, *, again: bool, answer: int) -> None:
        round_ = self.latest()
        memory = self.memory(round_)
        receipt = memory.receipts.get(member) if again else None
        receipt = receipt or self.draw_receipt()
        draft = Draft(answers={statement.id: answer for statement in round_.prompt.statements})
        may = accepts(round_, self.now) and member != OUTSIDER
        before = memory.held.get(member)
        outcome = self.survives(lambda: accept_reply(self.services, round_.id, member, draft, receipt))
        sent = Held(receipt=receipt, reply=reply_of(draft))
        if outcome is Crash:
            self.look_what_became_of(round_, member, sent)
        elif outcome in {ReplyOutcome.SAVED, ReplyOutcome.CHANGED}:
            assert may
            assert (before is not None) == (outcome is ReplyOutcome.CHANGED)
            assert before is None or before.receipt == receipt
            self.keep(memory, member, sent)
        elif outcome is ReplyOutcome.ALREADY_REPLIED:
            assert before is not None
            assert before.receipt != receipt
        else:
            assert not may or memory.key_lost or self.directory.down

    @precondition(lambda self: self.latest().state is RoundState.OPEN)
    @rule(member=st.sampled_from(MEMBERS), again=st.booleans())
    def a_reply_comes_late(self, member: MemberId, *, again: bool) -> None:
        self.now = max(self.now, self.latest().closes_at)
        self.submit(member, again=again, answer=1)

    @precondition(lambda self: self.memory(self.latest()).held)
    @rule(data=st.data(), answer=st.integers(1, 5))
    def change(self, data: st.DataObject, answer: int) -> None:
        member = data.draw(st.sampled_from(sorted(self.memory(self.latest()).held)))
        self.submit(member, again=True, answer=answer)

    @precondition(lambda self: self.memory(self.latest()).held)
    @rule(data=st.data(), own=st.booleans())
    def withdraw(self, data: st.DataObject, *, own: bool) -> None:
        round_ = self.latest()
        memory = self.memory(round_)
        member = data.draw(st.sampled_from(sorted(memory.held)))
        receipt = memory.held[member].receipt if own else self.draw_receipt()
        outcome = self.survives(lambda: withdraw_reply(self.services, round_.id, member, receipt))
        if outcome is Crash and own and self.latest().state is RoundState.OPEN:
            if reply_id(receipt) not in self.ids_in_box(round_):
                del memory.held[member]
        elif outcome is ReplyOutcome.WITHDRAWN:
            assert own
            assert accepts(round_, self.now)
            del memory.held[member]

    @rule()
    def ask(self) -> None:
        found = self.survives(lambda: standing(self.services, TEAM))
        if found is Crash or found.latest is None:
            return
        round_, result = found.latest
        assert self.results[round_.id] == result

    @rule(hours=st.sampled_from([1, 30, 80]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def do_what_is_due(self) -> None:
        self.survives(lambda: run_due(self.services))

    @rule()
    def the_alarm_rings(self) -> None:
        armed = [moment for moment in getattr(self.services.timer, "armed", ()) if moment > self.now]
        self.now = min(armed, default=self.now)
        self.survives(lambda: run_due(self.services))

    @precondition(lambda self: self.latest().state is RoundState.OPEN)
    @rule()
    def cancel(self) -> None:
        round_ = self.latest()
        outcome = self.survives(lambda: cancel_round(self.services, round_))
        if outcome is not Crash:
            assert RoundState.CANCELLED is self.latest().state

    @precondition(lambda self: self.latest().state in LIVE and not self.memory(self.latest()).key_lost)
    @rule(kind=st.sampled_from(["token", "close"]))
    def a_key_is_lost(self, kind: str) -> None:
        round_ = self.latest()
        self.memory(round_).key_lost = True
        self.state.lose(round_.id, kind)

    @rule(away=st.booleans())
    def slack_is_away(self, *, away: bool) -> None:
        self.directory.down = away

    @precondition(lambda self: self.latest().state is RoundState.OPEN)
    @rule(call=st.sampled_from(SUBMITTING), moment=st.integers(1, 2), member=st.sampled_from(MEMBERS))
    def a_submission_crashes(self, call: str, moment: int, member: MemberId) -> None:
        self.fuse.call, self.fuse.left = call, moment
        self.submit(member, again=True, answer=5)
        self.fuse.call = ""

    @precondition(lambda self: self.latest().state in LIVE)
    @rule(call=st.sampled_from(CLOSING), moment=st.integers(1, 2))
    def a_close_crashes(self, call: str, moment: int) -> None:
        self.now = max(self.now, self.latest().closes_at)
        self.fuse.call, self.fuse.left = call, moment
        self.do_what_is_due()
        self.fuse.call = ""

    @rule(moment=st.integers(1, 16))
    def a_transaction_crashes(self, moment: int) -> None:
        """Whatever is done next, until so many beginnings and ends of transactions have passed."""
        self.fuse.call, self.fuse.left = "store.transaction", moment

    @precondition(lambda self: self.latest().state is RoundState.OPEN)
    @rule(call=st.sampled_from(SCRUBBING), moment=st.integers(1, 2))
    def a_cancellation_crashes(self, call: str, moment: int) -> None:
        self.fuse.call, self.fuse.left = call, moment
        self.cancel()
        self.fuse.call = ""

    @precondition(lambda self: self.latest().state not in LIVE)
    @rule(call=st.sampled_from(OPENING), moment=st.integers(1, 2))
    def an_opening_crashes(self, call: str, moment: int) -> None:
        self.fuse.call, self.fuse.left = call, moment
        self.the_alarm_rings()
        self.fuse.call = ""

    def keep(self, memory: Memory, member: MemberId, sent: Held) -> None:
        memory.held[member] = sent
        memory.receipts[member] = sent.receipt

    def look_what_became_of(self, round_: Round, member: MemberId, sent: Held) -> None:
        """Nothing was acknowledged: the reply may be there, as a whole, or not; the old one is not lost."""
        memory = self.memory(round_)
        memory.receipts.setdefault(member, sent.receipt)
        if self.latest().state is not RoundState.OPEN or not self.can_read(round_):
            return
        if sent.reply in self.replies_in_box(round_, sent.receipt):
            self.keep(memory, member, sent)

    def can_read(self, round_: Round) -> bool:
        return self.state.vault.is_whole(round_.id)

    def ids_in_box(self, round_: Round) -> list[bytes]:
        return [sealed.id for sealed in self.state.boxes.list_replies(round_.id)]

    def replies_in_box(self, round_: Round, receipt: Receipt) -> list[Reply]:
        sealed = [one for one in self.state.boxes.list_replies(round_.id) if one.id == reply_id(receipt)]
        return [decode_reply(plaintext) for plaintext in self.state.vault.unseal(round_.id, sealed)]

    @invariant()
    def what_was_acknowledged_is_in_the_box_once(self) -> None:
        for round_ in self.rounds():
            if round_.state is not RoundState.OPEN or self.memory(round_).key_lost:
                continue
            held = self.memory(round_).held.values()
            assert sorted(reply_id(one.receipt) for one in held) == self.ids_in_box(round_)
            for one in held:
                assert [one.reply] == self.replies_in_box(round_, one.receipt)

    @invariant()
    def a_result_counts_what_was_acknowledged_and_never_changes(self) -> None:
        with self.state.store.transaction("test") as tx:
            found = tx.list_releases(TEAM)
        assert len({round_.id for round_, _ in found}) == len(found)
        for round_, result in found:
            replies = [one.reply for one in self.memory(round_).held.values()]
            assert release(round_, replies, seed=0, names=frozenset()) == result
            assert isinstance(result, Withheld) == (len(replies) < 5)
            assert self.results.setdefault(round_.id, result) == result
        assert set(self.results) == {round_.id for round_, _ in found}

    @invariant()
    def what_was_posted_is_what_is_stored(self) -> None:
        for verb, round_id, what in self.messenger.said:
            if verb == "post_summary":
                assert self.results[round_id] == what

    @invariant()
    def keys_and_boxes_are_there_for_live_rounds_only(self) -> None:
        live = {round_.id for round_ in self.rounds() if round_.state in LIVE}
        assert live == self.state.boxes.list_boxes()
        assert live == self.state.vault.list_rounds()

    @invariant()
    def a_round_that_was_cut_off_has_no_result(self) -> None:
        cut_off = {RoundState.CANCELLED, RoundState.KEY_LOST}
        assert not {one.id for one in self.rounds() if one.state in cut_off} & set(self.results)

    @invariant()
    def no_key_is_lost_by_the_bot_itself(self) -> None:
        lost = {one.id for one in self.rounds() if one.state is RoundState.KEY_LOST}
        assert lost <= {round_id for round_id, memory in self.memories.items() if memory.key_lost}

    def teardown(self) -> None:
        self.fuse.call, self.directory.down = "", False
        self.now += timedelta(days=4)
        self.restart()
        self.a_result_counts_what_was_acknowledged_and_never_changes()
        self.keys_and_boxes_are_there_for_live_rounds_only()
        self.state.remove()


class ChannelInMemory(Channel):
    new_state: ClassVar[Callable[[], State]] = InMemory


class ChannelOnDisk(Channel):
    new_state: ClassVar[Callable[[], State]] = OnDisk


TestChannelInMemory = ChannelInMemory.TestCase
TestChannelInMemory.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)
TestChannelOnDisk = ChannelOnDisk.TestCase
TestChannelOnDisk.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)

EVERY_CRASH = [
    *((Channel.a_submission_crashes, call, moment) for call in SUBMITTING for moment in (1, 2)),
    *((Channel.a_close_crashes, call, moment) for call in CLOSING for moment in (1, 2)),
    *((Channel.a_close_crashes, "store.transaction", moment) for moment in range(1, 15)),
    *((Channel.a_cancellation_crashes, call, moment) for call in SCRUBBING for moment in (1, 2)),
    *((Channel.a_cancellation_crashes, "store.transaction", moment) for moment in (1, 2)),
]


@pytest.mark.parametrize("kind", [ChannelInMemory, ChannelOnDisk])
def test_a_crash_at_any_call_of_any_act_loses_nothing_and_leaves_nothing(kind: type[Channel]) -> None:
    """Each once, on purpose: chance need not find them."""
    for act, call, moment in EVERY_CRASH:
        channel = kind()
        channel.some_have_replied(count=6)
        more = {"member": MEMBERS[6]} if act is Channel.a_submission_crashes else {}
        act(channel, call=call, moment=moment, **more)
        for claim in channel.invariants:
            claim.function(channel)
        channel.teardown()
