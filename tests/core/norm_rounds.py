"""Rounds of co-creation and their results, as the tests of the ledger need them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.core.counts import count_of
from bot.core.model import (
    ChannelId,
    DimensionKey,
    NormId,
    Outcome,
    PromptId,
    ReleasePolicy,
    Round,
    RoundId,
    RoundKind,
    RoundPrompt,
    Side,
    Statement,
    StatementId,
    Tag,
    TagId,
)
from bot.core.norms import Norm, NormState, NormStep
from bot.core.release import Published, StatementRelease, Withheld

OPENED = datetime(2026, 11, 23, 9, tzinfo=UTC)
TODAY = date(2026, 11, 26)
TEAM = ChannelId("C0TEAM")


def asking(
    kind: RoundKind,
    *statements: str,
    number: int = 1,
    norm: str | None = None,
    tags: Sequence[str] = (),
    threshold: int = 5,
) -> Round:
    """A round of this kind; its statements have these ids."""
    return Round(
        id=RoundId(f"r{number}"),
        channel=TEAM,
        schedule=None,
        number=number,
        prompt=RoundPrompt(
            prompt_id=PromptId("co"),
            dimension=DimensionKey("norms"),
            label="Co",
            side=Side.BELONGING,
            question="Which?",
            statements=tuple(Statement(id=StatementId(one), text=f"words of {one}") for one in statements),
            tags=tuple(Tag(id=TagId(tag), text=tag) for tag in tags),
            kind=kind,
            norm=NormId(norm) if norm else None,
        ),
        policy=ReleasePolicy(threshold=threshold),
        audience_size=9,
        opened_at=OPENED,
        closes_at=OPENED + timedelta(days=3),
        zone="Europe/Berlin",
        closing_key=b"public",
    )


def withheld(round_: Round) -> Withheld:
    return Withheld(round_id=round_.id)


def published(round_: Round, *statements: StatementRelease, replies: int = 8) -> Published:
    return Published(round_id=round_.id, replies=replies, audience=9, statements=statements)


def proposing(round_: Round, texts: Sequence[str]) -> Published:
    return replace(published(round_, replies=len(texts)), proposals=tuple(texts))


def supported(statement: str, agreed: int | None, answered: int = 8) -> StatementRelease:
    """What is shown of one proposal; None: too few answered it."""
    shown = None if agreed is None else count_of(agreed, answered)
    return StatementRelease(statement=StatementId(statement), count=shown)


def looked(round_: Round, outcome: Outcome, *, tied: bool = False) -> Published:
    return replace(published(round_), outcome=outcome, tied=tied)


def a_norm(name: str, *states: NormState, handle: str = "", until: date | None = None) -> Norm:
    """A norm that went through these states, a week each, after it was proposed in round 4."""
    return Norm(
        id=NormId(name),
        channel=TEAM,
        handle=handle or name.upper(),
        text=f"words of {name}",
        steps=tuple(
            NormStep(state=state, on=TODAY - timedelta(weeks=len(states) - turn), round=4 + turn)
            for turn, state in enumerate((NormState.PROPOSED, *states))
        ),
        look_again_on=until,
    )
