"""Choose the questions by which a channel changes how it works: suggest, decide, look again.

The norm ledger determines which step is due. The questions come from the pack. A step is left out if the pack
has no question for it.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.core.audiences import Shared, askables_of, may_ask, nobody
from bot.core.model import (
    CoCreatePrompt,
    CoCreateUse,
    Dimension,
    NormId,
    PromptPack,
    RoundId,
    RoundKind,
    RoundPrompt,
    Statement,
    StatementId,
)
from bot.core.norms import UNDECIDED, Norm, NormState, due_again, preferred, tried_now, weighed
from bot.core.numbers import number_in_words
from bot.core.summary import Highlight

WEEKS = "four"
"""How many weeks a norm is tried, as a word for prompts."""

_BRACES = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """What decides on a channel's next question: its ledger, the day in its zone, and a seed for the draw.

    If ``today`` is None, nothing is asked about norms.
    """

    ledger: tuple[Norm, ...] = ()
    today: date | None = None
    seed: int = 0


def out_of_turn(
    pack: PromptPack,
    agenda: Agenda,
    *,
    reflects_next: bool,
    asked: Sequence[RoundPrompt] = (),
    shared: Shared = nobody,
) -> RoundPrompt | None:
    """Return the question that is asked before the cycle continues; None if there is none.

    Proposals come first, at the first firing after they were shown. Next, if the cycle would ask a reflection
    (``reflects_next``), comes a norm that is due to be looked at again. No decision is asked for while
    another norm is being tried. ``asked``: what the channel was asked, oldest first. A question about a norm
    that got too few replies is asked again, but not in two rounds in a row, so that the channel reflects in
    between. Proposals that got too few replies are asked again only at the place that decides. A statement
    that rests is asked later.
    """
    if agenda.today is None:
        return None
    before = asked[-1].kind if asked and not asked[-1].in_turn else None
    decides = before is not RoundKind.CHOOSE and _is_to_decide(agenda, asked)
    if decides and (found := decide(pack, agenda, in_turn=False, shared=shared)):
        return found
    looks = before is not RoundKind.LOOK_AGAIN and reflects_next
    return look_again(pack, agenda, in_turn=False, shared=shared) if looks else None


def _is_to_decide(agenda: Agenda, asked: Sequence[RoundPrompt]) -> bool:
    """Return whether there is a proposal that the channel was not asked to decide about yet."""
    rounds = (prompt for prompt in asked if prompt.kind is RoundKind.CHOOSE)
    decided = {NormId(statement.id) for prompt in rounds for statement in prompt.statements}
    return any(norm.state in UNDECIDED and norm.id not in decided for norm in agenda.ledger)


def collect(
    pack: PromptPack, asked: Sequence[RoundPrompt], highlight: Highlight | None
) -> RoundPrompt | None:
    """Return the question that asks for proposals; None if the pack has none that fits.

    The question that was asked least often comes first. Among these, one about the last summary's finding is
    preferred. Without a highlight, only questions that need none are used, and the last one of the pack comes
    first: it asks what the channel could do without, which is the easiest beginning.
    """
    topic = _topic(pack, highlight)
    values = {"weeks": WEEKS}
    if highlight and topic:
        values |= {"finding": highlight.said, "dimension": topic.label}
    times = Counter(prompt.prompt_id for prompt in asked)
    fitting = [
        (highlight is not None and "finding" not in gaps(prompt), times[prompt.id], index, question)
        for index, prompt in enumerate(pack.co_create)
        if prompt.use is CoCreateUse.COLLECT and (question := fill(prompt.question, values))
        if highlight or not gaps(prompt)
    ]
    if not fitting:
        return None
    forward = 1 if highlight else -1
    by_turn = min(fitting, key=lambda one: (one[1], one[0], forward * one[2]))
    return _prompt(pack.co_create[by_turn[2]], by_turn[3], topic or pack.dimensions[0], RoundKind.COLLECT)


def gather(pack: PromptPack) -> RoundPrompt | None:
    """Return the question of a suggestion box: the first that needs no summary.

    The question has no place in the cycle, unless a round that asks for suggestions takes the box over.
    Return None if the pack has no such question.
    """
    fitting = (
        (prompt, question)
        for prompt in pack.co_create
        if prompt.use is CoCreateUse.COLLECT and not gaps(prompt)
        if (question := fill(prompt.question, {"weeks": WEEKS}))
    )
    prompt, question = next(fitting, (None, ""))
    if prompt is None:
        return None
    return replace(_prompt(prompt, question, pack.dimensions[0], RoundKind.COLLECT), in_turn=False)


def decide(pack: PromptPack, agenda: Agenda, *, in_turn: bool, shared: Shared = nobody) -> RoundPrompt | None:
    """Return the question that decides, with each proposal as one statement; None if it cannot be asked.

    It cannot be asked without proposals, or while a norm is being tried. It cannot be asked either if the
    pack has no question for looking again: nobody could then end what is tried. Proposals that rest are asked
    about later. If a round of an earlier version preferred a proposal, the channel decides about it alone.
    """
    prompt = _used(pack, CoCreateUse.DECIDE)
    goes_on = _used(pack, CoCreateUse.LOOK_AGAIN)
    question = fill(prompt.question, {"weeks": WEEKS}) if prompt else None
    if prompt is None or question is None or not goes_on or tried_now(agenda.ledger):
        return None
    alone = preferred(agenda.ledger)
    asked = replace(
        _prompt(prompt, question, pack.dimensions[0], RoundKind.CHOOSE),
        tags=(),
        in_turn=in_turn,
        norm=alone.id if alone else None,
    )
    ready = [norm for norm in agenda.ledger if not _rests(asked, _proposal(norm), shared)]
    weighs = weighed([alone] if alone in ready else [] if alone else ready, agenda.seed)
    return replace(asked, statements=tuple(map(_proposal, weighs))) if weighs else None


def _proposal(norm: Norm) -> Statement:
    return Statement(id=StatementId(norm.id), text=norm.text)


def look_again(
    pack: PromptPack, agenda: Agenda, *, in_turn: bool, shared: Shared = nobody
) -> RoundPrompt | None:
    """Return the question whether to keep a norm that is due; None if no norm is due, or all of them rest."""
    prompt, today = _used(pack, CoCreateUse.LOOK_AGAIN), agenda.today
    if prompt is None or today is None:
        return None
    due = (norm for norm in agenda.ledger if due_again([norm], today))
    every = ((norm, _looking(pack, prompt, norm, today)) for norm in due)
    ready = {norm: asked for norm, asked in every if asked and not _rests(asked, asked.statements[0], shared)}
    norm = due_again(tuple(ready), today)
    return replace(ready[norm], in_turn=in_turn) if norm else None


def _looking(pack: PromptPack, prompt: CoCreatePrompt, norm: Norm, today: date) -> RoundPrompt | None:
    begun = next(step.on for step in norm.steps if step.state is NormState.TRYING)
    weeks = max(1, round((today - begun).days / 7))
    question = fill(prompt.question, {"weeks": number_in_words(weeks), "norm": norm.quoted})
    if question is None:
        return None
    if weeks == 1:
        question = question.replace("one weeks", "one week", 1)
    asked = _prompt(prompt, question[:1].upper() + question[1:], pack.dimensions[0], RoundKind.LOOK_AGAIN)
    statement = Statement(id=StatementId("look_again"), text=norm.text)
    return replace(asked, statements=(statement,), norm=norm.id)


def carry(pack: PromptPack, highlight: Highlight | None) -> RoundPrompt | None:
    """Return the question how to build on a strength of the last summary; None if it named none.

    The question has no tags: the tags of a topic that was just asked about would return too early.
    """
    prompt, topic = _used(pack, CoCreateUse.CARRY), _topic(pack, highlight)
    if prompt is None or highlight is None or topic is None:
        return None
    question = fill(prompt.question, {"strength": highlight.strength, "weeks": WEEKS})
    return replace(_prompt(prompt, question, topic, RoundKind.REFLECT), tags=()) if question else None


def fill(question: str, values: Mapping[str, str]) -> str | None:
    """Return the question with the names in braces replaced by values; None if a value is missing or empty.

    >>> fill("What could we try for {weeks} weeks?", {"weeks": "four"})
    'What could we try for four weeks?'
    >>> fill("We agreed: {norm}.", {"weeks": "four"}) is None
    True
    """
    if not all(values.get(name) for name in _BRACES.findall(question)):
        return None
    return _BRACES.sub(lambda match: values[match[1]], question)


def gaps(prompt: CoCreatePrompt) -> frozenset[str]:
    """Return the names in braces that need a value, except the weeks."""
    return frozenset(_BRACES.findall(prompt.question)) - {"weeks"}


def _rests(asked: RoundPrompt, statement: Statement, shared: Shared) -> bool:
    """Return whether too many of these people were asked about the same words in the same step before."""
    (askable,) = askables_of(replace(asked, statements=(statement,)), RoundId(""))
    return not may_ask(shared(askable))


def _prompt(prompt: CoCreatePrompt, question: str, topic: Dimension, kind: RoundKind) -> RoundPrompt:
    return RoundPrompt(
        prompt_id=prompt.id,
        dimension=topic.key,
        label=prompt.name,
        side=topic.side,
        question=question,
        statements=(),
        tags=prompt.tags,
        kind=kind,
    )


def _used(pack: PromptPack, use: CoCreateUse) -> CoCreatePrompt | None:
    return next((prompt for prompt in pack.co_create if prompt.use is use), None)


def _topic(pack: PromptPack, highlight: Highlight | None) -> Dimension | None:
    return next((one for one in pack.dimensions if highlight and one.key == highlight.dimension), None)
