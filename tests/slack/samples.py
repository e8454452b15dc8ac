"""Rounds and results to speak of, and strategies for whatever a legal prompt pack can hold."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any

from hypothesis import strategies as st

from bot.core.counts import count_of
from bot.core.cycle_summary import cycles_of
from bot.core.model import (
    ANCHOR_SUFFIX,
    ChannelId,
    DimensionKey,
    MessageTs,
    PromptId,
    ReleasePolicy,
    Round,
    RoundId,
    RoundPrompt,
    Side,
    Statement,
    StatementId,
    SupportCard,
    Tag,
    TagId,
)
from bot.core.release import Published, Release, Result, StatementRelease, Withheld, release
from bot.core.replies import Reply, Tenure

OPENED = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
CLOSES = OPENED + timedelta(days=3)

SUPPORT = SupportCard(contact="People team, people@example.org", crisis="112, at any hour")
OUTSIDE = replace(SUPPORT, outside="Ombuds office, +49 30 5550100")

PROMPT = RoundPrompt(
    prompt_id=PromptId("welcome-1"),
    dimension=DimensionKey("welcome"),
    label="Welcome",
    side=Side.INCLUSION,
    question="Recall a recent moment when someone made room for you here. What did they do?",
    statements=(
        Statement(id=StatementId("welcome-anchor"), text="People here make room for me."),
        Statement(id=StatementId("welcome-1-a"), text="When I arrive in a meeting, somebody notices."),
        Statement(
            id=StatementId("welcome-1-b"), text="I have to knock twice before I am let in.", reversed=True
        ),
    ),
    tags=(
        Tag(id=TagId("welcome-tag-thanks"), text="being thanked"),
        Tag(id=TagId("welcome-tag-names"), text="names & how to say them"),
        Tag(id=TagId("welcome-tag-lunch"), text="who eats with whom"),
    ),
)


def a_round(**changes: Any) -> Round:
    """The third round of #C02PRODUCT, open from a Tuesday to a Friday."""
    fields: dict[str, Any] = {
        "id": RoundId("r00000000001"),
        "channel": ChannelId("C02PRODUCT"),
        "schedule": None,
        "number": 3,
        "prompt": PROMPT,
        "policy": ReleasePolicy(),
        "audience_size": 14,
        "opened_at": OPENED,
        "closes_at": CLOSES,
        "zone": "Europe/Berlin",
        "closing_key": b"public",
        "announcement": MessageTs("1764000000.000100"),
    }
    return Round(**(fields | changes))


def answered(round_: Round, count: int, *, quotes: Sequence[str] = ()) -> Release:
    """The result of so many replies: item 1 is agreed to by nearly all, 2 by half, 3 by few."""
    first, second, third = (statement.id for statement in round_.prompt.statements)
    tags = [tag.id for tag in round_.prompt.tags]
    replies = [
        Reply(
            answers={first: 5 if number else 2, second: 4 if number % 2 else 2, third: 1 if number else 5},
            text=quotes[number] if number < len(quotes) else "",
            tags=tuple(tags[: 1 + number % 2]),
            quotable=number < len(quotes),
        )
        for number in range(count)
    ]
    wide = replace(round_, audience_size=max(round_.audience_size, count))
    return release(wide, replies, seed=7, names=frozenset())


def by_group(round_: Round, newer: int, longer: int, unsaid: int = 0, *, skip: int = 0) -> Release:
    """The result of groups of these sizes: fewer of the newer ones agree; so many skip the last statement."""
    first, second, third = (statement.id for statement in round_.prompt.statements)
    sizes = {Tenure.NEWER: (newer, 3), Tenure.LONGER: (longer, 1), Tenure.UNSAID: (unsaid, 2)}
    replies = [
        Reply(
            answers={first: 5 if place >= apart - 1 else 2, second: 4 if place % 3 >= apart - 1 else 2}
            | ({third: 2} if place >= skip else {}),
            tenure=group,
        )
        for group, (size, apart) in sizes.items()
        for place in range(size)
    ]
    asking = replace(round_, prompt=replace(round_.prompt, asks_tenure=True), audience_size=len(replies))
    return release(asking, replies, seed=7, names=frozenset())


def published(round_: Round, count: int, **more: Any) -> Published:
    """The same, where it is known to be shown."""
    result = answered(round_, count, **more)
    assert isinstance(result, Published)
    return result


_words = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1)


def written(longest: int) -> st.SearchStrategy[str]:
    """Any text that a prompt pack may hold: 1 to ``longest`` characters, blanks collapsed."""
    full = st.sampled_from(["x" * longest, "&" * longest, "<!channel> " * longest, "🌱" * longest])
    some = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=longest)
    tidy = st.one_of(some, full).map(lambda text: " ".join(text.split())[:longest].strip())
    return tidy.filter(bool)


keys = st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True)


@st.composite
def prompts(draw: st.DrawFn) -> RoundPrompt:
    """Any prompt that ``bot.config`` lets through, as a round asks it."""
    dimension = draw(keys)
    own = draw(st.lists(written(150), min_size=1, max_size=3))
    tag_keys = draw(
        st.lists(st.from_regex(r"[a-z0-9][a-z0-9-]{0,29}", fullmatch=True), unique=True, max_size=10)
    )
    return RoundPrompt(
        prompt_id=PromptId(draw(keys)),
        dimension=DimensionKey(dimension),
        label=draw(written(60)),
        side=draw(st.sampled_from(Side)),
        question=draw(written(400)),
        statements=tuple(
            Statement(id=StatementId(f"{dimension}-{index}"), text=text) for index, text in enumerate(own)
        ),
        tags=tuple(Tag(id=TagId(f"{dimension}-tag-{key}"), text=draw(written(75))) for key in tag_keys),
        asks_tenure=draw(st.booleans()),
    )


policies = st.builds(
    ReleasePolicy,
    threshold=st.integers(5, 20),
    quote_replies=st.integers(10, 1000),
    quotes_allowed=st.integers(3, 1000),
    min_open=st.integers(1, 31 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes)),
)
supports = st.builds(
    SupportCard,
    contact=written(1000),
    crisis=st.one_of(st.just(""), written(1000)),
    outside=st.one_of(st.just(""), written(1000)),
)
rounds = st.builds(
    a_round,
    prompt=prompts(),
    policy=policies,
    number=st.integers(1, 10_000),
    zone=st.sampled_from(["Europe/Berlin", "America/Argentina/ComodRivadavia", "Asia/Kathmandu", "UTC"]),
)


@st.composite
def results(draw: st.DrawFn) -> tuple[Round, Release]:
    """A round with what a number of replies make of it, quotes of any length among them."""
    round_ = draw(rounds)
    count = draw(st.sampled_from([0, 4, 5, 7, 11, 12, 40]))
    ids = [statement.id for statement in round_.prompt.statements]
    tags = [tag.id for tag in round_.prompt.tags]
    text = st.one_of(st.just(""), written(60), written(2000))
    reply = st.builds(
        Reply,
        answers=st.fixed_dictionaries({}, optional={statement: st.integers(1, 5) for statement in ids}),
        text=text,
        tags=st.lists(st.sampled_from(tags), max_size=2, unique=True).map(tuple) if tags else st.just(()),
        quotable=st.booleans(),
        tenure=st.sampled_from(Tenure),
    )
    several = draw(st.lists(reply, min_size=1, max_size=4))
    replies = [several[number % len(several)] for number in range(count)]
    return round_, release(round_, replies, seed=1, names=frozenset({"Ingrid"}))


def with_old_words(results: tuple[Result, ...]) -> tuple[Result, ...]:
    """The same results, whose first cycle asked every repeated statement in other words."""
    first = {round_.id for round_, _ in cycles_of(results)[0]}

    def old(statement: Statement) -> Statement:
        return (
            replace(statement, text=f"Old: {statement.text}")
            if statement.id.endswith(ANCHOR_SUFFIX)
            else statement
        )

    return tuple(
        (
            replace(
                round_, prompt=replace(round_.prompt, statements=tuple(map(old, round_.prompt.statements)))
            ),
            shown,
        )
        if round_.id in first
        else (round_, shown)
        for round_, shown in results
    )


Topic = tuple[Statement, str, Side]
"""A repeated statement, the name of its topic, and where that stands."""


def topics(draw: st.DrawFn, texts: Callable[[int], st.SearchStrategy[str]]) -> list[Topic]:
    """One to twelve topics of a pack; two of them may have one name, or names that begin alike."""
    named = draw(st.lists(keys, min_size=1, max_size=12, unique=True))
    words = st.tuples(texts(150), texts(60), st.sampled_from(Side))
    few = draw(st.lists(words, min_size=1, max_size=len(named)))
    return [
        (Statement(id=StatementId(f"{key}{ANCHOR_SUFFIX}"), text=text), label, side)
        for key, (text, label, side) in zip(named, cycle(few), strict=False)
    ]


@st.composite
def histories(
    draw: st.DrawFn, texts: Callable[[int], st.SearchStrategy[str]] = written
) -> tuple[Result, ...]:
    """The results of a channel after 1 to 40 rounds, newest first: its topics in turn, some withheld."""
    asked = topics(draw, texts)
    answer = st.integers(5, 60).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))
    shapes = draw(st.lists(st.lists(st.none() | answer, min_size=3, max_size=3), min_size=1, max_size=7))
    shapes += [[]] * draw(st.integers(0, 2))  # withheld
    first = draw(st.sampled_from([1, 90, 990, 9_900]))
    return history(asked, shapes, range(first, first + draw(st.integers(1, 40))))


def history(
    asked: Sequence[Topic], shapes: Sequence[Sequence[tuple[int, int] | None]], numbers: range
) -> tuple[Result, ...]:
    """The results of rounds with these numbers, newest first.

    Each shape says how many agree of how many, by statement; an empty one is a withheld round.
    """
    return tuple(
        _asked_and_shown(number, asked, shapes[number % len(shapes)]) for number in reversed(numbers)
    )


def _asked_and_shown(number: int, asked: Sequence[Topic], shape: Sequence[tuple[int, int] | None]) -> Result:
    """A round about the topic whose turn it is, and its result; withheld for an empty shape."""
    anchor, label, side = asked[number % len(asked)]
    partner, _, other = asked[(number + 1) % len(asked)]
    own = Statement(id=StatementId(f"own-{number % 11}"), text=f"Own {anchor.text}"[:150])
    paired = side is not other and Side.GROUND not in {side, other}
    key = DimensionKey(anchor.id.removesuffix(ANCHOR_SUFFIX))
    prompt = replace(
        PROMPT,
        dimension=key,
        label=label,
        side=side,
        statements=(own, anchor, *([partner] if paired else [])),
    )
    later = timedelta(weeks=number)
    round_ = a_round(
        id=RoundId(f"r{number:011}"),
        number=number,
        prompt=prompt,
        opened_at=OPENED + later,
        closes_at=CLOSES + later,
    )
    if not shape:
        return round_, Withheld(round_id=round_.id)
    shown = tuple(
        StatementRelease(statement=statement.id, count=count_of(*count) if count else None)
        for statement, count in zip(prompt.statements, shape, strict=False)
    )
    replies = max([5, *(count[1] for count in shape if count)])
    return round_, Published(
        round_id=round_.id, replies=replies, audience=replies + number % 9, statements=shown
    )
