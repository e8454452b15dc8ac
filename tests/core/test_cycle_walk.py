"""Three cycles of one channel by the real rule: nothing is left out, whatever is switched off."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.audiences import nobody
from bot.core.co_creation import Agenda
from bot.core.cycle_plan import CYCLE, TOPICS
from bot.core.model import (
    ChannelId,
    NormId,
    PackId,
    PromptPack,
    ReleasePolicy,
    RoundKind,
    RoundPrompt,
    ScheduleId,
)
from bot.core.norms import Norm, NormState, NormStep, advance
from bot.core.prompts import begins_cycle, choose
from bot.core.schedule import MonthlyDay, MonthlyWeekday, Recurrence, Schedule, Weekly, fire_times
from tests.core.asked_before import Book
from tests.core.test_cycle_plan import SHIPPED, without
from tests.core.test_prompts import FOUND

ZONE = "Europe/Berlin"
ROUNDS = 3 * len(CYCLE)


@dataclass(slots=True)
class Team:
    """A channel that shares nobody with another; every week one person joins, or one leaves."""

    first_day: date
    size: int = 14

    def on(self, day: date) -> frozenset[int]:
        weeks = (day - self.first_day).days // 7
        joined, left = (weeks + 1) // 2, weeks // 2
        return frozenset(range(left, self.size + joined))


@dataclass(slots=True)
class Ledger:
    """A channel that suggests, decides, tries for four weeks, and keeps what it tried."""

    suggests: bool
    norms: dict[NormId, Norm]

    def closed(self, prompt: RoundPrompt, on: date, number: int) -> None:
        step = {"on": on, "round": number}
        if prompt.kind is RoundKind.COLLECT and self.suggests:
            for letter in "ABC":
                norm_id = NormId(f"{number}{letter}")
                proposed = NormStep(state=NormState.PROPOSED, **step)  # type: ignore[arg-type]
                self.norms[norm_id] = Norm(
                    id=norm_id,
                    channel=ChannelId("C"),
                    handle=letter,
                    text=f"When {number}, we {letter}.",
                    steps=(proposed,),
                )
        if prompt.kind is RoundKind.CHOOSE:
            for statement in prompt.statements[1:]:
                self._to(NormId(statement.id), NormState.SET_ASIDE, on, number)
            self._to(NormId(prompt.statements[0].id), NormState.TRYING, on, number)
        elif prompt.norm:
            self._to(prompt.norm, NormState.KEPT, on, number)

    def _to(self, norm_id: NormId, state: NormState, on: date, number: int) -> None:
        again = on + timedelta(weeks=4) if state is NormState.TRYING else None
        step = NormStep(state=state, on=on, round=number)
        self.norms[norm_id] = advance(self.norms[norm_id], step, again)


def days_of(rhythm: Recurrence) -> Iterator[date]:
    """The days on which a schedule asks, in its own zone, from before the change to summer time."""
    schedule = Schedule(
        id=ScheduleId("s"),
        channel=ChannelId("C"),
        recurrence=rhythm,
        at=time(9, 30),
        zone=ZONE,
        pack=PackId("belonging"),
        open_for=timedelta(days=3),
        policy=ReleasePolicy(),
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
    )
    fires = fire_times(schedule, schedule.created_at, lambda _code, _year: frozenset())
    return (moment.astimezone(ZoneInfo(ZONE)).date() for moment in fires)


def left_out(
    pack: PromptPack, rhythm: Recurrence, *, suggests: bool
) -> tuple[int, list[RoundPrompt], list[date]]:
    """How many statements and tags rest in three cycles, what was asked, and on which days."""
    days = days_of(rhythm)
    first = next(days)
    team, ledger, book, when = Team(first), Ledger(suggests=suggests, norms={}), Book(), [first]
    asked: list[RoundPrompt] = []
    missing = 0
    highlight = replace(FOUND, dimension=pack.dimensions[0].key)
    while sum(one.in_turn for one in asked) < ROUNDS:
        day = when[-1]
        agenda = Agenda(ledger=tuple(ledger.norms.values()), today=day, seed=1)
        audience = team.on(day)
        found = choose(pack, asked, highlight, agenda, book.shared(audience, day), len(audience))
        wanted = choose(pack, asked, highlight, agenda, nobody, len(audience))
        assert found
        assert wanted
        missing += len(wanted.statements) - len(found.statements) + len(wanted.tags) - len(found.tags)
        missing += (wanted.prompt_id, wanted.place) != (found.prompt_id, found.place)
        book.open(found, audience, day)
        asked.append(found)
        ledger.closed(found, day + timedelta(days=3), len(asked))
        if begins_cycle(pack, asked) and found.in_turn:
            next(days)  # a rest
        when.append(next(days))
    return missing, asked, when


RHYTHMS = {
    "weekly": Weekly(every=1, weekdays=(1,)),
    "two-week": Weekly(every=2, weekdays=(1,)),
    "on the last day of a month": MonthlyDay(day=31),
    "on the first Tuesday": MonthlyWeekday(which=1, weekday=1),
}


@pytest.mark.parametrize("rhythm", RHYTHMS.values(), ids=RHYTHMS)
@pytest.mark.parametrize("suggests", [True, False], ids=["with suggestions", "without"])
@pytest.mark.parametrize("off", [None, "co-creation", *TOPICS])
def test_nothing_is_left_out_in_three_cycles_of_a_channel_that_shares_nobody(
    off: str | None,
    suggests: bool,  # noqa: FBT001 - a case
    rhythm: Recurrence,
) -> None:
    pack = replace(SHIPPED, co_create=()) if off == "co-creation" else without(off or "")

    missing, asked, when = left_out(pack, rhythm, suggests=suggests)

    assert 0 == missing
    assert [*range(1, 13)] * 3 == [one.place for one in asked if one.in_turn]
    offsets = {datetime.combine(day, time(9, 30), ZoneInfo(ZONE)).utcoffset() for day in when}
    assert {timedelta(hours=1), timedelta(hours=2)} == offsets
    kinds = Counter(one.kind for one in asked)
    speaks = suggests and off != "co-creation"
    assert (speaks, speaks) == tuple(kinds[kind] > 0 for kind in (RoundKind.CHOOSE, RoundKind.LOOK_AGAIN))
    assert 0 == kinds[RoundKind.DECIDE] + kinds[RoundKind.CONSENT]
