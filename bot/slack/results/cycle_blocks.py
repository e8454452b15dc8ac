"""The summary of a cycle and the trend over cycles: the finding first."""

from collections.abc import Sequence

from bot.core.cycle_summary import AnchorTrend, CycleSummary, Span, Trend
from bot.core.findings import cycle_finding, movement_in_words, trend_finding
from bot.core.language import ENGLISH, N_, Language, without_full_stop
from bot.core.model import Round
from bot.core.release import Result
from bot.core.summary import count_in_words
from bot.core.translation import cycle_in, trend_in
from bot.slack.kit.builders import (
    Answer,
    Block,
    actions,
    context,
    count_dots,
    escape,
    mention,
    section,
)
from bot.slack.kit.result_lines import circle_picture, count_row, waiting_for
from bot.slack.results.blocks import SMALL_PRINT
from bot.slack.results.ideas import idea_to_try
from bot.slack.results.line_blocks import SEPARATOR, share_button

NONE_YET = N_("There is no summary for this channel yet. It comes when the first question closes.")

OF_ANSWERS = N_(
    "Numbers are of answers, added up over several questions: whoever answered a statement three times counts "
    "three times."
)

COMPARED = N_("In the same words each time. We cannot tell why anything moved.")

REWORDED = N_(
    "Some statements have new words, so they begin anew: nothing that was asked in the old words is compared with "
    "them."
)
"""Shown where any statement was worded differently in the cycle before."""


CYCLES_SHOWN = 6
"""Cycles in the trend, the newest ones."""


def asked_cycle(
    results: Sequence[Result], open_round: Round | None = None, language: Language = ENGLISH
) -> Answer:
    """Return the answer to ``/belonging summary cycle``. ``results``: newest first.

    It says of the open round only when its summary comes.
    """
    if not results:
        return _none_yet(open_round, language)
    text, blocks = _cycle(results, language)
    share = share_button("cycle.share", str(results[0][0].number), language)
    return text, [*blocks, *_waiting(open_round, language), actions("cycle.actions", share)]


def asked_trend(
    results: Sequence[Result], open_round: Round | None = None, language: Language = ENGLISH
) -> Answer:
    """Return the answer to ``/belonging trend``. ``results``: newest first.

    It says of the open round only when its summary comes.
    """
    if not results:
        return _none_yet(open_round, language)
    found = trend_in(results, language.code)
    share = share_button("trend.share", str(results[0][0].number), language)
    return trend_text(found, language), [
        *trend_blocks(found, language),
        *_waiting(open_round, language),
        actions("trend.actions", share),
    ]


def shared_cycle(results: Sequence[Result], member: str, language: Language = ENGLISH) -> Answer:
    """Return a cycle's summary that a member shares in the channel."""
    text, blocks = _cycle(results, language)
    return text, [*blocks, *([_shared_by(member, language)] if results else [])]


def shared_trend(results: Sequence[Result], member: str, language: Language = ENGLISH) -> Answer:
    """Return the trend that a member shares in the channel."""
    found = trend_in(results, language.code)
    return trend_text(found, language), [*trend_blocks(found, language), _shared_by(member, language)]


def resting(results: Sequence[Result], language: Language = ENGLISH) -> Answer:
    """Return the summary of a cycle, posted in place of a question."""
    note = language.gettext("There is no question this time. The next one comes as planned.")
    if not results:
        return note, [section(note)]
    text, blocks = _cycle(results, language)
    return text, [*blocks, context(note)]


def cycle_text(found: CycleSummary, language: Language) -> str:
    """Return the finding of a cycle in one sentence."""
    return escape(cycle_finding(found, language))


def cycle_blocks(found: CycleSummary, language: Language = ENGLISH) -> list[Block]:
    """Return the message of a cycle: the finding, a row for each side and topic, one thing to try."""
    sides = [circle_picture(found.circle, language)] if found.circle.inclusion else []
    topics = [
        count_row(one.count, escape(without_full_stop(one.anchor.text)), language) for one in found.topics
    ]
    rows = ["\n".join(topics)] if topics else []
    sentences = movement_in_words(found.moved, language)[1 if found.moved.claims else 0 :]
    small = [_asked(found, language), *([language.gettext(OF_ANSWERS)] if _shown(found) > 1 else [])]
    return [
        section(f"*🌱 {cycle_text(found, language)}*"),
        *map(section, [*sides, *rows]),
        *(section(escape(sentence)) for sentence in sentences),
        *([section(idea_to_try(found.idea, language))] if found.idea else []),
        context("\n".join(small)),
        context(language.gettext(SMALL_PRINT)),
    ]


def trend_text(found: Trend, language: Language) -> str:
    """Return the finding of the trend in one sentence."""
    return escape(trend_finding(found, language))


def trend_blocks(found: Trend, language: Language = ENGLISH) -> list[Block]:
    """Return the message of the trend: the finding, both sides by cycle, then every repeated statement."""
    cycles = [
        f"*{_days(span, language)}*\n{circle_picture(circle, language)}"
        for span, circle in list(zip(found.circle_spans, found.circles, strict=True))[-CYCLES_SHOWN:]
        if circle.inclusion
    ]
    anchors = [_anchor_line(one, language) for one in found.anchors]
    compared = " ".join([language.gettext(COMPARED), language.gettext(OF_ANSWERS)])
    return [
        section(f"*🌱 {trend_text(found, language)}*"),
        *(section(escape(sentence)) for sentence in movement_in_words(found.moved, language)[1:]),
        *map(section, cycles),
        *([section("\n".join(anchors))] if anchors else []),
        *([context(language.gettext(REWORDED))] if found.reworded else []),
        *([context(compared)] if _has_several(found) else []),
        context(language.gettext(SMALL_PRINT)),
    ]


def _cycle(results: Sequence[Result], language: Language) -> Answer:
    found = cycle_in(results, language.code)
    if found is None:
        return _none_yet(None, language)
    return cycle_text(found, language), cycle_blocks(found, language)


def _none_yet(open_round: Round | None, language: Language) -> Answer:
    text = waiting_for(open_round, language) or language.gettext(NONE_YET)
    return text, [section(text)]


def _waiting(open_round: Round | None, language: Language) -> list[Block]:
    return [context(waiting_for(open_round, language))] if open_round else []


def _shown(found: CycleSummary) -> int:
    return found.rounds - found.withheld


def _asked(found: CycleSummary, language: Language) -> str:
    """Return of how many questions a cycle shows something, and when they closed."""
    # Translators: Of how many questions results are shown; small print that stands alone.
    text = language.ngettext("{number} question", "{number} questions", _shown(found))
    if found.withheld:
        # Translators: {questions} is “1 question”, “5 questions”: those with enough replies.
        text = language.ngettext(
            "{questions}, {number} more with too few replies to show",
            "{questions}, {number} more with too few replies to show",
            found.withheld,
            questions=text,
        )
    return f"{text}{SEPARATOR}{_days((found.first, found.last), language)}"


def _has_several(found: Trend) -> bool:
    """Return whether a trend is about more than one question, so that anything is added up or compared."""
    return len({round_.number for span in found.spans for round_ in span}) > 1


def _days(span: Span, language: Language) -> str:
    """Return from when to when, by the closing days of the first and last round."""
    first, last = (language.day_of(round_.closes_at, round_.zone) for round_ in span)
    # Translators: Two days, such as “1 September 2026 to 27 November 2026”.
    return first if first == last else language.gettext("{first} to {last}", first=first, last=last)


def _anchor_line(one: AnchorTrend, language: Language) -> str:
    """Return a repeated statement as a row: the dots of its newest count, all its counts, its words."""
    newest = next((count for count in reversed(one.counts) if count), None)
    dots = f"`{count_dots(newest)}` " if newest else ""
    # Translators: In place of a number such as “5 of 14”.
    not_shown = language.gettext("not shown")
    path = " → ".join(f"*{count_in_words(count, language)}*" if count else not_shown for count in one.counts)
    return f"{dots}{path}{SEPARATOR}{escape(without_full_stop(one.anchor.text))}"


def _shared_by(member: str, language: Language) -> Block:
    # Translators: Below the summary of several questions, or below the trend.
    return context(language.gettext("{member} shared this.", member=mention(member)))
