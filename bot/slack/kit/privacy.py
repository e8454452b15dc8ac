"""State the promise of anonymity, and whom to ask for help. Everybody reads the same words every time."""

from bot.core.audit import LastProof
from bot.core.language import ENGLISH, Language
from bot.core.model import ReleasePolicy, Round, RoundKind, SupportCard
from bot.service.summaries import Standing
from bot.slack.kit.builders import (
    Block,
    View,
    context,
    divider,
    escape,
    linked,
    modal,
    moment,
    section,
)
from bot.slack.kit.release_rules import policy_sentences


def promise_blocks(
    policy: ReleasePolicy,
    *,
    tenure: bool = False,
    kind: RoundKind = RoundKind.REFLECT,
    language: Language = ENGLISH,
) -> list[Block]:
    """Return the promise as members read it. ``tenure``: include the rule for tenure groups."""
    sentences = policy_sentences(policy, tenure=tenure, kind=kind, language=language)
    rules = "\n".join(f"•  {sentence}" for sentence in sentences)
    may_be_shown = language.gettext("*What may be shown*")
    return [
        *(section(one) for one in _what_happens(policy, language)),
        section(f"{may_be_shown}\n{rules}"),
        section(
            language.gettext(
                "*What we cannot prevent.* Whoever runs the server could change the program before you answer, or, "
                "while the question is open, read its memory or copy its files again and again. Then they know who wrote "
                "what. Colleagues may recognise your wording. Colleagues who compare their own answers may work "
                "out yours; under 12 replies two can be enough. Your company may export Slack messages, so we put into them only "
                "what is published."
            )
        ),
        context(_in_short(policy, kind, language)),
    ]


def _what_happens(policy: ReleasePolicy, language: Language) -> tuple[str, str, str]:
    """Return what happens to a reply: when it is sent, while the question is open, and when it closes."""
    leaves = language.gettext(
        "*What leaves your hands.* Slack tells the bot who pressed Send; Slack and the running bot see "
        "that for a moment. We do not write it next to your answers."
    )
    redrawn = language.gettext(
        "*Say more?* and the preview draw the form anew. Slack and the running bot then see what is filled in so far, "
        "before you press Send; we keep nothing of it."
    )
    open_now = language.gettext(
        "*While the question is open* we store, beside marks of everybody who was asked, two things, and nothing "
        "stored links them: a mark, made with a secret key, that someone with this account has replied, so that nobody replies twice; and your answers, "
        "encrypted, with no name, no time and no order. Only your receipt can change or withdraw your reply. It is "
        "in your own views of Slack, and in the running bot's memory until you open the bot's *Home* tab. Whoever "
        "has it and our files can find your reply. If it is lost, we cannot find it either."
    )
    any_language = language.gettext(
        "Answers given in any language are counted together. Nobody, not even the bot, stores in which language "
        "somebody answered; only a text of your own shows it."
    )
    closed = language.gettext(
        "*When it closes* we publish one summary, the same for everybody who can read this channel, and destroy "
        "the key, the marks of who replied, and every single reply. From what we keep, nobody, including us, can "
        "get them back; copies made before, or traces on the disk, may hold some. What was published stays. "
        "Within about three weeks we never publish the same statement twice for mostly the same people. For that "
        "we keep such marks of everybody who was asked, replied or not, for four weeks. Whoever holds our keys "
        "could list them; if everyone replied, that is who replied."
    )
    return f"{leaves} {redrawn}" if policy.quotes else leaves, f"{open_now} {any_language}", closed


def _in_short(policy: ReleasePolicy, kind: RoundKind, language: Language) -> str:
    """Return what is confidential, and what is designed to be anonymous in the sense of data protection."""
    if kind is RoundKind.COLLECT:
        return language.gettext(
            "In short: confidential, before and after it closes: who wrote a proposal may be recognised by its wording."
        )
    numbers = language.gettext(
        "In short: confidential while the question is open; once it has closed, its numbers are designed to be anonymous."
    )
    return " ".join((numbers, *_of_quotes(policy, kind, language)))


def _of_quotes(policy: ReleasePolicy, kind: RoundKind, language: Language) -> tuple[str, ...]:
    if kind is not RoundKind.REFLECT or not policy.quotes:
        return ()
    said = language.gettext(
        "Who wrote a quote stays confidential: it has no name, but its wording may be recognised."
    )
    return (said,)


def promise_text(policy: ReleasePolicy, kind: RoundKind, language: Language) -> str:
    """Return the answer to ``/belonging privacy`` in one line."""
    if kind is RoundKind.COLLECT:
        return language.gettext(
            "How replies stay confidential: confidential, before and after it closes: who wrote a proposal may be "
            "recognised by its wording."
        )
    numbers = language.gettext(
        "How replies stay confidential: confidential while the question is open; once it has closed, its numbers are "
        "designed to be anonymous."
    )
    return " ".join((numbers, *_of_quotes(policy, kind, language)))


def promise_answer(now: Standing, language: Language = ENGLISH) -> tuple[str, list[Block]]:
    """Return the answer to ``/belonging privacy``, as text and blocks."""
    rules = (
        _frozen(now.open_round, language)
        if now.open_round
        else context(language.gettext("These are the rules for the next question here."))
    )
    kind = now.open_round.prompt.kind if now.open_round else RoundKind.REFLECT
    promise = promise_blocks(now.policy, tenure=now.tenure, kind=kind, language=language)
    return promise_text(now.policy, kind, language), [
        *promise,
        divider(),
        rules,
        *_agreed(now, language),
        _proof(now.proof, language),
    ]


def promise_modal(round_: Round, language: Language = ENGLISH) -> View:
    """Return *How this stays confidential*, with the rules of this question."""
    prompt = round_.prompt
    return modal(
        _title(language),
        [
            *promise_blocks(round_.policy, tenure=prompt.asks_tenure, kind=prompt.kind, language=language),
            divider(),
            _frozen(round_, language),
        ],
        close=language.pgettext("button", "Back"),
        callback_id="privacy.read",
    )


def promise_of_channel(now: Standing, language: Language) -> View:
    """Return *How this stays confidential* of a channel, with the rules of its open or its next question."""
    return modal(
        _title(language),
        promise_answer(now, language)[1],
        close=language.pgettext("button", "Close"),
        callback_id="privacy.read",
    )


def _title(language: Language) -> str:
    # Translators: the title of a page. At most 24 characters.
    return language.gettext("What stays confidential")


def _frozen(round_: Round, language: Language) -> Block:
    return context(
        # Translators: {when} is a day and a time, such as “Friday, 27 November at 14:00”.
        language.gettext(
            "These are the rules of the question that is open. They were fixed when it opened and cannot change; it "
            "closes {when}.",
            when=moment(round_.closes_at, round_.zone, language),
        )
    )


def _agreed(now: Standing, language: Language) -> list[Block]:
    """Return a context block on who runs the bot, and what was agreed; nothing where neither is known."""
    said = []
    if now.operator:
        # Translators: {operator} is the name of whoever runs the bot, such as “People team”.
        said.append(language.gettext("Run by {operator}.", operator=escape(now.operator)))
    if now.agreement and now.differs:
        said.append(
            # Translators: an agreement such as with a works council. {settings} are English names of settings.
            language.gettext(
                "There is an agreement of {day}. These settings are not as agreed: {settings}.",
                day=language.day(now.agreement.signed_on),
                settings=", ".join(now.differs),
            )
        )
    elif now.agreement:
        said.append(
            # Translators: an agreement such as with a works council.
            language.gettext(
                "The settings are those of the agreement of {day}.",
                day=language.day(now.agreement.signed_on),
            )
        )
    return [context(" ".join(said))] if said else []


def _proof(proof: LastProof | None, language: Language) -> Block:
    """Return a context block on how the bot's last attack on its own files ended."""
    if proof is None:
        return context(
            language.gettext("The bot attacks its own files once a day. It has not done so here yet.")
        )
    day = language.day(proof.at.date())
    if proof.failed:
        return context(
            # Translators: the bot tests itself. {attacks} are the English names of tests that went wrong.
            language.ngettext(
                "The bot last attacked its own files on {day}. Of {number} attack these found something: {attacks}. "
                "Whoever runs the bot can see with `belonging proof` what to do.",
                "The bot last attacked its own files on {day}. Of {number} attacks these found something: {attacks}. "
                "Whoever runs the bot can see with `belonging proof` what to do.",
                proof.tried,
                day=day,
                attacks=escape(", ".join(proof.failed)),
            )
        )
    said = language.ngettext(
        "The bot last attacked its own files on {day}: {number} attack, and none found anything.",
        "The bot last attacked its own files on {day}: {number} attacks, and none found anything.",
        proof.tried,
        day=day,
    )
    if not proof.warned:
        return context(said)
    # Translators: {attacks} are the English names of tests that the bot ran on itself.
    warned = language.gettext(
        "Its operator was told to look at: {attacks}.",
        attacks=escape(", ".join(proof.warned)),
    )
    return context(f"{said} {warned}")


def care_before(support: SupportCard, language: Language = ENGLISH) -> Block:
    """Return the card that is above every form: whom to ask for help, whatever anyone writes."""
    named = [linked(support.crisis)] if support.crisis else []
    if support.contact:
        # Translators: {contact} is somebody at work to whom people can turn.
        named.append(language.gettext("{contact} (not anonymous)", contact=linked(support.contact)))
    if support.outside:
        # Translators: {contact} is somebody to whom people can turn.
        named.append(language.gettext("outside the company: {contact}", contact=linked(support.outside)))
    return context(
        # Translators: {people} are names, addresses and telephone numbers.
        language.gettext(
            "No name is kept, so nobody can write back to you. *Not for emergencies, or to report harassment*: {people}",
            people="  ·  ".join(named),
        )
    )


def care_after(support: SupportCard, language: Language = ENGLISH) -> Block:
    """Return the card that names the same people after a reply was sent."""
    opening = language.gettext("If writing this stirred something up, these people are there.")
    return _care(opening, support, language)


def care_any_time(support: SupportCard, language: Language) -> Block:
    """Return the card that names the same people to anyone who asks for help."""
    opening = language.gettext("If something weighs on you, these people are there.")
    return _care(opening, support, language)


def _care(opening: str, support: SupportCard, language: Language) -> Block:
    no_crisis = language.gettext("You do not have to be in crisis to call.")
    lines = [f"{opening} {no_crisis}"]
    if support.crisis:
        # Translators: {contact} is such as a telephone number.
        lines.append(language.gettext("*Day or night:* {contact}", contact=linked(support.crisis)))
    if support.contact:
        lines.append(
            language.gettext(
                "*Talk to someone at work* (not anonymous): {contact}", contact=linked(support.contact)
            )
        )
    if support.outside:
        lines.append(language.gettext("*Outside the company:* {contact}", contact=linked(support.outside)))
    return context("\n".join(lines))
