"""A channel of eight that changes how it works: weeks pass, people propose, decide, look again."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from bot.core.choosing import SEES_HARM, WOULD_TRY
from bot.core.model import CoCreateUse, MemberId, PackId, Receipt, Round, RoundId, RoundKind, StatementId
from bot.core.norms import Norm
from bot.core.release import Release
from bot.core.replies import Draft
from bot.service.channels import refresh_channel
from bot.service.norms import ledger_of
from bot.service.replies import ReplyOutcome
from bot.service.run_due import run_due
from tests.core.test_prompts import WHOLE, speaking
from tests.fakes.directory import people
from tests.replying import accept_reply, open_reply
from tests.service.services import TEAM, TUESDAY, Fakes, weekly

WEEK, DAY = timedelta(weeks=1), timedelta(days=1)
EIGHT = sorted(people(8))
ADMIN, STRANGER = MemberId("U0ADMIN"), MemberId("U99")
FREE = speaking("free", "What could we try for {weeks} weeks?", CoCreateUse.COLLECT)
PACK = replace(WHOLE, id=PackId("belonging"), co_create=(*WHOLE.co_create, FREE))
TEXTS = ("We write decisions down", "We ask who is away before we plan", "We start at ten past the hour")


def changing(fakes: Fakes) -> Fakes:
    """Return fakes whose pack has a question for every step of a change."""
    fakes.with_settings(packs={PackId("belonging"): PACK}, admins=frozenset({ADMIN}))
    fakes.put(weekly())
    return fakes


def fire(fakes: Fakes, number: int) -> Round:
    """The round that opens in this week, counted from 0."""
    fakes.now = TUESDAY + number * WEEK
    run_due(fakes.services)
    return fakes.rounds()[-1]


def close(fakes: Fakes) -> Round:
    """The round of the week, closed."""
    fakes.now += 3 * DAY
    run_due(fakes.services)
    return fakes.rounds()[-1]


def week(fakes: Fakes, number: int, answer: int = 4) -> Round:
    """Let a week pass in which everybody gives this answer, and votes to keep; nothing is asked in a rest."""
    round_ = fire(fakes, number)
    if round_.opened_at == fakes.now and round_.prompt.kind is not RoundKind.COLLECT:
        votes = round_.prompt.kind in {RoundKind.CHOOSE, RoundKind.LOOK_AGAIN}
        fakes.reply(round_, EIGHT, 5 if votes else answer)
    return close(fakes)


def until(fakes: Fakes, kind: RoundKind, number: int) -> tuple[int, Round]:
    """The first open round of this kind, from this week on, and the number of its week."""
    for later in range(number, number + 25):
        round_ = fire(fakes, later)
        if round_.opened_at == fakes.now and round_.prompt.kind is kind:
            return later, round_
        week(fakes, later)
    raise AssertionError(f"{kind} never came")


def archive(fakes: Fakes, *, archived: bool = True) -> None:
    """The channel is archived, or comes back, and the bot notices."""
    fakes.directory.archived = {TEAM} if archived else set()
    refresh_channel(fakes.services, TEAM)


def box(fakes: Fakes) -> Round:
    """The box of the channel."""
    found = ledger_of(fakes.services, TEAM).box
    assert found
    return found


def propose(fakes: Fakes, round_: Round, member: MemberId, text: str) -> Receipt:
    """A proposal of this member, stored; with its receipt."""
    opening = open_reply(fakes.services, round_.id, member)
    assert opening.receipt, opening.refusal
    draft = Draft(answers={}, text=text, quotable=True)
    assert ReplyOutcome.SAVED is accept_reply(fakes.services, round_.id, member, draft, opening.receipt)
    return opening.receipt


def collected(fakes: Fakes, texts: Iterable[str] = TEXTS) -> tuple[Norm, ...]:
    """The ledger after three weeks of reflection and one of collecting these texts."""
    for number in range(3):
        week(fakes, number)
    round_ = fire(fakes, 3)
    for member, text in zip(EIGHT, texts, strict=False):
        propose(fakes, round_, member, text)
    close(fakes)
    return ledger(fakes)


def decide(fakes: Fakes, round_: Round, tries: Mapping[str, int], harm: Mapping[str, int] = {}) -> None:
    """Let so many of the eight try each proposal, by its id, and so many others see harm in it."""
    for place, member in enumerate(EIGHT):
        receipt = open_reply(fakes.services, round_.id, member).receipt
        assert receipt
        answers: dict[StatementId, int | None] = {
            statement.id: WOULD_TRY
            if place < tries.get(statement.id, 0)
            else SEES_HARM
            if place >= len(EIGHT) - harm.get(statement.id, 0)
            else None
            for statement in round_.prompt.statements
        }
        accept_reply(fakes.services, round_.id, member, Draft(answers=answers), receipt)


def ledger(fakes: Fakes) -> tuple[Norm, ...]:
    return ledger_of(fakes.services, TEAM).norms


def states(fakes: Fakes) -> dict[str, str]:
    """Where each norm of the channel stands, by its handle."""
    return {norm.handle: norm.state.value for norm in ledger(fakes)}


def result(fakes: Fakes, round_id: RoundId) -> Release | None:
    with fakes.store.transaction("test") as tx:
        return tx.fetch_release(round_id)
