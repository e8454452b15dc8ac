"""Everything the bot can say, by name: as it is sent, and the surface it is sent to."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

from bot.config import load_pack
from bot.core.agreement import Agreement, Terms
from bot.core.audit import LastProof
from bot.core.cycle_summary import summarise_cycle
from bot.core.model import ChannelId, Outcome, PackId, QuoteId, ReleasePolicy, RoundId, ScheduleId
from bot.core.quotes import quotes_by_id
from bot.core.release import Withheld
from bot.core.schedule import MonthlyDay, MonthlyWeekday, Schedule, Weekly
from bot.ports import ChannelNote
from bot.report.sample import sample_results
from bot.service.home import ChannelCard, Drawn, Home, OpenRound
from bot.service.pauses import Going, GoneOn
from bot.service.quotes import OpenRequest, QuoteOutcome
from bot.service.replies import ReplyOutcome
from bot.service.summaries import Standing
from bot.service.upcoming import PlannedSchedule
from bot.slack.help import blocks as help_page
from bot.slack.home.blocks import home_view
from bot.slack.kit import failures, refusals
from bot.slack.kit import privacy as promise
from bot.slack.kit.builders import Block, View, modal, notice
from bot.slack.messenger import ENDED, SAID
from bot.slack.reply import announcement_blocks as prompt
from bot.slack.reply import blocks as reply
from bot.slack.reply.refusal_blocks import refusal_notice
from bot.slack.reply.thanks_blocks import home_link, thanks, withdrawn
from bot.slack.results import blocks as summary
from bot.slack.results import cycle_blocks as cycle
from bot.slack.results import ideas
from bot.slack.results import quote_blocks as quotes
from bot.slack.results import result_blocks as outcome
from bot.slack.schedule import blocks as rhythm
from tests.slack import said_norms, said_schedules
from tests.slack.reading import read_message, read_view
from tests.slack.said_forms import FORMS
from tests.slack.samples import OPENED, OUTSIDE, PROMPT, SUPPORT, a_round, by_group, published, with_old_words
from tests.slack.spoken import LANGUAGE

Surface = Literal["message", "modal", "home"]

ROUND = a_round()
BARE = a_round(prompt=replace(PROMPT, statements=PROMPT.statements[:1], tags=()))
ALONE = a_round(prompt=replace(PROMPT, statements=(), tags=()))
FILLED = {
    "a quote": reply.Filled(more=reply.More.QUOTED),
    "a quote, previewed": reply.Filled(
        more=reply.More.QUOTED,
        typed=True,
        preview=reply.preview_block("They asked [name] <first>.", language=LANGUAGE),
    ),
    "no quote": reply.Filled(more=reply.More.UNQUOTED),
    "no, with a text": reply.Filled(more=reply.More.NO, typed=True),
}
STRICT = a_round(
    policy=ReleasePolicy(threshold=8, quote_replies=20, quotes_allowed=5, min_open=timedelta(hours=36))
)
MIXED = a_round(several_languages=True)
UNQUOTED = a_round(policy=ReleasePolicy(quotes=False))
ASKING = a_round(prompt=replace(PROMPT, asks_tenure=True), audience_size=24)
WITHHELD = Withheld(round_id=ROUND.id)
QUOTES = (
    "On my second day somebody asked what I would change.",
    "Two of us finish each other's sentences.\nThe others wait for a gap.",
    "We say <welcome> & mean it.",
)
QUOTED = published(ROUND, 14, quotes=QUOTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing that the bot says."""

    surface: Surface
    blocks: list[Block]
    text: str = ""
    view: View | None = None

    def read(self) -> str:
        """As its reader sees it."""
        return read_view(self.view) if self.view else read_message(self.text, self.blocks)


def message(text: str, blocks: list[Block]) -> Said:
    """Something said in a channel, to all or to one."""
    return Said(surface="message", text=text, blocks=blocks)


def retired(note: str) -> Said:
    """The announcement of a question that takes no more replies."""
    return message(
        prompt.retired_text(ROUND, note, language=LANGUAGE),
        prompt.retired_announcement(ROUND, note, language=LANGUAGE),
    )


def view(shown: View) -> Said:
    """A modal or a Home tab."""
    return Said(surface=shown["type"], blocks=shown["blocks"], view=shown)


def summary_by_group(newer: int, longer: int, unsaid: int = 0, *, skip: int = 0) -> Said:
    """The summary of a round that asked how long people have been there, with groups of these sizes."""
    result = by_group(ASKING, newer, longer, unsaid, skip=skip)
    return message(
        summary.summary_text(ASKING, result, language=LANGUAGE),
        summary.summary(ASKING, result, language=LANGUAGE),
    )


def summary_of(count: int) -> Said:
    """The summary of so many replies."""
    result = published(ROUND, count)
    return message(
        summary.summary_text(ROUND, result, language=LANGUAGE),
        summary.summary(ROUND, result, language=LANGUAGE),
    )


def home(**parts: Any) -> Said:
    """A Home tab with these parts."""
    return view(home_view(Home(**parts), "{}", language=LANGUAGE))


def card(number: int = 1, *, drawn: int = 0, **parts: Any) -> ChannelCard:
    """The card of a channel; ``drawn``: of so many invented results, newest first, its circle is drawn."""
    cycle_ = summarise_cycle(RESULTS[-drawn:]) if drawn else None
    fields: dict[str, Any] = {
        "channel": ChannelId(f"C0CHANNEL{number:02}"),
        "drawn": cycle_ and Drawn(circle=cycle_.circle, first=cycle_.first.number, last=cycle_.last.number),
        "zone": ROUND.zone,
    }
    return ChannelCard(**(fields | parts))


def plan(number: int = 1, *next_times: datetime, waiting: bool = False, **changes: Any) -> PlannedSchedule:
    """A schedule as an admin finds it."""
    schedule = replace(WEEKLY, id=ScheduleId(f"s{number:011}"), **changes)
    return PlannedSchedule(schedule=schedule, next_times=next_times, waiting=waiting)


def asked(latest: Any, open_round: Any) -> Said:
    """The answer to ``/belonging summary``."""
    return message(*outcome.asked_result(latest, open_round, language=LANGUAGE))


def open_round(**parts: Any) -> OpenRound:
    """An open round in a Home tab."""
    return OpenRound(**({"round": ROUND, "replied": False} | parts))


def many() -> tuple[OpenRound, ...]:
    """Thirty open rounds, all replied to."""
    return tuple(
        open_round(round=a_round(id=RoundId(f"r{number:011}")), replied=True, receipt=b"r" * 16)
        for number in range(30)
    )


NEXT = a_round(id=RoundId("r00000000002"), number=4, closes_at=ROUND.closes_at + timedelta(days=7))
REQUEST = OpenRequest(
    round=ROUND, quote=next(iter(quotes_by_id(QUOTED))), asked_on=date(2026, 11, 28), text=QUOTED.quotes[0]
)

WEEKLY = Schedule(
    id=ScheduleId("s00000000001"),
    channel=ROUND.channel,
    recurrence=Weekly(every=1, weekdays=(1,)),
    at=time(10),
    zone=ROUND.zone,
    pack=PackId("belonging"),
    open_for=timedelta(days=3),
    policy=ReleasePolicy(),
    created_at=OPENED,
)
WENT_ON = GoneOn(going=Going.ON, schedule=WEEKLY, next_at=NEXT.opened_at)
RESULTS = sample_results(load_pack(Path(__file__).resolve().parents[2] / "prompts" / "belonging"))

ONE_CARD = card(channel=ROUND.channel, drawn=9, latest=RESULTS[0])

SIGNED = Agreement(
    signed_on=date(2026, 12, 1),
    terms=Terms(
        threshold=5, quotes=(10, 3), packs=frozenset(), prompts_off=frozenset(), months=24, operator="Ada"
    ),
)
QUIET = Standing(latest=None, open_round=None, policy=ReleasePolicy())
AGREED = replace(QUIET, operator="Ada <IT>", agreement=SIGNED)
CLEAN = LastProof(at=OPENED, tried=10, failed=())

MESSAGES: dict[str, Said] = {
    "announcement, shared with a company": message(
        prompt.announcement_text(ROUND, language=LANGUAGE),
        prompt.announcement(ROUND, shared=True, language=LANGUAGE),
    ),
    "reminder, shared with a company": message(
        prompt.reminder_text(ROUND, language=LANGUAGE), prompt.reminder(ROUND, shared=True, language=LANGUAGE)
    ),
    "in a direct message": message(*refusals.in_channels_only("ask", language=LANGUAGE)),
    "not here": message(*refusals.not_here_answer(language=LANGUAGE)),
    "not here, the bot neither": message(*refusals.not_here_answer("channel_not_found", language=LANGUAGE)),
    "announcement": message(
        prompt.announcement_text(ROUND, language=LANGUAGE), prompt.announcement(ROUND, language=LANGUAGE)
    ),
    "announcement, closed": retired(prompt.CLOSED_NOTE),
    **{f"announcement, {note}": retired(words) for note, words in ENDED.items()},
    "reminder, closed": message(
        prompt.retired_text(ROUND, prompt.CLOSED_NOTE, language=LANGUAGE),
        prompt.retired_reminder(ROUND, prompt.CLOSED_NOTE, language=LANGUAGE),
    ),
    **{f"channel note, {note.value}": message(LANGUAGE.gettext(SAID[note]), []) for note in ChannelNote},
    **{f"summary of {count}": summary_of(count) for count in (5, 8, 14, 60, 900)},
    "summary by group": summary_by_group(9, 15),
    "summary by group, some did not say": summary_by_group(9, 15, 6),
    "summary by group, one statement in total": summary_by_group(9, 15, skip=5),
    "summary by group, all exact": summary_by_group(40, 50),
    "summary, one group too small": summary_by_group(4, 20),
    "summary, withheld": message(
        summary.summary_text(ROUND, WITHHELD, language=LANGUAGE),
        summary.summary(ROUND, WITHHELD, language=LANGUAGE),
    ),
    "summary, an item not shown": message(
        summary.summary_text(
            ROUND,
            _skipped := published(ROUND, 8).__class__(
                round_id=ROUND.id,
                replies=8,
                audience=14,
                statements=(
                    published(ROUND, 8).statements[0],
                    replace(published(ROUND, 8).statements[1], count=None),
                ),
            ),
            language=LANGUAGE,
        ),
        summary.summary(ROUND, _skipped, language=LANGUAGE),
    ),
    "summary with quotes": message(
        summary.summary_text(ROUND, QUOTED, language=LANGUAGE),
        summary.summary(ROUND, QUOTED, language=LANGUAGE),
    ),
    "summary, quotes taken down": message(
        summary.summary_text(
            ROUND,
            _less := replace(QUOTED, quotes=QUOTED.quotes[:2], removed=(date(2026, 12, 1),)),
            language=LANGUAGE,
        ),
        summary.summary(ROUND, _less, language=LANGUAGE),
    ),
    "summary, shared": message(
        summary.summary_text(ROUND, QUOTED, language=LANGUAGE),
        outcome.shared_result(ROUND, QUOTED, "U02TOMA", language=LANGUAGE),
    ),
    "asked for a summary, none yet": asked(None, None),
    "asked for a summary, first round open": asked(None, ROUND),
    "asked for a summary": asked((ROUND, published(ROUND, 8)), None),
    "asked for a summary, next round open": asked((ROUND, WITHHELD), NEXT),
    "promise, a round is open": message(
        *promise.promise_answer(
            Standing(latest=None, open_round=STRICT, policy=STRICT.policy), language=LANGUAGE
        )
    ),
    "promise, no round is open": message(*promise.promise_answer(QUIET, language=LANGUAGE)),
    "promise, as agreed": message(*promise.promise_answer(AGREED, language=LANGUAGE)),
    "promise, not as agreed": message(
        *promise.promise_answer(replace(AGREED, differs=("threshold", "quotes")), language=LANGUAGE)
    ),
    "promise, the next round may ask how long": message(
        *promise.promise_answer(replace(QUIET, tenure=True), language=LANGUAGE)
    ),
    "promise, the bot found nothing against itself": message(
        *promise.promise_answer(replace(QUIET, proof=CLEAN), language=LANGUAGE)
    ),
    "promise, the bot found something": message(
        *promise.promise_answer(
            replace(QUIET, proof=replace(CLEAN, failed=("file modes", "orphans"))), language=LANGUAGE
        )
    ),
    "help": message(
        help_page.help_text(language=LANGUAGE),
        help_page.help_blocks(SUPPORT, ReleasePolicy(), language=LANGUAGE),
    ),
    "help without people to turn to": message(
        help_page.help_text(language=LANGUAGE),
        help_page.help_blocks(None, ReleasePolicy(threshold=8, quotes=False), language=LANGUAGE),
    ),
    "after a cycle": message(*cycle.resting(RESULTS, language=LANGUAGE)),
    "after a cycle without results": message(*cycle.resting((), language=LANGUAGE)),
    "asked for a cycle": message(*cycle.asked_cycle(RESULTS[-5:], language=LANGUAGE)),
    "asked for the trend": message(*cycle.asked_trend(RESULTS, language=LANGUAGE)),
    "asked for the trend, first cycle": message(*cycle.asked_trend(RESULTS[-5:], language=LANGUAGE)),
    "asked for the trend, new words": message(*cycle.asked_trend(with_old_words(RESULTS), language=LANGUAGE)),
    "asked for the trend, none yet": message(*cycle.asked_trend((), language=LANGUAGE)),
    "shall we go on": message(
        LANGUAGE.gettext(rhythm.GO_ON_TEXT), rhythm.shall_we_go_on(WEEKLY, language=LANGUAGE)
    ),
    "we go on": message((_on := rhythm.gone_on(WENT_ON, language=LANGUAGE))[0]["text"]["text"], _on),
    "a word it does not know": message(*help_page.unknown_word("<sumary>", language=LANGUAGE)),
}

VIEWS: dict[str, Said] = {
    **{f"schedule form, {name}": view(shown) for name, shown in FORMS.items()},
    "not here": view(refusals.not_here(language=LANGUAGE)),
    "not here, the bot neither": view(refusals.not_here_notice("channel_not_found", language=LANGUAGE)),
    "shared today": view(refusals.shared_today(language=LANGUAGE)),
    "reply form": view(reply.reply_form(ROUND, SUPPORT, "m", language=LANGUAGE)),
    "reply form, one statement, no tags, help outside": view(
        reply.reply_form(BARE, OUTSIDE, "m", language=LANGUAGE)
    ),
    "reply form, to change": view(reply.reply_form(ROUND, OUTSIDE, "m", change=True, language=LANGUAGE)),
    "reply form, how long": view(reply.reply_form(ASKING, SUPPORT, "m", language=LANGUAGE)),
    **{
        f"reply form, more: {name}": view(
            reply.reply_form(ROUND, SUPPORT, "m", filled=filled, language=LANGUAGE)
        )
        for name, filled in FILLED.items()
    },
    "reply form, several languages": view(reply.reply_form(MIXED, SUPPORT, "m", language=LANGUAGE)),
    "reply form, several languages, a quote": view(
        reply.reply_form(MIXED, SUPPORT, "m", filled=FILLED["a quote"], language=LANGUAGE)
    ),
    "reply form, nobody is quoted": view(reply.reply_form(UNQUOTED, SUPPORT, "m", language=LANGUAGE)),
    "promise, nobody is quoted": view(promise.promise_modal(UNQUOTED, language=LANGUAGE)),
    "reply form, a text alone": view(reply.reply_form(ALONE, SUPPORT, "m", language=LANGUAGE)),
    "reply form, a text alone, quoted": view(
        reply.reply_form(ALONE, SUPPORT, "m", filled=reply.Filled(more=reply.More.QUOTED), language=LANGUAGE)
    ),
    "preview": view(
        modal(
            "x",
            [reply.preview_block("They asked [name] <first>\nand waited.", language=LANGUAGE)],
            close="x",
            callback_id="x",
        )
    ),
    "preview, too short": view(
        modal("x", [reply.preview_block(None, language=LANGUAGE)], close="x", callback_id="x")
    ),
    "thanks, saved": view(thanks(ROUND, SUPPORT, "m", ReplyOutcome.SAVED, language=LANGUAGE)),
    "thanks, with a link to the Home tab": view(
        thanks(ROUND, SUPPORT, "m", ReplyOutcome.SAVED, home_link("T0TEAM", "A0APP"), language=LANGUAGE)
    ),
    "thanks, changed": view(thanks(ROUND, OUTSIDE, "m", ReplyOutcome.CHANGED, language=LANGUAGE)),
    "withdrawn": view(withdrawn(ROUND, language=LANGUAGE)),
    **{
        f"refused, {outcome.value}": view(refusal_notice(outcome, ROUND, language=LANGUAGE))
        for outcome in ReplyOutcome
        if outcome not in {ReplyOutcome.SAVED, ReplyOutcome.CHANGED, ReplyOutcome.WITHDRAWN}
    },
    "refused, not_found, and no round": view(refusal_notice(ReplyOutcome.NOT_FOUND, None, language=LANGUAGE)),
    "promise": view(promise.promise_modal(STRICT, language=LANGUAGE)),
    "promise, how long": view(promise.promise_modal(ASKING, language=LANGUAGE)),
    "take a quote down, a member": view(
        quotes.choice_modal(ROUND, quotes_by_id(QUOTED), admin=False, language=LANGUAGE)
    ),
    "take a quote down, an admin": view(
        quotes.choice_modal(ROUND, quotes_by_id(QUOTED), admin=True, language=LANGUAGE)
    ),
    **{
        f"quote, {outcome.value}": view(quotes.outcome_notice(outcome, language=LANGUAGE))
        for outcome in QuoteOutcome
    },
    **{
        f"go on, {going.value}": view(rhythm.going_notice(replace(WENT_ON, going=going), language=LANGUAGE))
        for going in Going
    },
    "failed": view(
        failures.failed_notice(failures.failed_command("a1b2c3", language=LANGUAGE), language=LANGUAGE)
    ),
    "probably saved": view(
        failures.failed_notice(failures.probably_saved("a1b2c3", language=LANGUAGE), language=LANGUAGE)
    ),
    "failed, in the form": view(notice("x", failures.failed("a1b2c3", language=LANGUAGE), language=LANGUAGE)),
    "home, nothing": home(),
    "home, an open round, the first of its channel": home(
        rounds=(open_round(),), cards=(card(channel=ROUND.channel, open_round=ROUND),)
    ),
    "home, replied": home(rounds=(open_round(replied=True, receipt=b"r" * 16),), cards=(ONE_CARD,)),
    "home, replied, receipt lost": home(rounds=(open_round(replied=True),), cards=(ONE_CARD,)),
    "home, a channel in which nothing was asked yet": home(cards=(card(next_at=NEXT.opened_at),)),
    "home, a channel for which nothing is planned": home(cards=(card(),)),
    "home, a channel without a circle": home(cards=(card(latest=(NEXT, WITHHELD)),)),
    "home, three channels": home(
        cards=(
            card(1, drawn=12, latest=RESULTS[0]),
            card(2, drawn=1, latest=(ROUND, published(ROUND, 8))),
            card(3, drawn=3, latest=(NEXT, WITHHELD)),
        )
    ),
    "home, twenty channels and two": home(
        cards=tuple(card(n, drawn=9, latest=RESULTS[0]) for n in range(22))
    ),
    "home, an admin with schedules": home(
        cards=(ONE_CARD,),
        schedules=(
            plan(1, waiting=True),
            plan(2, NEXT.opened_at, recurrence=Weekly(every=2, weekdays=(1, 3))),
            plan(3, NEXT.opened_at + timedelta(days=42), paused=True, paused_until=date(2027, 1, 4)),
            plan(4, paused=True, recurrence=MonthlyDay(day=31)),
            plan(5, recurrence=MonthlyWeekday(which=-1, weekday=4)),
        ),
    ),
    "home, a proposal waits": home(
        boxes=(open_round(round=said_norms.BOX, replied=True, receipt=b"r" * 16),),
        cards=(replace(ONE_CARD, trying=said_norms.TRYING[0]),),
    ),
    "home, a proposal waits, receipt lost": home(boxes=(open_round(round=said_norms.BOX, replied=True),)),
    "home, cards of proposals and of looking again": home(
        cards=(
            card(1, latest=(said_norms.COLLECT, said_norms.COLLECTED)),
            card(2, latest=(said_norms.COLLECT, said_norms.nothing(said_norms.COLLECT))),
            card(3, latest=(said_norms.LOOK_AGAIN, said_norms.looked(Outcome.KEEP))),
        )
    ),
    "summary in a modal": view(summary.summary_modal(ROUND, QUOTED, language=LANGUAGE)),
    "home, a quote to decide on": home(
        cards=(ONE_CARD,), requests=(REQUEST, replace(REQUEST, quote=QuoteId("0" * 16), text=None))
    ),
}

BULKY: dict[str, Said] = {
    "every idea": message(
        " ".join(map(LANGUAGE.gettext, sum(ideas.IDEAS.values(), ideas.FOR_ANY_TOPIC + ideas.CARRY_FURTHER))),
        [],
    ),
    "home, thirty of everything": home(
        rounds=many(),
        cards=tuple(card(n, drawn=9, latest=RESULTS[0]) for n in range(30)),
        requests=tuple(replace(REQUEST, quote=QuoteId(f"{n:016}")) for n in range(30)),
        small=(ROUND,) * 30,
        schedules=tuple(plan(n, NEXT.opened_at) for n in range(20)),
        unlisted=9980,
    ),
}

MESSAGES |= {name: message(*said) for name, said in (said_norms.SPOKEN | said_schedules.SPOKEN).items()}
VIEWS |= {name: view(shown) for name, shown in (said_norms.SHOWN | said_schedules.SHOWN).items()}
BULKY |= {name: view(shown) for name, shown in said_schedules.FULL.items()}

EVERYTHING = MESSAGES | VIEWS | BULKY
