"""The form with which an admin takes a proposal down, and how it ended."""

from collections.abc import Sequence

from bot.core.language import ENGLISH, N_, Language
from bot.core.model import ChannelId, MemberId
from bot.core.norms import Norm, NormState
from bot.service.norms import REASON_LIMIT, TakeDown
from bot.slack.kit.builders import (
    Block,
    View,
    input_block,
    modal,
    notice,
    one_of,
    option,
    plain,
    quoted,
    section,
    whom_to_tell,
)
from bot.slack.kit.limits import TEXT_ROOM, cut
from bot.slack.norms.blocks import LISTED, name_of, newest_first

CHOICE_BLOCK, CHOICE_ACTION = "proposal.choice", "norm"
REASON_BLOCK, REASON_ACTION = "proposal.reason", "reason"

OPTION_ROOM = 75
"""The longest option that Slack accepts, in characters."""

NO_REASON = N_(
    "Please say why, in a few words that everybody can read. Without a reason nothing is taken down."
)

NOTHING_TO_TAKE_DOWN = N_("Please choose which one.")


def take_down_modal(ledger: Sequence[Norm], channel: ChannelId, language: Language = ENGLISH) -> View:
    """Return the form in which an admin takes a proposal down, with a reason that everybody can read."""
    listed = [norm for norm in newest_first(ledger) if norm.state is not NormState.TAKEN_DOWN][:LISTED]
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
            *(
                section(f"*{name_of(norm, language)}*\n{cut(quoted(norm.text), TEXT_ROOM)}")
                for norm in listed
            ),
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


def take_down_notice(
    outcome: TakeDown, admins: Sequence[MemberId] = (), language: Language = ENGLISH
) -> View:
    """Return the notice of how a request to take a proposal down ended.

    ``admins``: the people whom a member can ask to take a proposal down.
    """
    title, text = _TAKEN_DOWN[outcome]
    whom = whom_to_tell(admins, language)
    return notice(language.gettext(title), language.gettext(text, whom=whom), language)


def _choice(listed: Sequence[Norm], language: Language) -> Block:
    # An option may cut the text: the form shows the whole text above.
    options = [option(cut(_option(norm, language), OPTION_ROOM), norm.id) for norm in listed]
    return one_of(CHOICE_ACTION, options, language.pgettext("proposal", "Choose one"))


def _option(norm: Norm, language: Language) -> str:
    # Translators: A proposal to choose; {name} is such as “B, 27 November 2026”.
    return language.gettext(
        "{name}: {words}", name=name_of(norm, language), words=" ".join(norm.text.split())
    )
