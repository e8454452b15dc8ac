"""Route ``/belonging`` and its words to the feature that answers them."""

from collections.abc import Callable
from functools import partial

from bot.core.language import Language
from bot.core.model import ChannelId, MemberId
from bot.service.channel_language import language_of_reader
from bot.service.summaries import standing_for
from bot.slack.context import Ack, Body, ListenerContext
from bot.slack.dispatch import Dispatcher
from bot.slack.help.blocks import help_blocks, help_text, unknown_word
from bot.slack.kit.builders import Answer
from bot.slack.kit.limits import fit
from bot.slack.kit.privacy import promise_answer
from bot.slack.kit.refusals import in_channels_only
from bot.slack.norms.listeners import answer_norms
from bot.slack.reply.propose_listeners import answer_propose
from bot.slack.results.listeners import answer_results
from bot.slack.schedule import commands as schedule_commands
from bot.slack.schedule.listeners import on_schedule

Answerer = Callable[[], Answer | None]
"""Returns the answer to a command; None for no answer."""

ASKS_FOR_HELP = frozenset({"", "?", "help", "-h", "--help", "skip", "opt out", "export"})
"""The last three are no commands: the help says how to skip, and who can export what."""

RESULTS = frozenset({"summary", "summary cycle", "trend"})


def register(app: Dispatcher) -> None:
    """Register the command."""
    app.command("/belonging", on_command)


def on_command(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Answer ``/belonging``, visible only to the asker.

    An answer that depends on who asks comes after the acknowledgement, since Slack may have to be asked.
    """
    words = " ".join(str(body.get("text") or "").lower().split())
    words = "help" if words in ASKS_FOR_HELP else words
    channel, member = ChannelId(str(body["channel_id"])), MemberId(str(body["user_id"]))
    if is_about_a_channel(words) and is_conversation(body):
        language = context.language_of(member)
        _acknowledge(ack, in_channels_only(words.partition(" ")[0], language), language)
    elif words == "schedule":
        on_schedule(context, ack, body)
    elif answer := _answerer(context, body, channel, member, words):
        context.answer_later(body, partial(context.run, answer))
        ack()
    elif not schedule_commands.on_admin_command(context, ack, body, words):
        language = language_of_reader(context.services, member, channel)
        _acknowledge(ack, _help(context, words, language), language)


def is_about_a_channel(words: str) -> bool:
    """Return whether a command (in lower case) is about the channel in which it is typed."""
    first = words.partition(" ")[0]
    return words in {"trend", "norms", "propose", "schedule"} or first in {
        "summary",
        *schedule_commands.WORDS,
    }


def is_conversation(body: Body) -> bool:
    """Return whether a command was typed in a direct or group message."""
    name = str(body.get("channel_name") or "")
    return str(body["channel_id"]).startswith("D") or name == "directmessage" or name.startswith("mpdm-")


def _answerer(
    context: ListenerContext, body: Body, channel: ChannelId, member: MemberId, words: str
) -> Answerer | None:
    """Return the function that answers these words, or None."""
    if words in RESULTS:
        return partial(answer_results, context, channel, member, words)
    answerers: dict[str, Answerer] = {
        "privacy": lambda: _promise(context, channel, member),
        "propose": lambda: answer_propose(context, channel, member, body),
        "norms": lambda: answer_norms(context, channel, member),
    }
    return answerers.get(words)


def _promise(context: ListenerContext, channel: ChannelId, member: MemberId) -> Answer:
    language = language_of_reader(context.services, member, channel)
    return promise_answer(standing_for(context.services, channel, member), language)


def _help(context: ListenerContext, words: str, language: Language) -> Answer:
    if words != "help":
        return unknown_word(words, language)
    settings = context.services.settings
    return help_text(language), help_blocks(settings.support, settings.policy, language)


def _acknowledge(ack: Ack, answer: Answer, language: Language) -> None:
    text, blocks = answer
    ack(response_type="ephemeral", **fit({"text": text, "blocks": blocks}, language))
