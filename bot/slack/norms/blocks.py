"""Build the ledger that a channel reads, and its history."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from bot.core.language import ENGLISH, N_, Language
from bot.core.model import ChannelId
from bot.core.norms import STEP_WORDS, Norm, NormState, NormStep
from bot.core.release import LEAST_PROPOSALS
from bot.service.norms import LookAgain
from bot.slack.kit.builders import (
    Block,
    View,
    actions,
    button,
    context,
    escape,
    header,
    modal,
    notice,
    quoted,
    section,
    suggest_button,
    tell_apart,
)
from bot.slack.kit.limits import ROOM_IN_A_MODAL, TEXT_ROOM, cut, size
from bot.slack.kit.round_words import most_wanted

LISTED = 60
"""The most norms in a modal: a view holds 100 blocks and 250 kB."""

KEPT_LISTED = 10
PROPOSED_LISTED = 8
ENDED_LISTED = 6
"""The most norms of each kind in the ledger. It shows the newest; the history shows the others."""

STANDS = {
    NormState.PROPOSED: "",
    # Translators: Of proposals with equal support.
    NormState.TIED: N_("_As many as others; we are asked about these again._"),
    # Translators: Of the proposal with the most support.
    NormState.CANDIDATE: N_("_Most support; next we are asked whether we try it._"),
}
"""The line that explains the state of a proposal that is not tried yet."""

ENDED = {
    # Translators: Of what was tried; its words stand below.
    NormState.CHANGED: N_("Changed on {day}:"),
    # Translators: Of what was tried; its words stand below.
    NormState.LET_GO: N_("Let go on {day}:"),
    # Translators: Of a proposal; the reason stands below. {name} is a letter and the day of the proposal.
    NormState.TAKEN_DOWN: N_("Taken down on {day} ({name}):"),
}
"""The line above the words of a norm that ended, or above the reason why its words are gone."""

LEDGER_TEXT = N_("How we do things here: what this channel tries, keeps and has let go.")


def ledger_answer(
    ledger: Sequence[Norm], channel: ChannelId, *, admin: bool, language: Language = ENGLISH
) -> tuple[str, list[Block]]:
    """Return the answer to ``/belonging norms``, as text and blocks. An admin also gets *Take one down*."""
    blocks = [
        header(language.gettext("🌱 How we do things here")),
        *_tried(ledger, language),
        *_kept(ledger, language),
        *_proposed(ledger, language),
        *_ended(ledger, language),
    ]
    if len(blocks) == 1:
        blocks.append(section(_nothing_yet(language)))
    # Translators: On a button: how what a channel tries and keeps came about.
    more = [button(language.gettext("History"), "norm.history", channel)] if ledger else []
    if admin and any(norm.state is not NormState.TAKEN_DOWN for norm in ledger):
        # Translators: On a button, of proposals.
        more.append(button(language.gettext("Take one down"), "proposal.remove", channel))
    blocks.append(context(language.gettext("Only you can see this message. No name is ever kept here.")))
    trying = [
        language.gettext("We try now: “{words}”.", words=escape(" ".join(norm.text.split())))
        for norm in ledger
        if norm.state is NormState.TRYING
    ]
    buttons = actions("norm.actions", suggest_button(channel, language), *more)
    return " ".join([language.gettext(LEDGER_TEXT), *trying]), [*tell_apart(blocks, language), buttons]


def history_modal(ledger: Sequence[Norm], language: Language = ENGLISH) -> View:
    """Return the modal that lists every norm with all its steps, the newest norms first."""
    said = [_history(norm, language) for norm in newest_first(ledger)]
    sizes = list(accumulate(size(one) for one in said))
    shown = said[: min(LISTED, sum(total <= ROOM_IN_A_MODAL for total in sizes))]
    blocks = list(map(section, shown)) or [section(_nothing_yet(language))]
    if len(said) > len(shown):
        # Translators: Of proposals.
        older = language.ngettext(
            "And {number} older one, which cannot be shown here.",
            "And {number} older ones, which cannot be shown here.",
            len(said) - len(shown),
        )
        blocks.append(context(older))
    # Translators: A title of at most 24 letters: the history of what a channel tries.
    title, close = language.gettext("How it came about"), language.pgettext("button", "Close")
    return modal(title, blocks, close=close, callback_id="norm.history")


_LOOKED = {
    LookAgain.SOON: (
        # Translators: At something that a channel tries or keeps; a title of at most 24 letters.
        N_("We look again"),
        N_(
            "In place of one of the next questions, everybody here is asked: keep it, change it, or let it go? Who "
            "asked for it is not kept."
        ),
    ),
    LookAgain.NOT_NOW: (
        # Translators: The title of a notice that there is nothing to look at again; at most 24 letters.
        N_("Not now"),
        N_("This is neither tried nor kept any more. `/belonging norms` shows how it stands."),
    ),
    LookAgain.NOT_A_MEMBER: (N_("Not here"), N_("This is for the members of that channel.")),
}


def look_again_notice(outcome: LookAgain, language: Language) -> View:
    """Return the notice of how a request to look at a norm again ended."""
    title, text = _LOOKED[outcome]
    return notice(language.gettext(title), language.gettext(text), language)


def _nothing_yet(language: Language) -> str:
    empty = language.gettext(
        "Nothing has been tried here yet. Anyone in this channel can propose something, without a name."
    )
    # Translators: Of proposals.
    when = language.ngettext(
        "Once there is {number} proposal, it is published when a question closes, and we decide.",
        "Once there are {number} different proposals, they are published together when a question closes, and we "
        "decide.",
        LEAST_PROPOSALS,
        number=language.number_in_words(LEAST_PROPOSALS),
    )
    return " ".join([empty, when, most_wanted(language)])


def _tried(ledger: Sequence[Norm], language: Language) -> Iterator[Block]:
    for norm in ledger:
        if norm.state is NormState.TRYING:
            # Translators: Above the words of what a channel tries.
            heading = language.gettext("*We try now*")
            # Translators: Since when a channel tries something.
            since = language.gettext("Since {day}.", day=language.day(norm.last.on))
            asked = " ".join([since, *_asked_from(norm, language)])
            yield section(f"{heading}\n{quoted(norm.text)}\n{asked}", accessory=_look_again(norm, language))


def _kept(ledger: Sequence[Norm], language: Language) -> list[Block]:
    kept = [norm for norm in reversed(ledger) if norm.state is NormState.KEPT]
    if not kept:
        return []
    # Translators: Above what a channel has tried and goes on with.
    heading = language.gettext("*We keep*")
    return [
        section(heading),
        *(
            section(f"{quoted(norm.text)}\n{_kept_on(norm, language)}", accessory=_look_again(norm, language))
            for norm in kept[:KEPT_LISTED]
        ),
        *_more(len(kept) - KEPT_LISTED, language),
    ]


def _kept_on(norm: Norm, language: Language) -> str:
    # Translators: When a channel decided to go on with something.
    kept = language.gettext("Kept on {day}.", day=language.day(norm.last.on))
    return " ".join([kept, *_asked_from(norm, language)])


def _proposed(ledger: Sequence[Norm], language: Language) -> list[Block]:
    proposed = [norm for norm in ledger if norm.state in STANDS]
    if not proposed:
        return []
    # Translators: Above proposals.
    heading = language.gettext("*Proposed*")
    return [
        section(heading),
        *(section(_proposal(norm, language)) for norm in proposed[:PROPOSED_LISTED]),
        *_more(len(proposed) - PROPOSED_LISTED, language),
    ]


def _proposal(norm: Norm, language: Language) -> str:
    lines = [f"*{name_of(norm, language)}*", quoted(norm.text), language.gettext(STANDS[norm.state])]
    return "\n".join(filter(None, lines))


def _ended(ledger: Sequence[Norm], language: Language) -> list[Block]:
    ended = sorted((norm for norm in ledger if norm.state in ENDED), key=lambda norm: norm.last.on)
    if not ended:
        return []
    return [
        section(language.gettext("*Changed, let go or taken down*")),
        *(section(_end(norm, language)) for norm in reversed(ended[-ENDED_LISTED:])),
        *_more(len(ended) - ENDED_LISTED, language),
    ]


def _end(norm: Norm, language: Language) -> str:
    day, name = language.day(norm.last.on), name_of(norm, language)
    heading = language.gettext(ENDED[norm.state], day=day, name=name)
    return f"{heading}\n{quoted(norm.text or norm.last.reason)}"


def newest_first(ledger: Sequence[Norm]) -> list[Norm]:
    """Return the norms sorted: the newest collection first, each collection in the order of its handles."""
    return sorted(ledger, key=lambda norm: -(norm.steps[0].round or 0))


def _more(left_out: int, language: Language) -> list[Block]:
    if left_out <= 0:
        return []
    # Translators: Of proposals.
    text = language.ngettext(
        "And {number} more, in the history.", "And {number} more, in the history.", left_out
    )
    return [context(text)]


def _asked_from(norm: Norm, language: Language) -> list[str]:
    """Say from when the channel is asked whether to keep a norm; empty if it is not asked."""
    if norm.look_again_on is None:
        return []
    day = language.day(norm.look_again_on)
    # Translators: Of what a channel tries or keeps.
    return [language.gettext("From {day} on we are asked whether to keep it.", day=day)]


def _look_again(norm: Norm, language: Language) -> Block:
    # Translators: On a button: at what a channel tries or keeps.
    return button(language.gettext("Look again"), "norm.revisit", norm.id)


def name_of(norm: Norm, language: Language) -> str:
    """Return the handle of a norm with its day of publication: all collections use the same handles."""
    # Translators: The name of a proposal, such as “B, 27 November 2026”.
    return language.gettext("{letter}, {day}", letter=norm.handle, day=language.day(norm.steps[0].on))


def _history(norm: Norm, language: Language) -> str:
    # Translators: Of a proposal that was taken down.
    gone = language.gettext("_Its words are gone._")
    words = cut(quoted(norm.text), TEXT_ROOM) if norm.text else gone
    return "\n".join([f"*{name_of(norm, language)}*", words, *(_step(one, language) for one in norm.steps)])


def _step(step: NormStep, language: Language) -> str:
    day, became, reason = language.day(step.on), language.gettext(STEP_WORDS[step.state]), escape(step.reason)
    # Translators: A step in the history of a proposal, such as “27 November 2026: proposed”.
    line = language.gettext("{day}: {became}", day=day, became=became)
    if reason:
        # Translators: A step in the history of a proposal; {became} is such as “taken down by an admin”.
        line = language.gettext("{day}: {became}: {reason}", day=day, became=became, reason=reason)
    return f"•  {line}"
