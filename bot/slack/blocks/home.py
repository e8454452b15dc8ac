"""The Home tab: open rounds, latest summaries, and how it stays anonymous."""

from bot.core.model import ChannelId
from bot.service.home import Home, OpenRound
from bot.slack.blocks.kit import (
    Block,
    View,
    actions,
    button,
    context,
    divider,
    escape,
    header,
    moment,
    section,
)
from bot.slack.blocks.quotes import request_blocks
from bot.slack.blocks.reply import withdraw_question
from bot.slack.blocks.summary import summary_line

LISTED = 15
"""At most so many rounds, and so many summaries; a view holds 100 blocks."""

REQUESTS = 10
"""At most so many requests, each with its whole quote; a view holds 250 kB."""


def home_view(home: Home, metadata: str) -> View:
    """The Home tab of one member. ``metadata`` holds their receipts and nothing else."""
    blocks: list[Block] = [
        header("🌱 Belonging"),
        section(
            "Questions about how we welcome each other and how we shape this place together. Replies carry no "
            "names; summaries are the same for everybody."
        ),
        divider(),
        header("Open now"),
        *_open_rounds(home),
        divider(),
        header("Latest summaries"),
        *_summaries(home),
        *request_blocks(home.requests[:REQUESTS]),
        *_small_channels(home),
        divider(),
        context(
            "*Anonymous how?* While a round is open your reply lies encrypted, with no name, time or order; "
            "when it closes, key and replies are destroyed. `/belonging privacy` has the whole promise. "
            "Receipts for your open replies are kept in this tab, on your side."
        ),
    ]
    return {"type": "home", "callback_id": "home", "private_metadata": metadata, "blocks": blocks}


def _open_rounds(home: Home) -> list[Block]:
    if not home.rounds:
        return [section("Nothing is open right now. You will see the next question in your channel.")]
    blocks: list[Block] = []
    for mine in home.rounds[:LISTED]:
        blocks += _open_round(mine)
    return blocks


def _open_round(mine: OpenRound) -> list[Block]:
    round_ = mine.round
    closes = moment(round_.closes_at, round_.zone)
    about = f"{_channel(round_.channel)}  *{escape(round_.prompt.question)}*\nOpen until {closes}."
    block_id = f"home.round:{round_.id}"
    if not mine.replied:
        reply = button("Reply without your name", "reply.open", round_.id, style="primary")
        return [section(about), actions(block_id, reply)]
    if mine.receipt is None:
        lost = "You have replied. The receipt is not in this tab, so this reply can no longer be changed."
        return [section(about), context(lost)]
    change = button("Change my reply", "reply.change", round_.id)
    withdraw = button("Withdraw my reply", "reply.withdraw", round_.id, confirm=withdraw_question())
    return [
        section(f"{about}\n✓ You have replied. Only you can see this."),
        actions(block_id, change, withdraw),
    ]


def _summaries(home: Home) -> list[Block]:
    if not home.latest:
        return [section("No summary yet. The first comes when a round closes in one of your channels.")]
    return [
        section(
            f"{_channel(round_.channel)}  {summary_line(round_, release)}",
            accessory=button("Show", "summary.open", round_.id),
        )
        for round_, release in home.latest[:LISTED]
    ]


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
