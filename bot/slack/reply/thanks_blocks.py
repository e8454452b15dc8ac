"""What a member reads after sending, changing or withdrawing a reply."""

from bot.core.model import Round, RoundKind, RoundState, SupportCard
from bot.core.numbers import number_in_words
from bot.core.release import LEAST_PROPOSALS
from bot.service.replies import ReplyOutcome
from bot.slack.kit.builders import (
    View,
    actions,
    button,
    context,
    modal,
    moment,
    notice,
    section,
)
from bot.slack.kit.privacy import care_after
from bot.slack.kit.round_words import hand_in, noun, own_reply_buttons, until

KEEP_ACTION = "reply.keep"


def thanks(
    round_: Round, support: SupportCard, metadata: str, outcome: ReplyOutcome, home_link: str = ""
) -> View:
    """Return the step after sending: saved, what happens next, keep the receipt, change or withdraw.

    ``home_link`` opens the Home tab, which keeps the receipt; empty where Slack did not say which app this is.
    """
    what = noun(round_)
    said = {
        ReplyOutcome.SAVED: "*Saved, without your name.*",
        ReplyOutcome.CHANGED: f"*Changed.* Your new {what} has taken the place of the old one.",
    }[outcome]
    keep = button("Keep my receipt", KEEP_ACTION, style="primary") | {"url": home_link}
    return modal(
        "Thank you",
        [
            section(f"{said} {_what_follows(round_)}"),
            actions(
                "reply.mine",
                *([keep] if home_link else []),
                *own_reply_buttons(round_),
            ),
            context(_how_to_keep(round_, has_button=bool(home_link))),
            care_after(support),
        ],
        close="Done",
        callback_id="reply.thanks",
        private_metadata=metadata,
    )


def home_link(team: str, app: str) -> str:
    """Return the link that opens the app's Home tab in Slack; empty where one of the ids is not known.

    Source: docs.slack.dev, "Deep linking into Slack".
    """
    return f"slack://app?team={team}&id={app}&tab=home" if team and app else ""


def withdrawn(round_: Round) -> View:
    """Return what is said after withdrawing: nothing is left, and another reply is welcome."""
    what = noun(round_)
    mark = "you had replied" if what == "reply" else "you had handed one in"
    return notice(
        "Withdrawn",
        f"Your {what} is gone, and so is the mark that {mark}. You can {hand_in(round_)} {until(round_)}, "
        "or leave it at that.",
    )


def _how_to_keep(round_: Round, *, has_button: bool) -> str:
    what = noun(round_)
    if has_button:
        how = "*Keep my receipt* opens the Home tab of Belonging Bot, which keeps it on your side."
    else:
        how = "*To keep your receipt*, open the Home tab of Belonging Bot once today: it stays there, on your side."
    return f"{how} With it you can change or withdraw your {what} {until(round_)}. Without it nobody can find your {what}."


def _what_follows(round_: Round) -> str:
    """Say when something of it is seen, and by whom."""
    if round_.prompt.kind is not RoundKind.COLLECT:
        closes = moment(round_.closes_at, round_.zone)
        return f"The channel sees the summary when the question closes, {closes}. Until then nobody sees anything."
    when = moment(round_.closes_at, round_.zone)
    if round_.state is RoundState.GATHERING:
        when = "when one of this channel’s questions closes"
    least = number_in_words(LEAST_PROPOSALS)
    return (
        f"It waits sealed, and is published {when}, together with the others, if there are {least} different "
        "ones then. Until then nobody sees anything."
    )
