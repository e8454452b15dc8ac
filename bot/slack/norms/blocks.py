"""Build the ledger that a channel reads, its history, and the form that takes a proposal down."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from bot.core.language import ENGLISH, N_, Language
from bot.core.model import ChannelId, MemberId
from bot.core.norms import Norm, NormState, NormStep
from bot.core.release import LEAST_PROPOSALS
from bot.service.norms import REASON_LIMIT, LookAgain, TakeDown
from bot.slack.kit.builders import (
    Block,
    View,
    actions,
    button,
    context,
    escape,
    header,
    input_block,
    modal,
    notice,
    one_of,
    option,
    plain,
    quoted,
    section,
    suggest_button,
    tell_apart,
    whom_to_tell,
)
from bot.slack.kit.limits import ROOM_IN_A_MODAL, TEXT_ROOM, cut, size
from bot.slack.kit.round_words import most_wanted

CHOICE_BLOCK, CHOICE_ACTION = "proposal.choice", "norm"
REASON_BLOCK, REASON_ACTION = "proposal.reason", "reason"

LISTED = 60
"""The most norms in a modal: a view holds 100 blocks and 250 kB."""

KEPT_LISTED = 10
PROPOSED_LISTED = 8
ENDED_LISTED = 6
"""The most norms of each kind in the ledger. It shows the newest; the history shows the others."""

OPTION_ROOM = 75
"""The longest option that Slack accepts, in characters."""

STEP_WORDS = {
    # Translators: These and the next: what became of a proposal; in a list, behind a day.
    NormState.PROPOSED: N_("proposed"),
    NormState.TIED: N_("as many as others"),
    NormState.CANDIDATE: N_("most support"),
    NormState.TRYING: N_("tried from here on"),
    NormState.KEPT: N_("kept"),
    NormState.CHANGED: N_("changed: as it was, it ended"),
    NormState.LET_GO: N_("let go"),
    NormState.SET_ASIDE: N_("put to rest"),
    NormState.TAKEN_DOWN: N_("taken down by an admin"),
}
"""The words for each step in a history."""

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
    said = [_history(norm, language) for norm in _newest_first(ledger)]
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


def take_down_modal(ledger: Sequence[Norm], channel: ChannelId, language: Language = ENGLISH) -> View:
    """Return the form in which an admin takes a proposal down, with a reason that everybody can read."""
    listed = [norm for norm in _newest_first(ledger) if norm.state is not NormState.TAKEN_DOWN][:LISTED]
    if not listed:
        return take_down_notice(TakeDown.GONE, (), language)
    for_what = language.gettext(
        "For a proposal that names or hurts somebody. Its words go for good, and *your reason stands in their place, "
        "for everybody*. That it was there stays in the history."
    )
    # Translators: An example of a reason.
    example = language.gettext("It names a colleague.")
    reason: Block = {
        "type": "plain_text_input",
        "action_id": REASON_ACTION,
        "multiline": False,
        "max_length": REASON_LIMIT,
        "placeholder": plain(example),
    }
    hint = language.gettext("Everybody in the channel reads this. Please name nobody in it.")
    return modal(
        language.gettext("Take a proposal down"),
        [
            section(for_what),
            *(section(f"*{_name(norm, language)}*\n{cut(quoted(norm.text), TEXT_ROOM)}") for norm in listed),
            input_block(CHOICE_BLOCK, language.pgettext("proposal", "Which one?"), _choice(listed, language)),
            input_block(REASON_BLOCK, language.gettext("Why?"), reason, hint=hint),
        ],
        submit=language.gettext("Take it down"),
        close=language.pgettext("button", "Not now"),
        callback_id="proposal.remove",
        private_metadata=channel,
    )


_TAKEN_DOWN = {
    TakeDown.DONE: (
        # Translators: Of a proposal or a quote; a title of at most 24 letters.
        N_("Taken down"),
        N_(
            "Its words are gone from the history and from what the bot has posted, and your reason stands in their "
            "place. What Slack itself has kept or exported is out of the bot’s reach."
        ),
    ),
    TakeDown.GONE: (
        # Translators: Of a proposal or a quote; a title of at most 24 letters.
        N_("Gone already"),
        N_("There is nothing left to take down."),
    ),
    TakeDown.NO_REASON: (
        # Translators: A title of at most 24 letters.
        N_("Not without a reason"),
        N_("Nothing was taken down: a reason is needed."),
    ),
    TakeDown.NOT_ALLOWED: (
        # Translators: Something is for admins only; a title of at most 24 letters.
        N_("For admins"),
        # Translators: {whom} is an admin, or several: “@Ana or @Ben”, “an admin of this workspace”.
        N_(
            "Only admins can take a proposal down, and only with a reason that everybody reads. If one names or hurts "
            "somebody, please tell {whom}. If you just do not like it: the channel will be asked."
        ),
    ),
}

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


def take_down_notice(
    outcome: TakeDown, admins: Sequence[MemberId] = (), language: Language = ENGLISH
) -> View:
    """Return the notice of how a request to take a proposal down ended.

    ``admins``: the people whom a member can ask to take a proposal down.
    """
    title, text = _TAKEN_DOWN[outcome]
    whom = whom_to_tell(admins, language)
    return notice(language.gettext(title), language.gettext(text, whom=whom), language)


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
    lines = [f"*{_name(norm, language)}*", quoted(norm.text), language.gettext(STANDS[norm.state])]
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
    day, name = language.day(norm.last.on), _name(norm, language)
    heading = language.gettext(ENDED[norm.state], day=day, name=name)
    return f"{heading}\n{quoted(norm.text or norm.last.reason)}"


def _newest_first(ledger: Sequence[Norm]) -> list[Norm]:
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


def _name(norm: Norm, language: Language) -> str:
    """Return the handle of a norm with its day of publication: all collections use the same handles."""
    # Translators: The name of a proposal, such as “B, 27 November 2026”.
    return language.gettext("{letter}, {day}", letter=norm.handle, day=language.day(norm.steps[0].on))


def _history(norm: Norm, language: Language) -> str:
    # Translators: Of a proposal that was taken down.
    gone = language.gettext("_Its words are gone._")
    words = cut(quoted(norm.text), TEXT_ROOM) if norm.text else gone
    return "\n".join([f"*{_name(norm, language)}*", words, *(_step(one, language) for one in norm.steps)])


def _step(step: NormStep, language: Language) -> str:
    day, became, reason = language.day(step.on), language.gettext(STEP_WORDS[step.state]), escape(step.reason)
    # Translators: A step in the history of a proposal, such as “27 November 2026: proposed”.
    line = language.gettext("{day}: {became}", day=day, became=became)
    if reason:
        # Translators: A step in the history of a proposal; {became} is such as “taken down by an admin”.
        line = language.gettext("{day}: {became}: {reason}", day=day, became=became, reason=reason)
    return f"•  {line}"


def _choice(listed: Sequence[Norm], language: Language) -> Block:
    # An option may cut the text: the form shows the whole text above.
    options = [option(cut(_option(norm, language), OPTION_ROOM), norm.id) for norm in listed]
    return one_of(CHOICE_ACTION, options, language.pgettext("proposal", "Choose one"))


def _option(norm: Norm, language: Language) -> str:
    # Translators: A proposal to choose; {name} is such as “B, 27 November 2026”.
    return language.gettext("{name}: {words}", name=_name(norm, language), words=" ".join(norm.text.split()))


NO_REASON = N_(
    "Please say why, in a few words that everybody can read. Without a reason nothing is taken down."
)

NOTHING_TO_TAKE_DOWN = N_("Please choose which one.")
