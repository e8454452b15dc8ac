"""Define the settings that the services need from the configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.core.model import MemberId, PackId, PromptPack, ReleasePolicy, SupportCard
from bot.core.schedule import QuietDays


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDefaults:
    """The defaults of a new schedule, in config.yaml and in Slack."""

    zone: str = "UTC"
    open_for: timedelta = timedelta(days=3)
    reminder: bool = True
    quiet: QuietDays = field(default_factory=QuietDays)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the services need from the configuration.

    ``admins`` may set schedules, besides the workspace's admins and owners. ``creators``: whoever created a
    channel may do so there. ``catch_up``: how late a prompt may still come. ``jitter``: the time over which
    prompts of many channels that are due together are spread. ``keep_months``: for how many months results
    are kept; None: for ever.
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
