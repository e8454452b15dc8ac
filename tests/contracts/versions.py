"""Sample data of every version of belonging.db, in ``data/<last step>.sql``: what each of them really wrote.

A version that adds a step keeps a dump of its own, so that every later one can be tried on it. With the
program of that version: ``python -c "from tests.contracts.versions import keep; keep()"``.
"""

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from bot.core.counts import Count
from bot.core.model import (
    ChannelId,
    DimensionKey,
    MemberId,
    MessageTs,
    PackId,
    PromptId,
    ReleasePolicy,
    Round,
    RoundId,
    RoundPrompt,
    RoundState,
    ScheduleId,
    Side,
    Statement,
    StatementId,
    Tag,
    TagId,
)
from bot.core.release import Published, StatementRelease, TagRelease, Withheld
from bot.core.schedule import QuietDays, Schedule, Weekly
from bot.ports import FiringOutcome
from bot.store.database import Database

DATA = Path(__file__).with_name("data")
MONDAY = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
CHANNEL, OTHER = ChannelId("C0SAMPLE01"), ChannelId("C0SAMPLE02")
ADMIN = MemberId("U0SAMPLE01")
CLOSED, THIN, CANCELLED, OPEN, UNPOSTED = (RoundId(f"00000000000{letter}") for letter in "abcde")

SCHEDULE = Schedule(
    id=ScheduleId("sample000001"),
    channel=CHANNEL,
    recurrence=Weekly(every=2, weekdays=(0, 3)),
    at=time(10, 30),
    zone="Europe/Berlin",
    pack=PackId("belonging"),
    open_for=timedelta(days=3),
    policy=ReleasePolicy(threshold=6, min_open=timedelta(hours=30)),
    created_at=MONDAY - timedelta(days=1),
    quiet=QuietDays(ranges=((date(2026, 12, 24), date(2027, 1, 3)),)),
)
PROMPT = RoundPrompt(
    prompt_id=PromptId("voice-1"),
    dimension=DimensionKey("voice"),
    label="Voice",
    side=Side.INCLUSION,
    question="When did you last change someone’s mind here? 🌱",
    statements=(
        Statement(id=StatementId("voice-anchor"), text="My words carry weight."),
        Statement(id=StatementId("voice-1-a"), text="It is easier to say nothing.", reversed=True),
    ),
    tags=(Tag(id=TagId("voice-tag-meetings"), text="meetings"),),
    translations={
        "ja": {
            "label": "発言",
            "question": "最近、だれかの考えが変わったのはいつですか？🌱",
            "voice-anchor": "私の言葉は受けとめられます。",
            "voice-1-a": "黙っているほうが楽です。",
            "tag:voice-tag-meetings": "会議",
        }
    },
)
RESULT = Published(
    round_id=CLOSED,
    replies=12,
    audience=14,
    statements=(
        StatementRelease(statement=StatementId("voice-anchor"), count=Count(of=12, low=9, high=12)),
        StatementRelease(statement=StatementId("voice-1-a"), count=None),
    ),
    tags=(TagRelease(tag=TagId("voice-tag-meetings"), count=Count(of=12, low=5, high=5)),),
    quotes=("We could say so sooner.", "Ask who has not spoken.", "“Yes, and” helps."),
)
WITHHELD = Withheld(round_id=THIN)


def a_round(round_id: RoundId, number: int, state: RoundState, **more: Any) -> Round:
    """A round of the schedule, a week after the one before."""
    opened_at = MONDAY + (number - 1) * timedelta(days=7)
    fields: dict[str, Any] = {
        "channel": CHANNEL,
        "schedule": SCHEDULE.id,
        "prompt": PROMPT,
        "policy": SCHEDULE.policy,
        "audience_size": 14,
        "closes_at": opened_at + SCHEDULE.open_for,
        "zone": SCHEDULE.zone,
        "closing_key": bytes(range(64)),
        "announcement": MessageTs(f"1762075800.00000{number}"),
    }
    return Round(id=round_id, number=number, opened_at=opened_at, state=state, **(fields | more))


ROUNDS = (
    a_round(CLOSED, 1, RoundState.CLOSED, summary=MessageTs("1762335000.000100")),
    a_round(THIN, 2, RoundState.CLOSED, summary=MessageTs("1762939800.000100")),
    a_round(CANCELLED, 3, RoundState.CANCELLED, schedule=None, announcement=None),
    a_round(OPEN, 4, RoundState.OPEN),
)


def fill(database: Database) -> None:
    """Store all of it, as far as this version knows it."""
    with database.transaction("sample") as tx:
        tx.put_schedule(SCHEDULE)
        for round_ in ROUNDS:
            tx.insert_round(round_)
            tx.claim_firing(SCHEDULE.id, round_.opened_at, FiringOutcome.OPENED)
        tx.claim_firing(SCHEDULE.id, MONDAY + timedelta(days=3), FiringOutcome.REFUSED)
        for result in (RESULT, WITHHELD):
            tx.insert_release(result, MONDAY + timedelta(days=3, minutes=1))
        for step in (
            _fill_quotes,
            _fill_proof,
            _fill_changes,
            _fill_forgotten,
            _fill_norms,
            _fill_asking,
            _fill_posts,
        ):
            step(tx)


def _fill_quotes(tx: Any) -> None:
    if hasattr(tx, "put_quote_request"):
        from bot.core.model import QuoteId
        from bot.core.quotes import QuoteRemoval, QuoteRequest

        tx.put_quote_request(
            QuoteRequest(round_id=CLOSED, quote=QuoteId("5d41402abc"), asked_on=MONDAY.date())
        )
        tx.insert_quote_removal(QuoteRemoval(round_id=CLOSED, removed_on=MONDAY.date(), admin=ADMIN))


def _fill_proof(tx: Any) -> None:
    if hasattr(tx, "put_proof"):
        from bot.core.audit import LastProof

        tx.put_proof(LastProof(at=MONDAY, tried=10, failed=("permissions",)))


def _fill_changes(tx: Any) -> None:
    if hasattr(tx, "insert_change"):
        from bot.core.changes import ChangeKind, ScheduleChange
        from bot.ports import ChannelInfo, KnownChannel

        paused = replace(SCHEDULE, paused=True, paused_until=date(2026, 12, 1))
        for kind, changed in ((ChangeKind.CREATED, SCHEDULE), (ChangeKind.PAUSED, paused)):
            tx.insert_change(ScheduleChange(kind=kind, schedule=changed, at=MONDAY, by=ADMIN), told=True)
        tx.put_channel(
            KnownChannel(
                info=ChannelInfo(id=CHANNEL, name="sample", private=True, archived=False, joined=True),
                introduced=True,
            )
        )


def _fill_forgotten(tx: Any) -> None:
    if hasattr(tx, "forget_rounds"):
        old = replace(ROUNDS[0], id=RoundId("00000000000f"), channel=OTHER, number=7)
        tx.insert_round(old)
        tx.insert_release(replace(RESULT, round_id=old.id), MONDAY)
        tx.forget_rounds([old.id])


def _fill_norms(tx: Any) -> None:
    if hasattr(tx, "put_norm"):
        from bot.core.model import NormId
        from bot.core.norms import Norm, NormState, NormStep, advance

        proposed = NormStep(state=NormState.PROPOSED, on=MONDAY.date(), round=1)
        norm = Norm(
            id=NormId("0000000000n1"),
            channel=CHANNEL,
            handle="A",
            text="We begin with news.",
            steps=(proposed,),
        )
        tx.put_norm(norm)
        tx.put_norm(advance(norm, NormStep(state=NormState.CANDIDATE, on=MONDAY.date(), round=2)))


def _fill_asking(tx: Any) -> None:
    if hasattr(tx, "put_nothing_left"):
        tx.put_nothing_left(CHANNEL, MONDAY.date())
        tx.put_rest_until(MONDAY)


def _fill_posts(tx: Any) -> None:
    if hasattr(tx, "put_post"):
        from bot.core.posts import Post, PostKind

        tx.put_post(
            Post(
                kind=PostKind.SUMMARY,
                of=UNPOSTED,
                channel=CHANNEL,
                since=MONDAY,
                sends=1,
                not_before=MONDAY + timedelta(minutes=1),
                reason="fatal_error",
                reported=True,
                body="",
            )
        )


def keep() -> None:
    """Write the sample data of the version that runs this."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "belonging.db"
        with closing(Database(path)) as database:
            fill(database)
        with closing(sqlite3.connect(path)) as connection:
            steps = connection.execute("SELECT name FROM _sqlite_migrations ORDER BY id").fetchall()
            dump = "\n".join(connection.iterdump())
    DATA.mkdir(exist_ok=True)
    (DATA / f"{steps[-1][0]}.sql").write_text(f"{dump}\n", encoding="utf-8")
