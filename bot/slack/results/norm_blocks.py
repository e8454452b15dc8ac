"""The result of a round in which a channel makes its own rules, as the channel reads it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.core.model import ItemId, NormId, Outcome, Round, RoundKind
from bot.core.norms import (
    MOST_WEIGHED,
    TRIED_FOR,
    Norm,
    NormState,
    NormStep,
    consents,
    handle_of,
    most_supported,
)
from bot.core.release import LEAST_PROPOSALS, ItemRelease, Published, Release
from bot.core.summary import GROUP_NAMES, count_in_words, summarise
from bot.slack.kit.builders import (
    Block,
    button,
    context,
    date_in_words,
    escape,
    header,
    moment,
    number_in_words,
    section,
)
from bot.slack.kit.limits import MESSAGE_CHARS, ROOM_IN_A_MODAL, size, text_size
from bot.slack.kit.round_words import handles_of
from bot.slack.results.blocks import ROOM_FOR_NOTES, SMALL_PRINT, quote_blocks, tag_in_words, withheld_text

TITLES = {
    RoundKind.COLLECT: "Proposals",
    RoundKind.DECIDE: "What we could live with",
    RoundKind.CONSENT: "Does anyone see harm in it?",
    RoundKind.LOOK_AGAIN: "We looked again",
}

ENDS = tuple(".?!:…")
"""A line that ends otherwise gets a full stop where lines become one."""

IN_A_MESSAGE = 30
IN_A_MODAL = 80
"""At most so many proposals are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How something is said: in Slack's markup, or in plain text."""

    bold: str
    escape: Callable[[str], str]

    def strong(self, text: str) -> str:
        """What the eye falls on."""
        return f"{self.bold}{text}{self.bold}"

    def words(self, text: str) -> str:
        """Words that somebody wrote, in one line."""
        return self.escape(" ".join(text.split()))


MARKUP = Voice(bold="*", escape=escape)
PLAIN = Voice(bold="", escape=str)


def norm_text(round_: Round, release: Release, ledger: Sequence[Norm] = ()) -> str:
    """The whole result in plain text: every number and every proposal of the message."""
    said = [line for part in _paragraphs(round_, release, ledger, PLAIN) for line in part.splitlines()]
    ended = (line if line.endswith(ENDS) else f"{line}." for line in said)
    return " ".join([f"{TITLES[round_.prompt.kind]}, round {round_.number}.", *ended])


def norm_summary(
    round_: Round, release: Release, ledger: Sequence[Norm] = (), *, in_modal: bool = False
) -> list[Block]:
    """The result as blocks; ``ledger``: the norms of the channel as this round left them."""
    top = [
        header(f"🌱 {TITLES[round_.prompt.kind]}"),
        context(f"Round {round_.number}  ·  closed {moment(round_.closes_at, round_.zone)}"),
    ]
    end = [context(SMALL_PRINT)]
    paragraphs = list(_paragraphs(round_, release, ledger, MARKUP))
    if round_.prompt.kind is RoundKind.COLLECT and isinstance(release, Published):
        return [*top, *_proposal_blocks(round_, paragraphs, in_modal=in_modal), *end]
    blocks = [*top, *map(section, paragraphs)]
    room = ROOM_IN_A_MODAL if in_modal else MESSAGE_CHARS - text_size([*blocks, *end]) - ROOM_FOR_NOTES
    return [*blocks, *quote_blocks(summarise(round_, release), room, in_modal=in_modal), *end]


def _proposal_blocks(round_: Round, paragraphs: Sequence[str], *, in_modal: bool) -> list[Block]:
    """The proposals, as many as there is room for, between what is said before and after them."""
    first, *proposals, last = paragraphs
    room = ROOM_IN_A_MODAL if in_modal else MESSAGE_CHARS - size(first + last) - 2 * ROOM_FOR_NOTES
    shown: list[str] = []
    for proposal in proposals[: IN_A_MODAL if in_modal else IN_A_MESSAGE]:
        room -= size(proposal)
        if room < 0:
            break
        shown.append(proposal)
    take = None if in_modal else button("Take one down", "proposal.remove", round_.channel)
    blocks = [section(first, accessory=take), *map(section, shown)]
    if len(shown) < len(proposals):
        where = "" if in_modal else " `/belonging norms` shows them under *History*."
        blocks.append(context(f"And {len(proposals) - len(shown)} more.{where}"))
    return [*blocks, section(last)]


def _paragraphs(round_: Round, release: Release, ledger: Sequence[Norm], voice: Voice) -> Iterator[str]:
    match round_.prompt.kind:
        case RoundKind.COLLECT:
            yield from _collected(round_, release, ledger, voice)
        case RoundKind.DECIDE:
            yield from _decided(round_, release, ledger, voice)
        case RoundKind.CONSENT:
            yield from _consented(round_, release, ledger, voice)
        case _:
            yield from _looked_again(round_, release, ledger, voice)


def _collected(round_: Round, release: Release, ledger: Sequence[Norm], voice: Voice) -> Iterator[str]:
    least = number_in_words(LEAST_PROPOSALS)
    if not isinstance(release, Published):
        yield (
            f"Fewer than {least} proposals were made, so none is shown, and what was written has been destroyed. "
            "That is the rule that keeps small numbers safe. The next box for proposals is open already."
        )
        return
    count = len(release.proposals)
    yield (
        f"{voice.strong(f'{number_in_words(count).capitalize()} proposals')}, without names and in no order. "
        f"We were asked: {voice.words(round_.prompt.question)}"
    )
    made = [norm for norm in ledger if norm.steps[0].round == round_.number]
    for place, text in enumerate(release.proposals):
        norm = made[place] if place < len(made) else None
        handle = voice.strong(norm.handle if norm else handle_of(place))
        yield f"{handle}  {voice.words(text) if text else _taken_down(norm, voice)}"
    many = sum(map(bool, release.proposals)) > MOST_WEIGHED
    drawn = f" Of these, {number_in_words(MOST_WEIGHED)} are drawn by lot." if many else ""
    yield (
        f"{voice.strong('What happens now')}\nA later round asks each of us which of these we could live with for "
        f"four weeks.{drawn} The one with most support is tried if nobody sees harm in it, as far as may be shown."
    )


def _taken_down(norm: Norm | None, voice: Voice) -> str:
    if norm is None or norm.state is not NormState.TAKEN_DOWN:
        return "Taken down by an admin."
    return f"Taken down by an admin on {date_in_words(norm.last.on)}: {voice.words(norm.last.reason)}"


def _decided(round_: Round, release: Release, ledger: Sequence[Norm], voice: Voice) -> Iterator[str]:
    if not isinstance(release, Published):
        yield f"{withheld_text(round_)} The proposals stay."
        return
    yield _replied(release, voice)
    texts = {item.id: item.text for item in round_.prompt.items}
    gone = {ItemId(norm.id): norm for norm in ledger if norm.state is NormState.TAKEN_DOWN}
    handles = handles_of(list(texts), ledger)
    for item in release.items:
        down = gone.get(item.item)
        words = _taken_down(down, voice) if down else voice.words(texts[item.item])
        yield f"{voice.strong(handles[item.item])}  {words}\n{_support(item, 'can live with it', voice)}"
    yield f"{voice.strong('What happens now')}\n{_next_of(round_, release, ledger)}"


def _made(ledger: Sequence[Norm], state: NormState, number: int) -> list[str]:
    """The handles of the norms that this round brought to this state."""
    return [
        norm.handle
        for norm in ledger
        if any(step.state is state and step.round == number for step in norm.steps)
    ]


def _next_of(round_: Round, release: Published, ledger: Sequence[Norm]) -> str:
    """What follows from the support: a candidate, a tie that is asked about once more, or nothing."""
    candidate = next(iter(_made(ledger, NormState.CANDIDATE, round_.number)), "")
    best = set(most_supported(release.items))
    handles = handles_of([item.id for item in round_.prompt.items], ledger)
    level = [handle for item, handle in handles.items() if item in best]
    asked_next = "The next question asks whether anyone sees harm in it. Only if not, as far as may be shown, do we try it."
    if candidate and len(level) > 1:
        return (
            f"{_listed(level)} are level again. The letters were given by lot, so the first of them goes on: "
            f"{candidate}. {asked_next}"
        )
    if candidate:
        return f"{candidate} has the most support. {asked_next}"
    if tied := _made(ledger, NormState.TIED, round_.number):
        return f"{_listed(tied)} are level. The next question asks about these again."
    if _made(ledger, NormState.SET_ASIDE, round_.number):
        return "No support could be shown for any of them, so they rest. Others can be proposed at any time."
    return "No support could be shown for any of them, so none is chosen. The proposals stay."


def _listed(handles: Sequence[str]) -> str:
    return f"{', '.join(handles[:-1])} and {handles[-1]}" if len(handles) > 1 else "".join(handles)


def _consented(round_: Round, release: Release, ledger: Sequence[Norm], voice: Voice) -> Iterator[str]:
    norm = _about(round_, ledger)
    yield _asked_about(round_, norm, voice)
    if not isinstance(release, Published):
        yield f"{withheld_text(round_)} So this proposal rests; it is not tried."
        return
    yield _replied(release, voice)
    for item in release.items:
        yield _support(item, "see no harm in it", voice)
    step = _step(norm, round_.number)
    if step.state is NormState.TRYING if step else all(map(consents, release.items)):
        until = f" until {date_in_words(step.on + TRIED_FOR)}" if step else ""
        yield (
            f"{voice.strong(f'We try it{until}.')} Then the channel is asked: keep it, change it, or let it go? "
            "`/belonging norms` shows it meanwhile."
        )
        return
    both = ", in each group that is shown" if any(one.groups for one in release.items) else ""
    yield (
        f"{voice.strong('It rests.')} It is tried only if nobody sees harm in it, as far as may be shown{both}. "
        "Other proposals can be made at any time."
    )
    yield from _tags(round_, release, "What speaks against it", voice)


def _looked_again(round_: Round, release: Release, ledger: Sequence[Norm], voice: Voice) -> Iterator[str]:
    norm = _about(round_, ledger)
    yield _asked_about(round_, norm, voice)
    if not isinstance(release, Published) or release.outcome is None:
        yield (
            "Too few chose to show anything, and what was written has been destroyed. That is the rule that keeps "
            "small numbers safe. It stays as it is, and is asked about again."
        )
        return
    yield _replied(release, voice)
    step = _step(norm, round_.number)
    yield _outcome(release, step, voice)
    yield from _tags(round_, release, "When it worked less well", voice)


def _outcome(release: Published, step: NormStep | None, voice: Voice) -> str:
    if release.tied:
        again = f" on {date_in_words(step.on + TRIED_FOR)}" if step else " in four weeks"
        return f"{voice.strong('We keep it for now:')} it was a tie. So we look again{again}."
    match release.outcome:
        case Outcome.KEEP:
            return (
                f"{voice.strong('We keep it.')} Anyone here can have us look again: the button is in "
                "`/belonging norms`."
            )
        case Outcome.CHANGE:
            return (
                f"{voice.strong('We change it.')} As it was, it ends here. How shall it be from now on? That is for "
                "the next proposals."
            )
        case _:
            return (
                f"{voice.strong('We let it go.')} Thank you for trying it. The ledger remembers that we did."
            )


def _about(round_: Round, ledger: Sequence[Norm]) -> Norm | None:
    return next((norm for norm in ledger if norm.id == round_.prompt.norm), None)


def _step(norm: Norm | None, number: int) -> NormStep | None:
    """What this round did to the norm."""
    return next((step for step in norm.steps if step.round == number), None) if norm else None


def _asked_about(round_: Round, norm: Norm | None, voice: Voice) -> str:
    """The words that the round was about."""
    if norm and norm.state is NormState.TAKEN_DOWN:
        return _taken_down(norm, voice)
    texts = {NormId(item.id): item.text for item in round_.prompt.items}
    what = "What we agreed:" if round_.prompt.kind is RoundKind.LOOK_AGAIN else "The proposal:"
    return f"{voice.strong(what)} {voice.words(next(iter(texts.values()), ''))}"


def _replied(release: Published, voice: Voice) -> str:
    return f"{voice.strong(f'{release.replies} of {release.audience} people replied.')} Thank you."


def _support(item: ItemRelease, what: str, voice: Voice) -> str:
    if item.groups:
        counts = "; ".join(
            f"{GROUP_NAMES[one.group]}: {voice.strong(count_in_words(one.count))}"
            f"{'' if place else f' {what}'}"
            for place, one in enumerate(item.groups)
        )
        return f"{counts[:1].upper()}{counts[1:]}."
    if item.count is None:
        return "Too few people answered this one to show it."
    return f"{voice.strong(count_in_words(item.count))} {what}."


def _tags(round_: Round, release: Published, heading: str, voice: Voice) -> Iterator[str]:
    tags = summarise(round_, release).tags
    if tags:
        lines = "\n".join(f"•  {voice.escape(tag_in_words(tag))}" for tag in tags)
        yield f"{voice.strong(heading)} (chosen by several)\n{lines}"
