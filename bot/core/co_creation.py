"""Choose the questions by which a channel changes how it works: suggest, decide, look again.

The norm ledger determines which step is due. The questions come from the pack. A step is left out if the pack
has no question for it.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.core.audiences import Shared, askables_of, may_ask, nobody
from bot.core.form_translations import Values, own_language, step_in_all
from bot.core.language import ENGLISH_ONLY, Language, Languages, without_full_stop
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
from bot.core.pack_texts import fill, label_text, placeholders
from bot.core.summary import Highlight, NamedStatement, agree_in_words

WEEKS = 4
"""How many weeks a norm is tried."""


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
    languages: Languages = ENGLISH_ONLY,
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
    if decides and (found := decide(pack, agenda, in_turn=False, shared=shared, languages=languages)):
        return found
    looks = before is not RoundKind.LOOK_AGAIN and reflects_next
    if not looks:
        return None
    return look_again(pack, agenda, in_turn=False, shared=shared, languages=languages)


def _is_to_decide(agenda: Agenda, asked: Sequence[RoundPrompt]) -> bool:
    """Return whether there is a proposal that the channel was not asked to decide about yet."""
    rounds = (prompt for prompt in asked if prompt.kind is RoundKind.CHOOSE)
    decided = {NormId(statement.id) for prompt in rounds for statement in prompt.statements}
    return any(norm.state in UNDECIDED and norm.id not in decided for norm in agenda.ledger)


def collect(
    pack: PromptPack,
    asked: Sequence[RoundPrompt],
    highlight: Highlight | None,
    languages: Languages = ENGLISH_ONLY,
) -> RoundPrompt | None:
    """Return the question that asks for proposals; None if the pack has none that fits.

    The question that was asked least often comes first. Among these, one about the last summary's finding is
    preferred. Without a highlight, only questions that need none are used, and the last one of the pack comes
    first: it asks what the channel could do without, which is the easiest beginning.
    """
    topic = _topic(pack, highlight)
    values = _values(_finding(pack, highlight, topic) if highlight and topic else {})
    own = values(own_language(pack, languages))
    times = Counter(prompt.prompt_id for prompt in asked)
    fitting = [
        (highlight is not None and "finding" not in gaps(prompt), times[prompt.id], index)
        for index, prompt in enumerate(pack.co_create)
        if prompt.use is CoCreateUse.COLLECT and fill(prompt.question, own)
        if highlight or not gaps(prompt)
    ]
    if not fitting:
        return None
    forward = 1 if highlight else -1
    *_, index = min(fitting, key=lambda one: (one[1], one[0], forward * one[2]))
    step, kind = pack.co_create[index], RoundKind.COLLECT
    return _asked(pack, step, _prompt(step, topic or pack.dimensions[0], kind), values, languages)


def gather(pack: PromptPack, languages: Languages = ENGLISH_ONLY) -> RoundPrompt | None:
    """Return the question of a suggestion box: the first that needs no summary.

    The question has no place in the cycle, unless a round that asks for suggestions takes the box over.
    Return None if the pack has no such question.
    """
    values = _values({})
    for step in pack.co_create:
        if step.use is CoCreateUse.COLLECT and not gaps(step):
            box = replace(_prompt(step, pack.dimensions[0], RoundKind.COLLECT), in_turn=False)
            return _asked(pack, step, box, values, languages)
    return None


def decide(
    pack: PromptPack,
    agenda: Agenda,
    *,
    in_turn: bool,
    shared: Shared = nobody,
    languages: Languages = ENGLISH_ONLY,
) -> RoundPrompt | None:
    """Return the question that decides, with each proposal as one statement; None if it cannot be asked.

    It cannot be asked without proposals, or while a norm is being tried. It cannot be asked either if the
    pack has no question for looking again: nobody could then end what is tried. Proposals that rest are asked
    about later. If a round of an earlier version preferred a proposal, the channel decides about it alone.
    """
    prompt = _used(pack, CoCreateUse.DECIDE)
    goes_on = _used(pack, CoCreateUse.LOOK_AGAIN)
    if prompt is None or not goes_on or tried_now(agenda.ledger):
        return None
    alone = preferred(agenda.ledger)
    bare = replace(
        _prompt(prompt, pack.dimensions[0], RoundKind.CHOOSE),
        tags=(),
        in_turn=in_turn,
        norm=alone.id if alone else None,
    )
    asked = _asked(pack, prompt, bare, _values({}), languages)
    if asked is None:
        return None
    ready = [norm for norm in agenda.ledger if not _rests(asked, _proposal(norm), shared)]
    weighs = weighed([alone] if alone in ready else [] if alone else ready, agenda.seed)
    return replace(asked, statements=tuple(map(_proposal, weighs))) if weighs else None


def _proposal(norm: Norm) -> Statement:
    return Statement(id=StatementId(norm.id), text=norm.text)


def look_again(
    pack: PromptPack,
    agenda: Agenda,
    *,
    in_turn: bool,
    shared: Shared = nobody,
    languages: Languages = ENGLISH_ONLY,
) -> RoundPrompt | None:
    """Return the question whether to keep a norm that is due; None if no norm is due, or all of them rest."""
    prompt, today = _used(pack, CoCreateUse.LOOK_AGAIN), agenda.today
    if prompt is None or today is None:
        return None
    due = (norm for norm in agenda.ledger if due_again([norm], today))
    every = ((norm, _looking(pack, prompt, norm, today, languages)) for norm in due)
    ready = {norm: asked for norm, asked in every if asked and not _rests(asked, asked.statements[0], shared)}
    norm = due_again(tuple(ready), today)
    return replace(ready[norm], in_turn=in_turn) if norm else None


def _looking(
    pack: PromptPack, prompt: CoCreatePrompt, norm: Norm, today: date, languages: Languages
) -> RoundPrompt | None:
    begun = next(step.on for step in norm.steps if step.state is NormState.TRYING)
    weeks = max(1, round((today - begun).days / 7))
    bare = _prompt(prompt, pack.dimensions[0], RoundKind.LOOK_AGAIN)
    asked = _asked(pack, prompt, bare, _values({"norm": lambda _: norm.quoted}, weeks), languages)
    if asked is None:
        return None
    question = asked.question.replace("one weeks", "one week", 1) if weeks == 1 else asked.question
    statement = Statement(id=StatementId("look_again"), text=norm.text)
    question = question[:1].upper() + question[1:]
    return replace(asked, question=question, statements=(statement,), norm=norm.id)


def carry(
    pack: PromptPack, highlight: Highlight | None, languages: Languages = ENGLISH_ONLY
) -> RoundPrompt | None:
    """Return the question how to build on a strength of the last summary; None if it named none.

    The question has no tags: the tags of a topic that was just asked about would return too early.
    """
    prompt, topic = _used(pack, CoCreateUse.CARRY), _topic(pack, highlight)
    if prompt is None or highlight is None or topic is None:
        return None
    strength = highlight.strength
    values = _values({"strength": lambda language: _named_in(pack, strength, language)} if strength else {})
    bare = replace(_prompt(prompt, topic, RoundKind.REFLECT), tags=())
    return _asked(pack, prompt, bare, values, languages)


def gaps(prompt: CoCreatePrompt) -> frozenset[str]:
    """Return the names in braces that need a value, except the weeks."""
    return placeholders(prompt.question) - {"weeks"}


def _rests(asked: RoundPrompt, statement: Statement, shared: Shared) -> bool:
    """Return whether too many of these people were asked about the same words in the same step before."""
    (askable,) = askables_of(replace(asked, statements=(statement,)), RoundId(""))
    return not may_ask(shared(askable))


def _prompt(step: CoCreatePrompt, topic: Dimension, kind: RoundKind) -> RoundPrompt:
    """Return the round of a step, with the question as it stands in the pack."""
    return RoundPrompt(
        prompt_id=step.id,
        dimension=topic.key,
        label=step.name,
        side=topic.side,
        question=step.question,
        statements=(),
        tags=step.tags,
        kind=kind,
    )


def _asked(
    pack: PromptPack, step: CoCreatePrompt, bare: RoundPrompt, values: Values, languages: Languages
) -> RoundPrompt | None:
    """Return the round with its question filled in, in all languages; None if it cannot be filled in."""
    question = fill(step.question, values(own_language(pack, languages)))
    return step_in_all(pack, step, replace(bare, question=question), languages, values) if question else None


def _values(more: Mapping[str, Callable[[Language], str]], weeks: int = WEEKS) -> Values:
    """Return what stands for the placeholders of a question: the weeks, and these values.

    A question may have ``{ago}`` in place of ``{weeks}``: "4 weeks ago" is one phrase in many languages.
    """
    return lambda language: {
        "weeks": language.number_in_words(weeks),
        "ago": language.weeks_ago(weeks),
        **{name: value(language) for name, value in more.items()},
    }


def _finding(
    pack: PromptPack, highlight: Highlight, topic: Dimension
) -> Mapping[str, Callable[[Language], str]]:
    """Return the values that a summary gives: what it named, and the topic of that."""

    def finding(language: Language) -> str:
        text = _named_in(pack, highlight.named, language)
        return agree_in_words(highlight.count, text, language) if text else ""

    def dimension(language: Language) -> str:
        if language.code == pack.language:
            return topic.label
        return pack.translations.get(language.code, {}).get(label_text(topic.key), "")

    return {"finding": finding, "dimension": dimension}


def _named_in(pack: PromptPack, named: NamedStatement, language: Language) -> str:
    """Return a statement in a language, without its full stop; empty if it is not there.

    As it was asked; otherwise as the pack translates the same words now.
    """
    code, statement = language.code, named.statement
    text = named.texts.get(code, "")
    if not text and code == pack.language:
        text = statement.text
    if not text and statement in _statements(pack):
        text = pack.translations.get(code, {}).get(statement.id, "")
    return without_full_stop(text)


def _statements(pack: PromptPack) -> list[Statement]:
    return [
        *(topic.anchor for topic in pack.dimensions),
        *(statement for prompt in pack.prompts for statement in prompt.statements),
    ]


def _used(pack: PromptPack, use: CoCreateUse) -> CoCreatePrompt | None:
    return next((prompt for prompt in pack.co_create if prompt.use is use), None)


def _topic(pack: PromptPack, highlight: Highlight | None) -> Dimension | None:
    return next((one for one in pack.dimensions if highlight and one.key == highlight.dimension), None)
