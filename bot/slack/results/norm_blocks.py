"""Write the result of a round in which a channel makes its own rules.

The finding comes first, then the words and the number, then what happens next, then the small print.
"""

from collections.abc import Iterator, Sequence

from bot.core.model import Outcome, Round, RoundKind, StatementId
from bot.core.norms import MOST_WEIGHED, TRIED_FOR, Norm, NormState, NormStep, handle_of, tried_now
from bot.core.numbers import number_in_words
from bot.core.release import LEAST_PROPOSALS, Published, Release
from bot.core.summary import summarise
from bot.slack.kit.builders import (
    Block,
    button,
    context,
    date_in_words,
    day_in_words,
    escape,
    section,
)
from bot.slack.kit.limits import MESSAGE_CHARS, ROOM_IN_A_MODAL, size, text_size
from bot.slack.kit.round_words import MOST_WANTED, handles_of
from bot.slack.results import former_blocks as former
from bot.slack.results.blocks import OR_MORE, ROOM_FOR_NOTES, quote_blocks, withheld_text
from bot.slack.results.voice_blocks import (
    MARKUP,
    PLAIN,
    Voice,
    about,
    asked_about,
    step_of,
    support,
    tags,
    taken_down,
)

ENDS = tuple(".?!:…")
"""The line endings that need no full stop when lines are joined into one text."""

IN_A_MESSAGE = 30
IN_A_MODAL = 80
"""The most proposals that a modal shows; ``IN_A_MESSAGE``: the most in a message."""

FEW_SEE_HARM = "So few see harm in it that it cannot be shown."
"""Always the same words for a norm that is tried, because nobody is shown how many see harm."""


def norm_text(round_: Round, release: Release, ledger: Sequence[Norm] = ()) -> str:
    """Return the whole result in plain text: the finding, then every number and every proposal."""
    said = [line for part in _paragraphs(round_, release, ledger, PLAIN) for line in part.splitlines()]
    return " ".join(line if line.endswith(ENDS) else f"{line}." for line in said)


def norm_summary(
    round_: Round, release: Release, ledger: Sequence[Norm] = (), *, in_modal: bool = False
) -> list[Block]:
    """Return the result as blocks. ``ledger``: the norms of the channel as they were after this round."""
    found, *paragraphs = _paragraphs(round_, release, ledger, MARKUP)
    finding = f"*🌱 {found}*"
    end = [context(_small_print(round_, release))]
    if round_.prompt.kind is RoundKind.COLLECT and isinstance(release, Published):
        return [*_proposal_blocks(round_, finding, paragraphs, in_modal=in_modal), *end]
    blocks = [section(finding), *map(section, paragraphs)]
    room = ROOM_IN_A_MODAL if in_modal else MESSAGE_CHARS - text_size([*blocks, *end]) - ROOM_FOR_NOTES
    return [*blocks, *quote_blocks(summarise(round_, release), room, in_modal=in_modal), *end]


def _small_print(round_: Round, release: Release) -> str:
    """Return how many people replied and when. If a number says "or more", explain what that means."""
    day = day_in_words(round_.closes_at, round_.zone)
    if not isinstance(release, Published):
        return f"{day}  ·  `/belonging help`"
    if round_.prompt.kind is RoundKind.COLLECT:
        asked = f"asked: {escape(round_.prompt.question)}  ·  " if round_.prompt.is_asked else ""
        return f"Suggested without names, shown in no order  ·  {asked}{day}\n`/belonging help`"
    replied = f"{release.replies} of {release.audience} replied, without names  ·  {day}"
    counts = [one.count for one in release.statements if one.count]
    more = f"{OR_MORE}.  ·  " if any(not count.exact for count in counts) else ""
    return f"{replied}\n{more}`/belonging help`"


def _proposal_blocks(
    round_: Round, finding: str, paragraphs: Sequence[str], *, in_modal: bool
) -> list[Block]:
    """Return the finding, then all proposals that fit, then the last paragraph."""
    *proposals, last = paragraphs
    room = ROOM_IN_A_MODAL if in_modal else MESSAGE_CHARS - size(finding + last) - 2 * ROOM_FOR_NOTES
    shown: list[str] = []
    for proposal in proposals[: IN_A_MODAL if in_modal else IN_A_MESSAGE]:
        room -= size(proposal)
        if room < 0:
            break
        shown.append(proposal)
    take = None if in_modal else button("Take one down", "proposal.remove", round_.channel)
    blocks = [section(finding, accessory=take), *map(section, shown)]
    if len(shown) < len(proposals):
        where = "" if in_modal else " `/belonging norms` shows them under *History*."
        blocks.append(context(f"And {len(proposals) - len(shown)} more.{where}"))
    return [*blocks, section(last)]


def _paragraphs(round_: Round, release: Release, ledger: Sequence[Norm], voice: Voice) -> Iterator[str]:
    """Yield the finding as a sentence, then each further paragraph."""
    match round_.prompt.kind:
        case RoundKind.COLLECT:
            yield from _suggested(round_, release, ledger, voice)
        case RoundKind.CHOOSE:
            yield from _chosen(round_, release, ledger, voice)
        case kind if kind in former.KINDS:
            yield from former.paragraphs(round_, release, ledger, voice)
        case _:
            yield from _looked_again(round_, release, ledger, voice)


def _suggested(round_: Round, release: Release, ledger: Sequence[Norm], voice: Voice) -> Iterator[str]:
    least = number_in_words(LEAST_PROPOSALS)
    if not isinstance(release, Published):
        yield f"Fewer than {least} proposals were made, so none is shown."
        yield (
            "What was written has been destroyed. That is the rule that keeps small numbers safe. New ones can be "
            "made at any time."
        )
        return
    yield f"{number_in_words(len(release.proposals)).capitalize()} proposals to choose from."
    made = [norm for norm in ledger if norm.steps[0].round == round_.number]
    for place, text in enumerate(release.proposals):
        norm = made[place] if place < len(made) else None
        handle = voice.strong(norm.handle if norm else handle_of(place))
        yield f"{handle}  {voice.words(text) if text else taken_down(norm, voice)}"
    many = sum(map(bool, release.proposals)) > MOST_WEIGHED
    drawn = f" Of these, {number_in_words(MOST_WEIGHED)} are drawn." if many else ""
    when = "Once we have looked again at what we try now, we are" if tried_now(ledger) else "Next we are"
    yield (
        f"{voice.strong('What happens now:')} {when} asked of each: would I try it for four weeks, or do I see harm "
        f"in it?{drawn} {MOST_WANTED}"
    )


def _chosen(round_: Round, release: Release, ledger: Sequence[Norm], voice: Voice) -> Iterator[str]:
    if not isinstance(release, Published):
        yield "Nothing was decided."
        yield f"{withheld_text(round_)} The proposals stay."
        return
    won = {one.statement for one in release.statements}
    named = dict(_named(round_, ledger, voice))
    if not won:
        yield "None was chosen."
        yield "\n".join(["We could choose from:", *named.values()])
        yield "Others can be suggested at any time."
        return
    yield _tried(round_, release, ledger, voice)
    yield "\n".join([*(support(one, "would try it", voice) for one in release.statements), FEW_SEE_HARM])
    tie = "Another one had as many; of these the earlier letter is tried. " if release.tied else ""
    yield (
        f"{tie}After four weeks we are asked: keep it, change it, or let it go? `/belonging norms` shows it meanwhile."
    )
    if others := [words for statement, words in named.items() if statement not in won]:
        yield "\n".join(["Not tried now:", *others])


def _tried(round_: Round, release: Published, ledger: Sequence[Norm], voice: Voice) -> str:
    """Say what is tried and until when. If it was taken down since, say why."""
    won = {one.statement for one in release.statements}
    norm = next((norm for norm in ledger if StatementId(norm.id) in won), None)
    if norm and norm.state is NormState.TAKEN_DOWN:
        return taken_down(norm, voice)
    words = next((voice.words(one.text) for one in round_.prompt.statements if one.id in won), "")
    step = step_of(norm, round_.number)
    until = f" until {date_in_words(step.on + TRIED_FOR)}" if step else ""
    return f"We try this{until}: {words}"


def _named(round_: Round, ledger: Sequence[Norm], voice: Voice) -> Iterator[tuple[StatementId, str]]:
    """Yield each proposal of a round with its letter and its words, or the reason why the words are gone."""
    gone = {StatementId(norm.id): norm for norm in ledger if norm.state is NormState.TAKEN_DOWN}
    handles = handles_of([statement.id for statement in round_.prompt.statements], ledger)
    for statement in round_.prompt.statements:
        words = taken_down(gone[statement.id], voice) if statement.id in gone else voice.words(statement.text)
        yield statement.id, f"{voice.strong(handles[statement.id])}  {words}"


def _looked_again(round_: Round, release: Release, ledger: Sequence[Norm], voice: Voice) -> Iterator[str]:
    norm = about(round_, ledger)
    if not isinstance(release, Published) or release.outcome is None:
        yield "It stays as it is, and is asked about again."
        yield asked_about(round_, norm, voice)
        yield (
            "Too few chose to show anything, and what was written has been destroyed. That is the rule that keeps "
            "small numbers safe."
        )
        return
    step = step_of(norm, round_.number)
    finding, follows = _outcome(release, step)
    yield finding
    yield asked_about(round_, norm, voice)
    yield follows
    yield from tags(round_, release, "When it worked less well", voice)


def _outcome(release: Published, step: NormStep | None) -> tuple[str, str]:
    """Return what a channel decided when it looked at a norm again, and what happens next."""
    if release.tied:
        again = f" on {date_in_words(step.on + TRIED_FOR)}" if step else " in four weeks"
        return "We keep it for now: it was a tie.", f"So we look again{again}."
    match release.outcome:
        case Outcome.KEEP:
            return (
                "We keep it.",
                "Anyone here can have us look again: the button is in `/belonging norms`.",
            )
        case Outcome.CHANGE:
            return (
                "We change it.",
                "As it was, it ends here. How shall it be from now on? That is for the next proposals.",
            )
        case _:
            return "We let it go.", "Thank you for trying it. `/belonging norms` remembers that we did."
