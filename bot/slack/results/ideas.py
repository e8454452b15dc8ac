"""Ideas for what a channel could try, by topic."""

from collections.abc import Mapping

from bot.core.summary import Idea

IDEAS: Mapping[str, tuple[str, ...]] = {
    "door": (
        "Post the next chance (a talk, a project, a place in a meeting) here for two days before anyone is asked.",
        "For four weeks, answer every question about how to get something done here, where the others read it too.",
        "Write down in five lines how one gets onto a project here, and let newer people correct it.",
    ),
    "welcome": (
        "For four weeks, end one meeting a week with two minutes of thanks for work that few have seen.",
        "For four weeks, begin meetings with two minutes in which each of us writes down thoughts.",
        "Ask the next person who joins what they would like us to know, before telling them how we work.",
    ),
    "circle": (
        "Invite somebody whom the next decision affects and who has had no say so far.",
        "For four weeks, hold one standing meeting at an hour that suits those for whom it never does.",
        "Look at the last three decisions: who was missing? Ask them before the fourth.",
    ),
    "cocreate": (
        "Pick one routine that was settled before most of us came, and let this channel rewrite it for four weeks.",
        "Keep the next agenda open for changes until noon of the day.",
        "Let two people, one newer and one longer here, write down how we hand work over.",
    ),
    "stake": (
        "Before the next decision, say who decides, by when, and until when it is open to be changed.",
        "Let the chores that nobody sees (notes, booking, tidying up) go round for four weeks.",
        "Tell this channel one decision a week, with the reason and what was given up for it.",
    ),
    "norms": (
        "Each of us writes down one rule that nobody ever wrote. Pick one, and say whether it should stay.",
        "For four weeks, ask “what else could it mean?” before judging how somebody did something.",
        "Choose one phrase that newcomers have to guess at, and say it plainly from now on.",
    ),
    "newcomers": (
        "Ask people who joined in the last few years what surprised them, and change one thing within a week.",
        "Give the next newcomer two people to ask: one who knows the work, one who came not long ago.",
        "For four weeks, let different people run a meeting that one person always ran.",
    ),
    "safety": (
        "Whoever leads the next review first says one thing they would do differently.",
        "For four weeks, close each decision with “who sees it differently?” and ten seconds of quiet.",
        "Thank the next person who says that something is not going well, before talking about it.",
    ),
    "wellbeing": (
        "Take one meeting out of next week, and look together at what is missed.",
        "Agree on hours in which nobody here expects an answer, and try them for four weeks.",
        "Ask before the next task: what may be put aside for it?",
    ),
}
"""Three for each topic; each small, easy to stop, and about how things are done, not about people."""

FOR_ANY_TOPIC = (
    "Talk about the statement with which fewest agree for ten minutes, and agree on one small thing to do differently for four weeks.",
    "Ask here what one could stop doing so that more people agree, and try it for four weeks.",
)
"""For topics of custom packs."""

CARRY_FURTHER = (
    "Choose one thing that goes well here. Ask where it began, and take it to one place where it is missing.",
    "Tell whoever arrives next what goes well here, and how it came to be so.",
)


def idea_in_words(idea: Idea) -> str:
    """Return an idea in a sentence or two."""
    table = CARRY_FURTHER if idea.carry else IDEAS.get(idea.dimension, FOR_ANY_TOPIC)
    return table[idea.turn % len(table)]
