"""The form in which a member replies, the thank-you step, and the short answers when a form cannot open."""

from bot.core.model import TEXT_LIMIT, Item, Round, RoundState, SupportCard
from bot.core.replies import MAX_TAGS, Tenure
from bot.service.replies import Refusal, ReplyOutcome
from bot.slack.blocks.kit import (
    Block,
    View,
    actions,
    button,
    confirm,
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
from bot.slack.blocks.promise import care_after, care_before

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
    """The reply form of a round: the open question first, then the statements."""
    prompt = round_.prompt
    blocks: list[Block] = [care_before(support), divider()]
    if change:
        blocks.append(
            context(
                "Your earlier reply is still there. It is encrypted, so nobody can show it to you, "
                "not even the bot. What you send now takes its place."
            )
        )
    blocks += [_question(prompt.question), *_quote_blocks(round_)]
    blocks.append(section("*How far do you agree?* Each of these is optional."))
    blocks += [_item(item) for item in prompt.items]
    if prompt.tags:
        blocks.append(_tags(round_))
    if prompt.asks_tenure:
        blocks.append(_tenure(round_))
    blocks.append(_how_to_change(round_))
    return modal(
        "Change my reply" if change else "Without your name",
        blocks,
        submit="Send",
        close="Not now",
        callback_id="reply.submit",
        private_metadata=metadata,
    )


def preview_block(redacted: str | None) -> Block:
    """How a text would read as a quote."""
    if redacted is None:
        text = "_Too short to be quoted once names and links are taken out. It still counts as your reply._"
    else:
        quoted = "\n".join(f"> {line}" for line in escape(redacted).splitlines())
        text = f"*This is how it would read:*\n{quoted}\n_Your wording may still be recognised._"
    return section(text, block_id=PREVIEW_BLOCK, accessory=button("Preview again", "quote.preview"))


def thanks(round_: Round, support: SupportCard, metadata: str, outcome: ReplyOutcome) -> View:
    """The step after sending: saved, what happens next, change or withdraw."""
    said = {
        ReplyOutcome.SAVED: "*Saved, without your name.*",
        ReplyOutcome.CHANGED: "*Changed.* Your new reply has taken the place of the old one.",
    }[outcome]
    return modal(
        "Thank you",
        [
            section(
                f"{said} The channel sees the summary when the round closes, "
                f"{moment(round_.closes_at, round_.zone)}. Until then nobody sees anything."
            ),
            actions(
                "reply.mine",
                button("Change my reply", "reply.change", round_.id),
                button("Withdraw my reply", "reply.withdraw", round_.id, confirm=withdraw_question()),
            ),
            context(
                "*To change it later:* open the Home tab of Belonging Bot once today. Your receipt is kept "
                "there, on your side. Without it we cannot find your reply, so it then stays as it is."
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
    return notice(
        "Withdrawn",
        "Your reply is gone, and so is the mark that you had replied. You can reply again until "
        f"{moment(round_.closes_at, round_.zone)}, or leave it at that.",
    )


def withdraw_question() -> Block:
    """Asked before a reply is withdrawn."""
    return confirm(
        "Withdraw your reply?",
        "It is removed for good. Until the round closes you can write another one.",
        "Withdraw it",
        "Keep it",
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
                "workspaces are not counted, so that nobody’s answer can be told apart. If you have just joined, "
                "please try again in a minute."
            ),
        ),
        "key_lost": (
            "This round has ended",
            (
                "The key of this round was lost, so nothing can be saved in it or read from it. We are sorry. The "
                "next question comes as planned."
            ),
        ),
        "unknown_round": (
            "This round is gone",
            "The bot does not know this round any more. The next question comes as planned.",
        ),
        "not_found": (
            "Nothing found",
            "There is no reply for this receipt. It may have been withdrawn already." + _again(round_),
        ),
    }
    cancelled = round_ is not None and round_.state is RoundState.CANCELLED
    return notice(*texts["cancelled" if cancelled else refusal.value])


def _again(round_: Round | None) -> str:
    return f" You can reply again until {moment(round_.closes_at, round_.zone)}." if round_ else ""


def _question(question: str) -> Block:
    return input_block(
        TEXT_BLOCK,
        question,
        {
            "type": "plain_text_input",
            "action_id": "text",
            "multiline": True,
            "max_length": TEXT_LIMIT,
            "placeholder": plain("A sentence or two is plenty. No names, please."),
        },
        hint="Nobody reads this, unless you allow a quote below. Writing it down helps with what follows.",
        optional=True,
    )


def _quote_blocks(round_: Round) -> list[Block]:
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


def _item(item: Item) -> Block:
    radios = {
        "type": "radio_buttons",
        "action_id": "answer",
        "options": [option(label, value) for value, label in SCALE],
    }
    return input_block(f"{ITEM_PREFIX}{item.id}", item.text, radios, optional=True)


def _tags(round_: Round) -> Block:
    choices = {
        "type": "multi_static_select",
        "action_id": "tags",
        "placeholder": plain("Choose up to two"),
        "max_selected_items": MAX_TAGS,
        "options": [option(tag.text, tag.id) for tag in round_.prompt.tags],
    }
    return input_block(
        TAGS_BLOCK,
        "What is your reply mostly about?",
        choices,
        hint="Counted together with the others’ choices; shown only when several people chose the same.",
        optional=True,
    )


def _tenure(round_: Round) -> Block:
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
        f"You can change or withdraw your reply until {moment(round_.closes_at, round_.zone)}. The receipt for "
        "that stays on your side: in the next step, and in the Home tab once you have opened it after "
        "sending. If the bot restarts before you do, the receipt is lost and your reply stays as it is."
    )
