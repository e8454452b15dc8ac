"""The schedule form as admins see it: new, to change, with all its fields; and what may be wrong in it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from bot.core.advice import overuse
from bot.core.changes import ScheduleDraft
from bot.core.model import ChannelId, MemberId, PackId, PromptPack, ReleasePolicy, ScheduleId
from bot.core.schedule import MonthlyDay, MonthlyWeekday, QuietDays, Weekly, fire_times
from bot.core.settings import ScheduleDefaults, Settings
from bot.service.schedules import ScheduleProblem
from bot.slack.kit.builders import Block, View, modal, notice, section
from bot.slack.reply import preview_blocks as preview
from bot.slack.schedule import error_blocks as wrong
from bot.slack.schedule import form_blocks as form
from bot.slack.schedule.forms import entries_of, new_entries
from tests.core.test_capacity import own_pack
from tests.core.test_prompts import prompt
from tests.slack.samples import OUTSIDE, a_round
from tests.slack.spoken import LANGUAGE

NOW = datetime(2026, 11, 24, 8, 59, tzinfo=UTC)
MINE = "America/New_York"
BELONGING = PackId("belonging")
OTHER = PromptPack(id=PackId("our-own"), title="Our own questions", dimensions=(), prompts=())
SETTINGS = Settings(
    support=OUTSIDE,
    policy=ReleasePolicy(),
    packs={BELONGING: replace(OTHER, id=BELONGING, title="Belonging")},
    defaults=ScheduleDefaults(zone="Europe/Berlin"),
    admins=frozenset({MemberId("U01MAYA")}),
)
THREE_STATEMENTS = own_pack(prompt("own", 1, statements=2))
TWO_PACKS = replace(SETTINGS, packs={**SETTINGS.packs, OTHER.id: OTHER})

DRAFT = ScheduleDraft(
    channel=ChannelId("C02PRODUCT"),
    recurrence=Weekly(every=2, weekdays=(1, 3), since=date(2026, 11, 23)),
    at=time(10),
    zone="Europe/Berlin",
    pack=OTHER.id,
    open_for=timedelta(hours=36),
    threshold=8,
    quiet=QuietDays(
        holidays="DE-BE",
        ranges=(
            (date(2026, 12, 24), date(2027, 1, 3)),
            (date(2027, 5, 14), date(2027, 5, 14)),
        ),
    ),
    tenure=True,
)
SCHEDULE = DRAFT.schedule(ScheduleId("s00000000001"), SETTINGS.policy, NOW)
TIMES = [when for when, _ in zip(fire_times(SCHEDULE, NOW, lambda *_: frozenset()), range(3), strict=False)]


def opened(draft: ScheduleDraft, *, more: bool = False, settings: Settings = TWO_PACKS) -> View:
    """The form with a draft in it."""
    preview = form.next_questions(SCHEDULE, TIMES, MINE, language=LANGUAGE)
    return form.schedule_form(
        entries_of(draft, language=LANGUAGE),
        preview,
        "m",
        settings=settings,
        more=more,
        new=False,
        language=LANGUAGE,
    )


def previewed(blocks: Sequence[Block]) -> View:
    """A preview alone."""
    return modal("x", blocks, close="x", callback_id="x")


def at_fields() -> View:
    """Every sentence that may stand at a field."""
    said = [
        *(LANGUAGE.gettext(getattr(wrong, name)) for name in vars(wrong) if name.startswith("NO_")),
        wrong.no_time("25:00", language=LANGUAGE),
        wrong.no_zone("Atlantis", language=LANGUAGE),
        wrong.no_zone("Europe/Berln", "Europe/Berlin", language=LANGUAGE),
        wrong.no_region("Narnia", language=LANGUAGE),
        wrong.no_date("Christmas " * 10, language=LANGUAGE),
        wrong.no_such_day("2026-02-31", language=LANGUAGE),
        wrong.ends_before("2027-01-03 to 2026-12-24", language=LANGUAGE),
        *(wrong.at_field(problem, DRAFT, ReleasePolicy(), language=LANGUAGE) for problem in ScheduleProblem),
    ]
    return modal("x", [section(one) for one in said], close="x", callback_id="x")


NO_FORM = (ScheduleProblem.NOT_ALLOWED, ScheduleProblem.GONE, ScheduleProblem.DECLARED)
NEW = new_entries(SETTINGS, DRAFT.channel, "Europe/Berlin", language=LANGUAGE)
FORMS: dict[str, View] = {
    "new": form.schedule_form(
        NEW,
        form.next_questions(
            replace(SCHEDULE, zone="Europe/Berlin"), TIMES, "Europe/Berlin", language=LANGUAGE
        ),
        "m",
        settings=SETTINGS,
        more=False,
        new=True,
        language=LANGUAGE,
    ),
    "new, in no channel": form.schedule_form(
        replace(NEW, channel=""),
        form.still_to_do([LANGUAGE.gettext(wrong.NO_CHANNEL)], language=LANGUAGE),
        "m",
        settings=SETTINGS,
        more=True,
        new=True,
        language=LANGUAGE,
    ),
    "edit": opened(DRAFT),
    "edit, all fields": opened(DRAFT, more=True),
    "edit, monthly on a date": opened(replace(DRAFT, recurrence=MonthlyDay(day=31))),
    "edit, monthly on a weekday": opened(replace(DRAFT, recurrence=MonthlyWeekday(which=-1, weekday=4))),
    "preview, paused": previewed(
        form.next_questions(replace(SCHEDULE, paused=True), TIMES, MINE, language=LANGUAGE)
    ),
    "preview, paused until a day": previewed(
        form.next_questions(
            replace(SCHEDULE, paused=True, paused_until=date(2026, 11, 25)), TIMES, MINE, language=LANGUAGE
        )
    ),
    "preview, the day is another one for me": previewed(
        form.next_questions(
            replace(SCHEDULE, zone="Asia/Tokyo"), TIMES, "Pacific/Honolulu", language=LANGUAGE
        )
    ),
    "preview, with a warning": previewed(
        form.next_questions(
            SCHEDULE,
            TIMES,
            MINE,
            wrong.at_field(ScheduleProblem.NOT_IN_CHANNEL, DRAFT, ReleasePolicy(), language=LANGUAGE),
            language=LANGUAGE,
        )
    ),
    "preview, asked more often than it has statements": previewed(
        form.next_questions(
            SCHEDULE,
            TIMES,
            MINE,
            "",
            overuse(THREE_STATEMENTS, [Weekly(every=1, weekdays=(1,))]),
            language=LANGUAGE,
        )
    ),
    "preview, not quite yet": previewed(
        form.still_to_do(
            [LANGUAGE.gettext(wrong.NO_WEEKDAYS), wrong.no_zone("<Atlantis>", language=LANGUAGE)],
            language=LANGUAGE,
        )
    ),
    "at a field": at_fields(),
    "saved": form.saved(SCHEDULE, TIMES, MINE, language=LANGUAGE),
    "saved, and paused": form.saved(replace(SCHEDULE, paused=True), (), MINE, language=LANGUAGE),
    **{
        f"refused, {problem.value}": wrong.refused(problem, SETTINGS, language=LANGUAGE)
        for problem in NO_FORM
    },
    "nothing to try yet": wrong.not_yet(
        [LANGUAGE.gettext(wrong.NO_CHANNEL), wrong.no_zone("Atlantis", language=LANGUAGE)], language=LANGUAGE
    ),
    "preview, the question": preview.preview_announcement(a_round(), "m", language=LANGUAGE),
    "preview, the form": preview.preview_form(a_round(), OUTSIDE, "m", language=LANGUAGE),
    "preview, the promise": preview.preview_promise(a_round(), "m", language=LANGUAGE),
    "preview, sent": preview.preview_sent(language=LANGUAGE),
    "preview, no prompts": preview.nothing_to_preview(preview.NO_PROMPTS, language=LANGUAGE),
    "preview, nobody to turn to": notice("x", LANGUAGE.gettext(preview.NO_SUPPORT), language=LANGUAGE),
}
"""By name, as they are sent."""
