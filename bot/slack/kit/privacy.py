"""State the promise of anonymity, and whom to ask for help. Everybody reads the same words every time."""

from bot.core.audit import LastProof
from bot.core.counts import WIDER_ENDS_FROM
from bot.core.model import ReleasePolicy, Round, RoundKind, SupportCard
from bot.core.numbers import number_in_words
from bot.core.release import LEAST_PROPOSALS
from bot.service.summaries import Standing
from bot.slack.kit.builders import (
    Block,
    View,
    context,
    date_in_words,
    divider,
    duration,
    escape,
    linked,
    modal,
    moment,
    section,
)
from bot.slack.kit.round_words import MOST_WANTED, WANTED_BY_SOME


def policy_sentences(
    policy: ReleasePolicy, *, tenure: bool = False, kind: RoundKind = RoundKind.REFLECT
) -> tuple[str, ...]:
    """Return the release rule of a question as sentences for members.

    ``tenure``: the question asks, or may ask, how long people have been in the team.
    """
    if kind is RoundKind.COLLECT:
        return (*PROPOSAL_RULES, _open_at_least(policy))
    nothing_under = f"Nothing at all is shown under {policy.threshold} replies."
    if kind is RoundKind.LOOK_AGAIN:
        unread = (UNREAD_RULE,) if policy.quotes else ()
        return (nothing_under, " ".join((VOTE_RULE, *unread)), _open_at_least(policy))
    if kind is RoundKind.CHOOSE:
        return (nothing_under, *CHOICE_RULES, _open_at_least(policy))
    return (
        nothing_under,
        (
            "Of each statement one number is shown: how many agree. At the ends it says “11 or more of 14” or "
            "“3 or fewer of 14”, so that it does not tell what the last two or three people said."
        ),
        *((_tenure_rule(policy),) if tenure else ()),
        _quote_rule(policy),
        _open_at_least(policy),
    )


PROPOSAL_RULES = (
    (
        "What you write here is a proposal, and you make it public. It is published without your name, together with "
        "the others and shuffled. The names of people in this channel, links and addresses are taken out."
    ),
    (
        f"Under {number_in_words(LEAST_PROPOSALS)} different proposals none is shown, and nobody is told how many there "
        "are. They are shown only when a question of this channel closes, never when one comes in."
    ),
)
CHOICE_RULES = (
    (
        "Of what is tried one number is shown: how many of all who replied would try it. At the ends it says “9 or "
        "more of 12”. Of the other proposals only the words are shown, and how many see harm is never shown."
    ),
    f"{MOST_WANTED} {WANTED_BY_SOME} Where none is left, “None was chosen” is all that is said.",
    (
        f"Under {WIDER_ENDS_FROM} replies, two who both saw harm in what is tried know that nobody else did, if they "
        "tell each other."
    ),
)
VOTE_RULE = (
    "Shown is what is chosen most often, and never how many chose what. A reason that can be ticked is shown only when "
    "several people chose it."
)
UNREAD_RULE = "What you write in your own words is shown to nobody."
"""What may be shown if a channel makes its own rules."""


def _quote_rule(policy: ReleasePolicy) -> str:
    if not policy.quotes:
        return "No text is asked for, and nobody is quoted."
    return (
        f"A text is quoted only if its writer chose so, only if at least {policy.quote_replies} people reply "
        f"and {policy.quotes_allowed} allow it, with names taken out, and shuffled."
    )


def _open_at_least(policy: ReleasePolicy) -> str:
    return (
        f"A question stays open at least {duration(policy.min_open)}. Nobody sees anything "
        "before it closes: no counter, no interim result, not for admins either."
    )


def promise_blocks(
    policy: ReleasePolicy, *, tenure: bool = False, kind: RoundKind = RoundKind.REFLECT
) -> list[Block]:
    """Return the promise as members read it. ``tenure``: include the rule for tenure groups."""
    sentences = policy_sentences(policy, tenure=tenure, kind=kind)
    rules = "\n".join(f"•  {sentence}" for sentence in sentences)
    return [
        section(
            "*What leaves your hands.* Slack tells the bot who pressed Send; Slack and the running bot see "
            "that for a moment. We do not write it next to your answers."
            f"{_REDRAWN if policy.quotes else ''}"
        ),
        section(
            "*While the question is open* we store, beside marks of everybody who was asked, two things, and nothing "
            "stored links them: a mark, made with a secret key, that someone with this account has replied, so that nobody replies twice; and your answers, "
            "encrypted, with no name, no time and no order. Only your receipt can change or withdraw your reply. It is "
            "in your own views of Slack, and in the running bot's memory until you open the bot's *Home* tab. Whoever "
            "has it and our files can find your reply. If it is lost, we cannot find it either."
        ),
        section(
            "*When it closes* we publish one summary, the same for everybody who can read this channel, and destroy "
            "the key, the marks of who replied, and every single reply. From what we keep, nobody, including us, can "
            "get them back; copies made before, or traces on the disk, may hold some. What was published stays. "
            "Within about three weeks we never publish the same statement twice for mostly the same people. For that "
            "we keep such marks of everybody who was asked, replied or not, for four weeks. Whoever holds our keys "
            "could list them; if everyone replied, that is who replied."
        ),
        section(f"*What may be shown*\n{rules}"),
        section(
            "*What we cannot prevent.* Whoever runs the server could change the program before you answer, or, "
            "while the question is open, read its memory or copy its files again and again. Then they know who wrote "
            "what. Colleagues may recognise your wording. Colleagues who compare their own answers may work "
            "out yours; under 12 replies two can be enough. Your company may export Slack messages, so we put into them only "
            "what is published."
        ),
        context(f"In short: {_in_short(policy, kind)}"),
    ]


_REDRAWN = (
    " *Say more?* and the preview draw the form anew. Slack and the running bot then see what is filled in so far, "
    "before you press Send; we keep nothing of it."
)


def _in_short(policy: ReleasePolicy, kind: RoundKind) -> str:
    """Return what is confidential, and what is designed to be anonymous in the sense of data protection."""
    if kind is RoundKind.COLLECT:
        return (
            "confidential, before and after it closes: who wrote a proposal may be recognised by its wording."
        )
    numbers = "confidential while the question is open; once it has closed, its numbers are designed to be anonymous"
    if kind is not RoundKind.REFLECT or not policy.quotes:
        return f"{numbers}."
    return (
        f"{numbers}. Who wrote a quote stays confidential: it has no name, but its wording may be recognised."
    )


def promise_text(policy: ReleasePolicy, kind: RoundKind) -> str:
    """Return the answer to ``/belonging privacy`` in one line."""
    return f"How replies stay confidential: {_in_short(policy, kind)}"


def promise_answer(now: Standing) -> tuple[str, list[Block]]:
    """Return the answer to ``/belonging privacy``, as text and blocks."""
    rules = (
        _frozen(now.open_round)
        if now.open_round
        else context("These are the rules for the next question here.")
    )
    kind = now.open_round.prompt.kind if now.open_round else RoundKind.REFLECT
    promise = promise_blocks(now.policy, tenure=now.tenure, kind=kind)
    return promise_text(now.policy, kind), [*promise, divider(), rules, *_agreed(now), _proof(now.proof)]


def promise_modal(round_: Round) -> View:
    """Return *How this stays confidential*, with the rules of this question."""
    return modal(
        "What stays confidential",
        [
            *promise_blocks(round_.policy, tenure=round_.prompt.asks_tenure, kind=round_.prompt.kind),
            divider(),
            _frozen(round_),
        ],
        close="Back",
        callback_id="privacy.read",
    )


def promise_of_channel(now: Standing) -> View:
    """Return *How this stays confidential* of a channel, with the rules of its open or its next question."""
    return modal("What stays confidential", promise_answer(now)[1], close="Close", callback_id="privacy.read")


def care_before(support: SupportCard) -> Block:
    """Return the card that is above every form: whom to ask for help, whatever anyone writes."""
    people = "  ·  ".join(
        whom
        for whom in (
            linked(support.crisis),
            f"{linked(support.contact)} (not anonymous)" if support.contact else "",
            f"outside the company: {linked(support.outside)}" if support.outside else "",
        )
        if whom
    )
    return context(
        f"No name is kept, so nobody can write back to you. *Not for emergencies, or to report harassment*: {people}"
    )


def care_after(support: SupportCard) -> Block:
    """Return the card that names the same people after a reply was sent."""
    return _care("If writing this stirred something up, these people are there.", support)


def care_any_time(support: SupportCard) -> Block:
    """Return the card that names the same people to anyone who asks for help."""
    return _care("If something weighs on you, these people are there.", support)


def _tenure_rule(policy: ReleasePolicy) -> str:
    least = number_in_words(policy.threshold)
    return (
        "A question may also ask how long people have been in the team. A statement may then have two numbers in "
        "place of the one: for those who joined within the last year, and for those who joined earlier. That "
        f"is so only if at least {least} people of each answer it. Those who do not say how long are counted by "
        f"themselves if they are {least} or more. If they are fewer, or one group is, there is one number for "
        "all. It is never both, and a quote never says how long its writer has been there."
    )


def _care(opening: str, support: SupportCard) -> Block:
    return _lines(
        f"{opening} You do not have to be in crisis to call.",
        _named("*Day or night:*", support.crisis),
        _named("*Talk to someone at work* (not anonymous):", support.contact),
        _named("*Outside the company:*", support.outside),
    )


def _named(what: str, whom: str) -> str:
    """Return one line that names whom to ask, with addresses as links; empty if nobody is named."""
    return f"{what} {linked(whom)}" if whom else ""


def _lines(*lines: str) -> Block:
    return context("\n".join(line for line in lines if line))


def _proof(proof: LastProof | None) -> Block:
    """Return a context block on how the bot's last attack on its own files ended."""
    if proof is None:
        return context("The bot attacks its own files once a day. It has not done so here yet.")
    day = f"{proof.at.day} {proof.at:%B} {proof.at.year}"
    if proof.failed:
        return context(
            f"The bot last attacked its own files on {day}. Of {proof.tried} attacks these found something: "
            f"{escape(', '.join(proof.failed))}. Whoever runs the bot can see with `belonging proof` what to do."
        )
    said = f"The bot last attacked its own files on {day}: {proof.tried} attacks, and none found anything."
    if proof.warned:
        said += f" Its operator was told to look at: {escape(', '.join(proof.warned))}."
    return context(said)


def _agreed(now: Standing) -> list[Block]:
    """Return a context block on who runs the bot, and what was agreed; nothing where neither is known."""
    said = [f"Run by {escape(now.operator)}."] if now.operator else []
    if now.agreement:
        day = date_in_words(now.agreement.signed_on)
        said.append(
            f"There is an agreement of {day}. These settings are not as agreed: {', '.join(now.differs)}."
            if now.differs
            else f"The settings are those of the agreement of {day}."
        )
    return [context(" ".join(said))] if said else []


def _frozen(round_: Round) -> Block:
    return context(
        "These are the rules of the question that is open. They were fixed when it opened and cannot change; it "
        f"closes {moment(round_.closes_at, round_.zone)}."
    )
