"""Ideas for what a channel could try, by topic."""

from collections.abc import Mapping

from bot.core.language import N_, Language
from bot.core.summary import Idea

IDEAS: Mapping[str, tuple[str, ...]] = {
    "door": (
        # Translators: This and the next ones: an idea that a team may try; addressed to the team.
        N_(
            "Post the next chance (a talk, a project, a place in a meeting) here for two days before anyone is asked."
        ),
        N_(
            "For four weeks, answer every question about how to get something done here, where the others read it too."
        ),
        N_("Write down in five lines how one gets onto a project here, and let newer people correct it."),
    ),
    "welcome": (
        N_("For four weeks, end one meeting a week with two minutes of thanks for work that few have seen."),
        N_("For four weeks, begin meetings with two minutes in which each of us writes down thoughts."),
        N_("Ask the next person who joins what they would like us to know, before telling them how we work."),
    ),
    "circle": (
        N_("Invite somebody whom the next decision affects and who has had no say so far."),
        N_("For four weeks, hold one standing meeting at an hour that suits those for whom it never does."),
        N_("Look at the last three decisions: who was missing? Ask them before the fourth."),
    ),
    "cocreate": (
        N_(
            "Pick one routine that was settled before most of us came, and let this channel rewrite it for four weeks."
        ),
        N_("Keep the next agenda open for changes until noon of the day."),
        N_("Let two people, one newer and one longer here, write down how we hand work over."),
    ),
    "stake": (
        N_("Before the next decision, say who decides, by when, and until when it is open to be changed."),
        N_("Let the chores that nobody sees (notes, booking, tidying up) go round for four weeks."),
        N_("Tell this channel one decision a week, with the reason and what was given up for it."),
    ),
    "norms": (
        N_(
            "Each of us writes down one rule that nobody ever wrote. Pick one, and say whether it should stay."
        ),
        N_("For four weeks, ask “what else could it mean?” before judging how somebody did something."),
        N_("Choose one phrase that newcomers have to guess at, and say it plainly from now on."),
    ),
    "newcomers": (
        N_(
            "Ask people who joined in the last few years what surprised them, and change one thing within a week."
        ),
        N_("Give the next newcomer two people to ask: one who knows the work, one who came not long ago."),
        N_("For four weeks, let different people run a meeting that one person always ran."),
    ),
    "safety": (
        N_("Whoever leads the next review first says one thing they would do differently."),
        N_("For four weeks, close each decision with “who sees it differently?” and ten seconds of quiet."),
        N_("Thank the next person who says that something is not going well, before talking about it."),
    ),
    "wellbeing": (
        N_("Take one meeting out of next week, and look together at what is missed."),
        N_("Agree on hours in which nobody here expects an answer, and try them for four weeks."),
        N_("Ask before the next task: what may be put aside for it?"),
    ),
}
"""Three for each topic; each small, easy to stop, and about how things are done, not about people."""

FOR_ANY_TOPIC = (
    N_(
        "Talk about the statement with which fewest agree for ten minutes, and agree on one small thing to do differently for four weeks."
    ),
    N_("Ask here what one could stop doing so that more people agree, and try it for four weeks."),
)
"""For topics of custom packs."""

CARRY_FURTHER = (
    N_(
        "Choose one thing that goes well here. Ask where it began, and take it to one place where it is missing."
    ),
    N_("Tell whoever arrives next what goes well here, and how it came to be so."),
)


def idea_in_words(idea: Idea, language: Language) -> str:
    """Return an idea in a sentence or two."""
    table = CARRY_FURTHER if idea.carry else IDEAS.get(idea.dimension, FOR_ANY_TOPIC)
    return language.gettext(table[idea.turn % len(table)])


def idea_to_try(idea: Idea, language: Language) -> str:
    """Return the line that proposes an idea."""
    # Translators: {idea} is a sentence or two, such as “Keep the next agenda open for changes until noon of the day.”
    return language.gettext("*Try this:* {idea}", idea=idea_in_words(idea, language))
