"""What a channel reads while it makes its own rules: forms, results, the ledger, taking down."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from bot.core.counts import count_of
from bot.core.model import (
    NormId,
    Outcome,
    Round,
    RoundId,
    RoundKind,
    RoundState,
    Statement,
    StatementId,
    Tag,
    TagId,
)
from bot.core.norms import Norm, NormState, NormStep, as_of, handle_of, settle
from bot.core.release import GroupCount, Published, Release, StatementRelease, TagRelease, Withheld
from bot.core.replies import Tenure
from bot.service.norms import LookAgain, TakeDown
from bot.service.replies import ReplyOutcome
from bot.slack.kit import privacy as promise
from bot.slack.kit.builders import Block, View, modal, notice, section
from bot.slack.norms import blocks as ledger
from bot.slack.norms import take_down_blocks as take_down
from bot.slack.reply import announcement_blocks as prompt
from bot.slack.reply import error_blocks as wrong
from bot.slack.reply import norm_blocks as norms
from bot.slack.reply import propose_blocks
from bot.slack.reply.refusal_blocks import refusal_notice
from bot.slack.reply.thanks_blocks import thanks, withdrawn
from bot.slack.results import result_blocks as outcome
from tests.slack.samples import CLOSES, OPENED, PROMPT, SUPPORT, a_round, published
from tests.slack.spoken import LANGUAGE

DAY = date(2026, 11, 27)
TEXTS = (
    "When we decide something, whoever is newest speaks first",
    "On Wednesdays we leave the morning free of <meetings> & calls",
    "After each meeting, one of us writes down what we decided",
)


def asking(kind: RoundKind, number: int, **changes: Any) -> Round:
    """A round of this kind and number."""
    asked: dict[str, Any] = {"kind": kind, "statements": (), "tags": (), "label": "Try it small"}
    return a_round(id=RoundId(f"r{number:011}"), number=number, prompt=replace(PROMPT, **(asked | changes)))


def proposal(place: int, *states: tuple[NormState, int | None], text: str = "", reason: str = "") -> Norm:
    """A proposal of round 4 with these later steps, each by state and round."""
    steps = [NormStep(state=NormState.PROPOSED, on=DAY, round=4)]
    steps += [
        NormStep(
            state=state,
            on=DAY + timedelta(weeks=len(steps)),
            round=number,
            reason=reason if state is NormState.TAKEN_DOWN else "",
        )
        for state, number in states
    ]
    gone = steps[-1].state is NormState.TAKEN_DOWN
    return Norm(
        id=NormId(f"n{place:011}"),
        channel=a_round().channel,
        handle=handle_of(place),
        text="" if gone else text or TEXTS[place % len(TEXTS)],
        steps=tuple(steps),
    )


def weighing(ledger_: Sequence[Norm], **changes: Any) -> Round:
    """The round that decides among these."""
    statements = tuple(Statement(id=StatementId(norm.id), text=norm.text) for norm in ledger_)
    question = (
        "Before we choose: whose work would this change who has not been asked yet, "
        "and how could we ask them kindly? (No names needed.)"
    )
    return asking(
        RoundKind.DECIDE, 8, statements=statements, question=question, label="Who is missing?", **changes
    )


def choosing(ledger_: Sequence[Norm], **changes: Any) -> Round:
    """The round that decides which of these is tried."""
    statements = tuple(Statement(id=StatementId(norm.id), text=norm.text) for norm in ledger_)
    question = "Which of these would you try for four weeks, and in which do you see harm?"
    return asking(
        RoundKind.CHOOSE, 8, statements=statements, question=question, label="What shall we try?", **changes
    )


def chosen(round_: Round, place: int | None, would_try: int = 0, of: int = 9) -> Published:
    """Its result: this proposal, which so many would try; None: none was chosen."""
    statements = round_.prompt.statements[place : place + 1] if place is not None else ()
    shown = tuple(StatementRelease(statement=one.id, count=count_of(would_try, of)) for one in statements)
    return Published(round_id=round_.id, replies=of, audience=14, statements=shown)


def supported(round_: Round, *counts: tuple[int, int] | None) -> Published:
    """Its result with these counts, each as so many of so many."""
    statements = tuple(
        StatementRelease(statement=statement.id, count=count_of(*count) if count else None)
        for statement, count in zip(round_.prompt.statements, counts, strict=True)
    )
    return Published(round_id=round_.id, replies=9, audience=14, statements=statements)


def settled(round_: Round, result: Release, ledger_: Sequence[Norm]) -> tuple[Norm, ...]:
    """The ledger after this result."""
    changed = {norm.id: norm for norm in settle(round_, result, ledger_, DAY, [])}
    return tuple(changed.get(norm.id, norm) for norm in ledger_)


PROPOSED = tuple(proposal(place) for place in range(3))
COLLECT = asking(
    RoundKind.COLLECT,
    4,
    question="What could we try for four weeks that is easy to stop?",
    label="Try it small",
)
BOX = replace(COLLECT, number=0, state=RoundState.GATHERING, closes_at=CLOSES + timedelta(days=3650))
SHOWN_BOX = replace(COLLECT, prompt=replace(COLLECT.prompt, in_turn=False))
COLLECTED = Published(round_id=COLLECT.id, replies=3, audience=14, statements=(), proposals=TEXTS)
DOWN = replace(
    proposal(1, (NormState.TAKEN_DOWN, None), reason="It names a <colleague>."),
)
CHOOSE = choosing(PROPOSED)
DECIDE = weighing(PROPOSED)
TIED = (
    *(proposal(place, (NormState.TIED, 8)) for place in range(2)),
    proposal(2, (NormState.SET_ASIDE, 8)),
)
AGAIN = replace(weighing(TIED[:2]), number=9)
CONSENT = asking(
    RoundKind.CONSENT,
    9,
    label="Can you live with it?",
    question=f'Proposal: "{TEXTS[0]}", for four weeks. Choose one. What would you change?',
    norm=PROPOSED[0].id,
    statements=(Statement(id=StatementId("consent"), text=TEXTS[0]),),
    tags=(
        Tag(id=TagId("left-out"), text="Somebody is left out by it"),
        Tag(id=TagId("unclear"), text="Not clear"),
    ),
)
CANDIDATE = (proposal(0, (NormState.CANDIDATE, 8)), proposal(1, (NormState.SET_ASIDE, 8)))
REASONS = (TagRelease(tag=TagId("left-out"), count=count_of(4, 9)),)
LOOK_AGAIN = asking(
    RoundKind.LOOK_AGAIN,
    14,
    label="Look again",
    question=f'Four weeks ago we agreed: "{TEXTS[0]}". Keep it, change it, or let it go?',
    norm=PROPOSED[0].id,
    statements=(Statement(id=StatementId("look_again"), text=TEXTS[0]),),
    tags=(Tag(id=TagId("newer"), text="When someone is still new"),),
)
TRYING = (
    replace(
        proposal(0, (NormState.CANDIDATE, 8), (NormState.TRYING, 9)), look_again_on=DAY + timedelta(weeks=6)
    ),
    DOWN,
)
LONG_AGO = (
    proposal(0, (NormState.CANDIDATE, 8), (NormState.TRYING, 9), (NormState.KEPT, 14)),
    proposal(1, (NormState.CANDIDATE, 20), (NormState.TRYING, 21), (NormState.LET_GO, 26)),
    proposal(2, (NormState.CANDIDATE, 30), (NormState.TRYING, 31), (NormState.CHANGED, 36)),
    replace(DOWN, id=NormId("n00000000009")),
    proposal(3, (NormState.TIED, 40)),
    proposal(4, (NormState.CANDIDATE, 40)),
    proposal(5),
)


def by_group(newer: tuple[int, int], longer: tuple[int, int]) -> Published:
    """Consent with a number for the newer and one for those longer here."""
    groups = (
        GroupCount(group=Tenure.NEWER, count=count_of(*newer)),
        GroupCount(group=Tenure.LONGER, count=count_of(*longer)),
    )
    statement = StatementRelease(statement=StatementId("consent"), count=None, groups=groups)
    return Published(round_id=CONSENT.id, replies=24, audience=30, statements=(statement,))


def looked(way: Outcome, *, tied: bool = False) -> Published:
    """What won when the channel looked again."""
    tags = (TagRelease(tag=TagId("newer"), count=count_of(5, 9)),)
    return Published(
        round_id=LOOK_AGAIN.id, replies=9, audience=14, statements=(), tags=tags, outcome=way, tied=tied
    )


def posted(round_: Round, result: Release, ledger_: Sequence[Norm]) -> tuple[str, list[Block]]:
    """The message of a result, with the ledger as it stands then."""
    after = as_of(settled(round_, result, ledger_), round_.number)
    return (
        outcome.result_text(round_, result, (), after, language=LANGUAGE),
        outcome.result_message(round_, result, (), after, language=LANGUAGE),
    )


def collected(ledger_: Sequence[Norm], proposals: Sequence[str] = TEXTS) -> tuple[str, list[Block]]:
    """The message of a collection whose ledger is this."""
    result = replace(COLLECTED, proposals=tuple(proposals))
    return outcome.result_text(COLLECT, result, (), ledger_, language=LANGUAGE), outcome.result_message(
        COLLECT, result, (), ledger_, language=LANGUAGE
    )


def nothing(round_: Round) -> Withheld:
    """Too few replied."""
    return Withheld(round_id=round_.id)


KINDS: Mapping[str, Round] = {
    "collect": COLLECT,
    "choose": CHOOSE,
    "decide": DECIDE,
    "consent": CONSENT,
    "look again": LOOK_AGAIN,
}
ROUND = a_round()

SPOKEN: dict[str, tuple[str, list[Block]]] = {
    **{
        f"announcement, {name}": (
            prompt.announcement_text(one, language=LANGUAGE),
            prompt.announcement(one, language=LANGUAGE),
        )
        for name, one in KINDS.items()
    },
    "proposals": collected(PROPOSED),
    "proposals, one taken down": collected((PROPOSED[0], DOWN, PROPOSED[2]), (TEXTS[0], "", TEXTS[2])),
    "proposals, shown without a question": (
        outcome.result_text(SHOWN_BOX, COLLECTED, (), PROPOSED, language=LANGUAGE),
        outcome.result_message(SHOWN_BOX, COLLECTED, (), PROPOSED, language=LANGUAGE),
    ),
    "proposals while something is tried": collected((*PROPOSED, TRYING[0])),
    "proposals, ten": collected((), [f"{text} {n}" for n in range(4) for text in TEXTS][:10]),
    **{f"{name}, too few": posted(one, nothing(one), CANDIDATE) for name, one in KINDS.items()},
    "choose, tried": posted(CHOOSE, chosen(CHOOSE, 1, 9), PROPOSED),
    "choose, tried, exact": posted(CHOOSE, chosen(CHOOSE, 1, 8, of=14), PROPOSED),
    "choose, a tie": posted(CHOOSE, replace(chosen(CHOOSE, 0, 5), tied=True), PROPOSED),
    "choose, none": posted(CHOOSE, chosen(CHOOSE, None), PROPOSED),
    "choose, with one taken down since": posted(
        CHOOSE, chosen(CHOOSE, 0, 9), (PROPOSED[0], DOWN, PROPOSED[2])
    ),
    "choose, what was tried taken down since": posted(
        CHOOSE, chosen(CHOOSE, 1, 9), (PROPOSED[0], DOWN, PROPOSED[2])
    ),
    "decide, a candidate": posted(DECIDE, supported(DECIDE, (8, 9), (4, 9), None), PROPOSED),
    "decide, level": posted(DECIDE, supported(DECIDE, (8, 9), (8, 9), (3, 9)), PROPOSED),
    "decide, level again": posted(AGAIN, supported(AGAIN, (5, 9), (5, 9)), TIED),
    "decide, none could be shown": posted(DECIDE, supported(DECIDE, None, None, None), PROPOSED),
    "decide, none could be shown, again": posted(AGAIN, supported(AGAIN, None, None), TIED),
    "decide, with one taken down since": posted(
        DECIDE, supported(DECIDE, (8, 9), (4, 9), (3, 9)), (PROPOSED[0], DOWN, PROPOSED[2])
    ),
    "consent, tried": posted(CONSENT, supported(CONSENT, (9, 9)), CANDIDATE),
    "consent, rests": posted(CONSENT, replace(supported(CONSENT, (6, 9)), tags=REASONS), CANDIDATE),
    "consent, tried, by group": posted(CONSENT, by_group((9, 9), (15, 15)), CANDIDATE),
    "consent, rests, by group": posted(CONSENT, by_group((5, 9), (15, 15)), CANDIDATE),
    **{f"look again, {way.value}": posted(LOOK_AGAIN, looked(way), TRYING) for way in Outcome},
    "look again, a tie": posted(LOOK_AGAIN, looked(Outcome.KEEP, tied=True), TRYING),
    "summary that tells what came of a norm": (
        outcome.result_text(ROUND, published(ROUND, 8), (), LONG_AGO[:1], language=LANGUAGE),
        outcome.result_message(ROUND, published(ROUND, 8), (), LONG_AGO[:1], language=LANGUAGE),
    ),
    "asked for a summary, the latest are proposals": outcome.asked_result(
        (COLLECT, COLLECTED), None, (), PROPOSED, language=LANGUAGE
    ),
    "promise, a round for proposals": (
        promise.promise_text(ROUND.policy, RoundKind.COLLECT, language=LANGUAGE),
        promise.promise_blocks(ROUND.policy, kind=RoundKind.COLLECT, language=LANGUAGE),
    ),
    "promise, a round to decide": (
        promise.promise_text(ROUND.policy, RoundKind.CHOOSE, language=LANGUAGE),
        promise.promise_blocks(ROUND.policy, kind=RoundKind.CHOOSE, language=LANGUAGE),
    ),
    "promise, a round to look again": (
        promise.promise_text(ROUND.policy, RoundKind.LOOK_AGAIN, language=LANGUAGE),
        promise.promise_blocks(ROUND.policy, kind=RoundKind.LOOK_AGAIN, language=LANGUAGE),
    ),
    "ledger, nothing yet": ledger.ledger_answer((), ROUND.channel, admin=False, language=LANGUAGE),
    "ledger, an admin": ledger.ledger_answer(
        (*TRYING, *LONG_AGO), ROUND.channel, admin=True, language=LANGUAGE
    ),
    "no box, first round open": (
        _none := propose_blocks.no_box_text(ROUND, None, "UTC", language=LANGUAGE),
        [section(_none)],
    ),
    "no box, planned": (
        _none := propose_blocks.no_box_text(None, OPENED, ROUND.zone, language=LANGUAGE),
        [section(_none)],
    ),
    "no box ever": (_none := LANGUAGE.gettext(propose_blocks.NO_COLLECTING), [section(_none)]),
    "no box, nothing planned": (
        _none := propose_blocks.no_box_text(None, None, "UTC", language=LANGUAGE),
        [section(_none)],
    ),
}

REFUSED = (
    ReplyOutcome.ALREADY_REPLIED,
    ReplyOutcome.CLOSED,
    ReplyOutcome.NOT_A_MEMBER,
    ReplyOutcome.JOINED_LATER,
    ReplyOutcome.KEY_LOST,
    ReplyOutcome.UNKNOWN_ROUND,
    ReplyOutcome.NOT_FOUND,
)
SHOWN: dict[str, View] = {
    **{
        f"form, {name}": norms.form_of(one, SUPPORT, "m", PROPOSED, language=LANGUAGE)
        for name, one in KINDS.items()
    },
    "form, look again, nobody is quoted": norms.form_of(
        replace(LOOK_AGAIN, policy=replace(LOOK_AGAIN.policy, quotes=False)),
        SUPPORT,
        "m",
        TRYING,
        language=LANGUAGE,
    ),
    "form, the box": norms.form_of(BOX, SUPPORT, "m", language=LANGUAGE),
    "form, the box, to change": norms.form_of(BOX, SUPPORT, "m", change=True, language=LANGUAGE),
    **{
        f"form, {name}, several languages": norms.form_of(
            replace(KINDS[name], several_languages=True), SUPPORT, "m", PROPOSED, language=LANGUAGE
        )
        for name in ("collect", "consent")
    },
    "form, choose, one taken down since": norms.form_of(
        CHOOSE, SUPPORT, "m", (PROPOSED[0], DOWN), language=LANGUAGE
    ),
    "form, decide, one taken down since": norms.form_of(
        DECIDE, SUPPORT, "m", (PROPOSED[0], DOWN), language=LANGUAGE
    ),
    "form, consent, taken down since": norms.form_of(
        replace(CONSENT, prompt=replace(CONSENT.prompt, norm=DOWN.id)),
        SUPPORT,
        "m",
        (DOWN,),
        language=LANGUAGE,
    ),
    "form, consent, how long": norms.form_of(
        replace(CONSENT, prompt=replace(CONSENT.prompt, asks_tenure=True)), SUPPORT, "m", language=LANGUAGE
    ),
    "preview of a proposal, too short": modal(
        "x", [norms.preview_of(COLLECT, None, language=LANGUAGE)], close="x", callback_id="x"
    ),
    "thanks, a proposal in the box": thanks(BOX, SUPPORT, "m", ReplyOutcome.SAVED, language=LANGUAGE),
    "thanks, a proposal": thanks(COLLECT, SUPPORT, "m", ReplyOutcome.CHANGED, language=LANGUAGE),
    "withdrawn from the box": withdrawn(BOX, language=LANGUAGE),
    "withdrawn proposal": withdrawn(COLLECT, language=LANGUAGE),
    **{
        f"proposal refused, {one.value}": refusal_notice(
            one, BOX if one is not ReplyOutcome.CLOSED else COLLECT, language=LANGUAGE
        )
        for one in REFUSED
    },
    "proposal refused, cancelled": refusal_notice(
        ReplyOutcome.CLOSED, replace(COLLECT, state=RoundState.CANCELLED), language=LANGUAGE
    ),
    "proposals in a modal": outcome.result_modal(COLLECT, COLLECTED, (), PROPOSED, language=LANGUAGE),
    "history": ledger.history_modal((*TRYING, *LONG_AGO), language=LANGUAGE),
    "history, nothing yet": ledger.history_modal((), language=LANGUAGE),
    "take a proposal down": take_down.take_down_modal(PROPOSED, ROUND.channel, language=LANGUAGE),
    "take a proposal down, nothing left": take_down.take_down_modal(
        (DOWN,), ROUND.channel, language=LANGUAGE
    ),
    **{
        f"take a proposal down, {one.value}": take_down.take_down_notice(one, language=LANGUAGE)
        for one in TakeDown
    },
    **{f"look again, {one.value}": ledger.look_again_notice(one, language=LANGUAGE) for one in LookAgain},
    "wrong at a proposal": notice(
        "x",
        "\n".join(
            [
                LANGUAGE.gettext(wrong.NO_PROPOSAL),
                LANGUAGE.gettext(wrong.NOTHING_LEFT),
                LANGUAGE.gettext(wrong.NOTHING_CHOSEN),
                LANGUAGE.gettext(take_down.NO_REASON),
                LANGUAGE.gettext(take_down.NOTHING_TO_TAKE_DOWN),
                wrong.too_long(3000, norms.PROPOSAL_LIMIT, language=LANGUAGE),
            ]
        ),
        language=LANGUAGE,
    ),
}
"""By name, as they are sent."""
