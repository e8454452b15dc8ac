"""Invent a channel over two cycles, labelled as such: for docs, for tests, and to see a report at once.

The people, their answers and their proposals are made up here. The questions are those of the pack. The real
rules decide what is shown of the answers, and what becomes of a proposal.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from bot.core.co_creation import Agenda
from bot.core.language import ENGLISH_ONLY, N_, Languages
from bot.core.model import (
    ChannelId,
    NormId,
    PromptPack,
    ReleasePolicy,
    Round,
    RoundId,
    RoundKind,
    RoundPrompt,
    RoundState,
    Statement,
    StatementId,
    TagId,
)
from bot.core.norms import Norm
from bot.core.prompts import begins_cycle, preview
from bot.core.quotes import quotes_by_id, take_down
from bot.core.release import Release, Result, release
from bot.core.replies import Reply
from bot.core.summary import highlight_of
from bot.report.sample_norms import CYCLE_ROUNDS, norm_replies, written

# Translators: the name of an invented channel.
SAMPLE_NAME = N_("#sample-team, all invented")
SAMPLE_CHANNEL = ChannelId("C0SAMPLE0001")
ZONE = "Europe/Berlin"
FIRST_DAY = date(2025, 9, 2)
ROUNDS = 2 * CYCLE_ROUNDS
AUDIENCE = 18

REPLIED = (14, 13, 4, 12, 14, 16, 13, 15, 14, 12, 15, 14, 13, 14)
"""How many of 18 replied, round by round, over and over; four are too few to show anything."""

LEANINGS = {
    "door": (0.55, 0.62),
    "welcome": (0.84, 0.86),
    "circle": (0.42, 0.5),
    "cocreate": (0.26, 0.64),
    "stake": (0.3, 0.5),
    "norms": (0.34, 0.42),
    "newcomers": (0.4, 0.46),
    "safety": (0.62, 0.68),
    "wellbeing": (0.5, 0.52),
}
"""The invented share of people who agree with a topic's statements, in the first cycle and in the second."""

QUOTES = (
    "Somebody asked me in my second week what I would change about our planning, and then we changed it.",
    "The agenda is mostly settled before the meeting. I would not know whom to ask.",
    "I say we now. A year ago I said they.",
    "Thanks reach the loud work first.",
    "Our retro used to be the same five voices; the round of written notes has changed that a little.",
    "I still hear of openings from friends in other teams before I hear of them here.",
    "It helped that nobody laughed at my first question.",
)


@dataclass(slots=True)
class _Lived:
    """What the invented channel was asked so far; its results, newest first; its norms."""

    results: list[Result] = field(default_factory=list)
    asked: list[RoundPrompt] = field(default_factory=list)
    ledger: dict[NormId, Norm] = field(default_factory=dict)


def sample_results(
    pack: PromptPack, rounds: int = ROUNDS, languages: Languages = ENGLISH_ONLY
) -> tuple[Result, ...]:
    """Return the invented results, newest first. The same pack gives the same results, down to the bytes.

    ``languages``: in which the questions are told, too.
    """
    return tuple(_live(pack, rounds, languages).results)


def sample_ledger(pack: PromptPack) -> tuple[Norm, ...]:
    """Return the invented norms in the order of their proposal, as the sample's rounds leave them."""
    return tuple(_live(pack, ROUNDS).ledger.values())


def _live(pack: PromptPack, rounds: int, languages: Languages = ENGLISH_ONLY) -> _Lived:
    lived, opening = _Lived(), FIRST_DAY
    for number in range(1, rounds + 1):
        highlight = highlight_of(lived.results)
        agenda = Agenda(ledger=tuple(lived.ledger.values()), today=opening, seed=number)
        if begins_cycle(pack, lived.asked, highlight, agenda) and lived.asked[-1].in_turn:
            opening += timedelta(weeks=2)  # the rest after a cycle
            agenda = replace(agenda, today=opening)
        prompt = preview(pack, lived.asked, highlight, agenda, languages)
        lived.asked.append(prompt)
        round_, found = _result(_round(number, prompt, opening))
        closed = round_.closes_at.astimezone(ZoneInfo(ZONE)).date()
        lived.results.insert(0, (round_, written(round_, found, lived.ledger, closed)))
        opening += timedelta(weeks=2)
    return lived


def _round(number: int, prompt: RoundPrompt, on: date) -> Round:
    opened = datetime.combine(on, time(10), ZoneInfo(ZONE)).astimezone(ZoneInfo("UTC"))
    return Round(
        id=RoundId(f"sample{number:06}"),
        channel=SAMPLE_CHANNEL,
        schedule=None,
        number=number,
        prompt=prompt,
        policy=ReleasePolicy(),
        audience_size=AUDIENCE,
        opened_at=opened,
        closes_at=opened + timedelta(days=3),
        zone=ZONE,
        closing_key=b"",
        state=RoundState.CLOSED,
    )


def _result(round_: Round) -> Result:
    replies = _replies(round_) if round_.prompt.kind is RoundKind.REFLECT else norm_replies(round_)
    found = release(round_, tuple(replies), seed=round_.number, names=frozenset())
    return round_, _without_a_quote(round_, found) if round_.number % 9 == 0 else found


def _without_a_quote(round_: Round, found: Release) -> Release:
    """Take one quote of a result down, some days after the close."""
    quotes = list(quotes_by_id(found))
    removed = take_down(found, quotes[0], (round_.closes_at + timedelta(days=4)).date()) if quotes else None
    return removed or found


def _replies(round_: Round) -> Iterator[Reply]:
    number, statements = round_.number, round_.prompt.statements
    count = REPLIED[(number - 1) % len(REPLIED)]
    agreeing = {
        statement.id: _agreeing(statement, place, round_, count) for place, statement in enumerate(statements)
    }
    quoted = range(3 + number % 3) if number % 2 else range(0)
    for person in range(count):
        yield Reply(
            answers=_answers(agreeing, person, number),
            text=QUOTES[(number + person) % len(QUOTES)] if person in quoted else "",
            tags=_tags(round_, person),
            quotable=person in quoted,
        )


def _answers(agreeing: dict[StatementId, int], person: int, number: int) -> dict[StatementId, int]:
    skips = person == number % 11  # somebody would rather not say
    return {
        statement: 4 if person < people else 2
        for place, (statement, people) in enumerate(agreeing.items())
        if not (skips and place == 0)
    }


def _agreeing(statement: Statement, place: int, round_: Round, count: int) -> int:
    """Count who agree: the topic's leaning, turned for a reversed statement, and a little unrest."""
    topic = statement.id.split("-")[0]
    leaning = LEANINGS.get(topic, (0.5, 0.5))[1 if round_.number > ROUNDS // 2 else 0]
    unrest = ((round_.number * 7 + place * 3) % 5 - 2) / 40
    share = Fraction(min(1.0, max(0.0, leaning + unrest))).limit_denominator(100)
    agreeing = round(share * count)
    return count - agreeing if statement.reversed else agreeing


def _tags(round_: Round, person: int) -> tuple[TagId, ...]:
    """Choose two tags for a person; many people choose the same ones."""
    tags = round_.prompt.tags
    if not tags:
        return ()
    liked = (round_.number + (0, 0, 0, 1, 1, 3)[person % 6]) % len(tags)
    also = (round_.number + (2, 4, 4, 2, 5, 4)[(person + round_.number) % 6]) % len(tags)
    return (tags[liked].id, tags[also].id) if liked != also else (tags[liked].id,)
