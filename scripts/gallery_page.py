"""Build docs/gallery.md: invented channels of all sizes, and what the bot says about them.

The replies are invented; the real release rule decides what is shown of them. ``scripts.gallery`` takes the
pictures.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.core.model import (
    ChannelId,
    PromptPack,
    ReleasePolicy,
    Round,
    RoundId,
    RoundKind,
    RoundPrompt,
    RoundState,
    StatementId,
    TagId,
)
from bot.core.norms import Norm
from bot.core.release import Result, release
from bot.core.replies import Reply
from bot.demo.sample_answers import SAMPLES
from bot.report.sample import sample_ledger, sample_results
from bot.slack.results.cycle_blocks import asked_trend, resting
from bot.slack.results.result_blocks import result_notification
from bot.slack.schedule.blocks import GO_ON_TEXT

ZONE = "Europe/Berlin"
FIRST_CLOSED = datetime(2026, 5, 22, 8, tzinfo=UTC)
CLOSED = datetime(2026, 11, 20, 9, tzinfo=UTC)
FIRST, AGAIN = 1, 13
"""The numbers of two rounds on the same topic, one cycle apart."""

TOPIC = "welcome"

NAMES = frozenset({"Ruth", "Abramov"})
"""The names of one person of the invented team, whom an invented reply speaks of."""

AGREE, DISAGREE = 4, 2

PORTRAIT = "n14"
"""The size that is also shown in the dark and on a phone."""

INTRO = """\
# Summaries, from five replies to nine hundred

**All people, replies and numbers are invented.** The messages are real. Each picture's alternative text is \
that of its notification.
"""

DECISION = (
    "A decision",
    (
        "The proposal that the most would try is tried, unless more than two see harm in it (three, from 12 "
        "replies on). How many see harm is never shown."
    ),
)

HOME = """\
## The Home tab

What one member sees: open rounds, and for each channel the circle and the newest result. Admins also see \
schedules.

![The Home tab of an invented member](images/gallery-home.png)
"""

FORM = """\
## The form

Three statements fit on a phone. Each starts at *Not said*; the box for a text comes after *Yes*.

<img src="images/phone-reply-form.png" width="390" alt="The form: three statements, Say more?, Send">
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """An invented channel: how many could reply and did, how they answer, and how they did a cycle before.

    ``agree``: the shares who agree with the three statements of a round. ``ticked``: how many wrote something
    and allowed it to be shown. ``skipped``: how many would rather not answer the first statement.
    """

    heading: str
    notice: str
    replies: int
    audience: int
    agree: tuple[float, float, float]
    before: tuple[float, float, float] | None = None
    ticked: int = 0
    skipped: int = 0

    @property
    def name(self) -> str:
        """The name of the picture, after ``gallery-``."""
        return f"n{self.replies}" if self.replies >= ReleasePolicy().threshold else "withheld"

    @property
    def channel(self) -> ChannelId:
        """The channel of this size."""
        return ChannelId(f"C0SIZE{self.audience:06}")


SIZES = (
    Size(
        heading="5 of 6 replied",
        notice=(
            "Two people are merged at each end, so that it does not tell what the last ones said. A full dot "
            "agrees, an empty one does not, a half one is unknown."
        ),
        replies=5,
        audience=6,
        agree=(0.6, 1.0, 0.2),
        ticked=2,
    ),
    Size(
        heading="8 of 11 replied",
        notice=("In the middle the numbers are exact. Quotes begin at ten replies."),
        replies=8,
        audience=11,
        agree=(0.38, 0.88, 0.38),
        before=(0.5, 0.75, 0.38),
        ticked=4,
    ),
    Size(
        heading="14 of 18 replied",
        notice=(
            "From twelve answers on, three people are merged at each end. Names are removed from quotes; the "
            "message shows one of them."
        ),
        replies=14,
        audience=18,
        agree=(0.65, 0.86, 0.36),
        ticked=4,
    ),
    Size(
        heading="60 of 75 replied",
        notice=("Three people skipped a statement, so each number names its own total."),
        replies=60,
        audience=75,
        agree=(0.3, 0.88, 0.42),
        before=(0.6, 0.83, 0.4),
        ticked=9,
        skipped=3,
    ),
    Size(
        heading="900 of 1200 replied",
        notice=("The message is as long as for eight people."),
        replies=900,
        audience=1200,
        agree=(0.28, 0.84, 0.37),
        before=(0.6, 0.62, 0.35),
        ticked=len(SAMPLES),
    ),
    Size(
        heading="Withheld",
        notice=("Fewer than five replied: no number is shown, and what was written is destroyed."),
        replies=4,
        audience=14,
        agree=(0.5, 0.5, 0.5),
    ),
)

CYCLE = (
    "After a cycle",
    ("Twelve rounds are added up, bounds with bounds."),
)
TREND = (
    "The trend",
    ("What `/belonging trend` shows: a change only where the numbers leave little doubt."),
)
GO_ON = (
    "Shall we go on?",
    ("After two rounds with fewer than half, the bot asks the channel. One press goes on."),
)


def gallery_page(pack: PromptPack) -> str:
    """Return docs/gallery.md, built from the same objects as the messages in the pictures."""
    results = sample_results(pack)
    parts = [
        INTRO,
        *(_exhibit((one.heading, one.notice), one.name, summary_text_of(one, pack)) for one in SIZES),
        _exhibit(CYCLE, "cycle", resting(results)[0]),
        _exhibit(TREND, "trend", asked_trend(results)[0]),
        _exhibit(GO_ON, "go-on", GO_ON_TEXT),
        _exhibit(DECISION, "decision", decision_text(pack)),
        HOME,
        FORM,
    ]
    return "\n".join(parts)


def decision_of(pack: PromptPack) -> tuple[Result, tuple[Norm, ...]]:
    """Return the newest decision of the invented channel, and its norms."""
    decided = (one for one in sample_results(pack) if one[0].prompt.kind is RoundKind.CHOOSE)
    return next(decided), sample_ledger(pack)


def decision_text(pack: PromptPack) -> str:
    """Return the notification text of that decision."""
    (round_, found), norms = decision_of(pack)
    return result_notification(round_, found, (), norms)


def results_of(size: Size, pack: PromptPack) -> tuple[Result, ...]:
    """Return the results of an invented channel, newest first, as the release rule makes them."""
    prompts = (round_.prompt for round_, _ in reversed(sample_results(pack)))
    own = (prompt for prompt in prompts if prompt.dimension == TOPIC and prompt.reflects)
    asked = dict(zip((FIRST, AGAIN), own, strict=False))
    if size.before is None:
        return (_result(size, FIRST, asked[FIRST], size.agree),)
    return _result(size, AGAIN, asked[AGAIN], size.agree), _result(size, FIRST, asked[FIRST], size.before)


def summary_text_of(size: Size, pack: PromptPack) -> str:
    """Return the notification text of the newest round of an invented channel."""
    (round_, found), *earlier = results_of(size, pack)
    return result_notification(round_, found, earlier)


def _exhibit(words: tuple[str, str], picture: str, text: str) -> str:
    heading, notice = words
    shown = [f"![Invented: {text}](images/gallery-{picture}.png)"]
    if picture == PORTRAIT:
        shown += [
            f"![The same in the dark](images/gallery-{picture}-dark.png)",
            f'<img src="images/gallery-{picture}-phone.png" width="390" alt="The same on a phone">',
        ]
    return "\n\n".join([f"## {heading}", notice, *shown]) + "\n"


def _result(size: Size, number: int, prompt: RoundPrompt, agree: Sequence[float]) -> Result:
    closes = CLOSED if number == AGAIN or size.before is None else FIRST_CLOSED
    round_ = Round(
        id=RoundId(f"g{size.audience:06}r{number:04}"),
        channel=size.channel,
        schedule=None,
        number=number,
        prompt=prompt,
        policy=ReleasePolicy(),
        audience_size=size.audience,
        opened_at=closes - timedelta(days=3),
        closes_at=closes,
        zone=ZONE,
        closing_key=b"",
        state=RoundState.CLOSED,
    )
    return round_, release(round_, tuple(_replies(size, prompt, agree)), seed=number, names=NAMES)


def _replies(size: Size, prompt: RoundPrompt, agree: Sequence[float]) -> Iterator[Reply]:
    agreeing = [round(share * size.replies) for share in agree]
    for person in range(size.replies):
        answers = {
            statement.id: AGREE if person < people else DISAGREE
            for place, (statement, people) in enumerate(zip(prompt.statements, agreeing, strict=True))
            if place or person >= size.skipped
        }
        text = SAMPLES[person] if person < size.ticked else ""
        yield Reply(
            answers={StatementId(statement): answer for statement, answer in answers.items()},
            text=text,
            tags=_tags(prompt, person),
            quotable=bool(text),
        )


def _tags(prompt: RoundPrompt, person: int) -> tuple[TagId, ...]:
    """Return one or two of the round's tags; the first ones are more frequent."""
    chosen = (person % 7 * person % 5, person % 3 + person % 4)
    return tuple(prompt.tags[place].id for place in dict.fromkeys(chosen))
