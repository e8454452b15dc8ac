"""``Services`` over fakes, and the values that most tests of a flow need."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from bot.core.clock import RIGHT, ClockState
from bot.core.language import ENGLISH_ONLY, Languages
from bot.core.model import (
    ChannelId,
    Dimension,
    DimensionKey,
    MemberId,
    PackId,
    Prompt,
    PromptId,
    PromptPack,
    ReleasePolicy,
    Round,
    RoundId,
    ScheduleId,
    Side,
    Statement,
    StatementId,
    SupportCard,
)
from bot.core.replies import Draft
from bot.core.schedule import Schedule, Weekly
from bot.core.settings import Settings
from bot.ports import FiringOutcome, Services
from bot.service.replies import ReplyOutcome
from tests.fakes.audiences import FakeAudienceKeys, FakeAudiences
from tests.fakes.boxes import FakeBoxes
from tests.fakes.directory import FakeDirectory, people
from tests.fakes.messenger import FakeMessenger
from tests.fakes.store import FakeStore
from tests.fakes.timer import FakeTimer
from tests.fakes.vault import FakeVault
from tests.replying import accept_reply, open_reply

TEAM, OTHER = ChannelId("C0TEAM"), ChannelId("C0OTHER")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
"""10:00 in Berlin: the first fire time of ``weekly``."""

SUPPORT = SupportCard(contact="People team", crisis="112")


def a_pack(dimensions: int = 2, each: int = 2) -> PromptPack:
    """Return a pack with this many dimensions, each with ``each`` prompts."""
    keys = [DimensionKey(f"d{number}") for number in range(dimensions)]
    return PromptPack(
        id=PackId("belonging"),
        title="Test",
        dimensions=tuple(
            Dimension(
                key=key,
                label=key.upper(),
                side=Side.INCLUSION if number % 2 else Side.BELONGING,
                asks="?",
                anchor=Statement(id=StatementId(f"{key}-anchor"), text=f"Anchor of {key}."),
            )
            for number, key in enumerate(keys)
        ),
        prompts=tuple(
            Prompt(
                id=PromptId(f"{key}-{number}"),
                dimension=key,
                question=f"Question {number} of {key}?",
                statements=(
                    Statement(id=StatementId(f"{key}-{number}-a"), text=f"Statement {number} of {key}."),
                ),
            )
            for key in keys
            for number in range(each)
        ),
    )


def weekly(**changes: Any) -> Schedule:
    """Return a schedule: every Tuesday at ten in Berlin, open for three days."""
    fields: dict[str, Any] = {
        "id": ScheduleId("s1"),
        "channel": TEAM,
        "recurrence": Weekly(every=1, weekdays=(1,)),
        "at": time(10, 0),
        "zone": "Europe/Berlin",
        "pack": PackId("belonging"),
        "open_for": timedelta(days=3),
        "policy": ReleasePolicy(),
        "created_at": MONDAY,
    }
    return Schedule(**(fields | changes))


@dataclass(slots=True)
class Fakes:
    """The fakes behind ``Services``, which a test can look at and change."""

    now: datetime = MONDAY
    clock_state: ClockState = RIGHT
    store: FakeStore = field(default_factory=FakeStore)
    boxes: FakeBoxes = field(default_factory=FakeBoxes)
    vault: FakeVault = field(default_factory=FakeVault)
    audiences: FakeAudiences = field(default_factory=FakeAudiences)
    audience_keys: FakeAudienceKeys = field(default_factory=FakeAudienceKeys)
    messenger: FakeMessenger = field(default_factory=FakeMessenger)
    directory: FakeDirectory = field(default_factory=lambda: FakeDirectory(members={TEAM: people(8)}))
    timer: FakeTimer = field(default_factory=FakeTimer)
    languages: Languages = ENGLISH_ONLY
    settings: Settings = field(
        default_factory=lambda: Settings(
            support=SUPPORT, policy=ReleasePolicy(), packs={PackId("belonging"): a_pack()}
        )
    )

    @property
    def services(self) -> Services:
        """``Services`` over these fakes."""
        return Services(
            store=self.store,
            boxes=self.boxes,
            vault=self.vault,
            audiences=self.audiences,
            audience_keys=self.audience_keys,
            messenger=self.messenger,
            directory=self.directory,
            timer=self.timer,
            clock=lambda: self.now,
            clock_state=lambda: self.clock_state,
            holidays=lambda *_: frozenset(),
            settings=self.settings,
            languages=self.languages,
        )

    def with_settings(self, **changes: Any) -> None:
        """Change the configuration."""
        self.settings = replace(self.settings, **changes)

    def put(self, *schedules: Schedule) -> None:
        """Store these schedules."""
        with self.store.transaction("test") as tx:
            for schedule in schedules:
                tx.put_schedule(schedule)

    def rounds(self, channel: ChannelId = TEAM) -> tuple[Round, ...]:
        """Return the rounds of a channel, oldest first."""
        with self.store.transaction("test") as tx:
            return tx.list_channel_rounds(channel)

    def round(self, round_id: RoundId) -> Round:
        """Return the round as it is stored now."""
        with self.store.transaction("test") as tx:
            found = tx.fetch_round(round_id)
        assert found
        return found

    def firings(self) -> dict[datetime, FiringOutcome]:
        """Return the outcome of each fire time claimed so far."""
        return {fire_at: outcome for (_, fire_at), outcome in self.store.tables.firings.items()}

    def reply(self, round_: Round, members: Iterable[MemberId], answer: int = 4, **more: Any) -> None:
        """Let these members answer every statement with this number."""
        for member in sorted(members):
            opening = open_reply(self.services, round_.id, member)
            assert opening.receipt, opening.refusal
            draft = Draft(answers={statement.id: answer for statement in round_.prompt.statements}, **more)
            assert ReplyOutcome.SAVED is accept_reply(
                self.services, round_.id, member, draft, opening.receipt
            )

    def is_clean(self) -> bool:
        """Return True if neither a key nor a ballot is left."""
        return not self.vault.keys and not self.boxes.boxes
