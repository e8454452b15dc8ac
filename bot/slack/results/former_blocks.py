"""Write the results of two kinds of rounds that an earlier version opened.

In the first kind a channel said which proposals it could live with. In the second kind it said whether it saw
harm in the best proposal.
"""

from collections.abc import Iterator, Sequence

from bot.core.model import Round, RoundKind, StatementId
from bot.core.norms import TRIED_FOR, Norm, NormState, consents, most_supported
from bot.core.release import Published, Release
from bot.slack.kit.builders import date_in_words
from bot.slack.kit.round_words import handles_of
from bot.slack.results.blocks import withheld_text
from bot.slack.results.voice_blocks import Voice, about, asked_about, step_of, support, tags, taken_down

KINDS = frozenset({RoundKind.DECIDE, RoundKind.CONSENT})


def paragraphs(round_: Round, release: Release, ledger: Sequence[Norm], voice: Voice) -> Iterator[str]:
    """Yield the finding of a round of one of these kinds, then each further paragraph."""
    if round_.prompt.kind is RoundKind.DECIDE:
        yield from _decided(round_, release, ledger, voice)
    else:
        yield from _consented(round_, release, ledger, voice)


def _decided(round_: Round, release: Release, ledger: Sequence[Norm], voice: Voice) -> Iterator[str]:
    if not isinstance(release, Published):
        yield "Nothing was decided."
        yield f"{withheld_text(round_)} The proposals stay."
        return
    yield _next_of(round_, release, ledger)
    texts = {statement.id: statement.text for statement in round_.prompt.statements}
    gone = {StatementId(norm.id): norm for norm in ledger if norm.state is NormState.TAKEN_DOWN}
    handles = handles_of(list(texts), ledger)
    for one in release.statements:
        down = gone.get(one.statement)
        words = taken_down(down, voice) if down else voice.words(texts[one.statement])
        yield f"{voice.strong(handles[one.statement])}  {words}\n{support(one, 'can live with it', voice)}"


def _made(ledger: Sequence[Norm], state: NormState, number: int) -> list[str]:
    """Return the handles of the norms that got this state from the round of this number."""
    return [
        norm.handle
        for norm in ledger
        if any(step.state is state and step.round == number for step in norm.steps)
    ]


def _next_of(round_: Round, release: Published, ledger: Sequence[Norm]) -> str:
    """Say what happens next: one proposal goes on, several are asked about again, or none is chosen."""
    candidate = next(iter(_made(ledger, NormState.CANDIDATE, round_.number)), "")
    best = set(most_supported(release.statements))
    handles = handles_of([statement.id for statement in round_.prompt.statements], ledger)
    equal = [handle for statement, handle in handles.items() if statement in best]
    asked_next = "The next question asks whether we try it."
    if candidate and len(equal) > 1:
        return f"{_listed(equal)} have as many; the earlier letter goes on: {candidate}. {asked_next}"
    if candidate:
        return f"{candidate} has the most support. {asked_next}"
    if tied := _made(ledger, NormState.TIED, round_.number):
        return f"{_listed(tied)} have as many. A later question asks about these again."
    if _made(ledger, NormState.SET_ASIDE, round_.number):
        return "No support could be shown for any of them, so they rest."
    return "No support could be shown for any of them, so none is chosen. The proposals stay."


def _listed(handles: Sequence[str]) -> str:
    return f"{', '.join(handles[:-1])} and {handles[-1]}" if len(handles) > 1 else "".join(handles)


def _consented(round_: Round, release: Release, ledger: Sequence[Norm], voice: Voice) -> Iterator[str]:
    norm = about(round_, ledger)
    if not isinstance(release, Published):
        yield "This proposal rests; it is not tried."
        yield asked_about(round_, norm, voice)
        yield withheld_text(round_)
        return
    step = step_of(norm, round_.number)
    is_tried = step.state is NormState.TRYING if step else all(map(consents, release.statements))
    until = f" until {date_in_words(step.on + TRIED_FOR)}" if step else ""
    yield f"We try it{until}." if is_tried else "It rests."
    yield asked_about(round_, norm, voice)
    for one in release.statements:
        yield support(one, "see no harm in it", voice)
    if is_tried:
        yield (
            "Then the channel is asked: keep it, change it, or let it go? `/belonging norms` shows it meanwhile."
        )
        return
    both = ", in each group that is shown" if any(one.groups for one in release.statements) else ""
    yield (
        f"By the rule with which this was asked, it rests where anybody, as far as may be shown{both}, sees harm in "
        "it. Other proposals can be made at any time."
    )
    yield from tags(round_, release, "What speaks against it", voice)
