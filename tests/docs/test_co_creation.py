"""The example in docs/co-creation.md is lived through here: each boxed word is one that the bot says."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.config import load_pack
from bot.core.choosing import WOULD_TRY
from bot.core.co_creation import Agenda, collect, out_of_turn
from bot.core.counts import Count
from bot.core.model import (
    ChannelId,
    DimensionKey,
    NormId,
    ReleasePolicy,
    Round,
    RoundId,
    RoundPrompt,
    SupportCard,
    TagId,
)
from bot.core.norms import Norm, settle
from bot.core.release import Release, release
from bot.core.replies import Reply
from bot.core.summary import Highlight, NamedStatement
from bot.slack.kit.round_words import most_wanted
from bot.slack.reply.announcement_blocks import KINDS, announcement
from bot.slack.reply.norm_blocks import CHOOSE_CHOICES, form_of
from bot.slack.results.norm_blocks import norm_summary
from bot.slack.results.result_blocks import change_in_words
from tests.docs.test_docs import ROOT, plain
from tests.world import text_of

PAGE = (ROOT / "docs" / "co-creation.md").read_text(encoding="utf-8")
PACK = load_pack(Path(ROOT) / "prompts" / "belonging")
WRITE, POST, EAT = PROPOSALS = (
    "When we plan, the first ten minutes are for writing, each for ourselves.",
    "When we decide in a call, we post it here the same day, and until when it can still change.",
    "When somebody joins, two of us who do not lead them eat with them in their first week.",
)
SUPPORT = {WRITE: 6, POST: 10, EAT: 7}
FINDING = Highlight(
    dimension=DimensionKey("cocreate"),
    named=NamedStatement(statement=PACK.dimension(DimensionKey("cocreate")).anchor),
    count=Count(of=12, low=4, high=4),
)
CARD = SupportCard(contact="People team", crisis="112")


class Team:
    """The invented team: what the bot has said to it so far, and its ledger."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.norms: dict[NormId, Norm] = {}

    @property
    def ledger(self) -> tuple[Norm, ...]:
        return tuple(self.norms.values())

    def agenda(self, today: date) -> Agenda:
        return Agenda(ledger=self.ledger, today=today, seed=1)

    def live(self, prompt: RoundPrompt | None, number: int, on: date, replies: Sequence[Reply]) -> None:
        """Ask, answer, close, write the ledger, and keep what was said."""
        assert prompt
        round_ = a_round(prompt, number, on)
        form = form_of(round_, CARD, "", self.ledger)
        found = in_order(round_, replies)
        closed = round_.closes_at.date()
        ids = [NormId(f"norm{place}") for place in range(len(getattr(found, "proposals", ())))]
        for norm in settle(round_, found, self.ledger, closed, ids):
            self.norms[norm.id] = norm
        blocks: list[dict[str, Any]] = [*announcement(round_), *form["blocks"]]
        self.said += [text_of(blocks), text_of(norm_summary(round_, found, self.ledger))]


def a_round(prompt: RoundPrompt, number: int, on: date) -> Round:
    opened = datetime.combine(on, time(9), UTC)
    return Round(
        id=RoundId(f"round{number}"),
        channel=ChannelId("C1"),
        schedule=None,
        number=number,
        prompt=prompt,
        policy=ReleasePolicy(),
        audience_size=14,
        opened_at=opened,
        closes_at=opened + timedelta(days=3),
        zone="Europe/Berlin",
        closing_key=b"",
    )


def in_order(round_: Round, replies: Sequence[Reply]) -> Release:
    """The result; of proposals, with a seed that shuffles them into the order of the page."""
    found = (release(round_, replies, seed=seed, names=frozenset()) for seed in range(100))
    return next(one for one in found if getattr(one, "proposals", ()) in {(), PROPOSALS})


@pytest.fixture(scope="module")
def team() -> Team:
    """The team after its seven weeks."""
    team = Team()
    question = replace(PACK, co_create=PACK.co_create[:1])
    team.live(
        collect(question, (), FINDING),
        4,
        date(2026, 9, 22),
        [Reply(answers={}, text=text, quotable=True) for text in PROPOSALS],
    )
    asked = out_of_turn(PACK, team.agenda(date(2026, 9, 29)), reflects_next=True)
    assert asked
    team.live(
        asked,
        5,
        date(2026, 9, 29),
        [
            Reply(answers={one.id: WOULD_TRY for one in asked.statements if person < SUPPORT[one.text]})
            for person in range(12)
        ],
    )
    asked = out_of_turn(PACK, team.agenda(date(2026, 11, 3)), reflects_next=True)
    assert asked
    votes = [5] * 8 + [3] * 5
    elsewhere = TagId(next(tag.id for tag in asked.tags if "different places" in tag.text))
    team.live(
        asked,
        10,
        date(2026, 11, 3),
        [
            Reply(answers={asked.statements[0].id: vote}, tags=(elsewhere,) if person < 5 else ())
            for person, vote in enumerate(votes)
        ],
    )
    return team


def boxed() -> list[str]:
    """The paragraphs that the page quotes from the bot."""
    lines = "\n".join(line if line.startswith(">") else "" for line in PAGE.splitlines())
    return [plain(part) for part in re.split(r"\n>? *\n", lines) if plain(part)]


def test_there_is_something_boxed_for_every_step() -> None:
    assert len(boxed()) >= 7


@pytest.mark.parametrize("words", boxed(), ids=lambda words: words[:40])
def test_what_is_boxed_is_what_the_bot_says(team: Team, words: str) -> None:
    assert words in plain(" ".join(team.said))


def test_what_a_later_summary_says_is_quoted_as_it_is(team: Team) -> None:
    assert f"*{change_in_words(team.ledger)}*" in PAGE


def test_the_answers_of_the_form_are_named_as_they_are() -> None:
    assert all(f"*{words}*" in PAGE for _, words in CHOOSE_CHOICES)
    unless_harm = most_wanted()[most_wanted().index("unless") :].rstrip(".")
    assert unless_harm in PAGE
    assert all(plain(words) for words in KINDS.values())
