"""Rounds and results to speak of, and strategies for whatever a legal prompt pack can hold."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bot.core.model import (
    ChannelId,
    DimensionKey,
    Item,
    ItemId,
    MessageTs,
    PromptId,
    ReleasePolicy,
    Round,
    RoundId,
    RoundPrompt,
    Side,
    SupportCard,
    Tag,
    TagId,
)
from bot.core.release import Published, Release, release
from bot.core.replies import Reply

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
    items=(
        Item(id=ItemId("welcome-anchor"), text="People here make room for me."),
        Item(id=ItemId("welcome-1-a"), text="When I arrive in a meeting, somebody notices."),
        Item(id=ItemId("welcome-1-b"), text="I have to knock twice before I am let in.", reversed=True),
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
    first, second, third = (item.id for item in round_.prompt.items)
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
        items=tuple(Item(id=ItemId(f"{dimension}-{index}"), text=text) for index, text in enumerate(own)),
        tags=tuple(Tag(id=TagId(f"{dimension}-tag-{key}"), text=draw(written(75))) for key in tag_keys),
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
    ids = [item.id for item in round_.prompt.items]
    tags = [tag.id for tag in round_.prompt.tags]
    text = st.one_of(st.just(""), written(60), written(2000))
    reply = st.builds(
        Reply,
        answers=st.fixed_dictionaries({}, optional={item: st.integers(1, 5) for item in ids}),
        text=text,
        tags=st.lists(st.sampled_from(tags), max_size=2, unique=True).map(tuple) if tags else st.just(()),
        quotable=st.booleans(),
    )
    several = draw(st.lists(reply, min_size=1, max_size=4))
    replies = [several[number % len(several)] for number in range(count)]
    return round_, release(round_, replies, seed=1, names=frozenset({"Ingrid"}))
