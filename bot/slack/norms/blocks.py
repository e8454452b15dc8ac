"""Build the ledger that a channel reads, its history, and the form that takes a proposal down."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from bot.core.model import ChannelId, MemberId
from bot.core.norms import Norm, NormState, NormStep
from bot.core.numbers import number_in_words
from bot.core.release import LEAST_PROPOSALS
from bot.service.norms import REASON_LIMIT, LookAgain, TakeDown
from bot.slack.kit.builders import (
    Block,
    View,
    actions,
    button,
    context,
    date_in_words,
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
from bot.slack.kit.round_words import MOST_WANTED

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
    NormState.PROPOSED: "proposed",
    NormState.TIED: "as many as others",
    NormState.CANDIDATE: "most support",
    NormState.TRYING: "tried from here on",
    NormState.KEPT: "kept",
    NormState.CHANGED: "changed: as it was, it ended",
    NormState.LET_GO: "let go",
    NormState.SET_ASIDE: "put to rest",
    NormState.TAKEN_DOWN: "taken down by an admin",
}
"""The words for each step in a history."""

STANDS = {
    NormState.PROPOSED: "",
    NormState.TIED: "_As many as others; we are asked about these again._",
    NormState.CANDIDATE: "_Most support; next we are asked whether we try it._",
}
"""The line that explains the state of a proposal that is not tried yet."""

LEDGER_TEXT = "How we do things here: what this channel tries, keeps and has let go."

_NOTHING_YET = (
    "Nothing has been tried here yet. Anyone in this channel can propose something, without a name. Once there are "
    f"{number_in_words(LEAST_PROPOSALS)} different proposals, they are published together when a question closes, and "
    f"we decide. {MOST_WANTED}"
)


def ledger_answer(ledger: Sequence[Norm], channel: ChannelId, *, admin: bool) -> tuple[str, list[Block]]:
    """Return the answer to ``/belonging norms``, as text and blocks. An admin also gets *Take one down*."""
    blocks = [header("🌱 How we do things here"), *_tried(ledger), *_kept(ledger), *_proposed(ledger)]
    blocks += _ended(ledger)
    if len(blocks) == 1:
        blocks.append(section(_NOTHING_YET))
    more = [button("History", "norm.history", channel)] if ledger else []
    if admin and any(norm.state is not NormState.TAKEN_DOWN for norm in ledger):
        more.append(button("Take one down", "proposal.remove", channel))
    blocks.append(context("Only you can see this message. No name is ever kept here."))
    trying = [" ".join(norm.text.split()) for norm in ledger if norm.state is NormState.TRYING]
    said = " ".join([LEDGER_TEXT, *(f"We try now: “{escape(text)}”." for text in trying)])
    return said, [*tell_apart(blocks), actions("norm.actions", suggest_button(channel), *more)]


def history_modal(ledger: Sequence[Norm]) -> View:
    """Return the modal that lists every norm with all its steps, the newest norms first."""
    said = [_history(norm) for norm in _newest_first(ledger)]
    sizes = list(accumulate(size(one) for one in said))
    shown = said[: min(LISTED, sum(total <= ROOM_IN_A_MODAL for total in sizes))]
    blocks = list(map(section, shown)) or [section(_NOTHING_YET)]
    if len(said) > len(shown):
        blocks.append(context(f"And {len(said) - len(shown)} older ones, which cannot be shown here."))
    return modal("How it came about", blocks, close="Close", callback_id="norm.history")


def take_down_modal(ledger: Sequence[Norm], channel: ChannelId) -> View:
    """Return the form in which an admin takes a proposal down, with a reason that everybody can read."""
    listed = [norm for norm in _newest_first(ledger) if norm.state is not NormState.TAKEN_DOWN][:LISTED]
    if not listed:
        return take_down_notice(TakeDown.GONE)
    return modal(
        "Take a proposal down",
        [
            section(
                "For a proposal that names or hurts somebody. Its words go for good, and *your reason stands in "
                "their place, for everybody*. That it was there stays in the history."
            ),
            *(section(f"*{_name(norm)}*\n{cut(quoted(norm.text), TEXT_ROOM)}") for norm in listed),
            input_block(CHOICE_BLOCK, "Which one?", _choice(listed)),
            input_block(
                REASON_BLOCK,
                "Why?",
                {
                    "type": "plain_text_input",
                    "action_id": REASON_ACTION,
                    "multiline": False,
                    "max_length": REASON_LIMIT,
                    "placeholder": plain("It names a colleague."),
                },
                hint="Everybody in the channel reads this. Please name nobody in it.",
            ),
        ],
        submit="Take it down",
        close="Not now",
        callback_id="proposal.remove",
        private_metadata=channel,
    )


def take_down_notice(outcome: TakeDown, admins: Sequence[MemberId] = ()) -> View:
    """Return the notice of how a request to take a proposal down ended.

    ``admins``: the people whom a member can ask to take a proposal down.
    """
    whom = whom_to_tell(admins)
    titles_and_texts = {
        TakeDown.DONE: (
            "Taken down",
            (
                "Its words are gone from the history and from what the bot has posted, and your reason stands in their "
                "place. What Slack itself has kept or exported is out of the bot’s reach."
            ),
        ),
        TakeDown.GONE: ("Gone already", "There is nothing left to take down."),
        TakeDown.NO_REASON: ("Not without a reason", "Nothing was taken down: a reason is needed."),
        TakeDown.NOT_ALLOWED: (
            "For admins",
            (
                "Only admins can take a proposal down, and only with a reason that everybody reads. If one names or "
                f"hurts somebody, please tell {whom}. If you just do not like it: the channel will be asked."
            ),
        ),
    }
    return notice(*titles_and_texts[outcome])


def look_again_notice(outcome: LookAgain) -> View:
    """Return the notice of how a request to look at a norm again ended."""
    titles_and_texts = {
        LookAgain.SOON: (
            "We look again",
            (
                "In place of one of the next questions, everybody here is asked: keep it, change it, or let it go? "
                "Who asked for it is not kept."
            ),
        ),
        LookAgain.NOT_NOW: (
            "Not now",
            "This is neither tried nor kept any more. `/belonging norms` shows how it stands.",
        ),
        LookAgain.NOT_A_MEMBER: ("Not here", "This is for the members of that channel."),
    }
    return notice(*titles_and_texts[outcome])


def _tried(ledger: Sequence[Norm]) -> Iterator[Block]:
    for norm in ledger:
        if norm.state is NormState.TRYING:
            since = f"Since {date_in_words(norm.last.on)}. {_asked_from(norm)}"
            yield section(f"*We try now*\n{quoted(norm.text)}\n{since}", accessory=_look_again(norm))


def _kept(ledger: Sequence[Norm]) -> list[Block]:
    kept = [norm for norm in reversed(ledger) if norm.state is NormState.KEPT]
    if not kept:
        return []
    return [
        section("*We keep*"),
        *(
            section(
                f"{quoted(norm.text)}\nKept on {date_in_words(norm.last.on)}. {_asked_from(norm)}".rstrip(),
                accessory=_look_again(norm),
            )
            for norm in kept[:KEPT_LISTED]
        ),
        *_more(len(kept) - KEPT_LISTED),
    ]


def _proposed(ledger: Sequence[Norm]) -> list[Block]:
    proposed = [norm for norm in ledger if norm.state in STANDS]
    if not proposed:
        return []
    return [
        section("*Proposed*"),
        *(
            section("\n".join(filter(None, [f"*{_name(norm)}*", quoted(norm.text), STANDS[norm.state]])))
            for norm in proposed[:PROPOSED_LISTED]
        ),
        *_more(len(proposed) - PROPOSED_LISTED),
    ]


def _ended(ledger: Sequence[Norm]) -> list[Block]:
    said = {NormState.CHANGED: "Changed", NormState.LET_GO: "Let go", NormState.TAKEN_DOWN: "Taken down"}
    ended = sorted((norm for norm in ledger if norm.state in said), key=lambda norm: norm.last.on)
    if not ended:
        return []
    lines = [
        f"{said[norm.state]} on {date_in_words(norm.last.on)}{f' ({_name(norm)})' if not norm.text else ''}:\n"
        f"{quoted(norm.text or norm.last.reason)}"
        for norm in reversed(ended[-ENDED_LISTED:])
    ]
    return [
        section("*Changed, let go or taken down*"),
        *map(section, lines),
        *_more(len(ended) - ENDED_LISTED),
    ]


def _newest_first(ledger: Sequence[Norm]) -> list[Norm]:
    """Return the norms sorted: the newest collection first, each collection in the order of its handles."""
    return sorted(ledger, key=lambda norm: -(norm.steps[0].round or 0))


def _more(left_out: int) -> list[Block]:
    return [context(f"And {left_out} more, in the history.")] if left_out > 0 else []


def _asked_from(norm: Norm) -> str:
    """Say from when the channel is asked whether to keep a norm; empty if it is not asked."""
    if norm.look_again_on is None:
        return ""
    return f"From {date_in_words(norm.look_again_on)} on we are asked whether to keep it."


def _look_again(norm: Norm) -> Block:
    return button("Look again", "norm.revisit", norm.id)


def _name(norm: Norm) -> str:
    """Return the handle of a norm with its day of publication: all collections use the same handles."""
    return f"{norm.handle}, {date_in_words(norm.steps[0].on)}"


def _history(norm: Norm) -> str:
    words = quoted(norm.text) if norm.text else "_Its words are gone._"
    return "\n".join([f"*{_name(norm)}*", cut(words, TEXT_ROOM), *map(_step, norm.steps)])


def _step(step: NormStep) -> str:
    why = f": {escape(step.reason)}" if step.reason else ""
    return f"•  {date_in_words(step.on)}: {STEP_WORDS[step.state]}{why}"


def _choice(listed: Sequence[Norm]) -> Block:
    # An option may cut the text: the form shows the whole text above.
    options = [
        option(cut(f"{_name(norm)}: {' '.join(norm.text.split())}", OPTION_ROOM), norm.id) for norm in listed
    ]
    return one_of(CHOICE_ACTION, options, "Choose one")


NO_REASON = "Please say why, in a few words that everybody can read. Without a reason nothing is taken down."


NOTHING_TO_TAKE_DOWN = "Please choose which one."
