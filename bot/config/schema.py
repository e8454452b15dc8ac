"""Define the schema of config.yaml. ``docs/configuration.md`` explains each key; a test compares the two."""

from datetime import date, time, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SkipValidation, ValidationInfo, field_validator

from bot.config import values
from bot.config.calendars import parse_region
from bot.config.problems import Section, WrongValueError, quoted
from bot.config.shipped import OWN_PACK
from bot.core.schedule import Recurrence

MINUTE = timedelta(minutes=1)
LONGEST_ROUND = timedelta(days=31)
LONGEST_JITTER = timedelta(hours=1)

VERSION = 1
"""The newest version of config.yaml that is read. A file without ``version`` has this version."""

Text = Annotated[str, values.scalar(values.parse_text)]
Place = Annotated[str, values.scalar(values.parse_place)]
Flag = Annotated[bool, values.scalar(values.parse_flag)]
Zone = Annotated[str, values.scalar(values.parse_zone)]
OpenFor = Annotated[timedelta, values.scalar(values.duration(MINUTE, LONGEST_ROUND))]
Quiet = Annotated[tuple[date, date], SkipValidation, values.scalar(values.parse_quiet)]
ChannelText = Annotated[
    str,
    values.scalar(
        values.slack_id("CG", "channel", "Open the channel's details in Slack: the id stands at the bottom.")
    ),
]
MemberText = Annotated[
    str,
    values.scalar(
        values.slack_id("UW", "member", "In Slack, open the person's profile, then ⋮, then Copy member ID.")
    ),
]


def _region(value: Any) -> str | None:
    if isinstance(value, (list, dict)):
        raise WrongValueError("is to be one region, not a list or a section")
    return None if value is None else parse_region(value)


Region = Annotated[str | None, SkipValidation, BeforeValidator(_region)]


class HttpSection(Section):
    """Where the bot listens in http mode."""

    host: Text = "127.0.0.1"
    port: Annotated[int, values.scalar(values.whole(1, 65535))] = 3000


class SlackSection(Section):
    """How the bot reaches Slack."""

    mode: Annotated[str, values.scalar(values.one_of("socket", "http"))] = "socket"
    api_url: Annotated[str, values.scalar(values.parse_url)] = "https://slack.com/api/"
    http: HttpSection = HttpSection()


class WorkspacesSection(Section):
    """Present where the bot serves many workspaces, into which people install it."""

    public_url: Annotated[str, values.scalar(values.parse_public_url)]


class ClusterSection(Section):
    """Present where several workers, on several machines, serve these workspaces together."""

    address: Annotated[str, values.scalar(values.parse_worker_address)] = ""


class SupportSection(Section):
    """The people and help lines that every member sees."""

    contact: Text = ""
    crisis: Text = ""
    outside: Text = ""
    checked: Annotated[date | None, SkipValidation, values.scalar(values.parse_date)] = None


class QuotesSection(Section):
    """When quotes are shown."""

    replies: Annotated[int, values.scalar(values.whole(10, 1000))] = 10
    allowed: Annotated[int, values.scalar(values.whole(3, 1000))] = 3


def _quotes(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value.strip().lower() != "off":
        raise WrongValueError(f"{quoted(value)} is not known here", "Write off, or replies and allowed.")
    return None


Quotes = Annotated[QuotesSection | None, BeforeValidator(_quotes)]
"""When quotes are shown; None where no text is asked for and nobody is quoted."""


class PolicySection(Section):
    """What may be shown of a round."""

    threshold: Annotated[int, values.scalar(values.whole(5, 20))] = 5
    quotes: Quotes = QuotesSection()
    min_open: Annotated[timedelta, values.scalar(values.duration(MINUTE, LONGEST_ROUND))] = timedelta(
        hours=24
    )


class DefaultsSection(Section):
    """Defaults for all schedules."""

    timezone: Zone = "UTC"
    open_for: OpenFor = timedelta(days=3)
    reminder: Flag = True
    holidays: Region = None
    quiet: tuple[Quiet, ...] = ()
    catch_up: Annotated[timedelta, values.scalar(values.duration(timedelta(0), timedelta(days=7)))] = (
        timedelta(hours=12)
    )
    jitter: Annotated[timedelta, values.scalar(values.duration(timedelta(0), LONGEST_JITTER))] = timedelta(0)


class ScheduleSection(Section):
    """One schedule; what it leaves out comes from ``defaults``."""

    channel: ChannelText
    every: Annotated[values.Every, SkipValidation, values.scalar(values.parse_every)] = 2
    on: Annotated[Recurrence | None, SkipValidation] = Field(default=None, validate_default=True)
    at: Annotated[time, values.scalar(values.parse_time)] = time(10)
    pack: Text = "belonging"
    tenure: Flag = False
    language: Text | None = None
    timezone: Zone | None = None
    open_for: OpenFor | None = None
    reminder: Flag | None = None
    holidays: Region = None
    quiet: tuple[Quiet, ...] | None = None

    @field_validator("on", mode="before")
    @classmethod
    def read_with_every(cls, value: Any, info: ValidationInfo) -> Recurrence | None:
        """Combine ``every`` and ``on`` into a recurrence; the default is Tuesday, or the first Tuesday."""
        every = info.data.get("every")
        if every is None:  # "every" has an error of its own
            return None
        if value is None:
            value = "first tue" if every == "month" else ["tue"]
        if isinstance(value, dict):
            raise WrongValueError("is to be a day or a list of weekdays, not a section")
        return values.parse_on(every, value)


class RetentionSection(Section):
    """How long results and norms are kept; None: for ever."""

    summaries_months: Annotated[int | None, values.scalar(values.whole_or_none(1, 120))] = 24


class ConfigFile(Section):
    """All of config.yaml."""

    version: Annotated[int, values.scalar(values.whole(1, VERSION))] = VERSION
    slack: SlackSection = SlackSection()
    workspaces: WorkspacesSection | None = None
    cluster: ClusterSection | None = None
    data_dir: Place = "./data"
    ballots_dir: Place | None = None
    keys_dir: Place | None = None
    admins: tuple[MemberText, ...] = ()
    channel_creators: Flag = False
    prompts: tuple[Place, ...] = (OWN_PACK,)
    prompts_off: tuple[Text, ...] = ()
    operator: Text = ""
    agreement: Place | None = None
    support: SupportSection = SupportSection()
    policy: PolicySection = PolicySection()
    retention: RetentionSection = RetentionSection()
    defaults: DefaultsSection = DefaultsSection()
    schedules: tuple[ScheduleSection, ...] = ()


class CellFile(Section):
    """All of config.yaml in the directory of one workspace of many; the rest comes from the main file."""

    version: Annotated[int, values.scalar(values.whole(1, VERSION))] = VERSION
    admins: tuple[MemberText, ...] = ()
    support: SupportSection = SupportSection()
    schedules: tuple[ScheduleSection, ...] = ()


Day = Annotated[date, SkipValidation, values.scalar(values.parse_date)]


class InstalledSection(Section):
    """One workspace that has the bot."""

    id: Text
    name: Text = ""
    since: Day
    left: Day | None = None


class WorkspaceSection(Section):
    """All of workspace.yaml, which the bot writes."""

    key: Text
    organisation: Text = ""
    workspaces: tuple[InstalledSection, ...] = ()
    arrived: Day | None = None
    removed: Day | None = None
