"""Write the results of two kinds of rounds that an earlier version opened.

In the first kind a channel said which proposals it could live with. In the second kind it said whether it saw
harm in the best proposal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.core.language import N_, Language
from bot.core.model import Round, RoundKind, StatementId
from bot.core.norms import TRIED_FOR, Norm, NormState, consents, most_supported
from bot.core.release import Published, Release, StatementRelease
from bot.core.replies import Tenure
from bot.core.summary import count_in_words
from bot.slack.kit.round_words import handles_of
from bot.slack.results.line_blocks import withheld_text
from bot.slack.results.voice_blocks import Voice, about, asked_about, step_of, support, tags, words_of

KINDS = frozenset({RoundKind.DECIDE, RoundKind.CONSENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """What people say of a proposal: in total, by two tenure groups, and with those who did not say."""

    total: str
    two: str
    three: str


CAN_LIVE_WITH_IT = Sentences(
    # Translators: Of a proposal; {count} is such as “5 of 14”: how many people.
    total=N_("{count} can live with it."),
    # Translators: Of a proposal; {newer} and {longer} are such as “5 of 14”: how many of those who joined
    # within the last year, and of those who have been here longer.
    two=N_("Newer here: {newer} can live with it; longer here: {longer}."),
    # Translators: Of a proposal; each number is such as “5 of 14”. {unsaid}: of those who did not say how long
    # they have been here.
    three=N_("Newer here: {newer} can live with it; longer here: {longer}; did not say: {unsaid}."),
)

SEE_NO_HARM = Sentences(
    # Translators: Of a proposal; {count} is such as “5 of 14”: how many people.
    total=N_("{count} see no harm in it."),
    # Translators: Of a proposal; {newer} and {longer} are such as “5 of 14”: how many of those who joined
    # within the last year, and of those who have been here longer.
    two=N_("Newer here: {newer} see no harm in it; longer here: {longer}."),
    # Translators: Of a proposal; each number is such as “5 of 14”. {unsaid}: of those who did not say how long
    # they have been here.
    three=N_("Newer here: {newer} see no harm in it; longer here: {longer}; did not say: {unsaid}."),
)

PROPOSALS_STAY = N_("The proposals stay.")


def paragraphs(
    round_: Round, release: Release, ledger: Sequence[Norm], voice: Voice, language: Language
) -> Iterator[str]:
    """Yield the finding of a round of one of these kinds, then each further paragraph."""
    if round_.prompt.kind is RoundKind.DECIDE:
        yield from _decided(round_, release, ledger, voice, language)
    else:
        yield from _consented(round_, release, ledger, voice, language)


def nothing_decided(round_: Round, language: Language) -> Iterator[str]:
    """Yield the finding of a round that could not decide between proposals, then the reason."""
    yield language.gettext("Nothing was decided.")
    yield f"{withheld_text(round_, language)} {language.gettext(PROPOSALS_STAY)}"


def _decided(
    round_: Round, release: Release, ledger: Sequence[Norm], voice: Voice, language: Language
) -> Iterator[str]:
    if not isinstance(release, Published):
        yield from nothing_decided(round_, language)
        return
    yield _next_of(round_, release, ledger, language)
    texts = {statement.id: statement.text for statement in round_.prompt.statements}
    norms = {StatementId(norm.id): norm for norm in ledger}
    handles = handles_of(list(texts), ledger)
    for one in release.statements:
        words = words_of(texts[one.statement], norms.get(one.statement), voice, language)
        said = _said(one, CAN_LIVE_WITH_IT, voice, language)
        yield f"{voice.strong(handles[one.statement])}  {words}\n{said}"


def _said(found: StatementRelease, of_it: Sentences, voice: Voice, language: Language) -> str:
    """Return how many people say something of a statement, or how many in each tenure group."""
    if not found.groups:
        return support(found.count, of_it.total, voice, language)
    counts = {one.group: voice.strong(count_in_words(one.count, language)) for one in found.groups}
    named = {"newer": counts[Tenure.NEWER], "longer": counts[Tenure.LONGER]}
    if Tenure.UNSAID in counts:
        return language.gettext(of_it.three, **named, unsaid=counts[Tenure.UNSAID])
    return language.gettext(of_it.two, **named)


def _made(ledger: Sequence[Norm], state: NormState, number: int) -> list[str]:
    """Return the handles of the norms that got this state from the round of this number."""
    return [
        norm.handle
        for norm in ledger
        if any(step.state is state and step.round == number for step in norm.steps)
    ]


def _next_of(round_: Round, release: Published, ledger: Sequence[Norm], language: Language) -> str:
    """Say what happens next: one proposal goes on, several are asked about again, or none is chosen."""
    candidate = next(iter(_made(ledger, NormState.CANDIDATE, round_.number)), "")
    best = set(most_supported(release.statements))
    handles = handles_of([statement.id for statement in round_.prompt.statements], ledger)
    equal = [handle for statement, handle in handles.items() if statement in best]
    if candidate and len(equal) > 1:
        # Translators: {letters} name proposals, such as “A and B”; {letter} is one of them.
        return language.gettext(
            "{letters} have as many; the earlier letter goes on: {letter}. The next question asks whether we try it.",
            letters=language.list_of(equal),
            letter=candidate,
        )
    if candidate:
        # Translators: {letter} names a proposal, such as “B”.
        return language.gettext(
            "{letter} has the most support. The next question asks whether we try it.", letter=candidate
        )
    if tied := _made(ledger, NormState.TIED, round_.number):
        # Translators: {letters} name proposals, such as “A and B”.
        return language.gettext(
            "{letters} have as many. A later question asks about these again.", letters=language.list_of(tied)
        )
    if _made(ledger, NormState.SET_ASIDE, round_.number):
        return language.gettext("No support could be shown for any of them, so they rest.")
    none = language.gettext("No support could be shown for any of them, so none is chosen.")
    return f"{none} {language.gettext(PROPOSALS_STAY)}"


def _consented(
    round_: Round, release: Release, ledger: Sequence[Norm], voice: Voice, language: Language
) -> Iterator[str]:
    norm = about(round_, ledger)
    if not isinstance(release, Published):
        yield language.gettext("This proposal rests; it is not tried.")
        yield asked_about(round_, norm, voice, language)
        yield withheld_text(round_, language)
        return
    step = step_of(norm, round_.number)
    is_tried = step.state is NormState.TRYING if step else all(map(consents, release.statements))
    if is_tried and step:
        # Translators: Of a proposal.
        yield language.gettext("We try it until {day}.", day=language.day(step.on + TRIED_FOR))
    elif is_tried:
        # Translators: Of a proposal.
        yield language.gettext("We try it.")
    else:
        # Translators: Of a proposal that is not tried.
        yield language.gettext("It rests.")
    yield asked_about(round_, norm, voice, language)
    for one in release.statements:
        yield _said(one, SEE_NO_HARM, voice, language)
    if is_tried:
        yield language.gettext(
            "Then the channel is asked: keep it, change it, or let it go? `/belonging norms` shows it meanwhile."
        )
        return
    if any(one.groups for one in release.statements):
        yield language.gettext(
            "By the rule with which this was asked, it rests where anybody, as far as may be shown, in each group that "
            "is shown, sees harm in it. Other proposals can be made at any time."
        )
    else:
        yield language.gettext(
            "By the rule with which this was asked, it rests where anybody, as far as may be shown, sees harm in it. "
            "Other proposals can be made at any time."
        )
    yield from tags(round_, release, language.gettext("What speaks against it"), voice, language)
