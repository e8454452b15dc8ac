"""Define the settings that the services need from the configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.core.agreement import Agreement, Terms
from bot.core.fingerprint import fingerprint_of
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
    and norms are kept; None: for ever. ``operator``: who runs the bot, in words; may be empty.
    ``prompts_off``: the prompts and topics that are not asked. ``agreement``: what was agreed, if config.yaml
    names it.
    """

    support: SupportCard | None
    policy: ReleasePolicy
    packs: Mapping[PackId, PromptPack]
    admins: frozenset[MemberId] = frozenset()
    creators: bool = False
    catch_up: timedelta = timedelta(hours=12)
    jitter: timedelta = timedelta(0)
    keep_months: int | None = None
    operator: str = ""
    prompts_off: frozenset[str] = frozenset()
    agreement: Agreement | None = None
    defaults: ScheduleDefaults = field(default_factory=ScheduleDefaults)

    @property
    def terms(self) -> Terms:
        """The settings that can be agreed, but for those of schedules."""
        policy = self.policy
        return Terms(
            threshold=policy.threshold,
            quotes=(policy.quote_replies, policy.quotes_allowed) if policy.quotes else None,
            packs=frozenset(self.packs),
            prompts_off=self.prompts_off,
            months=self.keep_months,
            operator=self.operator,
            fingerprints={key: fingerprint_of(pack) for key, pack in self.packs.items()},
            admins=self.admins,
            creators=self.creators,
            min_open=policy.min_open,
        )
