"""The form in which a member replies, the thank-you step, and the short answers when a form cannot open."""

from collections.abc import Sequence

from bot.core.model import TEXT_LIMIT, Item, Round, RoundKind, RoundState, SupportCard
from bot.core.release import LEAST_PROPOSALS
from bot.core.replies import MAX_TAGS, Tenure
from bot.service.replies import Refusal, ReplyOutcome
from bot.slack.kit.builders import (
    Block,
    View,
    actions,
    button,
    context,
    divider,
    escape,
    input_block,
    modal,
    moment,
    notice,
    number_in_words,
    option,
    plain,
    section,
)
from bot.slack.kit.privacy import care_after, care_before
from bot.slack.kit.round_words import noun, until, withdraw_question

SCALE = (
    ("1", "Strongly disagree"),
    ("2", "Disagree"),
    ("3", "In between"),
    ("4", "Agree"),
    ("5", "Strongly agree"),
    ("none", "Rather not say"),
)
"""The five points and the way out, in the order shown."""

TEXT_BLOCK = "reply.text"
QUOTE_BLOCK = "reply.quote"
PREVIEW_BLOCK = "reply.preview"
TAGS_BLOCK = "reply.tags"
TENURE_BLOCK = "reply.tenure"
ITEM_PREFIX = "item:"

TENURES = (
    (Tenure.NEWER, "I joined within the last year"),
    (Tenure.LONGER, "I joined earlier"),
    (Tenure.UNSAID, "Rather not say"),
)
"""How long somebody has been in the team, in the order shown."""


def reply_form(round_: Round, support: SupportCard, metadata: str, *, change: bool = False) -> View:
    """The reply form of a round that reflects: the open question first, then the statements."""
    prompt = round_.prompt
    blocks = [text_field(prompt.question), *quote_blocks(round_)]
    blocks.append(section("*How far do you agree?* Each of these is optional."))
    blocks += [statement_field(item) for item in prompt.items]
    if prompt.tags:
        blocks.append(tags_field(round_, "What is your reply mostly about?"))
    if prompt.asks_tenure:
        blocks.append(tenure_field(round_))
    return form(round_, support, metadata, blocks, change=change)


def form(
    round_: Round, support: SupportCard, metadata: str, fields: Sequence[Block], *, change: bool
) -> View:
    """A form of these fields, with the card above them, and below until when a reply can be changed."""
    what = noun(round_)
    earlier = (
        f"Your earlier {what} is still there. It is encrypted, so nobody can show it to you, "
        "not even the bot. What you send now takes its place."
    )
    return modal(
        f"Change my {what}" if change else "Without your name",
        [
            care_before(support),
            divider(),
            *([context(earlier)] if change else []),
            *fields,
            _how_to_change(round_),
        ],
        submit="Send",
        close="Not now",
        callback_id="reply.submit",
        private_metadata=metadata,
    )


TOO_SHORT = "_Too short to be quoted once names and links are taken out. It still counts as your reply._"


def preview_block(redacted: str | None, too_short: str = TOO_SHORT) -> Block:
    """How a text would read once it is shown to everybody."""
    if redacted is None:
        text = too_short
    else:
        quoted = "\n".join(f"> {line}" for line in escape(redacted).splitlines())
        text = f"*This is how it would read:*\n{quoted}\n_Your wording may still be recognised._"
    return section(text, block_id=PREVIEW_BLOCK, accessory=button("Preview again", "quote.preview"))


def thanks(round_: Round, support: SupportCard, metadata: str, outcome: ReplyOutcome) -> View:
    """The step after sending: saved, what happens next, change or withdraw."""
    what = noun(round_)
    said = {
        ReplyOutcome.SAVED: "*Saved, without your name.*",
        ReplyOutcome.CHANGED: f"*Changed.* Your new {what} has taken the place of the old one.",
    }[outcome]
    return modal(
        "Thank you",
        [
            section(f"{said} {_what_follows(round_)}"),
            actions(
                "reply.mine",
                button(f"Change my {what}", "reply.change", round_.id),
                button(f"Withdraw my {what}", "reply.withdraw", round_.id, confirm=withdraw_question(round_)),
            ),
            context(
                "*To change it later:* open the Home tab of Belonging Bot once today. Your receipt is kept "
                f"there, on your side. Without it we cannot find your {what}, so it then stays as it is."
            ),
            divider(),
            care_after(support),
        ],
        close="Done",
        callback_id="reply.thanks",
        private_metadata=metadata,
    )


def withdrawn(round_: Round) -> View:
    """After withdrawing: nothing is left, and the door is open."""
    what = noun(round_)
    mark = "you had replied" if what == "reply" else "you had handed one in"
    return notice(
        "Withdrawn",
        f"Your {what} is gone, and so is the mark that {mark}. You can {_hand_in(round_)} {until(round_)}, "
        "or leave it at that.",
    )


def refusal_notice(refusal: Refusal | ReplyOutcome, round_: Round | None) -> View:
    """Why there is no form, and what can be done."""
    texts = {
        "already_replied": (
            "You have replied",
            (
                "You have already replied in this round. To change or withdraw your reply, open the *Home* tab of "
                "Belonging Bot: your receipt is there. If it is not, it was lost, and nobody can find your reply; "
                "it then counts as it is."
            ),
        ),
        "closed": (
            "This round is closed",
            "It takes no more replies. The channel gets its summary, and `/belonging summary` shows it, too.",
        ),
        "cancelled": (
            "This round was cancelled",
            "It takes no more replies. Those that were there have been destroyed, and nothing is published.",
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
                "This question was asked before you came to the channel, so it is for those who were there then. Good "
                "that you are here: the next question is yours, too."
            ),
        ),
        "key_lost": (
            "This round has ended",
            (
                "The key or the replies of this round were lost or damaged, so nothing can be saved in it or read "
                "from it. We are sorry. The next question comes as planned."
            ),
        ),
        "unknown_round": (
            "This round is gone",
            "The bot does not know this round any more. The next question comes as planned.",
        ),
        "not_found": (
            "Nothing found",
            (
                f"There is no {noun(round_) if round_ else 'reply'} for this receipt. It may have been withdrawn "
                f"already.{_again(round_)}"
            ),
        ),
    }
    if round_ is not None and round_.prompt.kind is RoundKind.COLLECT:
        texts |= _OF_PROPOSALS
    cancelled = round_ is not None and round_.state is RoundState.CANCELLED
    return notice(*texts["cancelled" if cancelled else refusal.value])


def _again(round_: Round | None) -> str:
    return f" You can {_hand_in(round_)} {until(round_)}." if round_ else ""


def _hand_in(round_: Round) -> str:
    return "reply again" if noun(round_) == "reply" else "hand in another one"


def _what_follows(round_: Round) -> str:
    """When something of it is seen, and by whom."""
    when = f"when the round closes, {moment(round_.closes_at, round_.zone)}"
    if round_.prompt.kind is not RoundKind.COLLECT:
        return f"The channel sees the summary {when}. Until then nobody sees anything."
    if round_.state is RoundState.GATHERING:
        when = "when one of this channel’s questions closes"
    least = number_in_words(LEAST_PROPOSALS)
    return (
        f"It waits sealed, and is published {when}, together with the others, if there are {least} different "
        "ones then. Until then nobody sees anything."
    )


_OF_PROPOSALS = {
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
            "No more proposals are taken here. The channel gets those that were made, if there are enough. What "
            "comes to your mind now waits for the next time: `/belonging propose`."
        ),
    ),
}


def text_field(
    label: str,
    *,
    hint: str = "Nobody reads this, unless you allow a quote below. Writing it down helps with what follows.",
) -> Block:
    """The open question, with room for an answer in one's own words."""
    return input_block(
        TEXT_BLOCK,
        label,
        {
            "type": "plain_text_input",
            "action_id": "text",
            "multiline": True,
            "max_length": TEXT_LIMIT,
            "placeholder": plain("A sentence or two is plenty. No names, please."),
        },
        hint=hint,
        optional=True,
    )


def quote_blocks(round_: Round) -> list[Block]:
    """The tick that a text may be quoted, and how it would read."""
    policy = round_.policy
    tick = {
        "type": "checkboxes",
        "action_id": "allow",
        "options": [
            option(
                "My text may be quoted, without a name",
                "yes",
                f"Only if {policy.quote_replies} or more reply and {policy.quotes_allowed} or more allow it.",
            )
        ],
    }
    return [
        input_block(QUOTE_BLOCK, "May we quote it?", tick, optional=True),
        section(
            "Names, links and addresses are taken out. Your wording may still be recognised.",
            block_id=PREVIEW_BLOCK,
            accessory=button("Preview the quote", "quote.preview"),
        ),
    ]


def statement_field(item: Item, label: str = "", choices: Sequence[tuple[str, str]] = SCALE) -> Block:
    """A statement with its answers; ``label`` stands in place of its words."""
    radios = {
        "type": "radio_buttons",
        "action_id": "answer",
        "options": [option(text, value) for value, text in choices],
    }
    return input_block(f"{ITEM_PREFIX}{item.id}", label or item.text, radios, optional=True)


def tags_field(round_: Round, label: str) -> Block:
    """The tags of a round, of which two may be chosen."""
    choices = {
        "type": "multi_static_select",
        "action_id": "tags",
        "placeholder": plain("Choose up to two"),
        "max_selected_items": MAX_TAGS,
        "options": [option(tag.text, tag.id) for tag in round_.prompt.tags],
    }
    return input_block(
        TAGS_BLOCK,
        label,
        choices,
        hint="Counted together with the others’ choices; shown only when several people chose the same.",
        optional=True,
    )


def tenure_field(round_: Round) -> Block:
    """How long somebody has been in the team."""
    radios = {
        "type": "radio_buttons",
        "action_id": "tenure",
        "options": [option(label, group.value) for group, label in TENURES],
    }
    least = number_in_words(round_.policy.threshold)
    return input_block(
        TENURE_BLOCK,
        "How long have you been in this team?",
        radios,
        hint="The channel sees two numbers, for newer and for longer here: shown only if at least "
        f"{least} people of each group answer a statement. Otherwise all are counted together. How long you "
        "have been here is never shown beside a quote.",
        optional=True,
    )


def _how_to_change(round_: Round) -> Block:
    return context(
        f"You can change or withdraw your {noun(round_)} {until(round_)}. The receipt for "
        "that stays on your side: in the next step, and in the Home tab once you have opened it after "
        f"sending. If the bot restarts before you do, the receipt is lost and your {noun(round_)} stays as it is."
    )
