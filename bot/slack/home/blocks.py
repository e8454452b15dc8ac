"""The Home tab: open rounds, a card for each channel, how replies stay confidential, and an admin's part."""

from collections.abc import Sequence

from bot.core.language import ENGLISH, Language
from bot.core.schedule import Schedule, describe
from bot.core.taken_down import readable
from bot.service.home import Home, OpenRound
from bot.service.upcoming import PlannedSchedule
from bot.slack.home.card_blocks import card_blocks
from bot.slack.home.quote_blocks import request_blocks
from bot.slack.kit.builders import (
    Block,
    View,
    actions,
    button,
    channel_link,
    context,
    divider,
    escape,
    header,
    modal,
    moment,
    section,
    tell_apart,
)
from bot.slack.kit.limits import VIEW_BLOCKS
from bot.slack.kit.pages import page_buttons
from bot.slack.kit.round_words import is_gathering, own_reply_buttons, proposes

LISTED = 10
"""Open rounds, and small channels, that are listed; a view holds 100 blocks and 250 kB."""

BOXES = 3
"""Waiting proposals that are listed."""

REQUESTS = 6
"""Requests that are listed, each with its whole quote."""


def home_view(home: Home, metadata: str, language: Language = ENGLISH) -> View:
    """Return the Home tab of a member. ``metadata`` holds their receipts and nothing else."""
    top: list[Block] = [
        header("🌱 Belonging"),
        section(
            language.gettext(
                "Questions about how we welcome each other and how we shape this place together. Replies carry no "
                "names; summaries are the same for everybody."
            )
        ),
        divider(),
        # Translators: the heading of the questions that can be answered now.
        header(language.gettext("Open now")),
        *_open_rounds(home, language),
        *_proposals(home, language),
        divider(),
    ]
    end: list[Block] = [
        *_requests(home, language),
        *schedule_lines(home.schedules, home.unlisted, language),
        *_small_channels(home, language),
        divider(),
        context(
            language.gettext(
                "*Confidential how?* While a question is open your reply lies encrypted, with no name, time or "
                "order; when it closes, key and replies are destroyed. `/belonging privacy` has the whole promise. "
                "Receipts for your open replies are kept in this tab, on your side."
            )
        ),
    ]
    blocks = [*top, *card_blocks(home.cards, VIEW_BLOCKS - len(top) - len(end), language), *end]
    return {
        "type": "home",
        "callback_id": "home",
        "private_metadata": metadata,
        "blocks": tell_apart(blocks, language),
    }


def schedule_lines(
    schedules: Sequence[PlannedSchedule], unlisted: int = 0, language: Language = ENGLISH
) -> list[Block]:
    """Return the schedules that an admin looks after, one block each."""
    if not schedules:
        return []
    more: list[Block] = []
    if unlisted > 0:
        left_out = language.ngettext("And {number} more schedule.", "And {number} more schedules.", unlisted)
        then = language.gettext("Those here come first.")
        more = [
            context(f"{left_out} {then}"),
            actions("home.more", button(language.gettext("All schedules"), "schedules.open", "0")),
        ]
    return [
        divider(),
        header(language.pgettext("title", "Schedules")),
        *(_schedule(one, language) for one in schedules),
        *more,
    ]


def all_schedules(schedules: Sequence[PlannedSchedule], page: int, count: int, language: Language) -> View:
    """Return one page (from 0) of all schedules that an admin looks after, of which there are ``count``."""
    none = [section(language.gettext("There is no schedule here any more."))]
    rows = [_schedule(one, language) for one in schedules] or none
    blocks = tell_apart([*rows, *page_buttons("schedules", page, count, language)], language)
    # Translators: the title of the list; at most 24 characters.
    title, close = language.pgettext("title", "Schedules"), language.pgettext("button", "Close")
    return modal(title, blocks, close=close, callback_id="home.schedules")


def _open_rounds(home: Home, language: Language) -> list[Block]:
    if not home.rounds:
        return [
            section(
                language.gettext(
                    "Nothing is open right now. A new question appears in its channel, and here."
                )
            )
        ]
    blocks = [block for mine in home.rounds[:LISTED] for block in _open_round(mine, language)]
    left_out = len(home.rounds) - LISTED
    if left_out <= 0:
        return blocks
    many = language.ngettext("And {number} more open round.", "And {number} more open rounds.", left_out)
    then = language.gettext("Each waits in its channel.")
    return [*blocks, context(f"{many} {then}")]


def _open_round(mine: OpenRound, language: Language) -> list[Block]:
    round_ = mine.round
    closes = moment(round_.closes_at, round_.zone, language)
    question = escape(readable(round_.prompt.question, language))
    until = language.gettext("Open until {closes}.", closes=closes)
    about = f"{channel_link(round_.channel)}  *{question}*\n{until}"
    block_id = f"home.round:{round_.id}"
    if not mine.replied:
        # Translators: a button, at most 30 characters.
        reply = language.gettext("Reply without your name")
        return [section(about), actions(block_id, button(reply, "reply.open", round_.id, style="primary"))]
    if mine.receipt is None:
        return [section(about), context(_cannot_be_changed(mine, language))]
    replied = language.gettext("✓ You have replied. Only you can see this.")
    return [section(f"{about}\n{replied}"), actions(block_id, *own_reply_buttons(round_, language))]


def _cannot_be_changed(mine: OpenRound, language: Language) -> str:
    if proposes(mine.round):
        return language.gettext(
            "You have replied. The receipt is not in this tab, so this proposal can no longer be changed."
        )
    return language.gettext(
        "You have replied. The receipt is not in this tab, so this reply can no longer be changed."
    )


def _proposals(home: Home, language: Language) -> list[Block]:
    """Return the member's proposals that wait for the next collection of their channel."""
    blocks = [block for mine in home.boxes[:BOXES] for block in _proposal(mine, language)]
    left_out = len(home.boxes) - BOXES
    if left_out <= 0:
        return blocks
    many = language.ngettext("And {number} more proposal.", "And {number} more proposals.", left_out)
    then = language.gettext("They wait in the same way.")
    return [*blocks, context(f"{many} {then}")]


def _proposal(mine: OpenRound, language: Language) -> list[Block]:
    round_ = mine.round
    if is_gathering(round_):
        waits = language.gettext("*Your proposal waits sealed* until it is shown. Only you can see this.")
    else:
        closes = moment(round_.closes_at, round_.zone, language)
        waits = language.gettext(
            "*Your proposal waits sealed* until {closes}. Only you can see this.", closes=closes
        )
    about = f"{channel_link(round_.channel)}  {waits}"
    if mine.receipt is None:
        lost = language.gettext("The receipt is not in this tab, so it can no longer be changed.")
        return [section(about), context(lost)]
    return [section(about), actions(f"home.box:{round_.id}", *own_reply_buttons(round_, language))]


def _requests(home: Home, language: Language) -> list[Block]:
    blocks, left_out = request_blocks(home.requests[:REQUESTS], language), len(home.requests) - REQUESTS
    if left_out <= 0:
        return blocks
    many = language.ngettext("And {number} more request.", "And {number} more requests.", left_out)
    then = language.gettext("They come up as these are decided.")
    return [*blocks, context(f"{many} {then}")]


def _schedule(one: PlannedSchedule, language: Language) -> Block:
    schedule = one.schedule
    what = f"{channel_link(schedule.channel)}  {escape(describe(schedule, language))}"
    # Translators: a button, at most 30 characters. It opens the schedule of a channel.
    change = button(language.pgettext("button", "Change"), "schedule.open", schedule.channel)
    return section(f"{what}\n{_next(one, language)}", accessory=change)


def _next(one: PlannedSchedule, language: Language) -> str:
    schedule, following = one.schedule, one.next_times
    if not one.can_post:
        return language.gettext("Rests: the channel is archived, or I am not in it.")
    if one.waiting:
        return language.gettext("Waiting: few replied, and nobody there has pressed *Go on* yet.")
    if one.blocked:
        return language.gettext("Never asks: a question of the channel is still open at each of its times.")
    comes = ""
    if following:
        comes = language.gettext(
            "Next question {moment}.", moment=moment(following[0], schedule.zone, language)
        )
    if schedule.paused:
        return f"{_paused(schedule, language)} {comes}".strip()
    return comes or language.gettext("No question in the next four years.")


def _paused(schedule: Schedule, language: Language) -> str:
    if schedule.paused_until is None:
        # Translators: a schedule asks nothing, with no end given.
        return language.gettext("Paused.")
    return language.gettext("Paused until {day}.", day=language.day(schedule.paused_until))


def _small_channels(home: Home, language: Language) -> list[Block]:
    if not home.small:
        return []
    return [
        header(language.gettext("Small channels")),
        section(
            "\n".join(
                _small(round_.channel, round_.audience_size, round_.policy.threshold, language)
                for round_ in home.small[:LISTED]
            )
        ),
        context(
            language.gettext(
                "You see this as an admin. In channels this small a summary will often be withheld. That is no fault "
                "of anyone’s: it is the rule that keeps small numbers safe."
            )
        ),
    ]


def _small(channel: str, people: int, threshold: int, language: Language) -> str:
    # Translators: {number} people; {threshold} replies.
    return language.ngettext(
        "{channel}: {number} people can reply, and under {threshold} replies nothing is shown.",
        "{channel}: {number} people can reply, and under {threshold} replies nothing is shown.",
        people,
        channel=channel_link(channel),
        threshold=language.number(threshold),
    )
