"""Speaking in channels."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from slack_sdk import WebClient

from bot.core.changes import ScheduleChange
from bot.core.model import ChannelId, MemberId, MessageTs, Round
from bot.core.norms import Norm
from bot.core.posts import Trouble
from bot.core.release import Release
from bot.core.results import Result
from bot.core.schedule import Schedule
from bot.errors import SlackError, UncertainError
from bot.ports import AdminNote, ChannelInfo, ChannelNote
from bot.slack.client.calls import call
from bot.slack.kit.builders import Block, context, section
from bot.slack.reply import announcement_blocks as prompt
from bot.slack.results import cycle_blocks as cycle
from bot.slack.results.result_blocks import result_message, result_notification
from bot.slack.schedule import blocks as schedule_words
from bot.slack.schedule import pause_blocks
from bot.slack.schedule.trouble_blocks import trouble_note

NOTES = {
    ChannelNote.CANCELLED: (prompt.CANCELLED_NOTE, prompt.CANCELLED_TEXT),
    ChannelNote.KEY_LOST: (prompt.KEY_LOST_NOTE, prompt.KEY_LOST_TEXT),
}


class SlackMessenger:
    """The Messenger port over Slack's Web API."""

    def __init__(self, client: WebClient) -> None:
        """Speak through this client."""
        self._client = client

    def announce(self, round_: Round, *, shared: bool = False) -> MessageTs:
        """Post the prompt of an open round, and return its message."""
        blocks = prompt.announcement(round_, shared=shared)
        return self._post(round_.channel, prompt.announcement_text(round_), blocks)

    def retire(self, round_: Round) -> None:
        """Take the reply button off the announcement of a round that takes no more replies."""
        if not round_.announcement:  # it was never posted, or nobody knows where it stands
            return
        ended = {note.value: words[0] for note, words in NOTES.items()}
        call(
            self._client.chat_update,
            channel=round_.channel,
            ts=round_.announcement,
            text=prompt.retired_text(round_),
            blocks=prompt.retired_announcement(round_, ended.get(round_.state.value, prompt.CLOSED_NOTE)),
        )

    def post_summary(
        self, round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
    ) -> MessageTs:
        """Post the result of a round in its channel."""
        text = result_notification(round_, release, earlier, ledger)
        return self._post(round_.channel, text, result_message(round_, release, earlier, ledger))

    def update_summary(
        self, round_: Round, release: Release, earlier: Sequence[Result] = (), ledger: Sequence[Norm] = ()
    ) -> None:
        """Put this result in place of the one in the posted summary; one that is not there is no error."""
        if not round_.summary:  # empty: after a restore nobody knows where it stands
            return
        try:
            call(
                self._client.chat_update,
                channel=round_.channel,
                ts=round_.summary,
                text=result_notification(round_, release, earlier, ledger),
                blocks=result_message(round_, release, earlier, ledger),
            )
        except SlackError as error:
            if error.reason != "message_not_found":  # else somebody has deleted it, and its quotes with it
                raise

    def post_cycle(self, schedule: Schedule, results: Sequence[Result]) -> None:
        """Say that a schedule rests after a cycle, and what the cycle says."""
        self._post(schedule.channel, *cycle.resting(results))

    def ask_to_go_on(self, schedule: Schedule) -> None:
        """Ask a channel in which few reply whether its questions shall go on."""
        self._post(schedule.channel, pause_blocks.GO_ON_TEXT, pause_blocks.shall_we_go_on(schedule))

    def tell(self, round_: Round, note: ChannelNote) -> None:
        """Tell a channel what became of its round."""
        text = NOTES[note][1]
        self._post(round_.channel, text, [section(text)])

    def remind(self, round_: Round, *, shared: bool = False) -> None:
        """Tell the channel, once and everybody alike, that a round closes soon."""
        blocks = prompt.reminder(round_, shared=shared)
        self._post(round_.channel, prompt.reminder_text(round_), blocks)

    def introduce(self, channel: ChannelId) -> None:
        """Say in a channel what the bot does there, how replies stay anonymous, and how to begin."""
        self._post(channel, schedule_words.INTRODUCTION_TEXT, schedule_words.introduction())

    def tell_change(self, change: ScheduleChange, next_at: datetime | None) -> None:
        """Tell a channel, in a line, that its schedule was changed."""
        text = schedule_words.change_line(change, next_at)
        self._post(change.schedule.channel, text, [context(text)])

    def tell_admin(self, member: MemberId, note: AdminNote, channel: ChannelInfo, name_before: str) -> None:
        """Tell an admin in the bot's own message tab, where nobody can answer."""
        text = schedule_words.admin_note(note, channel, name_before)
        self._post(ChannelId(member), text, [section(text)])

    def tell_trouble(self, member: MemberId, trouble: Trouble, channel: ChannelId) -> None:
        """Tell an admin, in the same place, of a message that Slack did not simply take."""
        text = trouble_note(trouble, channel)
        self._post(ChannelId(member), text, [section(text)])

    def _post(self, channel: ChannelId, text: str, blocks: Sequence[Block]) -> MessageTs:
        answer: dict[str, Any] = call(
            self._client.chat_postMessage, channel=channel, text=text, blocks=list(blocks)
        )
        if not answer.get("ts"):
            raise UncertainError("no_sense", "Slack did not say where the message stands.")
        return MessageTs(str(answer["ts"]))
