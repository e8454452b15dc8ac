"""Post and update messages in channels."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from slack_sdk import WebClient

from bot.core.changes import ScheduleChange
from bot.core.language import Language, Languages
from bot.core.model import ChannelId, MemberId, MessageTs, Round
from bot.core.norms import Norm
from bot.core.posts import Trouble
from bot.core.release import Release, Result
from bot.core.schedule import Schedule
from bot.errors import SlackError, SlackUnavailableError, StoppingError, UncertainError
from bot.ports import AdminNote, ChannelInfo, ChannelNote
from bot.service.posting import TooEarlyError
from bot.slack.client.calls import call
from bot.slack.kit.builders import Block, context, section
from bot.slack.kit.limits import fit
from bot.slack.reply import announcement_blocks as prompt
from bot.slack.reply.form_language import in_one_language, language_in
from bot.slack.results import cycle_blocks as cycle
from bot.slack.results.result_blocks import result_message, result_notification
from bot.slack.schedule import blocks as messages

ENDED: Mapping[str, str] = {
    ChannelNote.CANCELLED: prompt.CANCELLED_NOTE,
    ChannelNote.KEY_LOST: prompt.KEY_LOST_NOTE,
}
"""What the messages of a round say once it has ended without a result."""

SAID = {ChannelNote.CANCELLED: prompt.CANCELLED_TEXT, ChannelNote.KEY_LOST: prompt.KEY_LOST_TEXT}
"""What the channel is told then."""


class SlackMessenger:
    """The Messenger port over Slack's Web API."""

    def __init__(self, client: WebClient, languages: Languages) -> None:
        """Post through this client, in these languages."""
        self._client = client
        self._languages = languages

    def announce(self, round_: Round, *, shared: bool = False) -> MessageTs:
        """Post the question of an open round, and return the message."""
        asked, language = in_one_language(round_, self._languages)
        blocks = prompt.announcement(asked, shared=shared, language=language)
        return self._post(round_.channel, prompt.announcement_text(asked, language), blocks, language)

    def retire(self, round_: Round) -> None:
        """Remove the reply buttons from what was posted of a round that takes no more replies.

        Each message is tried, also where another failed.
        """
        asked, language = in_one_language(round_, self._languages)
        note = ENDED.get(round_.state.value, prompt.CLOSED_NOTE)
        text = prompt.retired_text(asked, note, language)
        failures = list[SlackError]()
        for ts, blocks in (
            (round_.announcement, prompt.retired_announcement(asked, note, language)),
            (round_.reminder, prompt.retired_reminder(asked, note, language)),
        ):
            try:
                self._replace(round_.channel, ts, text, blocks, language)
            except StoppingError:
                raise
            except SlackError as error:
                failures.append(error)
        if failures:  # one that passes first, so that the caller tries again
            raise min(failures, key=lambda one: not isinstance(one, SlackUnavailableError))

    def post_summary(
        self, round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
    ) -> MessageTs:
        """Post the result of a round in its channel."""
        return self._post(round_.channel, *self._summary(round_, release, earlier, ledger))

    def update_summary(
        self, round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
    ) -> None:
        """Replace the result in the posted summary; a message that is not there is no error."""
        self._replace(round_.channel, round_.summary, *self._summary(round_, release, earlier, ledger))

    def post_cycle(self, schedule: Schedule, results: Sequence[Result]) -> None:
        """Post the summary of a cycle, after which a schedule rests."""
        language = self._languages.named(schedule.language)
        text, blocks = cycle.resting(results, language)
        self._post(schedule.channel, text, blocks, language)

    def ask_to_go_on(self, schedule: Schedule) -> None:
        """Ask a channel in which few reply whether the questions go on."""
        language = self._languages.named(schedule.language)
        text = language.gettext(messages.GO_ON_TEXT)
        self._post(schedule.channel, text, messages.shall_we_go_on(schedule, language), language)

    def tell(self, round_: Round, note: ChannelNote) -> None:
        """Tell a channel what became of its round."""
        language = self._languages.named(round_.language)
        self._say(round_.channel, language.gettext(SAID[note]), language)

    def remind(self, round_: Round, *, shared: bool = False) -> MessageTs:
        """Remind the whole channel that a round closes soon, and return the message."""
        asked, language = in_one_language(round_, self._languages)
        blocks = prompt.reminder(asked, shared=shared, language=language)
        return self._post(round_.channel, prompt.reminder_text(asked, language), blocks, language)

    def introduce(self, channel: ChannelId, language: Language) -> None:
        """Post what the bot does in a channel, how replies stay confidential, and how to begin."""
        text = language.gettext(messages.INTRODUCTION_TEXT)
        self._post(channel, text, messages.introduction(language), language)

    def tell_change(self, change: ScheduleChange, next_at: datetime | None) -> None:
        """Tell a channel in one line that its schedule was changed."""
        language = self._languages.named(change.schedule.language)
        text = messages.change_line(change, next_at, language)
        self._post(change.schedule.channel, text, [context(text)], language)

    def tell_admin(
        self, member: MemberId, note: AdminNote, channel: ChannelInfo, name_before: str, language: Language
    ) -> None:
        """Tell an admin in the bot's Messages tab, where nobody can answer."""
        self._say(ChannelId(member), messages.admin_note(note, channel, name_before, language), language)

    def tell_trouble(
        self, member: MemberId, trouble: Trouble, channel: ChannelId, language: Language
    ) -> None:
        """Tell an admin, in the same place, of a message that Slack refused or did not confirm."""
        self._say(ChannelId(member), messages.trouble_note(trouble, channel, language), language)

    def _summary(
        self, round_: Round, release: Release, earlier: Sequence[Result], ledger: Sequence[Norm]
    ) -> tuple[str, list[Block], Language]:
        language = language_in(round_, self._languages)
        result = (round_, release, earlier, ledger, language)
        return result_notification(*result), result_message(*result), language

    def _replace(
        self,
        channel: ChannelId,
        ts: MessageTs | None,
        text: str,
        blocks: Sequence[Block],
        language: Language,
    ) -> None:
        """Replace a message; one that is unknown, or that somebody has deleted, is no error."""
        if not ts:  # never posted, its answer was lost, or the data was restored
            return
        try:
            fitted = fit({"text": text, "blocks": blocks}, language)
            call(self._client.chat_update, channel=channel, ts=ts, **fitted)
        except SlackError as error:
            if error.reason != "message_not_found":
                raise

    def _say(self, channel: ChannelId, text: str, language: Language) -> None:
        self._post(channel, text, [section(text)], language)

    def _post(self, channel: ChannelId, text: str, blocks: Sequence[Block], language: Language) -> MessageTs:
        fitted = fit({"text": text, "blocks": blocks}, language)
        answer: dict[str, Any] = call(self._client.chat_postMessage, channel=channel, **fitted)
        if not answer.get("ts"):
            raise UncertainError("malformed_response", "Slack did not say where the message stands.")
        return MessageTs(str(answer["ts"]))


class DeferredMessenger(SlackMessenger):
    """The messenger of use cases that serve a member: the timer posts as soon as the use case is done."""

    def __init__(self, client: WebClient, languages: Languages, run_due: Callable[[], None]) -> None:
        """Call ``run_due`` for each message that the timer is to post."""
        super().__init__(client, languages)
        self._run_due = run_due

    def retire(self, round_: Round) -> None:
        """Do nothing: the timer removes the button when it tells what became of the round."""

    def tell(self, *_: object) -> None:
        """Leave the message to the timer. Raises ``TooEarlyError``."""
        self._run_due()
        raise TooEarlyError
