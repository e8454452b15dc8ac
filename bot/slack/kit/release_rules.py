"""Say to members what may be shown of a question, and what never is."""

from bot.core.counts import WIDER_ENDS_FROM
from bot.core.language import ENGLISH, Language
from bot.core.model import ReleasePolicy, RoundKind
from bot.core.release import LEAST_PROPOSALS
from bot.slack.kit.round_words import most_wanted, wanted_by_some


def policy_sentences(
    policy: ReleasePolicy,
    *,
    tenure: bool = False,
    kind: RoundKind = RoundKind.REFLECT,
    language: Language = ENGLISH,
) -> tuple[str, ...]:
    """Return the release rule of a question as sentences for members.

    ``tenure``: the question asks, or may ask, how long people have been in the team.
    """
    open_at_least = _open_at_least(policy, language)
    if kind is RoundKind.COLLECT:
        return (*_proposal_rules(language), open_at_least)
    nothing_under = language.ngettext(
        "Nothing at all is shown under {number} reply.",
        "Nothing at all is shown under {number} replies.",
        policy.threshold,
    )
    if kind is RoundKind.LOOK_AGAIN:
        return (nothing_under, _vote_rule(policy, language), open_at_least)
    if kind is RoundKind.CHOOSE:
        return (nothing_under, *_choice_rules(language), open_at_least)
    return (
        nothing_under,
        language.gettext(
            "Of each statement one number is shown: how many agree. At the ends it says “11 or more of 14” or "
            "“3 or fewer of 14”, so that it does not tell what the last two or three people said."
        ),
        *((_tenure_rule(policy, language),) if tenure else ()),
        _quote_rule(policy, language),
        open_at_least,
    )


def _proposal_rules(language: Language) -> tuple[str, ...]:
    return (
        language.gettext(
            "What you write here is a proposal, and you make it public. It is published without your name, together with "
            "the others and shuffled. The names of people in this channel, links and addresses are taken out."
        ),
        language.ngettext(
            "Under {number} different proposal none is shown, and nobody is told how many there are. They are "
            "shown only when a question of this channel closes, never when one comes in.",
            "Under {number} different proposals none is shown, and nobody is told how many there are. They are "
            "shown only when a question of this channel closes, never when one comes in.",
            LEAST_PROPOSALS,
            number=language.number_in_words(LEAST_PROPOSALS),
        ),
    )


def _choice_rules(language: Language) -> tuple[str, ...]:
    none_left = language.gettext("Where none is left, “None was chosen” is all that is said.")
    return (
        language.gettext(
            "Of what is tried one number is shown: how many of all who replied would try it. At the ends it says “9 or "
            "more of 12”. Of the other proposals only the words are shown, and how many see harm is never shown."
        ),
        f"{most_wanted(language)} {wanted_by_some(language)} {none_left}",
        language.ngettext(
            "Under {number} reply, two who both saw harm in what is tried know that nobody else did, if they "
            "tell each other.",
            "Under {number} replies, two who both saw harm in what is tried know that nobody else did, if they "
            "tell each other.",
            WIDER_ENDS_FROM,
        ),
    )


def _vote_rule(policy: ReleasePolicy, language: Language) -> str:
    shown = language.gettext(
        "Shown is what is chosen most often, and never how many chose what. A reason that can be ticked is shown only when "
        "several people chose it."
    )
    unread = language.gettext("What you write in your own words is shown to nobody.")
    return f"{shown} {unread}" if policy.quotes else shown


def _quote_rule(policy: ReleasePolicy, language: Language) -> str:
    if not policy.quotes:
        return language.gettext("No text is asked for, and nobody is quoted.")
    # Translators: {allowed} of the people who replied allow that their text is quoted.
    return language.gettext(
        "A text is quoted only if its writer chose so, only if at least {replies} people reply and {allowed} "
        "allow it, with names taken out, and shuffled.",
        replies=language.number(policy.quote_replies),
        allowed=language.number(policy.quotes_allowed),
    )


def _open_at_least(policy: ReleasePolicy, language: Language) -> str:
    # Translators: {duration} is such as “1 day” or “24 hours”.
    return language.gettext(
        "A question stays open at least {duration}. Nobody sees anything before it closes: no counter, no "
        "interim result, not for admins either.",
        duration=language.duration(policy.min_open),
    )


def _tenure_rule(policy: ReleasePolicy, language: Language) -> str:
    # Translators: {least} is a number of people.
    return language.gettext(
        "A question may also ask how long people have been in the team. A statement may then have two numbers in "
        "place of the one: for those who joined within the last year, and for those who joined earlier. That "
        "is so only if at least {least} people of each answer it. Those who do not say how long are counted by "
        "themselves if they are {least} or more. If they are fewer, or one group is, there is one number for "
        "all. It is never both, and a quote never says how long its writer has been there.",
        least=language.number_in_words(policy.threshold),
    )
