"""A messenger that records what it was told to say."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.changes import ScheduleChange
from bot.core.language import Language
from bot.core.model import ChannelId, MemberId, MessageTs, Round, RoundId, ScheduleId
from bot.core.norms import Norm
from bot.core.posts import Trouble
from bot.core.release import Release, Result
from bot.core.schedule import Schedule
from bot.errors import SlackError, SlackUnavailableError, UncertainError
from bot.ports import AdminNote, ChannelInfo, ChannelNote


@dataclass(slots=True)
class FakeMessenger:
    """Records calls in ``said``, in order, as (verb, round, what); those about schedules in ``told``.

    ``fail`` maps a verb to the reason with which its calls are refused. A reason in ``unavailable`` means
    that Slack does not accept the call now; a reason in ``uncertain`` means that the outcome is not known.
    """

    said: list[tuple[str, RoundId, object]] = field(default_factory=list)
    told: list[tuple[str, ScheduleId]] = field(default_factory=list)
    channels_told: list[tuple[str, ChannelId, datetime | None]] = field(default_factory=list)
    admins_told: list[tuple[MemberId, AdminNote, ChannelId, str]] = field(default_factory=list)
    shared: set[RoundId] = field(default_factory=set)
    """The rounds that were said to be asked of our own people only."""
    troubles_told: list[tuple[MemberId, Trouble, ChannelId]] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    """The languages of introductions and of what admins were told, by their codes."""
    fail: dict[str, str] = field(default_factory=dict)
    unavailable: frozenset[str] = frozenset({"no_connection", "ratelimited", "message_limit_exceeded"})
    uncertain: frozenset[str] = frozenset({"internal_error", "no_answer"})
    retry_after_s: float = 0.0
    posted: int = 0
    buttons: set[MessageTs] = field(default_factory=set)
    """The messages with a button to reply."""
    tried: list[str] = field(default_factory=list)
    """Every call, refused or not."""

    def announce(self, round_: Round, *, shared: bool = False) -> MessageTs:
        self._say("announce", round_, round_.state)
        self.shared |= {round_.id} if shared else set()
        return self._with_button()

    def retire(self, round_: Round) -> None:
        self._say("retire", round_, round_.state)
        self.buttons -= {round_.announcement, round_.reminder}

    def post_summary(
        self, round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
    ) -> MessageTs:
        self._say("post_summary", round_, release)
        return self._message()

    def update_summary(
        self, round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
    ) -> None:
        self._say("update_summary", round_, release)

    def post_cycle(self, schedule: Schedule, results: Sequence[Result]) -> None:
        self._say_of_schedule("post_cycle", schedule)

    def ask_to_go_on(self, schedule: Schedule) -> None:
        self._say_of_schedule("ask_to_go_on", schedule)

    def tell(self, round_: Round, note: ChannelNote) -> None:
        self._say("tell", round_, note)

    def remind(self, round_: Round, *, shared: bool = False) -> MessageTs:
        self._say("remind", round_, round_.state)
        self.shared |= {round_.id} if shared else set()
        return self._with_button()

    def introduce(self, channel: ChannelId, language: Language) -> None:
        self._may_fail("introduce")
        self.languages.append(language.code)
        self.channels_told.append(("introduce", channel, None))

    def tell_change(self, change: ScheduleChange, next_at: datetime | None) -> None:
        self._may_fail("tell_change")
        self.channels_told.append((change.kind.value, change.schedule.channel, next_at))

    def tell_admin(
        self, member: MemberId, note: AdminNote, channel: ChannelInfo, name_before: str, language: Language
    ) -> None:
        self._may_fail("tell_admin")
        self.languages.append(language.code)
        self.admins_told.append((member, note, channel.id, name_before))

    def tell_trouble(
        self, member: MemberId, trouble: Trouble, channel: ChannelId, language: Language
    ) -> None:
        self._may_fail("tell_trouble")
        self.languages.append(language.code)
        self.troubles_told.append((member, trouble, channel))

    def verbs(self, round_id: RoundId | None = None) -> list[str]:
        """Return what was said, by verb, of one round or of all."""
        return [verb for verb, said_of, _ in self.said if round_id in {None, said_of}]

    def _say(self, verb: str, round_: Round, what: object) -> None:
        self._may_fail(verb)
        self.said.append((verb, round_.id, what))

    def _say_of_schedule(self, verb: str, schedule: Schedule) -> None:
        self._may_fail(verb)
        self.told.append((verb, schedule.id))

    def _may_fail(self, verb: str) -> None:
        self.tried.append(verb)
        reason = self.fail.get(verb)
        if reason in self.unavailable:
            raise SlackUnavailableError(reason, retry_after_s=self.retry_after_s)
        if reason in self.uncertain:
            raise UncertainError(reason)
        if reason:
            raise SlackError(reason)

    def _with_button(self) -> MessageTs:
        message = self._message()
        self.buttons.add(message)
        return message

    def _message(self) -> MessageTs:
        self.posted += 1
        return MessageTs(f"1700000000.{self.posted:06}")
