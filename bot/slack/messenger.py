"""Speaking in channels."""

from collections.abc import Sequence
from typing import Any

from slack_sdk import WebClient

from bot.core.model import MessageTs, Round
from bot.core.release import Release
from bot.errors import SlackError
from bot.ports import ChannelNote
from bot.slack.blocks import prompt, summary
from bot.slack.blocks.kit import Block, section
from bot.slack.calls import call

NOTES = {
    ChannelNote.CANCELLED: (prompt.CANCELLED_NOTE, prompt.CANCELLED_TEXT),
    ChannelNote.KEY_LOST: (prompt.KEY_LOST_NOTE, prompt.KEY_LOST_TEXT),
}


class SlackMessenger:
    """The Messenger port over Slack's Web API."""

    def __init__(self, client: WebClient) -> None:
        """Speak through this client."""
        self._client = client

    def announce(self, round_: Round) -> MessageTs:
        """Post the prompt of an open round, and return its message."""
        return self._post(round_, prompt.announcement_text(round_), prompt.announcement(round_))

    def retire(self, round_: Round) -> None:
        """Take the reply button off the announcement of a round that takes no more replies."""
        if round_.announcement is None:
            return
        ended = {note.value: words[0] for note, words in NOTES.items()}
        call(
            self._client.chat_update,
            channel=round_.channel,
            ts=round_.announcement,
            text=prompt.retired_text(round_),
            blocks=prompt.retired_announcement(round_, ended.get(round_.state.value, prompt.CLOSED_NOTE)),
        )

    def post_summary(self, round_: Round, release: Release) -> MessageTs:
        """Post the result of a round in its channel; without the chart where Slack will not draw it."""
        text = summary.notification(round_, release)
        try:
            return self._post(round_, text, summary.summary(round_, release))
        except SlackError as error:
            if error.reason != "invalid_blocks":
                raise
            return self._post(round_, text, summary.summary(round_, release, chart=False))

    def update_summary(self, round_: Round, release: Release) -> None:
        """Put this result in place of the one in the posted summary; one that is not there is no error."""
        if round_.summary is None:
            return
        try:
            self._rewrite_summary(round_, release, chart=True)
        except SlackError as error:
            if error.reason == "message_not_found":
                return  # somebody has deleted it, and its quotes with it
            if error.reason != "invalid_blocks":
                raise
            self._rewrite_summary(round_, release, chart=False)

    def tell(self, round_: Round, note: ChannelNote) -> None:
        """Tell a channel what became of its round."""
        text = NOTES[note][1]
        self._post(round_, text, [section(text)])

    def _rewrite_summary(self, round_: Round, release: Release, *, chart: bool) -> None:
        call(
            self._client.chat_update,
            channel=round_.channel,
            ts=round_.summary,
            text=summary.notification(round_, release),
            blocks=summary.summary(round_, release, chart=chart),
        )

    def _post(self, round_: Round, text: str, blocks: Sequence[Block]) -> MessageTs:
        answer: dict[str, Any] = call(
            self._client.chat_postMessage, channel=round_.channel, text=text, blocks=list(blocks)
        )
        return MessageTs(str(answer["ts"]))
