"""Answers to ``/belonging help`` and to unknown words."""

from collections.abc import Sequence
from difflib import get_close_matches

from bot.core.model import ReleasePolicy, SupportCard
from bot.slack.kit.builders import Block, context, divider, escape, header, section
from bot.slack.kit.privacy import care_any_time

FOR_ALL = (
    ("/belonging summary", "the latest summary of this channel, shown to you alone"),
    ("/belonging summary cycle", "what the questions of the last months say together"),
    ("/belonging trend", "what has changed from one run of questions to the next"),
    ("/belonging norms", "how we do things here: what is tried, kept and let go, and what is proposed"),
    ("/belonging propose", "suggest something for us to try, without your name, at any time"),
    ("/belonging privacy", "how replies stay confidential, and the rules of the open question"),
    ("/belonging schedule", "when questions come to this channel; admins change it there"),
    ("/belonging help", "this page"),
)
FOR_ADMINS = (
    ("/belonging ask", "asks the next question in this channel; it first shows how many people it goes to"),
    ("/belonging pause", "lets the questions rest here; with `until 5 January`, until that day"),
    ("/belonging resume", "lets them go on"),
    ("/belonging cancel", "ends the open question without a summary; every reply is destroyed"),
)
MORE = (
    "*Skip once, or opt out?* Just do not reply. Nobody is named or reminded in person; a summary says only how "
    "many replied.\n"
    "*Questions of your own?* Give them to whoever runs the bot, who adds them as a file of prompts.\n"
    "*Who can export what?* Whoever runs the bot can export published summaries. Nobody can export replies."
)
COMMANDS = (*FOR_ALL, *FOR_ADMINS)


def help_text() -> str:
    """Return the help in one line."""
    return "Belonging Bot asks this channel a question now and then; you reply without your name."


def help_blocks(support: SupportCard | None, policy: ReleasePolicy) -> list[Block]:
    """Return what the bot does, its commands, and whom to turn to."""
    blocks = [
        header("🌱 Belonging Bot"),
        section(
            "Now and then a question appears in this channel. You reply *without your name*, in a minute "
            "or two. When it closes, everyone here sees the same summary: how many agree with each "
            f"statement{', and words whose writers let them be quoted' if policy.quotes else ''}. "
            f"With fewer than {policy.threshold} replies nothing is shown."
        ),
        section(_listed(FOR_ALL)),
        section(f"*For admins*\n{_listed(FOR_ADMINS)}"),
    ]
    blocks.append(section(MORE))
    if support:
        blocks += [divider(), care_any_time(support)]
    return [*blocks, context("Only you can see this message.")]


def _listed(commands: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"`{command}`  {what}" for command, what in commands)


def unknown_word(word: str) -> tuple[str, list[Block]]:
    """Return the answer to words after ``/belonging`` that the bot does not know: the nearest command."""
    known = [command.removeprefix("/belonging ") for command, _ in COMMANDS]
    nearest = get_close_matches(word, known, n=1) or get_close_matches(word.partition(" ")[0], known, n=1)
    guess = f"Did you mean `/belonging {nearest[0]}`? " if nearest else ""
    text = f"I do not know “{escape(word[:40])}”. {guess}`/belonging help` lists all commands."
    return text, [section(text)]
