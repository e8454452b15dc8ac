"""Write the result of a round in which a channel makes its own rules.

The finding comes first, then the words and the number, then what happens next, then the small print.
"""

from collections.abc import Iterator, Sequence

from bot.core.language import ENGLISH, N_, Language
from bot.core.model import Outcome, Round, RoundKind, StatementId
from bot.core.norms import MOST_WEIGHED, TRIED_FOR, Norm, NormState, NormStep, handle_of, tried_now
from bot.core.release import LEAST_PROPOSALS, Published, Release
from bot.core.summary import summarise
from bot.core.translation import round_in
from bot.slack.kit.builders import Block, button, context, section
from bot.slack.kit.limits import MESSAGE_CHARS, ROOM_IN_A_MODAL, size, text_size
from bot.slack.kit.round_words import handles_of, most_wanted
from bot.slack.results import former_blocks as former
from bot.slack.results.line_blocks import (
    HELP,
    OR_MORE,
    ROOM_FOR_NOTES,
    RULE,
    SEPARATOR,
    asked_part,
    quote_blocks,
    replied_of,
)
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
    words_of,
)

ENDS = tuple(".?!:…。？！：।؟۔")  # noqa: RUF001 - Japanese, Hindi, Arabic and Urdu
"""The line endings that need no full stop when lines are joined into one text."""

IN_A_MESSAGE = 30
IN_A_MODAL = 80
"""The most proposals that a modal shows; ``IN_A_MESSAGE``: the most in a message."""

# Translators: Of a proposal; {count} is such as “5 of 14”: how many people.
WOULD_TRY_IT = N_("{count} would try it.")

FEW_SEE_HARM = N_("So few see harm in it that it cannot be shown.")
"""Always the same words for a norm that is tried, because nobody is shown how many see harm."""


def norm_text(
    round_: Round, release: Release, ledger: Sequence[Norm] = (), language: Language = ENGLISH
) -> str:
    """Return the whole result in plain text: the finding, then every number and every proposal."""
    round_ = round_in(round_, language.code)
    parts = _paragraphs(round_, release, ledger, PLAIN, language)
    return " ".join(_ended(line, language) for part in parts for line in part.splitlines())


def _ended(line: str, language: Language) -> str:
    """Return a line with a full stop, if nothing else ends it."""
    # Translators: A line that has no full stop of its own, in a text that a screen reader reads.
    return line if line.endswith(ENDS) else language.gettext("{line}.", line=line)


def norm_summary(
    round_: Round,
    release: Release,
    ledger: Sequence[Norm] = (),
    *,
    in_modal: bool = False,
    language: Language = ENGLISH,
) -> list[Block]:
    """Return the result as blocks. ``ledger``: the norms of the channel as they were after this round."""
    round_ = round_in(round_, language.code)
    found, *paragraphs = _paragraphs(round_, release, ledger, MARKUP, language)
    finding = f"*🌱 {found}*"
    end = [context(_small_print(round_, release, language))]
    if round_.prompt.kind is RoundKind.COLLECT and isinstance(release, Published):
        shown = _proposal_blocks(round_, finding, paragraphs, in_modal=in_modal, language=language)
        return [*shown, *end]
    blocks = [section(finding), *map(section, paragraphs)]
    room = ROOM_IN_A_MODAL if in_modal else MESSAGE_CHARS - text_size([*blocks, *end]) - ROOM_FOR_NOTES
    quotes = quote_blocks(summarise(round_, release), room, in_modal=in_modal, language=language)
    return [*blocks, *quotes, *end]


def _small_print(round_: Round, release: Release, language: Language) -> str:
    """Return how many people replied and when. If a number says "or more", explain what that means."""
    day = language.day_of(round_.closes_at, round_.zone)
    if not isinstance(release, Published):
        return SEPARATOR.join([day, HELP])
    if round_.prompt.kind is RoundKind.COLLECT:
        # Translators: Of proposals.
        how = language.gettext("Suggested without names, shown in no order")
        asked = [asked_part(round_, language)] if round_.prompt.is_asked else []
        return f"{SEPARATOR.join([how, *asked, day])}\n{HELP}"
    replied = replied_of(release.replies, release.audience, language)
    counts = [one.count for one in release.statements if one.count]
    more = [language.gettext(OR_MORE)] if any(not count.exact for count in counts) else []
    return f"{SEPARATOR.join([replied, day])}\n{SEPARATOR.join([*more, HELP])}"


def _proposal_blocks(
    round_: Round, finding: str, paragraphs: Sequence[str], *, in_modal: bool, language: Language
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
    # Translators: On a button, of proposals.
    take = button(language.gettext("Take one down"), "proposal.remove", round_.channel)
    blocks = [section(finding, accessory=None if in_modal else take), *map(section, shown)]
    if len(shown) < len(proposals):
        # Translators: Of proposals.
        more = [language.ngettext("And {number} more.", "And {number} more.", len(proposals) - len(shown))]
        if not in_modal:
            # Translators: Follows “And 5 more.” *History* is a button.
            more.append(language.gettext("`/belonging norms` shows them under *History*."))
        blocks.append(context(" ".join(more)))
    return [*blocks, section(last)]


def _paragraphs(
    round_: Round, release: Release, ledger: Sequence[Norm], voice: Voice, language: Language
) -> Iterator[str]:
    """Yield the finding as a sentence, then each further paragraph."""
    match round_.prompt.kind:
        case RoundKind.COLLECT:
            yield from _suggested(round_, release, ledger, voice, language)
        case RoundKind.CHOOSE:
            yield from _chosen(round_, release, ledger, voice, language)
        case kind if kind in former.KINDS:
            yield from former.paragraphs(round_, release, ledger, voice, language)
        case _:
            yield from _looked_again(round_, release, ledger, voice, language)


def _suggested(
    round_: Round, release: Release, ledger: Sequence[Norm], voice: Voice, language: Language
) -> Iterator[str]:
    if not isinstance(release, Published):
        yield language.ngettext(
            "Fewer than {number} proposal was made, so none is shown.",
            "Fewer than {number} proposals were made, so none is shown.",
            LEAST_PROPOSALS,
            number=language.number_in_words(LEAST_PROPOSALS),
        )
        destroyed = language.gettext("What was written has been destroyed.")
        # Translators: Of proposals.
        again = language.gettext("New ones can be made at any time.")
        yield " ".join([destroyed, language.gettext(RULE), again])
        return
    many = len(release.proposals)
    yield language.ngettext(
        "{number} proposal to choose from.",
        "{number} proposals to choose from.",
        many,
        number=language.number_in_words(many).capitalize(),
    )
    made = [norm for norm in ledger if norm.steps[0].round == round_.number]
    for place, text in enumerate(release.proposals):
        norm = made[place] if place < len(made) else None
        handle = voice.strong(norm.handle if norm else handle_of(place))
        yield f"{handle}  {voice.words(text) if text else taken_down(norm, voice, language)}"
    yield " ".join(_what_happens_now(release, ledger, voice, language))


def _what_happens_now(
    release: Published, ledger: Sequence[Norm], voice: Voice, language: Language
) -> Iterator[str]:
    """Yield sentences on how one of the proposals will be chosen."""
    yield voice.strong(language.gettext("What happens now:"))
    if tried_now(ledger):
        yield language.gettext(
            "Once we have looked again at what we try now, we are asked of each: would I try it for four weeks, or do "
            "I see harm in it?"
        )
    else:
        yield language.gettext(
            "Next we are asked of each: would I try it for four weeks, or do I see harm in it?"
        )
    if sum(map(bool, release.proposals)) > MOST_WEIGHED:
        # Translators: Of proposals: some are chosen by chance, and only these are asked about.
        yield language.ngettext(
            "Of these, {number} is drawn.",
            "Of these, {number} are drawn.",
            MOST_WEIGHED,
            number=language.number_in_words(MOST_WEIGHED),
        )
    yield most_wanted(language)


def _chosen(
    round_: Round, release: Release, ledger: Sequence[Norm], voice: Voice, language: Language
) -> Iterator[str]:
    if not isinstance(release, Published):
        yield from former.nothing_decided(round_, language)
        return
    won = {one.statement for one in release.statements}
    named = dict(_named(round_, ledger, voice, language))
    if not won:
        # Translators: Of proposals.
        yield language.gettext("None was chosen.")
        # Translators: Of proposals, which are listed below.
        yield "\n".join([language.gettext("We could choose from:"), *named.values()])
        # Translators: Of proposals.
        yield language.gettext("Others can be suggested at any time.")
        return
    yield _tried(round_, release, ledger, voice, language)
    wanted = [support(one.total, WOULD_TRY_IT, voice, language) for one in release.statements]
    yield "\n".join([*wanted, language.gettext(FEW_SEE_HARM)])
    after = []
    if release.tied:
        # Translators: Of proposals, which are named by letters.
        after.append(language.gettext("Another one had as many; of these the earlier letter is tried."))
    after.append(
        language.gettext(
            "After four weeks we are asked: keep it, change it, or let it go? `/belonging norms` shows it meanwhile."
        )
    )
    yield " ".join(after)
    if others := [words for statement, words in named.items() if statement not in won]:
        # Translators: Of proposals, which are listed below.
        yield "\n".join([language.gettext("Not tried now:"), *others])


def _tried(
    round_: Round, release: Published, ledger: Sequence[Norm], voice: Voice, language: Language
) -> str:
    """Say what is tried and until when. If it was taken down since, say why."""
    won = {one.statement for one in release.statements}
    norm = next((norm for norm in ledger if StatementId(norm.id) in won), None)
    if norm and norm.state is NormState.TAKEN_DOWN:
        return taken_down(norm, voice, language)
    text = next((one.text for one in round_.prompt.statements if one.id in won), "")
    words = words_of(text, norm, voice, language)
    step = step_of(norm, round_.number)
    if step is None:
        return language.gettext("We try this: {words}", words=words)
    until = language.day(step.on + TRIED_FOR)
    return language.gettext("We try this until {day}: {words}", day=until, words=words)


def _named(
    round_: Round, ledger: Sequence[Norm], voice: Voice, language: Language
) -> Iterator[tuple[StatementId, str]]:
    """Yield each proposal of a round with its letter and its words, or the reason why the words are gone."""
    norms = {StatementId(norm.id): norm for norm in ledger}
    handles = handles_of([statement.id for statement in round_.prompt.statements], ledger)
    for statement in round_.prompt.statements:
        words = words_of(statement.text, norms.get(statement.id), voice, language)
        yield statement.id, f"{voice.strong(handles[statement.id])}  {words}"


def _looked_again(
    round_: Round, release: Release, ledger: Sequence[Norm], voice: Voice, language: Language
) -> Iterator[str]:
    norm = about(round_, ledger)
    if not isinstance(release, Published) or release.outcome is None:
        # Translators: Of what a channel tries.
        yield language.gettext("It stays as it is, and is asked about again.")
        yield asked_about(round_, norm, voice, language)
        few = language.gettext("Too few chose to show anything, and what was written has been destroyed.")
        yield f"{few} {language.gettext(RULE)}"
        return
    step = step_of(norm, round_.number)
    finding, follows = _outcome(release, step, language)
    yield finding
    yield asked_about(round_, norm, voice, language)
    yield follows
    yield from tags(round_, release, language.gettext("When it worked less well"), voice, language)


def _outcome(release: Published, step: NormStep | None, language: Language) -> tuple[str, str]:
    """Return what a channel decided when it looked at a norm again, and what happens next."""
    if release.tied:
        # Translators: Of what a channel tries.
        kept = language.gettext("We keep it for now: it was a tie.")
        if step is None:
            return kept, language.gettext("So we look again in four weeks.")
        return kept, language.gettext("So we look again on {day}.", day=language.day(step.on + TRIED_FOR))
    match release.outcome:
        case Outcome.KEEP:
            return (
                # Translators: Of what a channel has tried.
                language.gettext("We keep it."),
                # Translators: Anybody can start another question about what was tried.
                language.gettext("Anyone here can have us look again: the button is in `/belonging norms`."),
            )
        case Outcome.CHANGE:
            return (
                # Translators: Of what a channel has tried.
                language.gettext("We change it."),
                language.gettext(
                    "As it was, it ends here. How shall it be from now on? That is for the next proposals."
                ),
            )
        case _:
            return (
                # Translators: Of what a channel has tried.
                language.gettext("We let it go."),
                language.gettext("Thank you for trying it. `/belonging norms` remembers that we did."),
            )
