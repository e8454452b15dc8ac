"""Core values for the contract suites: examples, and Hypothesis strategies that know every field."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import strategies as st

from bot.core.counts import Count
from bot.core.model import (
    ChannelId,
    DimensionKey,
    NormId,
    PackId,
    PromptId,
    ReleasePolicy,
    Round,
    RoundId,
    RoundPrompt,
    ScheduleId,
    Side,
    Statement,
    StatementId,
    Tag,
    TagId,
)
from bot.core.norms import Norm, NormState, NormStep
from bot.core.release import GroupCount, Published, StatementRelease, TagRelease, Withheld
from bot.core.schedule import MonthlyDay, MonthlyWeekday, QuietDays, Schedule, Weekly

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)

PROMPT = RoundPrompt(
    prompt_id=PromptId("voice-1"),
    dimension=DimensionKey("voice"),
    label="Voice",
    side=Side.INCLUSION,
    question="When did you last change someone's mind here?",
    statements=(
        Statement(id=StatementId("voice"), text="My words carry weight."),
        Statement(id=StatementId("q"), text="…", reversed=True),
    ),
    tags=(Tag(id=TagId("t1"), text="Meetings"),),
)


def a_round(
    round_id: str = "00000000000a",
    *,
    channel: str = "C1",
    number: int = 1,
    opened_at: datetime = NOON,
    **changes: object,
) -> Round:
    """A round in channel C1 that opened at noon and closes two days later."""
    fields: dict[str, object] = {
        "schedule": None,
        "prompt": PROMPT,
        "policy": ReleasePolicy(),
        "audience_size": 14,
        "closes_at": opened_at + 2 * DAY,
        "zone": "Europe/Berlin",
        "closing_key": b"\x00public\xff",
    }
    return Round(
        id=RoundId(round_id),
        channel=ChannelId(channel),
        number=number,
        opened_at=opened_at,
        **(fields | changes),  # type: ignore[arg-type]
    )


def a_schedule(schedule_id: str = "s1", **changes: object) -> Schedule:
    """A weekly schedule in channel C1."""
    fields: dict[str, object] = {
        "channel": ChannelId("C1"),
        "recurrence": Weekly(every=1, weekdays=(1,)),
        "at": time(10, 0),
        "zone": "Europe/Berlin",
        "pack": PackId("belonging"),
        "open_for": 2 * DAY,
        "policy": ReleasePolicy(),
        "created_at": NOON,
    }
    return Schedule(id=ScheduleId(schedule_id), **(fields | changes))  # type: ignore[arg-type]


def a_result(round_id: str = "00000000000a", *, replies: int = 12) -> Published:
    """A published result."""
    return Published(
        round_id=RoundId(round_id),
        replies=replies,
        audience=14,
        statements=(
            StatementRelease(statement=StatementId("voice"), count=Count(of=12, low=9, high=12)),
            StatementRelease(statement=StatementId("q"), count=None),
        ),
        tags=(TagRelease(tag=TagId("t1"), count=Count(of=12, low=5, high=5)),),
        quotes=("We could say so sooner. 🌱",),
    )


def a_norm(norm_id: str = "n1", *, channel: str = "C1", **changes: object) -> Norm:
    """A norm that is tried: proposed at noon, chosen four weeks later, agreed to a week after that."""
    days = ((NormState.PROPOSED, 0, 4), (NormState.CANDIDATE, 28, 8), (NormState.TRYING, 35, 9))
    fields: dict[str, object] = {
        "handle": "B",
        "text": "When …, we …",
        "steps": tuple(
            NormStep(state=state, on=(NOON + day * DAY).date(), round=number) for state, day, number in days
        ),
        "look_again_on": (NOON + 63 * DAY).date(),
    }
    return Norm(id=NormId(norm_id), channel=ChannelId(channel), **(fields | changes))  # type: ignore[arg-type]


_seconds = st.integers(60, 10**8).map(lambda seconds: timedelta(seconds=seconds))
moments = st.integers(-(10**15), 10**16).map(lambda us: NOON + timedelta(microseconds=us))
policies = st.builds(
    ReleasePolicy,
    threshold=st.integers(5, 20),
    quote_replies=st.integers(10, 99),
    quotes_allowed=st.integers(3, 99),
    min_open=_seconds,
)
_weekdays = st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days)))
recurrences = st.one_of(
    st.builds(Weekly, every=st.integers(1, 4), weekdays=_weekdays),
    st.builds(MonthlyDay, day=st.integers(1, 31)),
    st.builds(MonthlyWeekday, which=st.sampled_from([1, -1]), weekday=st.integers(0, 6)),
)
_range = st.lists(st.dates(), min_size=2, max_size=2).map(lambda ends: tuple(sorted(ends)))
quiet_days = st.builds(QuietDays, ranges=st.lists(_range).map(tuple))
schedules = st.builds(
    Schedule,
    recurrence=recurrences,
    at=st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    zone=st.sampled_from(["Europe/Berlin", "Asia/Kathmandu", "UTC"]),
    open_for=_seconds.map(lambda duration: duration + timedelta(seconds=10**8)),
    policy=policies,
    created_at=moments,
    quiet=quiet_days,
)
zones = st.sampled_from(["Europe/Berlin", "Asia/Kathmandu", "UTC"])
_numbers = st.integers(-(2**63), 2**63 - 1)  # as many as SQLite and the JSON writer hold
_words = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3)
prompts = st.builds(
    RoundPrompt,
    place=st.none() | _numbers,
    language=st.sampled_from(["en", "de"]),
    translations=st.dictionaries(st.sampled_from(["de", "ja", "pt-BR"]), _words, max_size=2),
)
rounds = st.builds(Round, prompt=prompts, policy=policies, opened_at=moments, closes_at=moments, zone=zones)
_counts = st.builds(Count, of=_numbers, low=_numbers, high=_numbers)
_groups = st.lists(st.builds(GroupCount, count=_counts), max_size=3).map(tuple)
_statements = st.one_of(
    st.builds(StatementRelease, count=st.none() | _counts, groups=st.just(())),
    st.builds(StatementRelease, count=st.none(), groups=_groups),
)
_published = st.builds(
    Published,
    replies=_numbers,
    audience=_numbers,
    statements=st.lists(_statements, max_size=3).map(tuple),
    tags=st.lists(st.builds(TagRelease, count=_counts), max_size=3).map(tuple),
)
releases = st.one_of(st.builds(Withheld), _published)
