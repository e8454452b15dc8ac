"""The cards of the Home tab: what each channel of a member says, without quotes."""

from collections.abc import Sequence

from bot.core.findings import PAIRS
from bot.core.language import Language
from bot.core.taken_down import readable
from bot.service.home import ChannelCard
from bot.slack.kit.builders import (
    Block,
    button,
    channel_link,
    context,
    divider,
    escape,
    header,
    moment,
    section,
)
from bot.slack.kit.limits import cut
from bot.slack.kit.result_lines import circle_picture, result_line, waiting_for

CARDS = 20
"""Channels that are listed; fewer where the other parts take more than half of the tab."""

TRIED_ROOM = 400
"""Characters of the norm that is tried, in a card."""

APART = 12
"""Up to this many channels have dividers between them; more would not fit."""


def card_blocks(cards: Sequence[ChannelCard], room: int, language: Language) -> list[Block]:
    """Return a card for each channel, at most ``room`` blocks; with dividers where there are few cards."""
    heading = header(language.gettext("Your channels"))
    if not cards:
        none = language.gettext(
            "No questions are planned in your channels yet. Once they are, each of them has its place here."
        )
        return [heading, section(none)]
    between = [divider()] if len(cards) <= APART else []
    blocks = [heading]
    for place, card in enumerate(cards):
        drawn = [*(between if place else []), *_card(card, language)]
        if place == CARDS or len(blocks) + len(drawn) >= room:
            return [*blocks, context(_left_out(len(cards) - place, language))]
        blocks += drawn
    return blocks


def _left_out(number: int, language: Language) -> str:
    many = language.ngettext("And {number} more channel.", "And {number} more channels.", number)
    then = language.gettext("`/belonging summary` in a channel shows its latest.")
    return f"{many} {then}"


def _card(card: ChannelCard, language: Language) -> list[Block]:
    link = channel_link(card.channel)
    if card.latest is None:
        return [section(f"{link}\n{_what_comes_first(card, language)}")]
    round_, release = card.latest
    line = result_line(round_, release, language)
    # Translators: a button, at most 30 characters. It opens the latest summary of a channel.
    show = button(language.pgettext("button", "Show"), "summary.open", round_.id)
    if card.trying:
        tried = _in_a_line(readable(card.trying.text, language))
        # Translators: {words} is a proposal that the channel tries for some weeks.
        line += "\n" + language.gettext("We try now: {words}", words=tried)
    drawn = card.drawn
    if drawn is None or drawn.circle.inclusion is None:
        rule = _not_drawn(round_.policy.threshold, language)
        return [section(link), context(rule), section(line, accessory=show)]
    if drawn.circle.pair:
        stands = language.gettext(PAIRS[drawn.circle.pair])
    else:
        stands = language.gettext("Nothing stands out between the two sides.")
    return [
        section(f"{link}\n{circle_picture(drawn.circle, language)}"),
        context(f"*{stands}*  ·  {_span(drawn.last - drawn.first + 1, language)}"),
        section(line, accessory=show),
    ]


def _span(many: int, language: Language) -> str:
    if many == 1:
        # Translators: where a picture of a channel's answers comes from.
        return language.gettext("one question")
    # Translators: from how many questions a picture of a channel's answers comes.
    return language.ngettext(
        "over {number} question", "over {number} questions", many, number=language.number_in_words(many)
    )


def _in_a_line(text: str) -> str:
    return cut(escape(" ".join(text.split())), TRIED_ROOM)


def _not_drawn(threshold: int, language: Language) -> str:
    # Translators: {number} people or more.
    return language.ngettext(
        "Two rows of dots come after a question in which {number} or more of you answered on both sides: whether you "
        "feel wanted here, and whether you help to shape it.",
        "Two rows of dots come after a question in which {number} or more of you answered on both sides: whether you "
        "feel wanted here, and whether you help to shape it.",
        threshold,
        number=language.number_in_words(threshold),
    )


def _what_comes_first(card: ChannelCard, language: Language) -> str:
    if card.open_round:
        return waiting_for(card.open_round, language)
    if card.next_at:
        comes = moment(card.next_at, card.zone, language)
        return language.gettext("No summary yet. The next question comes {moment}.", moment=comes)
    return language.gettext("No summary yet, and no question is planned for now.")
