"""What a channel is asked on its way from a summary to a change: collect, decide, consent, look again.

Which step is due follows from the norm ledger. Questions come from the pack; where a pack has none for a
step, the step is left out.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.core.model import (
    CoCreatePrompt,
    CoCreateUse,
    Dimension,
    Item,
    ItemId,
    PromptPack,
    RoundKind,
    RoundPrompt,
)
from bot.core.norms import Norm, NormState, due_again, is_busy, tried_now, weighed
from bot.core.summary import Finding

WEEKS = "four"
"""How long something is tried, as prompts say it."""

_REPEATED = frozenset({RoundKind.DECIDE, RoundKind.LOOK_AGAIN})

_BRACES = re.compile(r"\{([a-z_]+)\}")
_NUMBERS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """What a channel has before it: its ledger, the day in its zone, and a seed for the lot.

    Without a day (``today`` None) nothing is asked about norms.
    """

    ledger: tuple[Norm, ...] = ()
    today: date | None = None
    seed: int = 0


def out_of_turn(
    pack: PromptPack, agenda: Agenda, *, reflects_next: bool, before: RoundPrompt | None = None
) -> RoundPrompt | None:
    """What comes before the cycle goes on; None where nothing does.

    Consent to a candidate first; then proposals that are tied; then, in the place of a reflection
    (``reflects_next``), a norm whose day to be looked at has come. Nothing new is started while an experiment
    is unanswered. ``before``: what was asked last; a question that got too few replies comes again, but not
    two rounds running, so that the channel reflects in between.
    """
    if agenda.today is None:
        return None
    if tried_now(agenda.ledger) is None:
        candidate = next((norm for norm in agenda.ledger if norm.state is NormState.CANDIDATE), None)
        if candidate and (found := _consent(pack, candidate)):
            return found
    if before and before.kind in _REPEATED and not before.in_turn:
        return None
    tied = any(norm.state is NormState.TIED for norm in agenda.ledger)
    if tied and (found := decide(pack, agenda, in_turn=False)):
        return found
    return look_again(pack, agenda, in_turn=False) if reflects_next else None


def collect(pack: PromptPack, asked: Sequence[RoundPrompt], finding: Finding | None) -> RoundPrompt | None:
    """The question for proposals: one that speaks of what the last summary named, the least asked first.

    Where no summary has named anything, one that needs none: what could be let go comes first, which is
    easiest to begin with. None where the pack has no such question.
    """
    topic = _topic(pack, finding)
    values = {"weeks": WEEKS}
    if finding and topic:
        values |= {"finding": finding.said, "dimension": topic.label}
    times = Counter(prompt.prompt_id for prompt in asked)
    fitting = [
        (finding is not None and "finding" not in gaps(prompt), times[prompt.id], index, question)
        for index, prompt in enumerate(pack.co_create)
        if prompt.use is CoCreateUse.COLLECT and (question := fill(prompt.question, values))
        if finding or not gaps(prompt)
    ]
    if not fitting:
        return None
    forward = 1 if finding else -1
    by_turn = min(fitting, key=lambda one: (one[1], one[0], forward * one[2]))
    return _prompt(pack.co_create[by_turn[2]], by_turn[3], topic or pack.dimensions[0], RoundKind.COLLECT)


def gather(pack: PromptPack) -> RoundPrompt | None:
    """What a box asks that waits for proposals of any kind: the first question that needs no summary.

    None where the pack has none.
    """
    fitting = (
        (prompt, question)
        for prompt in pack.co_create
        if prompt.use is CoCreateUse.COLLECT and not gaps(prompt)
        if (question := fill(prompt.question, {"weeks": WEEKS}))
    )
    prompt, question = next(fitting, (None, ""))
    return _prompt(prompt, question, pack.dimensions[0], RoundKind.COLLECT) if prompt else None


def decide(pack: PromptPack, agenda: Agenda, *, in_turn: bool) -> RoundPrompt | None:
    """Each proposal as one statement; None where there is none, or something is unanswered.

    None, too, where the pack could not go on from there: nothing is begun that nobody could end.
    """
    prompt = _used(pack, CoCreateUse.DECIDE)
    goes_on = _used(pack, CoCreateUse.CONSENT) and _used(pack, CoCreateUse.LOOK_AGAIN)
    proposals = weighed(agenda.ledger, agenda.seed)
    if prompt is None or not goes_on or not proposals or is_busy(agenda.ledger):
        return None
    question = fill(prompt.question, {"weeks": WEEKS})
    if question is None:
        return None
    items = tuple(Item(id=ItemId(norm.id), text=norm.text) for norm in proposals)
    return replace(
        _prompt(prompt, question, pack.dimensions[0], RoundKind.DECIDE), items=items, in_turn=in_turn
    )


def look_again(pack: PromptPack, agenda: Agenda, *, in_turn: bool) -> RoundPrompt | None:
    """What shall become of a norm whose day has come; None where none is due."""
    prompt = _used(pack, CoCreateUse.LOOK_AGAIN)
    norm = due_again(agenda.ledger, agenda.today) if agenda.today else None
    if prompt is None or norm is None or agenda.today is None:
        return None
    begun = next(step.on for step in norm.steps if step.state is NormState.TRYING)
    weeks = max(1, round((agenda.today - begun).days / 7))
    said = _NUMBERS[weeks] if weeks < len(_NUMBERS) else str(weeks)
    question = fill(prompt.question, {"weeks": said, "norm": norm.quoted})
    if question is None:
        return None
    if weeks == 1:
        question = question.replace("one weeks", "one week", 1)
    asked = _prompt(prompt, question[:1].upper() + question[1:], pack.dimensions[0], RoundKind.LOOK_AGAIN)
    item = Item(id=ItemId("look_again"), text=norm.text)
    return replace(asked, items=(item,), norm=norm.id, in_turn=in_turn)


def carry(pack: PromptPack, finding: Finding | None) -> RoundPrompt | None:
    """A strength of the last summary, to be carried further; None where none was named."""
    prompt, topic = _used(pack, CoCreateUse.CARRY), _topic(pack, finding)
    if prompt is None or finding is None or topic is None:
        return None
    question = fill(prompt.question, {"strength": finding.strength, "weeks": WEEKS})
    if question is None:
        return None
    return replace(_prompt(prompt, question, topic, RoundKind.REFLECT), tags=topic.tags)


def fill(question: str, values: Mapping[str, str]) -> str | None:
    """The question with what stands in braces filled in; None where a value is missing or empty.

    >>> fill("What could we try for {weeks} weeks?", {"weeks": "four"})
    'What could we try for four weeks?'
    >>> fill("We agreed: {norm}.", {"weeks": "four"}) is None
    True
    """
    if not all(values.get(name) for name in _BRACES.findall(question)):
        return None
    return _BRACES.sub(lambda match: values[match[1]], question)


def gaps(prompt: CoCreatePrompt) -> frozenset[str]:
    """What has to be filled in besides the weeks."""
    return frozenset(_BRACES.findall(prompt.question)) - {"weeks"}


def _consent(pack: PromptPack, candidate: Norm) -> RoundPrompt | None:
    prompt = _used(pack, CoCreateUse.CONSENT)
    question = fill(prompt.question, {"proposal": candidate.quoted, "weeks": WEEKS}) if prompt else None
    if prompt is None or question is None:
        return None
    asked = _prompt(prompt, question, pack.dimensions[0], RoundKind.CONSENT)
    item = Item(id=ItemId("consent"), text=candidate.text)
    return replace(asked, items=(item,), norm=candidate.id, in_turn=False)


def _prompt(prompt: CoCreatePrompt, question: str, topic: Dimension, kind: RoundKind) -> RoundPrompt:
    return RoundPrompt(
        prompt_id=prompt.id,
        dimension=topic.key,
        label=prompt.name,
        side=topic.side,
        question=question,
        items=(),
        tags=prompt.tags,
        kind=kind,
    )


def _used(pack: PromptPack, use: CoCreateUse) -> CoCreatePrompt | None:
    return next((prompt for prompt in pack.co_create if prompt.use is use), None)


def _topic(pack: PromptPack, finding: Finding | None) -> Dimension | None:
    return next((one for one in pack.dimensions if finding and one.key == finding.dimension), None)
