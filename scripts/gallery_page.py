"""What docs/gallery.md says: invented channels of all sizes, and the words of the bot about them.

The replies are invented here; what is shown of them is what the real release rule shows. The pictures on the
page are taken by ``scripts.gallery``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.core.model import (
    ChannelId,
    ItemId,
    PromptPack,
    ReleasePolicy,
    Round,
    RoundId,
    RoundPrompt,
    RoundState,
    TagId,
)
from bot.core.release import release
from bot.core.replies import Reply
from bot.core.results import Result
from bot.demo.sample_answers import SAMPLES
from bot.report.sample import sample_results
from bot.slack.results.blocks import notification
from bot.slack.results.cycle_blocks import asked_trend, resting
from bot.slack.schedule.pause_blocks import GO_ON_TEXT

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

What a channel reads when a round closes, at different sizes, and what comes after several rounds. **All \
people, replies and numbers on this page are invented.** The messages are real: the bot has posted them into \
its local workspace, from results that its own release rule has made. `make gallery` takes the pictures and \
writes this page anew; a test holds the page to what the bot says today.

Under each picture stands what a notification and a screen reader say instead.
"""

HOME = """\
## The Home tab

What one member sees: what is open and what they can still change; of each of their channels the circle, \
drawn as in a cycle, and the newest result, which opens with *Show*; and as she is an admin, the schedules \
as well. There is no notification here; the tab itself is text.

![The Home tab of an invented member, with the results of this page](images/gallery-home.png)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """An invented channel: how many could reply and did, how they lean, and how they did a cycle before.

    ``agree``: the shares who agree with the three statements of a round. ``ticked``: how many wrote something
    and allowed it to be shown. ``skipped``: how many would rather not say to the first statement.
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
        """What the picture is called, after ``gallery-``."""
        return f"n{self.replies}" if self.replies >= ReleasePolicy().threshold else "withheld"

    @property
    def channel(self) -> ChannelId:
        """The channel that this size has to itself."""
        return ChannelId(f"C0SIZE{self.audience:06}")


SIZES = (
    Size(
        heading="5 of 6 replied",
        notice=(
            "The smallest round that is shown. At each end two people are merged, so that no total tells "
            "what the last ones said; with five replies that leaves *3 or more* or *2 or fewer*. A full dot "
            "agrees for sure, a half one cannot be told, an empty one does not. Nothing is quoted, though "
            "two writers allowed it."
        ),
        replies=5,
        audience=6,
        agree=(0.6, 1.0, 0.2),
        ticked=2,
    ),
    Size(
        heading="8 of 11 replied",
        notice=(
            "In the middle there are exact numbers now; the ends are still merged: *6 or more* may be six, "
            "seven or all eight. Four writers allowed a quote, and yet nothing is quoted: among so few, "
            "colleagues know each other by how they write. Quotes begin at ten replies."
        ),
        replies=8,
        audience=11,
        agree=(0.38, 0.88, 0.38),
        before=(0.5, 0.75, 0.38),
        ticked=4,
    ),
    Size(
        heading="14 of 18 replied",
        notice=(
            "From twelve answers on, three people are merged at each end. Quotes appear: four writers "
            "ticked, names are taken out, and the order says nothing. One stands in the message, all of them "
            "behind *Quotes and numbers*. The first line is what the numbers support best; the notification "
            "says the same."
        ),
        replies=14,
        audience=18,
        agree=(0.65, 0.86, 0.36),
        ticked=4,
    ),
    Size(
        heading="60 of 75 replied",
        notice=(
            "Three would rather not say to one statement, so that each number names its own total. The "
            "repeated statement was asked half a year before, too. Two askings are too few to tell whether "
            "anything has moved, so nothing is said of it."
        ),
        replies=60,
        audience=75,
        agree=(0.3, 0.88, 0.42),
        before=(0.6, 0.83, 0.4),
        ticked=9,
        skipped=3,
    ),
    Size(
        heading="900 of 1200 replied",
        notice=(
            "As many lines as for eight people. Merged ends hardly matter any more. One quote stands in the "
            "message, the others open with *Quotes and numbers*, so that what comes after them is still read."
        ),
        replies=900,
        audience=1200,
        agree=(0.28, 0.84, 0.37),
        before=(0.6, 0.62, 0.35),
        ticked=len(SAMPLES),
    ),
    Size(
        heading="Withheld",
        notice=(
            "Fewer than five replied. There is no number at all, not even how many it were, and what was "
            "written is destroyed like every reply. Nobody is told off for it."
        ),
        replies=4,
        audience=14,
        agree=(0.5, 0.5, 0.5),
    ),
)

CYCLE = (
    "After a cycle",
    (
        "Twelve rounds together, instead of a question. Bounds are added up, never middles: a full dot "
        "agrees for sure, a half one lies between the bounds. What one small round cannot say, the cycle "
        "can."
    ),
)
TREND = (
    "The trend",
    (
        "Cycle against cycle, for the one who typed `/belonging trend`. The first line says what has moved, "
        "where the shown numbers leave little doubt of it; else that nothing can be told yet, once for "
        "everything."
    ),
)
GO_ON = (
    "Shall we go on?",
    (
        "When fewer than half reply twice running, the bot stops asking and puts the question to the "
        "channel. One press by anyone goes on; no press is an answer, too."
    ),
)


def gallery_page(pack: PromptPack) -> str:
    """The whole of docs/gallery.md, from the same objects as the messages in the pictures."""
    results = sample_results(pack)
    parts = [
        INTRO,
        *(_exhibit((one.heading, one.notice), one.name, summary_text_of(one, pack)) for one in SIZES),
        _exhibit(CYCLE, "cycle", resting(results)[0]),
        _exhibit(TREND, "trend", asked_trend(results)[0]),
        _exhibit(GO_ON, "go-on", GO_ON_TEXT),
        HOME,
    ]
    return "\n".join(parts)


def results_of(size: Size, pack: PromptPack) -> tuple[Result, ...]:
    """The results of an invented channel, newest first, as the release rule makes them."""
    prompts = (round_.prompt for round_, _ in reversed(sample_results(pack)))
    own = (prompt for prompt in prompts if prompt.dimension == TOPIC and prompt.reflects)
    asked = dict(zip((FIRST, AGAIN), own, strict=False))
    if size.before is None:
        return (_result(size, FIRST, asked[FIRST], size.agree),)
    return _result(size, AGAIN, asked[AGAIN], size.agree), _result(size, FIRST, asked[FIRST], size.before)


def summary_text_of(size: Size, pack: PromptPack) -> str:
    """What a notification says of the newest round of an invented channel."""
    (round_, found), *earlier = results_of(size, pack)
    return notification(round_, found, earlier)


def _exhibit(words: tuple[str, str], picture: str, text: str) -> str:
    heading, notice = words
    shown = [f"![{heading}, invented](images/gallery-{picture}.png)"]
    if picture == PORTRAIT:
        phone = f'width="390" alt="{heading}, invented, on a phone"'
        shown += [
            f"![{heading}, invented, in the dark](images/gallery-{picture}-dark.png)",
            f'<img src="images/gallery-{picture}-phone.png" {phone}>',
        ]
    details = f"<details>\n<summary>As text</summary>\n\n> {text}\n\n</details>"
    return "\n\n".join([f"## {heading}", notice, *shown, details]) + "\n"


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
            item.id: AGREE if person < people else DISAGREE
            for place, (item, people) in enumerate(zip(prompt.items, agreeing, strict=True))
            if place or person >= size.skipped
        }
        text = SAMPLES[person] if person < size.ticked else ""
        yield Reply(
            answers={ItemId(item): answer for item, answer in answers.items()},
            text=text,
            tags=_tags(prompt, person),
            quotable=bool(text),
        )


def _tags(prompt: RoundPrompt, person: int) -> tuple[TagId, ...]:
    """One or two of the round's tags, the first ones more often."""
    chosen = (person % 7 * person % 5, person % 3 + person % 4)
    return tuple(prompt.tags[place].id for place in dict.fromkeys(chosen))
