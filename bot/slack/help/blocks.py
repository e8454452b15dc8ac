"""Answers to ``/belonging help`` and to unknown words."""

from collections.abc import Sequence
from difflib import get_close_matches

from bot.core.language import ENGLISH, N_, Language
from bot.core.model import ReleasePolicy, SupportCard
from bot.slack.kit.builders import Block, context, divider, escape, header, section
from bot.slack.kit.privacy import care_any_time

FOR_ALL = (
    ("/belonging summary", N_("the latest summary of this channel, shown to you alone")),
    ("/belonging summary cycle", N_("what the questions of the last months say together")),
    ("/belonging trend", N_("what has changed from one run of questions to the next")),
    ("/belonging norms", N_("how we do things here: what is tried, kept and let go, and what is proposed")),
    ("/belonging propose", N_("suggest something for us to try, without your name, at any time")),
    ("/belonging privacy", N_("how replies stay confidential, and the rules of the open question")),
    ("/belonging schedule", N_("when questions come to this channel; admins change it there")),
    ("/belonging help", N_("this page")),
)
FOR_ADMINS = (
    (
        "/belonging ask",
        N_("asks the next question in this channel; it first shows how many people it goes to"),
    ),
    ("/belonging pause", N_("lets the questions rest here; with `until 5 January`, until that day")),
    ("/belonging resume", N_("lets them go on")),
    ("/belonging cancel", N_("ends the open question without a summary; every reply is destroyed")),
)
MORE = N_(
    "*Skip once, or opt out?* Just do not reply. Nobody is named or reminded in person; a summary says only how "
    "many replied.\n"
    "*Questions of your own?* Give them to whoever runs the bot, who adds them as a file of prompts.\n"
    "*Who can export what?* Whoever runs the bot can export published summaries. Nobody can export replies."
)
COMMANDS = (*FOR_ALL, *FOR_ADMINS)


def help_text(language: Language) -> str:
    """Return the help in one line."""
    return language.gettext(
        "Belonging Bot asks this channel a question now and then; you reply without your name."
    )


def help_blocks(
    support: SupportCard | None, policy: ReleasePolicy, language: Language = ENGLISH
) -> list[Block]:
    """Return what the bot does, its commands, and whom to turn to."""
    admins = language.gettext("*For admins*")
    return [
        header("🌱 Belonging Bot"),
        section(_what_it_does(policy, language)),
        section(_listed(FOR_ALL, language)),
        section(f"{admins}\n{_listed(FOR_ADMINS, language)}"),
        section(language.gettext(MORE)),
        *([divider(), care_any_time(support, language)] if support else []),
        context(language.gettext("Only you can see this message.")),
    ]


def _what_it_does(policy: ReleasePolicy, language: Language) -> str:
    asks = language.gettext(
        "Now and then a question appears in this channel. You reply *without your name*, in a minute or two."
    )
    if policy.quotes:
        shows = language.gettext(
            "When it closes, everyone here sees the same summary: how many agree with each statement, and words whose "
            "writers let them be quoted."
        )
    else:
        shows = language.gettext(
            "When it closes, everyone here sees the same summary: how many agree with each statement."
        )
    least = language.ngettext(
        "With fewer than {number} reply nothing is shown.",
        "With fewer than {number} replies nothing is shown.",
        policy.threshold,
    )
    return f"{asks} {shows} {least}"


def _listed(commands: Sequence[tuple[str, str]], language: Language) -> str:
    return "\n".join(f"`{command}`  {language.gettext(what)}" for command, what in commands)


def unknown_word(word: str, language: Language = ENGLISH) -> tuple[str, list[Block]]:
    """Return the answer to words after ``/belonging`` that the bot does not know: the nearest command."""
    known = [command.removeprefix("/belonging ") for command, _ in COMMANDS]
    nearest = get_close_matches(word, known, n=1) or get_close_matches(word.partition(" ")[0], known, n=1)
    sentences = (
        # Translators: {word} is what somebody has typed after /belonging.
        language.gettext("I do not know “{word}”.", word=escape(word[:40])),
        # Translators: {command} is a word that is typed, such as “summary”.
        *(language.gettext("Did you mean `/belonging {command}`?", command=one) for one in nearest),
        language.gettext("`/belonging help` lists all commands."),
    )
    text = " ".join(sentences)
    return text, [section(text)]
