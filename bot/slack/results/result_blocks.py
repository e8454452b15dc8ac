"""The result of a round of any kind: posted, asked for, shared, or in a modal."""

from collections.abc import Sequence
from dataclasses import replace

from bot.core.model import Round, RoundKind
from bot.core.norms import Norm, NormState, latest_change
from bot.core.release import Published, Release, Result
from bot.slack.kit import result_lines
from bot.slack.kit.builders import (
    Block,
    View,
    actions,
    button,
    context,
    escape,
    modal,
    section,
    suggest_button,
)
from bot.slack.results import blocks as summary
from bot.slack.results.norm_blocks import norm_summary, norm_text

BECAME = {NormState.KEPT: "kept", NormState.CHANGED: "changed", NormState.LET_GO: "let go of"}
"""What a channel decided on a norm."""


def result_text(
    round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
) -> str:
    """Return the whole result in plain text."""
    if round_.prompt.kind is RoundKind.REFLECT:
        return summary.summary_text(round_, release, earlier)
    return norm_text(round_, release, ledger)


def result_notification(
    round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
) -> str:
    """Return the whole result in one line of mrkdwn, for notifications and screen readers."""
    return escape(result_text(round_, release, earlier, ledger))


def result_message(
    round_: Round,
    release: Release,
    earlier: Sequence[Result] = (),
    ledger: Sequence[Norm] = (),
) -> list[Block]:
    """Return the message of a result, with the button for proposals."""
    return _result(round_, release, earlier, ledger, suggest_button(round_.channel))


def result_modal(
    round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
) -> View:
    """Return the result as a modal, which has more room and no buttons."""
    if round_.prompt.kind is RoundKind.REFLECT:
        return summary.summary_modal(round_, release, earlier, change_in_words(ledger))
    blocks = norm_summary(round_, release, ledger, in_modal=True)
    return modal("Belonging summary", blocks, close="Close", callback_id="summary.read")


def asked_result(
    latest: Result | None,
    open_round: Round | None,
    earlier: Sequence[Result] = (),
    ledger: Sequence[Norm] = (),
) -> tuple[str, list[Block]]:
    """Return the answer to ``/belonging summary``: the latest result and the next date."""
    waiting = result_lines.waiting_for(open_round)
    if latest is None:
        text = waiting or "There is no summary for this channel yet. It comes when the first question closes."
        return text, [section(text)]
    round_, release = latest
    share = (
        [button("Share in channel", "summary.share", round_.id)]
        if round_.prompt.kind is RoundKind.REFLECT
        else []
    )
    blocks = _result(round_, release, earlier, ledger, *share, suggest_button(round_.channel))
    if waiting:
        blocks.append(context(waiting))
    return result_notification(round_, release, earlier, ledger), blocks


def shared_result(
    round_: Round,
    release: Release,
    member: str,
    earlier: Sequence[Result] = (),
    ledger: Sequence[Norm] = (),
) -> list[Block]:
    """Return a result that a member shares in the channel, without quotes.

    A quote is in one message only, so that taking it down there takes it down everywhere. For the same reason
    results with proposals are not shared; ``/belonging norms`` shows them.
    """
    notes = [f"<@{member}> shared this summary again."]
    if isinstance(release, Published) and release.quotes:
        notes.append("The quotes stand in the first message, and in `/belonging summary`.")
        release = replace(release, quotes=())
    return [*_result(round_, release, earlier, ledger), context(*notes)]


def change_in_words(ledger: Sequence[Norm]) -> str:
    """Return the latest decision on a norm in plain text; empty where there is none."""
    norm = latest_change(ledger)
    if norm is None:
        return ""
    words = " ".join(norm.quoted.split())
    return f"You {BECAME[norm.state]}: “{words}”."


def _result(
    round_: Round, release: Release, earlier: Sequence[Result], ledger: Sequence[Norm], *buttons: Block
) -> list[Block]:
    if round_.prompt.kind is RoundKind.REFLECT:
        return summary.summary(round_, release, earlier, change_in_words(ledger), *buttons)
    blocks = norm_summary(round_, release, ledger)
    return [*blocks, actions("summary.actions", *buttons)] if buttons else blocks
