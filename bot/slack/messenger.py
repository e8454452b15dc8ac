"""Post and update messages in channels."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from slack_sdk import WebClient

from bot.core.changes import ScheduleChange
from bot.core.language import Languages
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
from bot.slack.reply import announcement_blocks as prompt
from bot.slack.results import cycle_blocks as cycle
from bot.slack.results.result_blocks import result_message, result_notification
from bot.slack.schedule import blocks as messages

NOTES = {
    ChannelNote.CANCELLED: (prompt.CANCELLED_NOTE, prompt.CANCELLED_TEXT),
    ChannelNote.KEY_LOST: (prompt.KEY_LOST_NOTE, prompt.KEY_LOST_TEXT),
}


class SlackMessenger:
    """The Messenger port over Slack's Web API."""

    def __init__(self, client: WebClient, languages: Languages) -> None:
        """Post through this client, in these languages."""
        self._client = client
        self._languages = languages

    def announce(self, round_: Round, *, shared: bool = False) -> MessageTs:
        """Post the question of an open round, and return the message."""
        blocks = prompt.announcement(round_, shared=shared)
        return self._post(round_.channel, prompt.announcement_text(round_), blocks)

    def retire(self, round_: Round) -> None:
        """Remove the reply buttons from what was posted of a round that takes no more replies.

        Each message is tried, also where another failed.
        """
        ended = {note.value: words[0] for note, words in NOTES.items()}
        note = ended.get(round_.state.value, prompt.CLOSED_NOTE)
        text = prompt.retired_text(round_, note)
        failures = list[SlackError]()
        for ts, blocks in (
            (round_.announcement, prompt.retired_announcement(round_, note)),
            (round_.reminder, prompt.retired_reminder(round_, note)),
        ):
            try:
                self._replace(round_.channel, ts, text, blocks)
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
        text = result_notification(round_, release, earlier, ledger)
        return self._post(round_.channel, text, result_message(round_, release, earlier, ledger))

    def update_summary(
        self, round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
    ) -> None:
        """Replace the result in the posted summary; a message that is not there is no error."""
        text = result_notification(round_, release, earlier, ledger)
        blocks = result_message(round_, release, earlier, ledger)
        self._replace(round_.channel, round_.summary, text, blocks)

    def post_cycle(self, schedule: Schedule, results: Sequence[Result]) -> None:
        """Post the summary of a cycle, after which a schedule rests."""
        self._post(schedule.channel, *cycle.resting(results))

    def ask_to_go_on(self, schedule: Schedule) -> None:
        """Ask a channel in which few reply whether the questions go on."""
        self._post(schedule.channel, messages.GO_ON_TEXT, messages.shall_we_go_on(schedule))

    def tell(self, round_: Round, note: ChannelNote) -> None:
        """Tell a channel what became of its round."""
        self._say(round_.channel, NOTES[note][1])

    def remind(self, round_: Round, *, shared: bool = False) -> MessageTs:
        """Remind the whole channel that a round closes soon, and return the message."""
        blocks = prompt.reminder(round_, shared=shared)
        return self._post(round_.channel, prompt.reminder_text(round_), blocks)

    def introduce(self, channel: ChannelId) -> None:
        """Post what the bot does in a channel, how replies stay confidential, and how to begin."""
        self._post(channel, messages.INTRODUCTION_TEXT, messages.introduction())

    def tell_change(self, change: ScheduleChange, next_at: datetime | None) -> None:
        """Tell a channel in one line that its schedule was changed."""
        text = messages.change_line(change, next_at)
        self._post(change.schedule.channel, text, [context(text)])

    def tell_admin(self, member: MemberId, note: AdminNote, channel: ChannelInfo, name_before: str) -> None:
        """Tell an admin in the bot's Messages tab, where nobody can answer."""
        self._say(ChannelId(member), messages.admin_note(note, channel, name_before))

    def tell_trouble(self, member: MemberId, trouble: Trouble, channel: ChannelId) -> None:
        """Tell an admin, in the same place, of a message that Slack refused or did not confirm."""
        self._say(ChannelId(member), messages.trouble_note(trouble, channel))

    def _replace(self, channel: ChannelId, ts: MessageTs | None, text: str, blocks: Sequence[Block]) -> None:
        """Replace a message; one that is unknown, or that somebody has deleted, is no error."""
        if not ts:  # never posted, its answer was lost, or the data was restored
            return
        try:
            call(self._client.chat_update, channel=channel, ts=ts, text=text, blocks=list(blocks))
        except SlackError as error:
            if error.reason != "message_not_found":
                raise

    def _say(self, channel: ChannelId, text: str) -> None:
        self._post(channel, text, [section(text)])

    def _post(self, channel: ChannelId, text: str, blocks: Sequence[Block]) -> MessageTs:
        answer: dict[str, Any] = call(
            self._client.chat_postMessage, channel=channel, text=text, blocks=list(blocks)
        )
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
