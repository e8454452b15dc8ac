"""Why a form does not open, or a reply is not taken, and what can be done."""

from bot.core.model import Round, RoundKind, RoundState
from bot.service.replies import Refusal, ReplyOutcome
from bot.slack.kit.builders import View, notice
from bot.slack.kit.round_words import hand_in, noun, until


def refusal_notice(refusal: Refusal | ReplyOutcome, round_: Round | None) -> View:
    """Say why there is no form, and what can be done."""
    is_proposal = round_ is not None and round_.prompt.kind is RoundKind.COLLECT
    texts = OF_PROPOSALS if is_proposal else OF_REPLIES
    if round_ is not None and round_.state is RoundState.CANCELLED:
        return notice(*texts[CANCELLED])
    if refusal.value == "not_found":
        return notice("Nothing found", _nothing_found(round_))
    return notice(*texts[refusal.value])


def _nothing_found(round_: Round | None) -> str:
    what = noun(round_) if round_ else "reply"
    again = f" You can {hand_in(round_)} {until(round_)}." if round_ else ""
    return f"There is no {what} for this receipt. It may have been withdrawn already.{again}"


CANCELLED = "cancelled"

OF_REPLIES = {
    CANCELLED: (
        "This was cancelled",
        "This question takes no more replies. Those that were there have been destroyed, and nothing is published.",
    ),
    "already_replied": (
        "You have replied",
        (
            "You have already replied to this question. To change or withdraw your reply, open the *Home* tab of "
            "Belonging Bot: your receipt is there. If it is not, it was lost, and nobody can find your reply; "
            "it then counts as it is."
        ),
    ),
    "closed": (
        "This question is closed",
        "It takes no more replies. The channel gets its summary, and `/belonging summary` shows it, too.",
    ),
    "not_a_member": (
        "For channel members",
        (
            "This question is for the members of the channel in which it was asked. Guests and people of other "
            "companies are not counted, so that nobody’s answer can be told apart. If you have just joined, "
            "please try again in a minute."
        ),
    ),
    "joined_later": (
        "The next one is yours",
        (
            "Good that you are here! This question was asked before you came to the channel, so it is for those who "
            "were there then. The next one is yours, too."
        ),
    ),
    "key_lost": (
        "This question has ended",
        (
            "The key or the replies of this question were lost or damaged, so nothing can be saved or read any more. "
            "We are sorry. The next question comes as planned."
        ),
    ),
    "unknown_round": (
        "This question is gone",
        "The bot does not know this question any more. The next one comes as planned.",
    ),
}
"""Title and text of each refusal, in rounds that take replies."""

OF_PROPOSALS = {
    CANCELLED: (
        "This was cancelled",
        "No more proposals are taken this time. Those that were there have been destroyed, and nothing is published.",
    ),
    "already_replied": (
        "You have proposed",
        (
            "Your proposal waits already; there is one for each of us. To change or withdraw it, open the *Home* tab "
            "of Belonging Bot: your receipt is there. If it is not, it was lost, and nobody can find your proposal; "
            "it then stays as it is."
        ),
    ),
    "not_a_member": (
        "For channel members",
        (
            "Proposals come from the members of the channel. Guests and people of other workspaces are not counted, "
            "so that nobody can be told apart. If you have just joined, please try again in a minute."
        ),
    ),
    "closed": (
        "These are in",
        (
            "No more proposals are taken this time. The channel gets those that were made, if there are enough. What "
            "comes to your mind now waits for the next time: `/belonging propose`."
        ),
    ),
    "joined_later": (
        "The next time is yours",
        (
            "Good that you are here! This time, proposals come from those who were in the channel when it was asked "
            "for them. The next time is yours, too."
        ),
    ),
    "key_lost": (
        "No proposals this time",
        (
            "The key or the proposals were lost or damaged, so nothing can be saved or read any more. We are sorry. "
            "The next question comes as planned."
        ),
    ),
    "unknown_round": (
        "These are gone",
        "The bot does not know these proposals any more. The next question comes as planned.",
    ),
}
"""The same, in rounds that take proposals."""
