"""What the verbs need of the configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.core.model import MemberId, PackId, PromptPack, ReleasePolicy, SupportCard
from bot.core.schedule import QuietDays


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDefaults:
    """What a new schedule starts from, in config.yaml and in Slack."""

    zone: str = "UTC"
    open_for: timedelta = timedelta(days=3)
    reminder: bool = True
    quiet: QuietDays = field(default_factory=QuietDays)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the verbs need of the configuration.

    ``admins`` may set schedules besides the workspace's admins and owners; with ``creators`` also whoever
    created a channel, there. ``catch_up``: how late a prompt may still come. ``jitter``: over how long a time
    the prompts of many channels are spread that are due together. ``keep_months``: for how many months
    results are kept; None: for ever.
    """

    support: SupportCard | None
    policy: ReleasePolicy
    packs: Mapping[PackId, PromptPack]
    admins: frozenset[MemberId] = frozenset()
    creators: bool = False
    catch_up: timedelta = timedelta(hours=12)
    jitter: timedelta = timedelta(0)
    keep_months: int | None = None
    defaults: ScheduleDefaults = field(default_factory=ScheduleDefaults)
