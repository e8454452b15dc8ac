"""The Home tab: open rounds, a card for each channel, how replies stay confidential, and an admin's part."""

from collections.abc import Sequence

from bot.core.findings import PAIRS
from bot.core.model import ChannelId
from bot.core.numbers import number_in_words
from bot.core.schedule import describe
from bot.service.home import ChannelCard, Home, OpenRound
from bot.service.upcoming import PlannedSchedule
from bot.slack.home.quote_blocks import request_blocks
from bot.slack.kit.builders import (
    Block,
    View,
    actions,
    button,
    context,
    date_in_words,
    divider,
    escape,
    header,
    modal,
    moment,
    section,
    tell_apart,
)
from bot.slack.kit.limits import VIEW_BLOCKS, cut
from bot.slack.kit.pages import page_buttons
from bot.slack.kit.result_lines import circle_picture, result_line, waiting_for
from bot.slack.kit.round_words import noun, own_reply_buttons, until

LISTED = 10
"""Open rounds, and small channels, that are listed; a view holds 100 blocks and 250 kB."""

BOXES = 3
"""Waiting proposals that are listed."""

REQUESTS = 6
"""Requests that are listed, each with its whole quote."""

CARDS = 20
"""Channels that are listed; fewer where the other parts take more than half of the tab."""

TRIED_ROOM = 400
"""Characters of the norm that is tried, in a card."""

APART = 12
"""Up to this many channels have dividers between them; more would not fit."""


def home_view(home: Home, metadata: str) -> View:
    """Return the Home tab of a member. ``metadata`` holds their receipts and nothing else."""
    top: list[Block] = [
        header("🌱 Belonging"),
        section(
            "Questions about how we welcome each other and how we shape this place together. Replies carry no "
            "names; summaries are the same for everybody."
        ),
        divider(),
        header("Open now"),
        *_open_rounds(home),
        *_proposals(home),
        divider(),
    ]
    end: list[Block] = [
        *_requests(home),
        *schedule_lines(home.schedules, home.unlisted),
        *_small_channels(home),
        divider(),
        context(
            "*Confidential how?* While a question is open your reply lies encrypted, with no name, time or order; "
            "when it closes, key and replies are destroyed. `/belonging privacy` has the whole promise. "
            "Receipts for your open replies are kept in this tab, on your side."
        ),
    ]
    blocks = [*top, *_cards(home.cards, VIEW_BLOCKS - len(top) - len(end)), *end]
    return {"type": "home", "callback_id": "home", "private_metadata": metadata, "blocks": tell_apart(blocks)}


def schedule_lines(schedules: Sequence[PlannedSchedule], unlisted: int = 0) -> list[Block]:
    """Return the schedules that an admin looks after, one block each."""
    if not schedules:
        return []
    return [
        divider(),
        header("Schedules"),
        *(section(_schedule(one), accessory=_change(one)) for one in schedules),
        *_more(unlisted, "schedule", "Those here come first."),
        *([actions("home.more", button("All schedules", "schedules.open", "0"))] if unlisted > 0 else []),
    ]


def all_schedules(schedules: Sequence[PlannedSchedule], page: int, count: int) -> View:
    """Return one page (from 0) of all schedules that an admin looks after, of which there are ``count``."""
    none = [section("There is no schedule here any more.")]
    rows = [section(_schedule(one), accessory=_change(one)) for one in schedules] or none
    blocks = tell_apart([*rows, *page_buttons("schedules", page, count)])
    return modal("Schedules", blocks, close="Close", callback_id="home.schedules")


def _open_rounds(home: Home) -> list[Block]:
    if not home.rounds:
        return [section("Nothing is open right now. A new question appears in its channel, and here.")]
    blocks: list[Block] = []
    for mine in home.rounds[:LISTED]:
        blocks += _open_round(mine)
    return [*blocks, *_more(len(home.rounds) - LISTED, "open round", "Each waits in its channel.")]


def _open_round(mine: OpenRound) -> list[Block]:
    round_ = mine.round
    closes = moment(round_.closes_at, round_.zone)
    about = f"{_channel(round_.channel)}  *{escape(round_.prompt.question)}*\nOpen until {closes}."
    block_id = f"home.round:{round_.id}"
    if not mine.replied:
        reply = button("Reply without your name", "reply.open", round_.id, style="primary")
        return [section(about), actions(block_id, reply)]
    if mine.receipt is None:
        lost = f"You have replied. The receipt is not in this tab, so this {noun(round_)} can no longer be changed."
        return [section(about), context(lost)]
    return [
        section(f"{about}\n✓ You have replied. Only you can see this."),
        actions(block_id, *own_reply_buttons(round_)),
    ]


def _proposals(home: Home) -> list[Block]:
    """Return the member's proposals that wait for the next collection of their channel."""
    blocks: list[Block] = []
    for mine in home.boxes[:BOXES]:
        blocks += _proposal(mine)
    return [*blocks, *_more(len(home.boxes) - BOXES, "proposal", "They wait in the same way.")]


def _proposal(mine: OpenRound) -> list[Block]:
    round_ = mine.round
    about = (
        f"{_channel(round_.channel)}  *Your proposal waits sealed* {until(round_)}. Only you can see this."
    )
    if mine.receipt is None:
        return [section(about), context("The receipt is not in this tab, so it can no longer be changed.")]
    return [section(about), actions(f"home.box:{round_.id}", *own_reply_buttons(round_))]


def _cards(cards: Sequence[ChannelCard], room: int) -> list[Block]:
    """Return a card for each channel, at most ``room`` blocks; with dividers where there are few cards."""
    heading = header("Your channels")
    if not cards:
        none = (
            "No questions are planned in your channels yet. Once they are, each of them has its place here."
        )
        return [heading, section(none)]
    between = [divider()] if len(cards) <= APART else []
    blocks = [heading]
    for place, card in enumerate(cards):
        drawn = [*(between if place else []), *_card(card)]
        if place == CARDS or len(blocks) + len(drawn) >= room:
            return [
                *blocks,
                *_more(len(cards) - place, "channel", "`/belonging summary` in a channel shows its latest."),
            ]
        blocks += drawn
    return blocks


def _card(card: ChannelCard) -> list[Block]:
    link = _channel(card.channel)
    if card.latest is None:
        return [section(f"{link}\n{_what_comes_first(card)}")]
    round_, release = card.latest
    line, show = result_line(round_, release), button("Show", "summary.open", round_.id)
    if card.trying:
        line += f"\nWe try now: {_in_a_line(card.trying.text)}"
    drawn = card.drawn
    if drawn is None or drawn.circle.inclusion is None:
        return [section(link), context(_not_drawn(round_.policy.threshold)), section(line, accessory=show)]
    stands = PAIRS[drawn.circle.pair] if drawn.circle.pair else "Nothing stands out between the two sides."
    many = drawn.last - drawn.first + 1
    span = "one question" if many == 1 else f"over {number_in_words(many)} questions"
    return [
        section(f"{link}\n{circle_picture(drawn.circle)}"),
        context(f"*{stands}*  ·  {span}"),
        section(line, accessory=show),
    ]


def _in_a_line(text: str) -> str:
    return cut(escape(" ".join(text.split())), TRIED_ROOM)


def _not_drawn(threshold: int) -> str:
    return (
        f"Two rows of dots come after a question in which {number_in_words(threshold)} or more of you answered on "
        "both sides: whether you feel wanted here, and whether you help to shape it."
    )


def _what_comes_first(card: ChannelCard) -> str:
    if card.open_round:
        return waiting_for(card.open_round)
    if card.next_at:
        return f"No summary yet. The next question comes {moment(card.next_at, card.zone)}."
    return "No summary yet, and no question is planned for now."


def _requests(home: Home) -> list[Block]:
    more = _more(len(home.requests) - REQUESTS, "request", "They come up as these are decided.")
    return [*request_blocks(home.requests[:REQUESTS]), *more]


def _change(one: PlannedSchedule) -> Block:
    return button("Change", "schedule.open", one.schedule.channel)


def _schedule(one: PlannedSchedule) -> str:
    return f"{_channel(one.schedule.channel)}  {escape(describe(one.schedule))}\n{_next(one)}"


def _next(one: PlannedSchedule) -> str:
    schedule, following = one.schedule, one.next_times
    if not one.can_post:
        return "Rests: the channel is archived, or I am not in it."
    if one.waiting:
        return "Waiting: few replied, and nobody there has pressed *Go on* yet."
    if one.blocked:
        return "Never asks: a question of the channel is still open at each of its times."
    comes = f"Next question {moment(following[0], schedule.zone)}." if following else ""
    if schedule.paused:
        until = f" until {date_in_words(schedule.paused_until)}" if schedule.paused_until else ""
        return f"Paused{until}. {comes}".strip()
    return comes or "No question in the next four years."


def _more(left_out: int, what: str, how: str) -> list[Block]:
    """Return a line that says how many are not shown, and where they are."""
    if left_out <= 0:
        return []
    return [context(f"And {left_out} more {what}{'s' if left_out > 1 else ''}. {how}")]


def _small_channels(home: Home) -> list[Block]:
    if not home.small:
        return []
    lines = [
        f"{_channel(round_.channel)}: {round_.audience_size} people can reply, and under "
        f"{round_.policy.threshold} replies nothing is shown."
        for round_ in home.small[:LISTED]
    ]
    return [
        header("Small channels"),
        section("\n".join(lines)),
        context(
            "You see this as an admin. In channels this small a summary will often be withheld. That is no fault "
            "of anyone’s: it is the rule that keeps small numbers safe."
        ),
    ]


def _channel(channel: ChannelId) -> str:
    return f"<#{channel}>"
