"""Writes docs/gallery.md and takes its pictures from the running demo: ``make gallery``.

Every message is posted by the real bot into the local workspace. The replies behind it are invented here;
what is shown of them is what the real release rule shows. Page and pictures come from the same objects: the
script stops where a message in the workspace says something else than the page.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

from bot.cli.demo import Demo, demo_of
from bot.config import load_config, load_pack
from bot.core.model import (
    ChannelId,
    ItemId,
    MessageTs,
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
from bot.core.summary import Result
from bot.demo.sample_answers import SAMPLES
from bot.demo.workspace import BOT_USER_ID, Channel
from bot.logs import set_up_logs
from bot.report.sample import SAMPLE_CHANNEL, sample_results
from bot.slack.blocks.cycle import asked_trend, resting
from bot.slack.blocks.rhythm import GO_ON_TEXT
from bot.slack.blocks.summary import notification
from scripts.screenshots import CHROMIUM, FLAGS, IMAGES, ROOT, TODAY, Theme

PAGE = ROOT / "docs" / "gallery.md"
MOST_BYTES = 250_000
DESKTOP: ViewportSize = {"width": 1440, "height": 3600}
PHONE: ViewportSize = {"width": 390, "height": 3600}
"""Tall, so that the longest message is seen at once: what has to be scrolled to is not in a picture."""

VISITOR = "U01MAYA"
ZONE = "Europe/Berlin"
FIRST_CLOSED = datetime(2026, 5, 22, 8, tzinfo=UTC)
CLOSED = datetime(2026, 11, 20, 9, tzinfo=UTC)
FIRST, AGAIN = 1, 13
"""The numbers of two rounds on the same topic, one cycle apart."""

NAMES = frozenset({"Ruth", "Abramov"})
"""The names of one person of the invented team, whom an invented reply speaks of."""

AGREE, DISAGREE = 4, 2

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

What one member sees: what is open, what they can still change, and the newest result of each of their \
channels. A result opens with *Show*. There is no notification here; the tab itself is text.

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
            "what the last ones said; with five replies that leaves *3 or more* or *2 or fewer*, and the "
            "chart draws both bounds. Nothing is quoted, though two writers allowed it."
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
            "ticked, names are taken out, and the order says nothing. Where at least 70 % replied, as "
            "everywhere on this page, the summary also says between how many and how many it lies, whatever "
            "the silent ones think."
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
            "repeated statement was asked a cycle before, too; the difference is smaller than chance often "
            "makes it, and the summary says so instead of drawing an arrow."
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
            "The same sentences as for eight people. Merged ends hardly matter any more; a change is named "
            "from fifteen in a hundred on, however many replied. Eight quotes stand in the message, the "
            "others open from the Home tab, so that what comes after them is still read."
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
        "Cycle against cycle, for the one who typed `/belonging trend`. A movement is named when chance "
        "seldom makes one so large; everything else is called *no clear movement* or *too early*."
    ),
)
GO_ON = (
    "Shall we go on?",
    (
        "When fewer than half reply twice running, the bot stops asking and puts the question to the "
        "channel. One press by anyone goes on; no press is an answer, too."
    ),
)


def main() -> None:
    """Write the page, take every picture, then refuse those that are too large."""
    set_up_logs("error")
    pack = load_pack(ROOT / "prompts" / "belonging")
    PAGE.write_text(gallery_page(pack), encoding="utf-8")
    with (
        sync_playwright() as playwright,
        demo_of(load_config(ROOT / "config.yaml", {}), today=TODAY) as demo,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        _post_everything(demo, pack)
        _take_everything(browser, demo)
        browser.close()
    _check_sizes()


def gallery_page(pack: PromptPack) -> str:
    """The whole of docs/gallery.md, from the same objects as the messages in the pictures."""
    parts = [INTRO]
    for size in SIZES:
        pictures = [f"gallery-{size.name}.png"]
        if size.name == PORTRAIT:
            pictures += [f"gallery-{PORTRAIT}-dark.png"]
        parts.append(_exhibit((size.heading, size.notice), pictures, summary_text_of(size, pack)))
    results = sample_results(pack)
    parts += [
        _exhibit(CYCLE, ["gallery-cycle.png"], resting(results)[0]),
        _exhibit(TREND, ["gallery-trend.png"], asked_trend(results)[0]),
        _exhibit(GO_ON, ["gallery-go-on.png"], GO_ON_TEXT),
        HOME,
    ]
    return "\n".join(parts)


PORTRAIT = "n14"
"""The size that is also shown in the dark and on a phone."""


def results_of(size: Size, pack: PromptPack) -> tuple[Result, ...]:
    """The results of an invented channel, newest first, as the release rule makes them."""
    asked = {round_.number: round_.prompt for round_, _ in sample_results(pack)}
    if size.before is None:
        return (_result(size, FIRST, asked[FIRST], size.agree),)
    return _result(size, AGAIN, asked[AGAIN], size.agree), _result(size, FIRST, asked[FIRST], size.before)


def summary_text_of(size: Size, pack: PromptPack) -> str:
    """What a notification says of the newest round of an invented channel."""
    (round_, found), *earlier = results_of(size, pack)
    return notification(round_, found, earlier)


def _exhibit(words: tuple[str, str], pictures: Sequence[str], text: str) -> str:
    heading, notice = words
    shown = [f"![{heading}, invented](images/{name})" for name in pictures]
    if pictures[0] == f"gallery-{PORTRAIT}.png":
        phone = f"images/gallery-{PORTRAIT}-phone.png"
        shown.append(f'<img src="{phone}" width="390" alt="{heading}, invented, on a phone">')
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


def _post_everything(demo: Demo, pack: PromptPack) -> None:
    """Put the results into the store, and let the bot post them as it posts what a crash left unsaid."""
    for size in SIZES:
        _add_channel(demo, size.channel, f"sample-of-{size.audience}")
        (round_, found), *earlier = results_of(size, pack)
        _store(demo, [*((_posted(before), result) for before, result in earlier), (round_, found)])
    demo.bot.run_due()
    for size in SIZES:
        _insist(demo, size.channel, summary_text_of(size, pack))
    results = sample_results(pack)
    _add_channel(demo, SAMPLE_CHANNEL, "sample-team")
    _store(demo, [(_posted(round_), found) for round_, found in reversed(results)])
    with demo.bot.desk.store.transaction("gallery") as tx:
        schedule = replace(tx.list_schedules()[0], channel=SAMPLE_CHANNEL)
    demo.bot.desk.messenger.post_cycle(schedule, results)
    _insist(demo, SAMPLE_CHANNEL, resting(results)[0])
    demo.server.act(VISITOR, type="command", channel=SAMPLE_CHANNEL, text="/belonging trend")
    _insist(demo, SAMPLE_CHANNEL, asked_trend(results)[0])
    demo.bot.desk.messenger.ask_to_go_on(schedule)
    _insist(demo, SAMPLE_CHANNEL, GO_ON_TEXT)


def _add_channel(demo: Demo, channel: ChannelId, name: str) -> None:
    members = [*demo.server.workspace.channel_named("product-team").members, BOT_USER_ID]
    demo.server.workspace.add_channel(Channel(id=channel, name=name, topic="All invented", members=members))


def _posted(round_: Round) -> Round:
    """The round, as one that the channel has read long ago."""
    return replace(round_, summary=MessageTs(f"{int(round_.closes_at.timestamp())}.000100"))


def _store(demo: Demo, results: Sequence[Result]) -> None:
    with demo.bot.desk.store.transaction("gallery") as tx:
        for round_, found in results:
            tx.insert_round(round_)
            tx.insert_release(found, round_.closes_at)


def _insist(demo: Demo, channel: ChannelId, text: str) -> None:
    """Stop unless a channel's newest message says this."""
    workspace = demo.server.workspace

    def said(_: object) -> bool:
        messages = workspace.messages.get(channel, [])
        return bool(messages) and messages[-1].text == text

    if not workspace.wait_for(said):
        sys.exit(f"The newest message in {channel} does not say what docs/gallery.md says: {text[:60]}…")


def _take_everything(browser: Browser, demo: Demo) -> None:
    with _page(browser, demo, DESKTOP) as page:
        for size in SIZES:
            _take(_message(page, f"sample-of-{size.audience}"), size.name)
        for name, words in (("cycle", "over a cycle"), ("trend", "has moved"), ("go-on", "Shall we go on?")):
            _take(_message(page, "sample-team", words), name)
    portrait = next(size for size in SIZES if size.name == PORTRAIT)
    with _page(browser, demo, DESKTOP, theme="dark") as page:
        _take(_message(page, f"sample-of-{portrait.audience}"), f"{PORTRAIT}-dark")
    with _page(browser, demo, PHONE) as page:
        page.get_by_test_id("tab-channels").click()
        _take(_message(page, f"sample-of-{portrait.audience}"), f"{PORTRAIT}-phone")
    with _page(browser, demo, DESKTOP) as page:
        page.get_by_test_id("home-tab").click()
        _take(page.locator(".home-view"), "home")


@contextmanager
def _page(browser: Browser, demo: Demo, size: ViewportSize, *, theme: Theme = "light") -> Iterator[Page]:
    context = browser.new_context(viewport=size, color_scheme=theme, reduced_motion="reduce", locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(demo.server.url)
    expect(page.get_by_test_id("message").last).to_be_visible()
    page.get_by_test_id("guide-close").click()
    yield page
    context.close()


def _message(page: Page, channel: str, words: str = "Belonging summary") -> Locator:
    page.get_by_test_id(f"channel-{channel}").click()
    return page.get_by_test_id("message").filter(has_text=words).last


def _take(part: Locator, name: str) -> None:
    expect(part).to_be_visible()
    part.page.mouse.move(0, 0)
    part.screenshot(path=IMAGES / f"gallery-{name}.png", animations="disabled", caret="hide")


def _check_sizes() -> None:
    for path in sorted(IMAGES.glob("gallery-*.png")):
        size = path.stat().st_size
        print(f"{path.relative_to(ROOT)}  {size / 1000:.0f} kB")
        if size > MOST_BYTES:
            sys.exit(f"{path.name} is larger than {MOST_BYTES // 1000} kB; take it smaller.")


if __name__ == "__main__":
    main()
